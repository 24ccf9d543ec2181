/*
 * A compressor: main hands N blocks to a consumer over a queue with a lock, says that there are no
 * more, and frees the queue.
 *
 * Bug: main does not wait for the consumer to end, so that it may use the queue, and its lock,
 * after they were freed.
 *
 * Follows pbzip2-0.9.4 of CB (Yu and Narayanasamy, ISCA 2009) in SCTBench: the queue's life,
 * without the compression. Preemptions: 0.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#ifndef N
#define N 2
#endif

struct fifo {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int waiting;
    bool no_more;
};

static int compressed;

static void *consume(void *argument)
{
    struct fifo *fifo = argument;

    for (;;) {
        pthread_mutex_lock(&fifo->lock);
        while (fifo->waiting == 0 && !fifo->no_more)
            pthread_cond_wait(&fifo->changed, &fifo->lock);
        bool end = fifo->waiting == 0;
        if (!end)
            fifo->waiting--;
        pthread_mutex_unlock(&fifo->lock);
        if (end)
            return NULL;
        compressed++;
    }
}

static void destroy(struct fifo *fifo)
{
    pthread_mutex_destroy(&fifo->lock);
    pthread_cond_destroy(&fifo->changed);
    free(fifo);
}

int main(void)
{
    struct fifo *fifo = calloc(1, sizeof *fifo);
    pthread_t consumer;

    pthread_mutex_init(&fifo->lock, NULL);
    pthread_cond_init(&fifo->changed, NULL);
    pthread_create(&consumer, NULL, consume, fifo);
    for (int i = 0; i <= N; i++) {
        pthread_mutex_lock(&fifo->lock);
        if (i < N)
            fifo->waiting++;
        else
            fifo->no_more = true;
        pthread_cond_signal(&fifo->changed);
        pthread_mutex_unlock(&fifo->lock);
    }
#ifdef FIXED
    pthread_join(consumer, NULL);
    destroy(fifo);
#else
    destroy(fifo);
    pthread_join(consumer, NULL);
#endif
    return 0;
}
