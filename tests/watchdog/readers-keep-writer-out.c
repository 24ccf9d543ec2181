/*
 * Two readers that take turns, each one coming before the other has gone: a writer never gets in.
 * says: starvation/bypass
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_rwlock_t board = PTHREAD_RWLOCK_INITIALIZER;
static sem_t turn[2];

static void *read_by_turns(void *number)
{
    uintptr_t i = (uintptr_t)number;
    for (;;) {
        sem_wait(&turn[i]);
        pthread_rwlock_rdlock(&board);
        sem_post(&turn[1 - i]);
        sem_wait(&turn[i]);
        pthread_rwlock_unlock(&board);
        usleep(200);
        sem_post(&turn[i]);
    }
    return NULL;
}

int main(void)
{
    pthread_t reader[2];
    sem_init(&turn[0], 0, 1);
    sem_init(&turn[1], 0, 0);
    for (uintptr_t i = 0; i < 2; i++)
        pthread_create(&reader[i], NULL, read_by_turns, (void *)i);
    usleep(50000);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += 1;
    pthread_rwlock_clockwrlock(&board, CLOCK_MONOTONIC, &until); /* HERE */
    exit(0);
}
