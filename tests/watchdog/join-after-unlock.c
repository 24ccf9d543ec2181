/*
 * The lock that the worker needs is let go before the join, and the worker takes its time with it.
 * says: nothing
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t results = PTHREAD_MUTEX_INITIALIZER;
static int done;

static void *work(void *unused)
{
    pthread_mutex_lock(&results);
    usleep(400000);
    done++;
    pthread_mutex_unlock(&results);
    return unused;
}

int main(void)
{
    pthread_t worker;
    pthread_mutex_lock(&results);
    pthread_create(&worker, NULL, work, NULL);
    usleep(100000);
    pthread_mutex_unlock(&results);
    pthread_join(worker, NULL);
    return done - 1;
}
