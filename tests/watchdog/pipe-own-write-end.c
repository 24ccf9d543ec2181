/*
 * A process reads to the end of a pipe whose write end it has open itself; its child wrote and
 * went.
 * says: deadlock/pipe
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int from[2];
    char text[64];
    size_t n = 0;
    if (pipe(from) != 0)
        exit(2);
    if (fork() == 0) {
        ssize_t wrote = write(from[1], "result\n", 7);
        _exit(wrote != 7);
    }
    wait(NULL);
    for (ssize_t got; (got = read(from[0], text, sizeof text)) > 0;) /* HERE */
        n += (size_t)got;
    return n != 7;
}
