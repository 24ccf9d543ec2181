/*
 * The pointer is only looked at under the lock. Whoever finds it set has taken the lock
 * after the thread that set it, and so sees the settings complete.
 *
 * @repairs  race/double-checked-locking
 * @explore  WORKERS=2 REQUESTS=2
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
    struct settings *now;

    pthread_mutex_lock(&settings_lock); /* FIX: always, not only the first time */
    if (settings == NULL)
        settings = load_settings();
    now = settings;
    pthread_mutex_unlock(&settings_lock);
    return now;
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
