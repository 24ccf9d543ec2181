/*
 * A client and a server speak through two named pipes. The client opens the one for
 * questions first, the server the one for answers: each waits in open() for somebody
 * to open the other side.
 *
 * A named pipe (FIFO) is a pipe with a path. open() for writing waits until somebody
 * has opened it for reading, and the other way round. So the mere order in which two
 * programs open two files matters; it is written in two places that are seldom read
 * side by side, and each place is fine by itself. The user sees both programs start
 * and nothing else happen.
 *
 * The twin opens the two FIFOs in the same order on both sides. Opening one of them
 * for reading and writing (O_RDWR), or without waiting (O_NONBLOCK), would do too.
 *
 * @hazard   deadlock/fifo-open
 * @concept  process, pipe, file
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: open() is a call like any other to them, and they do not know
 *           that two processes meet in it
 * @why      explorer: it follows one process, and ends where this program makes a second one
 * @see      fifo(7), CWE-833
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
    int to = open(answers, O_WRONLY); /* HAZARD: the client opens this one last */
    int from = open(questions, O_RDONLY);
    int number;
    while (read(from, &number, sizeof number) == sizeof number) {
        number *= number;
        if (write(to, &number, sizeof number) != sizeof number)
            die("write");
    }
}

static long sum_of_squares(void)
{
    int to = open(questions, O_WRONLY); /* HAZARD: the server opens this one last */
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
