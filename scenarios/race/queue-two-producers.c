/*
 * A queue between one producer and one consumer needs no lock, since each end belongs
 * to one thread. Then a second producer is added, and two threads write one end.
 *
 * The queue was right, and nothing in its code says "one producer": put() is there to
 * be called. The semaphore still counts the orders correctly, so the consumer neither
 * hangs nor runs ahead. But both producers fill the same slot and then move the tail.
 * The user sees orders that never come, and empty ones in their place.
 *
 * The twin adds a lock that the producers take among themselves; the consumer still
 * needs none. One queue for each producer would do without any lock.
 *
 * @hazard   race/queue-two-producers
 * @concept  race, queue, semaphore, lock, thread
 * @expect   tsan=caught helgrind=caught drd=caught watchdog=blind explorer=caught
 * @why      watchdog: it watches waiting, not memory
 * @explore  ORDERS=2
 * @see      CWE-366, CWE-820
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

#define PRODUCERS 2
#define ORDERS 1500

static int slots[PRODUCERS * ORDERS]; /* room for all orders of a day */
static int head, tail;                /* the consumer's end and the producer's */
static sem_t items;

static void put(int order)
{
    slots[tail] = order; /* HAZARD: the other producer fills the same slot */
    tail++;              /* HAZARD: and moves the tail from the same place */
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
