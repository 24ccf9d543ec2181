/*
 * After a fork the child takes its copies of two locks in another order than the parent does.
 * says: nothing
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static void both(pthread_mutex_t *one, pthread_mutex_t *two)
{
    for (int i = 0; i < 1000; i++) {
        pthread_mutex_lock(one);
        pthread_mutex_lock(two);
        pthread_mutex_unlock(two);
        pthread_mutex_unlock(one);
    }
}

int main(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        both(&b, &a);
        exit(7);
    }
    both(&a, &b);
    return waitpid(child, &status, 0) != child || WEXITSTATUS(status) != 7;
}
