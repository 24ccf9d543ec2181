/*
 * The command line: one table of commands and one of options, from which parsing,
 * `--help`, the man page and the shell completions are made, so that they agree.
 */
#ifndef HZ_OPTIONS_H
#define HZ_OPTIONS_H

#include "base/base.h"
#include "watchdog/monitor.h"

#include <stdio.h>

/* Exit statuses; `hazmat --help` and the man page list them. */
enum {
    HZ_EXIT_FINE = 0,
    HZ_EXIT_SURPRISE = 1, /* for `run` and `watch`: a hazard found */
    HZ_EXIT_USAGE = 2,
    HZ_EXIT_BROKEN = 3,
    HZ_EXIT_NOTHING = 4,
    HZ_EXIT_INTERRUPTED = 130
};

/* All that can be said on the command line; what was not said has its default. */
struct hz_settings {
    const char *select;   /* -k, or NULL */
    HZ_VEC(const char *) classes, detectors, variants; /* empty: all */
    unsigned repeat;      /* default 1 */
    unsigned jobs;        /* default: processors */
    unsigned cpus;        /* 0: all */
    unsigned width;       /* 0: the terminal's */
    double timeout;       /* seconds for the bare program */
    bool timed;           /* --timeout was given */
    bool fail_fast;
    const char *results;  /* folder for streams, or NULL */
    const char *corpus;   /* or NULL */
    const char *color;    /* "auto", "always", "never" */
    const char *format;   /* or NULL */
    const char *output;   /* or NULL */
    const char *against;  /* or NULL */
    const char *json;     /* or NULL */
    const char *input;    /* or NULL */
    unsigned pid;         /* 0: none */
    const char *on_deadlock; /* "report", "abort", "kill", or NULL */
    const char *dot;      /* or NULL */
    bool propagate, quiet;
    struct hzw_options watch; /* thresholds */
    /* of `explore` and `replay` */
    uint32_t strategy, memory, mode; /* enum hzx_strategy_name, hzx_memory, hzx_mode */
    uint64_t seed, budget_schedules;
    double budget_seconds;
    unsigned depth, preemptions, max_steps, step, campaigns, spurious;
    bool keep_going, no_races, print, report_only;
    bool moded; /* --mode was given */
    bool help;
    char *const *words;   /* what is left: PAIR, STREAM, PROGRAM ARGS; ended by NULL */
    size_t words_n;
};

struct hz_subcommand {
    const char *name;
    const char *usage;    /* after "hazmat NAME" */
    const char *summary;  /* one line */
    const char *text;     /* what it does, in paragraphs */
    const char *examples; /* one a line: command, two or more spaces, what it is for */
    const char *options;  /* the names of its options, parted by spaces; "": all words are
                             passed on to another program */
    bool program;         /* options end at the first word that is none */
    int (*run)(struct hz_arena *arena, const struct hz_settings *settings);
};

extern const struct hz_subcommand hz_subcommands[]; /* ended by a NULL name */

struct hz_option {
    char letter;          /* 0: none */
    const char *name;
    const char *argument; /* NULL: takes none */
    const char *help;
    bool (*take)(struct hz_arena *arena, struct hz_settings *settings, const char *value,
                 struct hz_error *error);
};

extern const struct hz_option hz_options[]; /* ended by a NULL name */
bool hz_option_of(const struct hz_subcommand *command, const struct hz_option *option);

/* Reads argv[1] on (argv[0] is the command's name). False with what is wrong. */
bool hz_options_parse(struct hz_arena *arena, const struct hz_subcommand *command, int argc,
                      char **argv, struct hz_settings *out, struct hz_error *error);

void hz_help_all(FILE *out);
void hz_help_command(FILE *out, const struct hz_subcommand *command);
void hz_generate_man(FILE *out);
void hz_generate_bash(FILE *out);
void hz_generate_zsh(FILE *out);

/* The commands. */
int hz_check(struct hz_arena *arena, const struct hz_settings *settings);
int hz_list(struct hz_arena *arena, const struct hz_settings *settings);
int hz_show(struct hz_arena *arena, const struct hz_settings *settings);
int hz_diff_pair(struct hz_arena *arena, const struct hz_settings *settings);
int hz_run_program(struct hz_arena *arena, const struct hz_settings *settings);
int hz_watch_program(struct hz_arena *arena, const struct hz_settings *settings);
int hz_report(struct hz_arena *arena, const struct hz_settings *settings);
int hz_explore_program_of(struct hz_arena *arena, const struct hz_settings *settings);
int hz_replay_schedule(struct hz_arena *arena, const struct hz_settings *settings);
int hz_compile_c(struct hz_arena *arena, const struct hz_settings *settings);
int hz_compile_cxx(struct hz_arena *arena, const struct hz_settings *settings);
int hz_doctor(struct hz_arena *arena, const struct hz_settings *settings);

#endif
