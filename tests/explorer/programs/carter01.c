/*
 * Two classes of threads share a resource: the first of a class to come locks it for all of its
 * class, the last to leave unlocks it; the counts of both classes are under one lock.
 *
 * Bug: the first of a class waits for the resource while it holds the counts' lock, which the
 * other class needs to leave.
 *
 * Follows carter01_bad of SCTBench (PPoPP 2014), once a test of Inspect (Yang et al.); the two
 * further threads are empty there, too. Smallest number of preemptions: 1 (inside of the class).
 */
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t resource = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t counts = PTHREAD_MUTEX_INITIALIZER;
static int red, blue;
#ifdef FIXED
static pthread_mutex_t blue_counts = PTHREAD_MUTEX_INITIALIZER;
#endif

static void visit(int *class, pthread_mutex_t *lock)
{
    pthread_mutex_lock(lock);
    (*class)++;
    if (*class == 1)
        pthread_mutex_lock(&resource);
    pthread_mutex_unlock(lock);

    pthread_mutex_lock(lock);
    (*class)--;
    if (*class == 0)
        pthread_mutex_unlock(&resource);
    pthread_mutex_unlock(lock);
}

static void *be_red(void *unused)
{
    (void)unused;
    visit(&red, &counts);
    return NULL;
}

static void *be_blue(void *unused)
{
    (void)unused;
#ifdef FIXED
    visit(&blue, &blue_counts);
#else
    visit(&blue, &counts);
#endif
    return NULL;
}

static void *idle(void *unused)
{
    (void)unused;
    return NULL;
}

int main(void)
{
    void *(*const work[])(void *) = {be_red, be_blue, idle, idle};
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, work[i], NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
