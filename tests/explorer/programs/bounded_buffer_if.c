/*
 * A bounded buffer of one place with two conditions; N consumers take one item each, and a
 * producer makes N.
 *
 * Bug: a consumer that was woken does not look again whether there is an item (`if` for `while`):
 * another consumer may have come in between and taken it.
 *
 * Follows no one program: the bounded buffer of every suite (Inspect's boundedBuffer, CHESS's
 * boundedqueue), with the oldest mistake made with conditions (Hoare's signal assumed, Mesa's
 * given). Preemptions: 0, as the waits themselves switch.
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

#ifndef N
#define N 2
#endif

static int items;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static pthread_cond_t emptied = PTHREAD_COND_INITIALIZER;

static void *produce(void *unused)
{
    (void)unused;
    for (int i = 0; i < N; i++) {
        pthread_mutex_lock(&lock);
        while (items == 1)
            pthread_cond_wait(&emptied, &lock);
        items++;
        pthread_cond_signal(&filled);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void *consume(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
#ifdef FIXED
    while (items == 0)
#else
    if (items == 0)
#endif
        pthread_cond_wait(&filled, &lock);
    assert(items == 1);
    items--;
    pthread_cond_signal(&emptied);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t producer, consumers[N];

    for (int i = 0; i < N; i++)
        pthread_create(&consumers[i], NULL, consume, NULL);
    pthread_create(&producer, NULL, produce, NULL);
    for (int i = 0; i < N; i++)
        pthread_join(consumers[i], NULL);
    pthread_join(producer, NULL);
    return 0;
}
