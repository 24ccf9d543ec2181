/*
 * A parent and its child by _Fork(), which runs no handlers, take two locks that they share in
 * different orders, this time one after the other.
 * says: deadlock/lock-order
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void both(pthread_mutex_t *one, pthread_mutex_t *two)
{
    pthread_mutex_lock(one);
    pthread_mutex_lock(two); /* HERE */
    pthread_mutex_unlock(two);
    pthread_mutex_unlock(one);
}

int main(void)
{
    pthread_mutex_t *lock =
        mmap(NULL, 2 * sizeof *lock, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t shared;
    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    for (int i = 0; i < 2; i++)
        pthread_mutex_init(&lock[i], &shared);
    pid_t child = _Fork();
    if (child == 0) {
        usleep(100000);
        both(&lock[1], &lock[0]);
        exit(0);
    }
    both(&lock[0], &lock[1]);
    return waitpid(child, NULL, 0) != child;
}
