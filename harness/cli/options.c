#include "cli/options.h"

#include "catalog/catalog.h"
#include "detectors/detector.h"
#include "explorer/driver.h"
#include "explorer/tell.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* How many this process may use. */
static unsigned processors(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n > 0 ? (unsigned)n : 1;
}

/* ---- taking values ---- */

static bool take_number(const char *name, const char *value, unsigned least, unsigned most,
                        unsigned *out, struct hz_error *error)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 || number < least ||
        number > most)
        return hz_fail(error, "--%s takes a whole number from %u to %u, not \"%s\"", name, least,
                       most, value);
    *out = (unsigned)number;
    return true;
}

static bool take_seconds(const char *name, const char *value, double *out, struct hz_error *error)
{
    char *end;
    double seconds = strtod(value, &end);
    if (end == value || *end != '\0' || !isfinite(seconds) || seconds <= 0)
        return hz_fail(error, "--%s takes seconds above 0, not \"%s\"", name, value);
    *out = seconds;
    return true;
}

#define TAKE(option)                                                                               \
    static bool take_##option(struct hz_arena *arena, struct hz_settings *settings,                \
                              const char *value, struct hz_error *error)
#define TAKE_TEXT(option)                                                                          \
    TAKE(option)                                                                                   \
    {                                                                                              \
        (void)arena, (void)error;                                                                  \
        settings->option = value;                                                                  \
        return true;                                                                               \
    }
#define TAKE_FLAG(option, place)                                                                   \
    TAKE(option)                                                                                   \
    {                                                                                              \
        (void)arena, (void)value, (void)error;                                                     \
        settings->place = true;                                                                    \
        return true;                                                                               \
    }
#define TAKE_NUMBER(option, name, least, most, place)                                              \
    TAKE(option)                                                                                   \
    {                                                                                              \
        (void)arena;                                                                               \
        unsigned number;                                                                           \
        if (!take_number(name, value, least, most, &number, error))                                \
            return false;                                                                          \
        settings->place = number;                                                                  \
        return true;                                                                               \
    }
#define TAKE_SECONDS(option, name, place)                                                          \
    TAKE(option)                                                                                   \
    {                                                                                              \
        (void)arena;                                                                               \
        return take_seconds(name, value, &settings->place, error);                                 \
    }

TAKE_TEXT(select)
TAKE_TEXT(results)
TAKE_TEXT(corpus)
TAKE_TEXT(output)
TAKE_TEXT(against)
TAKE_TEXT(json)
TAKE_TEXT(input)
TAKE_TEXT(dot)

TAKE_FLAG(propagate, propagate)
TAKE_FLAG(quiet, quiet)
TAKE_FLAG(fail_fast, fail_fast)
TAKE_FLAG(help, help)
TAKE_FLAG(report_only, report_only)
TAKE_FLAG(keep_going, keep_going)
TAKE_FLAG(no_races, no_races)
TAKE_FLAG(print, print)
TAKE_FLAG(stats, watch.measure)

TAKE_NUMBER(repeat, "repeat", 1, 10000, repeat)
TAKE_NUMBER(jobs, "jobs", 1, 64, jobs)
TAKE_NUMBER(cpus, "cpus", 1, processors(), cpus)
TAKE_NUMBER(width, "width", 40, 1000, width)
TAKE_NUMBER(pid, "pid", 1, INT_MAX, pid)
TAKE_NUMBER(bypass, "bypass", 1, INT_MAX, watch.bypass)
TAKE_NUMBER(retries, "retries", 1, INT_MAX, watch.retries)
TAKE_NUMBER(zombies, "zombies", 1, INT_MAX, watch.zombies)
TAKE_NUMBER(seed, "seed", 0, UINT_MAX, seed)
TAKE_NUMBER(depth, "depth", 1, 16, depth)
TAKE_NUMBER(preemptions, "preemptions", 0, 1000, preemptions)
TAKE_NUMBER(max_steps, "max-steps", 100, INT_MAX, max_steps)
TAKE_NUMBER(campaigns, "campaigns", 1, HZ_CAMPAIGNS, campaigns)
TAKE_NUMBER(spurious, "spurious", 0, 1000, spurious)
TAKE_NUMBER(step, "step", 1, INT_MAX, step)

TAKE_SECONDS(bypass_seconds, "bypass-seconds", watch.bypass_seconds)
TAKE_SECONDS(hold_seconds, "hold-seconds", watch.hold_seconds)
TAKE_SECONDS(stranded_seconds, "stranded-seconds", watch.stranded_seconds)

