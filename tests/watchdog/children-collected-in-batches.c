/*
 * Children are collected twenty at a time: a few dozen are dead for a moment, no more.
 * says: nothing
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int collected = 0;
    for (int batch = 0; batch < 5; batch++) {
        for (int i = 0; i < 20; i++)
            if (fork() == 0)
                _exit(0);
        usleep(50000);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            collected++;
    }
    while (wait(NULL) > 0)
        collected++;
    return collected - 100;
}
