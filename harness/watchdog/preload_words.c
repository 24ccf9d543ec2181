/* Who holds a lock, by glibc's own fields; and the test that these are what we think. */
#include "watchdog/preload.h"
#include "watchdog/preload_plain.h"

#include <dlfcn.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <string.h>

static bool known; /* the self-test found all fields as described below */

/* ---- mutex ---------------------------------------------------------------------- */

/* Bits of __kind (nptl/pthreadP.h), and of the lock word. */
#define TYPE 0x7f
#define ROBUST 0x10
#define INHERIT 0x20
#define PROTECT 0x40
#define ELIDED 0x100
#define CEILING_SHIFT 19

static int read_word(const void *word)
{
    return __atomic_load_n((const int *)word, __ATOMIC_RELAXED);
}

static struct hzw_holder holder(pid_t tid)
{
    if (tid == 0)
        return (struct hzw_holder){HZW_UNKNOWN, 0};
    return (struct hzw_holder){tid == hzw_self.tid ? HZW_ME : HZW_OTHER, tid};
}

/*
 * Robust and inheriting mutexes have the owner in the lock word, where the kernel looks;
 * __owner is something else there after the death of an owner. The others set __owner a
 * moment after they took the lock, and clear it a moment before they let go.
 */
struct hzw_holder hzw_mutex_holder(const pthread_mutex_t *mutex)
{
    const struct __pthread_mutex_s *words = &mutex->__data;
    int kind = read_word(&words->__kind), lock = read_word(&words->__lock);
    if (!known || (kind & ELIDED) != 0)
        return (struct hzw_holder){HZW_UNKNOWN, 0};
    if ((kind & (ROBUST | INHERIT)) != 0)
        lock &= FUTEX_TID_MASK;
    else if ((kind & PROTECT) != 0)
        lock &= (1 << CEILING_SHIFT) - 1;
    if (lock == 0)
        return (struct hzw_holder){HZW_NOBODY, 0};
    return holder((kind & (ROBUST | INHERIT)) != 0 ? lock : read_word(&words->__owner));
}

/* ---- read-write lock ------------------------------------------------------------ */

/* Bits of __readers (nptl/pthread_rwlock_common.c). */
#define WRITE_LOCKED 2
#define READERS_SHIFT 3

static unsigned readers(const pthread_rwlock_t *lock)
{
    return (unsigned)read_word(&lock->__data.__readers) >> READERS_SHIFT;
}

struct hzw_holder hzw_rwlock_holder(const pthread_rwlock_t *lock)
{
    if (!known || readers(lock) != 0)
        return (struct hzw_holder){HZW_UNKNOWN, 0};
    if ((read_word(&lock->__data.__readers) & WRITE_LOCKED) == 0)
        return (struct hzw_holder){HZW_NOBODY, 0};
    return holder(read_word(&lock->__data.__cur_writer));
}

/* ---- an entry of the list ------------------------------------------------------- */

bool hzw_still_held(const struct hzw_held *held)
{
    const void *lock = (const void *)(uintptr_t)held->object;
    switch (held->kind) {
    case HZW_MUTEX:
        return hzw_mutex_holder(lock).who == HZW_ME;
    case HZW_RWLOCK_WRITE:
        return hzw_rwlock_holder(lock).who == HZW_ME;
    case HZW_RWLOCK_READ:
        return known && readers(lock) != 0 && !hzw_handed_over(held->object);
    case HZW_SPIN:
        return known && read_word(lock) <= 0 && !hzw_handed_over(held->object);
    default:
        return false;
    }
}

/* futex() reads the word for us, and says EFAULT where we would die. */
static bool is_mapped(uint64_t address)
{
    struct timespec never = {0};
    return syscall(SYS_futex, address & ~(uint64_t)3, FUTEX_WAIT_PRIVATE, -1, &never, NULL, 0) ==
               0 ||
           errno != EFAULT;
}

bool hzw_is_there(uint64_t object)
{
    int before = errno;
    bool there = is_mapped(object) && is_mapped(object + sizeof(pthread_rwlock_t) - 1);
    errno = before;
    return there;
}

/* ---- the self-test -------------------------------------------------------------- */

static bool is_mutex(const pthread_mutex_t *mutex, int kind, int lock, unsigned users)
{
    const struct __pthread_mutex_s *words = &mutex->__data;
    return (words->__kind & (TYPE | ELIDED)) == kind && words->__lock == lock &&
           words->__nusers == users && words->__owner == (users != 0 ? gettid() : 0);
}

