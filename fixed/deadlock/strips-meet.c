/*
 * Each thread gives its strip back before it waits at the barrier, so that it
 * never holds one strip while it waits for another.
 *
 * @repairs  deadlock/lock-cycle
 * @explore  STRIPS=2 STEPS=2
 */
#include <pthread.h>
#include <stdio.h>

#define STRIPS 3
#define STEPS 100

static struct strip {
    pthread_mutex_t lock;
    long heat;
} bar[STRIPS];

static pthread_barrier_t warmed, read_out;

static void *simulate(void *arg)
{
    struct strip *mine = arg;
    struct strip *next = &bar[(mine - bar + 1) % STRIPS];

    for (int step = 0; step < STEPS; step++) {
        pthread_mutex_lock(&mine->lock);
        mine->heat += 2;
        pthread_mutex_unlock(&mine->lock); /* FIX: nothing is held across the barrier */
        pthread_barrier_wait(&warmed);

        pthread_mutex_lock(&next->lock);
        long edge = next->heat;
        pthread_mutex_unlock(&next->lock);
        pthread_barrier_wait(&read_out);

        pthread_mutex_lock(&mine->lock);
        mine->heat = (mine->heat + edge) / 2;
        pthread_mutex_unlock(&mine->lock);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[STRIPS];

    pthread_barrier_init(&warmed, NULL, STRIPS);
    pthread_barrier_init(&read_out, NULL, STRIPS);
    for (int i = 0; i < STRIPS; i++) {
        pthread_mutex_init(&bar[i].lock, NULL);
        bar[i].heat = 20;
    }
    for (int i = 0; i < STRIPS; i++)
        pthread_create(&threads[i], NULL, simulate, &bar[i]);
    for (int i = 0; i < STRIPS; i++)
        pthread_join(threads[i], NULL);

    for (int i = 0; i < STRIPS; i++) {
        if (bar[i].heat != 20 + 2 * STEPS) {
            fprintf(stderr, "strip %d has %ld degrees instead of %d\n", i, bar[i].heat,
                    20 + 2 * STEPS);
            return 1;
        }
    }
    return 0;
}
