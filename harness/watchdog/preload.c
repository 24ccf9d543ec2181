/* The start of everything: the real functions, the shared memory, slots. */
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
#include <sys/resource.h>
#include <sys/stat.h>

struct hzw_real hzw_real;
_Thread_local struct hzw_self hzw_self;

/* Written once, before any slot is given out. */
static _Atomic bool resolved, started;
static struct hzw_region *_Atomic region; /* NULL: nothing is watched */
static pthread_key_t leaving;
static uint64_t image;
static bool plain_works; /* see preload_plain.h */

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
    REAL(mutex_init, "pthread_mutex_init"),
    REAL(mutex_destroy, "pthread_mutex_destroy"),
    REAL(mutex_lock, "pthread_mutex_lock"),
    REAL(mutex_trylock, "pthread_mutex_trylock"),
    REAL(mutex_timedlock, "pthread_mutex_timedlock"),
    REAL(mutex_clocklock, "pthread_mutex_clocklock"),
    REAL(mutex_unlock, "pthread_mutex_unlock"),
    REAL(rwlock_init, "pthread_rwlock_init"),
    REAL(rwlock_destroy, "pthread_rwlock_destroy"),
    REAL(rwlock_rdlock, "pthread_rwlock_rdlock"),
    REAL(rwlock_tryrdlock, "pthread_rwlock_tryrdlock"),
    REAL(rwlock_timedrdlock, "pthread_rwlock_timedrdlock"),
    REAL(rwlock_clockrdlock, "pthread_rwlock_clockrdlock"),
    REAL(rwlock_wrlock, "pthread_rwlock_wrlock"),
    REAL(rwlock_trywrlock, "pthread_rwlock_trywrlock"),
    REAL(rwlock_timedwrlock, "pthread_rwlock_timedwrlock"),
    REAL(rwlock_clockwrlock, "pthread_rwlock_clockwrlock"),
    REAL(rwlock_unlock, "pthread_rwlock_unlock"),
    REAL(spin_init, "pthread_spin_init"),
    REAL(spin_destroy, "pthread_spin_destroy"),
    REAL(spin_lock, "pthread_spin_lock"),
    REAL(spin_trylock, "pthread_spin_trylock"),
    REAL(spin_unlock, "pthread_spin_unlock"),
    REAL(mtx_init, "mtx_init"),
    REAL(mtx_destroy, "mtx_destroy"),
    REAL(mtx_lock, "mtx_lock"),
    REAL(mtx_trylock, "mtx_trylock"),
    REAL(mtx_timedlock, "mtx_timedlock"),
    REAL(mtx_unlock, "mtx_unlock"),
    REAL(sem_init, "sem_init"),
    REAL(sem_destroy, "sem_destroy"),
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
    REAL(cnd_init, "cnd_init"),
    REAL(cnd_destroy, "cnd_destroy"),
    REAL(cnd_wait, "cnd_wait"),
    REAL(cnd_timedwait, "cnd_timedwait"),
    REAL(cnd_signal, "cnd_signal"),
    REAL(cnd_broadcast, "cnd_broadcast"),
    REAL(barrier_init, "pthread_barrier_init"),
    REAL(barrier_destroy, "pthread_barrier_destroy"),
    REAL(barrier_wait, "pthread_barrier_wait"),
    REAL(create, "pthread_create"),
    REAL(join, "pthread_join"),
    REAL(tryjoin, "pthread_tryjoin_np"),
    REAL(timedjoin, "pthread_timedjoin_np"),
    REAL(clockjoin, "pthread_clockjoin_np"),
    REAL(thrd_create, "thrd_create"),
    REAL(thrd_join, "thrd_join"),
    REAL(fork, "fork"),
    REAL(fork_alone, "_Fork"),
    REAL(read, "read"),
    REAL(write, "write"),
};

/*
 * Threads that come here at once all store the same. dlsym() allocates nothing as
 * long as it finds what it is asked for.
 */
void hzw_resolve(void)
{
    if (atomic_load(&resolved))
        return;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        const char *version = functions[i].version;
        void *function = version != NULL ? dlvsym(RTLD_NEXT, functions[i].name, version)
                                         : dlsym(RTLD_NEXT, functions[i].name);
        memcpy((char *)&hzw_real + functions[i].offset, &function, sizeof function);
    }
    atomic_store(&resolved, true);
}

static void find_interceptors(void)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        hzw_find_interceptor(functions[i].name);
    hzw_found_interceptors();
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

uint64_t hzw_stack_size;

static void measure_stack(void)
{
    struct rlimit limit;
    enum { USUAL = 8 << 20 };
    bool known = getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < USUAL;
    hzw_stack_size = known ? (uint64_t)limit.rlim_cur : USUAL;
}

static void leave(void *slot);
static void wipe(struct hzw_slot *slot);