static bool make(pthread_mutex_t *mutex, int type, int robust, int protocol)
{
    pthread_mutexattr_t attributes;
    return pthread_mutexattr_init(&attributes) == 0 &&
           pthread_mutexattr_settype(&attributes, type) == 0 &&
           pthread_mutexattr_setrobust(&attributes, robust) == 0 &&
           pthread_mutexattr_setprotocol(&attributes, protocol) == 0 &&
           hzw_real.mutex_init(mutex, &attributes) == 0;
}

/* Taken and let go by glibc: `kind` and the lock word of a taken one are as expected. */
static bool is_as_known(int type, int robust, int protocol, int kind, int lock)
{
    pthread_mutex_t mutex;
    if (!make(&mutex, type, robust, protocol))
        return false;
    bool known_words = is_mutex(&mutex, kind, 0, 0) && hzw_real.mutex_lock(&mutex) == 0 &&
                       is_mutex(&mutex, kind, lock, 1) && hzw_mutex_holder(&mutex).who == HZW_ME;
    known_words = hzw_real.mutex_unlock(&mutex) == 0 && known_words;
    known_words =
        known_words && is_mutex(&mutex, kind, 0, 0) && hzw_mutex_holder(&mutex).who == HZW_NOBODY;
    return hzw_real.mutex_destroy(&mutex) == 0 && known_words;
}

static bool rwlock_is_as_known(void)
{
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    bool known_words = hzw_rwlock_holder(&lock).who == HZW_NOBODY &&
                       hzw_real.rwlock_wrlock(&lock) == 0 && hzw_rwlock_holder(&lock).who == HZW_ME;
    known_words = hzw_real.rwlock_unlock(&lock) == 0 && known_words;
    known_words = known_words && hzw_real.rwlock_rdlock(&lock) == 0 && readers(&lock) == 1;
    known_words = hzw_real.rwlock_unlock(&lock) == 0 && known_words;
    return hzw_rwlock_holder(&lock).who == HZW_NOBODY && known_words;
}

static bool spin_is_as_known(void)
{
    pthread_spinlock_t lock;
    bool known_words = hzw_real.spin_init(&lock, 0) == 0 && read_word((const void *)&lock) > 0 &&
                       hzw_real.spin_lock(&lock) == 0 && read_word((const void *)&lock) <= 0;
    return hzw_real.spin_unlock(&lock) == 0 && known_words && read_word((const void *)&lock) > 0;
}

/* Each of glibc's functions undoes what the other's did. */
static bool plain_is_as_real(void)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pid_t tid = gettid();
    return hzw_plain_lock(&mutex, tid) && is_mutex(&mutex, 0, 1, 1) &&
           hzw_real.mutex_trylock(&mutex) == EBUSY && hzw_real.mutex_unlock(&mutex) == 0 &&
           hzw_real.mutex_lock(&mutex) == 0 && hzw_plain_mine(&mutex, tid) &&
           !hzw_plain_lock(&mutex, tid) && hzw_plain_unlock(&mutex) == 0 &&
           is_mutex(&mutex, 0, 0, 0) && hzw_real.mutex_trylock(&mutex) == 0 &&
           hzw_real.mutex_unlock(&mutex) == 0;
}

static bool recursive_is_as_real(void)
{
    pthread_mutex_t mutex;
    pid_t tid = gettid();
    return make(&mutex, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE) &&
           hzw_recursive_lock(&mutex, tid) == 1 && is_mutex(&mutex, 1, 1, 1) &&
           hzw_real.mutex_lock(&mutex) == 0 && hzw_recursive_lock(&mutex, tid) == 3 &&
           is_mutex(&mutex, 1, 1, 1) && hzw_real.mutex_unlock(&mutex) == 0 &&
           hzw_recursive_mine(&mutex, tid) && hzw_recursive_unlock(&mutex) == 0 &&
           is_mutex(&mutex, 1, 1, 1) && hzw_real.mutex_unlock(&mutex) == 0 &&
           is_mutex(&mutex, 1, 0, 0) && hzw_real.mutex_lock(&mutex) == 0 &&
           hzw_recursive_unlock(&mutex) == 0 && is_mutex(&mutex, 1, 0, 0) &&
           hzw_real.mutex_destroy(&mutex) == 0;
}

