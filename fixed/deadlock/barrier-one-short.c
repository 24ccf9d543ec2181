/*
 * The barrier's count is the number of threads that come to it, so that the last
 * worker opens it for all.
 *
 * @repairs  deadlock/barrier-short
 * @explore  PIXELS=6
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
    pthread_barrier_wait(&brightened);
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
    pthread_barrier_init(&brightened, NULL, WORKERS); /* FIX: those who come to it */
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
