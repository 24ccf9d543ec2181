#include "detectors/tsan_reader.h"

#include <stdlib.h>
#include <string.h>

/* ---- bytes ---- */

bool hz_tsan_cut(struct hz_bytes *rest, char separator, struct hz_bytes *part)
{
    if (rest->n == 0)
        return false;
    const char *end = memchr(rest->at, separator, rest->n);
    part->at = rest->at;
    part->n = end != NULL ? (size_t)(end - rest->at) : rest->n;
    size_t taken = part->n + (end != NULL ? 1 : 0);
    rest->at += taken;
    rest->n -= taken;
    return true;
}

bool hz_tsan_skip(struct hz_bytes *bytes, const char *text)
{
    size_t n = strlen(text);
    if (bytes->n < n || memcmp(bytes->at, text, n) != 0)
        return false;
    bytes->at += n;
    bytes->n -= n;
    return true;
}

long hz_tsan_number(struct hz_bytes bytes)
{
    long number = 0;
    for (size_t i = 0; i < bytes.n && i < 9 && bytes.at[i] >= '0' && bytes.at[i] <= '9'; i++)
        number = number * 10 + (bytes.at[i] - '0');
    return number;
}

static uint64_t address_of(struct hz_bytes bytes)
{
    char text[32] = "";
    memcpy(text, bytes.at, bytes.n < sizeof text ? bytes.n : sizeof text - 1);
    return strtoull(text, NULL, 16);
}

static bool contains(struct hz_bytes bytes, const char *text)
{
    return bytes.n != 0 && memmem(bytes.at, bytes.n, text, strlen(text)) != NULL;
}

/* ---- frames ---- */

static const char *known(struct hz_arena *arena, struct hz_bytes text)
{
    bool none = text.n == 0 || (text.n == 2 && memcmp(text.at, "??", 2) == 0) ||
                (text.n == 6 && memcmp(text.at, "<null>", 6) == 0);
    return none ? NULL : hz_copy(arena, text.at, text.n);
}

struct hz_frame hz_tsan_frame(struct hz_arena *arena, const struct hz_bytes field[static 5])
{
    struct hz_bytes function = field[0];
    hz_tsan_skip(&function, "__interceptor_");
    struct hz_frame frame = {.function = known(arena, function),
                             .module = known(arena, field[3]),
                             .address = address_of(field[4])};
    bool own = contains(field[1], "compiler-rt/lib/") || contains(field[1], "libsanitizer/") ||
               hz_tsan_skip(&function, "__tsan::") || hz_tsan_skip(&function, "__sanitizer::");
    if (!own) {
        frame.file = known(arena, field[1]);
        frame.line = frame.file != NULL ? (int)hz_tsan_number(field[2]) : 0;
    }
    return frame;
}

/* ---- what a report says ---- */

/* The first word is that of the debugging interface, the second the text's. */
static const struct {
    const char *word, *text;
    enum hz_class class;
    const char *kind;
    enum hz_sure sure;
} types[] = {
    {"data-race", "data race", HZ_RACE, "data-race", HZ_CERTAIN},
    {"heap-use-after-free", "heap-use-after-free", HZ_RACE, "heap-use-after-free", HZ_CERTAIN},
    {"external-race", "race on external object", HZ_RACE, "external-race", HZ_CERTAIN},
    {"thread-leak", "thread leak", HZ_MISUSE, "thread-leak", HZ_CERTAIN},
    {"locked-mutex-destroy", "destroy of a locked mutex", HZ_MISUSE, "destroy-locked", HZ_CERTAIN},
    {"mutex-double-lock", "double lock of a mutex", HZ_DEADLOCK, "self-lock", HZ_CERTAIN},
    {"mutex-invalid-access", "use of an invalid mutex", HZ_MISUSE, "invalid-lock", HZ_CERTAIN},
    {"mutex-bad-unlock", "unlock of an unlocked mutex", HZ_MISUSE, "unlock-unlocked", HZ_CERTAIN},
    {"mutex-bad-read-lock", "read lock of a write locked mutex", HZ_DEADLOCK, "self-lock",
     HZ_CERTAIN},
    {"mutex-bad-read-unlock", "read unlock of a write locked mutex", HZ_MISUSE, "unlock-wrong-mode",
     HZ_CERTAIN},
    {"signal-unsafe-call", "signal-unsafe call", HZ_RACE, "signal-unsafe", HZ_CERTAIN},
    {"errno-in-signal-handler", "signal handler spoils errno", HZ_RACE, "signal-unsafe",
     HZ_CERTAIN},
    /* Of orders that were seen: whether they can meet is not known. */
    {"lock-order-inversion", "lock-order-inversion", HZ_DEADLOCK, "lock-order", HZ_PROBABLE},
};

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* pthread_cond_wait() with its mutex unlocked is reported as a bad unlock inside of it. */
static bool in_condition_wait(const struct hz_finding *finding)
{
    if (finding->parties.n == 0 || finding->parties.at[0].stack.n == 0)
        return false;
    const char *function = finding->parties.at[0].stack.at[0].function;
    return function != NULL && begins(function, "pthread_cond_");
}

