/*
 * The header needs nothing any more, so that the chain of waiting threads has an
 * end, and is undone from there.
 *
 * @repairs  deadlock/join-cycle
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

enum { APPLICATION, LIBRARY, HEADER, TARGETS, NOTHING };

struct target {
    const char *name;
    int needs;
    pthread_t builder;
    int built;
};

static struct target targets[TARGETS] = {
    {.name = "application", .needs = LIBRARY},
    {.name = "library", .needs = HEADER},
    {.name = "header", .needs = NOTHING}, /* FIX: comes from the repository */
};

static pthread_barrier_t all_started;
static sem_t application_built;

static void *build(void *arg)
{
    struct target *me = arg;

    pthread_barrier_wait(&all_started);
    if (me->needs != NOTHING)
        pthread_join(targets[me->needs].builder, NULL);
    me->built = 1;
    if (me == &targets[APPLICATION])
        sem_post(&application_built);
    return NULL;
}

int main(void)
{
    pthread_barrier_init(&all_started, NULL, TARGETS + 1);
    sem_init(&application_built, 0, 0);
    for (int i = 0; i < TARGETS; i++)
        pthread_create(&targets[i].builder, NULL, build, &targets[i]);
    pthread_barrier_wait(&all_started);

    sem_wait(&application_built);
    pthread_join(targets[APPLICATION].builder, NULL);

    for (int i = 0; i < TARGETS; i++) {
        if (!targets[i].built) {
            fprintf(stderr, "%s was not built\n", targets[i].name);
            return 1;
        }
    }
    return 0;
}
