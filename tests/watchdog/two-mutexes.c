/*
 * Two threads wait for one condition with a mutex each of their own.
 * says: misuse/two-mutexes
 */
#include <pthread.h>
#include <stdint.h>

static pthread_mutex_t lock[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int waits[2], over[2];

static void *wait_for_change(void *number)
{
    uintptr_t i = (uintptr_t)number;
    pthread_mutex_lock(&lock[i]);
    waits[i] = 1;
    while (!over[i])
        pthread_cond_wait(&changed, &lock[i]); /* HERE */
    pthread_mutex_unlock(&lock[i]);
    return NULL;
}

int main(void)
{
    pthread_t thread[2];
    for (uintptr_t i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, wait_for_change, (void *)i);
    for (int i = 0, ready = 0; i < 2; i += ready) {
        pthread_mutex_lock(&lock[i]);
        ready = waits[i];
        pthread_mutex_unlock(&lock[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_mutex_lock(&lock[i]);
        over[i] = 1;
        pthread_mutex_unlock(&lock[i]);
    }
    pthread_cond_broadcast(&changed);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    return 0;
}
