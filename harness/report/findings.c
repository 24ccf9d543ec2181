#include "report/snippet.h"
#include "report/terminal.h"

#include <string.h>

/* A finding as several detectors saw it. */
struct group {
    const struct hz_finding *finding;
    HZ_VEC(const char *) detectors;
    unsigned long times;
};

static void add_detector(struct hz_arena *arena, struct group *group, const char *detector)
{
    for (size_t i = 0; i < group->detectors.n; ++i) {
        if (strcmp(group->detectors.at[i], detector) == 0)
            return;
    }
    *hz_push(arena, &group->detectors) = detector;
}

static bool names_locks(const struct hz_finding *finding)
{
    size_t i = 0;
    while (i < finding->parties.n && finding->parties.at[i].waits_for.name == NULL)
        i++;
    return i < finding->parties.n;
}

/*
 * One finding speaks for all: what was seen to happen rather than what is possible, and what
 * knows the locks by their names rather than by addresses.
 */
static bool tells_more(const struct hz_finding *finding, const struct hz_finding *than)
{
    bool sure = finding->sure == HZ_CERTAIN, was_sure = than->sure == HZ_CERTAIN;
    return sure != was_sure ? sure : names_locks(finding) && !names_locks(than);
}

/* ---- printing, as a compiler does ------------------------------------------------------ */

struct telling {
    const struct hz_paper *paper;
    struct hz_arena *arena;
    const char *root;
    struct hz_snippets snippets;
    struct hz_frame shown; /* the place whose source line was printed last */
};

/* "scenarios/race/lost-update.c", fit for a terminal. */
static const char *file_text(const struct telling *telling, const char *file)
{
    size_t length = telling->root != NULL ? strlen(telling->root) : 0;
    if (length != 0 && strncmp(file, telling->root, length) == 0 && file[length] == '/')
        file += length + 1;
    return hz_visible(telling->arena, file, false);
}

/* "file:line: error: ", as far as the place is known. */
static void print_head(const struct telling *telling, const struct hz_frame *place,
                       const char *word, enum hz_ink ink)
{
    if (place != NULL)
        hz_inked(telling->paper, HZ_BOLD, "%s:%d: ", file_text(telling, place->file), place->line);
    hz_inked(telling->paper, ink, "%s: ", word);
}

/* Once for all that is said of the same line in a row. */
static void print_source(struct telling *telling, const struct hz_frame *place, enum hz_ink ink)
{
    if (place == NULL || (telling->shown.line == place->line && telling->shown.file != NULL &&
                          strcmp(telling->shown.file, place->file) == 0))
        return;
    const char *text = hz_snippet_text(&telling->snippets, place->file, place->line);
    if (text != NULL)
        hz_snippet_print(telling->paper, text, place->line, ink);
    telling->shown = *place;
}

static void print_frame(const struct telling *telling, const struct hz_frame *frame)
{
    const char *function = frame->function != NULL ? frame->function : "?";
    fprintf(telling->paper->file, "      %-28s ", hz_visible(telling->arena, function, false));
    if (frame->file != NULL && frame->line > 0)
        hz_inked(telling->paper, HZ_CYAN, "%s:%d", file_text(telling, frame->file), frame->line);
    else if (frame->module != NULL)
        fprintf(telling->paper->file, "(%s)", hz_visible(telling->arena, frame->module, false));
    fputc('\n', telling->paper->file);
}

static void print_held(struct telling *telling, const struct hz_thing *held)
{
    bool known = held->taken_at.file != NULL && held->taken_at.line > 0;
    const struct hz_frame *place = known ? &held->taken_at : NULL;
    print_head(telling, place, "note", HZ_CYAN);
    fprintf(telling->paper->file, "holds %s %s%s\n", hz_visible(telling->arena, held->kind, false),
            hz_visible(telling->arena, held->name, false), known ? ", taken here" : "");
    print_source(telling, place, HZ_CYAN);
}

