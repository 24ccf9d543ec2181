/*
 * A barrier for as many threads as there are processors in the plan, and one fewer was started.
 * says: deadlock/barrier
 */
#include <pthread.h>

static pthread_barrier_t phase;
static int sum[4];

static void *add(void *place)
{
    *(int *)place = 1;
    pthread_barrier_wait(&phase); /* HERE */
    return NULL;
}

int main(void)
{
    pthread_t thread[3];
    pthread_barrier_init(&phase, NULL, 4);
    for (int i = 0; i < 3; i++)
        pthread_create(&thread[i], NULL, add, &sum[i]);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    return 0;
}
