#include "explorer/steps.h"

#include "explorer/tell.h"

#include <string.h>

#define AGENTS (UINT16_MAX + 1u) /* whatever the program wrote as a thread's number */
#define NOBODY (-1)

/* A step before its words are known: most of a long schedule need none. */
struct draft {
    uint32_t event;     /* its index; of what stands between events, that of the one before */
    uint16_t thread;
    uint8_t act, kind;  /* enum hz_act, enum hzx_kind */
    bool between, wrong;
    int32_t other;      /* who holds it, or whose end it waits for */
    uint64_t pc, object;
};

/* A lock in somebody's hands. */
struct hold {
    uint64_t lock;
    uint16_t thread;
    bool shared; /* with other readers */
    uint32_t depth;
};

struct walk {
    const struct hzx_shared *shared;
    struct hz_arena arena; /* of all that is not given out */
    uint32_t *next;        /* of each event, its thread's next one; events_n: none */
    uint32_t *last;        /* of each thread, its last event and 1; 0: it has none */
    HZ_VEC(struct hold) holds;
    HZ_VEC(struct draft) drafts;
};

/* ---- who holds what ---- */

static bool shares(enum hzx_kind kind)
{
    return kind == HZX_RDLOCK;
}

static bool locks(enum hzx_kind kind)
{
    return kind == HZX_LOCK || kind == HZX_TRYLOCK || kind == HZX_RDLOCK || kind == HZX_WRLOCK;
}

/* Another thread that keeps `thread` from taking the lock so; NOBODY: it may. */
static int32_t in_the_way(const struct walk *walk, uint64_t lock, unsigned thread, bool shared)
{
    for (size_t i = 0; i < walk->holds.n; i++) {
        const struct hold *hold = &walk->holds.at[i];
        if (hold->lock == lock && hold->thread != thread && !(shared && hold->shared))
            return hold->thread;
    }
    return NOBODY;
}

static struct hold *hold_of(struct walk *walk, uint64_t lock, unsigned thread)
{
    for (size_t i = 0; i < walk->holds.n; i++)
        if (walk->holds.at[i].lock == lock && walk->holds.at[i].thread == thread)
            return &walk->holds.at[i];
    return NULL;
}

static void take(struct walk *walk, uint64_t lock, unsigned thread, bool shared)
{
    struct hold *hold = hold_of(walk, lock, thread);
    if (hold == NULL) {
        hold = hz_push(&walk->arena, &walk->holds);
        *hold = (struct hold){.lock = lock, .thread = (uint16_t)thread, .shared = shared};
    }
    hold->depth++;
}

static void let_go(struct walk *walk, uint64_t lock, unsigned thread, bool all)
{
    struct hold *hold = hold_of(walk, lock, thread);
    if (hold != NULL && (all || --hold->depth == 0))
        *hold = walk->holds.at[--walk->holds.n];
}

/* ---- the drafts ---- */

static struct draft *add(struct walk *walk, uint32_t index, enum hz_act act, uint64_t object)
{
    const struct hzx_event *event = &walk->shared->events[index];
    struct draft *draft = hz_push(&walk->arena, &walk->drafts);
    *draft = (struct draft){.event = index, .thread = event->thread, .act = (uint8_t)act,
                            .kind = event->kind, .other = NOBODY, .pc = event->pc,
                            .object = object};
    return draft;
}

static struct draft *add_between(struct walk *walk, uint32_t index, enum hz_act act,
                                 uint64_t object)
{
    struct draft *draft = add(walk, index, act, object);
    draft->between = true;
    return draft;
}

/* A wait on a condition lets its mutex go, and its end takes it again: `value` of the event. */
static void walk_condition(struct walk *walk, uint32_t i)
{
    const struct hzx_event *event = &walk->shared->events[i];
    if (event->kind == HZX_WAIT) {
        let_go(walk, event->value, event->thread, true);
        add_between(walk, i, HZ_ACT_LETS_GO, event->value);
        add(walk, i, HZ_ACT_WAITS, event->address);
        return;
    }
    add(walk, i, HZ_ACT_STEP, event->address);
    if (event->value != 0) {
        take(walk, event->value, event->thread, false);
        add_between(walk, i, HZ_ACT_TAKES, event->value);
    }
}

