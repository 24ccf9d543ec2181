/*
 * The second worker inherits the write end of the first one's pipe: closing it ends nobody's input.
 * says: deadlock/child
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int ends[2][2];

static pid_t start(int i)
{
    char byte;
    if (pipe(ends[i]) != 0)
        exit(2);
    pid_t child = fork();
    if (child != 0) {
        close(ends[i][0]);
        return child;
    }
    close(ends[i][1]);
    while (read(ends[i][0], &byte, 1) > 0) /* HERE */
        ;
    _exit(0);
}

int main(void)
{
    pid_t first = start(0), second = start(1);
    close(ends[0][1]);
    waitpid(first, NULL, 0); /* HERE */
    close(ends[1][1]);
    waitpid(second, NULL, 0);
    return 0;
}
