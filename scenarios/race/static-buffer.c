/*
 * A helper writes an address as text into a buffer of its own that is static, and two
 * threads call it at once: each may get the other's text, or half of it.
 *
 * A static buffer spares the caller the memory, and one thread can even get used to
 * its rule ("copy it before you call again"). Between threads there is no "before":
 * the other one calls whenever it likes. The user sees log lines with the address of
 * another client, which is worse than none.
 *
 * The twin has the caller bring the buffer. Thread-local storage (`_Thread_local`)
 * would leave the callers as they are; a lock inside of the helper would not help,
 * since the text is read after the helper has returned.
 *
 * @hazard   race/static-buffer
 * @concept  race, thread
 * @expect   tsan=caught helgrind=caught drd=caught watchdog=blind explorer=caught
 * @why      watchdog: it watches waiting, not memory
 * @explore  LINES=1
 * @see      CWE-663
 */
#include <pthread.h>
#include <stdio.h>

#define CLIENTS 2
#define LINES 1000
#define TEXT 16

struct client {
    unsigned address;
    long wrong;
};

static struct client clients[CLIENTS] = {{0x0a000001, 0}, {0xc0a80a63, 0}};

/* Writes one number of an address and gives the place behind it. */
static char *put_number(char *at, unsigned number)
{
    if (number >= 100)
        *at++ = (char)('0' + number / 100); /* HAZARD: the other thread writes here too */
    if (number >= 10)
        *at++ = (char)('0' + number / 10 % 10); /* HAZARD: and here */
    *at++ = (char)('0' + number % 10);          /* HAZARD: and here */
    return at;
}

static const char *dotted(unsigned address)
{
    static char text[TEXT];
    char *at = text;

    for (int shift = 24; shift >= 0; shift -= 8) {
        at = put_number(at, address >> shift & 255);
        *at++ = shift > 0 ? '.' : '\0'; /* HAZARD: one buffer for all threads */
    }
    return text;
}

static unsigned parse(const char *text)
{
    unsigned address = 0, number = 0;

    for (; *text != '\0'; text++) { /* HAZARD: reads what the other thread may be writing */
        if (*text == '.') {
            address = address << 8 | number;
            number = 0;
        } else {
            number = number * 10 + (unsigned)(*text - '0');
        }
    }
    return address << 8 | number;
}

static void *log_requests(void *argument)
{
    struct client *client = argument;

    for (int line = 0; line < LINES; line++) {
        const char *text = dotted(client->address);
        if (parse(text) != client->address)
            client->wrong++;
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[CLIENTS];
    long wrong = 0;

    for (int i = 0; i < CLIENTS; i++)
        pthread_create(&threads[i], NULL, log_requests, &clients[i]);
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(threads[i], NULL);
        wrong += clients[i].wrong;
    }

    if (wrong > 0) {
        fprintf(stderr, "%ld of %d log lines name another address\n", wrong, CLIENTS * LINES);
        return 1;
    }
    return 0;
}
