/*
 * A program of the catalogue of tests/watchdog/: what its comment says, and whether that is what
 * the watchdog said of it.
 *
 *   says: CLASS/KIND [probable|certain]   one line for each finding that must come
 *   says: nothing                         the program is right: no finding, and it ends by itself
 *   argv: WORD                            its argument
 *   with: --OPTION=VALUE                  an option for `hazmat watch`; one a line
 *   ends: signal N                        how a right one ends, where it is not by status 0
 *
 * Each finding must name a line with the comment HERE. Where a cycle of locks has closed, their
 * order may be told of as well: the one cannot be without the other.
 */
#ifndef HZ_WATCHDOG_SAYS_H
#define HZ_WATCHDOG_SAYS_H

#include "report/events.h"

#include <stdio.h>
#include <string.h>

static struct hz_arena arena;

struct expected {
    enum hz_class class;
    const char *kind;
    bool any; /* certain or probable */
    enum hz_sure sure;
};

struct program {
    const char *name;
    HZ_VEC(struct expected) says;
    bool right; /* it says so: nothing must be said */
    const char *argv;
    HZ_VEC(char *) options;
    int signal;        /* how a right one ends; 0: by exit status 0 */
    int marked;        /* lines with HERE */
    const char *wrong; /* what was found wrong in its runs; NULL: nothing */
};
/* ---- the comment on top of a program ------------------------------------------------------- */

static bool parse_says(struct program *program, char *value)
{
    char *class = strtok(value, "/"), *kind = strtok(NULL, " "), *sure = strtok(NULL, " ");
    if (class != NULL && kind == NULL && strcmp(class, "nothing") == 0)
        return program->right = true;
    struct expected *says = hz_push(&arena, &program->says);
    says->any = sure == NULL;
    if (sure != NULL)
        says->sure = strcmp(sure, "probable") == 0 ? HZ_PROBABLE : HZ_CERTAIN;
    says->kind = hz_dup(&arena, kind);
    return class != NULL && kind != NULL && hz_class_parse(class, &says->class);
}

static bool parse_line(struct program *program, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    program->marked += strstr(line, "/* HERE */") != NULL;
    if (strncmp(line, " * says: ", 9) == 0)
        return parse_says(program, line + 9);
    if (strncmp(line, " * argv: ", 9) == 0)
        program->argv = hz_dup(&arena, line + 9);
    if (strncmp(line, " * with: ", 9) == 0)
        *hz_push(&arena, &program->options) = hz_dup(&arena, line + 9);
    if (strncmp(line, " * ends: ", 9) == 0)
        return sscanf(line + 9, "signal %d", &program->signal) == 1;
    return true;
}

/* False with a line on standard error if there is something wrong with the comment. */
static bool parse(const char *path, struct program *program)
{
    char line[512], *name = hz_dup(&arena, strrchr(path, '/') + 1);
    bool good = true;
    name[strlen(name) - 2] = '\0';
    *program = (struct program){.name = name};
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        good &= parse_line(program, line);
    if (file != NULL && fclose(file) == 0 && good && program->right == (program->says.n == 0))
        return true;
    fprintf(stderr, "%s: what it says cannot be read\n", path);
    return false;
}

/* ---- what was said against what must be said ------------------------------------------------ */

static bool is_here(const struct hz_frame *frame)
{
    char line[512];
    bool here = false;
    FILE *file = frame->file != NULL && frame->line > 0 ? fopen(frame->file, "re") : NULL;
    for (int n = 1; file != NULL && fgets(line, sizeof line, file) != NULL; n++)
        here |= n == frame->line && strstr(line, "/* HERE */") != NULL;
    if (file != NULL)
        fclose(file);
    return here;
}

static bool names_the_line(const struct hz_finding *finding)
{
    bool here = false;
    for (size_t i = 0; i < finding->parties.n; i++) {
        const struct hz_party *party = &finding->parties.at[i];
        for (size_t j = 0; j < party->stack.n; j++)
            here |= is_here(&party->stack.at[j]);
        for (size_t j = 0; j < party->holds.n; j++)
            here |= is_here(&party->holds.at[j].taken_at);
    }
    return here;
}

static bool same(const struct expected *expected, const struct hz_finding *finding)
{
    return expected->class == finding->class && strcmp(expected->kind, finding->kind) == 0;
}

static bool is_kind(const struct hz_finding *finding, enum hz_class class, const char *kind)
{
    return finding->class == class && strcmp(finding->kind, kind) == 0;
}

static bool may_be_said(const struct program *program, const struct hz_finding *finding)
{
    for (size_t i = 0; i < program->says.n; i++) {
        const struct expected *says = &program->says.at[i];
        if (same(says, finding) ||
            (is_kind(finding, HZ_DEADLOCK, "lock-order") && says->class == HZ_DEADLOCK &&
             strcmp(says->kind, "lock-cycle") == 0))
            return true;
    }
    return false;
}

