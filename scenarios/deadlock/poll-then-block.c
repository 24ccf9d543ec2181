/*
 * Two robots in a warehouse each stand in an aisle and need the other's. Each
 * tries the other aisle again and again without leaving its own: two stuck loops,
 * in which both starve. When its patience is over, each waits for the aisle for
 * good, and the starvation has turned into a deadlock.
 *
 * Trying instead of waiting is said to prevent deadlocks. It does so only if the
 * one who fails gives up what he has; polling with the first lock in hand is
 * waiting by another name. What one sees first is two busy processors and no work
 * done, and a moment later two idle ones.
 *
 * The twin leaves its aisle when its patience is over and then takes both in the
 * order of their numbers.
 *
 * @hazard   deadlock/lock-cycle
 * @concept  lock, barrier, starvation, deadlock
 * @expect   tsan=missed helgrind=missed drd=blind watchdog=caught explorer=caught
 * @why      tsan,helgrind: note the order of two locks when the second one is got; here the first
 *           meeting already hangs, and no second one ever is
 * @why      drd: keeps no lock-order graph
 * @explore  PATIENCE=2
 * @see      CWE-833
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
    pthread_mutex_lock(&aisles[1 - mine]); /* HAZARD: its owner waits for ours */
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
