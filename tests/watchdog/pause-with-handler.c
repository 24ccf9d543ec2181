/*
 * A process in pause() whose handler counts alarms, and a thread that waits for a semaphore which
 * the handler posts: both end from the handler alone.
 * says: nothing
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

static sem_t ticked;
static volatile sig_atomic_t ticks;

static void on_alarm(int signal)
{
    (void)signal;
    ticks++;
    sem_post(&ticked);
}

static void *await_ticks(void *unused)
{
    for (int i = 0; i < 4; i++)
        while (sem_wait(&ticked) != 0)
            ;
    return unused;
}

int main(void)
{
    pthread_t other;
    struct itimerval every = {{.tv_usec = 120000}, {.tv_usec = 120000}};
    sem_init(&ticked, 0, 0);
    signal(SIGALRM, on_alarm);
    pthread_create(&other, NULL, await_ticks, NULL);
    sigset_t set;
    sigemptyset(&set);
    setitimer(ITIMER_REAL, &every, NULL);
    while (ticks < 4)
        sigsuspend(&set);
    return pthread_join(other, NULL);
}
