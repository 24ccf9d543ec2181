/*
 * Calls of what the explorer does not control, one by one: the first argument names it, and its
 * line ends with that name.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static const char *name;
static volatile sig_atomic_t told;

static int is(const char *other)
{
    return strcmp(name, other) == 0;
}

static void handler(int number)
{
    told = number;
}

static const struct itimerspec soon = {.it_value = {.tv_nsec = 1000}};

static int waits_for_timer(void)
{
    timer_t timer;
    struct sigevent how = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    signal(SIGUSR1, handler);
    timer_create(CLOCK_MONOTONIC, &how, &timer);
    timer_settime(timer, 0, &soon, NULL); /* timer_settime */
    while (!told)
        pause();
    return 0;
}

static int waits_for_alarm(void)
{
    signal(SIGALRM, handler);
    alarm(1); /* alarm */
    while (!told)
        pause();
    return 0;
}

static int reads_timer(void)
{
    uint64_t times;
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    timerfd_settime(fd, 0, &soon, NULL); /* timerfd_settime */
    return read(fd, &times, sizeof times) != sizeof times;
}

static int reads_signal(void)
{
    sigset_t usr1;
    struct signalfd_siginfo info;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    int fd = signalfd(-1, &usr1, 0); /* signalfd */
    raise(SIGUSR1);
    return read(fd, &info, sizeof info) != sizeof info;
}

static int spawns(void)
{
    pid_t child;
    char *argv[] = {"true", NULL};
    posix_spawnp(&child, "true", NULL, NULL, argv, NULL); /* posix_spawnp */
    return 0;
}

static int takes_file(void)
{
    return flock(0, LOCK_UN) == 0 ? 0 : 0; /* flock */
}

static int loads(void)
{
    return dlopen("libm.so.6", RTLD_NOW) == NULL; /* dlopen */
}

static int streams(void)
{
    int ends[2];
    return pipe(ends) != 0 || fdopen(ends[0], "r") == NULL; /* fdopen */
}

static void *run(void *result)
{
    *(int *)result = is("timer_settime")     ? waits_for_timer()
                     : is("alarm")           ? waits_for_alarm()
                     : is("timerfd_settime") ? reads_timer()
                     : is("signalfd")        ? reads_signal()
                     : is("posix_spawnp")    ? spawns()
                     : is("flock")           ? takes_file()
                     : is("fdopen")          ? streams()
                     : is("dlopen")          ? loads()
                     : is("syscall")         ? syscall(SYS_fork) < 0            /* syscall */
                     : is("execlp")          ? execlp("true", "true", NULL) < 0 /* execlp */
                                             : 1;
    return NULL;
}

int main(int argc, char **argv)
{
    name = argc > 1 ? argv[1] : "";
    pthread_t thread;
    int result = 1;
    pthread_create(&thread, NULL, run, &result);
    pthread_join(thread, NULL);
    return result;
}
