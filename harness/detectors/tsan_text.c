#include "detectors/tsan_reader.h"

#include <ctype.h>
#include <string.h>

/* A report of which the end was not yet seen. */
struct report {
    bool open;
    const char *type, *symbol;
    struct hz_finding finding;
    hz_stack ignored;
    hz_stack *stack;   /* of the section that frames belong to; NULL: none has begun */
    const char *locks; /* "M0 (0x…) => M1 (0x…) => M0" */
};

static struct hz_party *add_party(struct hz_arena *arena, struct report *report, const char *id,
                                  const char *role)
{
    report->stack = &report->ignored;
    if (report->finding.parties.n == HZ_TSAN_PARTIES)
        return NULL;
    struct hz_party *party = hz_push(arena, &report->finding.parties);
    party->id = id;
    party->role = role;
    report->stack = &party->stack;
    return party;
}

/* ---- small pieces of the text ---- */

/* Cuts everything up to and with `text` off the front; false if it is not in there. */
static bool skip_past(struct hz_bytes *line, const char *text)
{
    const char *found = line->n != 0 ? memmem(line->at, line->n, text, strlen(text)) : NULL;
    if (found == NULL)
        return false;
    size_t taken = (size_t)(found - line->at) + strlen(text);
    line->at += taken;
    line->n -= taken;
    return true;
}

/* "thread T2" or "main thread", wherever that begins in the line; NULL: neither. */
static const char *thread_id(struct hz_arena *arena, struct hz_bytes line)
{
    if (skip_past(&line, "thread T"))
        return hz_printf(arena, "T%ld", hz_tsan_number(line));
    return skip_past(&line, "main thread") ? "T0" : NULL;
}

/* The address of a lock that the line of the cycle names: "M1" in "M1 (0x…) => …". */
static const char *lock_name(struct hz_arena *arena, const struct report *report, long number)
{
    const char *text = report->locks != NULL ? report->locks : "";
    struct hz_bytes rest = {text, strlen(text)}, name;
    if (skip_past(&rest, hz_printf(arena, "M%ld (", number)) && hz_tsan_cut(&rest, ')', &name))
        return hz_copy(arena, name.at, name.n);
    return hz_printf(arena, "M%ld", number);
}

/* ---- the sections of a report ---- */

/* "Previous atomic write of size 4 at 0x… by thread T1 (mutexes: write M0):" */
static bool access_section(struct hz_arena *arena, struct hz_bytes line, struct report *report)
{
    struct hz_bytes what = line, size = line;
    if (!skip_past(&size, " of size ") || !skip_past(&line, " by "))
        return false;
    what.n = (size_t)(size.at - what.at) - strlen(" of size ");
    char *operation = hz_copy(arena, what.at, what.n);
    operation[0] = (char)tolower((unsigned char)operation[0]);
    if (strstr(operation, "read") == NULL && strstr(operation, "write") == NULL)
        return false;
    long bytes = hz_tsan_number(size);
    add_party(arena, report, thread_id(arena, line),
              hz_printf(arena, "%s of %ld byte%s", operation, bytes, bytes == 1 ? "" : "s"));
    return true;
}

/* "Mutex M1 acquired here while holding mutex M0 in thread T1:" */
static bool acquired_section(struct hz_arena *arena, struct hz_bytes line, struct report *report)
{
    struct hz_bytes taken = line, held = line;
    if (!hz_tsan_skip(&taken, "Mutex M") ||
        !skip_past(&held, " acquired here while holding mutex M"))
        return false;
    const char *taken_name = lock_name(arena, report, hz_tsan_number(taken));
    const char *held_name = lock_name(arena, report, hz_tsan_number(held));
    struct hz_party *party =
        add_party(arena, report, thread_id(arena, held),
                  hz_printf(arena, "takes mutex %s, holds mutex %s", taken_name, held_name));
    if (party != NULL) {
        party->waits_for = (struct hz_thing){.kind = "mutex", .name = taken_name};
        *hz_push(arena, &party->holds) = (struct hz_thing){.kind = "mutex", .name = held_name};
    }
    return true;
}

