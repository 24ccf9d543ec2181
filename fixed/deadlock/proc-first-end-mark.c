/*
 * The office counts the end marks and reads on until each desk has sent its own. When it
 * waits for the desks, there is nothing left that one of them could still want to send.
 *
 * @repairs  deadlock/first-end-mark
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define DESKS 2
#define END_MARK (-1)

/* Sales of each desk; 8 bytes a message, and the pipe holds 8192 messages. */
static const int sales[DESKS] = {500, 60000};

struct message {
    int desk, cents;
};

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static void send(int office, int desk, int cents)
{
    struct message message = {desk, cents};
    if (write(office, &message, sizeof message) != sizeof message)
        die("write");
}

static void cash_desk(int office, int desk)
{
    for (int i = 0; i < sales[desk]; i++)
        send(office, desk, 5);
    send(office, desk, END_MARK);
}

/* Adds up what the desks send. */
static long day_total(int desks)
{
    struct message message;
    long total = 0;
    int open_desks = DESKS;
    while (read(desks, &message, sizeof message) == sizeof message) {
        if (message.cents == END_MARK && --open_desks == 0) /* FIX: the last one ends the day */
            return total;
        if (message.cents != END_MARK)
            total += message.cents;
    }
    return total;
}

int main(void)
{
    int office[2];
    if (pipe(office) != 0)
        die("pipe");

    long expected = 0;
    for (int desk = 0; desk < DESKS; desk++) {
        expected += 5L * sales[desk];
        if (fork() == 0) {
            close(office[0]);
            cash_desk(office[1], desk);
            _exit(0);
        }
    }

    long total = day_total(office[0]);
    for (int desk = 0; desk < DESKS; desk++)
        wait(NULL);
    if (total != expected) {
        fprintf(stderr, "the day brought %ld cents, not %ld\n", total, expected);
        return 1;
    }
    return 0;
}
