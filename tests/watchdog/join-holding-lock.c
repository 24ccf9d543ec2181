/*
 * The main thread joins a worker with the lock held that the worker needs to end.
 * says: deadlock/wait-cycle
 */
#include <pthread.h>

static pthread_mutex_t results = PTHREAD_MUTEX_INITIALIZER;
static int done;

static void *work(void *unused)
{
    pthread_mutex_lock(&results); /* HERE */
    done++;
    pthread_mutex_unlock(&results);
    return unused;
}

int main(void)
{
    pthread_t worker;
    pthread_mutex_lock(&results);
    pthread_create(&worker, NULL, work, NULL);
    pthread_join(worker, NULL); /* HERE */
    int all = done;
    pthread_mutex_unlock(&results);
    return all - 1;
}
