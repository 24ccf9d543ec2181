/*
 * Groups of threads that wait for each other's doing rather than for locks. Each ends by a
 * word that is handed on: whoever hears that the time is over tells the next one, and only
 * then ends. So nobody is left waiting for one who has gone.
 */
#include "program.h"

#include <semaphore.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define MOST_THREADS 8

/* A thread of a group, and its number in it. */
struct member {
    pthread_t thread;
    void *group;
    unsigned number;
    struct soak_random random;
};

static void start(struct member *members, unsigned n, void *group, void *(*work)(void *),
                  struct soak_random *random)
{
    for (unsigned i = 0; i < n; i++) {
        members[i].group = group;
        members[i].number = i;
        members[i].random.state = soak_next(random);
        members[i].thread = soak_thread(work, &members[i]);
    }
}

static void join(struct member *members, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        pthread_join(members[i].thread, NULL);
}

/* ---- a bounded queue ------------------------------------------------------------- */

#define MOST_ROOM 8

struct queue {
    pthread_mutex_t mutex;
    pthread_cond_t not_full, not_empty;
    unsigned items[MOST_ROOM], room, first, n; /* guarded by mutex, as all below */
    unsigned producers;                        /* that are not done; at 0 the queue is closed */
    unsigned long put, taken;                  /* sums of the items */
    bool broadcasts, outside; /* how it wakes; whether after giving the mutex back */
    unsigned n_threads;
    struct member members[MOST_THREADS];
};

static void wake(struct queue *queue, pthread_cond_t *condition)
{
    if (queue->broadcasts)
        pthread_cond_broadcast(condition);
    else
        pthread_cond_signal(condition);
}

static void give_and_wake(struct queue *queue, pthread_cond_t *condition)
{
    if (!queue->outside)
        wake(queue, condition);
    pthread_mutex_unlock(&queue->mutex);
    if (queue->outside)
        wake(queue, condition);
}

/* In the predicate's loop: with a time-out now and then, which only means to look again. */
static void wait_for(struct queue *queue, pthread_cond_t *condition, struct soak_random *random)
{
    struct timespec until = soak_in(0.005);
    if (soak_chance(random, 25))
        pthread_cond_timedwait(condition, &queue->mutex, &until);
    else
        pthread_cond_wait(condition, &queue->mutex);
}

static void *produces(void *argument)
{
    struct member *member = argument;
    struct queue *queue = member->group;
    while (!soak_over()) {
        unsigned item = soak_below(&member->random, 1000);
        pthread_mutex_lock(&queue->mutex);
        while (queue->n == queue->room)
            wait_for(queue, &queue->not_full, &member->random);
        queue->items[(queue->first + queue->n++) % queue->room] = item;
        queue->put += item;
        give_and_wake(queue, &queue->not_empty);
        soak_pause(&member->random);
    }
    pthread_mutex_lock(&queue->mutex);
    queue->producers--;
    /* All consumers are to see that it is closed. */
    pthread_cond_broadcast(&queue->not_empty);
    pthread_mutex_unlock(&queue->mutex);
    return NULL;
}

static void *consumes(void *argument)
{
    struct member *member = argument;
    struct queue *queue = member->group;
    for (;;) {
        pthread_mutex_lock(&queue->mutex);
        while (queue->n == 0 && queue->producers > 0)
            wait_for(queue, &queue->not_empty, &member->random);
        if (queue->n == 0)
            break;
        queue->taken += queue->items[queue->first];
        queue->first = (queue->first + 1) % queue->room;
        queue->n--;
        give_and_wake(queue, &queue->not_full);
        soak_pause(&member->random);
    }
    pthread_mutex_unlock(&queue->mutex);
    return NULL;
}

static void *queue_part(void *argument)
{
    return ((struct member *)argument)->number % 2 == 0 ? produces(argument) : consumes(argument);
}

static void *queue_begin(struct soak_random *random, unsigned threads)
{
    struct queue *queue = calloc(1, sizeof *queue);
    /* Not a recursive one: it would not be given back by a wait if it were taken twice. */
    soak_mutex_init(&queue->mutex, soak_below(random, SOAK_RECURSIVE), false);
    pthread_cond_init(&queue->not_full, NULL);
    pthread_cond_init(&queue->not_empty, NULL);
    queue->room = 1 + soak_below(random, MOST_ROOM);
    queue->broadcasts = soak_chance(random, 50);
    queue->outside = soak_chance(random, 50);
    queue->producers = (threads + 1) / 2;
    queue->n_threads = threads;
    start(queue->members, threads, queue, queue_part, random);
    return queue;
}

