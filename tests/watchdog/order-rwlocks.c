/*
 * Two threads read one rwlock and write the other one, crosswise: each writer waits for a reader.
 * says: deadlock/lock-order
 */
#include <pthread.h>
#include <unistd.h>

static pthread_rwlock_t rooms = PTHREAD_RWLOCK_INITIALIZER, guests = PTHREAD_RWLOCK_INITIALIZER;
static int beds = 2, people = 2;

static void *count_guests(void *unused)
{
    pthread_rwlock_rdlock(&rooms);
    pthread_rwlock_wrlock(&guests); /* HERE */
    people = beds;
    pthread_rwlock_unlock(&guests);
    pthread_rwlock_unlock(&rooms);
    return unused;
}

static void *count_rooms(void *unused)
{
    usleep(200000);
    pthread_rwlock_rdlock(&guests);
    pthread_rwlock_wrlock(&rooms); /* HERE */
    beds = people;
    pthread_rwlock_unlock(&rooms);
    pthread_rwlock_unlock(&guests);
    return unused;
}

int main(void)
{
    pthread_t one, two;
    pthread_create(&one, NULL, count_guests, NULL);
    pthread_create(&two, NULL, count_rooms, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    return beds - people;
}
