/*
 * Eight threads in a ring of adaptive mutexes; one of them is the main thread.
 * says: deadlock/lock-cycle
 */
#include <pthread.h>
#include <stdint.h>

#define ROOMS 8

static pthread_mutex_t door[ROOMS];
static pthread_barrier_t inside;

static void *walk(void *room)
{
    uintptr_t i = (uintptr_t)room;
    pthread_mutex_lock(&door[i]);
    pthread_barrier_wait(&inside);
    pthread_mutex_lock(&door[(i + 3) % ROOMS]); /* HERE */
    pthread_mutex_unlock(&door[(i + 3) % ROOMS]);
    return NULL;
}

int main(void)
{
    pthread_mutexattr_t adaptive;
    pthread_mutexattr_init(&adaptive);
    pthread_mutexattr_settype(&adaptive, PTHREAD_MUTEX_ADAPTIVE_NP);
    for (int i = 0; i < ROOMS; i++)
        pthread_mutex_init(&door[i], &adaptive);
    pthread_barrier_init(&inside, NULL, ROOMS);
    for (uintptr_t i = 1; i < ROOMS; i++) {
        pthread_t walker;
        pthread_create(&walker, NULL, walk, (void *)i);
    }
    walk(0);
    return 0;
}
