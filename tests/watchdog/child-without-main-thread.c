/*
 * A parent waits for a child whose main thread has ended, while another thread of it still works.
 * says: nothing
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void *work(void *unused)
{
    usleep(500000);
    exit(unused != NULL);
}

int main(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        pthread_t thread;
        pthread_create(&thread, NULL, work, NULL);
        pthread_exit(NULL);
    }
    return waitpid(child, &status, 0) != child || status != 0;
}
