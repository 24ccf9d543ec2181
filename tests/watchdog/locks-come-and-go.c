/*
 * A quarter of a million locks that are created in pairs, used in the order of the pair, destroyed
 * and freed; the memory of one pair is that of the next, turned round.
 * says: nothing
 */
#include <pthread.h>
#include <stdlib.h>

struct pair {
    pthread_mutex_t lock[2];
};

static void *use(void *seed)
{
    struct pair *pair = NULL;
    for (int i = 0; i < 60000; i++) {
        int first = (i ^ *(int *)seed) & 1;
        pair = malloc(sizeof *pair);
        pthread_mutex_init(&pair->lock[0], NULL);
        pthread_mutex_init(&pair->lock[1], NULL);
        pthread_mutex_lock(&pair->lock[first]);
        pthread_mutex_lock(&pair->lock[1 - first]);
        pthread_mutex_unlock(&pair->lock[1 - first]);
        pthread_mutex_unlock(&pair->lock[first]);
        pthread_mutex_destroy(&pair->lock[0]);
        pthread_mutex_destroy(&pair->lock[1]);
        free(pair);
    }
    return NULL;
}

int main(void)
{
    pthread_t other;
    int even = 0, odd = 1;
    pthread_create(&other, NULL, use, &odd);
    use(&even);
    return pthread_join(other, NULL);
}
