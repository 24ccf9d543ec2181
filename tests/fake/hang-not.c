/*
 * Programs that wait a great deal and never hang: hang-not WHAT MILLISECONDS. Most of them
 * have all their threads blocked again and again, for a moment. With HANG_NOT_ENOUGH=FILE they
 * also go on until the number in FILE is not 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hang-not-signals.h"

#define THREADS 4

static struct timespec end;
static const _Atomic int *enough; /* the watcher's, of how often it has looked; NULL: any */
static _Atomic int last_round;

/*
 * The rounds go on until the time is over and the watcher, if there is one, has looked often
 * enough; what two sides do in step agrees on the last.
 */
static int over(void)
{
    struct timespec now;
    if (enough != NULL && !*enough)
        return 0;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec >= end.tv_nsec);
}

static void *in_shared_memory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        exit(2);
    return memory;
}

static void ask_the_watcher(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    void *memory = mmap(NULL, sizeof *enough, PROT_READ, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED)
        exit(2);
    close(file);
    enough = memory;
}

static void with_threads(void *(*work)(void *))
{
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, work, (void *)i) != 0)
            exit(2);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* ---- locks --------------------------------------------------------------------- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static _Atomic long counter;

static void *take_mutexes(void *unused)
{
    while (!over()) {
        pthread_mutex_lock(&lock);
        pthread_mutex_lock(&second);
        counter++;
        pthread_mutex_unlock(&second);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

static void mutex(void)
{
    with_threads(take_mutexes);
}

/*
 * The holder sleeps, so that all others are blocked at each look. It blocks all signals,
 * as a sanitizer's own thread would that sleeps.
 */
static void *hold_long(void *unused)
{
    sigset_t every;
    sigfillset(&every);
    pthread_sigmask(SIG_BLOCK, &every, NULL);
    while (!over()) {
        pthread_mutex_lock(&lock);
        usleep(150000);
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

static void sleepers(void)
{
    with_threads(hold_long);
}

static void *take_rwlock(void *number)
{
    while (!over()) {
        if (number == NULL)
            pthread_rwlock_wrlock(&rwlock);
        else
            pthread_rwlock_rdlock(&rwlock);
        counter++;
        pthread_rwlock_unlock(&rwlock);
    }
    return NULL;
}

static void rwlocks(void)
{
    with_threads(take_rwlock);
}

static void *take_spin(void *unused)
{
    while (!over()) {
        pthread_spin_lock(&spin);
        counter++;
        pthread_spin_unlock(&spin);
    }
    return unused;
}

static void spinning(void)
{
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    with_threads(take_spin);
}

/* ---- taking turns ---------------------------------------------------------------- */

static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long turn;

static void *take_turns(void *number)
{
    long own = (long)number;
    for (;;) {
        pthread_mutex_lock(&lock);
        while (turn % THREADS != own && !last_round)
            pthread_cond_wait(&changed, &lock);
        turn++;
        if (over())
            last_round = 1;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
        if (last_round)
            return NULL;
    }
}

static void condition(void)
{
    with_threads(take_turns);
}

static pthread_barrier_t meeting;

static void *meet(void *unused)
{
    for (;;) {
        if (pthread_barrier_wait(&meeting) == PTHREAD_BARRIER_SERIAL_THREAD && over())
            last_round = 1;
        pthread_barrier_wait(&meeting);
        if (last_round)
            return unused;
    }
}

static void barriers(void)
{
    pthread_barrier_init(&meeting, NULL, THREADS);
    with_threads(meet);
}

static sem_t turns[THREADS];

static void *pass_on(void *number)
{
    long own = (long)number;
    for (;;) {
        sem_wait(&turns[own]);
        /* Whoever gets its turn after this one finds the time over, too. */
        int last = over();
        sem_post(&turns[(own + 1) % THREADS]);
        if (last)
            return NULL;
    }
}

static void semaphores(void)
{
    for (int i = 0; i < THREADS; i++)
        sem_init(&turns[i], 0, i == 0);
    with_threads(pass_on);
}

/* ---- threads and processes --------------------------------------------------------- */

static void *end_soon(void *unused)
{
    counter = 1;
    return unused;
}

static void joins(void)
{
    while (!over())
        with_threads(end_soon);
}

static void children(void)
{
    while (!over()) {
        for (int i = 0; i < THREADS; i++)
            if (fork() == 0)
                _exit(0);
        while (wait(NULL) > 0)
            ;
    }
}

static void slow_child(void)
{
    while (!over()) {
        if (fork() == 0) {
            usleep(150000);
            _exit(0);
        }
        wait(NULL);
    }
}

static void commands(void)
{
    while (!over())
        if (system("true | cat") != 0)
            exit(2);
}

/* A byte goes round through parent and children; the end of the pipes ends them. */
static void pipes(void)
{
    int ends[THREADS][2];
    char byte = 'x';
    for (int i = 0; i < THREADS; i++)
        if (pipe(ends[i]) != 0)
            exit(2);
    for (int child = 1; child < THREADS; child++) {
        if (fork() != 0)
            continue;
        for (int i = 0; i < THREADS; i++) {
            if (i != child)
                close(ends[i][1]);
            if (i != child - 1)
                close(ends[i][0]);
        }
        while (read(ends[child - 1][0], &byte, 1) == 1 && write(ends[child][1], &byte, 1) == 1)
            ;
        _exit(0);
    }
    for (int i = 0; i < THREADS; i++) {
        if (i != 0)
            close(ends[i][1]);
        if (i != THREADS - 1)
            close(ends[i][0]);
    }
    while (!over())
        if (write(ends[0][1], &byte, 1) != 1 || read(ends[THREADS - 1][0], &byte, 1) != 1)
            exit(2);
    close(ends[0][1]);
    while (wait(NULL) > 0)
        ;
}

struct shared {
    sem_t there, back;
    pthread_mutex_t lock;
};

static void shared_memory(void)
{
    struct shared *shared = in_shared_memory(sizeof *shared);
    pthread_mutexattr_t sort;
    pthread_mutexattr_init(&sort);
    pthread_mutexattr_setpshared(&sort, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shared->lock, &sort);
    sem_init(&shared->there, 1, 0);
    sem_init(&shared->back, 1, 0);
    pid_t child = fork();
    for (int last = 0; !last;) {
        if (child == 0)
            sem_wait(&shared->there);
        else
            sem_post(&shared->there);
        pthread_mutex_lock(&shared->lock);
        last = over();
        pthread_mutex_unlock(&shared->lock);
        if (child == 0)
            sem_post(&shared->back);
        else
            sem_wait(&shared->back);
    }
    /* One may have seen the end a round before the other. */
    sem_post(child == 0 ? &shared->back : &shared->there);
    if (child == 0)
        _exit(0);
    waitpid(child, NULL, 0);
}

static void file_locks(void)
{
    char path[] = "/tmp/hang-not-XXXXXX";
    int made = mkstemp(path);
    if (made < 0)
        exit(2);
    for (int i = 0; i < THREADS; i++) {
        if (fork() != 0)
            continue;
        int file = open(path, O_RDWR);
        struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        while (!over()) {
            all.l_type = F_WRLCK;
            if (flock(file, LOCK_EX) != 0 || fcntl(file, F_SETLKW, &all) != 0)
                _exit(2);
            usleep(1000);
            all.l_type = F_UNLCK;
            if (fcntl(file, F_SETLK, &all) != 0 || flock(file, LOCK_UN) != 0)
                _exit(2);
        }
        _exit(0);
    }
    while (wait(NULL) > 0)
        ;
    unlink(path);
}

/* ---- from outside ------------------------------------------------------------------ */

/* The other side of these is the test, or a process that it started. */
static void named_semaphore(void)
{
    sem_t *there = sem_open(getenv("HANG_NOT_SEMAPHORE"), 0);
    if (there == SEM_FAILED)
        exit(2);
    sem_unlink(getenv("HANG_NOT_SEMAPHORE")); /* nobody can come to know it any more */
    while (!over())
        while (sem_wait(there) != 0 && errno == EINTR)
            ;
}

static void given_pipe(void)
{
    char byte;
    int from = atoi(getenv("HANG_NOT_PIPE"));
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", from);
    /* Its own write end: nobody in the tree will write. */
    if (open(path, O_WRONLY) < 0)
        exit(2);
    while (!over())
        if (read(from, &byte, 1) != 1)
            exit(2);
}

static const struct {
    const char *name;
    void (*work)(void);
} all[] = {
    {"mutex", mutex},
    {"sleepers", sleepers},
    {"rwlocks", rwlocks},
    {"spinning", spinning},
    {"condition", condition},
    {"barriers", barriers},
    {"semaphores", semaphores},
    {"joins", joins},
    {"children", children},
    {"slow-child", slow_child},
    {"commands", commands},
    {"pipes", pipes},
    {"shared-memory", shared_memory},
    {"file-locks", file_locks},
    {"handler-posts", handler_posts},
    {"handler-writes", handler_writes},
    {"handler-interrupts", handler_interrupts},
    {"child-signals", child_signals},
    {"timer-signals", timer_signals},
    {"named-semaphore", named_semaphore},
    {"given-pipe", given_pipe},
};

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    if (getenv("HANG_NOT_ENOUGH") != NULL)
        ask_the_watcher(getenv("HANG_NOT_ENOUGH"));
    long lasts = atol(argv[2]);
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += (end.tv_nsec / 1000000 + lasts) / 1000;
    end.tv_nsec = (end.tv_nsec / 1000000 + lasts) % 1000 * 1000000;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (strcmp(all[i].name, argv[1]) == 0) {
            all[i].work();
            return 0;
        }
    }
    return 2;
}
