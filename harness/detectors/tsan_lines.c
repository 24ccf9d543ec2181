#include "detectors/tsan_reader.h"

#include <string.h>

#define FIELDS 6

/* One thread's name, to be put into the parties when the report is whole. */
struct thread {
    long tid;
    const char *name;
};

struct mutex {
    const char *name;
};

/* A report of which the end was not yet seen. */
struct report {
    bool open;
    const char *type, *symbol;
    struct hz_finding finding;
    HZ_VEC(struct thread) threads;
    HZ_VEC(struct mutex) mutexes;
    HZ_VEC(long) unique;
    size_t stacks; /* of the parties, those that are no access */
    hz_stack ignored;
    hz_stack *stack; /* of the access or stack that frames belong to */
};

static bool is(struct hz_bytes word, const char *text)
{
    return hz_tsan_skip(&word, text) && word.n == 0;
}

static void begin(struct hz_arena *arena, const struct hz_bytes *field, struct report *report)
{
    *report = (struct report){0};
    report->open = is(field[1], "1");
    report->type = hz_copy(arena, field[2].at, field[2].n);
    report->stack = &report->ignored;
}

static const char *text_or_null(struct hz_arena *arena, struct hz_bytes text)
{
    return text.n != 0 ? hz_copy(arena, text.at, text.n) : NULL;
}

static struct hz_party *add_party(struct hz_arena *arena, struct report *report)
{
    if (report->finding.parties.n == HZ_TSAN_PARTIES) {
        report->stack = &report->ignored;
        return NULL;
    }
    struct hz_party *party = hz_push(arena, &report->finding.parties);
    report->stack = &party->stack;
    return party;
}

static void add_access(struct hz_arena *arena, const struct hz_bytes *field, struct report *report)
{
    bool first = report->finding.parties.n == 0;
    struct hz_party *party = add_party(arena, report);
    if (party == NULL)
        return;
    char *operation = hz_copy(arena, field[2].at, field[2].n);
    char *dash = strchr(operation, '-');
    if (dash != NULL)
        *dash = ' ';
    long size = hz_tsan_number(field[3]);
    party->id = hz_printf(arena, "T%ld", hz_tsan_number(field[1]));
    party->role = hz_printf(arena, "%s%s of %ld byte%s", first ? "" : "previous ", operation, size,
                            size == 1 ? "" : "s");
    if (report->symbol == NULL)
        report->symbol = text_or_null(arena, field[5]);
}

static void add_stack(struct hz_arena *arena, struct report *report)
{
    struct hz_party *party = add_party(arena, report);
    if (party != NULL)
        report->stacks++;
}

static void add_frame(struct hz_arena *arena, const struct hz_bytes *field, struct report *report)
{
    if (report->stack != &report->ignored && report->stack->n < HZ_TSAN_FRAMES)
        *hz_push(arena, report->stack) = hz_tsan_frame(arena, field + 1);
}

static void add_mutex(struct hz_arena *arena, const struct hz_bytes *field, struct report *report)
{
    if (report->mutexes.n == HZ_TSAN_PARTIES)
        return;
    const char *address = hz_copy(arena, field[1].at, field[1].n);
    const char *symbol = text_or_null(arena, field[2]);
    hz_push(arena, &report->mutexes)->name =
        symbol != NULL ? hz_printf(arena, "%s (%s)", symbol, address) : address;
}

/* ---- when the report is whole ---- */

static struct hz_frame innermost(const hz_stack *stack)
{
    for (size_t i = 0; i < stack->n; i++)
        if (stack->at[i].file != NULL)
            return stack->at[i];
    return (struct hz_frame){0};
}

/*
 * Edge n of a cycle: a thread that holds lock n takes lock n + 1, and with
 * second_deadlock_stack the stack after it shows where it took lock n.
 */
