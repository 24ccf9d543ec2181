/*
 * bench-locks FILE [WORD]: what each operation costs here, or each that has WORD in its name,
 * as lines "NANOSECONDS NAME". The program is right; it runs as it is and under each detector.
 *
 * An operation is timed in batches; what counts is the median of the batches, so that being
 * put off the processor for a moment does not.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECONDS 0.08 /* for each operation */
#define LEAST 5      /* batches, however long they take */
#define MOST 20000
#define THREADS 4

/* Each on a cache line of its own, as locks that nobody contends for should be. */
static struct {
    _Alignas(64) pthread_mutex_t mutex;
} own[3];
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static sem_t semaphore;
static struct {
    _Alignas(64) pthread_mutex_t mutex;
} recursive;
static FILE *out;
static const char *word = ""; /* only what has it in its name */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- one thread's operations ------------------------------------------------------ */

static void mutex_batch(int n)
{
    while (n-- > 0) {
        pthread_mutex_lock(&own[0].mutex);
        pthread_mutex_unlock(&own[0].mutex);
    }
}

static void pair_batch(int n)
{
    while (n-- > 0) {
        pthread_mutex_lock(&own[0].mutex);
        pthread_mutex_lock(&own[1].mutex);
        pthread_mutex_unlock(&own[1].mutex);
        pthread_mutex_unlock(&own[0].mutex);
    }
}

static void recursive_batch(int n)
{
    while (n-- > 0) {
        pthread_mutex_lock(&recursive.mutex);
        pthread_mutex_unlock(&recursive.mutex);
    }
}

static void twice_batch(int n)
{
    while (n-- > 0) {
        pthread_mutex_lock(&recursive.mutex);
        pthread_mutex_lock(&recursive.mutex);
        pthread_mutex_unlock(&recursive.mutex);
        pthread_mutex_unlock(&recursive.mutex);
    }
}

static void read_batch(int n)
{
    while (n-- > 0) {
        pthread_rwlock_rdlock(&rwlock);
        pthread_rwlock_unlock(&rwlock);
    }
}

static void write_batch(int n)
{
    while (n-- > 0) {
        pthread_rwlock_wrlock(&rwlock);
        pthread_rwlock_unlock(&rwlock);
    }
}

static void spin_batch(int n)
{
    while (n-- > 0) {
        pthread_spin_lock(&spin);
        pthread_spin_unlock(&spin);
    }
}

static void semaphore_batch(int n)
{
    while (n-- > 0) {
        sem_wait(&semaphore);
        sem_post(&semaphore);
    }
}

/* ---- two threads that hand a turn to and fro -------------------------------------- */

static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static int turn; /* 0, 1; 2: it is over; guarded by table */

/* Waits for this one's turn and gives it to the other; false when it is over. */
static bool play(int self, int next)
{
    pthread_mutex_lock(&table);
    while (turn != self && turn != 2)
        pthread_cond_wait(&turned, &table);
    bool over = turn == 2;
    if (!over)
        turn = next;
    pthread_cond_signal(&turned);
    pthread_mutex_unlock(&table);
    return !over;
}

static void *pong(void *unused)
{
    while (play(1, 0))
        ;
    return unused;
}

static void ping_batch(int n)
{
    while (n-- > 0)
        play(0, 1);
}

/* ---- timing ------------------------------------------------------------------------ */

