#include "cli/watch.h"

#include "cli/home.h"
#include "process/alone.h"
#include "report/events.h"
#include "report/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- what was asked for -------------------------------------------------------------- */

static const char *what_is_wrong(const struct hz_settings *settings)
{
    if (settings->pid == 0 && settings->words_n == 0)
        return "name a program: hazmat watch -- ./program, or a process: hazmat watch --pid PID";
    if (settings->pid != 0 && settings->words_n != 0)
        return "either a program or --pid PID, not both";
    if (settings->pid != 0 && settings->watch.measure)
        return "--stats needs a program: nothing is loaded into a process that runs already";
    if (settings->pid != 0 && settings->propagate)
        return "--propagate needs a program: a stranger's exit status is not told";
    return NULL;
}

static enum hz_on_deadlock on_deadlock(const struct hz_settings *settings)
{
    const char *how = settings->on_deadlock;
    if (how == NULL)
        return settings->pid != 0 ? HZ_ON_REPORT : HZ_ON_KILL;
    return strcmp(how, "kill") == 0    ? HZ_ON_KILL
           : strcmp(how, "abort") == 0 ? HZ_ON_ABORT
                                       : HZ_ON_REPORT;
}

/* ---- surroundings ---------------------------------------------------------------------- */

/* So that no file of ours takes the number of a standard stream that the caller has closed. */
static void hold_standard_streams(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

/*
 * A reader of our report that goes away must not end the watching, nor must a terminal
 * that another process group has: so these are blocked for us, and not for the program.
 */
static void block_signals(sigset_t *before)
{
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGPIPE);
    sigaddset(&ours, SIGTTOU);
    sigprocmask(SIG_BLOCK, &ours, before);
}

/* ---- what it writes to ------------------------------------------------------------------ */

static bool open_report(struct hz_watch *watch, struct hz_error *error)
{
    const char *path = watch->settings->output;
    FILE *file = path != NULL ? fopen(path, "we") : stderr;
    if (file == NULL)
        return hz_fail(error, "%s: %s", path, strerror(errno));
    watch->paper = hz_paper(file, watch->settings->color);
    watch->report = fileno(file);
    return true;
}

