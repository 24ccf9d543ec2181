/*
 * Does what the preloaded library has to log, as named by its argument, and tells the
 * addresses of the locks that took part.
 */
#include "pre-tell.h"

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t both;
static sem_t semaphore;
static mtx_t c11;
static const struct timespec past = {1, 0};

static void tell_all(void)
{
    TELL_ADDRESS("a", &a);
    TELL_ADDRESS("b", &b);
    TELL_ADDRESS("recursive", &recursive);
    TELL_ADDRESS("rwlock", &rwlock);
    TELL_ADDRESS("spin", &spin);
    TELL_ADDRESS("c11", &c11);
}

/* ---- orders --------------------------------------------------------------------- */

static void nest(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
    pthread_mutex_lock(outer);
    pthread_mutex_lock(inner);
    pthread_mutex_unlock(inner);
    pthread_mutex_unlock(outer);
}

static void orders(void)
{
    for (int i = 0; i < 1000; i++)
        nest(&a, &b);
    stay();
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&recursive);
    pthread_mutex_lock(&recursive);
    pthread_rwlock_rdlock(&rwlock);
    pthread_mutex_lock(&recursive); /* held already: no order */
    pthread_mutex_unlock(&recursive);
    pthread_rwlock_rdlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
    pthread_mutex_unlock(&recursive); /* in the middle, once of twice */
    pthread_rwlock_wrlock(&rwlock);
    pthread_mutex_unlock(&recursive);
    pthread_spin_lock(&spin);
    mtx_lock(&c11);
}

/* None of these makes an order. */
static void no_orders(void)
{
    struct timespec soon;
    pthread_mutex_lock(&a);
    pthread_mutex_trylock(&b);
    pthread_mutex_unlock(&b);
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_sec += 100;
    pthread_mutex_timedlock(&b, &soon);
    pthread_rwlock_tryrdlock(&rwlock);
    pthread_spin_trylock(&spin);
    mtx_timedlock(&c11, &soon);
    sem_wait(&semaphore);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    pthread_rwlock_unlock(&rwlock);
    pthread_spin_unlock(&spin);
    mtx_unlock(&c11);
    pthread_mutex_lock(&a); /* under a semaphore alone */
}

/* What was tried is held nevertheless. */
static void under_tried(void)
{
    pthread_mutex_trylock(&a);
    pthread_mutex_lock(&b);
}

static void again_after_wait(void)
{
    pthread_mutex_lock(&a);
    pthread_cond_timedwait(&condition, &a, &past);
    pthread_mutex_lock(&b);
    pthread_cond_timedwait(&condition, &a, &past);
}

static void *other_way(void *unused)
{
    pthread_mutex_lock(&b);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&a);
    return unused;
}

static void deadlock(void)
{
    pthread_t thread;
    pthread_mutex_lock(&a);
    pthread_create(&thread, NULL, other_way, NULL);
    pthread_barrier_wait(&both);
    ready();
    pthread_mutex_lock(&b);
}

/* Another segment of the same thread: the same order may mean something else. */
static void *nothing(void *unused)
{
    return unused;
}

static void segments(void)
{
    pthread_t thread;
    nest(&a, &b);
    pthread_create(&thread, NULL, nothing, NULL);
    nest(&a, &b);
    pthread_join(thread, NULL);
    nest(&a, &b);
    nest(&a, &b);
}

#define DEEP 2000
static pthread_mutex_t deep_lock[DEEP];

static void deep(void)
{
    TELL_ADDRESS("first", deep_lock);
    for (int i = 0; i < DEEP; i++)
        pthread_mutex_lock(&deep_lock[i]);
    stay();
    for (int i = 0; i < DEEP / 2; i++)
        pthread_mutex_unlock(&deep_lock[i]);
    stay();
    for (int i = DEEP / 2; i < DEEP; i += 2)
        pthread_mutex_unlock(&deep_lock[i]);
    pthread_mutex_lock(&a);
    stay();
    pthread_mutex_unlock(&a);
    for (int i = DEEP - 1; i > DEEP / 2; i -= 2)
        pthread_mutex_unlock(&deep_lock[i]);
    stay();
    for (int i = 0; i < DEEP; i++)
        pthread_mutex_lock(&deep_lock[i]);
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < DEEP; i++)
            pthread_mutex_unlock(&deep_lock[i]);
        pthread_mutex_lock(&a);
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    tell("child", (unsigned long)child);
    tell("status", (unsigned long)status);
}

/* ---- births --------------------------------------------------------------------- */

static void births(void)
{
    static pthread_mutex_t neighbour = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_t *heap = memset(malloc(2 * sizeof *heap), 0, 2 * sizeof *heap);
    TELL_ADDRESS("heap", &heap[1]);
    nest(&neighbour, &a);
    nest(&neighbour, &b);
    nest(&a, &heap[1]);
    pthread_mutex_destroy(&a);
    pthread_mutex_init(&a, NULL);
    free(heap);
    pthread_mutex_t *same = memset(malloc(2 * sizeof *same), 0, 2 * sizeof *same);
    TELL_ADDRESS("same", &same[1]);
    nest(&neighbour, &a);
    nest(&neighbour, &b);
    nest(&neighbour, &same[1]);
}

/* A lock far inside of a block that is large enough to be a map of its own. */
static void large_block(void)
{
    size_t n = 100000;
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    pthread_mutex_t *heap = calloc(n, sizeof *heap);
    TELL_ADDRESS("heap", &heap[n - 1]);
    for (int i = 0; i < 3; i++)
        nest(&a, &heap[n - 1]);
    free(heap);
    heap = calloc(n, sizeof *heap);
    TELL_ADDRESS("same", &heap[n - 1]);
    nest(&a, &heap[n - 1]);
}

