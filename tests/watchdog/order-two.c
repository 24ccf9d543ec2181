/*
 * Two threads take two locks in two orders, at different times of the day.
 * says: deadlock/lock-order
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t from = PTHREAD_MUTEX_INITIALIZER, to = PTHREAD_MUTEX_INITIALIZER;
static int moved;

static void *pay(void *unused)
{
    pthread_mutex_lock(&from);
    pthread_mutex_lock(&to); /* HERE */
    moved++;
    pthread_mutex_unlock(&to);
    pthread_mutex_unlock(&from);
    return unused;
}

static void *pay_back(void *unused)
{
    usleep(200000);
    pthread_mutex_lock(&to);
    pthread_mutex_lock(&from); /* HERE */
    moved--;
    pthread_mutex_unlock(&from);
    pthread_mutex_unlock(&to);
    return unused;
}

int main(void)
{
    pthread_t one, two;
    pthread_create(&one, NULL, pay, NULL);
    pthread_create(&two, NULL, pay_back, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return moved;
}
