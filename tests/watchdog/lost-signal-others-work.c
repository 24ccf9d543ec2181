/*
 * One thread waits for a signal, and the only one that ever sent one has ended. The others go on
 * with what has nothing to do with it, so it is not certain.
 * says: deadlock/lost-signal probable
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int parts;

static void *assemble(void *unused)
{
    pthread_mutex_lock(&lock);
    while (parts < 2)
        pthread_cond_wait(&changed, &lock); /* HERE */
    pthread_mutex_unlock(&lock);
    return unused;
}

static void *deliver_one(void *unused)
{
    pthread_mutex_lock(&lock);
    parts++;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void)
{
    pthread_t waits, delivers;
    pthread_create(&waits, NULL, assemble, NULL);
    pthread_create(&delivers, NULL, deliver_one, NULL);
    pthread_join(delivers, NULL);
    for (int i = 0; i < 3000; i++) {
        pthread_mutex_lock(&other);
        nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
        pthread_mutex_unlock(&other);
    }
    exit(0);
}
