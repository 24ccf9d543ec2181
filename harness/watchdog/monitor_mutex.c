#include "watchdog/monitor_parts.h"

#include <linux/futex.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

/* The beginning of glibc's pthread_mutex_t, on machines of 64 bits. */
struct mutex {
    uint32_t lock;
    uint32_t count;
    int32_t owner;
    uint32_t users;
    int32_t kind;
};
/* As it was when all were read; `address` 0: it could not be. */
struct hzw_mutex_copy {
    uint64_t address;
    struct mutex mutex;
};
#define KIND_TYPE 0x3 /* normal, recursive, error checking, adaptive */
#define KIND_ROBUST 0x10
#define KIND_PI 0x20
#define KIND_PROTECT 0x40
#define KIND_SHARED 0x80
#define KIND_ELISION 0x300
#define KIND_ALL (KIND_TYPE | KIND_ROBUST | KIND_PI | KIND_PROTECT | KIND_SHARED | KIND_ELISION)

#define LOCKED_WITH_WAITERS 2
#define MOST_USERS (1u << 20)

/* ---- what is waited for ------------------------------------------------------ */

/* The mutex that the preload says the thread is about to take, or 0. */
static uint64_t told_mutex(const struct hzt_thread *thread, const struct hzw_account *account)
{
    if (!account->waits)
        return 0;
    if (account->wait.kind == HZW_MUTEX)
        return account->wait.object;
    /* Woken from a condition it takes the mutex again before it returns. */
    if (account->wait.kind == HZW_COND && account->wait.with == thread->address)
        return account->wait.with;
    return 0;
}

/*
 * Whether what a thread waits for looks like a mutex. Other locks of libc are one word,
 * and what stands behind them is something else: hence all the doubts.
 */
static bool looks_like_mutex(const struct hzt_thread *thread, const struct mutex *mutex)
{
    if ((mutex->kind & ~KIND_ALL) != 0)
        return false;
    if (thread->on == HZT_ON_PI_FUTEX)
        return true;
    if (thread->operation != FUTEX_WAIT)
        return false;
    if ((mutex->kind & KIND_ROBUST) != 0)
        return (thread->expected & FUTEX_WAITERS) != 0;
    return thread->expected == LOCKED_WITH_WAITERS && mutex->owner > 1 && mutex->owner < HZW_TIDS &&
           mutex->users > 0 && mutex->users < MOST_USERS;
}

static bool owner_in_lock(const struct mutex *mutex)
{
    return (mutex->kind & (KIND_ROBUST | KIND_PI)) != 0;
}

static pid_t owner_of(const struct mutex *mutex)
{
    return owner_in_lock(mutex) ? (pid_t)(mutex->lock & FUTEX_TID_MASK) : mutex->owner;
}

pid_t hzw_mutex_owner(pid_t tid, uint64_t address)
{
    struct mutex mutex;
    if (!hzt_memory(tid, address, &mutex, sizeof mutex))
        return 0;
    return owner_of(&mutex);
}

/* ---- many at once -------------------------------------------------------------- */

#define FEW_MUTEXES 64
#define AT_ONCE 256 /* the kernel takes up to 1024 places in one call */

/* Some of the copies, whose addresses are in them; gives up those from a bad one on. */
static void read_some(pid_t tid, struct hzw_mutex_copy *const *copies, size_t n)
{
    struct iovec here[AT_ONCE] = {{0}}, there[AT_ONCE] = {{0}};
    for (size_t i = 0; i < n; i++) {
        here[i] = (struct iovec){&copies[i]->mutex, sizeof copies[i]->mutex};
        there[i] = (struct iovec){(void *)(uintptr_t)copies[i]->address, sizeof copies[i]->mutex};
    }
    ssize_t read = process_vm_readv(tid, here, n, there, n, 0);
    for (size_t i = read > 0 ? (size_t)read / sizeof(struct mutex) : 0; i < n; i++)
        copies[i]->address = 0;
}

static void read_of_process(struct hzw_monitor *monitor, struct hzw_view *view, const struct hzw_process *process)
{
    struct hzw_mutex_copy *some[AT_ONCE];
    size_t n = 0;
    for (size_t i = process->first; i < process->first + process->n; i++) {
        if (view->threads.at[i].state != HZT_BLOCKED)
            continue;
        view->mutexes[i].address = told_mutex(&view->threads.at[i], &view->accounts[i]);
        if (view->mutexes[i].address != 0)
            some[n++] = &view->mutexes[i];
        if (n == AT_ONCE) {
            read_some(process->alive, some, n);
            n = 0;
            hzw_pause(monitor);
        }
    }
    if (n != 0)
        read_some(process->alive, some, n);
}

/* Most of what it takes to read one is the system call. */
void hzw_mutexes_read(struct hzw_monitor *monitor, struct hzw_view *view)
{
    view->mutexes = NULL;
    if (view->threads.n <= FEW_MUTEXES)
        return;
    view->mutexes = hz_alloc(view->arena, view->threads.n * sizeof *view->mutexes);
    for (size_t i = 0; i < view->processes.n; i++)
        read_of_process(monitor, view, &view->processes.at[i]);
}

static bool read_mutex(const struct hzw_view *view, size_t i, uint64_t address, struct mutex *out)
{
    const struct hzw_mutex_copy *copy = view->mutexes != NULL ? &view->mutexes[i] : NULL;
    if (copy == NULL || copy->address != address)
        return hzt_memory(view->threads.at[i].tid, address, out, sizeof *out);
    *out = copy->mutex;
    return true;
}

