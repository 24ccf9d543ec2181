/*
 * Of two that meet at a barrier round after round one ends a round early; a third thread goes on.
 * with: --stranded-seconds=1
 * says: deadlock/barrier probable
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_barrier_t round_over;
static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;

static void *partner(void *unused)
{
    for (int i = 0; i < 9; i++)
        pthread_barrier_wait(&round_over);
    return unused;
}

static void *beat(void *unused)
{
    (void)unused;
    for (int i = 0; i < 350; i++) {
        pthread_mutex_lock(&other);
        pthread_mutex_unlock(&other);
        usleep(10000);
    }
    exit(0);
}

int main(void)
{
    pthread_t other, beats;
    pthread_barrier_init(&round_over, NULL, 2);
    pthread_create(&beats, NULL, beat, NULL);
    pthread_create(&other, NULL, partner, NULL);
    for (int i = 0; i < 10; i++)
        pthread_barrier_wait(&round_over); /* HERE */
    return 1;
}
