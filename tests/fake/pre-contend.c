/*
 * Threads that contend for one lock for a while, each for a short time at once.
 *   pre-contend fair SECONDS   they also work outside of it: nobody starves
 *   pre-contend tight SECONDS  they do nothing else, as a benchmark does
 *   pre-contend hog SECONDS    one does all its work inside, and the other never finds it free
 *   pre-contend pool SECONDS   workers take jobs off a semaphore, as many as they get
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static sem_t jobs;
static double end;
static volatile long total;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void work(int rounds)
{
    for (volatile int i = 0; i < rounds; i++)
        ;
}

static void *contends(void *outside)
{
    while (now() < end) {
        pthread_mutex_lock(&mutex);
        total++;
        work(100);
        pthread_mutex_unlock(&mutex);
        if (outside != NULL)
            work(300);
    }
    return NULL;
}

static void *hogs(void *unused)
{
    while (now() < end) {
        pthread_mutex_lock(&mutex);
        work(20000);
        pthread_mutex_unlock(&mutex);
    }
    return unused;
}

static void *polls(void *unused)
{
    while (now() < end) {
        if (pthread_mutex_trylock(&mutex) == 0)
            pthread_mutex_unlock(&mutex);
        usleep(1000);
    }
    return unused;
}

static void *takes_jobs(void *unused)
{
    while (now() < end) {
        sem_wait(&jobs);
        work(1000);
    }
    return unused;
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    end = now() + (argc > 2 ? atof(argv[2]) : 0);
    pthread_t threads[4];
    void *(*does)(void *) = strcmp(how, "hog") == 0    ? hogs
                            : strcmp(how, "pool") == 0 ? takes_jobs
                                                       : contends;
    int n = does == hogs ? 2 : 4;
    sem_init(&jobs, 0, 0);
    for (int i = 0; i < n; i++)
        pthread_create(&threads[i], NULL, does == hogs && i > 0 ? polls : does,
                       strcmp(how, "fair") == 0 ? &mutex : NULL);
    while (does == takes_jobs && now() < end) {
        sem_post(&jobs);
        work(1000);
    }
    for (int i = 0; i < n; i++)
        sem_post(&jobs);
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
