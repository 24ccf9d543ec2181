/* The start of everything: the real functions, the shared memory, slots, threads, fork. */
#include "watchdog/preload.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

struct hzw_real hzw_real;
_Thread_local struct hzw_self hzw_self;

/* Written once, before any slot is given out. */
static _Atomic bool resolved, started;
static struct hzw_region *_Atomic region; /* NULL: nothing is watched */
static pthread_key_t leaving;

/* ---- the real functions --------------------------------------------------------- */

#define REAL(member, name)                                                                         \
    {                                                                                              \
        offsetof(struct hzw_real, member), name, NULL                                              \
    }
#define REAL_CONDITION(member, name)                                                               \
    {                                                                                              \
        offsetof(struct hzw_real, member), name, "GLIBC_2.3.2"                                     \
    }

static const struct {
    size_t offset;
    const char *name, *version;
} functions[] = {
    REAL(mutex_lock, "pthread_mutex_lock"),
    REAL(mutex_trylock, "pthread_mutex_trylock"),
    REAL(mutex_timedlock, "pthread_mutex_timedlock"),
    REAL(mutex_clocklock, "pthread_mutex_clocklock"),
    REAL(mutex_unlock, "pthread_mutex_unlock"),
    REAL(rwlock_rdlock, "pthread_rwlock_rdlock"),
    REAL(rwlock_tryrdlock, "pthread_rwlock_tryrdlock"),
    REAL(rwlock_timedrdlock, "pthread_rwlock_timedrdlock"),
    REAL(rwlock_clockrdlock, "pthread_rwlock_clockrdlock"),
    REAL(rwlock_wrlock, "pthread_rwlock_wrlock"),
    REAL(rwlock_trywrlock, "pthread_rwlock_trywrlock"),
    REAL(rwlock_timedwrlock, "pthread_rwlock_timedwrlock"),
    REAL(rwlock_clockwrlock, "pthread_rwlock_clockwrlock"),
    REAL(rwlock_unlock, "pthread_rwlock_unlock"),
    REAL(spin_lock, "pthread_spin_lock"),
    REAL(spin_trylock, "pthread_spin_trylock"),
    REAL(spin_unlock, "pthread_spin_unlock"),
    REAL(mtx_lock, "mtx_lock"),
    REAL(mtx_trylock, "mtx_trylock"),
    REAL(mtx_timedlock, "mtx_timedlock"),
    REAL(mtx_unlock, "mtx_unlock"),
    REAL(sem_wait, "sem_wait"),
    REAL(sem_trywait, "sem_trywait"),
    REAL(sem_timedwait, "sem_timedwait"),
    REAL(sem_clockwait, "sem_clockwait"),
    REAL(sem_post, "sem_post"),
    REAL_CONDITION(cond_init, "pthread_cond_init"),
    REAL_CONDITION(cond_destroy, "pthread_cond_destroy"),
    REAL_CONDITION(cond_wait, "pthread_cond_wait"),
    REAL_CONDITION(cond_timedwait, "pthread_cond_timedwait"),
    REAL_CONDITION(cond_signal, "pthread_cond_signal"),
    REAL_CONDITION(cond_broadcast, "pthread_cond_broadcast"),
    REAL(cond_clockwait, "pthread_cond_clockwait"),
    REAL(cnd_wait, "cnd_wait"),
    REAL(cnd_timedwait, "cnd_timedwait"),
    REAL(barrier_wait, "pthread_barrier_wait"),
    REAL(create, "pthread_create"),
    REAL(join, "pthread_join"),
    REAL(tryjoin, "pthread_tryjoin_np"),
    REAL(timedjoin, "pthread_timedjoin_np"),
    REAL(clockjoin, "pthread_clockjoin_np"),
    REAL(thrd_create, "thrd_create"),
    REAL(thrd_join, "thrd_join"),
    REAL(fork, "fork"),
    REAL(read, "read"),
    REAL(write, "write"),
};

/*
 * Threads that come here at once all store the same. dlsym() allocates nothing as
 * long as it finds what it is asked for.
 */
static void resolve(void)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        const char *version = functions[i].version;
        void *function = version != NULL ? dlvsym(RTLD_NEXT, functions[i].name, version)
                                         : dlsym(RTLD_NEXT, functions[i].name);
        memcpy((char *)&hzw_real + functions[i].offset, &function, sizeof function);
    }
    atomic_store(&resolved, true);
}

/* ---- the shared memory ---------------------------------------------------------- */

