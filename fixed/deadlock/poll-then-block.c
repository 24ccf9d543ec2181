/*
 * A robot whose patience is over backs out of its aisle before it waits. It then
 * waits for the lower aisle with nothing in hand, and for the higher one with
 * the lower one in hand, so that no circle can close.
 *
 * @repairs  deadlock/lock-cycle
 * @explore  PATIENCE=2
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#define PATIENCE 100

static pthread_mutex_t aisles[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static int boxes[2] = {10, 20}; /* in each aisle */
static pthread_barrier_t shift_begins;

/* Gets the other aisle as well, with one's own held. */
static void enter_other(int mine)
{
    for (int i = 0; i < PATIENCE; i++) {
        if (pthread_mutex_trylock(&aisles[1 - mine]) == 0)
            return;
        sched_yield(); /* until the next try: the other may need this processor */
    }
    pthread_mutex_unlock(&aisles[mine]); /* FIX: back out, then take both in order */
    pthread_mutex_lock(&aisles[0]);
    pthread_mutex_lock(&aisles[1]);
}

static void *robot(void *arg)
{
    int mine = *(int *)arg, other = 1 - mine;

    pthread_mutex_lock(&aisles[mine]);
    pthread_barrier_wait(&shift_begins); /* both stand in their aisles */

    enter_other(mine);
    boxes[mine]--;
    boxes[other]++;
    pthread_mutex_unlock(&aisles[other]);
    pthread_mutex_unlock(&aisles[mine]);
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    int aisle[2] = {0, 1};

    pthread_barrier_init(&shift_begins, NULL, 2);
    for (int i = 0; i < 2; i++) {
        aisle[i] = i;
        pthread_create(&threads[i], NULL, robot, &aisle[i]);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);

    if (boxes[0] != 10 || boxes[1] != 20) {
        fprintf(stderr, "%d and %d boxes instead of 10 and 20\n", boxes[0], boxes[1]);
        return 1;
    }
    return 0;
}
