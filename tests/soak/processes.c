/*
 * Two processes with locks in shared memory: a thread here and the main thread of a child,
 * with a second thread beside it.
 *
 * Why it cannot deadlock: the shared mutexes have an order, and nobody waits for anything
 * else while holding one. The turns go to and fro between the two processes; this side
 * says when it is over, and the child then ends. Each pipe end is open on one side alone.
 */
#include "program.h"

#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOCKS 4

struct shared {
    pthread_mutex_t locks[LOCKS];
    unsigned long changes[LOCKS]; /* each guarded by its lock */
    _Atomic unsigned long all;
    sem_t to_child, to_parent;
    bool over; /* by the parent before it gives the turn, by the child after it got it */
    pthread_cond_t ready;
    bool started; /* by the child under locks[0] */
};

struct side {
    struct shared *shared;
    struct soak_random random;
    bool by_pipe;
    int in, out; /* of the turns, if they are bytes in pipes rather than semaphores */
    sem_t *mine, *other;
};

struct processes {
    struct shared *shared;
    struct side here, there;
    pthread_t thread;
    pid_t child;
};

static void work(struct shared *shared, struct soak_random *random)
{
    bool held[LOCKS] = {false};
    for (unsigned i = 0; i < LOCKS; i++)
        if (soak_chance(random, 50)) {
            pthread_mutex_lock(&shared->locks[i]);
            held[i] = true;
            shared->changes[i]++;
            shared->all++;
        }
    soak_pause(random);
    for (unsigned i = 0; i < LOCKS; i++)
        if (held[i])
            pthread_mutex_unlock(&shared->locks[i]);
}

static void give_turn(struct side *side)
{
    if (side->by_pipe)
        soak_check(write(side->out, "x", 1) == 1, "a turn could not be given");
    else
        sem_post(side->other);
}

static void await_turn(struct side *side)
{
    char byte;
    if (side->by_pipe)
        soak_check(read(side->in, &byte, 1) == 1, "no turn came");
    else
        while (sem_wait(side->mine) != 0)
            ;
}

/* ---- the child ------------------------------------------------------------------- */

static void *helps(void *argument)
{
    struct side *side = argument;
    struct soak_random random = {soak_next(&side->random)};
    while (!soak_over()) {
        work(side->shared, &random);
        soak_pause(&random);
    }
    return NULL;
}

static void child(struct side *side)
{
    struct shared *shared = side->shared;
    pthread_mutex_lock(&shared->locks[0]);
    shared->started = true;
    pthread_cond_signal(&shared->ready);
    pthread_mutex_unlock(&shared->locks[0]);
    pthread_t helper = soak_thread(helps, side);
    struct soak_random random = {~side->random.state};
    for (;;) {
        await_turn(side);
        if (shared->over)
            break;
        work(shared, &random);
        give_turn(side);
    }
    pthread_join(helper, NULL);
    _exit(0);
}

/* ---- the parent ------------------------------------------------------------------ */

static void *leads(void *argument)
{
    struct side *side = argument;
    struct shared *shared = side->shared;
    pthread_mutex_lock(&shared->locks[0]);
    while (!shared->started)
        pthread_cond_wait(&shared->ready, &shared->locks[0]);
    pthread_mutex_unlock(&shared->locks[0]);
    while (!soak_over()) {
        give_turn(side);
        if (soak_chance(&side->random, 50))
            work(shared, &side->random);
        await_turn(side);
    }
    shared->over = true;
    give_turn(side);
    return NULL;
}

static struct shared *make_shared(struct soak_random *random)
{
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    soak_check(shared != MAP_FAILED, "no memory could be shared");
    for (unsigned i = 0; i < LOCKS; i++)
        soak_mutex_init(&shared->locks[i], soak_below(random, SOAK_MUTEXES), true);
    pthread_condattr_t how;
    pthread_condattr_init(&how);
    pthread_condattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
    pthread_cond_init(&shared->ready, &how);
    pthread_condattr_destroy(&how);
    sem_init(&shared->to_child, 1, 0);
    sem_init(&shared->to_parent, 1, 0);
    return shared;
}

static void fork_child(struct processes *group, const int *down, const int *up)
{
    group->child = fork();
    soak_check(group->child >= 0, "no process could be made");
    if (group->child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* nothing is left of a program that is killed */
        close(down[1]);
        close(up[0]);
        child(&group->there);
    }
    close(down[0]);
    close(up[1]);
}

static void *begin(struct soak_random *random, unsigned threads)
{
    (void)threads;
    struct processes *group = calloc(1, sizeof *group);
    struct shared *shared = group->shared = make_shared(random);
    bool by_pipe = soak_chance(random, 50);
    int down[2], up[2];
    soak_check(pipe(down) == 0 && pipe(up) == 0, "no pipe could be made");
    group->here = (struct side){shared,  {soak_next(random)}, by_pipe,          up[0],
                                down[1], &shared->to_parent,  &shared->to_child};
    group->there = (struct side){shared, {soak_next(random)}, by_pipe,           down[0],
                                 up[1],  &shared->to_child,   &shared->to_parent};
    fork_child(group, down, up);
    group->thread = soak_thread(leads, &group->here);
    return group;
}

static void end(void *state)
{
    struct processes *group = state;
    int status;
    pthread_join(group->thread, NULL);
    soak_check(waitpid(group->child, &status, 0) == group->child && status == 0,
               "the child went wrong");
    unsigned long changes = 0;
    for (unsigned i = 0; i < LOCKS; i++)
        changes += group->shared->changes[i];
    soak_check(changes == group->shared->all, "a change in shared memory was lost");
    close(group->here.in);
    close(group->here.out);
    munmap(group->shared, sizeof *group->shared);
    free(group);
}

const struct soak_group soak_processes = {"processes", 1, begin, end};