static bool spin_is_as_real(void)
{
    pthread_spinlock_t lock;
    return hzw_real.spin_init(&lock, 0) == 0 && hzw_plain_spin_lock(&lock) &&
           hzw_real.spin_trylock(&lock) == EBUSY && hzw_real.spin_unlock(&lock) == 0 &&
           hzw_real.spin_lock(&lock) == 0 && !hzw_plain_spin_lock(&lock) &&
           hzw_plain_spin_unlock(&lock) == 0 && hzw_real.spin_trylock(&lock) == 0 &&
           hzw_real.spin_unlock(&lock) == 0;
}

/* 1 to 0, to 1, to 2, by turns; and where it must not be touched. */
static bool semaphore_is_as_real(void)
{
    sem_t semaphore, full;
    return hzw_real.sem_init(&semaphore, 0, 1) == 0 && *hzw_sem_word(&semaphore) == 1 &&
           hzw_plain_sem_wait(&semaphore) && *hzw_sem_word(&semaphore) == 0 &&
           !hzw_plain_sem_wait(&semaphore) && hzw_real.sem_post(&semaphore) == 0 &&
           *hzw_sem_word(&semaphore) == 1 && hzw_plain_sem_post(&semaphore) &&
           hzw_real.sem_trywait(&semaphore) == 0 && hzw_real.sem_trywait(&semaphore) == 0 &&
           *hzw_sem_word(&semaphore) == 0 && hzw_real.sem_init(&full, 0, SEM_VALUE_MAX) == 0 &&
           *hzw_sem_word(&full) == SEM_VALUE_MAX && !hzw_plain_sem_post(&full);
}

/* Valgrind's tools see only the calls that go into glibc. */
static bool under_valgrind(void)
{
#ifdef __x86_64__
    volatile uint64_t request[6] = {0x1001}; /* VG_USERREQ__RUNNING_ON_VALGRIND */
    uint64_t result = 0;
    __asm__ volatile("rolq $3, %%rdi; rolq $13, %%rdi; rolq $61, %%rdi; rolq $51, %%rdi;"
                     "xchgq %%rbx, %%rbx"
                     : "+d"(result)
                     : "a"(request)
                     : "cc", "memory");
    return result != 0;
#else
    return true;
#endif
}

/* Nobody else has taken over these functions behind this library. */
static bool glibc_is_next(void)
{
    const void *functions[] = {(const void *)(uintptr_t)hzw_real.mutex_lock,
                               (const void *)(uintptr_t)hzw_real.mutex_trylock,
                               (const void *)(uintptr_t)hzw_real.mutex_unlock,
                               (const void *)(uintptr_t)hzw_real.spin_lock,
                               (const void *)(uintptr_t)hzw_real.spin_unlock,
                               (const void *)(uintptr_t)hzw_real.sem_wait,
                               (const void *)(uintptr_t)hzw_real.sem_trywait,
                               (const void *)(uintptr_t)hzw_real.sem_post};
    Dl_info libc, other;
    if (dladdr((const void *)(uintptr_t)gnu_get_libc_version, &libc) == 0)
        return false;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (dladdr(functions[i], &other) == 0 || other.dli_fbase != libc.dli_fbase)
            return false;
    return true;
}

bool hzw_test_words(void)
{
    if (under_valgrind() || !glibc_is_next())
        return false;
    const int stalled = PTHREAD_MUTEX_STALLED, robust = PTHREAD_MUTEX_ROBUST;
    const int none = PTHREAD_PRIO_NONE, inherit = PTHREAD_PRIO_INHERIT;
    pid_t tid = gettid();
    hzw_self.tid = tid;
    known = true; /* so that the functions tested here answer */
    known = is_as_known(PTHREAD_MUTEX_DEFAULT, stalled, none, 0, 1) &&
            is_as_known(PTHREAD_MUTEX_RECURSIVE, stalled, none, 1, 1) &&
            is_as_known(PTHREAD_MUTEX_ERRORCHECK, stalled, none, 2, 1) &&
            is_as_known(PTHREAD_MUTEX_ADAPTIVE_NP, stalled, none, 3, 1) &&
            is_as_known(PTHREAD_MUTEX_DEFAULT, robust, none, ROBUST, tid) &&
            is_as_known(PTHREAD_MUTEX_DEFAULT, stalled, inherit, INHERIT, tid) &&
            rwlock_is_as_known() && spin_is_as_known();
    return known && plain_is_as_real() && recursive_is_as_real() && spin_is_as_real() &&
           semaphore_is_as_real();
}

int hzw_plain_wake(int *word)
{
    int before = errno;
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    errno = before;
    return 0;
}
