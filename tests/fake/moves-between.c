/*
 * moves-between N: two threads that wait for each other, but at different times; the test
 * says when. The main thread has `first` and waits for `second`, which B has. A line on
 * standard input, and B lets it go: the main thread gets it, gives it back and waits for the
 * next line; B takes it again and waits for `first`. Whoever saw the main thread before and B
 * after sees a circle. At the second line all go on. N more threads wait for `first` as well.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static sem_t has_second, had_second;

static void line(void)
{
    char byte;
    if (read(0, &byte, 1) != 1)
        _exit(2);
}

static void *b(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&second);
    printf("%d %p %p\n", (int)gettid(), (void *)&first, (void *)&second);
    fflush(stdout);
    sem_post(&has_second);
    line();
    pthread_mutex_unlock(&second);
    sem_wait(&had_second);
    pthread_mutex_lock(&second);
    pthread_mutex_lock(&first);
    return NULL;
}

static void *waits(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&first);
    pthread_mutex_unlock(&first);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    sem_init(&has_second, 0, 0);
    sem_init(&had_second, 0, 0);
    pthread_mutex_lock(&first);
    pthread_create(&thread, NULL, b, NULL);
    sem_wait(&has_second);
    for (int i = argc > 1 ? atoi(argv[1]) : 0; i > 0; i--) {
        pthread_t other;
        pthread_create(&other, NULL, waits, NULL);
        pthread_detach(other);
    }
    pthread_mutex_lock(&second);
    pthread_mutex_unlock(&second);
    sem_post(&had_second);
    line();
    pthread_mutex_unlock(&first);
    pthread_join(thread, NULL);
    return 0;
}