static void describe_cycle(struct hz_arena *arena, struct report *report)
{
    size_t n = report->mutexes.n, each = n != 0 ? report->stacks / n : 0;
    if (each == 0 || each > 2 || report->stacks != n * each || report->unique.n != n ||
        report->finding.parties.n != report->stacks)
        return;
    for (size_t i = 0; i < n; i++) {
        struct hz_party *taking = &report->finding.parties.at[i * each];
        const char *held = report->mutexes.at[i].name;
        const char *taken = report->mutexes.at[(i + 1) % n].name;
        taking->id = hz_printf(arena, "T%ld", report->unique.at[i]);
        taking->role = hz_printf(arena, "takes mutex %s, holds mutex %s", taken, held);
        taking->waits_for = (struct hz_thing){.kind = "mutex", .name = taken};
        struct hz_thing *thing = hz_push(arena, &taking->holds);
        *thing = (struct hz_thing){.kind = "mutex", .name = held};
        if (each == 2) {
            struct hz_party *before = &taking[1];
            before->id = taking->id;
            before->role = hz_printf(arena, "took mutex %s before", held);
            thing->taken_at = innermost(&before->stack);
        }
    }
    report->symbol = report->mutexes.at[0].name;
    for (size_t i = 1; i < n && i < 8; i++)
        report->symbol = hz_printf(arena, "%s, %s", report->symbol, report->mutexes.at[i].name);
}

static void name_parties(struct hz_arena *arena, struct report *report)
{
    for (size_t i = 0; i < report->finding.parties.n; i++) {
        struct hz_party *party = &report->finding.parties.at[i];
        if (party->role == NULL)
            party->role = i == 0 ? "did it here" : "and here";
        for (size_t k = 0; party->id != NULL && k < report->threads.n; k++)
            if (strcmp(party->id, hz_printf(arena, "T%ld", report->threads.at[k].tid)) == 0)
                party->name = report->threads.at[k].name;
    }
}

static void end(struct hz_arena *arena, struct report *report, hz_findings *out)
{
    if (!report->open)
        return;
    report->open = false;
    describe_cycle(arena, report);
    name_parties(arena, report);
    if (report->symbol == NULL && report->mutexes.n != 0)
        report->symbol = report->mutexes.at[0].name;
    hz_tsan_finish(arena, report->type, report->symbol, &report->finding);
    *hz_push(arena, out) = report->finding;
}

static void read_line(struct hz_arena *arena, const struct hz_bytes *field, struct report *report,
                      hz_findings *out)
{
    struct hz_bytes word = field[0];
    if (is(word, "report")) {
        begin(arena, field, report);
    } else if (!report->open) {
        return;
    } else if (is(word, "frame")) {
        add_frame(arena, field, report);
    } else if (is(word, "access")) {
        add_access(arena, field, report);
    } else if (is(word, "stack")) {
        add_stack(arena, report);
    } else if (is(word, "mutex")) {
        add_mutex(arena, field, report);
    } else if (is(word, "unique") && report->unique.n < HZ_TSAN_PARTIES) {
        *hz_push(arena, &report->unique) = hz_tsan_number(field[1]);
    } else if (is(word, "thread") && report->threads.n < HZ_TSAN_PARTIES) {
        *hz_push(arena, &report->threads) =
            (struct thread){hz_tsan_number(field[1]), text_or_null(arena, field[3])};
    } else if (is(word, "end")) {
        end(arena, report, out);
    }
}

void hz_tsan_lines(struct hz_arena *arena, struct hz_bytes bytes, hz_findings *out)
{
    struct report report = {0};
    struct hz_bytes line;
    size_t before = out->n;
    /* A last line without its newline was cut off, also where it looks whole. */
    while (bytes.n != 0 && bytes.at[bytes.n - 1] != '\n')
        bytes.n--;
    while (out->n - before < HZ_TSAN_FINDINGS && hz_tsan_cut(&bytes, '\n', &line)) {
        struct hz_bytes field[FIELDS] = {{"", 0}, {"", 0}, {"", 0}, {"", 0}, {"", 0}, {"", 0}};
        for (size_t i = 0; i < FIELDS && hz_tsan_cut(&line, '\t', &field[i]); i++)
            ;
        read_line(arena, field, &report, out);
    }
}
