#include "watchdog/starve_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* One who waits, whichever way. */
struct judged {
    const struct hzw_actor *actor;
    const struct hzw_epoch *epoch;
    struct hzw_key *key;
    uint64_t object, caller;
    uint32_t kind;
    double waited, at_it; /* seconds since it began, and of them those that count */
    const char *does;     /* "waits for", … */
};

/* ---- the rules -------------------------------------------------------------------- */

/* Those that take it one at a time leave room for each other by turns: so many do at once. */
#define FEW 4.0
/* When all pass a few times each, rather than one of them often, it has to last longer. */
#define TIMES_LONGER 4.0

/* With so many ready to run for each processor the bounds were measured. */
#define USUAL_CROWD 2.0

/*
 * How much longer everything takes on this machine than on one that is usually busy. One
 * thread that is woken and gets no processor keeps back all that wait behind it, so the
 * waiter's own delay does not tell.
 */
static double crowd(struct hzw_glance *look)
{
    double average = 0;
    if (look->crowd == 0) {
        long processors = sysconf(_SC_NPROCESSORS_ONLN);
        if (look->starve->load(&average, 1) < 1 || processors < 1)
            average = 0;
        double each = average / (double)(processors < 1 ? 1 : processors);
        look->crowd = each > USUAL_CROWD ? each / USUAL_CROWD : 1;
    }
    return look->crowd;
}

/*
 * How long a wait is at least, in seconds, that counts. On a lock that is not handed on in
 * the order of arrival, the turn of one of n comes n times more rarely. Between readers and
 * writers that is no excuse: readers do not keep each other out, so a writer's turn comes
 * when those that are in have left, and the readers' all at once, when one writer leaves.
 */
static double patience(struct hzw_glance *look, const struct judged *waiter)
{
    double equals = waiter->kind == HZW_RWLOCK_READ ? 0 : waiter->epoch->alone;
    double seconds = look->starve->options.bypass_seconds;
    if (equals == 0 || waiter->at_it < seconds / 2)
        return seconds;
    return seconds * (equals > FEW ? equals / FEW : 1) * crowd(look);
}

/*
 * Either one thread got it very often, or at least half of those that got it at all did so
 * more often than any fair lock allows, which lets each pass once, or once more where two
 * looks do not come at the right moment.
 */
static bool is_passed_over(struct hzw_glance *look, const struct judged *waiter)
{
    const struct hzw_epoch *epoch = waiter->epoch;
    const struct hzw_options *options = &look->starve->options;
    double needed = patience(look, waiter), passing = (double)epoch->passing / 1e9;
    if (waiter->at_it >= needed && passing >= needed && epoch->most >= options->bypass)
        return true;
    needed *= TIMES_LONGER;
    return waiter->at_it >= needed && passing >= needed && epoch->each > 0 &&
           2 * epoch->each >= epoch->n;
}

/* ---- conditions ------------------------------------------------------------------- */

/* The first epoch of the mutex that began no sooner than that of the condition, or the last. */
static uint32_t epoch_like(const struct hzw_key *mutex, uint64_t begin)
{
    uint32_t e = 0;
    while (e + 1 < mutex->epochs && mutex->epoch[e].begin < begin)
        e++;
    return e;
}

static bool has_waited_there(const struct hzw_slot *slot, const struct hzw_waiter *waiter)
{
    const struct hzw_episode *episode = &slot->episode;
    /* One that is still in its first wait, and maybe passed over as well. */
    if (atomic_load(&episode->seq) % 2 == 1 && episode->object == waiter->wait.object &&
        episode->caller == waiter->wait.caller)
        return true;
    struct hzw_count own = hzw_find_count(slot, waiter->wait.object);
    return own.object != 0 && own.caller == waiter->wait.caller;
}

