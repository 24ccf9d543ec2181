/*
 * Settings are loaded by whoever needs them first. To spare all later callers the
 * lock, the pointer is tested once without it, and that test is the race.
 *
 * Double-checked locking looks airtight: the second test under the lock makes sure
 * that only one thread loads. But the first test reads a plain pointer while another
 * thread sets it, and nothing orders what the pointer points to: compiler and
 * processor may show the pointer before the settings behind it. The user sees
 * settings of zero, once, at start-up, on another kind of processor.
 *
 * The twin always takes the lock, which costs about 20 nanoseconds. pthread_once, or
 * an atomic pointer that is stored with release and loaded with acquire, is right as
 * well and spares that.
 *
 * @hazard   race/double-checked-locking
 * @concept  race, lock, thread, memory-order
 * @expect   tsan=caught helgrind=caught drd=caught watchdog=blind explorer=caught
 * @why      watchdog: it watches waiting, not memory
 * @explore  WORKERS=2 REQUESTS=2
 * @see      CWE-609
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define WORKERS 4
#define REQUESTS 1000

struct settings {
    int port, workers;
};

static pthread_mutex_t settings_lock = PTHREAD_MUTEX_INITIALIZER;
static struct settings *settings; /* NULL until somebody needs them */
static int loads;

static struct settings *load_settings(void)
{
    struct settings *loaded = malloc(sizeof *loaded);

    loaded->port = 8080;
    loaded->workers = WORKERS;
    loads++;
    return loaded;
}

static struct settings *get_settings(void)
{
    if (settings == NULL) { /* HAZARD: read without the lock while another thread sets it */
        pthread_mutex_lock(&settings_lock);
        if (settings == NULL)
            settings = load_settings(); /* HAZARD: may be seen before what it points to */
        pthread_mutex_unlock(&settings_lock);
    }
    return settings; /* HAZARD: read without the lock once more */
}

static void *serve(void *argument)
{
    long *wrong = argument;

    for (int request = 0; request < REQUESTS; request++) {
        struct settings *now = get_settings();
        if (now->port != 8080 || now->workers != WORKERS)
            ++*wrong;
    }
    return NULL;
}

int main(void)
{
    pthread_t workers[WORKERS];
    long wrong[WORKERS] = {0}, total = 0;

    for (int i = 0; i < WORKERS; i++)
        pthread_create(&workers[i], NULL, serve, &wrong[i]);
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(workers[i], NULL);
        total += wrong[i];
    }

    free(settings);
    if (total > 0 || loads != 1) {
        fprintf(stderr, "%ld requests saw half-made settings, %d loads\n", total, loads);
        return 1;
    }
    return 0;
}
