/* Uses locks rightly, in ways that look wrong, as its argument names. */
#include "pre-locks.h"

#include <sys/mman.h>

static pthread_mutex_t checking = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

/* clang-format off */
CALLER(unlocks_checking, pthread_mutex_unlock(&checking))
CALLER(keeps_robust, pthread_mutex_lock(&robust))
/* clang-format on */

static void robust_recovery(void)
{
    in_thread(keeps_robust);
    if (pthread_mutex_lock(&robust) != EOWNERDEAD || pthread_mutex_consistent(&robust) != 0)
        abort();
    pthread_mutex_unlock(&robust);
    in_thread(keeps_robust);
    if (pthread_mutex_lock(&robust) != EOWNERDEAD)
        abort();
    pthread_mutex_unlock(&robust); /* given up for good */
    pthread_mutex_destroy(&robust);
}

static void unlock_all(void)
{
    pthread_mutex_unlock(&mutex);
    pthread_mutex_unlock(&second);
}

static void lock_all(void)
{
    pthread_mutex_lock(&mutex);
    pthread_mutex_lock(&second);
}

static void nothing(void)
{
}

static void *forks(void *unused)
{
    in_child(nothing);
    return unused;
}

static void fork_handlers(void)
{
    pthread_atfork(lock_all, unlock_all, unlock_all);
    in_child(lock_all);
    in_thread(forks);
}

static void reinitialise(void)
{
    pthread_mutex_init(&mutex, NULL);
    pthread_mutex_init(&second, NULL);
}

static void fork_reinitialise(void)
{
    pthread_atfork(lock_all, unlock_all, reinitialise);
    in_child(lock_all);
    in_thread(forks);
}

/* The child has a lock that another thread of its parent held. */
static void fork_others_lock(void)
{
    pthread_atfork(NULL, NULL, reinitialise);
    pthread_mutex_lock(&mutex);
    in_thread(forks);
    pthread_mutex_unlock(&mutex);
}

static void unlock_one(void)
{
    pthread_mutex_unlock(&mutex);
}

static void *forks_and_unlocks(void *unused)
{
    in_child(unlock_one);
    return unused;
}

/* The child gives it back in the name of a thread that it does not have. */
static void fork_others_unlock(void)
{
    pthread_mutex_lock(&mutex);
    in_thread(forks_and_unlocks);
    pthread_mutex_unlock(&mutex);
}

/* Neither has an owner: another thread may give it back, and take it anew. */
static void *takes_over(void *unused)
{
    pthread_spin_unlock(&spin);
    pthread_rwlock_unlock(&rwlock);
    pthread_spin_lock(&spin);
    pthread_rwlock_rdlock(&rwlock);
    sem_post(&semaphore);
    pause();
    return unused;
}

/* It ends with a list that says that it holds both. */
static void *hands_over(void *unused)
{
    pthread_t thread;
    pthread_spin_lock(&spin);
    pthread_rwlock_rdlock(&rwlock);
    sem_wait(&semaphore);
    pthread_create(&thread, NULL, takes_over, NULL);
    sem_wait(&semaphore);
    return unused;
}

static void handed_over(void)
{
    in_thread(hands_over);
}

static void asked(void)
{
    pthread_mutex_lock(&checking);
    in_thread(unlocks_checking);
    pthread_mutex_unlock(&checking);
    pthread_mutex_unlock(&checking);
}

static void recursion(void)
{
    for (int i = 0; i < 3; i++)
        pthread_mutex_lock(&recursive);
    pthread_cond_timedwait(&condition, &recursive, &past);
    for (int i = 0; i < 3; i++)
        pthread_mutex_unlock(&recursive);
    pthread_mutex_destroy(&recursive);
}

static void *posts(void *unused)
{
    sem_post(&semaphore);
    sem_post(&semaphore);
    pthread_cond_signal(&condition);
    pthread_cond_broadcast(&condition);
    return unused;
}

static void *takes_semaphore(void *unused)
{
    sem_wait(&semaphore);
    return unused;
}

static void semaphores(void)
{
    in_thread(takes_semaphore);
    in_thread(posts);
}

