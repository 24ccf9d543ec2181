#include "report/live.h"

#include <stdio.h>
#include <string.h>

/* What one finding shows of each at most; a report is read on a screen or two. */
enum { MOST_PARTIES = 10, MOST_HOLDS = 6, MOST_FRAMES = 12, MOST_STEPS = 12 };

/* ---- what it is --------------------------------------------------------------------- */

static bool is_order(const struct hz_finding *finding)
{
    return finding->kind != NULL && strcmp(finding->kind, "lock-order") == 0;
}

bool hz_live_hangs(const struct hz_finding *finding)
{
    return finding->class == HZ_DEADLOCK && !is_order(finding);
}

const char *hz_live_what(const struct hz_finding *finding)
{
    return is_order(finding) ? "potential deadlock" : hz_class_name(finding->class);
}

void hz_live_headline(const struct hz_paper *paper, const struct hz_finding *finding)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    const char *line = hz_printf(&arena, "%s, %s: %s", hz_live_what(finding),
                                 finding->sure == HZ_CERTAIN ? "certain" : "probable",
                                 hz_visible(&arena, finding->summary, false));
    hz_ink(paper, HZ_BOLD);
    if (hz_live_hangs(finding))
        hz_ink(paper, HZ_RED);
    hz_folded(paper, 0, line);
    hz_ink(paper, HZ_PLAIN);
    hz_arena_free(&arena);
}

/* ---- names -------------------------------------------------------------------------- */

static bool ids_of(const struct hz_party *party, int *pid, int *tid)
{
    return party->id != NULL && sscanf(party->id, "pid %d tid %d", pid, tid) == 2;
}

static bool several_processes(const struct hz_finding *finding)
{
    int first, pid, tid;
    if (finding->parties.n == 0 || !ids_of(&finding->parties.at[0], &first, &tid))
        return false;
    for (size_t i = 1; i < finding->parties.n; i++)
        if (ids_of(&finding->parties.at[i], &pid, &tid) && pid != first)
            return true;
    return false;
}

const char *hz_live_name(struct hz_arena *arena, const struct hz_finding *finding, size_t party)
{
    const struct hz_party *it = &finding->parties.at[party];
    int pid, tid;
    const char *id = hz_visible(arena, it->id != NULL ? it->id : "a thread", false);
    if (ids_of(it, &pid, &tid) && !several_processes(finding))
        id = hz_printf(arena, "tid %d", tid);
    return it->name != NULL ? hz_printf(arena, "%s (%s)", hz_visible(arena, it->name, false), id)
                            : id;
}

struct hz_live_words hz_live_words(const char *kind)
{
    static const struct {
        const char *kind;
        struct hz_live_words words;
    } table[] = {
        {"mutex", {"waits for", "held by"}},
        {"rwlock", {"waits for", "held by"}},
        {"rwlock (to read)", {"waits for", "held by"}},
        {"spin lock", {"spins for", "held by"}},
        {"lock", {"waits for", "held by"}},
        {"file lock", {"waits for", "held by"}},
        {"join", {"waits for the end of", NULL}},
        {"child", {"waits for the end of", NULL}},
        {"pipe", {"reads from", "written by"}},
        {"full pipe", {"writes to", "read by"}},
        {"FIFO", {"opens", "opened too by"}},
        {"condition", {"waits for", "left to signal it:"}},
        {"semaphore", {"waits for", "left to post it:"}},
        {"barrier", {"waits at", "left to come there:"}},
    };
    for (size_t i = 0; kind != NULL && i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].kind, kind) == 0)
            return table[i].words;
    return (struct hz_live_words){"waits for", "left to end that:"};
}

/* ---- places ------------------------------------------------------------------------- */

static const char *short_name(const char *file, const char *root)
{
    size_t length = root != NULL ? strlen(root) : 0;
    if (length != 0 && strncmp(file, root, length) == 0 && file[length] == '/')
        return file + length + 1;
    return file;
}

const char *hz_live_place(struct hz_arena *arena, const struct hz_frame *frame, const char *root)
{
    if (frame->file != NULL && frame->line > 0)
        return hz_printf(arena, "%s:%d", hz_visible(arena, short_name(frame->file, root), false),
                         frame->line);
    if (frame->module != NULL)
        return hz_visible(arena, frame->module, false);
    return frame->address != 0 ? hz_printf(arena, "0x%llx", (unsigned long long)frame->address)
                               : "?";
}

/* The place is never cut: it is what one clicks on. */
static void print_frame(const struct hz_paper *paper, struct hz_arena *arena,
                        const struct hz_frame *frame, const char *root)
{
    enum { INDENT = 6, LEAST = 16 };
    const char *where = hz_live_place(arena, frame, root);
    int left = paper->width - INDENT - hz_columns(where) - 1;
    const char *function = frame->function != NULL ? frame->function : "?";
    fprintf(paper->file, "%*s", INDENT, "");
    hz_inked(paper, HZ_CYAN, "%s", where);
    fprintf(paper->file, " %s\n",
            hz_cut(arena, hz_visible(arena, function, false), left > LEAST ? left : LEAST));
}

