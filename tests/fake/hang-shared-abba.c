/* Two processes, two locks in shared memory, opposite orders. */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    pthread_mutex_t left, right;
    pthread_barrier_t meeting;
};

int main(void)
{
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t mutexes;
    pthread_barrierattr_t barriers;
    pthread_mutexattr_init(&mutexes);
    pthread_mutexattr_setpshared(&mutexes, PTHREAD_PROCESS_SHARED);
    pthread_barrierattr_init(&barriers);
    pthread_barrierattr_setpshared(&barriers, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shared->left, &mutexes);
    pthread_mutex_init(&shared->right, &mutexes);
    pthread_barrier_init(&shared->meeting, &barriers, 2);
    pid_t child = fork();
    pthread_mutex_lock(child == 0 ? &shared->left : &shared->right);
    pthread_barrier_wait(&shared->meeting);
    pthread_mutex_lock(child == 0 ? &shared->right : &shared->left); /* HERE */
    waitpid(child, NULL, 0);
    return 0;
}
