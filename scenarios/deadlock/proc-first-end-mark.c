/*
 * Two cash desks send their sales to the office through one pipe, each with an end
 * mark after its last sale. The office stops at the first end mark and waits for
 * both desks to close, while the busier one waits for room in the pipe.
 *
 * With one sender, "read until the end mark" is right. When a second sender is
 * added to the same pipe, every line of the receiver still looks right; but the
 * first end mark now says only that one of them has finished. With few sales the
 * rest fits into the pipe and the office merely counts too little. On a busy day
 * the programs stand still.
 *
 * The twin counts the end marks and stops at the last one. One pipe for each
 * sender would do too, and so would no end mark at all but the end of file, which
 * comes when the last write end is closed.
 *
 * @hazard   deadlock/first-end-mark
 * @concept  process, pipe, queue, concurrency
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: three processes with one thread each, and no lock in any of
 *           them; what waits is a full pipe
 * @why      explorer: it follows one process, and ends where this program makes a second one
 * @see      pipe(7), CWE-833
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
    if (write(office, &message, sizeof message) != sizeof message) /* HAZARD: nobody reads on */
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
    while (read(desks, &message, sizeof message) == sizeof message) {
        if (message.cents == END_MARK)
            return total;
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
        wait(NULL); /* HAZARD: the other desk is still writing, and we have stopped reading */
    if (total != expected) {
        fprintf(stderr, "the day brought %ld cents, not %ld\n", total, expected);
        return 1;
    }
    return 0;
}
