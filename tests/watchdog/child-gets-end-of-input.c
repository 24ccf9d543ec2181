/*
 * The parent closes the write end before it waits; the child has work to do with what it read.
 * says: nothing
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int in[2], status;
    char byte;
    if (pipe(in) != 0)
        return 2;
    pid_t child = fork();
    if (child == 0) {
        int n = 0;
        close(in[1]);
        for (; read(in[0], &byte, 1) == 1; usleep(100000))
            n++;
        _exit(n);
    }
    if (write(in[1], "1234", 4) != 4)
        return 2;
    close(in[1]);
    close(in[0]);
    return waitpid(child, &status, 0) != child || WEXITSTATUS(status) != 4;
}
