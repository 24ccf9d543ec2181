/*
 * Two jobs of different sorts count a latch down, each once, as it ends. One of them takes longer
 * than the other, and has not touched the latch before.
 * with: --stranded-seconds=1
 * says: nothing
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, log_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t counted = PTHREAD_COND_INITIALIZER;
static int left = 2;

static void count_down(void)
{
    pthread_mutex_lock(&lock);
    left--;
    pthread_cond_signal(&counted);
    pthread_mutex_unlock(&lock);
}

static void *quick(void *unused)
{
    count_down();
    return unused;
}

static void *slow(void *unused)
{
    for (int i = 0; i < 220; i++) {
        pthread_mutex_lock(&log_lock);
        usleep(10000);
        pthread_mutex_unlock(&log_lock);
    }
    count_down();
    return unused;
}

int main(void)
{
    pthread_t job[2];
    pthread_create(&job[0], NULL, slow, NULL);
    pthread_create(&job[1], NULL, quick, NULL);
    pthread_mutex_lock(&lock);
    while (left > 0)
        pthread_cond_wait(&counted, &lock);
    pthread_mutex_unlock(&lock);
    return 0;
}
