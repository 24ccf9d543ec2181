/* Three threads in a ring, each with one lock and waiting for the next one's. */
#include <pthread.h>
#include <stdint.h>

static pthread_mutex_t forks[3] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                   PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t meeting;

static void *dines(void *seat)
{
    intptr_t own = (intptr_t)seat;
    pthread_mutex_lock(&forks[own]);
    pthread_barrier_wait(&meeting);
    pthread_mutex_lock(&forks[(own + 1) % 3]); /* HERE */
    return NULL;
}

int main(void)
{
    pthread_t threads[3];
    pthread_barrier_init(&meeting, NULL, 3);
    for (intptr_t i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, dines, (void *)i);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
