/* Where a lock begins and ends: initialised, destroyed, its memory given back. */
#include "watchdog/preload.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

/* ---- a table that only grows ---------------------------------------------------- */

#define FARTHEST 256

_Atomic uint64_t *hzw_table(struct hzw_place *table, uint64_t size, uint64_t from, uint64_t key,
                            bool add)
{
    bool added;
    const struct hzw_keys keys = {&table->key, sizeof *table, size, FARTHEST};
    uint64_t place = hzw_find_key(keys, from, key, add ? &added : NULL);
    return place != HZW_NOWHERE ? &table[place].value : NULL;
}

/* ---- births --------------------------------------------------------------------- */

/*
 * The births of all locks that ever were in the log. Locks that are neighbours have
 * places near each other, so that few pages are touched.
 */
#define BIRTHS (1 << 19)
static struct hzw_place births[BIRTHS];

static _Atomic uint64_t *birth_of(uint64_t lock, bool add)
{
    return hzw_table(births, BIRTHS, hzw_mix(lock >> 9) << 4 | (lock >> 5 & 15), lock, add);
}

/* Which cache lines of a page hold a lock that is in there; pages may share a word. */
#define PAGE 4096
#define LINE 64
#define PAGES (1 << 14)
static _Atomic uint64_t lines[PAGES];
static _Atomic bool any; /* of them is not 0 */

static _Atomic uint64_t *lines_of(uint64_t address)
{
    return &lines[hzw_mix(address / PAGE) >> 40 & (PAGES - 1)];
}

static uint64_t line_bit(uint64_t address)
{
    return (uint64_t)1 << (address / LINE % (PAGE / LINE));
}

uint32_t hzw_birth(uint64_t lock)
{
    _Atomic uint64_t *birth = birth_of(lock, false);
    return birth != NULL ? (uint32_t)atomic_load_explicit(birth, memory_order_relaxed) : 0;
}

bool hzw_name(uint64_t lock)
{
    if (birth_of(lock, true) == NULL)
        return false;
    if ((atomic_load_explicit(lines_of(lock), memory_order_relaxed) & line_bit(lock)) == 0) {
        atomic_fetch_or(lines_of(lock), line_bit(lock));
        atomic_store(&any, true);
    }
    return true;
}

_Atomic uint32_t hzw_ends;

static void reborn(uint64_t lock)
{
    if ((atomic_load_explicit(lines_of(lock), memory_order_relaxed) & line_bit(lock)) == 0)
        return;
    _Atomic uint64_t *birth = birth_of(lock, false);
    if (birth == NULL)
        return;
    atomic_fetch_add(birth, 1);
    atomic_fetch_add(&hzw_ends, 1);
}

static void end_line(uint64_t from, uint64_t to)
{
    for (uint64_t lock = (from + 3) & ~(uint64_t)3; lock < to; lock += 4)
        reborn(lock);
}

/* All locks of a block that is given back have ended. */
static void end_block(uint64_t from, uint64_t to)
{
    for (uint64_t page = from & ~(uint64_t)(PAGE - 1); page < to; page += PAGE) {
        uint64_t used = atomic_load_explicit(lines_of(page), memory_order_relaxed);
        while (used != 0) {
            uint64_t line = page + (uint64_t)__builtin_ctzll(used) * LINE;
            used &= used - 1;
            if (line < to && line + LINE > from)
                end_line(line > from ? line : from, line + LINE < to ? line + LINE : to);
        }
    }
}

/* ---- free() --------------------------------------------------------------------- */

/*
 * C++ locks are neither initialised nor destroyed by a call: their memory is freed, and
 * that is all. free() may be called before anything of this library has run, and within
 * dlsym(), where nothing is known yet: then the block is lost, a few bytes.
 */
static __typeof__(free) *_Atomic real_free;
static __typeof__(malloc_usable_size) *_Atomic real_size; /* NULL: nobody knows */

static bool same_library(const void *one, const void *two)
{
    Dl_info of_one, of_two;
    return dladdr(one, &of_one) != 0 && dladdr(two, &of_two) != 0 &&
           of_one.dli_fbase == of_two.dli_fbase;
}

static __typeof__(free) *find_free(void)
{
    static _Thread_local bool within __attribute__((tls_model("initial-exec")));
    if (within)
        return NULL;
    within = true;
    void *found = dlsym(RTLD_NEXT, "free"), *size = dlsym(RTLD_NEXT, "malloc_usable_size");
    /* An allocator that does not bring its own must not be asked through another's. */
    if (found != NULL && size != NULL && same_library(found, size))
        atomic_store(&real_size, (__typeof__(malloc_usable_size) *)(uintptr_t)size);
    atomic_store(&real_free, (__typeof__(free) *)(uintptr_t)found);
    within = false;
    return (__typeof__(free) *)(uintptr_t)found;
}

