/*
 * A parent waits for its child to end; the child reads until the end of what the parent has open.
 * says: deadlock/child
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int in[2];
    char byte;
    if (pipe(in) != 0)
        exit(2);
    if (fork() == 0) {
        close(in[1]);
        while (read(in[0], &byte, 1) > 0) /* HERE */
            ;
        _exit(0);
    }
    close(in[0]);
    if (write(in[1], "all", 3) != 3)
        exit(2);
    wait(NULL); /* HERE */
    close(in[1]);
    return 0;
}
