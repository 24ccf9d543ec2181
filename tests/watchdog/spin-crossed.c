/*
 * Two spin locks crossed: both threads run, and yet nothing moves.
 * says: deadlock/lock-cycle
 */
#include <pthread.h>

static pthread_spinlock_t head, tail;
static pthread_barrier_t met;

static void *pop(void *unused)
{
    pthread_spin_lock(&head);
    pthread_barrier_wait(&met);
    pthread_spin_lock(&tail); /* HERE */
    return unused;
}

static void *push(void *unused)
{
    pthread_spin_lock(&tail);
    pthread_barrier_wait(&met);
    pthread_spin_lock(&head); /* HERE */
    return unused;
}

int main(void)
{
    pthread_t one, two;
    pthread_spin_init(&head, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_init(&tail, PTHREAD_PROCESS_PRIVATE);
    pthread_barrier_init(&met, NULL, 2);
    pthread_create(&one, NULL, pop, NULL);
    pthread_create(&two, NULL, push, NULL);
    pthread_join(one, NULL);
    return pthread_join(two, NULL);
}
