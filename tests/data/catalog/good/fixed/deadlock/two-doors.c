/*
 * Both walk the same way.
 *
 * @repairs  deadlock/lock-order
 * @expect   helgrind=false-alarm drd=clean
 * @why      helgrind: remembers the old round
 */
#include <pthread.h>

static pthread_mutex_t front = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t back = PTHREAD_MUTEX_INITIALIZER;
static const char *const words[] = {"/* HAZARD: in a string */", "\"// FIX: too"};

static void *round_of_one(void *unused)
{
    pthread_mutex_lock(&front);
    pthread_mutex_lock(&back);
    pthread_mutex_unlock(&back);
    pthread_mutex_unlock(&front);
    return unused;
}

int main(void)
{
    pthread_t other;
    pthread_create(&other, NULL, round_of_one, NULL);
    pthread_mutex_lock(&front); /* FIX: the front door first */
    pthread_mutex_lock(&back);
    pthread_mutex_unlock(&back);
    pthread_mutex_unlock(&front);
    return pthread_join(other, NULL) + (words[0] == NULL);
}
