/*
 * A timer of the sort that runs its function in a thread of libc's posts the semaphore for which
 * the only thread of the program waits.
 * says: nothing
 */
#include <semaphore.h>
#include <signal.h>
#include <time.h>

static sem_t due;

static void post(union sigval value)
{
    (void)value;
    sem_post(&due);
}

int main(void)
{
    timer_t timer;
    struct sigevent how = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = post};
    struct itimerspec when = {.it_value = {.tv_nsec = 400000000}};
    sem_init(&due, 0, 0);
    if (timer_create(CLOCK_MONOTONIC, &how, &timer) != 0 ||
        timer_settime(timer, 0, &when, NULL) != 0)
        return 2;
    sem_wait(&due);
    return timer_delete(timer);
}
