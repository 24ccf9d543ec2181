/*
 * A process of its own, the feeder, sends the document, so that the parent reads the
 * answer while it is still being made. The pipes may fill up as before, but there is
 * always somebody who is about to read from each of them.
 *
 * @repairs  deadlock/pipes-full
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
        write_all(to, block, (size_t)n);
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

    pid_t feeder = fork(); /* FIX: somebody else sends, we read */
    if (feeder == 0) {
        write_all(ask[1], document, DOCUMENT);
        _exit(0);
    }
    close(ask[1]);

    size_t n = read_all(reply[0], answer, DOCUMENT);
    waitpid(feeder, NULL, 0);
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
