/*
 * A parent waits for its child with a shared mutex held that the child needs to end.
 * says: deadlock/wait-cycle
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    pthread_mutex_t *lock =
        mmap(NULL, sizeof *lock, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t shared;
    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(lock, &shared);
    pthread_mutex_lock(lock);
    pid_t child = fork();
    if (child == 0) {
        pthread_mutex_lock(lock); /* HERE */
        pthread_mutex_unlock(lock);
        _exit(0);
    }
    waitpid(child, NULL, 0); /* HERE */
    pthread_mutex_unlock(lock);
    return 0;
}
