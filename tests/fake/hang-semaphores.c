/* Two threads, each with one semaphore and waiting for the other's. */
#include <pthread.h>
#include <semaphore.h>

static sem_t left, right;
static pthread_barrier_t meeting;

static void *left_first(void *unused)
{
    sem_wait(&left);
    pthread_barrier_wait(&meeting);
    sem_wait(&right); /* HERE */
    return unused;
}

static void *right_first(void *unused)
{
    sem_wait(&right);
    pthread_barrier_wait(&meeting);
    sem_wait(&left); /* HERE */
    return unused;
}

int main(void)
{
    pthread_t one, two;
    sem_init(&left, 0, 1);
    sem_init(&right, 0, 1);
    pthread_barrier_init(&meeting, NULL, 2);
    pthread_create(&one, NULL, left_first, NULL);
    pthread_create(&two, NULL, right_first, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return 0;
}
