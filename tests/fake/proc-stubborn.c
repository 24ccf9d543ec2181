/*
 * One process, and how it takes to being ended:
 *   hang        waits for ever
 *   ignore      the same, with SIGTERM ignored
 *   polite      the same, but takes its time on SIGTERM to say "bye", and exits with 3
 *   stopped     as polite, but stops itself first
 *   raise N     sends itself the signal N
 *   parent N    sends its parent the signal N, and waits for ever
 *   parent-exit N  sends its parent the signal N while it exits with 4
 * $READY is a descriptor that gets a byte when it is ready to be ended.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void bye(int number)
{
    (void)number;
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    _exit(write(STDOUT_FILENO, "bye\n", 4) == 4 ? 3 : 1);
}

static void ready(void)
{
    const char *fd = getenv("READY");
    if (fd != NULL && write(atoi(fd), "r", 1) != 1)
        _exit(1);
}

int main(int argc, char **argv)
{
    alarm(120);
    const char *how = argc > 1 ? argv[1] : "";
    int number = argc > 2 ? atoi(argv[2]) : 0;
    if (strcmp(how, "ignore") == 0)
        signal(SIGTERM, SIG_IGN);
    if (strcmp(how, "polite") == 0 || strcmp(how, "stopped") == 0)
        signal(SIGTERM, bye);
    if (strcmp(how, "raise") == 0)
        raise(number);
    ready();
    if (strcmp(how, "stopped") == 0)
        raise(SIGSTOP);
    if (strcmp(how, "parent") == 0 || strcmp(how, "parent-exit") == 0)
        kill(getppid(), number);
    if (strcmp(how, "parent-exit") == 0)
        _exit(4);
    for (;;)
        pause();
}