/* It may hold a lock in there; false only if it does not. */
static bool may_hold_in(const struct hzw_slot *slot, uint64_t from, uint64_t bytes)
{
    if (slot == NULL || slot->held_n > HZW_HELD)
        return slot != NULL;
    for (uint32_t i = 0; i < slot->held_n; i++)
        if (hzw_held_at(slot, i)->object - from < bytes)
            return true;
    return false;
}

static __attribute__((noinline)) void end_of(void *block, uint64_t caller)
{
    __typeof__(malloc_usable_size) *size = atomic_load_explicit(&real_size, memory_order_relaxed);
    if (size == NULL)
        return;
    uint64_t from = HZW_ADDRESS(block), bytes = size(block);
    if (may_hold_in(hzw_self.slot, from, bytes))
        hzw_freeing(hzw_self.slot, from, bytes, caller);
    if (atomic_load_explicit(&any, memory_order_relaxed))
        end_block(from, from + bytes);
}

HZW_EXPORT void free(void *block)
{
    __typeof__(free) *function = atomic_load_explicit(&real_free, memory_order_relaxed);
    if (__builtin_expect(function == NULL, 0) && (function = find_free()) == NULL)
        return;
    struct hzw_slot *slot = hzw_self.slot;
    if (block != NULL &&
        (atomic_load_explicit(&any, memory_order_relaxed) || (slot != NULL && slot->held_n != 0)))
        end_of(block, HZW_CALLER);
    function(block);
}

/* ---- locks that are made and destroyed by a call -------------------------------- */

/* What is there is another lock from now on, or none. */
static int another(struct hzw_slot *slot, const volatile void *lock, int result)
{
    if (result != 0)
        return result;
    reborn(HZW_ADDRESS(lock));
    if (slot != NULL && slot->held_n != 0)
        hzw_forget(slot, HZW_ADDRESS(lock));
    return result;
}

HZW_EXPORT int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        hzw_remaking_mutex(slot, HZW_INIT_HELD, mutex, HZW_CALLER);
    return another(slot, mutex, hzw_real.mutex_init(mutex, attributes));
}

HZW_EXPORT int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        hzw_remaking_mutex(slot, HZW_DESTROY_HELD, mutex, HZW_CALLER);
    return another(slot, mutex, hzw_real.mutex_destroy(mutex));
}

HZW_EXPORT int pthread_rwlock_init(pthread_rwlock_t *restrict lock,
                                   const pthread_rwlockattr_t *restrict attributes)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        hzw_remaking_rwlock(slot, HZW_INIT_HELD, lock, HZW_CALLER);
    return another(slot, lock, hzw_real.rwlock_init(lock, attributes));
}

HZW_EXPORT int pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        hzw_remaking_rwlock(slot, HZW_DESTROY_HELD, lock, HZW_CALLER);
    return another(slot, lock, hzw_real.rwlock_destroy(lock));
}

HZW_EXPORT int pthread_spin_init(pthread_spinlock_t *lock, int shared)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        hzw_remaking_spin(slot, HZW_INIT_HELD, lock, HZW_CALLER);
    return another(slot, lock, hzw_real.spin_init(lock, shared));
}

HZW_EXPORT int pthread_spin_destroy(pthread_spinlock_t *lock)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        hzw_remaking_spin(slot, HZW_DESTROY_HELD, lock, HZW_CALLER);
    return another(slot, lock, hzw_real.spin_destroy(lock));
}

/* A C11 mutex is a pthread mutex in glibc, in all but its functions. */
HZW_EXPORT int mtx_init(mtx_t *mutex, int type)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        hzw_remaking_mutex(slot, HZW_INIT_HELD, (pthread_mutex_t *)mutex, HZW_CALLER);
    int result = hzw_real.mtx_init(mutex, type);
    another(slot, mutex, result == thrd_success ? 0 : EINVAL);
    return result;
}

HZW_EXPORT void mtx_destroy(mtx_t *mutex)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        hzw_remaking_mutex(slot, HZW_DESTROY_HELD, (pthread_mutex_t *)mutex, HZW_CALLER);
    hzw_real.mtx_destroy(mutex);
    another(slot, mutex, 0);
}
