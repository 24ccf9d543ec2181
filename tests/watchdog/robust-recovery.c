/*
 * A thread and a process end with robust mutexes held, and who comes next puts that right.
 * says: nothing
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void *take_and_end(void *lock)
{
    pthread_mutex_lock(lock);
    return NULL;
}

static int recover(pthread_mutex_t *lock)
{
    if (pthread_mutex_lock(lock) != EOWNERDEAD || pthread_mutex_consistent(lock) != 0)
        return 1;
    return pthread_mutex_unlock(lock);
}

int main(void)
{
    pthread_t thread;
    pthread_mutex_t *lock =
        mmap(NULL, sizeof *lock, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t robust;
    pthread_mutexattr_init(&robust);
    pthread_mutexattr_setpshared(&robust, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&robust, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(lock, &robust);
    pthread_create(&thread, NULL, take_and_end, lock);
    pthread_join(thread, NULL);
    int wrong = recover(lock);
    pid_t child = fork();
    if (child == 0) {
        pthread_mutex_lock(lock);
        usleep(200000);
        kill(getpid(), SIGKILL);
    }
    usleep(100000);
    wrong += recover(lock);
    waitpid(child, NULL, 0);
    return wrong + pthread_mutex_destroy(lock);
}
