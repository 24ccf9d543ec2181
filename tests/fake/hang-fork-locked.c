/* A fork while another thread holds a lock: in the child nobody ever lets it go. */
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t taken;

static void *keeps_it(void *unused)
{
    pthread_mutex_lock(&lock);
    pthread_barrier_wait(&taken);
    pause();
    return unused;
}

int main(void)
{
    pthread_t thread;
    pthread_barrier_init(&taken, NULL, 2);
    pthread_create(&thread, NULL, keeps_it, NULL);
    pthread_barrier_wait(&taken);
    pid_t child = fork();
    if (child == 0) {
        pthread_mutex_lock(&lock); /* HERE */
        _exit(0);
    }
    waitpid(child, NULL, 0);
    return 0;
}
