/*
 * Two semaphores used as locks in one order, and a third one that only ever counts down to a start.
 * says: nothing
 */
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

static sem_t printer, scanner, start;
static int copies;

static void *copy(void *unused)
{
    sem_wait(&start);
    for (int i = 0; i < 60; i++) {
        sem_wait(&printer);
        sem_wait(&scanner);
        copies++;
        usleep(1000);
        sem_post(&printer); /* in the order of taking, not the other way round */
        sem_post(&scanner);
    }
    return unused;
}

int main(void)
{
    pthread_t thread[3];
    sem_init(&printer, 0, 1);
    sem_init(&scanner, 0, 1);
    sem_init(&start, 0, 0);
    for (int i = 0; i < 3; i++)
        pthread_create(&thread[i], NULL, copy, NULL);
    usleep(200000);
    for (int i = 0; i < 3; i++)
        sem_post(&start);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    return copies - 180;
}
