/*
 * Each worker gets a mark of the end of its own; the producer is slow.
 * says: nothing
 */
#include <pthread.h>
#include <unistd.h>

#define END -1
#define WORKERS 3

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static int queue[64], first, last, done;

static void put(int item)
{
    pthread_mutex_lock(&lock);
    queue[last++] = item;
    pthread_cond_signal(&filled);
    pthread_mutex_unlock(&lock);
}

static void *work(void *unused)
{
    pthread_mutex_lock(&lock);
    for (;;) {
        while (first == last)
            pthread_cond_wait(&filled, &lock);
        if (queue[first++] == END)
            break;
        done++;
    }
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void)
{
    pthread_t worker[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        pthread_create(&worker[i], NULL, work, NULL);
    for (int i = 0; i < 20; i++) {
        put(i);
        usleep(20000);
    }
    for (int i = 0; i < WORKERS; i++)
        put(END);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(worker[i], NULL);
    return done - 20;
}
