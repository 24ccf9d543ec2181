/*
 * One auditor and N clerks count in the same counter. The auditor adds one and checks that it
 * is just one more than before.
 *
 * Bug: the clerks take another lock than the auditor, so that a clerk may count between the
 * auditor's two looks.
 *
 * Follows wronglock of SCTBench (PPoPP 2014): wronglock has 1 auditor and 7 clerks, wronglock_3
 * has 1 and 3. Smallest number of preemptions: 1.
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

#ifndef N
#define N 7
#endif

static volatile int counted; /* volatile as published: each of the auditor's looks is a read */
static pthread_mutex_t counter_lock = PTHREAD_MUTEX_INITIALIZER;
#ifndef FIXED
static pthread_mutex_t other_lock = PTHREAD_MUTEX_INITIALIZER;
#endif

static void *audit(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&counter_lock);
    int before = counted;
    counted++;
    assert(counted == before + 1);
    pthread_mutex_unlock(&counter_lock);
    return NULL;
}

static void *count(void *unused)
{
#ifdef FIXED
    pthread_mutex_t *lock = &counter_lock;
#else
    pthread_mutex_t *lock = &other_lock;
#endif

    (void)unused;
    pthread_mutex_lock(lock);
    counted++;
    pthread_mutex_unlock(lock);
    return NULL;
}

int main(void)
{
    pthread_t auditor, clerks[N];

    pthread_create(&auditor, NULL, audit, NULL);
    for (int i = 0; i < N; i++)
        pthread_create(&clerks[i], NULL, count, NULL);
    pthread_join(auditor, NULL);
    for (int i = 0; i < N; i++)
        pthread_join(clerks[i], NULL);
    return 0;
}
