/*
 * A program sends a whole document to a filter through one pipe and only then
 * reads the answer from another. The filter answers while it reads. Once both
 * pipes are full, each process waits for the other one to read.
 *
 * A pipe is a queue in the kernel that holds 64 KiB on Linux: a write into a
 * full one waits until somebody reads. "First send everything, then read
 * everything" looks like the natural order and passes every test with a short
 * document, for as long as the answer fits into the pipe. The user who opens a
 * long one sees a program that stands still and uses no processor time.
 *
 * The twin lets a process of its own do the sending, so that the parent can read
 * meanwhile. One process that waits for both pipes at once with poll() would do
 * too, and so would a temporary file in the place of one of the pipes.
 *
 * @hazard   deadlock/pipes-full
 * @concept  process, pipe, queue, concurrency, deadlock
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: each process has one thread and no lock; they know neither
 *           pipes nor that the two processes belong together
 * @why      explorer: it follows one process, and ends where this program makes a second one
 * @see      pipe(7), CWE-833
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DOCUMENT (1 << 20) /* bytes; much more than two pipes hold */

static char document[DOCUMENT], answer[DOCUMENT];

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static void write_all(int fd, const char *data, size_t n)
{
    while (n > 0) {
        ssize_t written = write(fd, data, n);
        if (written < 0)
            die("write");
        data += written;
        n -= (size_t)written;
    }
}

static size_t read_all(int fd, char *data, size_t room)
{
    size_t n = 0;
    ssize_t got = 1;
    while (n < room && got > 0) {
        got = read(fd, data + n, room - n);
        if (got > 0)
            n += (size_t)got;
    }
    return n;
}

/* Turns everything into capital letters, a block at a time. */
static void filter(int from, int to)
{
    char block[4096];
    ssize_t n;
    while ((n = read(from, block, sizeof block)) > 0) {
        for (ssize_t i = 0; i < n; i++)
            block[i] = (char)toupper((unsigned char)block[i]);
        write_all(to, block, (size_t)n); /* HAZARD: the parent reads only when it has sent all */
    }
}

int main(void)
{
    int ask[2], reply[2];
    if (pipe(ask) != 0 || pipe(reply) != 0)
        die("pipe");
    memset(document, 'a', DOCUMENT);

    pid_t child = fork();
    if (child == 0) {
        close(ask[1]);
        close(reply[0]);
        filter(ask[0], reply[1]);
        _exit(0);
    }
    close(ask[0]);
    close(reply[1]);

    write_all(ask[1], document, DOCUMENT); /* HAZARD: waits for the filter, which waits for us */
    close(ask[1]);

    size_t n = read_all(reply[0], answer, DOCUMENT);
    waitpid(child, NULL, 0);
    for (size_t i = 0; i < n; i++)
        if (answer[i] != 'A')
            n = 0;
    if (n != DOCUMENT) {
        fprintf(stderr, "the answer is not the document in capital letters\n");
        return 1;
    }
    return 0;
}
