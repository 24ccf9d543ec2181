/*
 * A thread holds a lock, and forty more, before it takes another one; elsewhere it is the other way
 * round: the lock that matters is far down in what it holds.
 * says: deadlock/lock-order
 */
#include <pthread.h>
#include <unistd.h>

#define MANY 40

static pthread_mutex_t root = PTHREAD_MUTEX_INITIALIZER, leaf = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t between[MANY];

static void *from_below(void *unused)
{
    usleep(200000);
    pthread_mutex_lock(&leaf);
    pthread_mutex_lock(&root); /* HERE */
    pthread_mutex_unlock(&root);
    pthread_mutex_unlock(&leaf);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_create(&other, NULL, from_below, NULL);
    for (int i = 0; i < MANY; i++)
        pthread_mutex_init(&between[i], NULL);
    pthread_mutex_lock(&root);
    for (int i = 0; i < MANY; i++)
        pthread_mutex_lock(&between[i]);
    pthread_mutex_lock(&leaf); /* HERE */
    pthread_mutex_unlock(&leaf);
    for (int i = MANY - 1; i >= 0; i--)
        pthread_mutex_unlock(&between[i]);
    pthread_mutex_unlock(&root);
    return pthread_join(other, NULL);
}