TAKE(class)
{
    enum hz_class class;
    if (!hz_class_parse(value, &class) || class == HZ_MISUSE)
        return hz_fail(error, "--class takes race, deadlock or starvation, not \"%s\"", value);
    *hz_push(arena, &settings->classes) = value;
    return true;
}

TAKE(detector)
{
    char *copy = hz_dup(arena, value), *rest;
    for (char *name = strtok_r(copy, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest)) {
        if (hz_detector_named(name) == NULL)
            return hz_fail(error, "there is no detector \"%s\"; `hazmat doctor` lists them", name);
        *hz_push(arena, &settings->detectors) = name;
    }
    return true;
}

TAKE(variant)
{
    if (strcmp(value, "buggy") != 0 && strcmp(value, "fixed") != 0)
        return hz_fail(error, "--variant takes buggy or fixed, not \"%s\"", value);
    *hz_push(arena, &settings->variants) = value;
    return true;
}

TAKE(timeout)
{
    (void)arena;
    settings->timed = true;
    return take_seconds("timeout", value, &settings->timeout, error);
}

TAKE(on_deadlock)
{
    (void)arena;
    if (strcmp(value, "report") != 0 && strcmp(value, "abort") != 0 && strcmp(value, "kill") != 0)
        return hz_fail(error, "--on-deadlock takes report, abort or kill, not \"%s\"", value);
    settings->on_deadlock = value;
    return true;
}

/* ---- of the explorer ---- */

TAKE(strategy)
{
    (void)arena;
    return hzx_strategy_parse(value, &settings->strategy) ||
           hz_fail(error, "--strategy takes portfolio, random, pct, pos, surw, rff, bound, dpor, sweep or "
                          "brute, not \"%s\"", value);
}

TAKE(memory)
{
    (void)arena;
    return hzx_memory_parse(value, &settings->memory) ||
           hz_fail(error, "--memory takes sc, tso or c11, not \"%s\"", value);
}

TAKE(mode)
{
    (void)arena;
    settings->moded = true;
    return hzx_mode_parse(value, &settings->mode) ||
           hz_fail(error, "--mode takes fibers, fork or threads, not \"%s\"", value);
}

/* "20s" is time, "20" is schedules. */
TAKE(budget)
{
    size_t length = strlen(value);
    if (length > 1 && value[length - 1] == 's') {
        settings->budget_schedules = 0;
        return take_seconds("budget", hz_copy(arena, value, length - 1),
                            &settings->budget_seconds, error);
    }
    unsigned schedules;
    if (!take_number("budget", value, 1, UINT_MAX, &schedules, error))
        return false;
    settings->budget_schedules = schedules;
    settings->budget_seconds = 0;
    return true;
}

TAKE(color)
{
    (void)arena;
    if (strcmp(value, "auto") != 0 && strcmp(value, "always") != 0 && strcmp(value, "never") != 0)
        return hz_fail(error, "--color takes auto, always or never, not \"%s\"", value);
    settings->color = value;
    return true;
}

TAKE(format)
{
    static const char *const formats[] = {"terminal", "html", "junit", "sarif", "jsonl", "trace"};
    (void)arena;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(value, formats[i]) == 0)
            return (settings->format = value) != NULL;
    return hz_fail(error, "--format takes terminal, html, junit, sarif, jsonl or trace, not \"%s\"",
                   value);
}

