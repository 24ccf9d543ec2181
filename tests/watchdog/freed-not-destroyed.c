/*
 * Two threads that live on use pairs of locks in one order each, in memory that was freed by the
 * other one without a word to the locks in it: never the same locks.
 * says: nothing
 */
#include <pthread.h>
#include <stdlib.h>

struct pair {
    pthread_mutex_t lock[2];
};
static pthread_barrier_t turn;

static void use(int first)
{
    for (int i = 0; i < 200; i++) {
        if (i % 2 == first) {
            struct pair *pair = calloc(1, sizeof *pair); /* zeros are unlocked mutexes in glibc */
            pthread_mutex_lock(&pair->lock[first]);
            pthread_mutex_lock(&pair->lock[1 - first]);
            pthread_mutex_unlock(&pair->lock[1 - first]);
            pthread_mutex_unlock(&pair->lock[first]);
            free(pair);
        }
        pthread_barrier_wait(&turn);
    }
}

static void *backward(void *unused)
{
    use(1);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_barrier_init(&turn, NULL, 2);
    pthread_create(&other, NULL, backward, NULL);
    use(0);
    return pthread_join(other, NULL);
}
