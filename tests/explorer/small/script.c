/*
 * Runs the threads that its arguments describe, so that a test can make thousands of
 * programs without compiling any. Each argument is a thread, two characters an operation:
 *
 *   L0 lock mutex 0    U0 unlock    T0 try it, and unlock    R0 read lock   r0 unlock
 *   V0 write lock      v0 unlock    W0 write a word          G0 read it     A0 add to it
 *   Q0 sem_wait        P0 sem_post  C0 wait on condition 0 under mutex 0
 *   S0 signal          B0 broadcast K0 barrier of two
 *   O0 lock mutex 0 with a time-out, and unlock    D0 C0 with a time-out
 *
 * What the threads read is the outcome.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>
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
};

static void see(const struct thread *thread, unsigned long value)
{
    seen[thread->number] = seen[thread->number] * 31 + value + 1;
}

static const struct timespec long_ago = {.tv_sec = 1};

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
    case 'C': pthread_cond_wait(&conditions[i], &mutexes[i]); break;
    case 'O':
        if (pthread_mutex_timedlock(&mutexes[i], &long_ago) == 0) {
            see(thread, 8);
            pthread_mutex_unlock(&mutexes[i]);
        }
        break;
    case 'D':
        see(thread, pthread_cond_timedwait(&conditions[i], &mutexes[i], &long_ago) == 0 ? 3 : 4);
        break;
    case 'S': pthread_cond_signal(&conditions[i]); break;
    case 'B': pthread_cond_broadcast(&conditions[i]); break;
    case 'K': see(thread, pthread_barrier_wait(&barriers[i]) == 0 ? 1 : 2); break;
    }
}

static void *run(void *argument)
{
    const struct thread *thread = argument;
    for (const char *at = thread->script; at[0] != '\0' && at[1] != '\0'; at += 2)
        perform(thread, at[0], (unsigned)(at[1] - '0') % THINGS);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t handles[THREADS];
    struct thread threads[THREADS];
    int n = argc - 1 < THREADS ? argc - 1 : THREADS;
    for (int i = 0; i < THINGS; i++) {
        pthread_mutex_init(&mutexes[i], NULL);
        pthread_rwlock_init(&rwlocks[i], NULL);
        pthread_cond_init(&conditions[i], NULL);
        pthread_barrier_init(&barriers[i], NULL, 2);
        sem_init(&semaphores[i], 0, (unsigned)i % 2);
    }
    for (int i = 0; i < n; i++) {
        threads[i] = (struct thread){argv[i + 1], (unsigned)i};
        pthread_create(&handles[i], NULL, run, &threads[i]);
    }
    for (int i = 0; i < n; i++)
        pthread_join(handles[i], NULL);
    unsigned long outcome = 0;
    for (int i = 0; i < n; i++)
        outcome = outcome * 1000003 + seen[i];
    for (int i = 0; i < THINGS; i++)
        outcome = outcome * 31 + words[i];
    hazmat_outcome(outcome);
    return 0;
}
