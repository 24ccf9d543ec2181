/*
 * A program that forks children, which have threads and children of their own, all with locks.
 * says: nothing
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int counter;

static void *count(void *unused)
{
    for (int i = 0; i < 500; i++) {
        pthread_mutex_lock(&lock);
        counter++;
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

static int count_in_threads(void)
{
    pthread_t thread[2];
    counter = 0;
    for (int i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, count, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    return counter - 1000;
}

static int with_children(int depth)
{
    int status, wrong = count_in_threads();
    for (int i = 0; depth > 0 && i < 3; i++)
        if (fork() == 0)
            exit(with_children(depth - 1));
    while (wait(&status) > 0)
        wrong += status != 0;
    return wrong;
}

int main(void)
{
    return with_children(2);
}
