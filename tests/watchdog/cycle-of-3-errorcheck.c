/*
 * Three threads in a ring of error-checking mutexes, which check for the owner's own mistakes only.
 * says: deadlock/lock-cycle
 */
#include <pthread.h>
#include <stdint.h>

static pthread_mutex_t fork_at[3] = {
    PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP,
    PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP,
    PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP,
};
static pthread_barrier_t seated;

static void *dine(void *seat)
{
    uintptr_t i = (uintptr_t)seat;
    pthread_mutex_lock(&fork_at[i]);
    pthread_barrier_wait(&seated);
    int refused = pthread_mutex_lock(&fork_at[(i + 1) % 3]); /* HERE */
    return (void *)(uintptr_t)refused;
}

int main(void)
{
    pthread_t guest[3];
    pthread_barrier_init(&seated, NULL, 3);
    for (uintptr_t i = 0; i < 3; i++)
        pthread_create(&guest[i], NULL, dine, (void *)i);
    for (int i = 0; i < 3; i++)
        pthread_join(guest[i], NULL);
    return 0;
}
