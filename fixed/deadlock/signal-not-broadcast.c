/*
 * A broadcast wakes every counter that waits; each finds the sale open and goes
 * to work.
 *
 * @repairs  deadlock/signal-for-broadcast
 * @explore  COUNTERS=2 TICKETS=2
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
        pthread_cond_wait(&opened, &lock);
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
    pthread_cond_broadcast(&opened); /* FIX: wakes all whom it concerns */
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < COUNTERS; i++)
        pthread_join(threads[i], NULL);

    if (sold != COUNTERS * TICKETS) {
        fprintf(stderr, "%d tickets sold instead of %d\n", sold, COUNTERS * TICKETS);
        return 1;
    }
    return 0;
}
