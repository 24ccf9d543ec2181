/*
 * The one form that every detector's output is turned into. No report and no
 * judge ever sees a tool's text: readers make findings, everything after them
 * reads findings.
 *
 * All strings live in the arena of the run. Text in a finding comes from tools
 * and from the programs that they watch: it is untrusted, and whoever prints it
 * escapes it for where it goes.
 */
#ifndef HZ_FINDING_H
#define HZ_FINDING_H

#include "base/base.h"

#include <jansson.h>

enum hz_class { HZ_RACE, HZ_DEADLOCK, HZ_STARVATION, HZ_MISUSE };
#define HZ_CLASSES 4

/* "race", "deadlock", "starvation", "misuse". */
const char *hz_class_name(enum hz_class class);
bool hz_class_parse(const char *name, enum hz_class *out);

/* How far a finding follows from what was seen, and how far it is a judgement. */
enum hz_sure { HZ_CERTAIN, HZ_PROBABLE };

/* One level of a stack, innermost first. What is not known is NULL or 0. */
struct hz_frame {
    const char *function;
    const char *file; /* as the debug information has it: absolute or relative */
    int line;
    const char *module; /* path of the program or library */
    uint64_t address;   /* in the process, or 0 */
};

typedef HZ_VEC(struct hz_frame) hz_stack;

/* A lock or other thing that a thread holds or waits for. */
struct hz_thing {
    const char *kind; /* "mutex", "rwlock", "pipe", "child", … */
    const char *name; /* `accounts[3].lock`, a symbol, or an address */
    struct hz_frame taken_at; /* where it was taken, or is waited for; all zero if not known */
};

/*
 * One thread's part in a finding: what it was doing, and where. Its stack is
 * where the hazard is; the stack of its creation is not part of a finding.
 */
struct hz_party {
    const char *id;   /* "T2", "pid 71 tid 73": as the detector names it */
    const char *name; /* the thread's name, or NULL */
    const char *role; /* "write of 4 bytes", "waits for mutex", "previous read of 4 bytes" */
    hz_stack stack;
    HZ_VEC(struct hz_thing) holds;
    struct hz_thing waits_for; /* kind NULL: waits for nothing */
    double waited;             /* for how many seconds by then; 0 if not known */
    /* Those of the finding's parties that it waits for, where that is known: their indices. */
    HZ_VEC(size_t) waits_on;
};

struct hz_finding {
    const char *detector;
    enum hz_class class;
    const char *kind; /* short and stable: "data-race", "lock-order", "lock-cycle", "bypass", … */
    enum hz_sure sure;
    const char *summary; /* one line for people */
    HZ_VEC(struct hz_party) parties;
    unsigned long times; /* how often the detector said the same again; at least 1 */
    double at; /* when it was found, CLOCK_MONOTONIC in seconds; 0 if after the run */
    const char *schedule; /* of the explorer: the file that `hazmat replay` takes; or NULL */
};

typedef HZ_VEC(struct hz_finding) hz_findings;

/*
 * Folds findings that say the same (detector, class, kind and the innermost source
 * lines of their parties, in any order) into the first of them, adding up `times`;
 * the first becomes certain if one of them was. A party none of whose frames has a
 * source line counts by its innermost function or address. Findings of which no
 * place is known at all are the same only if their summaries are.
 */
void hz_findings_merge(hz_findings *findings);

/* The innermost frame with a source line: where the party was. NULL if none has one. */
const struct hz_frame *hz_party_place(const struct hz_party *party);

/*
 * How many frames of a stack are the program's: those above what called the thread's function, or
 * main, which is the same for every program (libc's, ThreadSanitizer's).
 */
size_t hz_stack_depth(const hz_stack *stack);

/*
 * Parts findings, of several detectors or runs, into hazards: hazard[i] becomes the index of the
 * first finding that is of the same one as findings[i]. Two are of one hazard if they have one
 * class and the same set of places (file by its last name, and line; of a party without one its
 * innermost function). The places are those of the parties, or those and where the locks were
 * taken that they hold: of a lock order one detector tells both acquisitions as parties, and
 * another one the first of them as a lock that is held. Where nothing is known, the summaries
 * have to be the same. Sorts, twice: n log n.
 */
void hz_hazards(const struct hz_finding *const *findings, size_t n, size_t *hazard);

/*
 * What stays the same of a finding from run to run, whoever reported it: class, kind, and where
 * its parties were, sorted, each place once: "race/data-race bank.c:21 bank.c:40". Files go by
 * their last name, as detectors and machines give them with and without folders. By functions
 * ("race/data-race bank.c:get bank.c:put") it outlives an edit above them. Untrusted text.
 */
enum hz_print { HZ_BY_LINES, HZ_BY_FUNCTIONS };
const char *hz_finding_print(struct hz_arena *arena, const struct hz_finding *finding,
                             enum hz_print by);

/*
 * A JSON string of any text: every byte that is no UTF-8 becomes U+FFFD, which
 * Jansson would refuse; control characters stay and are escaped when written. NULL
 * gives JSON's null. A new reference.
 */
json_t *hz_json_text(const char *text);

/*
 * As an object of the event stream (docs/events.md); a new reference. What is not
 * known is left out. Addresses are strings ("0x7f…"): they do not fit a number.
 */
json_t *hz_frame_to_json(const struct hz_frame *frame);
json_t *hz_finding_to_json(const struct hz_finding *finding);

/* The other way round; false with a message where the object is not a finding. */
bool hz_finding_from_json(struct hz_arena *arena, const json_t *object, struct hz_finding *out,
                          struct hz_error *error);

#endif
