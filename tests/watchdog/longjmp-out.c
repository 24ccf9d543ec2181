/*
 * A handler of a signal that interrupts a sleep jumps out of it, and code that holds a lock jumps
 * out after it has let it go.
 * says: nothing
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sigjmp_buf back;
static volatile int alarms, failures;

static void on_alarm(int signal)
{
    (void)signal;
    alarms++;
    siglongjmp(back, 1);
}

static void parse(int depth)
{
    if (depth > 0)
        parse(depth - 1);
    failures++;
    pthread_mutex_unlock(&lock);
    siglongjmp(back, 2);
}

int main(void)
{
    struct itimerval soon = {.it_value = {.tv_usec = 50000}};
    signal(SIGALRM, on_alarm);
    while (alarms < 5)
        if (sigsetjmp(back, 1) == 0) {
            setitimer(ITIMER_REAL, &soon, NULL);
            while (1)
                pause();
        }
    while (failures < 1000)
        if (sigsetjmp(back, 0) == 0) {
            pthread_mutex_lock(&lock);
            parse(5);
        }
    return pthread_mutex_trylock(&lock);
}
