#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t meet;
static long counter;

static void *forth(void *unused)
{
    counter++;
    pthread_mutex_lock(&a);
    pthread_barrier_wait(&meet);
    pthread_mutex_lock(&b);
    return unused;
}

int main(void)
{
    pthread_t thread;
    pthread_barrier_init(&meet, NULL, 2);
    pthread_create(&thread, NULL, forth, NULL);
    counter++;
    pthread_mutex_lock(&b);
    pthread_barrier_wait(&meet);
    pthread_mutex_lock(&a);
    pthread_join(thread, NULL);
    return 0;
}
