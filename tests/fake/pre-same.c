/*
 * Calls everything that the preloaded library takes over, and prints what came of it:
 * the output must not depend on whether the library is there. Nothing in it depends
 * on time or on the order of threads.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static const struct timespec past = {1, 0}, senseless = {1, 2000000000};

static void say(const char *what, int result)
{
    printf("%s: %d\n", what, result);
}

/* Says what a call returned, and what it did to errno. */
#define SAY(call)                                                                                  \
    do {                                                                                           \
        errno = 77;                                                                                \
        int result_ = (int)(call);                                                                 \
        int errno_ = errno;                                                                        \
        printf("%s: %d, errno %d\n", #call, result_, errno_);                                      \
    } while (0)

static pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_mutex_t checking = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static pthread_mutex_t robust;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_spinlock_t spin;
static pthread_barrier_t barrier;
static sem_t semaphore;
static pthread_key_t key;
static mtx_t c11;
static cnd_t c11_condition;

static void *in_thread(void *(*routine)(void *))
{
    pthread_t thread;
    void *value = NULL;
    int created = pthread_create(&thread, NULL, routine, (void *)5);
    int joined = pthread_join(thread, &value);
    say("create", created);
    say("join", joined);
    return value;
}

static void *try_all(void *argument)
{
    say("argument", (int)(long)argument);
    SAY(pthread_mutex_trylock(&plain));
    SAY(pthread_mutex_timedlock(&plain, &past));
    SAY(pthread_mutex_clocklock(&plain, CLOCK_MONOTONIC, &past));
    SAY(pthread_mutex_clocklock(&plain, CLOCK_MONOTONIC, &senseless));
    SAY(pthread_mutex_clocklock(&plain, 99, &past));
    SAY(pthread_mutex_unlock(&checking));
    SAY(pthread_rwlock_tryrdlock(&rwlock));
    SAY(pthread_rwlock_trywrlock(&rwlock));
    SAY(pthread_rwlock_timedrdlock(&rwlock, &past));
    SAY(pthread_rwlock_timedwrlock(&rwlock, &past));
    SAY(pthread_rwlock_clockrdlock(&rwlock, CLOCK_MONOTONIC, &past));
    SAY(pthread_rwlock_clockwrlock(&rwlock, CLOCK_MONOTONIC, &past));
    SAY(pthread_spin_trylock(&spin));
    SAY(mtx_trylock(&c11));
    SAY(mtx_timedlock(&c11, &past));
    return (void *)6;
}

static void mutexes(void)
{
    SAY(pthread_mutex_lock(&plain));
    SAY(pthread_mutex_lock(&checking));
    SAY(pthread_mutex_lock(&checking));
    SAY(pthread_mutex_trylock(&checking));
    SAY(pthread_mutex_lock(&recursive));
    SAY(pthread_mutex_lock(&recursive));
    SAY(pthread_mutex_unlock(&recursive));
    SAY(pthread_mutex_unlock(&recursive));
    SAY(pthread_mutex_unlock(&recursive));
    SAY(pthread_rwlock_wrlock(&rwlock));
    SAY(pthread_rwlock_wrlock(&rwlock));
    SAY(pthread_rwlock_rdlock(&rwlock));
    SAY(pthread_spin_lock(&spin));
    SAY(mtx_lock(&c11));
    say("value", (int)(long)in_thread(try_all));
    SAY(mtx_unlock(&c11));
    SAY(pthread_spin_unlock(&spin));
    SAY(pthread_rwlock_unlock(&rwlock));
    SAY(pthread_mutex_unlock(&checking));
    SAY(pthread_mutex_unlock(&checking));
    SAY(pthread_mutex_unlock(&plain));
    SAY(pthread_rwlock_timedrdlock(&rwlock, &senseless));
    SAY(pthread_rwlock_clockwrlock(&rwlock, 99, &past));
    SAY(pthread_rwlock_rdlock(&rwlock));
    SAY(pthread_rwlock_tryrdlock(&rwlock));
    SAY(pthread_rwlock_trywrlock(&rwlock));
    SAY(pthread_rwlock_unlock(&rwlock));
    SAY(pthread_rwlock_unlock(&rwlock));
}

static void *dies_with_it(void *unused)
{
    pthread_mutex_lock(&robust);
    return unused;
}

static void robust_mutex(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&robust, &attributes);
    in_thread(dies_with_it);
    SAY(pthread_mutex_lock(&robust));
    SAY(pthread_mutex_consistent(&robust));
    SAY(pthread_mutex_unlock(&robust));
    in_thread(dies_with_it);
    SAY(pthread_mutex_trylock(&robust));
    SAY(pthread_mutex_unlock(&robust));
    SAY(pthread_mutex_lock(&robust));
}

static void semaphores(void)
{
    SAY(sem_wait(&semaphore));
    SAY(sem_trywait(&semaphore));
    SAY(sem_timedwait(&semaphore, &past));
    SAY(sem_timedwait(&semaphore, &senseless));
    SAY(sem_clockwait(&semaphore, CLOCK_MONOTONIC, &past));
    SAY(sem_clockwait(&semaphore, 99, &past));
    SAY(sem_post(&semaphore));
    SAY(sem_timedwait(&semaphore, &past));
    SAY(sem_post(&semaphore));
}

