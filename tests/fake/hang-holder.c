/* A thread computes for ever with a lock held that another one needs. */
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t taken;
static volatile unsigned long sum;

static void *computes(void *unused)
{
    pthread_mutex_lock(&lock); /* HERE */
    pthread_barrier_wait(&taken);
    for (;;)
        sum = sum + 1;
    return unused;
}

int main(void)
{
    pthread_t thread;
    pthread_barrier_init(&taken, NULL, 2);
    pthread_create(&thread, NULL, computes, NULL);
    pthread_barrier_wait(&taken);
    pthread_mutex_lock(&lock); /* HERE */
    return 0;
}