/*
 * A condition is waited on for something that others have and give back, or for something
 * that they make happen. Only of the first sort can anybody get too much. It is of that
 * sort if all who took its mutex meanwhile wait at the same place themselves. A pool's
 * workers do that, too, but not who gives them work; and who waits for the end of one long
 * task is woken in vain by all the short ones, but not by others that wait.
 */
static bool is_among_equals(const struct hzw_glance *look, const struct hzw_waiter *waiter)
{
    const struct hzw_key *mutex = hzw_key_at(look, waiter->mutex.key);
    const struct hzw_key *condition = hzw_key_at(look, waiter->what.key);
    if (mutex->epochs == 0)
        return false;
    uint32_t e = epoch_like(mutex, condition->epoch[waiter->what.epoch].begin);
    look->starve->steps += look->counts->n;
    for (size_t i = 0; i < look->counts->n; i++) {
        const struct hzw_count_of *count = &look->counts->at[i];
        if (count->key != waiter->mutex.key || count->since[e] == 0)
            continue;
        if (!has_waited_there(look->actors.at[count->actor].slot, waiter) &&
            count->actor != waiter->actor)
            return false;
    }
    return true;
}

/* ---- words ------------------------------------------------------------------------ */

#define MOST_NAMED 8

static int more_first(const void *a, const void *b)
{
    const struct hzw_count_of *left = a, *right = b;
    return (left->since[0] < right->since[0]) - (left->since[0] > right->since[0]);
}

/* The threads that passed it, the most often first; as if there were the one epoch. */
static size_t passers(struct hzw_glance *look, const struct judged *waiter,
                      struct hzw_count_of **out)
{
    HZ_VEC(struct hzw_count_of) found = {0};
    uint32_t key = (uint32_t)(waiter->key - look->starve->table.keys.at);
    uint32_t e = (uint32_t)(waiter->epoch - waiter->key->epoch);
    for (size_t i = 0; i < look->counts->n; i++) {
        struct hzw_count_of count = look->counts->at[i];
        if (count.key != key || count.since[e] == 0)
            continue;
        count.since[0] = count.since[e];
        count.held[0] = count.held[e];
        *hz_push(look->arena, &found) = count;
    }
    qsort(found.at, found.n, sizeof *found.at, more_first);
    *out = found.at;
    return found.n;
}

static double per_cent(double part, double all)
{
    return all > 0 ? 100 * part / all : 0;
}

/* How often it got it in all, in which share of the looks it had it. */
static const char *measures(struct hzw_glance *look, const struct judged *waiter,
                            const struct hzw_count_of *count)
{
    const struct hzw_actor *actor = &look->actors.at[count->actor];
    uint64_t object = hzw_tally_at(actor->slot, count->place % HZW_TALLIES)->object;
    const char *text = hz_printf(look->arena, "took it %s times, %.0f %% of all meanwhile",
                                 hzw_number(look->arena, hzw_find_count(actor->slot, object).taken),
                                 per_cent(count->since[0], (double)waiter->epoch->total));
    if (waiter->kind == HZW_COND || waiter->kind == HZW_SEM || waiter->epoch->looks == 0)
        return text;
    return hz_printf(look->arena, "%s, and had it in %.0f %% of %u samples", text,
                     per_cent(count->held[0], waiter->epoch->looks), waiter->epoch->looks);
}

static void add_passer(struct hzw_glance *look, struct hzw_suspicion *suspicion,
                       const struct judged *waiter, const struct hzw_count_of *count)
{
    const struct hzw_actor *actor = &look->actors.at[count->actor];
    const struct hzw_tally *tally = hzw_tally_at(actor->slot, count->place % HZW_TALLIES);
    const char *what = hzw_kind_word(waiter->kind);
    struct hzw_suspect *passes = hzw_add_suspect(
        look, suspicion, actor->thread,
        hz_printf(look->arena, "passed %s times for the %s: %s",
                  hzw_number(look->arena, count->since[0]), what, measures(look, waiter, count)));
    passes->caller = atomic_load(&tally->caller);
    passes->object = atomic_load(&tally->object);
    passes->what = what;
    passes->holds = hzw_find_held(actor->slot, passes->object).object != 0;
}

