/* Two threads hang for ever, and the program goes on, and ends. */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t meeting;

static void *crosses(void *left_first)
{
    pthread_mutex_lock(left_first != NULL ? &left : &right);
    pthread_barrier_wait(&meeting);
    pthread_mutex_lock(left_first != NULL ? &right : &left); /* HERE */
    return NULL;
}

int main(void)
{
    pthread_t one, two;
    pthread_barrier_init(&meeting, NULL, 2);
    pthread_create(&one, NULL, crosses, NULL);
    pthread_create(&two, NULL, crosses, &left);
    for (int i = 0; i < 1500; i++)
        usleep(1000);
    return 0;
}
