/*
 * A thread ends with a lock held, and nobody asks for the lock any more.
 * says: misuse/exit-holding
 */
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int last;

static void *finish(void *unused)
{
    pthread_mutex_lock(&lock); /* HERE */
    last = 1;
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_create(&other, NULL, finish, NULL);
    pthread_join(other, NULL);
    return last - 1;
}
