/*
 * The caller brings the buffer, so that each thread formats into memory of its own.
 *
 * @repairs  race/static-buffer
 * @explore  LINES=1
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
        *at++ = (char)('0' + number / 100);
    if (number >= 10)
        *at++ = (char)('0' + number / 10 % 10);
    *at++ = (char)('0' + number % 10);
    return at;
}

static const char *dotted(unsigned address, char text[TEXT]) /* FIX: the caller's buffer */
{
    char *at = text;

    for (int shift = 24; shift >= 0; shift -= 8) {
        at = put_number(at, address >> shift & 255);
        *at++ = shift > 0 ? '.' : '\0';
    }
    return text;
}

static unsigned parse(const char *text)
{
    unsigned address = 0, number = 0;

    for (; *text != '\0'; text++) {
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
        char buffer[TEXT];
        const char *text = dotted(client->address, buffer);
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