const struct hz_option hz_options[] = {
    {'k', "select", "EXPR", "only pairs that EXPR matches: words joined by `and`, `or`, `not` and "
     "parentheses; a word matches the beginning of a part of the pair's name or kind (`trans` "
     "in deadlock/transfer-order), or a whole concept", take_select},
    {'c', "class", "CLASS", "only race, deadlock or starvation (may be given again)", take_class},
    {'d', "detector", "NAMES", "only these detectors, parted by commas", take_detector},
    {'V', "variant", "VARIANT", "only buggy or only fixed", take_variant},
    {'n', "repeat", "N", "run N times and show rates (default 1; in `check`, bare at least 5 times)",
     take_repeat},
    {'j', "jobs", "N", "runs at the same time (default: the processors)", take_jobs},
    {0, "cpus", "N", "pin each program to N processors", take_cpus},
    {'x', "fail-fast", NULL, "stop at the first surprise", take_fail_fast},
    {'t', "timeout", "SECONDS", "deadline of a run (default 10; in `watch` none); a detector "
     "gets a multiple of it as it slows programs down", take_timeout},
    {'r', "results", "DIR", "the folder of the results (default: build/results, or hazmat-results for "
     "an installed hazmat; for `run`: ~/.local/state/hazmat)", take_results},
    {0, "corpus", "DIR", "the folder that holds scenarios and fixed", take_corpus},
    {'f', "format", "FORMAT", "terminal, html, junit, sarif, jsonl or trace (timelines, for Perfetto)",
      take_format},
    {0, "against", "OLD", "compare with the event stream OLD: what is worse, better or otherwise "
     "than it was; in the formats terminal, html and jsonl", take_against},
    {'o', "output", "FILE", "write there instead of standard output (`watch`: standard error); in `explore` the "
     "schedule (default: PROGRAM.schedule in the working folder)",
     take_output},
    {0, "json", "FILE", "keep the event stream in FILE", take_json},
    {'i', "input", "FILE", "the program's standard input (default: /dev/null)", take_input},
    {'p', "pid", "PID", "watch this process, which runs already, and its descendants", take_pid},
    {0, "on-deadlock", "WHAT", "once threads hang for certain: `kill` ends the program, so that "
     "nothing waits for it for ever (the default); `abort` sends SIGABRT to the processes that "
     "hang, for a core dump; `report` leaves it as it is (the default with --pid)",
     take_on_deadlock},
    {0, "propagate", NULL, "if nothing was found, exit with the program's own status, or with 128 "
     "and the number of the signal that killed it", take_propagate},
    {'q', "quiet", NULL, "say nothing but findings", take_quiet},
    {0, "dot", "FILE", "write the wait-for graph of deadlocks there, for Graphviz: `dot -Tsvg "
     "FILE`", take_dot},
    {0, "bypass", "N", "starvation: one other thread got what a thread waits for N times "
     "meanwhile (default 100; under contention some tens are usual, as glibc's mutexes are not "
     "fair)", take_bypass},
    {0, "bypass-seconds", "S", "and the thread has waited for so long (default 0.25, twice the "
     "longest wait measured under mere contention)", take_bypass_seconds},
    {0, "hold-seconds", "S", "starvation: a lock that others wait for is held so long by a "
     "thread that runs (default 1; a critical section takes milliseconds)", take_hold_seconds},
    {0, "retries", "N", "livelock: N tries in a row fail (default 1000; polling with a pause "
     "makes some tens a second)", take_retries},
    {0, "stranded-seconds", "S", "deadlock, probable: a wait for a condition, semaphore or barrier "
     "has gone on for so long, and those who could end it have ended or are stuck while others "
     "work (default 3; who takes the place of a thread that has ended does so in milliseconds)",
     take_stranded_seconds},
    {0, "zombies", "N", "N dead children are not collected by their parent (default 50; a "
     "server that collects now and then has a handful)", take_zombies},
    {0, "stats", NULL, "at the end show the measures of each lock: how often it was taken and "
     "waited for, how long the waits and holds were, each thread's share, and fairness by Jain's "
     "index (1: all alike); and what was left out for want of room or time. Locks then cost some "
     "tens of nanoseconds more", take_stats},
    {0, "strategy", "NAME", "how schedules are chosen: portfolio (the default: a search that can "
     "end, and the samplers in turn), random, pct, pos, surw, rff, bound (fewest preemptions "
     "first), sweep (single delays, one after the other), dpor (each order of what depends on "
     "each other once), brute (every order)",
     take_strategy},
    {0, "budget", "N|Ns", "at most N schedules, or N seconds (default 10s)", take_budget},
    {0, "memory", "MODEL", "sc (every thread sees every write at once; the default), tso (writes "
     "wait in a buffer, as on x86), c11 (as the standard allows for the memory orders used)",
     take_memory},
    {0, "seed", "N", "of the random choices (default 1): the same seed, the same schedules",
     take_seed},
    {'j', "campaigns", "N", "so many searches at a time, with seeds of their own; the first that finds "
     "something ends all (default 1)", take_campaigns},
    {0, "depth", "D", "for pct: how many ordered steps the hazard needs (default 3)", take_depth},
    {0, "preemptions", "C", "for bound, also as a part of portfolio: the most preemptions "
     "(default 2)", take_preemptions},
    {0, "max-steps", "N", "a schedule that is longer is cut (default 20000)", take_max_steps},
    {0, "spurious", "N", "up to N waits on conditions a schedule end for no reason, as POSIX allows "
     "(default 0)", take_spurious},
    {0, "report-only", NULL, "exit with 0 whatever is found, for harnesses", take_report_only},
    {0, "keep-going", NULL, "count failures instead of stopping at the first; of each "
     "sort (what, and where) a schedule is kept", take_keep_going},
    {0, "no-races", NULL, "data races are no hazards: go on until something goes wrong",
     take_no_races},
    {0, "mode", "MODE", "how threads are run, with the same choices: fibers (in one process, the "
     "fastest), fork (fibers, each schedule in a process of its own: for programs that keep what "
     "cannot be put back), threads (real ones, each schedule in a process of its own: for programs "
     "that fibers cannot serve, and for debuggers). Default: fibers, or fork if the program calls "
     "for it", take_mode},
    {0, "print", NULL, "show the schedule, a column for each thread", take_print},
    {0, "step", "N", "stop there: shows the steps before it, or stops the debugger", take_step},
    {0, "color", "WHEN", "auto, always or never; NO_COLOR is honoured", take_color},
    {'w', "width", "COLUMNS", "as wide as that (default: the terminal, or 80)", take_width},
    {'h', "help", NULL, "this text", take_help},
    {0, NULL, NULL, NULL, NULL},
};

