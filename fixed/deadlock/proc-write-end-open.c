/*
 * The child closes the write end that it inherited before it reads. When the parent
 * closes its own after the last line, none is left, and read() returns 0.
 *
 * @repairs  deadlock/end-of-file-never
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINES 5000

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static int count_lines(int from)
{
    char block[512];
    int lines = 0;
    ssize_t n;
    while ((n = read(from, block, sizeof block)) > 0)
        for (ssize_t i = 0; i < n; i++)
            lines += block[i] == '\n';
    return lines;
}

static void send_lines(int to)
{
    char line[64];
    for (int i = 0; i < LINES; i++) {
        int length = snprintf(line, sizeof line, "visitor %d\n", i);
        if (write(to, line, (size_t)length) != length)
            die("write");
    }
}

int main(void)
{
    int feed[2];
    if (pipe(feed) != 0)
        die("pipe");

    pid_t child = fork();
    if (child == 0) {
        close(feed[1]); /* FIX: now only the parent can write, and end the pipe */
        int lines = count_lines(feed[0]);
        _exit(lines == LINES ? 0 : 1);
    }
    close(feed[0]);

    send_lines(feed[1]);
    close(feed[1]);

    int status;
    waitpid(child, &status, 0);
    if (status != 0) {
        fprintf(stderr, "the child did not count %d lines\n", LINES);
        return 1;
    }
    return 0;
}
