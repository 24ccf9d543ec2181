/*
 * A server starts a child for each request and collects none of them.
 * says: starvation/zombies
 */
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
    for (int i = 0; i < 80; i++) {
        pid_t child = fork(); /* HERE */
        if (child == 0)
            _exit(0);
        if (child < 0)
            exit(2);
        usleep(5000);
    }
    usleep(1000000);
    return 0;
}
