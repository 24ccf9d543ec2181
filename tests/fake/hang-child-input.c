/* Waits for a child that waits for the end of its input, which the parent has left open. */
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    char byte;
    int ends[2];
    if (pipe(ends) != 0)
        return 2;
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        while (read(ends[0], &byte, 1) > 0) /* HERE */
            ;
        _exit(0);
    }
    close(ends[0]);
    waitpid(child, NULL, 0);
    return 0;
}
