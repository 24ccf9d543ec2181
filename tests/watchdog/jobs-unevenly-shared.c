/*
 * A semaphore counts jobs for two workers, one of which has a long job: the other one does the
 * rest.
 * says: nothing
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <unistd.h>

#define JOBS 400

static sem_t jobs;
static atomic_int next, done;

static void *work(void *unused)
{
    for (;;) {
        sem_wait(&jobs);
        int job = atomic_fetch_add(&next, 1);
        if (job >= JOBS)
            return unused;
        usleep(job == 0 ? 500000 : 500);
        atomic_fetch_add(&done, 1);
    }
}

int main(void)
{
    pthread_t worker[2];
    sem_init(&jobs, 0, 0);
    for (int i = 0; i < 2; i++)
        pthread_create(&worker[i], NULL, work, NULL);
    for (int i = 0; i < JOBS + 2; i++) {
        sem_post(&jobs);
        usleep(1000);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(worker[i], NULL);
    return done - JOBS;
}
