/*
 * The mutex is taken before the first change of what it guards, and not only before the
 * change that is waited for.
 *
 * @repairs  race/state-outside-mutex
 * @explore  FILES=2 LENGTH=110
 */
#include <pthread.h>
#include <stdio.h>

#define FILES 8
#define LENGTH 2000

static pthread_mutex_t build_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t build_changed = PTHREAD_COND_INITIALIZER;
static int running; /* guarded by build_lock, as is errors */
static int errors;

static int translate(unsigned source)
{
    int found = 0;

    for (int token = 0; token < LENGTH; token++) {
        source = source * 1664525u + 1013904223u;
        if (source >> 24 == 0)
            found++;
    }
    return found;
}

static void *compile(void *argument)
{
    unsigned source = *(unsigned *)argument;
    int found = translate(source);

    pthread_mutex_lock(&build_lock); /* FIX: before all of the state */
    errors += found;
    running--;
    pthread_cond_signal(&build_changed);
    pthread_mutex_unlock(&build_lock);
    return NULL;
}

static int wait_for_build(void)
{
    int found;

    pthread_mutex_lock(&build_lock);
    while (running > 0)
        pthread_cond_wait(&build_changed, &build_lock);
    found = errors;
    pthread_mutex_unlock(&build_lock);
    return found;
}

int main(void)
{
    static unsigned sources[FILES];
    pthread_t compilers[FILES];
    int expected = 0, found;

    running = FILES;
    for (int i = 0; i < FILES; i++) {
        sources[i] = (unsigned)i + 1;
        pthread_create(&compilers[i], NULL, compile, &sources[i]);
    }
    found = wait_for_build();
    for (int i = 0; i < FILES; i++) {
        pthread_join(compilers[i], NULL);
        expected += translate(sources[i]);
    }

    if (found != expected) {
        fprintf(stderr, "the build has %d errors and says %d\n", expected, found);
        return 1;
    }
    return 0;
}