static void queue_end(void *state)
{
    struct queue *queue = state;
    join(queue->members, queue->n_threads);
    soak_check(queue->put == queue->taken && queue->n == 0, "the queue lost something");
    soak_check(pthread_cond_destroy(&queue->not_full) == 0 &&
                   pthread_cond_destroy(&queue->not_empty) == 0 &&
                   pthread_mutex_destroy(&queue->mutex) == 0,
               "the queue could not be destroyed");
    free(queue);
}

const struct soak_group soak_queue = {"queue", 2, queue_begin, queue_end};

/* ---- a ring of semaphores -------------------------------------------------------- */

struct ring {
    sem_t turns[MOST_THREADS]; /* posted by the one before */
    unsigned n;
    bool over;            /* written by the first, read by those after it in the same round */
    unsigned long passed; /* by whoever has the token */
    struct member members[MOST_THREADS];
};

static void *passes_on(void *argument)
{
    struct member *member = argument;
    struct ring *ring = member->group;
    for (bool over = false; !over;) {
        while (sem_wait(&ring->turns[member->number]) != 0)
            ;
        ring->passed++;
        soak_pause(&member->random);
        if (member->number == 0)
            ring->over = soak_over();
        over = ring->over;
        sem_post(&ring->turns[(member->number + 1) % ring->n]);
    }
    return NULL;
}

static void *ring_begin(struct soak_random *random, unsigned threads)
{
    struct ring *ring = calloc(1, sizeof *ring);
    ring->n = threads;
    for (unsigned i = 0; i < threads; i++)
        sem_init(&ring->turns[i], 0, i == 0);
    start(ring->members, threads, ring, passes_on, random);
    return ring;
}

static void ring_end(void *state)
{
    struct ring *ring = state;
    join(ring->members, ring->n);
    soak_check(ring->passed % ring->n == 0, "the ring lost its token");
    for (unsigned i = 0; i < ring->n; i++)
        sem_destroy(&ring->turns[i]);
    free(ring);
}

const struct soak_group soak_ring = {"ring", 2, ring_begin, ring_end};

/* ---- a barrier ------------------------------------------------------------------- */

struct rounds {
    pthread_barrier_t barrier;
    unsigned n;
    bool over; /* written by one between two meetings, read by all after the second */
    _Atomic unsigned long met;
    struct member members[MOST_THREADS];
};

static void *meets(void *argument)
{
    struct member *member = argument;
    struct rounds *rounds = member->group;
    do {
        soak_pause(&member->random);
        rounds->met++;
        if (pthread_barrier_wait(&rounds->barrier) == PTHREAD_BARRIER_SERIAL_THREAD) {
            soak_check(rounds->met % rounds->n == 0, "the barrier let somebody through");
            rounds->over = soak_over();
        }
        pthread_barrier_wait(&rounds->barrier);
    } while (!rounds->over);
    return NULL;
}

static void *barrier_begin(struct soak_random *random, unsigned threads)
{
    struct rounds *rounds = calloc(1, sizeof *rounds);
    rounds->n = threads;
    pthread_barrier_init(&rounds->barrier, NULL, threads);
    start(rounds->members, threads, rounds, meets, random);
    return rounds;
}

static void barrier_end(void *state)
{
    struct rounds *rounds = state;
    join(rounds->members, rounds->n);
    soak_check(pthread_barrier_destroy(&rounds->barrier) == 0, "a barrier could not be destroyed");
    free(rounds);
}

const struct soak_group soak_barrier = {"barrier", 2, barrier_begin, barrier_end};

/* ---- a row of pipes -------------------------------------------------------------- */

struct pipes {
    int ends[MOST_THREADS][2]; /* [i]: from thread i to i + 1 */
    unsigned n;
    unsigned long sums[MOST_THREADS];
    struct member members[MOST_THREADS];
};

static void write_all(int fd, const unsigned char *bytes, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t written = write(fd, bytes + done, n - done);
        soak_check(written > 0, "a pipe could not be written");
        done += (size_t)written;
    }
}

