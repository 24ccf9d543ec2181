/* Three threads in a ring wait for each other to end (for two, pthread_join() would notice). */
#include <pthread.h>

static pthread_t threads[3];
static pthread_barrier_t started;

static void *joins(void *other)
{
    pthread_barrier_wait(&started);
    pthread_join(*(pthread_t *)other, NULL); /* HERE */
    return NULL;
}

int main(void)
{
    pthread_barrier_init(&started, NULL, 4);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, joins, &threads[(i + 1) % 3]);
    pthread_barrier_wait(&started);
    pthread_exit(NULL);
}
