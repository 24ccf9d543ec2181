/*
 * A condition is waited for with a mutex that the thread has let go before.
 * says: misuse/wait-unlocked
 */
#include <pthread.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static int is_ready;

int main(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    pthread_mutex_lock(&lock);
    is_ready = 0;
    pthread_mutex_unlock(&lock);
    pthread_cond_timedwait(&ready, &lock, &until); /* HERE */
    return is_ready;
}