static bool open_stream(struct hz_watch *watch, struct hz_error *error)
{
    const struct hz_settings *settings = watch->settings;
    if (settings->json == NULL)
        return true;
    watch->stream = open(settings->json, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    if (watch->stream < 0)
        return hz_fail(error, "%s: %s", settings->json, strerror(errno));
    struct hz_place place;
    hz_tools tools = {0};
    hz_place_find(watch->arena, settings, &place);
    struct hz_tool *tool = hz_push(watch->arena, &tools);
    tool->detector = &hz_watchdog;
    hz_watchdog.probe(watch->arena, &place.home, &tool->probe);
    hz_watch_event(watch, hz_start_to_json("watch", hz_place_environment(&tools, settings)));
    return !watch->failed || hz_fail(error, "%s", watch->error.text);
}

static void end_stream(struct hz_watch *watch, const char *broken)
{
    if (watch->stream < 0)
        return;
    struct hz_run run = {.pair = watch->program,
                         .detector = "watchdog",
                         .repetition = 1,
                         .finding = -1,
                         .broken = broken,
                         .hang = watch->ended ? hzw_hang(watch->monitor) : NULL,
                         .outcome = watch->outcome,
                         .findings = *hzw_findings(watch->monitor)};
    const struct hz_timeline *timeline = hzw_timeline(watch->monitor);
    if (timeline != NULL)
        run.timeline = *timeline;
    hz_watch_event(watch, hz_run_to_json(&run));
    bool complete = watch->outcome.end != HZ_END_INTERRUPTED || watch->left;
    hz_watch_event(watch, hz_end_to_json(complete, hz_now() - watch->begun));
}

/* ---- how it ended ------------------------------------------------------------------------ */

static const char *end_of_program(const struct hz_watch *watch)
{
    const struct hz_outcome *outcome = &watch->outcome;
    struct hz_arena *arena = watch->arena;
    if (watch->left)
        return hz_printf(arena, "process %d goes on", (int)outcome->pid);
    if (watch->settings->pid != 0)
        return hz_printf(arena, "process %d %s", (int)outcome->pid,
                         watch->ended ? "was ended" : "has ended");
    switch (outcome->end) {
    case HZ_END_EXITED:
        return hz_printf(arena, "the program ended with exit status %d", outcome->status);
    case HZ_END_SIGNALED:
        return hz_printf(arena, "the program was killed by signal %d (%s%s)", outcome->signal,
                         strsignal(outcome->signal), outcome->core ? ", core dumped" : "");
    case HZ_END_DEADLINE:
        return "the program was ended at its deadline (--timeout)";
    case HZ_END_INTERRUPTED:
        return "interrupted, the program was ended";
    default:
        return "the program was ended";
    }
}

static void summarise(struct hz_watch *watch, size_t found)
{
    char seconds[32];
    hz_seconds_text(seconds, sizeof seconds, hz_now() - watch->begun);
    if (found == 0)
        hz_watch_note(watch, "nothing found in %s; %s", seconds, end_of_program(watch));
    else
        hz_watch_line(watch, "%zu hazard%s found in %s; %s", found, found != 1 ? "s" : "", seconds,
                      end_of_program(watch));
}

/* The program's own, as a shell has it. */
static int own_status(const struct hz_outcome *outcome)
{
    return outcome->signal != 0 ? 128 + outcome->signal : outcome->status;
}

static int status_of(const struct hz_watch *watch, size_t found)
{
    const struct hz_outcome *outcome = &watch->outcome;
    bool of_interrupt = outcome->interrupted && outcome->end == HZ_END_SIGNALED;
    if (outcome->end == HZ_END_INTERRUPTED && !watch->left)
        return HZ_EXIT_INTERRUPTED;
    if (found != 0)
        return HZ_EXIT_SURPRISE;
    if (watch->failed)
        return HZ_EXIT_BROKEN;
    if (watch->settings->propagate)
        return own_status(outcome);
    return of_interrupt ? HZ_EXIT_INTERRUPTED : HZ_EXIT_FINE;
}

static int conclude(struct hz_watch *watch, const char *broken)
{
    size_t found = hzw_findings(watch->monitor)->n;
    if (broken == NULL)
        hz_watch_stats(watch);
    end_stream(watch, broken);
    if (broken != NULL) {
        fprintf(stderr, "hazmat watch: %s\n", hz_visible(watch->arena, broken, false));
        return HZ_EXIT_BROKEN;
    }
    summarise(watch, found);
    if (watch->failed)
        fprintf(stderr, "hazmat watch: %s\n", watch->error.text);
    return status_of(watch, found);
}

/* ---- the command -------------------------------------------------------------------------- */

static bool open_all(struct hz_watch *watch, struct hz_error *error)
{
    if (!open_report(watch, error) || !open_stream(watch, error))
        return false;
    watch->monitor = hzw_open(&watch->settings->watch, error);
    if (watch->monitor == NULL)
        return false;
    return hz_watch_graph(watch) || hz_fail(error, "%s", watch->error.text);
}

static int watch_it(struct hz_watch *watch)
{
    struct hz_error error;
    int status = HZ_EXIT_BROKEN;
    if (!open_all(watch, &error)) {
        fprintf(stderr, "hazmat watch: %s\n", error.text);
    } else {
        bool fine = watch->settings->pid != 0 ? hz_watch_process(watch, &error)
                                              : hz_watch_launch(watch, &error);
        status = conclude(watch, fine ? NULL : error.text);
    }
    hzw_close(watch->monitor);
    return status;
}

int hz_watch_program(struct hz_arena *arena, const struct hz_settings *settings)
{
    const char *wrong = what_is_wrong(settings);
    if (wrong != NULL) {
        fprintf(stderr, "hazmat watch: %s\n", wrong);
        return HZ_EXIT_USAGE;
    }
    int status;
    if (settings->pid == 0 && !hz_go_alone(&status)) {
        if (status < 0)
            perror("hazmat watch");
        return status < 0 ? HZ_EXIT_BROKEN : status;
    }
    char folder[4096];
    struct hz_watch watch = {
        .arena = arena,
        .settings = settings,
        .program =
            settings->pid != 0 ? hz_printf(arena, "pid %u", settings->pid) : settings->words[0],
        .root = getcwd(folder, sizeof folder),
        .on_deadlock = on_deadlock(settings),
        .begun = hz_now(),
        .stream = -1,
        .outcome = {.end = HZ_END_NOT_STARTED},
    };
    hold_standard_streams();
    block_signals(&watch.mask);
    status = watch_it(&watch);
    if (watch.stream >= 0)
        close(watch.stream);
    return status;
}
