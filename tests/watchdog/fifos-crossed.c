/*
 * Two processes open two FIFOs, each the one to read first that the other opens to write last.
 * says: deadlock/fifo-open
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void serve(const char *in, const char *out)
{
    int from = open(in, O_RDONLY); /* HERE */
    int to = open(out, O_WRONLY);
    _exit(from < 0 || to < 0);
}

int main(void)
{
    if (mkfifo("up", 0600) != 0 || mkfifo("down", 0600) != 0)
        exit(2);
    if (fork() == 0)
        serve("up", "down");
    if (fork() == 0)
        serve("down", "up");
    while (wait(NULL) > 0)
        ;
    return 0;
}
