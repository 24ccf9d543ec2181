#include "report/terminal.h"

#include <string.h>

/* A finding as several detectors saw it. */
struct group {
    const struct hz_finding *finding;
    HZ_VEC(const char *) detectors;
    unsigned long times;
};

/* The innermost frame that has a source line, or NULL. */
static const struct hz_frame *place_of(const struct hz_party *party)
{
    for (size_t i = 0; i < party->stack.n; ++i) {
        if (party->stack.at[i].line > 0)
            return &party->stack.at[i];
    }
    return NULL;
}

/* The same file by its base name: detectors give it with and without its folder. */
static bool same_place(const struct hz_frame *a, const struct hz_frame *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    const char *one = strrchr(a->file, '/'), *other = strrchr(b->file, '/');
    return a->line == b->line && strcmp(one != NULL ? one + 1 : a->file,
                                        other != NULL ? other + 1 : b->file) == 0;
}

static bool has_place(const struct hz_finding *finding, const struct hz_frame *place)
{
    for (size_t i = 0; i < finding->parties.n; ++i) {
        if (same_place(place_of(&finding->parties.at[i]), place))
            return true;
    }
    return false;
}

/* Same class, and every place of the one is a place of the other. */
static bool same_hazard(const struct hz_finding *a, const struct hz_finding *b)
{
    if (a->class != b->class || a->parties.n == 0 || b->parties.n == 0)
        return false;
    for (size_t i = 0; i < a->parties.n; ++i) {
        if (!has_place(b, place_of(&a->parties.at[i])))
            return false;
    }
    for (size_t i = 0; i < b->parties.n; ++i) {
        if (!has_place(a, place_of(&b->parties.at[i])))
            return false;
    }
    return true;
}

static void add_detector(struct hz_arena *arena, struct group *group, const char *detector)
{
    for (size_t i = 0; i < group->detectors.n; ++i) {
        if (strcmp(group->detectors.at[i], detector) == 0)
            return;
    }
    *hz_push(arena, &group->detectors) = detector;
}

static const char *short_name(const char *file, const char *root)
{
    size_t length = root != NULL ? strlen(root) : 0;
    if (length != 0 && strncmp(file, root, length) == 0 && file[length] == '/')
        return file + length + 1;
    return file;
}

static void print_frame(const struct hz_paper *paper, struct hz_arena *arena,
                        const struct hz_frame *frame, const char *root)
{
    const char *function = frame->function != NULL ? frame->function : "?";
    fprintf(paper->file, "      %-28s ", hz_visible(arena, function, false));
    if (frame->line > 0)
        hz_inked(paper, HZ_CYAN, "%s:%d", hz_visible(arena, short_name(frame->file, root), false),
                 frame->line);
    else if (frame->module != NULL)
        fprintf(paper->file, "(%s)", hz_visible(arena, frame->module, false));
    fputc('\n', paper->file);
}

/* What called the thread's own function, or main: the same for every program. */
static bool is_beneath(const struct hz_frame *frame)
{
    static const char *const names[] = {"start_thread", "clone", "clone3", "__clone3", "_start",
                                        "__libc_start_main", "__libc_start_call_main",
                                        "__libc_start_main@@GLIBC_2.34"};
    for (size_t i = 0; frame->function != NULL && i < sizeof names / sizeof *names; ++i) {
        if (strcmp(frame->function, names[i]) == 0)
            return true;
    }
    return false;
}

static void print_party(const struct hz_paper *paper, struct hz_arena *arena,
                        const struct hz_party *party, const char *root)
{
    fprintf(paper->file, "    %s", hz_visible(arena, party->id, false));
    if (party->name != NULL)
        fprintf(paper->file, " \"%s\"", hz_visible(arena, party->name, false));
    fprintf(paper->file, "%s%s\n", party->id != NULL && party->role != NULL ? ": " : "",
            hz_visible(arena, party->role, false));
    for (size_t i = 0; i < party->holds.n; ++i) {
        const struct hz_thing *held = &party->holds.at[i];
        fprintf(paper->file, "      holds %s %s", hz_visible(arena, held->kind, false),
                hz_visible(arena, held->name, false));
        if (held->taken_at.line > 0)
            fprintf(paper->file, ", taken at %s:%d",
                    hz_visible(arena, short_name(held->taken_at.file, root), false),
                    held->taken_at.line);
        fputc('\n', paper->file);
    }
    for (size_t i = 0; i < party->stack.n && !is_beneath(&party->stack.at[i]); ++i)
        print_frame(paper, arena, &party->stack.at[i], root);
}

static void print_group(const struct hz_paper *paper, struct hz_arena *arena,
                        const struct group *group, const char *root)
{
    const struct hz_finding *finding = group->finding;
    const struct hz_frame *place =
        finding->parties.n != 0 ? place_of(&finding->parties.at[0]) : NULL;
    hz_ink(paper, HZ_BOLD);
    if (place != NULL)
        fprintf(paper->file, "%s:%d: ", hz_visible(arena, short_name(place->file, root), false),
                place->line);
    hz_inked(paper, HZ_RED, "%s: ", hz_class_name(finding->class));
    fprintf(paper->file, "%s", hz_visible(arena, finding->summary, false));
    fputs(" [", paper->file);
    for (size_t i = 0; i < group->detectors.n; ++i)
        fprintf(paper->file, "%s%s", i != 0 ? ", " : "",
                hz_visible(arena, group->detectors.at[i], false));
    fprintf(paper->file, "%s]", finding->sure == HZ_PROBABLE ? "; probable" : "");
    if (group->times > 1)
        hz_inked(paper, HZ_DIM, " (%lu times)", group->times);
    fputc('\n', paper->file);
    for (size_t i = 0; i < finding->parties.n; ++i)
        print_party(paper, arena, &finding->parties.at[i], root);
    fputc('\n', paper->file);
}

size_t hz_terminal_findings(const struct hz_paper *paper, const struct hz_run *runs, size_t n,
                            const char *root)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    HZ_VEC(struct group) groups = {0};
    for (size_t i = 0; i < n; ++i) {
        for (size_t j = 0; j < runs[i].findings.n; ++j) {
            const struct hz_finding *finding = &runs[i].findings.at[j];
            size_t k = 0;
            while (k < groups.n && !same_hazard(groups.at[k].finding, finding))
                ++k;
            if (k == groups.n)
                hz_push(&arena, &groups)->finding = finding;
            groups.at[k].times += finding->times;
            add_detector(&arena, &groups.at[k], runs[i].detector);
        }
    }
    for (size_t i = 0; i < groups.n; ++i)
        print_group(paper, &arena, &groups.at[i], root);
    size_t printed = groups.n;
    hz_arena_free(&arena);
    return printed;
}

const char *hz_outcome_text(struct hz_arena *arena, const struct hz_run *run)
{
    const struct hz_outcome *outcome = &run->outcome;
    switch (outcome->end) {
    case HZ_END_EXITED:
        return hz_printf(arena, "exit status %d", outcome->status);
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