static struct hzw_region *map_region(const char *path)
{
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return NULL;
    struct stat status;
    void *memory = MAP_FAILED;
    if (fstat(file, &status) == 0 && status.st_size >= (off_t)sizeof(struct hzw_region))
        memory = mmap(NULL, sizeof(struct hzw_region), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory == MAP_FAILED)
        return NULL;
    struct hzw_region *found = memory;
    if (found->magic == HZW_MAGIC && found->version == HZW_VERSION && found->slots == HZW_SLOTS)
        return found;
    munmap(memory, sizeof(struct hzw_region));
    return NULL;
}

static void leave(void *slot);
static void before_fork(void);
static void in_child(void);

static void start(void)
{
    if (!atomic_load(&resolved))
        resolve();
    if (atomic_exchange(&started, true))
        return;
    const char *path = getenv(HZW_ENV);
    if (path == NULL || pthread_key_create(&leaving, leave) != 0)
        return;
    struct hzw_region *found = map_region(path);
    if (found == NULL || pthread_atfork(before_fork, NULL, in_child) != 0)
        return;
    atomic_store(&region, found);
}

/* Usually the first thing that runs of this library; if not, hzw_adopt() does the same. */
__attribute__((constructor)) static void constructor(void)
{
    int before = errno;
    hzw_mine();
    errno = before;
}

/* ---- slots ---------------------------------------------------------------------- */

/* A slot that a thread of this process gave up, most likely still free; or none. */
#define NO_SLOT UINT32_MAX
static _Atomic uint32_t given_up = NO_SLOT;

static uint64_t owner_word(pid_t tid)
{
    return (uint64_t)(uint32_t)tid << 32 | (uint32_t)getpid();
}

static void wipe(struct hzw_slot *slot)
{
    memset((char *)slot + sizeof slot->owner, 0, sizeof *slot - sizeof slot->owner);
}

static bool claim_if(struct hzw_slot *slot, uint64_t expected, uint64_t owner)
{
    return atomic_compare_exchange_strong(&slot->owner, &expected, owner);
}

/*
 * All slots have been used once: takes a free one, or one that a process left behind
 * as it died.
 */
static struct hzw_slot *claim_used(struct hzw_region *shared, uint64_t owner)
{
    for (uint32_t i = 0; i < HZW_SLOTS; i++) {
        struct hzw_slot *slot = &shared->slot[i];
        uint64_t now = atomic_load(&slot->owner);
        bool dead = now != 0 && kill((pid_t)(uint32_t)now, 0) != 0 && errno == ESRCH;
        if ((now == 0 || dead) && claim_if(slot, now, owner)) {
            if (dead)
                wipe(slot);
            return slot;
        }
    }
    atomic_fetch_add(&shared->lost, 1);
    return NULL;
}

static struct hzw_slot *claim(struct hzw_region *shared, uint64_t owner)
{
    uint32_t index = atomic_exchange(&given_up, NO_SLOT);
    if (index != NO_SLOT && claim_if(&shared->slot[index], 0, owner))
        return &shared->slot[index];
    while (atomic_load(&shared->next_slot) < HZW_SLOTS) {
        index = atomic_fetch_add(&shared->next_slot, 1);
        if (index < HZW_SLOTS && claim_if(&shared->slot[index], 0, owner))
            return &shared->slot[index];
    }
    return claim_used(shared, owner);
}

static void give_up(struct hzw_slot *slot)
{
    wipe(slot);
    atomic_store(&slot->owner, 0);
    atomic_store(&given_up, (uint32_t)(slot - atomic_load(&region)->slot));
}

/* From now on this thread is watched. */
static void own(struct hzw_slot *slot)
{
    slot->pthread = (uint64_t)pthread_self();
    hzw_self.slot = slot;
    pthread_setspecific(leaving, slot);
}

/* The first hook that a thread calls, unless it was born with a slot: see birth(). */
struct hzw_slot *hzw_adopt(void)
{
    struct hzw_region *shared = atomic_load(&region);
    if (shared == NULL && !atomic_load(&started)) {
        start();
        shared = atomic_load(&region);
    }
    if (!atomic_load(&resolved))
        resolve();
    if (shared == NULL || hzw_self.unwatched)
        return NULL;
    int before = errno;
    struct hzw_slot *slot = claim(shared, owner_word(gettid()));
    errno = before;
    if (slot == NULL) {
        hzw_self.unwatched = true;
        return NULL;
    }
    own(slot);
    return slot;
}

/*
 * A destructor of thread-specific data, so that it runs whichever way the thread
 * ends. Others may run after it and use locks: it puts itself off to the last round.
 *
 * A thread that ends with a lock held keeps its slot: what it held, and that it is
 * gone, is what the monitor needs to know.
 */
