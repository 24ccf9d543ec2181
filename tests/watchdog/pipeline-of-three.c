/*
 * Three processes in a line: the first one has nothing to say for half a second, the two others
 * wait for it, the last one for the end of the line, which comes by the first one's death.
 * says: nothing
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void copy(int from, int to)
{
    char byte;
    while (read(from, &byte, 1) == 1)
        if (write(to, &byte, 1) != 1)
            exit(2);
    _exit(0);
}

int main(void)
{
    int first[2], second[2], n = 0;
    char byte;
    if (pipe(first) != 0 || pipe(second) != 0)
        return 2;
    if (fork() == 0) {
        usleep(500000);
        ssize_t wrote = write(first[1], "line\n", 5);
        _exit(wrote != 5);
    }
    close(first[1]);
    if (fork() == 0) {
        close(second[0]);
        copy(first[0], second[1]);
    }
    close(second[1]);
    while (read(second[0], &byte, 1) == 1)
        n++;
    while (wait(NULL) > 0)
        ;
    return n - 5;
}
