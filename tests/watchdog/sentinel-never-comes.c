/*
 * Two workers take from a queue until the mark of its end; the producer puts one mark in.
 * says: deadlock/lost-signal
 */
#include <pthread.h>

#define END -1

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static int queue[64], first, last;

static void put(int item)
{
    pthread_mutex_lock(&lock);
    queue[last++] = item;
    pthread_cond_signal(&filled);
    pthread_mutex_unlock(&lock);
}

static int take(void)
{
    pthread_mutex_lock(&lock);
    while (first == last)
        pthread_cond_wait(&filled, &lock); /* HERE */
    int item = queue[first++];
    pthread_mutex_unlock(&lock);
    return item;
}

static void *work(void *unused)
{
    while (take() != END)
        ;
    return unused;
}

int main(void)
{
    pthread_t worker[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&worker[i], NULL, work, NULL);
    for (int i = 0; i < 20; i++)
        put(i);
    put(END);
    for (int i = 0; i < 2; i++)
        pthread_join(worker[i], NULL);
    return 0;
}