/* Of the image that this one replaced by exec: its threads are no more, and one has our id. */
static void give_up_all(struct hzw_region *shared)
{
    uint32_t used = atomic_load(&shared->next_slot);
    for (uint32_t i = 0; i < used && i < HZW_SLOTS; i++) {
        struct hzw_slot *slot = &shared->slot[i];
        if ((pid_t)(uint32_t)atomic_load(&slot->owner) != getpid())
            continue;
        hzw_stat_end(slot);
        wipe(slot);
        atomic_store(&slot->owner, 0);
    }
}

static void start(void)
{
    hzw_resolve();
    if (atomic_exchange(&started, true))
        return;
    const char *path = getenv(HZW_ENV);
    if (path == NULL || pthread_key_create(&leaving, leave) != 0)
        return;
    struct hzw_region *found = map_region(path);
    if (found == NULL || pthread_atfork(hzw_before_fork, NULL, hzw_in_child) != 0)
        return;
    hzw_stat_start(found);
    give_up_all(found);
    measure_stack();
    image = atomic_fetch_add(&found->next_image, 1) + 1;
    plain_works = hzw_test_words();
    find_interceptors();
    atomic_store(&region, found);
}

struct hzw_region *hzw_shared(void)
{
    return atomic_load_explicit(&region, memory_order_acquire);
}

uint64_t hzw_image(void)
{
    return image;
}

void hzw_new_image(void)
{
    if (hzw_shared() != NULL)
        image = atomic_fetch_add(&hzw_shared()->next_image, 1) + 1;
    hzw_self.slot = NULL;
    hzw_self.plain = NULL;
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

uint64_t hzw_owner_word(pid_t tid)
{
    return (uint64_t)(uint32_t)tid << 32 | (uint32_t)getpid();
}

static void wipe(struct hzw_slot *slot)
{
    uint32_t far = atomic_load_explicit(&slot->far, memory_order_relaxed);
    memset((char *)slot + sizeof slot->owner, 0, sizeof *slot - sizeof slot->owner);
    for (uint32_t lane = 0; far != 0 && lane < HZW_LANES; lane++)
        memset((struct hzw_far *)hzw_far_of(slot, lane), 0, sizeof(struct hzw_far));
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
            if (dead) {
                hzw_stat_end(slot);
                wipe(slot);
            }
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

struct hzw_slot *hzw_claim(uint64_t owner)
{
    int before = errno;
    struct hzw_slot *slot = claim(hzw_shared(), owner);
    errno = before;
    return slot;
}

void hzw_give_up(struct hzw_slot *slot)
{
    wipe(slot);
    atomic_store(&slot->owner, 0);
    atomic_store(&given_up, (uint32_t)(slot - hzw_shared()->slot));
}

void hzw_own(struct hzw_slot *slot, pid_t tid)
{
    slot->pthread = (uint64_t)pthread_self();
    if (slot->born == 0) /* nobody who made it has said so */
        slot->born = hzw_now();
    slot->image = hzw_image();
    hzw_number(pthread_self(), slot->thread);
    hzw_self.tid = tid;
    for (uint32_t i = 0; i < HZW_LEVELS; i++)
        hzw_self.tally[i] = slot->tally;
    hzw_self.signalled = 0;
    hzw_self.episode_with = 0;
    hzw_self.slot = slot;
    hzw_self.plain = plain_works && hzw_stats == NULL && !hzw_intercepted ? slot : NULL;
    pthread_setspecific(leaving, slot);
}

extern void *__libc_stack_end; /* the dynamic linker's: of the main thread */

struct hzw_slot *hzw_come_from(uint64_t other, uint32_t segment)
{
    struct hzw_region *shared = hzw_shared();
    if (shared == NULL || hzw_self.unwatched)
        return NULL;
    pid_t tid = gettid();
    struct hzw_slot *slot = hzw_claim(hzw_owner_word(tid));
    if (slot == NULL) {
        hzw_self.unwatched = true;
        return NULL;
    }
    slot->thread = atomic_fetch_add(&shared->next_thread, 1) + 1;
    if (tid == getpid() && hzw_self.top == 0) {
        hzw_self.top = HZW_ADDRESS(__libc_stack_end);
        hzw_self.stack = hzw_self.top - hzw_stack_size;
    }
    hzw_log_born(slot, slot->thread, other, segment);
    hzw_own(slot, tid);
    return slot;
}

/* The first hook that a thread calls, unless it was born with a slot. */
struct hzw_slot *hzw_adopt(void)
{
    if (!atomic_load(&started)) {
        int before = errno;
        start();
        errno = before;
    }
    hzw_resolve();
    return hzw_come_from(0, 0);
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
    int before = errno;
    bool holds = hzw_leaving(slot);
    hzw_log_gone(slot, slot->thread);
    hzw_number_ended(pthread_self(), slot->thread);
    hzw_self.slot = NULL;
    hzw_self.plain = NULL;
    hzw_self.unwatched = true;
    hzw_end_held();
    hzw_stat_end(slot);
    if (!holds)
        hzw_give_up(slot);
    errno = before;
}