bool hz_option_of(const struct hz_subcommand *command, const struct hz_option *option)
{
    size_t length = strlen(option->name);
    for (const char *at = command->options; (at = strstr(at, option->name)) != NULL; at += length) {
        bool starts = at == command->options || at[-1] == ' ';
        if (starts && (at[length] == ' ' || at[length] == '\0'))
            return true;
    }
    return false;
}

/* ---- parsing ---- */

/* What getopt_long wants, of the options of one command; `val` is an index into hz_options. */
static void getopt_tables(const struct hz_subcommand *command, struct option *longs, char *letters)
{
    size_t n = 0;
    /* ":" first: a missing argument is told apart from an unknown option. */
    letters += sprintf(letters, "%s:", command->program ? "+" : "");
    for (int i = 0; hz_options[i].name != NULL; ++i) {
        const struct hz_option *option = &hz_options[i];
        if (!hz_option_of(command, option))
            continue;
        longs[n++] = (struct option){option->name,
                                     option->argument != NULL ? required_argument : no_argument,
                                     NULL, 1000 + i};
        if (option->letter != 0)
            letters += sprintf(letters, "%c%s", option->letter, option->argument ? ":" : "");
    }
    longs[n] = (struct option){0};
}

static const struct hz_option *option_by(const struct hz_subcommand *command, int got)
{
    if (got >= 1000)
        return &hz_options[got - 1000];
    for (const struct hz_option *option = hz_options; option->name != NULL; ++option) {
        if (option->letter == got && hz_option_of(command, option))
            return option;
    }
    return NULL;
}

bool hz_options_parse(struct hz_arena *arena, const struct hz_subcommand *command, int argc,
                      char **argv, struct hz_settings *out, struct hz_error *error)
{
    struct option longs[sizeof hz_options / sizeof *hz_options];
    char letters[4 * sizeof hz_options / sizeof *hz_options];
    getopt_tables(command, longs, letters);
    *out = (struct hz_settings){.repeat = 1, .jobs = processors(), .timeout = 10, .color = "auto",
                                .watch = hzw_defaults(), .seed = 1, .budget_seconds = 10,
                                .depth = 3, .preemptions = 2, .max_steps = 20000, .campaigns = 1};
    if (command->options[0] == '\0') { /* all words are another program's */
        out->help = argc == 2 && strcmp(argv[1], "--help") == 0;
        out->words = argv + 1;
        out->words_n = (size_t)argc - 1;
        return true;
    }
    optind = 1;
    opterr = 0;
    for (int got; (got = getopt_long(argc, argv, letters, longs, NULL)) != -1;) {
        if (got == '?' || got == ':')
            return hz_fail(error, "%s `%s`; `hazmat %s --help` lists the options",
                           got == ':' ? "a value is missing after" : "unknown option",
                           argv[optind - 1], command->name);
        if (!option_by(command, got)->take(arena, out, optarg, error))
            return false;
    }
    out->words = argv + optind;
    out->words_n = (size_t)(argc - optind);
    return true;
}
