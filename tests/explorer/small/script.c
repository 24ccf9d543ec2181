/*
 * Runs the threads that its arguments describe, so that a test can make thousands of
 * programs without compiling any. Each argument is a thread, two characters an operation:
 *
 *   L0 lock mutex 0    U0 unlock    T0 try it, and unlock    R0 read lock   r0 unlock
 *   V0 write lock      v0 unlock    W0 write a word          G0 read it     A0 add to it
 *   Q0 sem_wait        P0 sem_post  C0 wait on condition 0 under mutex 0
 *   S0 signal          B0 broadcast K0 barrier of two
 *   O0 lock mutex 0 with a time-out, and unlock    D0 C0 with a time-out
 *   N0 cancel thread 0, or main where there is none of that number    X0 test whether cancelled
 *   J0 join the next thread with a time-out        I0 try to join it
 *
 * What the threads read is the outcome.
 */
#define _GNU_SOURCE /* pthread_tryjoin_np() */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

void hazmat_outcome(unsigned long value);

enum { THINGS = 3, THREADS = 4 };

static pthread_mutex_t mutexes[THINGS];
static pthread_rwlock_t rwlocks[THINGS];
static pthread_cond_t conditions[THINGS];
static pthread_barrier_t barriers[THINGS];
static sem_t semaphores[THINGS];
static atomic_uint words[THINGS];
static unsigned long seen[THREADS]; /* a thread's own */

struct thread {
    const char *script;
    unsigned number;
    pthread_mutex_t start; /* held until there are all threads */
};

static unsigned threads_n;
static pthread_t handles[THREADS + 1]; /* and main's */
static bool joined[THREADS];

static void see(const struct thread *thread, unsigned long value)
{
    seen[thread->number] = seen[thread->number] * 31 + value + 1;
}

static const struct timespec long_ago = {.tv_sec = 1};

static void give_back(void *mutex)
{
    pthread_mutex_unlock(mutex);
}

static int wait_for(unsigned i, const struct timespec *until)
{
    int status;
    pthread_cleanup_push(give_back, &mutexes[i]);
    status = until != NULL ? pthread_cond_timedwait(&conditions[i], &mutexes[i], until)
                           : pthread_cond_wait(&conditions[i], &mutexes[i]);
    pthread_cleanup_pop(0);
    return status;
}

/* Main comes to join the next thread when this one is over. */
static void join_next(const struct thread *thread, bool tries)
{
    unsigned next = thread->number + 1;
    if (next >= threads_n || joined[next])
        return;
    joined[next] = (tries ? pthread_tryjoin_np(handles[next], NULL)
                          : pthread_timedjoin_np(handles[next], NULL, &long_ago)) == 0;
    see(thread, joined[next]);
}

static void perform(const struct thread *thread, char what, unsigned i)
{
    switch (what) {
    case 'L': pthread_mutex_lock(&mutexes[i]); break;
    case 'U': pthread_mutex_unlock(&mutexes[i]); break;
    case 'T':
        if (pthread_mutex_trylock(&mutexes[i]) == 0) {
            see(thread, 7);
            pthread_mutex_unlock(&mutexes[i]);
        }
        break;
    case 'R': pthread_rwlock_rdlock(&rwlocks[i]); break;
    case 'V': pthread_rwlock_wrlock(&rwlocks[i]); break;
    case 'r': case 'v': pthread_rwlock_unlock(&rwlocks[i]); break;
    case 'W': atomic_store(&words[i], thread->number + 1); break;
    case 'G': see(thread, atomic_load(&words[i])); break;
    case 'A': see(thread, atomic_fetch_add(&words[i], 1)); break;
    case 'Q': sem_wait(&semaphores[i]); break;
    case 'P': sem_post(&semaphores[i]); break;
    case 'C': wait_for(i, NULL); break;
    case 'O':
        if (pthread_mutex_timedlock(&mutexes[i], &long_ago) == 0) {
            see(thread, 8);
            pthread_mutex_unlock(&mutexes[i]);
        }
        break;
    case 'D': see(thread, wait_for(i, &long_ago) == 0 ? 3 : 4); break;
    case 'N': pthread_cancel(handles[i < threads_n ? i : threads_n]); break;
    case 'X': pthread_testcancel(); break;
    case 'J': join_next(thread, false); break;
    case 'I': join_next(thread, true); break;
    case 'S': pthread_cond_signal(&conditions[i]); break;
    case 'B': pthread_cond_broadcast(&conditions[i]); break;
    case 'K': see(thread, pthread_barrier_wait(&barriers[i]) == 0 ? 1 : 2); break;
    }
}

static void *run(void *argument)
{
    struct thread *thread = argument;
    if (strpbrk(thread->script, "NJI") != NULL) { /* they need handles */
        pthread_mutex_lock(&thread->start);
        pthread_mutex_unlock(&thread->start);
    }
    for (const char *at = thread->script; at[0] != '\0' && at[1] != '\0'; at += 2)
        perform(thread, at[0], (unsigned)(at[1] - '0') % THINGS);
    return NULL;
}

static void make_things(void)
{
    for (int i = 0; i < THINGS; i++) {
        pthread_mutex_init(&mutexes[i], NULL);
        pthread_rwlock_init(&rwlocks[i], NULL);
        pthread_cond_init(&conditions[i], NULL);
        pthread_barrier_init(&barriers[i], NULL, 2);
        sem_init(&semaphores[i], 0, (unsigned)i % 2);
    }
}

static void make_threads(struct thread *threads, char **scripts)
{
    handles[threads_n] = pthread_self();
    for (unsigned i = 0; i < threads_n; i++) {
        threads[i] = (struct thread){scripts[i], i, PTHREAD_MUTEX_INITIALIZER};
        pthread_mutex_lock(&threads[i].start);
    }
    for (unsigned i = 0; i < threads_n; i++)
        pthread_create(&handles[i], NULL, run, &threads[i]);
    for (unsigned i = 0; i < threads_n; i++)
        pthread_mutex_unlock(&threads[i].start);
}

int main(int argc, char **argv)
{
    static struct thread threads[THREADS]; /* a cancelled main's stack would be gone */
    threads_n = argc - 1 < THREADS ? (unsigned)argc - 1 : THREADS;
    make_things();
    make_threads(threads, argv + 1);
    for (unsigned i = 0; i < threads_n; i++)
        if (!joined[i])
            pthread_join(handles[i], NULL);
    unsigned long outcome = 0;
    for (unsigned i = 0; i < threads_n; i++)
        outcome = outcome * 1000003 + seen[i];
    for (int i = 0; i < THINGS; i++)
        outcome = outcome * 31 + words[i];
    hazmat_outcome(outcome);
    return 0;
}