static void print_stack(const struct hz_paper *paper, struct hz_arena *arena, const hz_stack *stack,
                        const char *root)
{
    size_t n = hz_stack_depth(stack);
    for (size_t i = 0; i < n && i < MOST_FRAMES; i++)
        print_frame(paper, arena, &stack->at[i], root);
    if (n > MOST_FRAMES)
        fprintf(paper->file, "      … %zu more frames\n", n - MOST_FRAMES);
}

/* ---- folding ------------------------------------------------------------------------ */

/* Folded at spaces, with what is not on the first line two columns further in. */
static void print_hanging(const struct hz_paper *paper, int indent, const char *text)
{
    size_t n = hz_fitting(text, paper->width - indent);
    const char *space = memrchr(text, ' ', text[n] == ' ' ? n + 1 : n);
    if (text[n] == '\0' || space == NULL) {
        fprintf(paper->file, "%*s%s\n", indent, "", text);
        return;
    }
    fprintf(paper->file, "%*s%.*s\n", indent, "", (int)(space - text), text);
    hz_folded(paper, indent + 2, space + 1);
}

/* Pieces on one line, or as many of them as there is room for; a piece is never broken. */
static void print_pieces(const struct hz_paper *paper, int indent, const char *const *pieces,
                         size_t n)
{
    int used = indent + hz_columns(pieces[0]);
    fprintf(paper->file, "%*s%s", indent, "", pieces[0]);
    for (size_t i = 1; i < n; i++) {
        int columns = hz_columns(pieces[i]);
        bool fits = used + 1 + columns <= paper->width;
        used = (fits ? used + 1 : indent + 4) + columns;
        fprintf(paper->file, "%s%*s%s", fits ? "" : "\n", fits ? 1 : indent + 4, "", pieces[i]);
    }
    fputc('\n', paper->file);
}

/* ---- one thread --------------------------------------------------------------------- */

static const char *seconds_text(struct hz_arena *arena, double seconds)
{
    return seconds < 10 ? hz_printf(arena, "%.2f s", seconds) : hz_printf(arena, "%.0f s", seconds);
}

static void print_role(const struct hz_paper *paper, struct hz_arena *arena,
                       const struct hz_party *party)
{
    if (party->role == NULL)
        return;
    const char *text = hz_visible(arena, party->role, false);
    if (party->waited > 0)
        text = hz_printf(arena, "%s, for %s", text, seconds_text(arena, party->waited));
    print_hanging(paper, 4, text);
}

/* "mutex accounts[0].lock", or as much of it as is known. */
static const char *thing_text(struct hz_arena *arena, const struct hz_thing *thing)
{
    if (thing->kind == NULL && thing->name == NULL)
        return "something";
    bool both = thing->kind != NULL && thing->name != NULL;
    return hz_printf(arena, "%s%s%s", hz_visible(arena, thing->kind, false), both ? " " : "",
                     hz_visible(arena, thing->name, false));
}

static void print_holds(const struct hz_paper *paper, struct hz_arena *arena,
                        const struct hz_party *party, const char *root)
{
    for (size_t i = 0; i < party->holds.n && i < MOST_HOLDS; i++) {
        const struct hz_thing *held = &party->holds.at[i];
        const struct hz_frame *at = &held->taken_at;
        const char *text = hz_printf(arena, "holds %s", thing_text(arena, held));
        if (at->file != NULL && at->line > 0)
            text = hz_printf(arena, "%s, taken at %s", text, hz_live_place(arena, at, root));
        print_hanging(paper, 4, text);
    }
    if (party->holds.n > MOST_HOLDS)
        fprintf(paper->file, "    and holds %zu more\n", party->holds.n - MOST_HOLDS);
}

static void print_party(const struct hz_paper *paper, struct hz_arena *arena,
                        const struct hz_finding *finding, size_t i, const char *root)
{
    const struct hz_party *party = &finding->parties.at[i];
    const char *id = hz_visible(arena, party->id != NULL ? party->id : "a thread", false);
    fputs("  ", paper->file);
    if (party->name != NULL)
        hz_inked(paper, HZ_BOLD, "%s", hz_visible(arena, party->name, false));
    fprintf(paper->file, party->name != NULL ? " (%s)\n" : "%s\n", id);
    print_role(paper, arena, party);
    print_holds(paper, arena, party, root);
    print_stack(paper, arena, &party->stack, root);
}

/* ---- the cycle ---------------------------------------------------------------------- */

typedef HZ_VEC(size_t) indices;

/*
 * A cycle of parties that each wait for the next one, in `out`; empty if there is none.
 * The walk (depth first) takes every edge once at most.
 */
