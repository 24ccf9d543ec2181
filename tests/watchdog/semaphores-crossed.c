/*
 * Two semaphores of one are used as locks, and taken in two orders.
 * says: deadlock/semaphore
 */
#include <pthread.h>
#include <semaphore.h>

static sem_t printer, scanner;
static pthread_barrier_t met;

static void *copy(void *unused)
{
    sem_wait(&scanner);
    pthread_barrier_wait(&met);
    sem_wait(&printer); /* HERE */
    sem_post(&printer);
    sem_post(&scanner);
    return unused;
}

int main(void)
{
    pthread_t other;
    sem_init(&printer, 0, 1);
    sem_init(&scanner, 0, 1);
    pthread_barrier_init(&met, NULL, 2);
    pthread_create(&other, NULL, copy, NULL);
    sem_wait(&printer);
    pthread_barrier_wait(&met);
    sem_wait(&scanner); /* HERE */
    sem_post(&scanner);
    sem_post(&printer);
    return pthread_join(other, NULL);
}
