/*
 * Two threads build a value in two parts, one adds 1, the other 2; a third may look only while
 * it is not complete.
 *
 * Bug: nothing makes the third come before the others. It is created first, so that it usually
 * does.
 *
 * Follows lazy01_bad of SCTBench (PPoPP 2014), with the order of creation of PERIOD (ICSE 2022):
 * the looker first. Preemptions: 0.
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static int parts;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *add_one(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    parts++;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *add_two(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    parts += 2;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *look(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    if (parts >= 3)
        assert(!"complete already");
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t looker, one, two;

    pthread_create(&looker, NULL, look, NULL);
#ifdef FIXED
    pthread_join(looker, NULL);
#endif
    pthread_create(&two, NULL, add_two, NULL);
    pthread_create(&one, NULL, add_one, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
#ifndef FIXED
    pthread_join(looker, NULL);
#endif
    return 0;
}