static void find_cycle(struct hz_arena *arena, const struct hz_finding *finding, indices *out)
{
    size_t n = finding->parties.n;
    enum { FRESH, ON_PATH, DONE } *state = hz_alloc(arena, n * sizeof *state);
    size_t *next = hz_alloc(arena, n * sizeof *next);
    for (size_t start = 0; start < n; start++) {
        indices path = {0};
        if (state[start] == FRESH) {
            *hz_push(arena, &path) = start;
            state[start] = ON_PATH;
        }
        while (path.n != 0) {
            size_t at = path.at[path.n - 1];
            const struct hz_party *party = &finding->parties.at[at];
            if (next[at] == party->waits_on.n) {
                state[at] = DONE;
                path.n--;
                continue;
            }
            size_t to = party->waits_on.at[next[at]++];
            if (to >= n)
                continue;
            *hz_push(arena, &path) = to;
            if (state[to] == ON_PATH) {
                size_t from = 0;
                while (path.at[from] != to)
                    from++;
                for (size_t i = from; i + 1 < path.n; i++)
                    *hz_push(arena, out) = path.at[i];
                return;
            }
            state[to] = ON_PATH;
        }
    }
}

static void print_step(const struct hz_paper *paper, struct hz_arena *arena,
                       const struct hz_finding *finding, size_t from, size_t to)
{
    const struct hz_thing *thing = &finding->parties.at[from].waits_for;
    struct hz_live_words words = hz_live_words(thing->kind);
    const char *name = thing->name != NULL ? thing->name : thing->kind;
    name = name != NULL ? hz_visible(arena, name, false) : "something";
    const char *other = hz_live_name(arena, finding, to), *pieces[3];
    size_t n = 0;
    pieces[n++] = hz_live_name(arena, finding, from);
    pieces[n++] = hz_printf(arena, "--%s--> %s", words.does, words.by != NULL ? name : other);
    if (words.by != NULL)
        pieces[n++] = hz_printf(arena, "--%s--> %s", words.by, other);
    print_pieces(paper, 2, pieces, n);
}

/* Of what the party of a lock order holds, the lock that another one of them takes. */
static const struct hz_thing *held_in_order(const struct hz_finding *finding, size_t i)
{
    const struct hz_party *party = &finding->parties.at[i];
    for (size_t k = 0; k < party->holds.n; k++)
        for (size_t other = 0; other < finding->parties.n; other++) {
            const char *taken = finding->parties.at[other].waits_for.name;
            if (other != i && taken != NULL && party->holds.at[k].name != NULL &&
                strcmp(party->holds.at[k].name, taken) == 0)
                return &party->holds.at[k];
        }
    return party->holds.n != 0 ? &party->holds.at[0] : NULL;
}

static void print_order(const struct hz_paper *paper, struct hz_arena *arena,
                        const struct hz_finding *finding, size_t i)
{
    const struct hz_thing *held = held_in_order(finding, i);
    const struct hz_thing *taken = &finding->parties.at[i].waits_for;
    if (held == NULL || taken->name == NULL)
        return;
    const char *pieces[] = {
        hz_visible(arena, held->name, false),
        hz_printf(arena, "--then, in %s--> %s", hz_live_name(arena, finding, i),
                  hz_visible(arena, taken->name, false)),
    };
    print_pieces(paper, 2, pieces, 2);
}

static void print_cycle(const struct hz_paper *paper, struct hz_arena *arena,
                        const struct hz_finding *finding)
{
    indices cycle = {0};
    if (!is_order(finding))
        find_cycle(arena, finding, &cycle);
    else /* its parties come as they follow each other */
        for (size_t i = 0; i < finding->parties.n; i++)
            *hz_push(arena, &cycle) = i;
    size_t shown = cycle.n <= MOST_STEPS ? cycle.n : MOST_STEPS - 2;
    for (size_t i = 0; i < cycle.n; i++) {
        if (i == shown)
            fprintf(paper->file, "  … %zu more steps\n", cycle.n - shown - 1);
        if (i >= shown && i + 1 != cycle.n)
            continue;
        if (is_order(finding))
            print_order(paper, arena, finding, cycle.at[i]);
        else
            print_step(paper, arena, finding, cycle.at[i], cycle.at[(i + 1) % cycle.n]);
    }
}

void hz_live_details(const struct hz_paper *paper, const struct hz_finding *finding,
                     const char *root)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    for (size_t i = 0; i < finding->parties.n && i < MOST_PARTIES; i++)
        print_party(paper, &arena, finding, i, root);
    if (finding->parties.n > MOST_PARTIES)
        fprintf(paper->file, "  … %zu more threads\n", finding->parties.n - MOST_PARTIES);
    print_cycle(paper, &arena, finding);
    hz_arena_free(&arena);
}