/* "Mutex M0 previously acquired by the same thread here:" */
static bool before_section(struct hz_arena *arena, struct hz_bytes line, struct report *report)
{
    struct hz_bytes held = line;
    size_t n = report->finding.parties.n;
    if (n == 0 || !hz_tsan_skip(&held, "Mutex M") || !skip_past(&line, " previously acquired by "))
        return false;
    add_party(
        arena, report, report->finding.parties.at[n - 1].id,
        hz_printf(arena, "took mutex %s before", lock_name(arena, report, hz_tsan_number(held))));
    return true;
}

/* "Thread T2 'reader' (tid=71, running) created by main thread at:" */
static bool thread_section(struct hz_arena *arena, struct hz_bytes line, struct report *report)
{
    struct hz_bytes name, rest = line;
    if (!hz_tsan_skip(&line, "Thread T"))
        return false;
    report->stack = &report->ignored;
    const char *id = hz_printf(arena, "T%ld", hz_tsan_number(line));
    if (!skip_past(&rest, " '") || !hz_tsan_cut(&rest, '\'', &name))
        return true;
    for (size_t i = 0; i < report->finding.parties.n; i++) {
        struct hz_party *party = &report->finding.parties.at[i];
        if (party->id != NULL && strcmp(party->id, id) == 0)
            party->name = hz_copy(arena, name.at, name.n);
    }
    return true;
}

static void section(struct hz_arena *arena, struct hz_bytes line, struct report *report)
{
    struct hz_bytes name;
    if (access_section(arena, line, report) || acquired_section(arena, line, report) ||
        before_section(arena, line, report) || thread_section(arena, line, report))
        return;
    if (hz_tsan_skip(&line, "and:")) {
        add_party(arena, report, NULL, "and here");
        return;
    }
    if (hz_tsan_skip(&line, "Cycle in lock order graph: "))
        report->locks = hz_copy(arena, line.at, line.n);
    else if (hz_tsan_skip(&line, "Location is global '") && hz_tsan_cut(&line, '\'', &name) &&
             memcmp(name.at, "?", 1) != 0 && report->symbol == NULL)
        report->symbol = hz_copy(arena, name.at, name.n);
    report->stack = &report->ignored;
}

static void frame(struct hz_arena *arena, struct hz_bytes line, struct report *report)
{
    if (report->stack == NULL) /* misuse is told without a heading */
        add_party(arena, report, NULL, "did it here");
    if (report->stack == &report->ignored || report->stack->n == HZ_TSAN_FRAMES)
        return;
    struct hz_bytes field[5] = {{"", 0}, {"", 0}, {"", 0}, {"", 0}, {"", 0}};
    for (size_t i = 0; i < 5 && hz_tsan_cut(&line, '\t', &field[i]); i++)
        ;
    *hz_push(arena, report->stack) = hz_tsan_frame(arena, field);
}

/* ---- whole reports ---- */

static bool begin(struct hz_arena *arena, struct hz_bytes line, struct report *report)
{
    if (!hz_tsan_skip(&line, "WARNING: ThreadSanitizer: "))
        return false;
    *report = (struct report){.open = true};
    const char *pid = memmem(line.at, line.n, " (pid=", 6);
    report->type = hz_copy(arena, line.at, pid != NULL ? (size_t)(pid - line.at) : line.n);
    return true;
}

static void read_line(struct hz_arena *arena, struct hz_bytes line, struct report *report,
                      hz_findings *out)
{
    if (begin(arena, line, report) || !report->open)
        return;
    if (hz_tsan_skip(&line, "==================")) {
        hz_tsan_finish(arena, report->type, report->symbol, &report->finding);
        *hz_push(arena, out) = report->finding;
        report->open = false;
        return;
    }
    if (!hz_tsan_skip(&line, "  "))
        return;
    struct hz_bytes inner = line;
    if (hz_tsan_skip(&inner, "  #")) {
        struct hz_bytes number;
        hz_tsan_cut(&inner, ' ', &number);
        frame(arena, inner, report);
    } else if (line.n != 0 && *line.at != ' ') {
        section(arena, line, report);
    }
}

void hz_tsan_text(struct hz_arena *arena, struct hz_bytes bytes, hz_findings *out)
{
    struct report report = {0};
    struct hz_bytes line;
    size_t before = out->n;
    while (bytes.n != 0 && bytes.at[bytes.n - 1] != '\n')
        bytes.n--;
    while (out->n - before < HZ_TSAN_FINDINGS && hz_tsan_cut(&bytes, '\n', &line))
        read_line(arena, line, &report, out);
}
