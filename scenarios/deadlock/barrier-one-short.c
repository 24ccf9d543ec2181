/*
 * Worker threads sharpen an image in two steps and meet at a barrier in between.
 * The barrier is set up for the workers and main, but main never comes to it: it
 * waits for the workers to end.
 *
 * In an earlier version main took part in the work, and the "+ 1" has stayed
 * behind. The number in pthread_barrier_init and the threads that call
 * pthread_barrier_wait are in different functions, and nothing compares them. All
 * workers wait for one who does not exist.
 *
 * The twin counts the workers only. Main could come to the barrier as well, if it
 * had a reason to.
 *
 * @hazard   deadlock/barrier-short
 * @concept  barrier, thread, deadlock
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=caught
 * @why      tsan,helgrind,drd: a barrier orders memory for them; that too few come to it is not
 *           among their checks
 * @explore  PIXELS=6
 * @see      CWE-833
 */
#include <pthread.h>
#include <stdio.h>

#define WORKERS 3
#define PIXELS 300

static pthread_barrier_t brightened;
static int image[PIXELS], sharp[PIXELS];

static void *sharpen(void *arg)
{
    int first = *(int *)arg;
    int last = first + PIXELS / WORKERS;

    for (int i = first; i < last; i++)
        image[i] += 10;
    pthread_barrier_wait(&brightened); /* HAZARD: counts one more than ever come */
    for (int i = first; i < last; i++)
        sharp[i] = 2 * image[i] - image[(i + 1) % PIXELS];
    return NULL;
}

int main(void)
{
    pthread_t threads[WORKERS];
    int first[WORKERS];

    for (int i = 0; i < PIXELS; i++)
        image[i] = i;
    pthread_barrier_init(&brightened, NULL, WORKERS + 1); /* HAZARD: main does not come to it */
    for (int i = 0; i < WORKERS; i++) {
        first[i] = i * (PIXELS / WORKERS);
        pthread_create(&threads[i], NULL, sharpen, &first[i]);
    }
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);

    for (int i = 0; i < PIXELS - 1; i++) {
        if (sharp[i] != i + 9) {
            fprintf(stderr, "pixel %d is %d instead of %d\n", i, sharp[i], i + 9);
            return 1;
        }
    }
    return 0;
}
