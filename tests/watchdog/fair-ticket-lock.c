/*
 * A ticket lock of a mutex and a condition: every waiter is woken in vain again and again, and each
 * gets its turn in the order of the tickets.
 * says: nothing
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t next = PTHREAD_COND_INITIALIZER;
static unsigned tickets, serving, served;

static void enter(void)
{
    pthread_mutex_lock(&lock);
    unsigned mine = tickets++;
    while (serving != mine)
        pthread_cond_wait(&next, &lock);
    pthread_mutex_unlock(&lock);
}

static void leave(void)
{
    pthread_mutex_lock(&lock);
    serving++;
    pthread_cond_broadcast(&next);
    pthread_mutex_unlock(&lock);
}

static void *customer(void *unused)
{
    for (int i = 0; i < 60; i++) {
        enter();
        served++;
        usleep(1000);
        leave();
    }
    return unused;
}

int main(void)
{
    pthread_t thread[8];
    for (int i = 0; i < 8; i++)
        pthread_create(&thread[i], NULL, customer, NULL);
    for (int i = 0; i < 8; i++)
        pthread_join(thread[i], NULL);
    return served != 480;
}
