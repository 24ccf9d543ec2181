/*
 * A mutex is unlocked twice, the second time on a path that is meant for errors.
 * says: misuse/unlock-free
 */
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int value;

static int set(int to)
{
    pthread_mutex_lock(&lock);
    value = to;
    pthread_mutex_unlock(&lock);
    if (to < 0)
        pthread_mutex_unlock(&lock); /* HERE */
    return value;
}

int main(void)
{
    return set(1) + set(-1);
}