/* A lock that one thread takes again and again, and has nearly all of the time. */
static bool is_hog(const struct judged *waiter, const struct hzw_count_of *most)
{
    const struct hzw_epoch *epoch = waiter->epoch;
    return waiter->kind != HZW_COND && waiter->kind != HZW_SEM && epoch->looks >= 8 &&
           most->held[0] >= 0.75 * epoch->looks && most->since[0] >= 0.75 * (double)epoch->total;
}

static const char *summary_of(struct hzw_glance *look, const struct judged *waiter,
                              const struct hzw_count_of *found, size_t n)
{
    const char *times = hzw_number(look->arena, waiter->epoch->total);
    const struct hzw_actor *most = &look->actors.at[found[0].actor];
    int tid = (int)waiter->actor->thread->tid, by = (int)most->thread->tid;
    const char *what = hzw_kind_word(waiter->kind);
    if (n == 1)
        return hz_printf(
            look->arena, "thread %d %s a %s, passed over %s times by tid %d in %.2f s, which %s",
            tid, waiter->does, what, times, by, waiter->waited, measures(look, waiter, &found[0]));
    return hz_printf(look->arena,
                     "thread %d %s a %s, passed over %s times by %zu threads in %.2f s, %s times "
                     "of them by tid %d, which %s",
                     tid, waiter->does, what, times, n, waiter->waited,
                     hzw_number(look->arena, found[0].since[0]), by,
                     measures(look, waiter, &found[0]));
}

static void report(struct hzw_glance *look, const struct judged *waiter)
{
    struct hzw_count_of *found;
    size_t n = passers(look, waiter, &found);
    look->starve->steps += look->counts->n;
    /* Of one object one kind is said of each thread: whichever comes first. */
    if (n == 0 || !hzw_is_new(look, "bypass", waiter->actor->owner, waiter->object))
        return;
    const char *what = hzw_kind_word(waiter->kind);
    struct hzw_suspicion *suspicion =
        hzw_add_suspicion(look, is_hog(waiter, &found[0]) ? "lock-hog" : "bypass", HZ_PROBABLE,
                          summary_of(look, waiter, found, n));
    struct hzw_suspect *starves = hzw_add_suspect(
        look, suspicion, waiter->actor->thread,
        hz_printf(look->arena, "%s %s, passed over %s times in %.2f s", waiter->does, what,
                  hzw_number(look->arena, waiter->epoch->total), waiter->waited));
    starves->caller = waiter->caller;
    starves->object = waiter->object;
    starves->what = what;
    for (size_t i = 0; i < n && i < MOST_NAMED; i++)
        add_passer(look, suspicion, waiter, &found[i]);
}

/* ---- the waiters ------------------------------------------------------------------ */

/*
 * A thread that spins gets a spin lock only while it is on a processor: the rest of the
 * time it is the scheduler that it waits for.
 */
static double seconds_at_it(const struct hzw_glance *look, const struct hzw_waiter *waiter,
                            double waited)
{
    if (waiter->wait.kind != HZW_SPIN)
        return waited;
    uint64_t ticks = look->actors.at[waiter->actor].thread->ticks - waiter->ticks;
    return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

/* For so long the thread could have run and was given no processor, in nanoseconds. */
static uint64_t delay_of(const struct hzt_thread *thread)
{
    char path[64];
    unsigned long long delay = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", (int)thread->pid, (int)thread->tid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%*u %llu", &delay) != 1)
        delay = 0;
    fclose(file);
    return delay;
}

/* So many files are read in one look at most; who has to wait for it is told of later. */
#define MOST_ASKED 64
/* Of the time of a wait, what the scheduler may take. */
#define LATE_SHARE 0.2

