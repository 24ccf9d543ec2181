/*
 * Findings of lock order and of misuse.
 */
#include "watchdog/monitor_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MOST_FINDINGS 1000 /* of these two sorts: whoever scribbles could make millions */
#define NAMED 4            /* locks in a summary */

/* ---- each once ----------------------------------------------------------------------- */

/* The finding with that key, counted once more; NULL: there is none yet. */
static struct hz_finding *count_again(struct hzw_monitor *monitor, const char *key)
{
    for (size_t i = 0; i < monitor->reported.n; i++) {
        if (strcmp(monitor->reported.at[i].key, key) != 0)
            continue;
        struct hz_finding *finding = &monitor->findings.at[monitor->reported.at[i].finding];
        finding->times++;
        return finding;
    }
    return NULL;
}

/* A finding that is not there yet; NULL if it is, or there are too many. */
static struct hz_finding *new_finding(struct hzw_monitor *monitor, const char *key)
{
    if (count_again(monitor, key) != NULL || monitor->findings.n >= MOST_FINDINGS)
        return NULL;
    *hz_push(&monitor->kept, &monitor->reported) =
        (struct hzw_reported){hz_dup(&monitor->kept, key), monitor->findings.n};
    struct hz_finding *finding = hz_push(&monitor->kept, &monitor->findings);
    *finding = (struct hz_finding){.detector = "watchdog", .times = 1};
    return finding;
}

/* The place, and who called it; where frame pointers led astray there is no function. */
static void add_stack(struct hz_arena *arena, struct hzs_process *names, uint64_t caller,
                      const uint64_t *from, hz_stack *out)
{
    *hz_push(arena, out) = hzw_frame_at(arena, names, caller);
    for (size_t i = 0; i < HZW_FROM && from[i] != 0; i++) {
        struct hz_frame frame = hzw_frame_at(arena, names, from[i]);
        if (frame.function == NULL)
            break;
        *hz_push(arena, out) = frame;
    }
}

static struct hz_party *new_party(struct hz_arena *arena, uint64_t owner,
                                  struct hz_finding *finding)
{
    struct hz_party *party = hz_push(arena, &finding->parties);
    pid_t pid = (pid_t)(uint32_t)owner, tid = (pid_t)(owner >> 32);
    struct hzt_thread thread;
    party->id = hz_printf(arena, "pid %d tid %d", (int)pid, (int)tid);
    if (hzt_read(pid, tid, &thread))
        party->name = hz_dup(arena, thread.name);
    return party;
}

/* ---- lock order ------------------------------------------------------------------------ */

