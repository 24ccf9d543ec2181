/*
 * A thread has a lock for most of the time, in long turns with breaks: the other one gets in there.
 * says: nothing
 */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int over, turns;

static void *look(void *unused)
{
    while (!atomic_load(&over)) {
        pthread_mutex_lock(&lock);
        atomic_fetch_add(&turns, 1);
        pthread_mutex_unlock(&lock);
        usleep(1000);
    }
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_create(&other, NULL, look, NULL);
    for (int i = 0; i < 60; i++) {
        pthread_mutex_lock(&lock);
        usleep(9000);
        pthread_mutex_unlock(&lock);
        usleep(1000);
    }
    atomic_store(&over, 1);
    pthread_join(other, NULL);
    return turns < 2;
}
