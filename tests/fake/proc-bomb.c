/*
 * Forks while it is being ended. Bounded: 300 processes in all, or 20 seconds.
 *   group       64 processes; on SIGTERM each forks as fast as it can
 *   sessions    the same, each process in a session of its own
 *   runner      one process that forks, exits and goes on as its own child, each
 *               time in a new session
 * $READY is a descriptor that gets a byte from each process that is ready to be ended.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { AT_START = 64, IN_ALL = 300 };

static atomic_int *made;
static bool sessions;
static volatile sig_atomic_t asked;

static void ask(int number)
{
    (void)number;
    asked = 1;
}

static void ready(void)
{
    const char *fd = getenv("READY");
    if (fd != NULL && write(atoi(fd), "r", 1) != 1)
        _exit(1);
}

/* In a process of the bomb: waits for the SIGTERM that sets it off, then multiplies. */
static void live(void)
{
    sigset_t none;
    sigemptyset(&none);
    if (sessions)
        setsid();
    alarm(120);
    ready();
    while (!asked)
        sigsuspend(&none);
    while (atomic_fetch_add(made, 1) < IN_ALL)
        if (fork() == 0) {
            alarm(120);
            if (sessions)
                setsid();
        }
    for (;;)
        pause();
}

static void bomb(void)
{
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL); /* until sigsuspend(), so that none comes too early */
    signal(SIGTERM, ask);
    atomic_store(made, AT_START);
    for (int i = 1; i < AT_START; i++)
        if (fork() == 0)
            live();
    live();
}

static void runner(void)
{
    time_t end = time(NULL) + 20;
    signal(SIGTERM, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    ready();
    if (fork() == 0)
        for (alarm(120); time(NULL) < end; setsid())
            if (fork() != 0)
                _exit(0);
    alarm(120);
    for (;;)
        pause();
}

int main(int argc, char **argv)
{
    alarm(120);
    const char *how = argc > 1 ? argv[1] : "";
    made = mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (made == MAP_FAILED)
        return 1;
    sessions = strcmp(how, "sessions") == 0;
    if (strcmp(how, "runner") == 0)
        runner();
    else
        bomb();
    return 0;
}
