/*
 * A simulation cuts a metal bar into strips, one thread each. A thread locks its
 * own strip, warms it, waits at a barrier until all are done, and then locks its
 * neighbour to read the temperature of its edge, its own strip still locked.
 *
 * Keeping one's lock for the whole step looks tidy, and with a lock each there is
 * no second lock in sight. But the barrier guarantees what is otherwise bad luck:
 * all hold their own at the same moment, and each waits for the next. The
 * simulation stops in its first step, in every run.
 *
 * The twin lets go of its strip before the barrier. Two copies of the bar, one to
 * read and one to write, would need no locks at all.
 *
 * @hazard   deadlock/lock-cycle
 * @concept  lock, barrier, thread, deadlock
 * @expect   tsan=missed helgrind=missed drd=blind watchdog=caught explorer=caught
 * @why      tsan,helgrind: note the order of two locks when the second one is got; here the first
 *           step already hangs, and no second one ever is
 * @why      drd: keeps no lock-order graph
 * @explore  STRIPS=2 STEPS=2
 * @see      CWE-833
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
        pthread_barrier_wait(&warmed);

        pthread_mutex_lock(&next->lock); /* HAZARD: held by the neighbour, who waits for the next */
        long edge = next->heat;
        pthread_mutex_unlock(&next->lock);
        pthread_mutex_unlock(&mine->lock);
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
