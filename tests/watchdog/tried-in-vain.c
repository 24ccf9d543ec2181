/*
 * A thread tries for a lock again and again while another one takes it all the time: who only tries
 * never stands in the queue. They go in step, so that no try ever comes between two turns.
 * says: starvation/lock-hog
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sem_t taken, tried;

static void *work(void *unused)
{
    for (;;) {
        pthread_mutex_lock(&lock); /* HERE */
        sem_post(&taken);
        sem_wait(&tried);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

int main(void)
{
    pthread_t worker;
    sem_init(&taken, 0, 0);
    sem_init(&tried, 0, 0);
    pthread_create(&worker, NULL, work, NULL);
    for (int i = 0; i < 1000; i++) {
        sem_wait(&taken);
        usleep(1000);
        if (pthread_mutex_trylock(&lock) == 0) /* HERE */
            exit(1);
        sem_post(&tried);
    }
    exit(0);
}
