#include "finding/timeline.h"

#include <string.h>

static bool same_lock(const char *one, const char *other)
{
    return one != NULL && other != NULL && strcmp(one, other) == 0;
}

/* ---- who is passed over ---------------------------------------------------------------- */

/*
 * When another thread first took the lock while the wait went on, and in `times` how often in
 * all; `wait->to` if nobody did. Who had it when the wait began does not count for that, but
 * for each time that he took it again.
 */
static double first_pass(const struct hz_timeline *timeline, const struct hz_interval *wait,
                         unsigned long *times)
{
    double first = wait->to;
    *times = 0;
    for (size_t i = 0; i < timeline->intervals.n; i++) {
        const struct hz_interval *hold = &timeline->intervals.at[i];
        if (hold->state != HZ_STATE_HOLDING || hold->thread == wait->thread ||
            !same_lock(hold->lock, wait->lock) || hold->to <= wait->from || hold->from >= wait->to)
            continue;
        unsigned long taken = hold->times;
        if (hold->from <= wait->from && taken > 0)
            taken--;
        double at = hold->from > wait->from ? hold->from : wait->from;
        *times += taken;
        if (taken > 0 && at < first)
            first = at;
    }
    return first;
}

void hz_timeline_passes(struct hz_arena *arena, struct hz_timeline *timeline)
{
    typeof(timeline->intervals) out = {0};
    for (size_t i = 0; i < timeline->intervals.n; i++) {
        struct hz_interval wait = timeline->intervals.at[i];
        unsigned long times = 0;
        double first =
            wait.state == HZ_STATE_WAITING ? first_pass(timeline, &wait, &times) : wait.to;
        if (times == 0) {
            *hz_push(arena, &out) = wait;
            continue;
        }
        struct hz_interval passed = wait;
        passed.state = HZ_STATE_PASSED;
        passed.from = wait.to = first;
        passed.times = times;
        if (wait.to > wait.from)
            *hz_push(arena, &out) = wait;
        *hz_push(arena, &out) = passed;
    }
    timeline->intervals = out;
}

/* ---- of a schedule --------------------------------------------------------------------- */

struct hz_moment hz_timeline_moment(double before, const struct hz_step *step)
{
    double end = step->number > before ? step->number : before;
    return (struct hz_moment){step->number > before ? end - 1 : before, end};
}

static double last_moment(const hz_steps *steps)
{
    double last = 0;
    for (size_t i = 0; i < steps->n; i++)
        last = hz_timeline_moment(last, &steps->at[i]).end;
    return last;
}

/* What one thread is at while the steps go by. */
struct walk {
    struct hz_arena *arena;
    struct hz_timeline *out;
    size_t thread;
    unsigned number;
    struct hz_interval now;
    bool open; /* `now` goes on */
    HZ_VEC(const char *) held;
};

static void close_at(struct walk *walk, double at)
{
    if (walk->open && at > walk->now.from) {
        walk->now.to = at;
        *hz_push(walk->arena, &walk->out->intervals) = walk->now;
    }
    walk->open = false;
}

/* From `at` on it is that, unless it is already. */
static void be(struct walk *walk, enum hz_state state, const char *lock, double at)
{
    if (walk->open && walk->now.state == state &&
        (walk->now.lock == lock || same_lock(walk->now.lock, lock)))
        return;
    close_at(walk, at);
    walk->open = true;
    walk->now =
        (struct hz_interval){.thread = walk->thread, .from = at, .state = state, .lock = lock};
}

static void be_holding(struct walk *walk, double at)
{
    if (walk->held.n > 0)
        be(walk, HZ_STATE_HOLDING, walk->held.at[walk->held.n - 1], at);
    else
        be(walk, HZ_STATE_RUNNING, NULL, at);
}

static void let_go(struct walk *walk, const char *lock)
{
    for (size_t i = walk->held.n; i-- > 0;) {
        if (!same_lock(walk->held.at[i], lock))
            continue;
        memmove(&walk->held.at[i], &walk->held.at[i + 1],
                (walk->held.n - i - 1) * sizeof *walk->held.at);
        walk->held.n--;
        return;
    }
}

