/*
 * A mutex is initialised again by the second user of a module while the first one holds it.
 * says: misuse/init-held
 */
#include <pthread.h>

static pthread_mutex_t lock;

static void set_up(void)
{
    pthread_mutex_init(&lock, NULL); /* HERE */
}

static void *second_user(void *unused)
{
    set_up();
    return unused;
}

int main(void)
{
    pthread_t other;
    set_up();
    pthread_mutex_lock(&lock);
    pthread_create(&other, NULL, second_user, NULL);
    return pthread_join(other, NULL);
}
