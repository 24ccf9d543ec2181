/*
 * A bounded buffer of one place, with one condition for both "filled" and "emptied"; N producers
 * and N consumers put and take ROUNDS items each.
 *
 * Bug: a signal may wake a thread of the same kind as the one that signals, which goes to sleep
 * again and has swallowed the signal; with enough such all sleep.
 *
 * Follows Extreme Programming Challenge 14 (Cunningham's wiki, 2000s), in the suites of CHESS
 * (OSDI 2008) and of Inspect (boundedBuffer in SCTBench): conditions tested by `while`, one
 * condition, signal. Preemptions: 0, as the waits themselves switch.
 */
#include <pthread.h>
#include <stddef.h>

#ifndef N
#define N 2
#endif
#ifndef ROUNDS
#define ROUNDS 1
#endif

static int items;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void tell(void)
{
#ifdef FIXED
    pthread_cond_broadcast(&changed);
#else
    pthread_cond_signal(&changed);
#endif
}

static void *produce(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&lock);
        while (items == 1)
            pthread_cond_wait(&changed, &lock);
        items++;
        tell();
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void *consume(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&lock);
        while (items == 0)
            pthread_cond_wait(&changed, &lock);
        items--;
        tell();
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[2 * N];

    for (int i = 0; i < 2 * N; i++)
        pthread_create(&threads[i], NULL, i < N ? consume : produce, NULL);
    for (int i = 0; i < 2 * N; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