/* ---- threads -------------------------------------------------------------------- */

static int nothing_c11(void *unused)
{
    return unused != NULL;
}

static void *nests(void *unused)
{
    nest(&a, &b);
    return unused;
}

static void wait_for_end(pid_t tid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d", (int)tid);
    while (access(path, F_OK) == 0)
        usleep(1000);
}

static void *tells_tid(void *tid)
{
    *(pid_t *)tid = gettid();
    return NULL;
}

static void threads(void)
{
    pthread_t thread;
    thrd_t c11_thread;
    struct timespec soon;
    pid_t tid = 0;
    nest(&b, &a);
    pthread_create(&thread, NULL, nests, NULL);
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, tells_tid, &tid);
    while (__atomic_load_n(&tid, __ATOMIC_RELAXED) == 0)
        ;
    wait_for_end(tid);
    pthread_join(thread, NULL); /* of one that is no more */
    thrd_create(&c11_thread, nothing_c11, NULL);
    thrd_join(c11_thread, NULL);
    pthread_create(&thread, NULL, nothing, NULL);
    while (pthread_tryjoin_np(thread, NULL) != 0)
        ;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_sec += 1000;
    pthread_create(&thread, NULL, nothing, NULL);
    pthread_timedjoin_np(thread, NULL, &soon);
    clock_gettime(CLOCK_MONOTONIC, &soon);
    soon.tv_sec += 1000;
    pthread_create(&thread, NULL, nothing, NULL);
    pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &soon);
}

static void *unmaps(void *end_of_page)
{
    munmap((char *)end_of_page - 4096, 4096);
    return NULL;
}

/* Where the thread's own pthread_t is stored is gone as soon as it runs. */
static void vanishing(void)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    for (int i = 0; i < 2000; i++) {
        pthread_t *page =
            mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        while (pthread_create(page, &attributes, unmaps, (char *)page + 4096) != 0)
            usleep(1000);
    }
}

/* Joined at once, after others that were never joined had the same pthread_t. */
static void reused(void)
{
    pthread_t thread;
    for (int i = 0; i < 500; i++) {
        pid_t tid = 0;
        pthread_create(&thread, NULL, tells_tid, &tid);
        pthread_detach(thread);
        while (__atomic_load_n(&tid, __ATOMIC_RELAXED) == 0)
            ;
        wait_for_end(tid);
        pthread_create(&thread, NULL, nothing, NULL);
        pthread_join(thread, NULL);
    }
}

/* A stack that cannot be had: the thread is announced, and then there is none. */
static void unborn(void)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)1 << 46);
    tell("failed", (unsigned long)pthread_create(&thread, &attributes, nothing, NULL));
}

static void forks(void)
{
    pthread_mutex_lock(&a);
    pid_t child = fork();
    if (child == 0) {
        pthread_mutex_lock(&b);
        _exit(0);
    }
    tell("child", (unsigned long)child);
    waitpid(child, NULL, 0);
    child = fork();
    if (child == 0 && dup2(open("/dev/null", O_RDWR), 0) == 0 && dup2(0, 1) == 1)
        execl("/proc/self/exe", "pre-log", "under-tried", (char *)NULL);
    tell("second", (unsigned long)child);
    waitpid(child, NULL, 0);
}

/* ---- a busy log ----------------------------------------------------------------- */

#define BUSY 4
#define LOCKS 64
static pthread_mutex_t busy_lock[BUSY][LOCKS];

static void *busy(void *mine)
{
    pthread_mutex_t *lock = mine;
    for (int i = 0; i < LOCKS * LOCKS; i++)
        if (i / LOCKS != i % LOCKS)
            nest(&lock[i / LOCKS], &lock[i % LOCKS]);
    for (;;)
        nest(&lock[0], &lock[1]);
    return mine;
}

static void start_busy(void)
{
    pthread_t thread;
    for (int i = 0; i < BUSY; i++)
        pthread_create(&thread, NULL, busy, busy_lock[i]);
}

static void fork_while_busy(void)
{
    start_busy();
    for (int i = 0; i < 40; i++) {
        pid_t child = fork();
        if (child == 0) {
            nest(&a, &b);
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
}

/* ---- full ----------------------------------------------------------------------- */

static void full(void)
{
    pthread_t thread;
    for (int i = 0; i < 10; i++)
        nest(&a, &b);
    pthread_create(&thread, NULL, nothing, NULL);
    pthread_join(thread, NULL);
    nest(&a, &b);
    stay();
    nest(&a, &b);
    nest(&a, &b);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } states[] = {
        {"orders", orders},
        {"no-orders", no_orders},
        {"under-tried", under_tried},
        {"wait", again_after_wait},
        {"deadlock", deadlock},
        {"segments", segments},
        {"deep", deep},
        {"births", births},
        {"large-block", large_block},
        {"threads", threads},
        {"unborn", unborn},
        {"vanishing", vanishing},
        {"reused", reused},
        {"forks", forks},
        {"busy", start_busy},
        {"fork-busy", fork_while_busy},
        {"full", full},
    };
    setvbuf(stdout, NULL, _IOLBF, 0);
    pthread_spin_init(&spin, 0);
    pthread_barrier_init(&both, NULL, 2);
    sem_init(&semaphore, 0, 1);
    mtx_init(&c11, mtx_timed);
    tell_all();
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp(states[i].name, argc > 1 ? argv[1] : "") == 0)
            states[i].run();
    stay();
    return 0;
}
