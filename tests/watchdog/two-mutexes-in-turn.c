/*
 * A condition is used with one mutex, and when nobody waits any more with another one.
 * says: nothing
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t lock[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int done[2];

static void *change(void *number)
{
    int i = *(int *)number;
    usleep(200000);
    pthread_mutex_lock(&lock[i]);
    done[i] = 1;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock[i]);
    return NULL;
}

int main(void)
{
    for (int i = 0; i < 2; i++) {
        pthread_t other;
        pthread_create(&other, NULL, change, &i);
        pthread_mutex_lock(&lock[i]);
        while (!done[i])
            pthread_cond_wait(&changed, &lock[i]);
        pthread_mutex_unlock(&lock[i]);
        pthread_join(other, NULL);
    }
    return done[0] + done[1] - 2;
}
