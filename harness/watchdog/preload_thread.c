/* Which thread is which: birth, join, fork, and the numbers that the log knows them by. */
#include "watchdog/preload.h"

#include <errno.h>
#include <string.h>

/* ---- numbers -------------------------------------------------------------------- */

/*
 * A thread's slot is gone as soon as the thread is, but it is joined only after that: so
 * its number is kept here, twice the number, and one more once the thread has ended,
 * until another thread has the same pthread_t. Only the thread itself enters it: where
 * its creator has the pthread_t stored may be no more when pthread_create() returns.
 */
#define NUMBERS (1 << 16)
static struct hzw_place numbers[NUMBERS];

static _Atomic uint64_t *place_of(pthread_t thread, bool add)
{
    return hzw_table(numbers, NUMBERS, hzw_mix((uint64_t)thread), (uint64_t)thread, add);
}

void hzw_number(pthread_t thread, uint64_t number)
{
    _Atomic uint64_t *value = place_of(thread, true);
    if (value != NULL)
        atomic_store(value, number << 1);
}

void hzw_number_ended(pthread_t thread, uint64_t number)
{
    _Atomic uint64_t *value = place_of(thread, false);
    uint64_t now = number << 1;
    if (value != NULL)
        atomic_compare_exchange_strong(value, &now, now | 1);
}

static uint64_t number_of(pthread_t thread)
{
    _Atomic uint64_t *value = place_of(thread, false);
    return value != NULL ? atomic_load(value) : 0;
}

/*
 * What was known before the join and after it, or 0. Before, it may have been that of an
 * earlier thread, which had ended, as the joined one had not yet begun; after it, that of
 * a later one, which has not ended.
 */
static uint64_t joined_number(uint64_t before, uint64_t after)
{
    bool was_alive = before != 0 && (before & 1) == 0;
    return (was_alive || (after & 1) == 0 ? before : after) >> 1;
}

struct hzw_slot *hzw_slot_of(pid_t tid, bool anywhere)
{
    struct hzw_region *shared = hzw_shared();
    uint32_t used = atomic_load(&shared->next_slot);
    uint64_t owner = hzw_owner_word(tid);
    for (uint32_t i = 0; i < used && i < HZW_SLOTS; i++) {
        uint64_t now = atomic_load_explicit(&shared->slot[i].owner, memory_order_relaxed);
        if (now == owner || (anywhere && now >> 32 == owner >> 32))
            return &shared->slot[i];
    }
    return NULL;
}

/* The live thread with that pthread_t in this process; 0 if it is not known. */
static pid_t tid_of(pthread_t thread)
{
    struct hzw_region *shared = hzw_shared();
    uint32_t used = atomic_load(&shared->next_slot);
    for (uint32_t i = 0; i < used && i < HZW_SLOTS; i++) {
        uint64_t owner = atomic_load(&shared->slot[i].owner);
        if ((pid_t)(uint32_t)owner == getpid() && shared->slot[i].pthread == (uint64_t)thread)
            return (pid_t)(owner >> 32);
    }
    return 0;
}

/* ---- birth ---------------------------------------------------------------------- */

/*
 * A new thread's slot is claimed by its creator, with thread id 0, and carries what
 * the thread shall run: so nothing needs to be allocated to hand it over. `pthread`
 * holds the argument until the thread takes its place.
 */
static struct hzw_slot *expect(const pthread_attr_t *attributes, void *(*routine)(void *),
                               int (*c11)(void *), void *argument)
{
    struct hzw_slot *creator = hzw_mine();
    struct hzw_slot *slot = creator != NULL ? hzw_claim(hzw_owner_word(0)) : NULL;
    if (slot == NULL)
        return NULL;
    slot->start = routine != NULL ? HZW_ADDRESS(routine) : HZW_ADDRESS(c11);
    slot->pthread = HZW_ADDRESS(argument);
    size_t stack;
    bool asked = attributes != NULL && pthread_attr_getstacksize(attributes, &stack) == 0;
    slot->stack = asked ? stack : hzw_stack_size;
    slot->thread = atomic_fetch_add(&hzw_shared()->next_thread, 1) + 1;
    slot->creator = creator->thread;
    /* By its creator's call: it may not run before long after that. */
    slot->born = hzw_now();
    /* Before it can do anything: so this is the first that the log has of it. */
    hzw_log_born(creator, slot->thread, creator->thread, creator->segment++);
    return slot;
}

static void not_born(struct hzw_slot *slot)
{
    hzw_log_gone(hzw_self.slot, slot->thread);
    hzw_give_up(slot);
}

static void *be_born(struct hzw_slot *slot)
{
    void *argument = (void *)(uintptr_t)slot->pthread;
    pid_t tid = gettid();
    hzw_self.top = HZW_ADDRESS(__builtin_frame_address(0));
    hzw_self.stack = hzw_self.top - slot->stack;
    hzw_own(slot, tid);
    atomic_store(&slot->owner, hzw_owner_word(tid));
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
    struct hzw_slot *slot = expect(attributes, routine, NULL, argument);
    if (slot == NULL)
        return hzw_real.create(thread, attributes, routine, argument);
    int failed = hzw_real.create(thread, attributes, birth, slot);
    if (failed != 0)
        not_born(slot);
    return failed;
}

HZW_EXPORT int thrd_create(thrd_t *thread, thrd_start_t routine, void *argument)
{
    struct hzw_slot *slot = expect(NULL, NULL, routine, argument);
    if (slot == NULL)
        return hzw_real.thrd_create(thread, routine, argument);
    int result = hzw_real.thrd_create(thread, birth_c11, slot);
    if (result != thrd_success)
        not_born(slot);
    return result;
}

