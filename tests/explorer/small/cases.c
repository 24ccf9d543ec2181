/*
 * Small programs with one thing to find, or nothing: the first argument names it. Two
 * threads run `left` and `right`; then `check` is called.
 */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static int total, data;
static bool flag;
static atomic_int x, y, turn;
static int *shared;
static sem_t semaphore;
static int status;

/* ---- right programs ---- */

static void add_locked(void)
{
    for (int i = 0; i < 2; i++) {
        pthread_mutex_lock(&a);
        total++;
        pthread_mutex_unlock(&a);
    }
}

static void both_in_order(void)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
}

/* Ends only if the other thread is let go on, which it asks for. */
static void tick(void)
{
    do {
        atomic_fetch_add(&x, 1);
        sched_yield();
    } while (atomic_load(&turn) == 0);
}

static void stop_ticking(void)
{
    atomic_store(&turn, 1);
}

static void publish(void)
{
    data = 1;
    atomic_store_explicit(&x, 1, memory_order_release);
}

static void receive(void)
{
    while (atomic_load_explicit(&x, memory_order_acquire) == 0)
        sched_yield();
    if (data != 1)
        status = 1;
}

static void publish_by_fence(void)
{
    data = 1;
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&x, 1, memory_order_relaxed);
}

static void receive_by_fence(void)
{
    while (atomic_load_explicit(&x, memory_order_relaxed) == 0)
        ;
    atomic_thread_fence(memory_order_acquire);
    if (data != 1)
        status = 1;
}

static void hand_made_lock(void)
{
    while (atomic_exchange_explicit(&x, 1, memory_order_acquire) != 0)
        ;
    total++;
    atomic_store_explicit(&x, 0, memory_order_release);
}

static void wait_flag(void)
{
    pthread_mutex_lock(&a);
    while (!flag)
        pthread_cond_wait(&ready, &a);
    pthread_mutex_unlock(&a);
}

static void raise_flag(void)
{
    pthread_mutex_lock(&a);
    flag = true;
    pthread_cond_signal(&ready);
    pthread_mutex_unlock(&a);
}

static void wait_at_most(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 3600;
    pthread_mutex_lock(&a);
    while (!flag)
        if (pthread_cond_timedwait(&ready, &a, &until) == ETIMEDOUT)
            break;
    pthread_mutex_unlock(&a);
}

static void sleep_long(void)
{
    sleep(100000);
}

/* ---- wrong ones ---- */

static void add_plain(void)
{
    total = total + 2;
}

static void both_crossed(void)
{
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
}

static void take_turn(void)
{
    int seen = atomic_load(&turn);
    atomic_store(&turn, seen + 1);
}

static void wait_once(void)
{
    pthread_mutex_lock(&a);
    pthread_cond_wait(&ready, &a);
    pthread_mutex_unlock(&a);
}

static void wait_if(void)
{
    pthread_mutex_lock(&a);
    if (!flag)
        pthread_cond_wait(&ready, &a);
    if (!flag)
        status = 1;
    pthread_mutex_unlock(&a);
}

static void signal_once(void)
{
    pthread_cond_signal(&ready);
}

static void use_shared(void)
{
    pthread_mutex_lock(&a);
    int *mine = shared;
    pthread_mutex_unlock(&a);
    if (mine != NULL)
        total = *mine;
}

static void free_shared(void)
{
    pthread_mutex_lock(&a);
    int *mine = shared;
    shared = NULL;
    pthread_mutex_unlock(&a);
    free(mine);
}

static void free_if_there(void)
{
    if (atomic_load(&x) == 0) {
        atomic_store(&x, 1);
        free(shared);
    }
}

static void spin_for_ever(void)
{
    while (atomic_load(&x) == 0)
        sched_yield();
}

static void leave_locked(void)
{
    pthread_mutex_lock(&a);
}

static void unlock_strange(void)
{
    pthread_mutex_unlock(&b);
}

static void crash_if_second(void)
{
    if (atomic_fetch_add(&x, 1) == 1 && atomic_load(&y) == 1)
        *(volatile int *)0 = 1;
}

static void set_y(void)
{
    atomic_store(&y, 1);
    crash_if_second();
}

static void buffer_left(void)
{
    atomic_store_explicit(&x, 1, memory_order_relaxed);
    total = atomic_load_explicit(&y, memory_order_relaxed);
}

static void buffer_right(void)
{
    atomic_store_explicit(&y, 1, memory_order_relaxed);
    data = atomic_load_explicit(&x, memory_order_relaxed);
}

static void wait_post(void)
{
    sem_wait(&semaphore);
    sem_wait(&semaphore);
}

static void post_one(void)
{
    sem_post(&semaphore);
}

/* ---- checks ---- */

static void none(void)
{
}

static void four(void)
{
    assert(total == 4);
}

static void two_turns(void)
{
    if (turn != 2)
        status = 7;
}

static void one_seen(void)
{
    assert(total == 1 || data == 1);
}

static const struct {
    const char *name;
    void (*left)(void), (*right)(void), (*check)(void);
} cases[] = {
    {"locked", add_locked, add_locked, four},
    {"ordered", both_in_order, both_in_order, none},
    {"publish", publish, receive, none},
    {"publish-fence", publish_by_fence, receive_by_fence, none},
    {"hand-lock", hand_made_lock, hand_made_lock, none},
    {"condition", wait_flag, raise_flag, none},
    {"timed", wait_at_most, raise_flag, none},
    {"sleep", sleep_long, sleep_long, none},
    {"plain", add_plain, add_plain, none},
    {"plain-checked", add_plain, add_plain, four},
    {"crossed", both_in_order, both_crossed, none},
    {"turns", take_turn, take_turn, two_turns},
    {"if-not-while", wait_if, raise_flag, none},
    {"lost-signal", wait_once, signal_once, none},
    {"use-after-free", use_shared, free_shared, none},
    {"double-free", free_if_there, free_if_there, none},
    {"spin", spin_for_ever, none, none},
    {"tick", tick, stop_ticking, none},
    {"lock-leak", leave_locked, none, none},
    {"strange-unlock", unlock_strange, none, none},
    {"crash", set_y, crash_if_second, none},
    {"store-buffers", buffer_left, buffer_right, one_seen},
    {"semaphore", wait_post, post_one, none},
};

static void *run(void *function)
{
    void (*body)(void);
    memcpy(&body, function, sizeof body);
    body();
    return NULL;
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof cases / sizeof *cases; i++) {
        if (strcmp(cases[i].name, argv[1]) != 0)
            continue;
        pthread_t left, right;
        shared = calloc(1, sizeof *shared);
        sem_init(&semaphore, 0, 0);
        pthread_create(&left, NULL, run, (void *)&cases[i].left);
        pthread_create(&right, NULL, run, (void *)&cases[i].right);
        pthread_join(left, NULL);
        pthread_join(right, NULL);
        cases[i].check();
        return status;
    }
    fprintf(stderr, "there is no such case\n");
    return 2;
}
