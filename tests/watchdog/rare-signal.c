/*
 * A thread waits long for a signal that comes from one which never signalled before: it has been
 * busy with other locks all the time.
 * says: nothing
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int parts;

static void *assemble(void *unused)
{
    pthread_mutex_lock(&lock);
    while (parts < 2)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    return unused;
}

static void deliver(void)
{
    pthread_mutex_lock(&lock);
    parts++;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

static void *deliver_one(void *unused)
{
    deliver();
    return unused;
}

int main(void)
{
    pthread_t waits, delivers;
    pthread_create(&waits, NULL, assemble, NULL);
    pthread_create(&delivers, NULL, deliver_one, NULL);
    pthread_join(delivers, NULL);
    for (int i = 0; i < 400; i++) {
        pthread_mutex_lock(&other);
        usleep(2000);
        pthread_mutex_unlock(&other);
    }
    deliver();
    return pthread_join(waits, NULL);
}