static void print_party(struct telling *telling, const struct hz_party *party)
{
    const struct hz_frame *place = hz_party_place(party);
    FILE *file = telling->paper->file;
    print_head(telling, place, "note", HZ_CYAN);
    fputs(hz_visible(telling->arena, party->id, false), file);
    if (party->name != NULL)
        fprintf(file, " \"%s\"", hz_visible(telling->arena, party->name, false));
    fprintf(file, "%s%s\n", party->id != NULL && party->role != NULL ? ": " : "",
            hz_visible(telling->arena, party->role, false));
    print_source(telling, place, HZ_CYAN);
    size_t depth = hz_stack_depth(&party->stack);
    for (size_t i = 0; i < depth; ++i)
        print_frame(telling, &party->stack.at[i]);
    for (size_t i = 0; i < party->holds.n; ++i)
        print_held(telling, &party->holds.at[i]);
}

static void print_group(struct telling *telling, const struct group *group)
{
    const struct hz_finding *finding = group->finding;
    const struct hz_frame *place =
        finding->parties.n != 0 ? hz_party_place(&finding->parties.at[0]) : NULL;
    bool certain = finding->sure == HZ_CERTAIN;
    enum hz_ink ink = certain ? HZ_RED : HZ_YELLOW;
    FILE *file = telling->paper->file;
    print_head(telling, place, certain ? "error" : "warning", ink);
    fprintf(file, "%s: %s [%s; ", hz_class_name(finding->class),
            hz_visible(telling->arena, finding->summary, false),
            hz_visible(telling->arena, finding->kind, false));
    for (size_t i = 0; i < group->detectors.n; ++i)
        fprintf(file, "%s%s", i != 0 ? ", " : "",
                hz_visible(telling->arena, group->detectors.at[i], false));
    fprintf(file, "%s]", certain ? "" : "; probable");
    if (group->times > 1)
        hz_inked(telling->paper, HZ_DIM, " (%lu times)", group->times);
    fputc('\n', file);
    telling->shown = (struct hz_frame){0};
    print_source(telling, place, ink);
    for (size_t i = 0; i < finding->parties.n; ++i)
        print_party(telling, &finding->parties.at[i]);
    fputc('\n', file);
}

typedef HZ_VEC(struct group) groups;

/* A group for each hazard, in the order of their first findings. */
static void group(struct hz_arena *arena, const struct hz_run *runs, size_t n, groups *out)
{
    HZ_VEC(const struct hz_finding *) findings = {0};
    HZ_VEC(const char *) detectors = {0};
    for (size_t i = 0; i < n; ++i) {
        for (size_t j = 0; j < runs[i].findings.n; ++j) {
            *hz_push(arena, &findings) = &runs[i].findings.at[j];
            *hz_push(arena, &detectors) = runs[i].detector;
        }
    }
    size_t *hazard = hz_alloc(arena, findings.n * sizeof *hazard);
    size_t *group = hz_alloc(arena, findings.n * sizeof *group);
    hz_hazards(findings.at, findings.n, hazard);
    for (size_t i = 0; i < findings.n; ++i) {
        const struct hz_finding *finding = findings.at[i];
        group[i] = group[hazard[i]];
        if (hazard[i] == i) {
            group[i] = out->n;
            hz_push(arena, out)->finding = finding;
        }
        struct group *it = &out->at[group[i]];
        if (tells_more(finding, it->finding))
            it->finding = finding;
        it->times += finding->times;
        add_detector(arena, it, detectors.at[i]);
    }
}

size_t hz_terminal_findings(const struct hz_paper *paper, const struct hz_run *runs, size_t n,
                            const char *root)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    groups groups = {0};
    group(&arena, runs, n, &groups);
    struct telling telling = {paper, &arena, root, {.arena = &arena, .root = root}, {0}};
    for (size_t i = 0; i < groups.n; ++i)
        print_group(&telling, &groups.at[i]);
    size_t printed = groups.n;
    hz_arena_free(&arena);
    return printed;
}

const char *hz_outcome_text(struct hz_arena *arena, const struct hz_run *run)
{
    const struct hz_outcome *outcome = &run->outcome;
    switch (outcome->end) {
    case HZ_END_EXITED:
        return hz_printf(arena, "%sended with exit status %d",
                         run->explored != NULL ? "the exploration " : "", outcome->status);
    case HZ_END_SIGNALED:
        return hz_printf(arena, "killed by signal %d (%s)", outcome->signal,
                         strsignal(outcome->signal));
    case HZ_END_STOPPED:
        return hz_printf(arena, "hung, and was stopped: %s", run->hang != NULL ? run->hang : "");
    case HZ_END_DEADLINE:
        return "stopped at its deadline (see --timeout)";
    default:
        return hz_end_name(outcome->end);
    }
}
