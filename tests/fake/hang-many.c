/* Two threads deadlock beside many that wait on a condition, while another one goes on. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t idle = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t both;

static void *waits(void *unused)
{
    pthread_mutex_lock(&idle);
    for (;;)
        pthread_cond_wait(&work, &idle);
    return unused;
}

static void *upwards(void *unused)
{
    pthread_mutex_lock(&one);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&other); /* HERE */
    return unused;
}

static void *downwards(void *unused)
{
    pthread_mutex_lock(&other);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&one); /* HERE */
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    int n = argc > 1 ? atoi(argv[1]) : 0;
    for (int i = 0; i < n; i++)
        pthread_create(&thread, NULL, waits, NULL);
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&thread, NULL, upwards, NULL);
    pthread_create(&thread, NULL, downwards, NULL);
    for (;;)
        usleep(1000);
}
