/* The accounts in a slot: the tallies, the wait, the episode. */
#include "watchdog/preload.h"

#include <time.h>

/* ---- tallies ------------------------------------------------------------------- */

/*
 * A place for an object that has none: a free one, or that of the object that was
 * taken the least often, so that the busiest objects keep their accounts.
 */
struct hzw_tally *hzw_new_tally(struct hzw_slot *slot, uint32_t kind, uint64_t object)
{
    struct hzw_tally *place = NULL;
    uint64_t least = UINT64_MAX;
    for (uint32_t i = 0; i < HZW_PROBES && least > 0; i++) {
        struct hzw_tally *tally = hzw_my_tally(slot, hzw_place(object, i));
        uint64_t worth = 0;
        if (i == HZW_PROBES_NEAR)
            hzw_go_far(slot, HZW_FAR_TALLY);
        if (atomic_load_explicit(&tally->object, memory_order_relaxed) != 0)
            worth = 1 + atomic_load_explicit(&tally->taken, memory_order_relaxed) +
                    atomic_load_explicit(&tally->refused, memory_order_relaxed);
        if (worth < least) {
            least = worth;
            place = tally;
        }
    }
    if (least > 0)
        hzw_count(&slot->tallies_full);
    hzw_touch(slot, object);
    /* In this order a reader that finds the same object before and after has its numbers. */
    atomic_store_explicit(&place->object, 0, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    place->kind = kind;
    atomic_store_explicit(&place->taken, 0, memory_order_relaxed);
    atomic_store_explicit(&place->refused, 0, memory_order_relaxed);
    atomic_store_explicit(&place->caller, 0, memory_order_relaxed);
    atomic_store_explicit(&place->object, object, memory_order_release);
    return place;
}

static void account(struct hzw_tally *tally, bool taken, uint64_t caller)
{
    if (taken)
        hzw_count(&tally->taken);
    atomic_store_explicit(&tally->refused, 0, memory_order_relaxed);
    atomic_store_explicit(&tally->caller, caller, memory_order_relaxed);
}

int hzw_took_other(struct hzw_slot *slot, uint32_t kind, uint64_t object, uint64_t caller)
{
    account(hzw_tally_of(slot, kind, object), true, caller);
    return 0;
}

int hzw_took_more(struct hzw_slot *slot, uint32_t kind, uint64_t object, uint64_t caller, int how)
{
    /* Nothing is to be told, nor to be searched: it is not the one lock that is held. */
    if ((how & HZW_BLOCKING) != 0 && hzw_is_last_order(slot, kind, object)) {
        slot->held[1] = (struct hzw_held){object, caller, kind, 1};
        slot->held_n = 2;
        account(hzw_tally_deep(slot, 2, kind, object), true, caller);
        return 0;
    }
    if ((how & HZW_BLOCKING) != 0)
        hzw_order(slot, kind, object, caller);
    bool anew = hzw_hold(slot, kind, object, caller, how);
    /* Taking again what one holds passes nobody; a semaphore's units are all alike. */
    account(hzw_tally_of(slot, kind, object), anew || kind == HZW_SEM, caller);
    return 0;
}

int hzw_took_again(struct hzw_slot *slot, uint32_t kind, uint64_t object, uint64_t caller)
{
    uint32_t last = slot->held_n - 1;
    if (last >= HZW_HELD_NEAR || slot->held[last].object != object)
        return hzw_took_more(slot, kind, object, caller, 0);
    slot->held[last].depth++;
    account(hzw_tally_of(slot, kind, object), false, caller);
    return 0;
}

void hzw_refused(struct hzw_slot *slot, uint32_t kind, uint64_t object, uint64_t caller)
{
    struct hzw_tally *tally = hzw_tally_of(slot, kind, object);
    uint32_t refused = atomic_load_explicit(&tally->refused, memory_order_relaxed);
    if (refused < UINT32_MAX)
        atomic_store_explicit(&tally->refused, refused + 1, memory_order_relaxed);
    atomic_store_explicit(&tally->caller, caller, memory_order_relaxed);
    if (hzw_stats != NULL)
        hzw_stat_refuse(slot, kind, object, caller);
}

/* ---- waits --------------------------------------------------------------------- */

uint64_t hzw_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

void hzw_wait_begin(struct hzw_slot *slot, struct hzw_wait wait)
{
    /* Odd: a wait that was never left, by longjmp or in a signal handler. This one is another. */
    uint32_t seq = atomic_load_explicit(&slot->wait_seq, memory_order_relaxed);
    if (seq % 2 == 1)
        atomic_store_explicit(&slot->wait_seq, ++seq, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    wait.since = hzw_now();
    slot->wait = wait;
    atomic_store_explicit(&slot->wait_seq, seq + 1, memory_order_release);
    if (hzw_stats != NULL)
        hzw_stat_wait(slot);
}

void hzw_wait_end(struct hzw_slot *slot)
{
    uint32_t seq = atomic_load_explicit(&slot->wait_seq, memory_order_relaxed);
    if (seq % 2 == 0)
        return;
    atomic_store_explicit(&slot->wait_seq, seq + 1, memory_order_release);
    if (hzw_stats != NULL)
        hzw_stat_waited(slot);
}

void hzw_wait_cancelled(void *unused)
{
    (void)unused;
    if (hzw_self.slot != NULL)
        hzw_wait_end(hzw_self.slot);
}

/* ---- episodes ------------------------------------------------------------------ */

static bool is_open(const struct hzw_episode *episode)
{
    return atomic_load_explicit(&episode->seq, memory_order_relaxed) % 2 == 1;
}

void hzw_episode_wait(struct hzw_slot *slot, uint64_t condition, uint64_t mutex, uint64_t caller)
{
    struct hzw_episode *episode = &slot->episode;
    if (is_open(episode) && episode->object == condition) {
        if (hzw_self.woken)
            hzw_count(&episode->vain);
        hzw_self.woken = false;
        return;
    }
    if (is_open(episode))
        hzw_episode_end(slot);
    uint64_t seq = atomic_load_explicit(&episode->seq, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    episode->object = condition;
    episode->with = mutex;
    episode->caller = caller;
    episode->since = hzw_now();
    atomic_store_explicit(&episode->vain, 0, memory_order_relaxed);
    atomic_store_explicit(&episode->seq, seq + 1, memory_order_release);
    hzw_self.episode_with = mutex;
    hzw_self.woken = false;
}

void hzw_episode_end(struct hzw_slot *slot)
{
    struct hzw_episode *episode = &slot->episode;
    hzw_self.episode_with = 0;
    /* Not if it ended by its time-out or was cancelled: then it got nothing. */
    if (hzw_self.woken) {
        struct hzw_tally *tally = hzw_tally_of(slot, HZW_COND, episode->object);
        hzw_count(&tally->taken);
        atomic_store_explicit(&tally->caller, episode->caller, memory_order_relaxed);
    }
    hzw_count(&episode->seq);
}
