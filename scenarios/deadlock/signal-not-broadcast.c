/*
 * The counters of a ticket shop wait until the sale opens. Main opens it with
 * pthread_cond_signal, which wakes one of them; the others wait for an opening
 * that has long been.
 *
 * Signal and broadcast differ in one word, and with one waiter in nothing. The
 * shop was written with one counter. With four, one sells tickets and three stand
 * by, and main waits for all four at the end of the day.
 *
 * The twin broadcasts: what has become true is true for all who wait for it.
 *
 * @hazard   deadlock/signal-for-broadcast
 * @concept  condition, thread, deadlock
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=caught
 * @why      tsan,helgrind,drd: that nobody is left who could signal is not among their checks
 * @explore  COUNTERS=2 TICKETS=2
 * @see      CWE-833
 */
#include <pthread.h>
#include <stdio.h>

#define COUNTERS 4
#define TICKETS 100

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t opened = PTHREAD_COND_INITIALIZER;
static pthread_cond_t manned = PTHREAD_COND_INITIALIZER;
static int open_for_sale;
static int counters_ready;
static int sold;

static void *counter(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    counters_ready++;
    pthread_cond_signal(&manned);
    while (!open_for_sale)
        pthread_cond_wait(&opened, &lock); /* HAZARD: three of four are never woken */
    pthread_mutex_unlock(&lock);

    for (int i = 0; i < TICKETS; i++) {
        pthread_mutex_lock(&lock);
        sold++;
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[COUNTERS];
    for (int i = 0; i < COUNTERS; i++)
        pthread_create(&threads[i], NULL, counter, NULL);

    pthread_mutex_lock(&lock);
    while (counters_ready < COUNTERS)
        pthread_cond_wait(&manned, &lock);
    open_for_sale = 1;
    pthread_cond_signal(&opened); /* HAZARD: wakes one; it has opened for all */
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < COUNTERS; i++)
        pthread_join(threads[i], NULL);

    if (sold != COUNTERS * TICKETS) {
        fprintf(stderr, "%d tickets sold instead of %d\n", sold, COUNTERS * TICKETS);
        return 1;
    }
    return 0;
}
