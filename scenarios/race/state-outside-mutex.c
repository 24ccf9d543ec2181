/*
 * Compilers add their errors to the build's state before they take its mutex: they take
 * it only for the part that the condition waits for, and to signal.
 *
 * The mutex came with the condition variable, since pthread_cond_wait wants one, and so
 * it seems to belong to the waiting. But it guards the state, all of it: `running` is
 * changed under it and safe, `errors` one line too early and not. The user sees a build
 * that says "done, 3 errors" and shows four of them.
 *
 * The twin takes the mutex one line earlier. Were the awaited number itself changed
 * outside, a lost step would leave the build waiting for ever.
 *
 * @hazard   race/state-outside-mutex
 * @concept  race, condition, lock, thread, parallelism
 * @expect   tsan=caught helgrind=caught drd=caught watchdog=blind explorer=caught
 * @why      watchdog: it watches waiting, not memory
 * @explore  FILES=2 LENGTH=110
 * @see      CWE-366, CWE-820
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

    errors += found; /* HAZARD: the mutex that guards it is taken a line too late */
    pthread_mutex_lock(&build_lock);
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
