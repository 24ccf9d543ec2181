#include "explorer/runtime/campaign.h"

#include "base/hash.h"
#include "explorer/runtime/cancel.h"
#include "explorer/runtime/engine.h"
#include "explorer/runtime/memory.h"
#include "explorer/runtime/objects.h"
#include "explorer/runtime/races.h"
#include "explorer/runtime/shrink.h"
#include "explorer/runtime/sorts.h"
#include "explorer/runtime/strategies.h"
#include "explorer/runtime/sync.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/single_threaded.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
    hzx_main *main;
    int argc;
    char **argv, **environment;
    char **argv_noted;
    double begun, until; /* until: when the schedule that runs is cut; 0: never */
} program;

double hzx_seconds(void)
{
    struct timespec time;
    HZX_REAL(clock_gettime)(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void hzx_until(double when)
{
    program.until = when;
}

static int broken(struct hzx_shared *shared, const char *why)
{
    strncpy(shared->text, why, HZX_TEXT - 1);
    shared->state = HZX_BROKEN;
    return 3;
}

/* ---- one schedule ---- */

static void *start(void *argument)
{
    (void)argument;
    hzx_exit(program.main(program.argc, program.argv, program.environment), 0);
}

/* The strategy's end is told in the process that ran the schedule: what it keeps, it keeps. */
static void run_here(const struct hzx_strategy *strategy, bool *more)
{
    struct hzx_shared *shared = hzx.shared;
    hzx.strategy = strategy;
    hzx.exhaustive = strategy->exhaustive;
    hzx_seed(shared->config.seed * 0x9e3779b97f4a7c15u + shared->schedules);
    if (strategy->begin != NULL)
        strategy->begin();
    hzx_cancel_begin();
    hzx_run(start, NULL);
    struct hzx_outcome *outcome = &shared->outcome;
    if (hzx.memory == HZX_TSO && hzx_raced_anew && outcome->end > HZX_CUT)
        outcome->end = HZX_FINE; /* its plain stores were not in order: see store_buffer.h */
    if (outcome->end <= HZX_CUT && !hzx.blocked && hzx_raced && !shared->config.no_races) {
        const struct hzx_race *race = &shared->races[0];
        outcome->end = HZX_RACE;
        outcome->pc = race->sides[1].pc;
        outcome->other_pc = race->sides[0].pc;
        outcome->thread = race->sides[1].thread;
        outcome->address = race->address;
    }
    *more = strategy->end == NULL || strategy->end(outcome->end);
    shared->steps += hzx.steps;
    if (hzx.steps > shared->longest)
        shared->longest = hzx.steps;
    if (hzx.threads_n > shared->threads)
        shared->threads = hzx.threads_n;
}

/* A child runs it: whatever it does to the process is gone with it. */
static void run_forked(const struct hzx_strategy *strategy, bool *more)
{
    static bool *told;
    if (told == NULL)
        told = hzx_keep(sizeof *told);
    *told = true;
    fflush(NULL);
    pid_t child = HZX_REAL(fork)();
    if (child == 0) {
        run_here(strategy, told);
        HZX_REAL(_exit)(0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) < 0) {
        broken(hzx.shared, "no process could be made for a schedule");
        HZX_REAL(_exit)(3);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == HZX_GIVEN_UP)
        HZX_REAL(_exit)(HZX_GIVEN_UP);
    *more = *told;
    if (status != 0) {
        hzx.shared->outcome = (struct hzx_outcome){.end = HZX_CRASH, .status = status};
        snprintf(hzx.shared->outcome.text, HZX_TEXT, "the process ended with wait status %d",
                 status);
    }
}

enum hzx_end hzx_run_one(const struct hzx_strategy *strategy, bool *more)
{
    struct hzx_shared *shared = hzx.shared;
    shared->schedules++;
    shared->races_n = 0;
    if (strategy != &hzx_replay) /* a replay knows what the schedule knew that it repeats */
        hzx.known = shared->racy_n;
    /* A debugger stays in one process, and sees one schedule. */
    bool fork = shared->config.mode != HZX_IN_PROCESS && shared->config.stop == 0;
    hzx_memory_reset(fork);
    (fork ? run_forked : run_here)(strategy, more);
    return shared->outcome.end;
}

/* ---- the failing schedule ---- */

#define SHRINK_SECONDS 2.0
#define WRITE_SECONDS 8.0

/* The failure as it will be replayed: with each access of it written down. */
static bool write_down(const struct hzx_segment *segments, uint32_t n)
{
    bool more;
    program.until = hzx_seconds() + WRITE_SECONDS;
    hzx_replay_set(segments, n);
    hzx.every_access = hzx.trace = true;
    hzx.shared->config.max_steps = UINT32_MAX;
    hzx_run_one(&hzx_replay, &more);
    return true;
}

static void found(struct hzx_shared *shared)
{
    struct hzx_kept *best = hzx_keep(sizeof *best);
    hzx_kept_take(best);
    shared->config.sought = shared->outcome.end;
    uint64_t schedules = shared->schedules, steps = shared->steps;
    uint32_t before = shared->preemptions;
    if (!shared->config.no_shrink) {
        hzx_shrink(best, SHRINK_SECONDS);
        shared->shrunk = before - best->preemptions;
    }
    write_down(best->segments, best->n);
    shared->racy_n = hzx.known;
    /* The shortened schedule's own numbers, but the campaign's count. */
    shared->schedules = schedules;
    shared->steps = steps;
    bool again = hzx_fails_like(&best->outcome);
    hzx_kept_put_back(best);
    if (!again) { /* told as it was found; where the threads stood then is lost */
        shared->stands_n = shared->events_n = 0;
        shared->races_n = best->outcome.end == HZX_RACE;
        shared->races[0] = best->race;
        strncpy(shared->text, "the failing schedule did not fail again: the program depends on "
                              "something that the explorer does not control", HZX_TEXT - 1);
    }
    shared->state = HZX_FOUND;
}

/* ---- the campaign ---- */

static bool spent(const struct hzx_shared *shared)
{
    if (shared->config.schedules != 0 && shared->schedules >= shared->config.schedules)
        return true;
    return shared->config.seconds > 0 && hzx_seconds() - program.begun > shared->config.seconds;
}

/* A quarter of the budget is left. */
static bool last_quarter(const struct hzx_shared *shared)
{
    const struct hzx_config *config = &shared->config;
    if (config->schedules != 0 && shared->schedules >= config->schedules - config->schedules / 4)
        return true;
    return config->seconds > 0 && hzx_seconds() - program.begun > 0.75 * config->seconds;
}

static bool overdue(void)
{
    return program.until > 0 && hzx_seconds() > program.until;
}

/*
 * The portfolio. First what finds most failures in a dozen schedules: threads in extreme orders,
 * one delay at a likely place. Then every other schedule is DPOR's, so that a small program is
 * soon through; the others sample, reads-from feedback most often, as it comes furthest from
 * where it began. What is still not found after SMALL schedules is rare, and POS has been best
 * at that: the others keep a turn in four, in case the program is one of theirs.
 *
 * The last quarter of the budget is the bounded search's: a program that has withstood all
 * these is told at least up to how many preemptions that is no luck.
 */
static enum hzx_strategy_name turn(uint64_t schedule)
{
    static const uint8_t opening[] = {
        HZX_SWEEP, HZX_SWEEP, HZX_SURW, HZX_SWEEP, HZX_SURW, HZX_SWEEP, HZX_SURW, HZX_RFF,
        HZX_SURW, HZX_SURW, HZX_RFF, HZX_SURW, HZX_POS, HZX_SURW, HZX_RFF, HZX_SURW,
        HZX_DPOR, HZX_SURW, HZX_RFF, HZX_POS, HZX_DPOR, HZX_SURW, HZX_SWEEP, HZX_RFF,
        HZX_DPOR, HZX_SURW, HZX_POS, HZX_RFF, HZX_DPOR, HZX_SURW, HZX_SWEEP, HZX_RFF};
    static const uint8_t early[] = {
        HZX_DPOR, HZX_RFF, HZX_DPOR, HZX_POS, HZX_DPOR, HZX_SURW, HZX_DPOR, HZX_RFF,
        HZX_DPOR, HZX_POS, HZX_DPOR, HZX_RANDOM, HZX_DPOR, HZX_RFF, HZX_DPOR, HZX_SURW,
        HZX_DPOR, HZX_POS, HZX_DPOR, HZX_RFF, HZX_DPOR, HZX_SWEEP, HZX_DPOR, HZX_PCT};
    static const uint8_t late[] = {
        HZX_POS, HZX_POS, HZX_SURW, HZX_POS, HZX_POS, HZX_DPOR, HZX_POS, HZX_POS,
        HZX_RANDOM, HZX_POS, HZX_POS, HZX_RFF, HZX_POS, HZX_POS, HZX_SWEEP, HZX_POS,
        HZX_POS, HZX_SURW, HZX_POS, HZX_POS, HZX_DPOR, HZX_POS, HZX_POS, HZX_RANDOM,
        HZX_POS, HZX_POS, HZX_RFF, HZX_POS, HZX_POS, HZX_PCT, HZX_POS, HZX_POS};
    enum { OPENING = sizeof opening, EARLY = sizeof early, LATE = sizeof late, SMALL = 1 << 15 };
    if (schedule < OPENING)
        return opening[schedule];
    return schedule < SMALL ? early[schedule % EARLY] : late[schedule % LATE];
}

static const struct hzx_strategy *strategy_now(struct hzx_shared *shared, const bool *over)
{
    enum hzx_strategy_name name = shared->config.strategy;
    if (name == HZX_PORTFOLIO)
        name = over[HZX_DPOR] || (last_quarter(shared) && !over[HZX_BOUND]) ? HZX_BOUND
                                                                    : turn(shared->schedules);
    shared->phase = name;
    return hzx_strategy(name);
}

static void open_strategies(const struct hzx_shared *shared)
{
    for (unsigned name = 0; name < HZX_STRATEGIES; name++) {
        const struct hzx_strategy *strategy = hzx_strategy(name);
        bool used = shared->config.strategy == name ||
                    (shared->config.strategy == HZX_PORTFOLIO && name != HZX_BRUTE);
        if (used && strategy != NULL && strategy->open != NULL)
            strategy->open();
    }
}

/* Why a search of all that came to its end has not tried all; NULL: it has. */
static const char *left_out(const struct hzx_shared *shared, bool cut)
{
    return shared->left_out & HZX_LEFT_OUTSIDE
               ? "some waits end only by what is not controlled"
           : shared->left_out & HZX_LEFT_ROOM
               ? "there is no room for all that the program asks for"
           : cut || shared->left_out & HZX_LEFT_DEEP ? "schedules were cut at the limit of steps"
           : shared->left_out & HZX_LEFT_STORES
               ? "older stores were left out that C11's memory could have shown"
               : NULL;
}

/* A strategy has come to its end: whether the campaign has, too. A portfolio whose dpor could
 * not try all goes on to the bounded search. */
static bool ended(const struct hzx_shared *shared, const bool *over, const bool *cut)
{
    if (shared->config.strategy != HZX_PORTFOLIO)
        return true;
    return over[HZX_DPOR] && (over[HZX_BOUND] || left_out(shared, cut[HZX_DPOR]) == NULL);
}

/* Without a failure: all was tried, or not, and then why. */
static void conclude(struct hzx_shared *shared, const bool *over, const bool *cut)
{
    enum hzx_strategy_name name = shared->config.strategy;
    name = name == HZX_PORTFOLIO ? HZX_DPOR : name;
    const char *why = over[name] ? left_out(shared, cut[name]) : NULL;
    if (why != NULL && shared->text[0] == '\0')
        strncpy(shared->text, why, HZX_TEXT - 1);
    shared->state = over[name] && why == NULL ? HZX_EXHAUSTED : HZX_SPENT;
}

static void note_failure(struct hzx_shared *shared)
{
    if (shared->first_failure == 0)
        shared->first_failure = shared->schedules;
    if (shared->config.keep_sorts)
        hzx_sort_note();
}

static void explore(struct hzx_shared *shared)
{
    bool more = true, over[HZX_STRATEGIES] = {false}, cut[HZX_STRATEGIES] = {false};
    program.until = shared->config.seconds > 0 ? program.begun + shared->config.seconds : 0;
    hzx.overdue = overdue;
    open_strategies(shared);
    while (!spent(shared)) {
        const struct hzx_strategy *strategy = strategy_now(shared, over);
        uint64_t blocked = shared->blocked;
        enum hzx_end end = hzx_run_one(strategy, &more);
        shared->failures[end < HZX_ENDS ? end : HZX_CRASH]++;
        /* What a sleep set has cut off was seen before; what a sampler cuts off, others see. */
        if (end == HZX_CUT && shared->blocked == blocked)
            cut[shared->phase] = true;
        if (end > HZX_CUT)
            note_failure(shared);
        if (end > HZX_CUT && !shared->config.keep_going) {
            found(shared);
            return;
        }
        over[shared->phase] = !more;
        if (!more && ended(shared, over, cut))
            break;
    }
    conclude(shared, over, cut);
    hzx_sorts_shrink();
}

static void replay(struct hzx_shared *shared)
{
    uint32_t n = shared->segments_n;
    struct hzx_segment *segments = hzx_keep(HZX_SEGMENTS * sizeof *segments);
    memcpy(segments, shared->segments, n * sizeof *segments);
    hzx.known = shared->racy_n <= HZX_RACY ? shared->racy_n : 0;
    for (uint32_t i = 0; i < hzx.known; i++) {
        struct hzx_cell *cell = hzx_cell(shared->racy[i]);
        if (cell != NULL)
            cell->racy = i + 1;
    }
    for (uint32_t i = 0; i < shared->config.times; i++) {
        write_down(segments, n);
        uint64_t hash = hz_hash_bytes(HZ_HASH_START, (const void *)shared->events,
                                      shared->events_n * sizeof *shared->events);
        if (i == 0)
            shared->trace_hash = hash;
        else if (hash != shared->trace_hash)
            strncpy(shared->text, "two replays differ", HZX_TEXT - 1);
        shared->failures[shared->outcome.end]++;
    }
    shared->state = shared->outcome.end > HZX_CUT ? HZX_FOUND : HZX_SPENT;
}

/* What the C library keeps for standard output must not be in the program's heap. */
static void quiet_output(const struct hzx_shared *shared)
{
    static char buffer[1 << 16];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    if (shared->config.show)
        return;
    FILE *ignored = freopen("/dev/null", "w", stdout);
    ignored = freopen("/dev/null", "w", stderr);
    (void)ignored;
}

int hzx_campaign(struct hzx_shared *shared, hzx_main *main, int argc, char **argv,
                 char **environment)
{
    const char *why;
    hzx.shared = shared;
    program.main = main;
    program.argc = argc;
    program.argv = argv;
    program.environment = environment;
    program.begun = hzx_seconds();
    bool threads = shared->config.mode == HZX_THREADS_MODE;
    if (!hzx_memory_open(argv, &why) || !hzx_carriers_open(threads, &hzx.campaign, &why))
        return broken(shared, why);
    hzx_objects_open();
    hzx_races_open();
    hzx_cancel_open();
    hzx_names_open();
    quiet_output(shared);
    hzx_catch_crashes();
    __libc_single_threaded = 0; /* else std::shared_ptr counts without atomics: the kernel knows
                                   of one thread only */
    hzx_memory_note();
    shared->state = HZX_RUNNING;
    if (shared->config.strategy == HZX_REPLAY)
        replay(shared);
    else
        explore(shared);
    fflush(NULL);
    return 0;
}

const struct hzx_strategy *hzx_strategy(enum hzx_strategy_name name)
{
    switch (name) {
    case HZX_RANDOM: return &hzx_random_walk;
    case HZX_PCT: return &hzx_pct;
    case HZX_POS: return &hzx_pos;
    case HZX_SURW: return &hzx_surw;
    case HZX_RFF: return &hzx_rff;
    case HZX_SWEEP: return &hzx_sweep;
    case HZX_BOUND: return &hzx_bound;
    case HZX_BRUTE: return &hzx_brute;
    case HZX_DPOR: return &hzx_dpor;
    default: return NULL;
    }
}
