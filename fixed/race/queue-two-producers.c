/*
 * Producers take a lock among themselves, so that at any time there is one producer, as
 * the queue demands. The consumer's end is as it was.
 *
 * @repairs  race/queue-two-producers
 * @explore  ORDERS=2
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

#define PRODUCERS 2
#define ORDERS 1500

static int slots[PRODUCERS * ORDERS]; /* room for all orders of a day */
static int head, tail;                /* the consumer's end and the producer's */
static sem_t items;
static pthread_mutex_t put_lock = PTHREAD_MUTEX_INITIALIZER; /* FIX: makes many producers one */

static void put(int order)
{
    pthread_mutex_lock(&put_lock); /* FIX: one producer at a time */
    slots[tail] = order;
    tail++;
    pthread_mutex_unlock(&put_lock);
    sem_post(&items);
}

static int get(void)
{
    sem_wait(&items);
    return slots[head++];
}

static void *produce(void *argument)
{
    int first = *(int *)argument;

    for (int i = 0; i < ORDERS; i++)
        put(first + i);
    return NULL;
}

int main(void)
{
    static int first[PRODUCERS] = {0, ORDERS};
    static int delivered[PRODUCERS * ORDERS];
    pthread_t producers[PRODUCERS];
    int wrong = 0;

    sem_init(&items, 0, 0);
    for (int i = 0; i < PRODUCERS; i++)
        pthread_create(&producers[i], NULL, produce, &first[i]);

    for (int i = 0; i < PRODUCERS * ORDERS; i++)
        delivered[get()]++;
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(producers[i], NULL);
    sem_destroy(&items);

    for (int i = 0; i < PRODUCERS * ORDERS; i++)
        wrong += delivered[i] != 1;
    if (wrong > 0) {
        fprintf(stderr, "%d of %d orders were not delivered once\n", wrong, PRODUCERS * ORDERS);
        return 1;
    }
    return 0;
}
