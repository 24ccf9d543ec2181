/*
 * A thread forks while another one holds a lock: in the child nobody is left to let it go.
 * says: deadlock/owner-gone
 */
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t pool = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t held, forked;

static void *allocate(void *unused)
{
    pthread_mutex_lock(&pool);
    pthread_barrier_wait(&held);
    pthread_barrier_wait(&forked);
    pthread_mutex_unlock(&pool);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_barrier_init(&held, NULL, 2);
    pthread_barrier_init(&forked, NULL, 2);
    pthread_create(&other, NULL, allocate, NULL);
    pthread_barrier_wait(&held);
    pid_t child = fork();
    if (child == 0) {
        pthread_mutex_lock(&pool); /* HERE */
        pthread_mutex_unlock(&pool);
        _exit(0);
    }
    pthread_barrier_wait(&forked);
    pthread_join(other, NULL);
    return waitpid(child, NULL, 0) < 0;
}
