#include "watchdog/monitor_parts.h"

#include <inttypes.h>
#include <string.h>

/* ---- names ---------------------------------------------------------------------- */

const char *hzw_what_name(enum hzw_what what)
{
    static const char *const names[] = {
        [HZW_WAITS_NOT] = "nothing",        [HZW_WAITS_MUTEX] = "mutex",
        [HZW_WAITS_RWLOCK] = "rwlock",      [HZW_WAITS_SPIN] = "spin lock",
        [HZW_WAITS_JOIN] = "join",          [HZW_WAITS_COND] = "condition",
        [HZW_WAITS_SEM] = "semaphore",      [HZW_WAITS_BARRIER] = "barrier",
        [HZW_WAITS_ONCE] = "once",          [HZW_WAITS_FUTEX] = "futex",
        [HZW_WAITS_PIPE_READ] = "pipe",     [HZW_WAITS_PIPE_WRITE] = "full pipe",
        [HZW_WAITS_FIFO] = "FIFO",          [HZW_WAITS_CHILD] = "child",
        [HZW_WAITS_FILE_LOCK] = "file lock"};
    return names[what];
}

const char *hzw_kind_name(uint32_t kind)
{
    static const char *const names[] = {[HZW_MUTEX] = "mutex",
                                        [HZW_RWLOCK_READ] = "rwlock (to read)",
                                        [HZW_RWLOCK_WRITE] = "rwlock",
                                        [HZW_SPIN] = "spin lock",
                                        [HZW_SEM] = "semaphore"};
    return kind < sizeof names / sizeof *names && names[kind] != NULL ? names[kind] : "lock";
}

/* ---- the kind of a deadlock ------------------------------------------------------ */

/* What the threads of a component wait for, as a set; the two ends of a pipe are one. */
#define BIT(what) (1u << (what))
#define LOCKS (BIT(HZW_WAITS_MUTEX) | BIT(HZW_WAITS_RWLOCK) | BIT(HZW_WAITS_SPIN))
#define ENDS (BIT(HZW_WAITS_JOIN) | BIT(HZW_WAITS_CHILD))

struct mix {
    unsigned set;
    bool moved, gone;
    bool pipes; /* more than one pipe */
};

static struct mix mix_of(const struct hzw_view *view, const size_t *members, size_t n)
{
    struct mix mix = {0};
    uint64_t pipe = 0;
    for (size_t k = 0; k < n; k++) {
        const struct hzw_waiting *waiting = &view->waits[members[k]];
        enum hzw_what what = waiting->what;
        mix.moved |= waiting->moved;
        /* Also where the owner is not known for sure, but is not there. */
        mix.gone |=
            waiting->gone || (what == HZW_WAITS_MUTEX && !waiting->definite && waiting->owner > 0);
        if (what == HZW_WAITS_PIPE_WRITE)
            what = HZW_WAITS_PIPE_READ;
        if (what == HZW_WAITS_PIPE_READ) {
            mix.pipes |= pipe != 0 && pipe != waiting->object;
            pipe = waiting->object;
        }
        mix.set |= BIT(what);
    }
    return mix;
}

/* Threads that only wait for one another's end beside a wait of one sort: its kind. */
static const char *kind_of_one_sort(unsigned set, const struct mix *mix)
{
    switch (set) {
    case BIT(HZW_WAITS_COND):
        return "lost-signal";
    case BIT(HZW_WAITS_SEM):
        return "semaphore";
    case BIT(HZW_WAITS_BARRIER):
        return "barrier";
    case BIT(HZW_WAITS_FIFO):
        return "fifo-open";
    case BIT(HZW_WAITS_FILE_LOCK):
        return "file-lock";
    case BIT(HZW_WAITS_PIPE_READ):
        return mix->pipes ? "pipe-cycle" : "pipe";
    case BIT(HZW_WAITS_FUTEX):
    case BIT(HZW_WAITS_ONCE):
        return "no-waker";
    default:
        return "wait-cycle";
    }
}

const char *hzw_deadlock_kind(const struct hzw_view *view, const size_t *members, size_t n)
{
    struct mix mix = mix_of(view, members, n);
    if (mix.moved)
        return "lost-wake";
    if (mix.gone)
        return "owner-gone";
    if ((mix.set & ~LOCKS) == 0)
        return n == 1 ? "self-lock" : "lock-cycle";
    if (mix.set == BIT(HZW_WAITS_JOIN))
        return "join-cycle";
    if (mix.set == (BIT(HZW_WAITS_PIPE_READ) | BIT(HZW_WAITS_CHILD)))
        return "child";
    return kind_of_one_sort(mix.set & ~ENDS, &mix);
}

int hzw_rank(const struct hzw_waiting *waiting)
{
    if (waiting->moved || waiting->gone)
        return 0;
    if ((BIT(waiting->what) & ENDS) != 0)
        return waiting->what == HZW_WAITS_JOIN ? 3 : 4;
    return (BIT(waiting->what) & LOCKS) != 0 ? 2 : 1;
}

/* ---- sentences ------------------------------------------------------------------- */

