/*
 * A manager that is not main made two threads and does other work; the producer of them has ended.
 * Later the manager ends the other one, whose semaphore it has never touched.
 * with: --stranded-seconds=1
 * says: nothing
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;
static pthread_t consumer;

static void *consume(void *argument)
{
    for (int i = 0; i < 6; i++)
        sem_wait(argument);
    return argument;
}

static void *produce(void *unused)
{
    sem_t *jobs = malloc(sizeof *jobs);
    if (jobs == NULL || sem_init(jobs, 0, 0) != 0)
        abort();
    pthread_create(&consumer, NULL, consume, jobs);
    for (int i = 0; i < 5; i++)
        sem_post(jobs);
    (void)unused;
    return jobs;
}

static void *manage(void *unused)
{
    pthread_t producer;
    void *jobs;
    pthread_create(&producer, NULL, produce, NULL);
    pthread_join(producer, &jobs);
    for (int i = 0; i < 220; i++) {
        pthread_mutex_lock(&other);
        usleep(10000);
        pthread_mutex_unlock(&other);
    }
    sem_post(jobs);
    pthread_join(consumer, NULL);
    free(jobs);
    return unused;
}

int main(void)
{
    pthread_t manager;
    pthread_create(&manager, NULL, manage, NULL);
    for (int i = 0; i < 260; i++)
        usleep(10000);
    return pthread_join(manager, NULL);
}
