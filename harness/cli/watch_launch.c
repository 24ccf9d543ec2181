#include "cli/watch.h"

#include "base/elf.h"
#include "cli/home.h"
#include "detectors/probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* ---- the library ------------------------------------------------------------------- */

static bool not_loaded(struct hz_error *error, const char *why)
{
    return hz_fail(error,
                   "its library cannot be loaded into the program: %s; repair it with "
                   "`make`, or install Hazmat again",
                   why);
}

/* False if the loader does not take it: it would say so and go on without. */
static bool find_library(struct hz_watch *watch, const char **path, struct hz_error *error)
{
    struct hz_arena *arena = watch->arena;
    struct hz_place place;
    hz_place_find(arena, watch->settings, &place);
    *path = place.home.preload;
    if (access(*path, R_OK) != 0)
        return not_loaded(error, hz_printf(arena, "%s: %s", *path, strerror(errno)));
    const char *said;
    char *argv[] = {"env", hz_printf(arena, "LD_PRELOAD=%s", *path), "true", NULL};
    hz_probe_run(arena, argv, 10, &said);
    const char *about = strstr(said, hz_printf(arena, "object '%s' from LD_PRELOAD", *path));
    return about == NULL || not_loaded(error, hz_copy(arena, about, strcspn(about, "\n")));
}

/* Before what the user preloads already: those hooks call ours or libc's, as they would anyway. */
static char *preload_words(struct hz_arena *arena, const char *library)
{
    const char *others = getenv("LD_PRELOAD");
    bool any = others != NULL && others[0] != '\0';
    return hz_printf(arena, "LD_PRELOAD=%s%s%s", library, any ? ":" : "", any ? others : "");
}

/* ---- what happens ------------------------------------------------------------------ */

static void started(struct hz_watch *watch, pid_t pid)
{
    const char *forbidden = hz_watch_forbidden(watch->arena, pid);
    if (forbidden != NULL)
        hz_watch_note(watch, "%s", forbidden);
    else if (hz_ptrace_denied())
        hz_watch_note(watch, "ptrace is forbidden here, by a container most likely: findings come "
                             "without stacks");
    if (hz_elf_static(hz_printf(watch->arena, "/proc/%d/exe", (int)pid)))
        hz_watch_note(watch, "the program is linked statically, so nothing can be loaded into it: "
                             "it is watched from outside alone. Deadlocks of mutexes, joins, "
                             "pipes and the like are seen, lock orders, starvation and misuse "
                             "are not.");
}

static void left_running(struct hz_watch *watch, const struct hz_outcome *outcome)
{
    const char *names = "";
    size_t n = outcome->leaks.n;
    for (size_t i = 0; i < n && i < 3; i++)
        names = hz_printf(watch->arena, "%s%s%s (pid %d)", names, i != 0 ? ", " : "",
                          outcome->leaks.at[i].name, (int)outcome->leaks.at[i].pid);
    hz_watch_note(watch,
                  "the program has ended and left %zu process%s running: %s%s; they are "
                  "watched until they end, and Ctrl-C ends them",
                  n, n != 1 ? "es" : "", names, n > 3 ? ", …" : "");
}

static void told(void *context, enum hz_news news, const struct hz_outcome *outcome)
{
    struct hz_watch *watch = context;
    switch (news) {
    case HZ_NEWS_STARTED:
        started(watch, outcome->pid);
        break;
    case HZ_NEWS_ASKED:
        hz_watch_note(watch, "waiting for the program to end; Ctrl-C again ends it");
        break;
    case HZ_NEWS_LEFT:
        left_running(watch, outcome);
        break;
    }
}

static enum hz_look look(void *context, pid_t supervisor)
{
    struct hz_watch *watch = context;
    hzw_look(watch->monitor, supervisor, false);
    return hz_watch_findings(watch) ? HZ_LOOK_STOP : HZ_LOOK_GO_ON;
}

/* ---- the run ------------------------------------------------------------------------ */

bool hz_watch_launch(struct hz_watch *watch, struct hz_error *error)
{
    const char *library;
    if (!find_library(watch, &library, error))
        return false;
    char *set[] = {preload_words(watch->arena, library),
                   hzw_environment(watch->arena, watch->monitor), NULL};
    struct hz_foreground foreground = {.mask = watch->mask, .tell = told, .context = watch};
    const struct hz_settings *settings = watch->settings;
    struct hz_command command = {
        .argv = settings->words,
        .set = set,
        .foreground = &foreground,
        .limits = {.seconds = settings->timed ? settings->timeout : 0,
                   .grace = HZ_WATCH_GRACE,
                   .core = true},
        .observer = {.every = HZ_WATCH_EVERY, .look = look, .context = watch},
    };
    struct termios terminal;
    bool has_terminal = tcgetattr(STDIN_FILENO, &terminal) == 0;
    hz_supervise(watch->arena, &command, &watch->outcome);
    if (watch->outcome.end == HZ_END_NOT_STARTED)
        return hz_fail(error, "the program could not be started: %s", watch->outcome.reason);
    /* What it did last may be known by what it left in the shared memory only. */
    hzw_look(watch->monitor, getpid(), false);
    hz_watch_findings(watch);
    /* What we end cannot tidy up after itself. */
    if (has_terminal && watch->outcome.end != HZ_END_EXITED && tcgetpgrp(STDIN_FILENO) == getpgrp())
        tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal);
    return true;
}
