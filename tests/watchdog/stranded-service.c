/*
 * A service makes its queue and the two threads for it, and waits for them; its producer ends. The
 * main thread has never heard of the queue, does its own work and then leaves.
 * with: --stranded-seconds=1
 * says: deadlock/lost-signal probable
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    int items;
};

static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;

static void *produce(void *argument)
{
    struct queue *queue = argument;
    for (int i = 0; i < 5; i++) {
        pthread_mutex_lock(&queue->lock);
        queue->items++;
        pthread_cond_signal(&queue->filled);
        pthread_mutex_unlock(&queue->lock);
        usleep(1000);
    }
    return NULL;
}

static void *consume(void *argument)
{
    struct queue *queue = argument;
    pthread_mutex_lock(&queue->lock);
    while (queue->items < 6)
        pthread_cond_wait(&queue->filled, &queue->lock); /* HERE */
    pthread_mutex_unlock(&queue->lock);
    return NULL;
}

static void *serve(void *unused)
{
    struct queue *queue = calloc(1, sizeof *queue);
    pthread_t producer, consumer;
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->filled, NULL);
    pthread_create(&consumer, NULL, consume, queue);
    pthread_create(&producer, NULL, produce, queue);
    pthread_join(producer, NULL);
    pthread_join(consumer, NULL);
    free(queue);
    return unused;
}

int main(void)
{
    pthread_t service;
    pthread_create(&service, NULL, serve, NULL);
    for (int i = 0; i < 260; i++) {
        pthread_mutex_lock(&other);
        usleep(10000);
        pthread_mutex_unlock(&other);
    }
    exit(0);
}
