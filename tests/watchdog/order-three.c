/*
 * Three threads, three locks, each pair of them in one order only, and yet a cycle of three.
 * says: deadlock/lock-order
 */
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

static pthread_mutex_t lock[3] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                  PTHREAD_MUTEX_INITIALIZER};
static int done[3];

static void *work(void *number)
{
    uintptr_t i = (uintptr_t)number, next = (i + 1) % 3;
    usleep((useconds_t)(100000 * i));
    pthread_mutex_lock(&lock[i]);
    pthread_mutex_lock(&lock[next]); /* HERE */
    done[next]++;
    pthread_mutex_unlock(&lock[next]);
    pthread_mutex_unlock(&lock[i]);
    return NULL;
}

int main(void)
{
    pthread_t thread[3];
    for (uintptr_t i = 0; i < 3; i++)
        pthread_create(&thread[i], NULL, work, (void *)i);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    return done[0] + done[1] + done[2] - 3;
}