/* At its own step; it runs for that one, and what it holds it holds until it lets go. */
static void own_step(struct walk *walk, const struct hz_step *step, struct hz_moment at)
{
    bool waits = walk->open && walk->now.state == HZ_STATE_WAITING;
    if (!waits) /* else it does so until the step is done */
        be_holding(walk, at.begin);
    if (step->act == HZ_ACT_WAITS) {
        be(walk, HZ_STATE_WAITING, step->object, at.end);
        return;
    }
    if (step->act == HZ_ACT_TAKES && step->object != NULL)
        *hz_push(walk->arena, &walk->held) = step->object;
    if (step->act == HZ_ACT_LETS_GO)
        let_go(walk, step->object);
    be_holding(walk, at.end);
    walk->now.times += step->act == HZ_ACT_TAKES;
}

/*
 * While others go on it has what it holds, or waits; without either it is in no state, and so
 * it is where steps were left out.
 */
static void walk_thread(struct walk *walk, const hz_steps *steps)
{
    struct hz_moment at = {0, 0};
    for (size_t i = 0; i < steps->n; i++) {
        const struct hz_step *step = &steps->at[i];
        bool runs = walk->open && walk->now.state == HZ_STATE_RUNNING;
        double before = at.end;
        at = hz_timeline_moment(before, step);
        if (runs && (step->thread != walk->number || at.begin > before))
            close_at(walk, before);
        if (step->thread == walk->number)
            own_step(walk, step, at);
    }
    close_at(walk, walk->out->length);
}

void hz_timeline_of_steps(struct hz_arena *arena, const hz_steps *steps, struct hz_timeline *out)
{
    *out = (struct hz_timeline){.steps = true, .length = last_moment(steps) + 1};
    HZ_VEC(unsigned) numbers = {0};
    for (size_t i = 0; i < steps->n; i++) {
        size_t k = 0;
        while (k < numbers.n && numbers.at[k] != steps->at[i].thread)
            k++;
        if (k == numbers.n && numbers.n < HZ_TIMELINE_THREADS)
            *hz_push(arena, &numbers) = steps->at[i].thread;
        out->left_out += k == HZ_TIMELINE_THREADS;
    }
    for (size_t k = 0; k < numbers.n; k++) {
        struct hz_timeline_thread *thread = hz_push(arena, &out->threads);
        thread->id = hz_printf(arena, "T%u", numbers.at[k]);
        thread->name = numbers.at[k] == 0 ? "main" : NULL;
        struct walk walk = {.arena = arena, .out = out, .thread = k, .number = numbers.at[k]};
        walk_thread(&walk, steps);
    }
    hz_timeline_passes(arena, out);
}

/* ---- what it comes to ------------------------------------------------------------------ */

static bool waits(const struct hz_interval *interval)
{
    return interval->state == HZ_STATE_WAITING || interval->state == HZ_STATE_PASSED;
}

static double waited_for(const struct hz_timeline *timeline, const char *lock)
{
    double sum = 0;
    for (size_t i = 0; i < timeline->intervals.n; i++)
        if (waits(&timeline->intervals.at[i]) && same_lock(timeline->intervals.at[i].lock, lock))
            sum += timeline->intervals.at[i].to - timeline->intervals.at[i].from;
    return sum;
}

static bool is_held(const struct hz_timeline *timeline, const char *lock)
{
    for (size_t i = 0; i < timeline->intervals.n; i++)
        if (timeline->intervals.at[i].state == HZ_STATE_HOLDING &&
            same_lock(timeline->intervals.at[i].lock, lock))
            return true;
    return false;
}

const char *hz_timeline_contested(const struct hz_timeline *timeline)
{
    const char *most = NULL;
    double longest = 0;
    for (size_t i = 0; i < timeline->intervals.n; i++) {
        const char *lock = timeline->intervals.at[i].lock;
        if (!waits(&timeline->intervals.at[i]) || lock == NULL || same_lock(lock, most))
            continue;
        double waited = waited_for(timeline, lock);
        if (waited > longest && is_held(timeline, lock)) {
            longest = waited;
            most = lock;
        }
    }
    return most;
}

struct hz_share hz_timeline_share(const struct hz_timeline *timeline, size_t i, const char *lock)
{
    struct hz_share share = {0};
    for (size_t k = 0; k < timeline->intervals.n; k++) {
        const struct hz_interval *interval = &timeline->intervals.at[k];
        double length = interval->to - interval->from;
        if (interval->thread != i || (lock != NULL && !same_lock(lock, interval->lock)))
            continue;
        if (interval->state == HZ_STATE_HOLDING) {
            share.held += length;
            share.taken += interval->times;
        } else if (waits(interval)) {
            share.waited += length;
            share.passed += interval->state == HZ_STATE_PASSED ? interval->times : 0;
        }
    }
    return share;
}
