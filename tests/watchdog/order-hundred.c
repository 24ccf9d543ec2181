/*
 * A ring in the order of a hundred recursive locks, of which each of a hundred threads has a piece.
 * says: deadlock/lock-order
 */
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

#define N 100

static pthread_mutex_t lock[N];

static void *work(void *number)
{
    uintptr_t i = (uintptr_t)number;
    usleep((useconds_t)(3000 * i));
    pthread_mutex_lock(&lock[i]);
    pthread_mutex_lock(&lock[(i + 1) % N]); /* HERE */
    pthread_mutex_unlock(&lock[(i + 1) % N]);
    pthread_mutex_unlock(&lock[i]);
    return NULL;
}

int main(void)
{
    pthread_t thread[N];
    pthread_mutexattr_t recursive;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    for (int i = 0; i < N; i++)
        pthread_mutex_init(&lock[i], &recursive);
    for (uintptr_t i = 0; i < N; i++)
        if (pthread_create(&thread[i], NULL, work, (void *)i) != 0)
            return 2;
    for (int i = 0; i < N; i++)
        pthread_join(thread[i], NULL);
    return 0;
}
