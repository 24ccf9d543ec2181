/*
 * A child is killed with its own copy of a lock held: the parent's lock is another one.
 * says: nothing
 */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int value;

int main(void)
{
    int status;
    for (int i = 0; i < 5; i++) {
        pid_t child = fork();
        if (child == 0) {
            pthread_mutex_lock(&lock);
            usleep(40000);
            kill(getpid(), SIGKILL);
        }
        pthread_mutex_lock(&lock);
        waitpid(child, &status, 0);
        value += WIFSIGNALED(status);
        pthread_mutex_unlock(&lock);
    }
    return value - 5;
}