/*
 * On a machine with more to do than it has processors a thread that is woken for a lock
 * comes too late, and who holds one is interrupted: then everybody waits for long, and what
 * they wait for is a processor. Who is never woken is passed over by the lock itself. Tries,
 * and wake-ups in vain, are counted one by one: of those it does not matter when they came.
 */
static bool is_in_time(struct hzw_glance *look, struct hzw_waiter *waiter,
                       const struct judged *judged)
{
    if (waiter->how != HZW_IN_CALL || waiter->wait.kind == HZW_SPIN)
        return true;
    const struct hzt_thread *thread = judged->actor->thread;
    bool half = judged->at_it >= patience(look, judged) / 2;
    if (waiter->halfway == 0) {
        if (half && judged->epoch->total > 0 && look->asked++ < MOST_ASKED) {
            waiter->halfway = look->now;
            waiter->late = delay_of(thread);
        }
        return false;
    }
    double since = hzw_seconds(waiter->halfway, look->now);
    if (since < patience(look, judged) / 2 || !is_passed_over(look, judged) ||
        look->asked++ >= MOST_ASKED)
        return false;
    return (double)(delay_of(thread) - waiter->late) / 1e9 <= LATE_SHARE * since;
}

static void judge_wait(struct hzw_glance *look, struct hzw_waiter *waiter)
{
    if (waiter->absent || waiter->mutual || waiter->what.epoch < 0 ||
        (waiter->how == HZW_IN_EPISODE && waiter->vain < look->starve->options.bypass_each))
        return;
    struct hzw_key *key = hzw_key_at(look, waiter->what.key);
    double waited = hzw_seconds(waiter->since, look->now);
    struct judged judged = {.actor = &look->actors.at[waiter->actor],
                            .epoch = &key->epoch[waiter->what.epoch],
                            .key = key,
                            .object = waiter->wait.object,
                            .caller = waiter->wait.caller,
                            .kind = waiter->wait.kind,
                            .waited = waited,
                            .at_it = seconds_at_it(look, waiter, waited),
                            .does = waiter->calls > 1 ? "waits again and again for" : "waits for"};
    if (is_in_time(look, waiter, &judged) && is_passed_over(look, &judged) &&
        (waiter->how != HZW_IN_EPISODE || is_among_equals(look, waiter)))
        report(look, &judged);
}

/*
 * Two that try against each other are a livelock and nothing else; also where this look came
 * between the try of the one and that of the other.
 */
static bool is_mutual(const struct hzw_glance *look, const struct hzw_row *row)
{
    return row->mutual_at != 0 &&
           hzw_seconds(row->mutual_at, look->now) < look->starve->options.bypass_seconds;
}

static void judge_row(struct hzw_glance *look, const struct hzw_row *row)
{
    if (!row->followed || !row->grows || is_mutual(look, row) || row->what.epoch < 0 ||
        row->refused < look->starve->options.bypass)
        return;
    struct hzw_key *key = hzw_key_at(look, row->what.key);
    double waited = hzw_seconds(row->since, look->now);
    struct judged judged = {.actor = &look->actors.at[row->actor],
                            .epoch = &key->epoch[row->what.epoch],
                            .key = key,
                            .object = row->object,
                            .caller = row->caller,
                            .kind = row->kind,
                            .waited = waited,
                            .at_it = waited,
                            .does = "tries for"};
    if (is_passed_over(look, &judged))
        report(look, &judged);
}

void hzw_look_for_bypass(struct hzw_glance *look)
{
    for (size_t i = 0; i < look->starve->waiters.n; i++) {
        hzw_step(look->starve);
        judge_wait(look, &look->starve->waiters.at[i]);
    }
    for (size_t i = 0; i < look->starve->rows.n; i++)
        judge_row(look, &look->starve->rows.at[i]);
    look->starve->steps += look->starve->waiters.n + look->starve->rows.n;
}
