/* A barrier for three, to which two come. */
#include <pthread.h>

static pthread_barrier_t meeting;

static void *comes(void *unused)
{
    pthread_barrier_wait(&meeting); /* HERE */
    return unused;
}

int main(void)
{
    pthread_t one, two;
    pthread_barrier_init(&meeting, NULL, 3);
    pthread_create(&one, NULL, comes, NULL);
    pthread_create(&two, NULL, comes, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return 0;
}
