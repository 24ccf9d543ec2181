/*
 * A child with a shared lock held is stopped like by Ctrl-Z, and sent on half a second later; the
 * parent's thread waits for the lock.
 * says: nothing
 */
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void *wait_for_it(void *lock)
{
    pthread_mutex_lock(lock);
    pthread_mutex_unlock(lock);
    return NULL;
}

int main(void)
{
    pthread_t waiter;
    int status;
    pthread_mutex_t *lock =
        mmap(NULL, sizeof *lock, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t shared;
    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(lock, &shared);
    pid_t child = fork();
    if (child == 0) {
        pthread_mutex_lock(lock);
        raise(SIGSTOP);
        pthread_mutex_unlock(lock);
        _exit(0);
    }
    if (waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status))
        return 1;
    pthread_create(&waiter, NULL, wait_for_it, lock);
    usleep(500000);
    kill(child, SIGCONT);
    pthread_join(waiter, NULL);
    return waitpid(child, &status, 0) != child || status != 0;
}
