/* A child that hangs, for certain only when its parent waits for it too, a little later. */
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

int main(void)
{
    if (fork() == 0) {
        pthread_mutex_lock(&lock);
        for (;;)
            pthread_cond_wait(&never, &lock);
    }
    usleep(400000);
    return wait(NULL) > 0 ? 0 : 1;
}
