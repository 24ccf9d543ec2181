/*
 * A ring in the order of a hundred locks, of which one thread has ninety-nine pieces, one at a
 * time, and another thread the last one: two threads cannot be at a hundred places at once.
 * says: nothing
 */
#include <pthread.h>
#include <unistd.h>

#define N 100

static pthread_mutex_t lock[N];

static void both(int i, int j)
{
    pthread_mutex_lock(&lock[i]);
    pthread_mutex_lock(&lock[j]);
    pthread_mutex_unlock(&lock[j]);
    pthread_mutex_unlock(&lock[i]);
}

static void *close_the_ring(void *unused)
{
    usleep(200000);
    both(N - 1, 0);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_mutexattr_t recursive;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    for (int i = 0; i < N; i++)
        pthread_mutex_init(&lock[i], &recursive);
    pthread_create(&other, NULL, close_the_ring, NULL);
    for (int i = 0; i + 1 < N; i++)
        both(i, i + 1);
    return pthread_join(other, NULL);
}