static int by_value(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* The places in the code: that other locks are taken there as well is the same mistake. */
static const char *places_of(struct hz_arena *arena, const struct hzw_order_cycle *cycle)
{
    uint64_t *callers = hz_alloc(arena, 2 * cycle->n * sizeof *callers);
    for (size_t i = 0; i < cycle->n; i++) {
        callers[2 * i] = cycle->steps[i].holds.caller;
        callers[2 * i + 1] = cycle->steps[i].takes.caller;
    }
    qsort(callers, 2 * cycle->n, sizeof *callers, by_value);
    HZ_VEC(char) key = {0};
    for (const char *at = "lock-order"; *at != '\0'; at++)
        *hz_push(arena, &key) = *at;
    for (size_t i = 0; i < 2 * cycle->n; i++)
        for (const char *at = hz_printf(arena, " %" PRIx64, callers[i]); *at != '\0'; at++)
            *hz_push(arena, &key) = *at;
    return hz_copy(arena, key.at, key.n);
}

static struct hz_thing thing_of(struct hz_arena *arena, struct hzs_process *names,
                                const struct hzw_order_lock *lock)
{
    return (struct hz_thing){.kind = hzw_kind_name(lock->kind),
                             .name = hzw_name_of(arena, names, 0, lock->address)};
}

static void add_step(struct hzw_monitor *monitor, const struct hzw_order_step *step,
                     struct hz_finding *finding)
{
    struct hz_arena *kept = &monitor->kept;
    struct hzs_process *names = hzw_image_names(monitor, step->owner);
    struct hz_party *party = new_party(kept, step->owner, finding);
    struct hz_thing holds = thing_of(kept, names, &step->holds);
    holds.taken_at = hzw_frame_at(kept, names, step->holds.caller);
    party->waits_for = thing_of(kept, names, &step->takes);
    party->role = hz_printf(kept, "takes %s %s while it holds %s %s", party->waits_for.kind,
                            party->waits_for.name, holds.kind, holds.name);
    *hz_push(kept, &party->holds) = holds;
    add_stack(kept, names, step->takes.caller, step->from, &party->stack);
}

static const char *summary_of(struct hz_arena *arena, const struct hz_finding *finding)
{
    size_t n = finding->parties.n, named = n > NAMED ? NAMED : n;
    const char *text = "threads may deadlock:";
    for (size_t i = 0; i < named; i++) {
        const struct hz_thing *thing = &finding->parties.at[i].waits_for;
        const char *before = i == 0 ? "" : i + 1 == n ? " and" : ",";
        text = hz_printf(arena, "%s%s %s %s", text, before, thing->kind, thing->name);
    }
    if (n > named)
        text = hz_printf(arena, "%s and %zu more", text, n - named);
    return hz_printf(arena, "%s are taken in %s", text, n == 2 ? "both orders" : "a circle");
}

/* Names are looked for when it is settled: by then it may be an actual one, and urgent. */
void hzw_report_cycle(struct hzw_monitor *monitor, const struct hzw_order_cycle *cycle)
{
    struct hz_arena *kept = &monitor->kept;
    const char *key = places_of(&monitor->looks[monitor->turn], cycle);
    if (count_again(monitor, key) != NULL)
        return;
    for (size_t i = 0; i < monitor->potential.n; i++)
        if (strcmp(monitor->potential.at[i].key, key) == 0)
            return;
    struct hzw_potential *potential = hz_push(kept, &monitor->potential);
    *potential = (struct hzw_potential){.key = hz_dup(kept, key), .at = hz_now()};
    for (size_t i = 0; i < cycle->n; i++) {
        struct hzw_potential_step *step = hz_push(kept, &potential->steps);
        step->step = cycle->steps[i];
        memcpy(step->from, cycle->steps[i].from, sizeof step->from);
    }
}

static void add_potential(struct hzw_monitor *monitor, const struct hzw_potential *potential)
{
    struct hz_finding *finding = new_finding(monitor, potential->key);
    if (finding == NULL)
        return;
    finding->class = HZ_DEADLOCK;
    finding->kind = "lock-order";
    finding->sure = HZ_PROBABLE;
    finding->at = potential->at;
    for (size_t i = 0; i < potential->steps.n; i++) {
        struct hzw_order_step step = potential->steps.at[i].step;
        step.from = potential->steps.at[i].from;
        add_step(monitor, &step, finding);
    }
    finding->summary = summary_of(&monitor->kept, finding);
    hzs_cache_done(monitor->names);
}

/* ---- potential or actual --------------------------------------------------------------- */

/* Seconds: a thread logs an order right before it says that it waits. */
#define WAITS_BY_THEN 0.005
#define WAITS_AT_MOST 1.0

/* Whether each of its locks is waited for in an actual deadlock. */
static bool has_happened(const struct hzw_monitor *monitor, const struct hzw_potential *potential)
{
    for (size_t i = 0; i < potential->steps.n; i++) {
        const struct hzw_order_step *step = &potential->steps.at[i].step;
        bool found = false;
        for (size_t k = 0; k < monitor->deadlocked.n && !found; k++)
            found = (uint32_t)monitor->deadlocked.at[k].owner == (uint32_t)step->owner &&
                    monitor->deadlocked.at[k].object == step->takes.address;
        if (!found)
            return false;
    }
    return potential->steps.n != 0;
}

static bool somebody_waits(const struct hzw_monitor *monitor,
                           const struct hzw_potential *potential)
{
    uint32_t used = atomic_load(&monitor->region->next_slot);
    for (uint32_t i = 0; i < used && i < HZW_SLOTS; i++) {
        const struct hzw_slot *slot = &monitor->region->slot[i];
        if (atomic_load_explicit(&slot->wait_seq, memory_order_acquire) % 2 == 0)
            continue;
        for (size_t k = 0; k < potential->steps.n; k++)
            if (atomic_load(&slot->owner) == potential->steps.at[k].step.owner &&
                slot->wait.object == potential->steps.at[k].step.takes.address)
                return true;
    }
    return false;
}

bool hzw_settle_potential(struct hzw_monitor *monitor, double now, bool over)
{
    size_t kept = 0;
    for (size_t i = 0; i < monitor->potential.n; i++) {
        struct hzw_potential potential = monitor->potential.at[i];
        double age = now - potential.at;
        if (has_happened(monitor, &potential))
            continue;
        if (!over && (age < WAITS_BY_THEN ||
                      (age < WAITS_AT_MOST && somebody_waits(monitor, &potential)))) {
            monitor->potential.at[kept++] = potential;
            continue;
        }
        add_potential(monitor, &potential);
    }
    monitor->potential.n = kept;
    return kept == 0;
}

/* ---- misuse ------------------------------------------------------------------------------ */

/* By enum hzw_misuse. "%s" is the object; what `other` says comes after it. */
static const struct misuse {
    const char *kind, *before;
    enum { NOTHING, OWNER, PLACE, MUTEX } other;
    const char *after, *unknown; /* in place of an owner's tid that is not known */
    bool holds;                  /* the thread itself has the object */
} misuses[] = {
    [HZW_UNLOCK_STRANGER] = {"unlock-stranger", "unlocks", OWNER, "", "which it does not hold",
                             false},
    [HZW_UNLOCK_FREE] = {"unlock-free", "unlocks", NOTHING, ", which nobody holds", NULL, false},
    [HZW_EXIT_HOLDING] = {"exit-holding", "ends and still holds", NOTHING, "", NULL, true},
    [HZW_DESTROY_HELD] = {"destroy-held", "destroys", OWNER, "", "which is held", false},
    [HZW_INIT_HELD] = {"init-held", "initialises", OWNER, " again", "which is held", false},
    [HZW_FREE_HELD] = {"free-held", "frees the memory of", PLACE, ", which it holds", NULL, true},
    [HZW_WAIT_UNLOCKED] = {"wait-unlocked", "waits on", MUTEX, ", which it does not hold", NULL,
                           false},
    [HZW_TWO_MUTEXES] = {"two-mutexes", "waits on", MUTEX,
                         ", while others wait on it with another one", NULL, false},
};

static const char *misuse_role(struct hz_arena *arena, const struct misuse *misuse,
                               const struct hz_thing *thing, struct hzs_process *names,
                               const struct hzw_record *record)
{
    const char *text = hz_printf(arena, "%s %s %s", misuse->before, thing->kind, thing->name);
    if (misuse->other == OWNER && record->other != 0)
        return hz_printf(arena, "%s%s, which tid %d holds", text, misuse->after,
                         (int)(uint32_t)record->other);
    if (misuse->other == OWNER)
        return hz_printf(arena, "%s%s, %s", text, misuse->after, misuse->unknown);
    if (misuse->other == MUTEX)
        return hz_printf(arena, "%s with mutex %s%s", text,
                         hzw_name_of(arena, names, 0, record->other), misuse->after);
    return hz_printf(arena, "%s%s", text, misuse->after);
}

void hzw_report_misuse(struct hzw_monitor *monitor, const struct hzw_record *record)
{
    struct hz_arena *kept = &monitor->kept, *now = &monitor->looks[monitor->turn];
    if (record->value == 0 || record->value >= sizeof misuses / sizeof *misuses)
        return;
    const struct misuse *misuse = &misuses[record->value];
    struct hz_finding *finding =
        new_finding(monitor, hz_printf(now, "%s %" PRIx64, misuse->kind, record->caller));
    if (finding == NULL)
        return;
    finding->class = HZ_MISUSE;
    finding->kind = misuse->kind;
    finding->sure = HZ_CERTAIN;
    struct hzs_process *names = hzw_image_names(monitor, record->owner);
    struct hz_party *party = new_party(kept, record->owner, finding);
    struct hz_thing thing = {.kind =
                                 record->as == HZW_COND ? "condition" : hzw_kind_name(record->as),
                             .name = hzw_name_of(kept, names, 0, record->object)};
    if (misuse->holds) {
        uint64_t taken = misuse->other == PLACE ? record->other : record->caller;
        thing.taken_at = hzw_frame_at(kept, names, taken);
        *hz_push(kept, &party->holds) = thing;
    } else if (misuse->other == MUTEX) {
        party->waits_for = thing;
    }
    add_stack(kept, names, record->caller, record->from, &party->stack);
    party->role = misuse_role(kept, misuse, &thing, names, record);
    finding->summary = hz_printf(kept, "%s %s", party->id, party->role);
    finding->at = hz_now();
    hzs_cache_done(monitor->names);
}
