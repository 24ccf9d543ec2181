/*
 * Signals are read from a descriptor by one thread, and waited for by sigwait() in another one,
 * both sent by timers; the main thread joins them.
 * says: nothing
 */
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

static void send_later(int number, long milliseconds)
{
    timer_t timer;
    struct sigevent how = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = number};
    struct itimerspec when = {.it_value = {.tv_nsec = milliseconds * 1000000}};
    timer_create(CLOCK_MONOTONIC, &how, &timer);
    timer_settime(timer, 0, &when, NULL);
}

static void *read_signal(void *unused)
{
    sigset_t set;
    struct signalfd_siginfo info;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    int input = signalfd(-1, &set, SFD_CLOEXEC);
    return read(input, &info, sizeof info) == sizeof info ? unused : NULL;
}

static void *wait_for_signal(void *unused)
{
    int number;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    return sigwait(&set, &number) == 0 && number == SIGUSR2 ? unused : NULL;
}

int main(void)
{
    pthread_t reads, waits;
    void *one, *two;
    sigset_t set;
    sigfillset(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_create(&reads, NULL, read_signal, &set);
    pthread_create(&waits, NULL, wait_for_signal, &set);
    send_later(SIGUSR1, 300);
    send_later(SIGUSR2, 500);
    pthread_join(reads, &one);
    pthread_join(waits, &two);
    return one == NULL || two == NULL;
}
