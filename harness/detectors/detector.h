/*
 * A detector: something that watches a run and reports. Each is one file behind
 * this interface: how the tool is found, how a program is run under it, and how
 * what it wrote is read.
 *
 * `command` and `read` do not touch the system: the first gives the words of a
 * command line, the second turns bytes into findings, so that both are tested
 * without running anything. `probe` runs the tool once to ask for its version.
 */
#ifndef HZ_DETECTOR_H
#define HZ_DETECTOR_H

#include "base/base.h"
#include "finding/finding.h"
#include "finding/search.h"
#include "finding/steps.h"
#include "process/supervise.h"

/* What `hazmat doctor` shows, and what goes into the event stream's environment. */
struct hz_probe {
    bool usable;
    const char *version; /* "3.19.0"; NULL if it could not be told */
    const char *problem; /* why it is not usable; NULL if it is */
    const char *repair;  /* the command that repairs it; NULL if none is known */
};

/* Where Hazmat's own parts are; from cli/, which knows the build and the installation. */
struct hz_home {
    const char *corpus;   /* holds scenarios/ and fixed/ */
    const char *programs; /* holds FLAVOUR/VARIANT/CLASS/NAME */
    const char *preload;  /* libhazmat-watch.so */
    const char *runtime;  /* libhazmat-explore.so */
    const char *hazmat;   /* this program */
};

/* How a program is to be run. Filled by `command`; strings are the arena's or constants. */
struct hz_plan {
    HZ_VEC(char *) prefix; /* words before the program's own: "valgrind", "--tool=helgrind", … */
    HZ_VEC(char *) set;    /* environment */
    bool fixed_addresses, kill_at_once;
    bool runtime_thread; /* the tool keeps a thread of its own that the hang check must not count */
    bool watch;          /* wants the live watchdog's findings, with stacks */
    double slower;       /* what the deadline is multiplied by */
};

/* A file that the tool left in its raw folder. */
struct hz_raw_file {
    const char *name; /* base name */
    struct hz_bytes bytes;
    bool cut; /* more was there than is read */
};

/* All that is left of a run when it is over. */
struct hz_raw {
    const struct hz_outcome *outcome;
    HZ_VEC(struct hz_raw_file) files;
    hz_findings live; /* what the watchdog's monitor found while it ran */
};

struct hz_detector {
    const char *name;
    const char *what;    /* one line: what it watches and how */
    const char *flavour; /* "native", "tsan" or "explore": which build of a pair it runs */

    void (*probe)(struct hz_arena *arena, const struct hz_home *home, struct hz_probe *out);

    /*
     * `raw` is the folder that the tool may write to; it exists and is empty. It is
     * an absolute path: a program may change its folder before the tool opens a file.
     */
    void (*command)(struct hz_arena *arena, const struct hz_home *home, const char *raw,
                    struct hz_plan *out);

    /*
     * Findings of one run, in the order in which they were reported, each with
     * its detector's name. False if the run says nothing about the program: the
     * tool crashed, wrote nothing, or what it wrote cannot be read. What was
     * read before that stays in `out`. Not called where the program could not be
     * started: there is nothing to read.
     */
    bool (*read)(struct hz_arena *arena, const struct hz_raw *raw, hz_findings *out,
                 struct hz_error *error);

    /* How far the run went, as a line ("exhausted: 120 schedules"; may be NULL) and in figures, of
     * a detector that can tell; NULL: it cannot. May be called after `read`, with the same `raw`. */
    const char *(*search)(struct hz_arena *arena, const struct hz_raw *raw, struct hz_search *out);

    /* The schedule that leads there, of a detector that has one; NULL: it has none. The same. */
    void (*steps)(struct hz_arena *arena, const struct hz_raw *raw, hz_steps *out);
};

extern const struct hz_detector hz_bare, hz_tsan, hz_helgrind, hz_drd, hz_watchdog,
    hz_explorer;

/* All of them in the order of the matrix's columns, `bare` first; ended by NULL. */
extern const struct hz_detector *const hz_detectors[];
const struct hz_detector *hz_detector_named(const char *name);

/* For qsort() of names: in the order of the columns; those that this Hazmat does not know last. */
int hz_detectors_order(const void *left, const void *right);

/*
 * Runs `argv` for at most `seconds` and gives the first 64 KiB of its output (standard
 * output, then standard error), for probes. False if it did not exit with 0.
 */
bool hz_probe_run(struct hz_arena *arena, char *const *argv, double seconds, const char **output);

#endif
