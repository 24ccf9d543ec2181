/*
 * Parent and child write to each other more than a pipe holds before they read.
 * says: deadlock/pipe-cycle
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUCH (1 << 20)

static char data[MUCH];

static void exchange(int in, int out)
{
    size_t n = 0;
    while (n < MUCH)
        n += (size_t)write(out, data + n, MUCH - n); /* HERE */
    while (read(in, data, MUCH) > 0)
        ;
}

int main(void)
{
    int to[2], from[2];
    if (pipe(to) != 0 || pipe(from) != 0)
        exit(2);
    if (fork() == 0) {
        close(to[1]);
        close(from[0]);
        exchange(to[0], from[1]);
        _exit(0);
    }
    close(to[0]);
    close(from[1]);
    exchange(from[0], to[1]);
    wait(NULL);
    return 0;
}