/* ---- join ----------------------------------------------------------------------- */

static void begin(struct hzw_slot *slot, pthread_t thread, uint64_t caller, bool timed)
{
    hzw_wait_begin(slot, (struct hzw_wait){.kind = HZW_JOIN,
                                           .object = (uint64_t)thread,
                                           .caller = caller,
                                           .timed = timed,
                                           .target = tid_of(thread)});
}

/* `before`: number_of() it before the call. */
static int joined(struct hzw_slot *slot, pthread_t thread, uint64_t before, uint64_t caller,
                  int result)
{
    uint64_t number = result == 0 ? joined_number(before, number_of(thread)) : 0;
    if (number == 0)
        return result;
    slot->segment++;
    struct hzw_record record = {.kind = HZW_JOINED, .other = number, .caller = caller};
    hzw_log(slot, &record);
    return result;
}

static int wait_thread(pthread_t thread, void **value)
{
    int result;
    pthread_cleanup_push(hzw_wait_cancelled, NULL);
    result = hzw_real.join(thread, value);
    pthread_cleanup_pop(1);
    return result;
}

static int timedwait_thread(pthread_t thread, void **value, const struct timespec *until)
{
    int result;
    pthread_cleanup_push(hzw_wait_cancelled, NULL);
    result = hzw_real.timedjoin(thread, value, until);
    pthread_cleanup_pop(1);
    return result;
}

static int clockwait_thread(pthread_t thread, void **value, clockid_t clock,
                            const struct timespec *until)
{
    int result;
    pthread_cleanup_push(hzw_wait_cancelled, NULL);
    result = hzw_real.clockjoin(thread, value, clock, until);
    pthread_cleanup_pop(1);
    return result;
}

static int wait_c11_thread(thrd_t thread, int *value)
{
    int result;
    pthread_cleanup_push(hzw_wait_cancelled, NULL);
    result = hzw_real.thrd_join(thread, value);
    pthread_cleanup_pop(1);
    return result;
}

HZW_EXPORT int pthread_join(pthread_t thread, void **value)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.join(thread, value);
    uint64_t before = number_of(thread);
    int result = hzw_real.tryjoin(thread, value);
    if (result == EBUSY) {
        begin(slot, thread, HZW_CALLER, false);
        result = wait_thread(thread, value);
    }
    return joined(slot, thread, before, HZW_CALLER, result);
}

HZW_EXPORT int pthread_tryjoin_np(pthread_t thread, void **value)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.tryjoin(thread, value);
    uint64_t before = number_of(thread);
    return joined(slot, thread, before, HZW_CALLER, hzw_real.tryjoin(thread, value));
}

HZW_EXPORT int pthread_timedjoin_np(pthread_t thread, void **value, const struct timespec *until)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.timedjoin(thread, value, until);
    uint64_t before = number_of(thread);
    begin(slot, thread, HZW_CALLER, true);
    return joined(slot, thread, before, HZW_CALLER, timedwait_thread(thread, value, until));
}

HZW_EXPORT int pthread_clockjoin_np(pthread_t thread, void **value, clockid_t clock,
                                    const struct timespec *until)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.clockjoin(thread, value, clock, until);
    uint64_t before = number_of(thread);
    begin(slot, thread, HZW_CALLER, true);
    return joined(slot, thread, before, HZW_CALLER, clockwait_thread(thread, value, clock, until));
}

HZW_EXPORT int thrd_join(thrd_t thread, int *value)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot == NULL)
        return hzw_real.thrd_join(thread, value);
    uint64_t before = number_of((pthread_t)thread);
    begin(slot, (pthread_t)thread, HZW_CALLER, false);
    int result = wait_c11_thread(thread, value);
    joined(slot, (pthread_t)thread, before, HZW_CALLER, result == thrd_success ? 0 : EINVAL);
    return result;
}

/* ---- fork ----------------------------------------------------------------------- */

/* What a thread that forks is and holds, as of just before: its slot goes on to change. */
static _Thread_local struct {
    uint64_t thread, start;
    uint32_t segment;
} forking __attribute__((tls_model("initial-exec")));

/* In the parent, after the program's own handlers. */
void hzw_before_fork(void)
{
    struct hzw_slot *slot = hzw_self.slot;
    forking.thread = 0;
    if (slot == NULL)
        return;
    forking.thread = slot->thread;
    forking.start = slot->start;
    forking.segment = slot->segment++;
    hzw_keep_held(slot);
}

/* In the child, before the program's own handlers: its one thread is another now. */
void hzw_in_child(void)
{
    hzw_new_image();
    if (forking.thread == 0)
        return;
    struct hzw_slot *slot = hzw_come_from(forking.thread, forking.segment);
    if (slot == NULL)
        return;
    slot->start = forking.start;
    hzw_take_held(slot);
}

HZW_EXPORT pid_t fork(void)
{
    struct hzw_slot *slot = hzw_mine();
    if (slot != NULL)
        atomic_store_explicit(&slot->last_fork, HZW_CALLER, memory_order_relaxed);
    return hzw_real.fork();
}

/*
 * It runs no handlers, which is what it is for, so this does what ours do. May be called in
 * a signal handler, and so may all that they do.
 */
HZW_EXPORT pid_t _Fork(void)
{
    struct hzw_slot *slot = hzw_mine();
    if (hzw_real.fork_alone == NULL) {
        errno = ENOSYS;
        return -1;
    }
    if (slot != NULL)
        atomic_store_explicit(&slot->last_fork, HZW_CALLER, memory_order_relaxed);
    hzw_before_fork();
    pid_t child = hzw_real.fork_alone();
    int after = errno;
    if (child == 0)
        hzw_in_child();
    errno = after;
    return child;
}