static void *first_of_row(struct member *member, unsigned char *bytes, size_t size)
{
    struct pipes *pipes = member->group;
    while (!soak_over()) {
        size_t n = 1 + soak_below(&member->random, (unsigned)size);
        for (size_t i = 0; i < n; i++)
            pipes->sums[0] += bytes[i] = (unsigned char)i;
        write_all(pipes->ends[0][1], bytes, n);
        soak_pause(&member->random);
    }
    close(pipes->ends[0][1]);
    return NULL;
}

/* Each closes its end of the next pipe at the end of the one before: so the end goes on. */
static void *streams(void *argument)
{
    struct member *member = argument;
    struct pipes *pipes = member->group;
    unsigned char bytes[16384];
    if (member->number == 0)
        return first_of_row(member, bytes, sizeof bytes);
    int in = pipes->ends[member->number - 1][0], out = pipes->ends[member->number][1];
    bool last = member->number == pipes->n - 1;
    for (ssize_t n; (n = read(in, bytes, sizeof bytes)) > 0;) {
        for (ssize_t i = 0; i < n; i++)
            pipes->sums[member->number] += bytes[i];
        if (!last)
            write_all(out, bytes, (size_t)n);
        soak_pause(&member->random);
    }
    close(in);
    if (!last)
        close(out);
    return NULL;
}

static void *pipes_begin(struct soak_random *random, unsigned threads)
{
    struct pipes *pipes = calloc(1, sizeof *pipes);
    pipes->n = threads;
    for (unsigned i = 0; i + 1 < threads; i++)
        soak_check(pipe(pipes->ends[i]) == 0, "no pipe could be made");
    start(pipes->members, threads, pipes, streams, random);
    return pipes;
}

static void pipes_end(void *state)
{
    struct pipes *pipes = state;
    join(pipes->members, pipes->n);
    for (unsigned i = 1; i < pipes->n; i++)
        soak_check(pipes->sums[i] == pipes->sums[0], "a pipe lost something");
    free(pipes);
}

const struct soak_group soak_pipes = {"pipes", 2, pipes_begin, pipes_end};

/* ---- short-lived threads --------------------------------------------------------- */

struct families {
    unsigned n;
    struct member members[MOST_THREADS];
};

struct child {
    struct soak_random random;
    unsigned generations; /* below this one */
    sem_t *done;          /* of a detached one */
};

static void raise_children(struct soak_random *random, unsigned generations);

/*
 * A thread that is to be detached does it itself. Detached by its maker it may be gone before
 * glibc's pthread_detach() (2.36) looks at it once more, and takes the program with it
 * (https://sourceware.org/bugzilla/show_bug.cgi?id=19951): not a right program.
 */
static void *lives(void *argument)
{
    struct child *child = argument;
    if (child->done != NULL)
        pthread_detach(pthread_self());
    soak_work(&child->random);
    if (child->generations > 0)
        raise_children(&child->random, child->generations - 1);
    if (child->done != NULL)
        sem_post(child->done);
    return NULL;
}

static void raise_children(struct soak_random *random, unsigned generations)
{
    struct child children[3];
    pthread_t threads[3];
    unsigned n = 1 + soak_below(random, 3);
    bool detached = soak_chance(random, 30);
    sem_t done;
    sem_init(&done, 0, 0);
    for (unsigned i = 0; i < n; i++) {
        children[i] = (struct child){{soak_next(random)}, generations, detached ? &done : NULL};
        threads[i] = soak_thread(lives, &children[i]);
    }
    for (unsigned i = 0; i < n; i++)
        if (!detached)
            pthread_join(threads[i], NULL);
        else
            while (sem_wait(&done) != 0)
                ;
    sem_destroy(&done);
}

static void *keeps_a_family(void *argument)
{
    struct member *member = argument;
    while (!soak_over()) {
        raise_children(&member->random, soak_below(&member->random, 3));
        soak_pause(&member->random);
    }
    return NULL;
}

static void *families_begin(struct soak_random *random, unsigned threads)
{
    struct families *families = calloc(1, sizeof *families);
    families->n = threads;
    start(families->members, threads, families, keeps_a_family, random);
    return families;
}

static void families_end(void *state)
{
    struct families *families = state;
    join(families->members, families->n);
    free(families);
}

const struct soak_group soak_families = {"families", 1, families_begin, families_end};