static const char *lock_role(struct hz_arena *arena, const struct hzt_thread *thread,
                             const struct hzw_waiting *waiting, const char *name)
{
    const char *what = hzw_what_name(waiting->what);
    int owner = (int)waiting->owner;
    if (waiting->moved)
        return hz_printf(arena, "waits for %s %s, which changed without waking it", what, name);
    if (waiting->gone)
        return hz_printf(arena, "waits for %s %s, whose owner, tid %d, is gone", what, name, owner);
    if (owner == thread->tid && waiting->definite)
        return hz_printf(arena, "waits for %s %s, which it holds itself", what, name);
    if (owner > 0)
        return hz_printf(arena, "waits for %s %s held by tid %d", what, name, owner);
    return hz_printf(arena, "waits for %s %s", what, name);
}

static const char *barrier_role(struct hz_arena *arena, const struct hzw_account *account,
                                const char *name)
{
    if (!account->waits || account->wait.kind != HZW_BARRIER || account->wait.need == 0)
        return hz_printf(arena, "waits at barrier %s", name);
    return hz_printf(arena, "waits at barrier %s for %" PRIu64 " threads", name,
                     account->wait.need);
}

const char *hzw_role(struct hz_arena *arena, const struct hzw_view *view, size_t i,
                     const char *name)
{
    const struct hzw_waiting *waiting = &view->waits[i];
    switch (waiting->what) {
    case HZW_WAITS_JOIN:
        return hz_printf(arena, "waits for tid %d to end", (int)waiting->owner);
    case HZW_WAITS_BARRIER:
        return waiting->moved ? lock_role(arena, &view->threads.at[i], waiting, name)
                              : barrier_role(arena, &view->accounts[i], name);
    case HZW_WAITS_PIPE_READ:
        return hz_printf(arena, "reads from %s, which is empty", name);
    case HZW_WAITS_PIPE_WRITE:
        return hz_printf(arena, "writes to %s, which is full", name);
    case HZW_WAITS_FIFO:
        return hz_printf(arena, "opens %s, whose other end nobody opens", name);
    case HZW_WAITS_CHILD:
        return hz_printf(arena, "waits for %s to end", name);
    case HZW_WAITS_FILE_LOCK:
        return hz_printf(arena, "waits for the lock of %s", name);
    default:
        return lock_role(arena, &view->threads.at[i], waiting, name);
    }
}

/* What is the matter, by kind: of all threads together, or of the first one. */
static const struct {
    const char *kind;
    bool all;
    const char *before, *after; /* around the name of what the first thread waits for */
} sentences[] = {
    {"lock-cycle", true, "wait for each other's locks, one of them for ", ""},
    {"self-lock", false, "waits for ", ", which only itself could let go"},
    {"owner-gone", false, "waits for ", ", whose owner is gone"},
    {"join-cycle", true, "wait for each other to end", NULL},
    {"pipe-cycle", true, "wait for each other by pipes, one of them for ", ""},
    {"pipe", false, "waits for ", ", and nobody else is left to use its other end"},
    {"child", true, "of a parent and its child wait for each other, one of them for ", ""},
    {"wait-cycle", true, "wait for each other, one of them for ", ""},
    {"no-waker", false, "waits for ", ", and nobody is left to wake it"},
    {"lost-signal", false, "waits for ", ", and nobody is left to signal it"},
    {"semaphore", false, "waits for ", ", and nobody is left to post it"},
    {"barrier", false, "waits at ", ", and nobody is left to come there"},
    {"fifo-open", false, "opens ", ", and nobody is left to open its other end"},
    {"file-lock", false, "waits for ", ", and nobody is left to let it go"},
    {"lost-wake", false, "sleeps though ", " changed: the wake-up was lost"},
};

/* The same of waits that others in the process could end, were they of that sort. */
static const char *stranded_after(const char *kind)
{
    if (strcmp(kind, "lost-signal") == 0)
        return ", and those who could signal it have ended or are stuck";
    if (strcmp(kind, "semaphore") == 0)
        return ", and those who could post it have ended or are stuck";
    return ", and those who could come there have ended or are stuck";
}

static const char *who(struct hz_arena *arena, const struct hzw_view *view, bool all,
                       const size_t *members, size_t n)
{
    if (all)
        return n == 1 ? "1 thread" : hz_printf(arena, "%zu threads", n);
    int tid = (int)view->threads.at[members[0]].tid;
    if (n == 1)
        return hz_printf(arena, "tid %d", tid);
    return hz_printf(arena, "tid %d (with %zu more)", tid, n - 1);
}

const char *hzw_summary(struct hz_arena *arena, const struct hzw_view *view, const char *kind,
                        const size_t *members, size_t n, const char *first)
{
    size_t s = 0;
    while (strcmp(sentences[s].kind, kind) != 0)
        s++;
    const char *subject = who(arena, view, sentences[s].all, members, n);
    if (sentences[s].after == NULL)
        return hz_printf(arena, "%s %s", subject, sentences[s].before);
    const char *after = view->stranded.n != 0 && !sentences[s].all ? stranded_after(kind)
                                                                   : sentences[s].after;
    return hz_printf(arena, "%s %s%s %s%s", subject, sentences[s].before,
                     hzw_what_name(view->waits[members[0]].what), first, after);
}
