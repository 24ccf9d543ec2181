/*
 * A program for the terminal. `streams`: says what it was given. `ends`: exits with 5 at
 * Ctrl-C. `stays`: minds neither that nor SIGTERM. `leaves FILE`: leaves a daemon running,
 * whose process id is in FILE, and exits with 6. `joins GROUP`: goes over to that process
 * group, and stays.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static void caught(int number)
{
    static const char text[] = "caught it\n";
    (void)number;
    _exit(write(STDOUT_FILENO, text, sizeof text - 1) > 0 ? 5 : 1);
}

static void continued(int number)
{
    static const char text[] = "goes on\n";
    (void)number;
    (void)!write(STDOUT_FILENO, text, sizeof text - 1);
}

static void wait_for_ever(void)
{
    puts("ready");
    fflush(stdout);
    for (;;)
        pause();
}

static void tell_streams(void)
{
    sigset_t blocked;
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    int n = 0;
    for (int number = 1; number < NSIG; number++)
        n += sigismember(&blocked, number) == 1;
    printf("terminals %d%d%d, foreground %d, session of its own %d, signals blocked %d\n",
           isatty(0), isatty(1), isatty(2), tcgetpgrp(0) == getpgrp(), getsid(0) == getpid(), n);
}

static int leave_daemon(const char *path)
{
    int ready[2];
    char byte;
    if (pipe(ready) != 0)
        return 1;
    if (fork() == 0) {
        setsid();
        if (fork() != 0)
            _exit(0);
        FILE *file = fopen(path, "w");
        fprintf(file, "%d\n", (int)getpid());
        fclose(file);
        close(ready[0]);
        close(ready[1]);
        for (;;)
            pause();
    }
    close(ready[1]);
    return read(ready[0], &byte, 1) == 0 ? 6 : 1;
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "leaves") == 0)
        return leave_daemon(argv[2]);
    if (argc > 2 && setpgid(0, (pid_t)atol(argv[2])) != 0)
        return 1;
    if (argc > 1 && strcmp(argv[1], "streams") == 0) {
        tell_streams();
        return 0;
    }
    bool ends = argc > 1 && strcmp(argv[1], "ends") == 0;
    signal(SIGINT, ends ? caught : SIG_IGN);
    signal(SIGTERM, ends ? SIG_DFL : SIG_IGN);
    signal(SIGCONT, continued);
    wait_for_ever();
}
