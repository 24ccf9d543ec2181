/*
 * The main thread ends the process while others wait: for its lock, for a condition, for work. That
 * takes all of them along.
 * says: nothing
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER, lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static sem_t jobs;

static void *wait_for_lock(void *unused)
{
    pthread_mutex_lock(&held);
    return unused;
}

static void *wait_for_work(void *unused)
{
    pthread_mutex_lock(&lock);
    while (1)
        pthread_cond_wait(&work, &lock);
    return unused;
}

static void *wait_for_jobs(void *unused)
{
    while (sem_wait(&jobs) == 0)
        ;
    return unused;
}

int main(void)
{
    pthread_t thread[6];
    pthread_mutex_lock(&held);
    sem_init(&jobs, 0, 0);
    for (int i = 0; i < 6; i += 3) {
        pthread_create(&thread[i], NULL, wait_for_lock, NULL);
        pthread_create(&thread[i + 1], NULL, wait_for_work, NULL);
        pthread_create(&thread[i + 2], NULL, wait_for_jobs, NULL);
    }
    for (int i = 0; i < 10; i++) {
        pthread_mutex_lock(&lock);
        pthread_cond_broadcast(&work);
        pthread_mutex_unlock(&lock);
        usleep(30000);
    }
    exit(0);
}