static void leave(void *argument)
{
    struct hzw_slot *slot = argument;
    if (++hzw_self.rounds < PTHREAD_DESTRUCTOR_ITERATIONS) {
        pthread_setspecific(leaving, slot);
        return;
    }
    hzw_self.slot = NULL;
    hzw_self.unwatched = true;
    for (uint32_t i = 0; i < HZW_HELD; i++)
        if (slot->held[i].object != 0 && slot->held[i].kind != HZW_SEM)
            return;
    give_up(slot);
}

pid_t hzw_tid_of(pthread_t thread)
{
    struct hzw_region *shared = atomic_load(&region);
    uint32_t used = atomic_load(&shared->next_slot);
    for (uint32_t i = 0; i < used && i < HZW_SLOTS; i++) {
        uint64_t owner = atomic_load(&shared->slot[i].owner);
        if ((pid_t)(uint32_t)owner == getpid() && shared->slot[i].pthread == (uint64_t)thread)
            return (pid_t)(owner >> 32);
    }
    return 0;
}

/* ---- threads -------------------------------------------------------------------- */

/*
 * A new thread's slot is claimed by its creator, with thread id 0, and carries what
 * the thread shall run: so nothing needs to be allocated to hand it over. `pthread`
 * holds the argument until the thread takes its place.
 */
static struct hzw_slot *expect(void *(*routine)(void *), int (*c11)(void *), void *argument)
{
    if (hzw_mine() == NULL)
        return NULL;
    int before = errno;
    struct hzw_slot *slot = claim(atomic_load(&region), owner_word(0));
    errno = before;
    if (slot != NULL) {
        slot->start = routine != NULL ? HZW_ADDRESS(routine) : HZW_ADDRESS(c11);
        slot->pthread = HZW_ADDRESS(argument);
    }
    return slot;
}

static void *be_born(struct hzw_slot *slot)
{
    void *argument = (void *)(uintptr_t)slot->pthread;
    own(slot);
    atomic_store(&slot->owner, owner_word(gettid()));
    return argument;
}

static void *birth(void *slot)
{
    void *argument = be_born(slot);
    return ((void *(*)(void *))(uintptr_t)((struct hzw_slot *)slot)->start)(argument);
}

static int birth_c11(void *slot)
{
    void *argument = be_born(slot);
    return ((int (*)(void *))(uintptr_t)((struct hzw_slot *)slot)->start)(argument);
}

HZW_EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                              void *(*routine)(void *), void *argument)
{
    struct hzw_slot *slot = expect(routine, NULL, argument);
    if (slot == NULL)
        return hzw_real.create(thread, attributes, routine, argument);
    int failed = hzw_real.create(thread, attributes, birth, slot);
    if (failed != 0)
        give_up(slot);
    return failed;
}

HZW_EXPORT int thrd_create(thrd_t *thread, thrd_start_t routine, void *argument)
{
    struct hzw_slot *slot = expect(NULL, routine, argument);
    if (slot == NULL)
        return hzw_real.thrd_create(thread, routine, argument);
    int result = hzw_real.thrd_create(thread, birth_c11, slot);
    if (result != thrd_success)
        give_up(slot);
    return result;
}

/* ---- fork ----------------------------------------------------------------------- */

/*
 * What the thread that forks holds, as of just before: the child may not look for it
 * in its parent's slot, which the parent goes on to change.
 */
static _Thread_local struct hzw_held held_at_fork[HZW_HELD]
    __attribute__((tls_model("initial-exec")));

/* In the parent, after the program's own handlers. */
static void before_fork(void)
{
    if (hzw_self.slot != NULL)
        memcpy(held_at_fork, hzw_self.slot->held, sizeof held_at_fork);
}

/* In the child, before the program's own handlers: its one thread is another now. */
static void in_child(void)
{
    struct hzw_slot *before = hzw_self.slot;
    if (before == NULL)
        return;
    hzw_self.slot = NULL;
    hzw_self.unnamed = 0;
    struct hzw_slot *slot = hzw_adopt();
    if (slot == NULL)
        return;
    slot->start = before->start;
    memcpy(slot->held, held_at_fork, sizeof slot->held);
    while (slot->held_n < HZW_HELD && slot->held[slot->held_n].object != 0)
        slot->held_n++;
}

HZW_EXPORT pid_t fork(void)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        atomic_store_explicit(&slot->last_fork, HZW_CALLER, memory_order_relaxed);
    return hzw_real.fork();
}
