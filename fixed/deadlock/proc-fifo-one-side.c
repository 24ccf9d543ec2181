/*
 * The server opens the FIFO for questions first, as the client does. Each open() now meets
 * its other side, and then both go on to the second one.
 *
 * @repairs  deadlock/fifo-open
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define QUESTIONS 1000

static char folder[] = "square-XXXXXX";
static char questions[64], answers[64];

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static void make_fifos(void)
{
    if (mkdtemp(folder) == NULL)
        die(folder);
    snprintf(questions, sizeof questions, "%s/questions", folder);
    snprintf(answers, sizeof answers, "%s/answers", folder);
    if (mkfifo(questions, 0600) != 0 || mkfifo(answers, 0600) != 0)
        die("mkfifo");
}

static void remove_fifos(void)
{
    unlink(questions);
    unlink(answers);
    rmdir(folder);
}

static void serve(void)
{
    int from = open(questions, O_RDONLY); /* FIX: in the order of the client */
    int to = open(answers, O_WRONLY);
    int number;
    while (read(from, &number, sizeof number) == sizeof number) {
        number *= number;
        if (write(to, &number, sizeof number) != sizeof number)
            die("write");
    }
}

static long sum_of_squares(void)
{
    int to = open(questions, O_WRONLY);
    int from = open(answers, O_RDONLY);
    long sum = 0;
    for (int i = 1; i <= QUESTIONS; i++) {
        int number = i;
        if (write(to, &number, sizeof number) != sizeof number ||
            read(from, &number, sizeof number) != sizeof number)
            die("the server is gone");
        sum += number;
    }
    close(to);
    close(from);
    return sum;
}

int main(void)
{
    make_fifos();
    pid_t server = fork();
    if (server == 0) {
        serve();
        _exit(0);
    }
    long sum = sum_of_squares();
    waitpid(server, NULL, 0);
    remove_fifos();

    long expected = QUESTIONS * (QUESTIONS + 1L) * (2L * QUESTIONS + 1) / 6;
    if (sum != expected) {
        fprintf(stderr, "the squares add up to %ld, not to %ld\n", sum, expected);
        return 1;
    }
    return 0;
}
