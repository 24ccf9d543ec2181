/*
 * A build program gives each target a thread, which waits for the end of the
 * thread of the target that it needs. The application needs the library, the
 * library needs the generated header, and the header is made by the application.
 *
 * Each line of the table is true by itself, and the circle is nowhere to be seen
 * as a whole. The C library notices if two threads join each other and returns
 * EDEADLK; a circle of three it does not notice. The build stands still, with no
 * load on the machine.
 *
 * The twin takes the header from the repository instead of having it made by
 * what is built from it. A program that reads its table from a file would have to
 * look for circles before it starts.
 *
 * @hazard   deadlock/join-cycle
 * @concept  thread, barrier, deadlock
 * @expect   tsan=blind helgrind=blind drd=blind watchdog=caught explorer=caught
 * @why      tsan,helgrind,drd: have no notion of a circle of waiting in which a join takes part
 * @see      CWE-833
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
    {.name = "header", .needs = APPLICATION}, /* HAZARD: closes the circle */
};

static pthread_barrier_t all_started;
static sem_t application_built;

static void *build(void *arg)
{
    struct target *me = arg;

    pthread_barrier_wait(&all_started);
    if (me->needs != NOTHING)
        pthread_join(targets[me->needs].builder, NULL); /* HAZARD: each waits for the next */
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
