#include "explorer/tell.h"

#include <string.h>

static const char *const strategies[HZX_STRATEGIES] = {
    [HZX_PORTFOLIO] = "portfolio", [HZX_RANDOM] = "random", [HZX_PCT] = "pct", [HZX_POS] = "pos",
    [HZX_SURW] = "surw", [HZX_RFF] = "rff", [HZX_BOUND] = "bound", [HZX_DPOR] = "dpor",
    [HZX_SWEEP] = "sweep", [HZX_BRUTE] = "brute", [HZX_REPLAY] = "replay"};
static const char *const memories[] = {"sc", "tso", "c11"};
static const char *const modes[HZX_MODES] = {"fibers", "fork", "threads"};
static const char *const kinds[HZX_KINDS] = {
    [HZX_NONE] = "nothing", [HZX_READ] = "read", [HZX_WRITE] = "write", [HZX_UPDATE] = "update",
    [HZX_FENCE] = "fence", [HZX_FREE] = "free", [HZX_LOCK] = "lock", [HZX_TRYLOCK] = "try lock",
    [HZX_UNLOCK] = "unlock", [HZX_RDLOCK] = "lock to read", [HZX_WRLOCK] = "lock to write",
    [HZX_RWUNLOCK] = "unlock", [HZX_WAIT] = "wait", [HZX_WAKE] = "wait for wake-up by",
    [HZX_SIGNAL] = "signal", [HZX_BROADCAST] = "broadcast", [HZX_SEM_WAIT] = "wait for semaphore",
    [HZX_SEM_TRY] = "try semaphore", [HZX_SEM_POST] = "post", [HZX_BARRIER] = "barrier",
    [HZX_ONCE] = "once", [HZX_CREATE] = "create thread", [HZX_JOIN] = "join", [HZX_EXIT] = "exit",
    [HZX_YIELD] = "yield", [HZX_PROCESS_EXIT] = "exit of the process",
    [HZX_RECEIVE] = "read from a channel", [HZX_SEND] = "write to a channel",
    [HZX_TIMEOUT] = "time-out", [HZX_FLUSH] = "flush",
    [HZX_SPURIOUS] = "spurious wake-up, lock",
    [HZX_CLOCK] = "read the clock",
    [HZX_CANCEL] = "cancel", [HZX_TESTCANCEL] = "test whether cancelled"};
static const struct {
    const char *text, *kind;
    enum hz_class class;
} ends[HZX_ENDS] = {
    [HZX_FINE] = {"fine", "fine", HZ_RACE},
    [HZX_CUT] = {"cut", "cut", HZ_RACE},
    [HZX_ASSERTION] = {"assertion", "assertion", HZ_RACE},
    [HZX_STATUS] = {"wrong result", "wrong-result", HZ_RACE},
    [HZX_ABORTED] = {"abort", "abort", HZ_RACE},
    [HZX_CRASH] = {"crash", "crash", HZ_RACE},
    [HZX_USE_AFTER_FREE] = {"use after free", "use-after-free", HZ_RACE},
    [HZX_DOUBLE_FREE] = {"double free", "double-free", HZ_RACE},
    [HZX_DEADLOCK] = {"deadlock", "lock-cycle", HZ_DEADLOCK},
    [HZX_STUCK] = {"a wait that nobody can end", "endless-wait", HZ_DEADLOCK},
    [HZX_LIVELOCK] = {"livelock", "livelock", HZ_STARVATION},
    [HZX_LOCK_LEAK] = {"exit with a lock held", "exit-with-lock", HZ_MISUSE},
    [HZX_MISUSE] = {"misuse", "misuse", HZ_MISUSE},
    [HZX_RACE] = {"data race", "data-race", HZ_RACE}};

static bool parse(const char *const *names, size_t n, const char *text, uint32_t *out)
{
    for (size_t i = 0; i < n; i++) {
        if (names[i] != NULL && strcmp(names[i], text) == 0) {
            *out = (uint32_t)i;
            return true;
        }
    }
    return false;
}

const char *hzx_strategy_text(enum hzx_strategy_name name)
{
    return name < HZX_STRATEGIES ? strategies[name] : "?";
}

bool hzx_strategy_parse(const char *text, uint32_t *out)
{
    return parse(strategies, HZX_STRATEGIES, text, out) && *out != HZX_REPLAY;
}

const char *hzx_memory_text(enum hzx_memory memory)
{
    return memory <= HZX_C11 ? memories[memory] : "?";
}

