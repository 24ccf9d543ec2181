/*
 * The background is a thread. Threads of one process share its memory, so that the flag,
 * the lock and the condition of both sides are the same ones.
 *
 * @repairs  deadlock/private-copy
 * @explore  PRICES=20
 */
#include <pthread.h>
#include <stdio.h>

#define PRICES 100000

static struct {
    pthread_mutex_t lock; /* protects all of this */
    pthread_cond_t changed;
    int done;
    long sum;
} job = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};

static void *add_up(void *unused)
{
    (void)unused;
    long sum = 0;
    for (int i = 0; i < PRICES; i++)
        sum += i % 10;

    pthread_mutex_lock(&job.lock);
    job.sum = sum;
    job.done = 1;
    pthread_cond_signal(&job.changed);
    pthread_mutex_unlock(&job.lock);
    return NULL;
}

static long wait_for_sum(void)
{
    pthread_mutex_lock(&job.lock);
    while (!job.done)
        pthread_cond_wait(&job.changed, &job.lock);
    long sum = job.sum;
    pthread_mutex_unlock(&job.lock);
    return sum;
}

int main(void)
{
    pthread_t worker;
    if (pthread_create(&worker, NULL, add_up, NULL) != 0) { /* FIX: a thread shares our memory */
        perror("pthread_create");
        return 2;
    }

    long sum = wait_for_sum();
    pthread_join(worker, NULL);
    if (sum != PRICES / 10 * 45L) {
        fprintf(stderr, "the prices add up to %ld, not to %ld\n", sum, PRICES / 10 * 45L);
        return 1;
    }
    return 0;
}
