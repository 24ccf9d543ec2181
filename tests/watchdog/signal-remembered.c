/*
 * The signal goes out before the wait, as in a lost one, but a flag remembers it.
 * says: nothing
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static int is_ready;

static void *prepare(void *unused)
{
    pthread_mutex_lock(&lock);
    is_ready++;
    pthread_cond_signal(&ready);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void)
{
    pthread_t other;
    for (int i = 0; i < 100; i++) {
        pthread_create(&other, NULL, prepare, NULL);
        if (i % 2 == 0)
            usleep(4000);
        pthread_mutex_lock(&lock);
        while (is_ready == i)
            pthread_cond_wait(&ready, &lock);
        pthread_mutex_unlock(&lock);
        pthread_join(other, NULL);
    }
    return is_ready - 100;
}