bool hzx_memory_parse(const char *text, uint32_t *out)
{
    return parse(memories, sizeof memories / sizeof *memories, text, out);
}

bool hzx_mode_parse(const char *text, uint32_t *out)
{
    return parse(modes, HZX_MODES, text, out);
}

const char *hzx_kind_text(enum hzx_kind kind)
{
    return kind < HZX_KINDS ? kinds[kind] : "?";
}

const char *hzx_end_text(enum hzx_end end)
{
    return end < HZX_ENDS ? ends[end].text : "?";
}

const char *hzx_operation_text(struct hz_arena *arena, enum hzx_kind kind, const char *name)
{
    return name == NULL || *name == '\0' ? hzx_kind_text(kind)
                                         : hz_printf(arena, "%s %s", hzx_kind_text(kind), name);
}

const char *hzx_event_name(struct hz_arena *arena, struct hzx_lines *lines,
                           const struct hzx_event *event)
{
    if (event->kind == HZX_JOIN || event->kind == HZX_CANCEL)
        return hz_printf(arena, "T%llu", (unsigned long long)event->value);
    return event->address != 0 && event->kind != HZX_EXIT
               ? hzx_lines_name(arena, lines, event->address) : "";
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static const char *timers_text(const struct hzx_shared *shared)
{
    return shared->left_out & HZX_LEFT_TIMERS ? "; each thread's timers early at most once" : "";
}

/* "all fair schedules with at most 2 preemptions" */
static const char *bound_text(struct hz_arena *arena, const struct hzx_shared *shared)
{
    unsigned bound = shared->bounds - 1;
    return hz_printf(arena, "all %sschedules with at most %u preemption%s%s",
                     shared->left_out & HZX_LEFT_UNFAIR ? "fair " : "", bound, plural(bound),
                     timers_text(shared));
}

const char *hzx_result_text(struct hz_arena *arena, const struct hzx_shared *shared)
{
    unsigned long long n = shared->schedules;
    const char *cut = shared->text[0] != '\0' ? hz_printf(arena, "; %s", shared->text) : "";
    switch (shared->state) {
    case HZX_FOUND:
        return hz_printf(arena, "%s in schedule %llu, by %u preemption%s%s",
                         hzx_end_text(shared->outcome.end), n, shared->preemptions,
                         plural(shared->preemptions), cut);
    case HZX_EXHAUSTED:
        if (shared->config.strategy == HZX_BOUND)
            return hz_printf(arena, "%s: %llu%s", bound_text(arena, shared), n, cut);
        return hz_printf(arena, "exhausted: %llu schedule%s%s%s", n, plural(n),
                         timers_text(shared), cut);
    default:
        if (shared->bounds > 0)
            return hz_printf(arena, "nothing in %llu schedule%s, bound %u (%s among them)%s", n,
                             plural(n), shared->bounds - 1, bound_text(arena, shared), cut);
        return hz_printf(arena, "nothing in %llu schedule%s (not exhaustive)%s", n, plural(n),
                         cut);
    }
}

struct hz_search hzx_search(const struct hzx_shared *shared)
{
    return (struct hz_search){
        .schedules = shared->schedules,
        .found = shared->state == HZX_FOUND,
        .exhausted = shared->state == HZX_EXHAUSTED && shared->config.strategy != HZX_BOUND,
        .bound = (int)shared->bounds - 1,
    };
}

/* ---- a step, and the end ---- */

static const char *value_text(struct hz_arena *arena, const struct hzx_event *event)
{
    if (event->size == 0 || event->size > 8)
        return "";
    int others = 64 - 8 * event->size; /* bits that are not the value's: the program wrote them */
    int64_t value = (int64_t)(event->value << others) >> others;
    return value > -1000000000 && value < 1000000000
               ? hz_printf(arena, " %lld", (long long)value)
               : hz_printf(arena, " 0x%llx", (unsigned long long)event->value);
}

const char *hzx_event_text(struct hz_arena *arena, struct hzx_lines *lines,
                           const struct hzx_event *event)
{
    const char *name = hzx_event_name(arena, lines, event);
    bool valued = event->kind == HZX_READ || event->kind == HZX_WRITE || event->kind == HZX_UPDATE;
    return hz_printf(arena, "%s%s%s%s%s", event->atomic ? "atomic " : "",
                     hzx_operation_text(arena, event->kind, name), valued ? " =" : "",
                     valued ? value_text(arena, event) : "", event->old ? " (old)" : "");
}

bool hzx_end_of_all(enum hzx_end end)
{
    return end == HZX_DEADLOCK || end == HZX_STUCK || end == HZX_LIVELOCK;
}

const char *hzx_ending_text(struct hz_arena *arena, const struct hzx_outcome *outcome)
{
    if (outcome->end <= HZX_CUT)
        return NULL;
    return hz_printf(arena, "%s%s%s%.*s", hzx_end_text(outcome->end),
                     hzx_end_of_all(outcome->end) ? ""
                                                  : hz_printf(arena, " in T%u", outcome->thread),
                     outcome->text[0] != '\0' ? ": " : "", HZX_TEXT - 1, outcome->text);
}

/* ---- findings ---- */

#define NAMED 4 /* threads, in a summary */

struct telling {
    struct hz_arena *arena;
    const struct hzx_shared *shared;
    struct hzx_lines *lines;
};

static struct hz_party *party(const struct telling *telling, struct hz_finding *finding,
                              unsigned thread, const char *role, uint64_t pc)
{
    struct hz_party *party = hz_push(telling->arena, &finding->parties);
    party->id = hz_printf(telling->arena, "T%u", thread);
    party->role = role;
    if (pc != 0)
        *hz_push(telling->arena, &party->stack) =
            hzx_lines_frame(telling->arena, telling->lines, pc);
    return party;
}

/* The calls that led to where thread `t` stood at the end, and what it held. */
static void add_stand(const struct telling *telling, struct hz_party *party, unsigned t)
{
    if (t >= telling->shared->stands_n)
        return;
    const struct hzx_stand *stand = &telling->shared->stands[t];
    for (uint32_t i = stand->frames_n; i-- > 0;) {
        struct hz_frame frame = hzx_lines_frame(telling->arena, telling->lines, stand->frames[i]);
        if (frame.line > 0)
            *hz_push(telling->arena, &party->stack) = frame;
    }
    for (uint32_t i = 0; i < stand->held_n; i++) {
        struct hz_thing *thing = hz_push(telling->arena, &party->holds);
        thing->kind = "lock";
        thing->name = hzx_lines_name(telling->arena, telling->lines, stand->held[i].address);
        thing->taken_at = hzx_lines_frame(telling->arena, telling->lines, stand->held[i].pc);
    }
}

static const struct hzx_event *event_at(const struct hzx_shared *shared, unsigned thread,
                                        uint32_t tick)
{
    for (uint32_t i = 0; i < shared->events_n; i++)
        if (shared->events[i].thread == thread && shared->events[i].tick == tick)
            return &shared->events[i];
    return NULL;
}

static const char *role_of(const struct telling *telling, const char *how,
                           const struct hzx_event *event)
{
    const char *name = hzx_event_name(telling->arena, telling->lines, event);
    return hz_printf(telling->arena, "%s %s", how,
                     hzx_operation_text(telling->arena, event->kind, name));
}

/* Where threads were kept from going on: the end of each segment but their last. */
static void add_switches(const struct telling *telling, struct hz_finding *finding)
{
    const struct hzx_shared *shared = telling->shared;
    for (uint32_t i = 0; i < shared->segments_n && finding->parties.n < 8; i++) {
        const struct hzx_segment *segment = &shared->segments[i];
        const struct hzx_event *next =
            segment->agent % 2 == 0 ? event_at(shared, segment->agent / 2, segment->until) : NULL;
        if (next != NULL && next->kind != HZX_JOIN && next->kind != HZX_PROCESS_EXIT)
            party(telling, finding, segment->agent / 2,
                  role_of(telling, "others went on before its", next), next->pc);
    }
}

/* Threads that never ended, those first that wait for something other than a thread's end. */
static size_t in_order(const struct hzx_shared *shared, unsigned *out)
{
    size_t n = 0;
    for (int joins = 0; joins < 2; joins++)
        for (unsigned i = 0; i < shared->stands_n; i++)
            if (!shared->stands[i].done && (shared->stands[i].kind == HZX_JOIN) == joins)
                out[n++] = i;
    return n;
}

static void add_waiter(const struct telling *telling, struct hz_finding *finding, unsigned thread)
{
    const struct hzx_stand *stand = &telling->shared->stands[thread];
    const char *name = hzx_lines_name(telling->arena, telling->lines, stand->address);
    const char *joined = stand->waits_for >= 0 ? hz_printf(telling->arena, "T%d", stand->waits_for)
                                               : "a thread";
    const char *role = stand->kind == HZX_JOIN
                           ? hz_printf(telling->arena, "waits for %s to end", joined)
                           : hz_printf(telling->arena, "waits: %s",
                                       hzx_operation_text(telling->arena, stand->kind, name));
    struct hz_party *waiter = party(telling, finding, thread, role, stand->pc);
    if (stand->kind == HZX_JOIN)
        waiter->waits_for = (struct hz_thing){.kind = "join", .name = joined};
    else
        waiter->waits_for = (struct hz_thing){.kind = hzx_kind_text(stand->kind), .name = name};
    add_stand(telling, waiter, thread);
}

static void add_waiters(const struct telling *telling, struct hz_finding *finding)
{
    unsigned threads[HZX_THREADS];
    size_t n = in_order(telling->shared, threads);
    for (size_t i = 0; i < n; i++)
        add_waiter(telling, finding, threads[i]);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            if ((int32_t)threads[k] == telling->shared->stands[threads[i]].waits_for)
                *hz_push(telling->arena, &finding->parties.at[i].waits_on) = k;
}

static void add_race(const struct telling *telling, const struct hzx_race *race, hz_findings *out)
{
    struct hz_finding *finding = hz_push(telling->arena, out);
    *finding = (struct hz_finding){.detector = "explorer", .class = HZ_RACE, .kind = "data-race",
                                   .times = 1};
    finding->summary = hz_printf(telling->arena, "data race on %s",
                                 hzx_lines_name(telling->arena, telling->lines, race->address));
    for (int i = 1; i >= 0; i--) {
        const struct hzx_side *side = &race->sides[i];
        party(telling, finding, side->thread,
              hz_printf(telling->arena, "%s%s of %u bytes", side->atomic ? "atomic " : "",
                        side->write ? "write" : "read", side->size),
              side->pc);
    }
}

/* "every thread waits: T1 for m, T2 for n, T0 for the end of T1" */
static const char *waiting_text(const struct telling *telling, const struct hz_finding *finding)
{
    const char *text = "every thread waits";
    size_t n = finding->parties.n;
    for (size_t i = 0; i < n && i < NAMED; i++) {
        const struct hz_party *party = &finding->parties.at[i];
        bool ends = strcmp(party->waits_for.kind, "join") == 0;
        text = hz_printf(telling->arena, "%s%s %s for %s%s", text, i == 0 ? ":" : ",", party->id,
                         ends ? "the end of " : "", party->waits_for.name);
    }
    return n > NAMED ? hz_printf(telling->arena, "%s, and %zu more", text, n - NAMED) : text;
}

/* Beside its class, which is "deadlock" or "misuse" of those that say no more. */
static const char *summary_text(const struct telling *telling, const struct hz_finding *finding)
{
    const struct hzx_outcome *outcome = &telling->shared->outcome;
    bool told = outcome->text[0] != '\0';
    if (outcome->end == HZX_DEADLOCK && !told)
        return waiting_text(telling, finding);
    bool named = !(outcome->end == HZX_MISUSE && told);
    return hz_printf(telling->arena, "%s%s%.*s", named ? hzx_end_text(outcome->end) : "",
                     named && told ? ": " : "", HZX_TEXT - 1, outcome->text);
}

void hzx_findings(struct hz_arena *arena, const struct hzx_shared *shared,
                  struct hzx_lines *lines, hz_findings *out)
{
    const struct telling telling = {arena, shared, lines};
    enum hzx_end end = shared->outcome.end;
    if (shared->state != HZX_FOUND || end <= HZX_CUT)
        return;
    if (end != HZX_RACE) {
        struct hz_finding *finding = hz_push(arena, out);
        *finding = (struct hz_finding){.detector = "explorer", .class = ends[end].class,
                                       .kind = ends[end].kind, .times = 1};
        if (hzx_end_of_all(end)) {
            add_waiters(&telling, finding);
        } else {
            struct hz_party *where =
                party(&telling, finding, shared->outcome.thread, ends[end].text,
                      shared->outcome.pc);
            add_stand(&telling, where, shared->outcome.thread);
            add_switches(&telling, finding);
        }
        finding->summary = summary_text(&telling, finding);
    }
    for (uint32_t i = 0; !shared->config.no_races && i < shared->races_n; i++)
        add_race(&telling, &shared->races[i], out);
}
