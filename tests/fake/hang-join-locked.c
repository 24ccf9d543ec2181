/* Waits for a thread to end with the lock held that the thread needs. */
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *needs_it(void *unused)
{
    pthread_mutex_lock(&lock); /* HERE */
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void)
{
    pthread_t thread;
    pthread_mutex_lock(&lock);
    pthread_create(&thread, NULL, needs_it, NULL);
    pthread_join(thread, NULL); /* HERE */
    pthread_mutex_unlock(&lock);
    return 0;
}