static void conditions(void)
{
    pthread_cond_t other;
    SAY(pthread_cond_init(&other, NULL));
    SAY(pthread_mutex_lock(&plain));
    SAY(pthread_cond_timedwait(&condition, &plain, &past));
    SAY(pthread_cond_timedwait(&condition, &plain, &senseless));
    SAY(pthread_cond_clockwait(&condition, &plain, CLOCK_MONOTONIC, &past));
    SAY(pthread_cond_signal(&other));
    SAY(pthread_cond_broadcast(&other));
    SAY(pthread_mutex_unlock(&plain));
    SAY(pthread_cond_timedwait(&condition, &checking, &past));
    SAY(pthread_cond_destroy(&other));
    SAY(mtx_lock(&c11));
    SAY(cnd_timedwait(&c11_condition, &c11, &past));
    SAY(mtx_unlock(&c11));
}

/* ---- ends of threads ------------------------------------------------------------ */

static bool ready;

static void announce(void)
{
    pthread_mutex_lock(&plain);
    ready = true;
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&plain);
}

static void let_go(void *mutex)
{
    say("cleanup unlock", pthread_mutex_unlock(mutex));
}

static void *waits_for_condition(void *unused)
{
    static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    pthread_mutex_lock(&checking);
    pthread_cleanup_push(let_go, &checking);
    announce();
    for (;;)
        pthread_cond_wait(&never, &checking);
    pthread_cleanup_pop(0);
    return unused;
}

static void *waits_for_semaphore(void *unused)
{
    sem_t never;
    sem_init(&never, 0, 0);
    announce();
    sem_wait(&never);
    return unused;
}

/* A free semaphore is a cancellation point nonetheless. */
static void *takes_semaphore(void *unused)
{
    pthread_cancel(pthread_self());
    sem_wait(&semaphore);
    return unused;
}

static void *sleeps(void *unused)
{
    for (;;)
        pause();
    return unused;
}

static void *waits_for_thread(void *unused)
{
    pthread_t thread;
    pthread_create(&thread, NULL, sleeps, NULL);
    announce();
    pthread_join(thread, NULL);
    return unused;
}

static void cancel(const char *what, void *(*routine)(void *))
{
    pthread_t thread;
    void *value = NULL;
    ready = routine == takes_semaphore;
    pthread_create(&thread, NULL, routine, NULL);
    pthread_mutex_lock(&plain);
    while (!ready)
        pthread_cond_wait(&condition, &plain);
    pthread_mutex_unlock(&plain);
    if (routine != takes_semaphore)
        pthread_cancel(thread);
    pthread_join(thread, &value);
    say(what, value == PTHREAD_CANCELED);
}

static void destructor(void *value)
{
    say("destructor lock", pthread_mutex_lock(&plain));
    say("destructor unlock", pthread_mutex_unlock(&plain));
    if ((long)value > 1)
        pthread_setspecific(key, (void *)((long)value - 1));
}

static void *ends_by_exit(void *unused)
{
    pthread_setspecific(key, (void *)4);
    pthread_exit((void *)9);
    return unused;
}

static int c11_thread(void *argument)
{
    return *(int *)argument + 1;
}

static void ends(void)
{
    cancel("cancelled in pthread_cond_wait", waits_for_condition);
    SAY(pthread_mutex_trylock(&checking));
    SAY(pthread_mutex_unlock(&checking));
    cancel("cancelled in sem_wait", waits_for_semaphore);
    cancel("cancelled before sem_wait", takes_semaphore);
    cancel("cancelled in pthread_join", waits_for_thread);
    pthread_key_create(&key, destructor);
    say("pthread_exit", (int)(long)in_thread(ends_by_exit));

    thrd_t thread;
    int argument = 41, value = 0;
    say("thrd_create", thrd_create(&thread, c11_thread, &argument)); /* which says nothing */
    say("thrd_join", thrd_join(thread, &value));
    say("value", value);
    SAY(pthread_join(pthread_self(), NULL));
    pthread_t sleeper;
    pthread_create(&sleeper, NULL, sleeps, NULL);
    SAY(pthread_timedjoin_np(sleeper, NULL, &past));
    SAY(pthread_clockjoin_np(sleeper, NULL, CLOCK_MONOTONIC, &past));
}

/* ---- descriptors and processes -------------------------------------------------- */

static void descriptors(void)
{
    int ends[2];
    char byte = 'x';
    signal(SIGPIPE, SIG_IGN);
    SAY(pipe2(ends, O_NONBLOCK));
    SAY(read(ends[0], &byte, 1));
    SAY(write(ends[1], &byte, 1));
    SAY(read(ends[0], &byte, 0));
    SAY(read(ends[0], &byte, 1));
    close(ends[0]);
    SAY(write(ends[1], &byte, 1));
    SAY(read(-1, &byte, 1));
}

static void processes(void)
{
    fflush(stdout);
    pthread_mutex_lock(&plain);
    pid_t pid = fork();
    if (pid == 0) {
        SAY(pthread_mutex_trylock(&plain));
        SAY(pthread_mutex_unlock(&plain));
        say("value", (int)(long)in_thread(try_all));
        fflush(stdout);
        execl("/bin/echo", "echo", "in another program", (char *)NULL);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    pthread_mutex_unlock(&plain);
    say("status", status);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    pthread_spin_init(&spin, 0);
    pthread_barrier_init(&barrier, NULL, 1);
    sem_init(&semaphore, 0, 1);
    mtx_init(&c11, mtx_timed);
    cnd_init(&c11_condition);
    mutexes();
    robust_mutex();
    semaphores();
    conditions();
    SAY(pthread_barrier_wait(&barrier));
    descriptors();
    ends();
    processes();
    return 3;
}
