#include "verdict.h"

#include <string.h>

/* What a planted deadlock may be called; see watchdog/monitor.h. */
static const struct fit {
    const char *planted, *kind;
    bool order; /* its locks are taken in two orders, too */
} fits[] = {
    {"lock-cycle", "lock-cycle", true},
    {"lock-cycle-across", "lock-cycle", true},
    {"self-relock", "self-lock", false},
    {"lost-signal", "lost-signal", false},
    {"barrier", "barrier", false},
    {"semaphore", "semaphore", false},
    {"pipe", "pipe", false},
    {"join-cycle", "join-cycle", false},
};

/* By the program's own word, or NULL. */
static const struct fit *planted(struct hz_arena *arena, const struct hz_run *run)
{
    const struct hz_bytes *said = &run->outcome.err.head;
    const char *text = hz_copy(arena, said->n != 0 ? said->at : "", said->n);
    const char *word = strstr(text, "planted: ");
    if (word == NULL)
        return NULL;
    word += strlen("planted: ");
    size_t length = strcspn(word, "\n");
    for (size_t i = 0; i < sizeof fits / sizeof *fits; i++)
        if (strlen(fits[i].planted) == length && strncmp(fits[i].planted, word, length) == 0)
            return &fits[i];
    return NULL;
}

static const char *name_of(struct hz_arena *arena, const struct hz_finding *finding)
{
    return hz_printf(arena, "%s %s (%s): %s", finding->sure == HZ_CERTAIN ? "certain" : "probable",
                     finding->kind, hz_class_name(finding->class),
                     finding->summary != NULL ? finding->summary : "");
}

static const char *verdict_on_right(struct hz_arena *arena, const struct hz_run *run)
{
    if (run->findings.n != 0)
        return hz_printf(arena, "a false report: %s", name_of(arena, &run->findings.at[0]));
    if (run->hang != NULL)
        return hz_printf(arena, "falsely said to hang: %s", run->hang);
    if (run->outcome.end != HZ_END_EXITED || run->outcome.status != 0)
        return hz_printf(arena, "the right program did not go right: %s, status %d, signal %d",
                         hz_end_name(run->outcome.end), run->outcome.status, run->outcome.signal);
    return NULL;
}

static const char *verdict_on_wrong(struct hz_arena *arena, const struct hz_run *run)
{
    const struct fit *fit = planted(arena, run);
    bool reported = false;
    if (fit == NULL)
        return "the wrong program did not say what it has planted";
    for (size_t i = 0; i < run->findings.n; i++) {
        const struct hz_finding *finding = &run->findings.at[i];
        bool deadlock = finding->class == HZ_DEADLOCK;
        if (deadlock && strcmp(finding->kind, fit->kind) == 0)
            reported = true;
        else if (!deadlock || !fit->order || strcmp(finding->kind, "lock-order") != 0)
            return hz_printf(arena, "%s is planted, and this was said: %s", fit->planted,
                             name_of(arena, finding));
    }
    if (!reported)
        return hz_printf(arena, "%s is planted, and was not reported", fit->planted);
    if (run->outcome.end == HZ_END_EXITED)
        return hz_printf(arena, "%s is planted, and the program ended by itself", fit->planted);
    return NULL;
}

const char *soak_verdict(struct hz_arena *arena, const struct hz_run *run, bool right)
{
    if (run->broken != NULL)
        return hz_printf(arena, "broken: %s", run->broken);
    return right ? verdict_on_right(arena, run) : verdict_on_wrong(arena, run);
}
