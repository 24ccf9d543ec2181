/*
 * A child counts the lines that come through a pipe until the pipe ends. It never
 * ends: the child itself has kept the write end that it inherited, so there is
 * always one more process that could still write.
 *
 * fork() copies every open descriptor. A reader is told "end of file" only when
 * the last write end in any process is closed, and its own counts as well. The
 * parent does everything right here: it writes, closes its end and waits. What is
 * missing is one line on the other side, and nothing looks wrong there, for the
 * child never uses that descriptor. The user sees all the lines counted, and then
 * nothing more.
 *
 * The twin closes the write end in the child. A message that says "this was the
 * last line" would do too, and needs no end of file.
 *
 * @hazard   deadlock/end-of-file-never
 * @concept  process, pipe
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=blind
 * @why      tsan,helgrind,drd: neither process has threads or locks; which process holds
 *           which end of a pipe is nothing that they look at
 * @why      explorer: it follows one process, and ends where this program makes a second one
 * @see      pipe(7), CWE-403
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
    while ((n = read(from, block, sizeof block)) > 0) /* HAZARD: our own write end is open */
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
        int lines = count_lines(feed[0]);
        _exit(lines == LINES ? 0 : 1);
    }
    close(feed[0]);

    send_lines(feed[1]);
    close(feed[1]);

    int status;
    waitpid(child, &status, 0); /* HAZARD: the child waits for an end that cannot come */
    if (status != 0) {
        fprintf(stderr, "the child did not count %d lines\n", LINES);
        return 1;
    }
    return 0;
}
