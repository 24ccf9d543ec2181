/*
 * A handler that interrupts a thread with a lock held only sets a flag; it comes many times.
 * says: nothing
 */
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile sig_atomic_t ticks;
static long rounds;

static void on_tick(int signal)
{
    (void)signal;
    ticks++;
}

static void *work(void *unused)
{
    while (ticks < 100) {
        pthread_mutex_lock(&lock);
        for (volatile int i = 0; i < 1000; i++)
            ;
        rounds++;
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

int main(void)
{
    pthread_t other;
    struct itimerval every = {{.tv_usec = 3000}, {.tv_usec = 3000}};
    signal(SIGALRM, on_tick);
    setitimer(ITIMER_REAL, &every, NULL);
    pthread_create(&other, NULL, work, NULL);
    work(NULL);
    pthread_join(other, NULL);
    return rounds == 0;
}
