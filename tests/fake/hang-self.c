/* One thread takes one lock twice: argument "pi" or "robust" for those sorts of mutex. */
#include <pthread.h>
#include <string.h>

static pthread_mutex_t lock;

int main(int argc, char **argv)
{
    pthread_mutexattr_t sort;
    pthread_mutexattr_init(&sort);
    if (argc > 1 && strcmp(argv[1], "pi") == 0)
        pthread_mutexattr_setprotocol(&sort, PTHREAD_PRIO_INHERIT);
    if (argc > 1 && strcmp(argv[1], "robust") == 0)
        pthread_mutexattr_setrobust(&sort, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&lock, &sort);
    pthread_mutex_lock(&lock);
    pthread_mutex_lock(&lock); /* HERE */
    return 0;
}