/* No function that starves calls itself: one that is its own caller was seen at two times. */
static bool stack_of_two_moments(const hz_stack *stack)
{
    for (size_t i = 1; i < stack->n; i++) {
        const char *callee = stack->at[i - 1].function, *caller = stack->at[i].function;
        if (callee != NULL && caller != NULL && strcmp(callee, caller) == 0)
            return true;
    }
    return false;
}

static const char *said_wrongly(const struct program *program, const struct hz_finding *finding)
{
    if (!may_be_said(program, finding))
        return "was said, and must not be";
    if (!names_the_line(finding))
        return "names no line that is marked HERE";
    for (size_t i = 0; i < finding->parties.n && finding->class == HZ_STARVATION; i++)
        if (stack_of_two_moments(&finding->parties.at[i].stack))
            return "has a stack of two moments";
    for (size_t i = 0; i < program->says.n; i++) {
        const struct expected *says = &program->says.at[i];
        if (same(says, finding) && !says->any && says->sure != finding->sure)
            return finding->sure == HZ_CERTAIN ? "is no certainty" : "is certain";
    }
    return NULL;
}

static const char *missing(const struct expected *says, const hz_findings *findings)
{
    size_t n = 0;
    for (size_t i = 0; i < findings->n; i++)
        n += same(says, &findings->at[i]);
    if (n == 0)
        return "was not said";
    /* Of those that starve each has its finding; a deadlock or a mistake is one. */
    return n > 1 && says->class != HZ_STARVATION ? "was said more than once" : NULL;
}

static const char *ended_wrongly(const struct program *program, const struct hz_run *run)
{
    const struct hz_outcome *outcome = &run->outcome;
    if (run->broken != NULL)
        return hz_printf(&arena, "broken: %s", run->broken);
    bool well = program->signal != 0
                    ? outcome->end == HZ_END_SIGNALED && outcome->signal == program->signal
                    : outcome->end == HZ_END_EXITED && outcome->status == 0;
    if (!program->right || well)
        return NULL;
    return hz_printf(&arena, "it ended as %s, status %d, signal %d%s%s", hz_end_name(outcome->end),
                     outcome->status, outcome->signal, run->hang != NULL ? ", hang: " : "",
                     run->hang != NULL ? run->hang : "");
}

/* NULL, or what is wrong with that run and the exit status of what ran it. */
static const char *compare(const struct program *program, const struct hz_run *run, int status)
{
    const char *ended = ended_wrongly(program, run);
    if (ended != NULL)
        return ended;
    for (size_t i = 0; i < run->findings.n; i++) {
        const struct hz_finding *finding = &run->findings.at[i];
        const char *why = said_wrongly(program, finding);
        if (why != NULL)
            return hz_printf(&arena, "%s/%s %s", hz_class_name(finding->class), finding->kind, why);
    }
    for (size_t i = 0; i < program->says.n; i++) {
        const struct expected *says = &program->says.at[i];
        const char *why = missing(says, &run->findings);
        if (why != NULL)
            return hz_printf(&arena, "%s/%s %s", hz_class_name(says->class), says->kind, why);
    }
    /* That a program died by a signal `hazmat run` counts as a hazard too. */
    if (run->outcome.end != HZ_END_SIGNALED && status != (run->findings.n > 0))
        return hz_printf(&arena, "exit status %d with %zu findings", status, run->findings.n);
    return NULL;
}

/* ---- what was said, in words ----------------------------------------------------------------- */

static const char *describe_frame(const struct hz_frame *frame)
{
    const char *slash = frame->file != NULL ? strrchr(frame->file, '/') : NULL;
    return hz_printf(&arena, "%s:%d", slash != NULL ? slash + 1 : "?", frame->line);
}

static const char *describe(const struct hz_run *run)
{
    const char *text = hz_printf(&arena, "  it ended as %s after %.2f s, and this was said:\n",
                                 hz_end_name(run->outcome.end), run->outcome.seconds);
    for (size_t i = 0; i < run->findings.n; i++) {
        const struct hz_finding *finding = &run->findings.at[i];
        text = hz_printf(&arena, "%s  %s/%s (%s): %s\n", text, hz_class_name(finding->class),
                         finding->kind, finding->sure == HZ_CERTAIN ? "certain" : "probable",
                         finding->summary);
        for (size_t j = 0; j < finding->parties.n && j < 8; j++) {
            const struct hz_party *party = &finding->parties.at[j];
            text = hz_printf(&arena, "%s    %s %s, at", text, party->id, party->role);
            for (size_t k = 0; k < party->stack.n && k < 4; k++)
                text = hz_printf(&arena, "%s %s", text, describe_frame(&party->stack.at[k]));
            for (size_t k = 0; k < party->holds.n && k < 4; k++)
                text = hz_printf(&arena, "%s; holds %s from %s", text, party->holds.at[k].name,
                                 describe_frame(&party->holds.at[k].taken_at));
            text = hz_printf(&arena, "%s\n", text);
        }
    }
    return run->findings.n > 0 ? text : hz_printf(&arena, "%s  nothing\n", text);
}

#endif
