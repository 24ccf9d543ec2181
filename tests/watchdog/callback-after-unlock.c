/*
 * The list is copied under its lock, and the callbacks, which take the lock, are called without it.
 * says: nothing
 */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int entry[8], n;

static void add(int value)
{
    pthread_mutex_lock(&lock);
    if (n < 8)
        entry[n++] = value;
    pthread_mutex_unlock(&lock);
}

static void for_each(void (*call)(int))
{
    int copy[8], length;
    pthread_mutex_lock(&lock);
    length = n;
    memcpy(copy, entry, sizeof copy);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < length; i++)
        call(copy[i]);
}

static void add_double(int value)
{
    usleep(10000);
    add(2 * value);
}

static void *work(void *unused)
{
    for (int i = 0; i < 4; i++)
        for_each(add_double);
    return unused;
}

int main(void)
{
    pthread_t other;
    add(1);
    pthread_create(&other, NULL, work, NULL);
    work(NULL);
    pthread_join(other, NULL);
    return n - 8;
}