static int by_number(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

static void measure(const char *name, void (*batch)(int), int size)
{
    static double took[MOST];
    int n = 0;
    if (strstr(name, word) == NULL)
        return;
    batch(size); /* the first time is dearer */
    for (double begun = now(), last = begun; n < MOST && (n < LEAST || last < begun + SECONDS);
         n++) {
        double from = now();
        batch(size);
        last = now();
        took[n] = (last - from) / size;
    }
    qsort(took, (size_t)n, sizeof *took, by_number);
    fprintf(out, "%.2f %s\n", 1e9 * took[n / 2], name);
}

static void measure_ping_pong(void)
{
    pthread_t other;
    pthread_create(&other, NULL, pong, NULL);
    measure("condition, there and back", ping_batch, 50);
    pthread_mutex_lock(&table);
    while (turn != 0)
        pthread_cond_wait(&turned, &table);
    turn = 2;
    pthread_cond_signal(&turned);
    pthread_mutex_unlock(&table);
    pthread_join(other, NULL);
}

/* ---- several threads --------------------------------------------------------------- */

static atomic_bool over;
static pthread_barrier_t all;

static void *locks_its_own(void *unused)
{
    pthread_barrier_wait(&all);
    while (!atomic_load_explicit(&over, memory_order_relaxed)) {
        pthread_mutex_lock(&own[2].mutex);
        pthread_mutex_unlock(&own[2].mutex);
    }
    return unused;
}

static void measure_own(void)
{
    pthread_t other;
    pthread_barrier_init(&all, NULL, 2);
    over = false;
    pthread_create(&other, NULL, locks_its_own, NULL);
    pthread_barrier_wait(&all);
    measure("mutex, two threads, a lock each", mutex_batch, 1000);
    over = true;
    pthread_join(other, NULL);
    pthread_barrier_destroy(&all);
}

static void *sleeps(void *unused)
{
    pthread_barrier_wait(&all);
    pthread_barrier_wait(&all);
    return unused;
}

static void measure_beside_a_sleeper(void)
{
    pthread_t other;
    pthread_barrier_init(&all, NULL, 2);
    pthread_create(&other, NULL, sleeps, NULL);
    pthread_barrier_wait(&all);
    measure("mutex, a second thread asleep", mutex_batch, 1000);
    measure("two mutexes, one in the other", pair_batch, 500);
    measure("recursive mutex", recursive_batch, 1000);
    measure("recursive mutex, taken twice", twice_batch, 500);
    measure("rwlock, to read", read_batch, 1000);
    measure("rwlock, to write", write_batch, 1000);
    measure("spin lock", spin_batch, 1000);
    measure("semaphore, wait and post", semaphore_batch, 1000);
    pthread_barrier_wait(&all);
    pthread_join(other, NULL);
    pthread_barrier_destroy(&all);
}

static unsigned long shared[8]; /* guarded by own[0].mutex */

static void *contends(void *count)
{
    unsigned long n = 0;
    pthread_barrier_wait(&all);
    while (!atomic_load_explicit(&over, memory_order_relaxed)) {
        pthread_mutex_lock(&own[0].mutex);
        for (int i = 0; i < 8; i++)
            shared[i]++;
        pthread_mutex_unlock(&own[0].mutex);
        n++;
    }
    *(unsigned long *)count = n;
    return NULL;
}

/* Time per critical section, of whichever thread: the inverse of the throughput. */
static void measure_contended(void)
{
    pthread_t threads[THREADS];
    unsigned long counts[THREADS], all_counts = 0;
    const char *name = "four threads on one mutex";
    if (strstr(name, word) == NULL)
        return;
    pthread_barrier_init(&all, NULL, THREADS + 1);
    over = false;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, contends, &counts[i]);
    pthread_barrier_wait(&all);
    double begun = now();
    nanosleep(&(struct timespec){.tv_nsec = 500000000}, NULL);
    over = true;
    double took = now() - begun;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        all_counts += counts[i];
    }
    fprintf(out, "%.2f %s\n", 1e9 * took / (double)all_counts, name);
    pthread_barrier_destroy(&all);
}

static void make_locks(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    for (int i = 0; i < 3; i++)
        pthread_mutex_init(&own[i].mutex, &attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&recursive.mutex, &attributes);
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    sem_init(&semaphore, 0, 1);
}

/* Where glibc leaves out the atomic instructions: before any other thread is there. */
static void measure_alone(void)
{
    measure("mutex, one thread", mutex_batch, 1000);
    measure("two mutexes, one thread", pair_batch, 500);
    measure("recursive mutex, one thread", recursive_batch, 1000);
}

int main(int argc, char **argv)
{
    out = argc == 2 || argc == 3 ? fopen(argv[1], "we") : NULL;
    if (out == NULL)
        return 2;
    if (argc == 3)
        word = argv[2];
    make_locks();
    measure_alone();
    measure_beside_a_sleeper();
    measure_own();
    measure_ping_pong();
    measure_contended();
    return fclose(out) == 0 ? 0 : 2;
}