static void walk_event(struct walk *walk, uint32_t i)
{
    const struct hzx_event *event = &walk->shared->events[i];
    enum hzx_kind kind = event->kind;
    if (kind == HZX_WAIT || kind == HZX_WAKE) {
        walk_condition(walk, i);
    } else if (locks(kind)) {
        int32_t other = in_the_way(walk, event->address, event->thread, shares(kind));
        if (other == NOBODY)
            take(walk, event->address, event->thread, shares(kind));
        add(walk, i, other == NOBODY ? HZ_ACT_TAKES : HZ_ACT_STEP, event->address)->other = other;
    } else if (kind == HZX_UNLOCK || kind == HZX_RWUNLOCK) {
        let_go(walk, event->address, event->thread, false);
        add(walk, i, HZ_ACT_LETS_GO, event->address);
    } else {
        add(walk, i, HZ_ACT_STEP, event->address);
    }
}

/* The thread of event `i` does not go on: because it cannot, or because it is kept from it. */
static void walk_switch(struct walk *walk, uint32_t i)
{
    const struct hzx_shared *shared = walk->shared;
    const struct hzx_event *event = &shared->events[i];
    if (walk->next[i] == shared->events_n || event->kind == HZX_WAIT)
        return;
    const struct hzx_event *next = &shared->events[walk->next[i]];
    int32_t other = locks(next->kind) && next->kind != HZX_TRYLOCK
                        ? in_the_way(walk, next->address, next->thread, shares(next->kind))
                        : NOBODY;
    if (next->kind == HZX_JOIN && next->value < AGENTS && walk->last[next->value] > i)
        other = (int32_t)next->value;
    bool waits = other != NOBODY || next->kind == HZX_WAKE;
    if (!waits && (next->kind == HZX_JOIN || next->kind == HZX_EXIT))
        return;
    struct draft *draft = add_between(walk, i, waits ? HZ_ACT_WAITS : HZ_ACT_OTHERS,
                                      next->kind == HZX_JOIN ? 0 : next->address);
    draft->pc = next->pc;
    draft->kind = next->kind;
    draft->other = other;
}

/* ---- the end ---- */

/* Nobody can go on: each with what it waits for, and the last that does more than join is where
 * it has gone wrong. */
static void end_waiting(struct walk *walk)
{
    const struct hzx_shared *shared = walk->shared;
    uint32_t event = shared->events_n > 0 ? shared->events_n - 1 : 0;
    for (int joins = 1; joins >= 0; joins--) {
        for (uint32_t i = 0; i < shared->stands_n; i++) {
            const struct hzx_stand *stand = &shared->stands[i];
            if (stand->done || (stand->kind == HZX_JOIN) != (joins == 1))
                continue;
            *hz_push(&walk->arena, &walk->drafts) =
                (struct draft){.event = event, .thread = (uint16_t)i, .act = HZ_ACT_WAITS,
                               .kind = (uint8_t)stand->kind, .between = true,
                               .other = stand->waits_for, .pc = stand->pc,
                               .object = joins ? 0 : stand->address};
        }
    }
    if (walk->drafts.n > 0)
        walk->drafts.at[walk->drafts.n - 1].wrong = true;
}

static void end_failing(struct walk *walk)
{
    const struct hzx_shared *shared = walk->shared;
    *hz_push(&walk->arena, &walk->drafts) =
        (struct draft){.event = shared->events_n > 0 ? shared->events_n - 1 : 0,
                       .thread = (uint16_t)shared->outcome.thread, .between = true, .wrong = true,
                       .other = NOBODY, .pc = shared->outcome.pc};
}

static void find_next(struct walk *walk)
{
    const struct hzx_shared *shared = walk->shared;
    uint32_t *later = hz_alloc(&walk->arena, AGENTS * sizeof *later); /* its next event, and 1 */
    for (uint32_t i = shared->events_n; i-- > 0;) {
        unsigned thread = shared->events[i].thread;
        walk->next[i] = later[thread] != 0 ? later[thread] - 1 : shared->events_n;
        later[thread] = i + 1;
        if (walk->last[thread] == 0)
            walk->last[thread] = i + 1;
    }
}

