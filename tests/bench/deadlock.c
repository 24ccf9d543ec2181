/* Two threads deadlock; the later of them says when, on standard output, right before. */
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t locks[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t both;

static void *cross(void *argument)
{
    int first = argument != NULL;
    pthread_mutex_lock(&locks[first]);
    pthread_barrier_wait(&both);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    dprintf(STDOUT_FILENO, "%ld.%09ld\n", (long)now.tv_sec, now.tv_nsec);
    pthread_mutex_lock(&locks[!first]);
    return NULL;
}

int main(void)
{
    pthread_t other;
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&other, NULL, cross, &both);
    cross(NULL);
    return 0;
}