size_t hzw_mutex_owners(pid_t tid, const uint64_t *addresses, pid_t *owners, size_t n)
{
    struct hzw_mutex_copy copies[AT_ONCE], *some[AT_ONCE];
    size_t done = 0;
    while (done < n) {
        size_t most = n - done < AT_ONCE ? n - done : AT_ONCE;
        for (size_t i = 0; i < most; i++) {
            some[i] = &copies[i];
            copies[i].address = addresses[done + i];
        }
        read_some(tid, some, most);
        for (size_t i = 0; i < most; i++, done++) {
            if (copies[i].address == 0)
                return done;
            owners[done] = owner_of(&copies[i].mutex);
        }
    }
    return done;
}

bool hzw_mutex(const struct hzw_view *view, size_t i, struct hzw_waiting *out)
{
    const struct hzt_thread *thread = &view->threads.at[i];
    const struct hzw_account *account = &view->accounts[i];
    uint64_t told = told_mutex(thread, account);
    if (told == 0 && account->waits)
        return false;
    uint64_t address = told != 0 ? told : thread->address;
    struct mutex mutex;
    if (!read_mutex(view, i, address, &mutex) || (told == 0 && !looks_like_mutex(thread, &mutex)))
        return false;
    bool in_lock = thread->on == HZT_ON_PI_FUTEX || owner_in_lock(&mutex);
    *out = (struct hzw_waiting){
        .what = HZW_WAITS_MUTEX,
        .object = address,
        .owner = in_lock ? (pid_t)(mutex.lock & FUTEX_TID_MASK) : mutex.owner,
        /* For now: it is a mutex beyond doubt. */
        .definite = told != 0 || in_lock || (thread->shared && (mutex.kind & KIND_SHARED) != 0),
    };
    /*
     * glibc hides a PI mutex's EDEADLK and ESRCH by a wait on a word of its own stack:
     * that word says nothing of the mutex, and nor does a word that holds the owner.
     */
    /*
     * Of a PI mutex the kernel writes the next owner before it wakes it. One that is taken
     * twice is never waited for like that: the kernel refuses it, and glibc sleeps elsewhere.
     */
    if (thread->on == HZT_ON_PI_FUTEX)
        out->moved = out->owner == thread->tid;
    else if (thread->address == address && !in_lock)
        out->moved = thread->word != thread->expected;
    else if (in_lock && (mutex.kind & KIND_ROBUST) != 0)
        out->moved = out->owner == 0;
    return true;
}

/* ---- who can end that -------------------------------------------------------- */

bool hzw_alive_in(pid_t pid, pid_t tid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d", (int)pid, (int)tid);
    return access(path, F_OK) == 0;
}

/* Whether another process can have the mutex in its memory; true if it cannot be told. */
static bool in_shared_memory(const struct hzt_thread *thread, uint64_t address)
{
    struct hzt_mapping mapping;
    return thread->shared || !hzt_mapping(thread->tid, address, &mapping) || mapping.shared;
}

static void wait_for_thread(struct hzw_view *view, size_t i, size_t owner)
{
    view->waits[i].definite = true;
    hzw_blocks(view->arena, &view->graph, i, owner);
}

/*
 * Whether the mutex names the same owner still. Of an owner that was found dead before
 * this was asked it is then certain that it had not let go.
 */
static bool same_owner(struct hzw_view *view, size_t i, pid_t owner)
{
    struct hzw_waiting again;
    if (view->mutexes != NULL)
        view->mutexes[i].address = 0;
    return hzw_mutex(view, i, &again) && again.owner == owner;
}

/* Its owner is not one of the tree. */
static void wait_for_stranger(const struct hzw_monitor *monitor, struct hzw_view *view, size_t i)
{
    const struct hzt_thread *thread = &view->threads.at[i];
    struct hzw_waiting *waiting = &view->waits[i];
    pid_t owner = waiting->owner;
    bool alive = hzw_alive_in(thread->pid, owner) ||
                 (in_shared_memory(thread, waiting->object) && hzw_alive_in(owner, owner));
    if (alive || !same_owner(view, i, owner))
        hzw_blocks(view->arena, &view->graph, i, view->live);
    else if (waiting->definite || (monitor->seen[owner / 8] & 1u << owner % 8) != 0)
        waiting->definite = waiting->gone = true;
    else
        hzw_waits_for_any(view, i); /* not beyond doubt a mutex, nor its owner one */
}

void hzw_mutex_wakers(const struct hzw_monitor *monitor, struct hzw_view *view, size_t i)
{
    const struct hzt_thread *thread = &view->threads.at[i];
    struct hzw_waiting *waiting = &view->waits[i];
    pid_t owner = waiting->owner;
    if (waiting->moved || thread->foreign_ids || owner <= 0 || owner >= HZW_TIDS) {
        waiting->definite = false;
        hzw_waits_for_any(view, i);
        return;
    }
    ssize_t at = hzw_view_thread(view, thread->pid, owner);
    if (at < 0) {
        at = hzw_view_thread(view, 0, owner);
        /* After a fork the child's copy of a lock names a thread of its parent's. */
        if (at >= 0 && !in_shared_memory(thread, waiting->object)) {
            waiting->definite = waiting->gone = true;
            return;
        }
    }
    if (at < 0)
        wait_for_stranger(monitor, view, i);
    else if (view->threads.at[at].state == HZT_ZOMBIE)
        waiting->definite = waiting->gone = true;
    else
        wait_for_thread(view, i, (size_t)at);
}