static void walk_all(struct walk *walk)
{
    const struct hzx_shared *shared = walk->shared;
    find_next(walk);
    for (uint32_t i = 0; i < shared->events_n; i++) {
        walk_event(walk, i);
        if (i + 1 < shared->events_n && shared->events[i].thread != shared->events[i + 1].thread)
            walk_switch(walk, i);
    }
    if (hzx_end_of_all(shared->outcome.end))
        end_waiting(walk);
    else
        end_failing(walk);
}

/* ---- the words ---- */

struct wording {
    struct hz_arena *arena;
    const struct hzx_shared *shared;
    struct hzx_lines *lines;
};

static const char *waits_text(const struct wording *wording, const struct draft *draft,
                              const char *name)
{
    struct hz_arena *arena = wording->arena;
    if (draft->kind == HZX_JOIN)
        return draft->other != NOBODY ? hz_printf(arena, "waits for T%d to end", draft->other)
                                      : "waits for a thread to end";
    if (draft->kind == HZX_WAIT || draft->kind == HZX_WAKE)
        return hz_printf(arena, "waits for %s, until it is woken", name);
    if (draft->other != NOBODY)
        return hz_printf(arena, "waits for %s, which T%d holds", name, draft->other);
    return hz_printf(arena, "waits: %s", hzx_operation_text(arena, draft->kind, name));
}

static const char *what_text(const struct wording *wording, const struct draft *draft,
                             const char *name)
{
    struct hz_arena *arena = wording->arena;
    switch ((enum hz_act)draft->act) {
    case HZ_ACT_TAKES:
        return hz_printf(arena, "takes %s%s", name, draft->kind == HZX_RDLOCK ? " to read" : "");
    case HZ_ACT_LETS_GO:
        return hz_printf(arena, "lets go of %s", name);
    case HZ_ACT_WAITS:
        return waits_text(wording, draft, name);
    case HZ_ACT_OTHERS:
        return hz_printf(arena, "others go on, before its %s",
                         hzx_operation_text(arena, draft->kind, name));
    case HZ_ACT_STEP:
        break;
    }
    if (draft->wrong)
        return hzx_ending_text(arena, &wording->shared->outcome);
    const char *text =
        hzx_event_text(arena, wording->lines, &wording->shared->events[draft->event]);
    return draft->other != NOBODY ? hz_printf(arena, "%s, which T%d holds", text, draft->other)
                                  : text;
}

static void put_words(const struct wording *wording, const struct draft *draft,
                      struct hz_step *out)
{
    struct hz_frame frame = hzx_lines_frame(wording->arena, wording->lines, draft->pc);
    const char *name =
        draft->object != 0 ? hzx_lines_name(wording->arena, wording->lines, draft->object) : NULL;
    *out = (struct hz_step){.number = draft->between ? 0 : draft->event + 1,
                            .thread = draft->thread, .act = draft->act, .object = name,
                            .function = frame.function, .file = frame.file, .line = frame.line,
                            .wrong = draft->wrong};
    out->what = what_text(wording, draft, name != NULL ? name : "");
    if (frame.line > 0)
        out->source = hzx_lines_text(wording->arena, wording->lines, frame.file, frame.line);
}

void hzx_steps(struct hz_arena *arena, const struct hzx_shared *shared, struct hzx_lines *lines,
               hz_steps *out)
{
    if (shared->state != HZX_FOUND || shared->outcome.end <= HZX_CUT)
        return;
    struct walk walk = {.shared = shared};
    hz_arena_init(&walk.arena);
    walk.next = hz_alloc(&walk.arena, (shared->events_n + 1) * sizeof *walk.next);
    walk.last = hz_alloc(&walk.arena, AGENTS * sizeof *walk.last);
    walk_all(&walk);
    const struct wording wording = {arena, shared, lines};
    size_t n = walk.drafts.n, left_out = n > 2 * HZ_STEPS_KEPT ? n - 2 * HZ_STEPS_KEPT : 0;
    for (size_t i = 0; i < n; i++) {
        if (left_out > 0 && i == HZ_STEPS_KEPT)
            i += left_out;
        struct hz_step *step = hz_push(arena, out);
        put_words(&wording, &walk.drafts.at[i], step);
        if (left_out > 0 && i == HZ_STEPS_KEPT + left_out)
            step->left_out = (unsigned)left_out;
    }
    hz_arena_free(&walk.arena);
}