/* Memory that looks like a lock that is held, but is none yet. */
static void copied(void)
{
    static pthread_mutex_t copy;
    static pthread_rwlock_t copied_rwlock;
    static pthread_spinlock_t zero;
    pthread_mutex_lock(&mutex);
    memcpy(&copy, &mutex, sizeof copy);
    pthread_mutex_init(&copy, NULL);
    pthread_rwlock_wrlock(&rwlock);
    memcpy(&copied_rwlock, &rwlock, sizeof rwlock);
    pthread_rwlock_init(&copied_rwlock, NULL);
    pthread_spin_init(&zero, 0);
    pthread_mutex_lock(&copy);
    pthread_mutex_unlock(&copy);
    pthread_mutex_destroy(&copy);
    pthread_rwlock_unlock(&rwlock);
    pthread_mutex_unlock(&mutex);
}

/* A lock that was held when its memory was unmapped, or became another lock. */
static void *unmaps(void *unused)
{
    pthread_mutex_t *map =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_mutex_lock(map);
    munmap(map, 4096);
    return unused;
}

static void unmapped(void)
{
    in_thread(unmaps);
}

static void one_after_the_other(void)
{
    pthread_mutex_lock(&mutex);
    pthread_cond_timedwait(&condition, &mutex, &past);
    pthread_mutex_unlock(&mutex);
    pthread_mutex_lock(&second);
    pthread_cond_timedwait(&condition, &second, &past);
    pthread_mutex_unlock(&second);
}

/* The first waiter was woken, and only has to get its mutex: another one is legal now. */
static void woken(void)
{
    pthread_t thread;
    sem_wait(&semaphore);
    pthread_create(&thread, NULL, waits_with_first, NULL);
    sem_wait(&semaphore);
    pthread_mutex_lock(&mutex);
    done = true;
    pthread_cond_broadcast(&condition);
    pthread_mutex_lock(&second);
    pthread_cond_timedwait(&condition, &second, &past);
    pthread_mutex_unlock(&second);
    pthread_mutex_unlock(&mutex);
    pthread_join(thread, NULL);
}

static int waits_c11(void *unused)
{
    mtx_lock(&c11);
    sem_post(&semaphore);
    while (!done)
        cnd_wait(&c11_condition, &c11);
    mtx_unlock(&c11);
    return unused != NULL;
}

static void woken_c11(void)
{
    static mtx_t other;
    thrd_t thread;
    mtx_init(&other, mtx_timed);
    sem_wait(&semaphore);
    thrd_create(&thread, waits_c11, NULL);
    sem_wait(&semaphore);
    mtx_lock(&c11);
    done = true;
    cnd_signal(&c11_condition);
    mtx_lock(&other);
    cnd_timedwait(&c11_condition, &other, &past);
    mtx_unlock(&other);
    mtx_unlock(&c11);
    thrd_join(thread, NULL);
}

static void *leaves_clean(void *unused)
{
    lock_all();
    pthread_rwlock_rdlock(&rwlock);
    pthread_rwlock_rdlock(&rwlock);
    unlock_all();
    pthread_rwlock_unlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
    return unused;
}

static void clean(void)
{
    pthread_mutex_t *heap = calloc(1, sizeof *heap);
    pthread_mutex_lock(heap);
    free(calloc(1, sizeof *heap));
    pthread_mutex_unlock(heap);
    pthread_mutex_destroy(heap);
    free(heap);
    in_thread(leaves_clean);
}

/* Parent and child share the mutex; each gives back what it took. */
static void use_shared(void)
{
    pthread_mutex_lock(&shared);
    pthread_mutex_unlock(&shared);
}

static void share(void)
{
    in_child(use_shared);
    use_shared();
}

static const struct state states[] = {
    {"robust-recovery", robust_recovery},
    {"fork-handlers", fork_handlers},
    {"fork-reinitialise", fork_reinitialise},
    {"fork-others-lock", fork_others_lock},
    {"fork-others-unlock", fork_others_unlock},
    {"handed-over", handed_over},
    {"asked", asked},
    {"recursion", recursion},
    {"semaphores", semaphores},
    {"copied", copied},
    {"unmapped", unmapped},
    {"one-after-the-other", one_after_the_other},
    {"woken", woken},
    {"woken-c11", woken_c11},
    {"clean", clean},
    {"share", share},
};

int main(int argc, char **argv)
{
    return run(states, sizeof states / sizeof *states, argc > 1 ? argv[1] : "");
}
