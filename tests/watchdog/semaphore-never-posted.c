/*
 * A slot is given back on every way out but on that of an error.
 * says: deadlock/semaphore
 */
#include <pthread.h>
#include <semaphore.h>

#define JOBS 5

static sem_t slots;

static int convert(int job)
{
    sem_wait(&slots); /* HERE */
    if (job % 2 == 1)
        return -1;
    sem_post(&slots);
    return 0;
}

static void *work(void *failed)
{
    for (int job = 0; job < JOBS; job++)
        *(int *)failed += convert(job) != 0;
    return NULL;
}

int main(void)
{
    pthread_t worker;
    int failed = 0;
    sem_init(&slots, 0, 2);
    pthread_create(&worker, NULL, work, &failed);
    pthread_join(worker, NULL);
    return failed - 2;
}
