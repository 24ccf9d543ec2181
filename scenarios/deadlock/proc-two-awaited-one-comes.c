/*
 * A shop asks its stock service about an item and waits for two messages, the
 * price and the number in stock. For an item that it does not know the service
 * sends one message only, and waits for the next question. Now both wait.
 *
 * Sender and receiver must agree on how many messages an answer has, in the
 * error case as well, and no compiler checks that for them. The usual tests ask
 * for things that exist. The first customer with a mistyped number brings the
 * shop to a stop. The pipe is not at an end either: the service is alive and
 * could still write, so that the read does not fail, it waits.
 *
 * The twin looks at the first message before it waits for a second one. A message
 * of fixed size that holds both numbers would do too, and so would a first message
 * that says how many follow.
 *
 * @hazard   deadlock/message-never-sent
 * @concept  process, pipe, queue
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: what is missing is a message between two processes; they see
 *           only memory and locks, and only of one process
 * @why      explorer: it follows one process, and ends where this program makes a second one
 * @see      pipe(7), CWE-833
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define ITEMS 100
#define UNKNOWN (-1)

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static void send(int to, int message)
{
    if (write(to, &message, sizeof message) != sizeof message)
        die("write");
}

static int receive(int from)
{
    int message;
    if (read(from, &message, sizeof message) != sizeof message)
        die("read");
    return message;
}

static void stock_service(int questions, int answers)
{
    int item;
    while (read(questions, &item, sizeof item) == sizeof item) { /* HAZARD: no question comes */
        if (item >= ITEMS) {
            send(answers, UNKNOWN);
            continue;
        }
        send(answers, 10 * item); /* the price */
        send(answers, item % 7);  /* so many are in stock */
    }
}

/* What all pieces of one item are worth. */
static int worth(int questions, int answers, int item)
{
    send(questions, item);
    int price = receive(answers);
    int pieces = receive(answers); /* HAZARD: an unknown item has no second message */
    return price * pieces;
}

int main(void)
{
    int questions[2], answers[2];
    if (pipe(questions) != 0 || pipe(answers) != 0)
        die("pipe");

    pid_t service = fork();
    if (service == 0) {
        close(questions[1]);
        close(answers[0]);
        stock_service(questions[0], answers[1]);
        _exit(0);
    }
    close(questions[0]);
    close(answers[1]);

    int total = 0, expected = 0;
    for (int item = 0; item < ITEMS; item++)
        expected += 10 * item * (item % 7);
    for (int item = 0; item <= ITEMS; item++) /* the last one was mistyped */
        total += worth(questions[1], answers[0], item);

    close(questions[1]);
    waitpid(service, NULL, 0);
    if (total != expected) {
        fprintf(stderr, "the stock is worth %d, not %d\n", total, expected);
        return 1;
    }
    return 0;
}