static const char *place(struct hz_arena *arena, const struct hz_party *party)
{
    for (size_t i = 0; i < party->stack.n; i++) {
        const struct hz_frame *frame = &party->stack.at[i];
        if (frame->file == NULL || frame->line == 0)
            continue;
        const char *slash = strrchr(frame->file, '/');
        return hz_printf(arena, "%s (%s:%d)", frame->function != NULL ? frame->function : "?",
                         slash != NULL ? slash + 1 : frame->file, frame->line);
    }
    return NULL;
}

/* "data race on counter: count (race.c:10), add (race.c:15)" */
static const char *summary(struct hz_arena *arena, const char *what, const char *symbol,
                           const struct hz_finding *finding)
{
    char *text = symbol != NULL ? hz_printf(arena, "%s on %s", what, symbol) : hz_dup(arena, what);
    const char *before = NULL;
    for (size_t i = 0; i < finding->parties.n && i < 8; i++) {
        const char *here = place(arena, &finding->parties.at[i]);
        if (here == NULL || (before != NULL && strcmp(before, here) == 0))
            continue;
        text = hz_printf(arena, "%s%s %s", text, before == NULL ? ":" : ",", here);
        before = here;
    }
    return text;
}

void hz_tsan_finish(struct hz_arena *arena, const char *type, const char *symbol,
                    struct hz_finding *finding)
{
    const char *what = type;
    finding->class = HZ_MISUSE;
    finding->kind = "misuse";
    finding->sure = HZ_CERTAIN;
    finding->times = 1;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!begins(type, types[i].word) && !begins(type, types[i].text))
            continue;
        finding->class = types[i].class;
        finding->kind = types[i].kind;
        finding->sure = types[i].sure;
        what = types[i].text;
        break;
    }
    if (strcmp(finding->kind, "unlock-unlocked") == 0 && in_condition_wait(finding)) {
        finding->kind = "cond-wait-unlocked";
        what = "condition wait with an unlocked mutex";
    }
    finding->summary = summary(arena, what, symbol, finding);
}

/* ---- the runtime itself ---- */

/* After "==71==" where that is there: lines that only a failing runtime writes. */
static const char *const failures[] = {
    "FATAL: ThreadSanitizer",
    "FATAL: Internal error",
    "ThreadSanitizer: CHECK failed",
    "ThreadSanitizer: failed to",
    "ThreadSanitizer: nested bug in the same thread",
    "ThreadSanitizer: internal allocator is out of memory",
    "ThreadSanitizer failed to allocate",
    "ERROR: ThreadSanitizer failed to allocate",
};

static struct hz_bytes without_pid(struct hz_bytes line)
{
    struct hz_bytes rest = line;
    if (!hz_tsan_skip(&rest, "=="))
        return line;
    while (rest.n != 0 && *rest.at >= '0' && *rest.at <= '9')
        rest = (struct hz_bytes){rest.at + 1, rest.n - 1};
    return hz_tsan_skip(&rest, "==") ? rest : line;
}

static const char *failure_of(struct hz_arena *arena, struct hz_bytes line)
{
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        struct hz_bytes rest = line;
        if (hz_tsan_skip(&rest, failures[i]))
            return hz_printf(arena, "ThreadSanitizer's runtime failed: %.*s",
                             (int)(line.n < 200 ? line.n : 200), line.at);
    }
    return NULL;
}

/* A crash is the program's own unless its innermost frame is the runtime's. */
static bool crashed_inside(struct hz_bytes line)
{
    while (hz_tsan_skip(&line, " "))
        ;
    return hz_tsan_skip(&line, "#0 ") &&
           (hz_tsan_skip(&line, "__tsan") || hz_tsan_skip(&line, "__sanitizer"));
}

const char *hz_tsan_failure(struct hz_arena *arena, struct hz_bytes bytes, bool *ran)
{
    struct hz_bytes line;
    bool crashed = false;
    while (hz_tsan_cut(&bytes, '\n', &line)) {
        struct hz_bytes said = without_pid(line), rest = said;
        if (hz_tsan_skip(&rest, "***** Running under ThreadSanitizer"))
            *ran = true;
        const char *failure = failure_of(arena, said);
        if (failure != NULL)
            return failure;
        if (crashed && crashed_inside(line))
            return "ThreadSanitizer's runtime crashed";
        if (contains(said, "#0 "))
            crashed = false;
        if (hz_tsan_skip(&said, "ERROR: ThreadSanitizer: SEGV") ||
            hz_tsan_skip(&said, "ERROR: ThreadSanitizer: BUS"))
            crashed = true;
    }
    return NULL;
}
