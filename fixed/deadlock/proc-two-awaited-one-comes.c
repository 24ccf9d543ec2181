/*
 * The shop looks at the first message and waits for a second one only where the service
 * sends a second one. Both sides now have the same rule for the unknown item.
 *
 * @repairs  deadlock/message-never-sent
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
    while (read(questions, &item, sizeof item) == sizeof item) {
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
    if (price == UNKNOWN) /* FIX: this answer has no second message */
        return 0;
    int pieces = receive(answers);
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
