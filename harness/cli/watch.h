/*
 * `hazmat watch`, in six files:
 *   watch.c         the command: what was asked for, the files it writes, how it ends
 *   watch_tell.c    says what was found, at once, to people, to the stream and to the graph
 *   watch_stats.c   what was measured of its locks
 *   watch_launch.c  a program that is started for it, with the library in it
 *   watch_pid.c     a process that runs already, looked at from outside
 *   watch_rights.c  what the kernel lets us see of other processes
 */
#ifndef HZ_CLI_WATCH_H
#define HZ_CLI_WATCH_H

#include "cli/options.h"

#include "process/supervise.h"
#include "report/text.h"
#include "watchdog/monitor.h"

#include <signal.h>

/* How often the monitor looks, in seconds. */
#define HZ_WATCH_EVERY 0.0015
/* Between SIGTERM and SIGKILL, in seconds. */
#define HZ_WATCH_GRACE 2.0

enum hz_on_deadlock { HZ_ON_REPORT, HZ_ON_ABORT, HZ_ON_KILL };

struct hz_watch {
    struct hz_arena *arena;
    const struct hz_settings *settings;
    const char *program; /* as the stream names it: a command, or "pid 71" */
    const char *root;    /* the working folder, left out of file names; NULL if not known */
    enum hz_on_deadlock on_deadlock;
    sigset_t mask; /* the signals that were blocked when we were called */
    struct hzw_monitor *monitor;
    double begun;
    int report;  /* descriptor that people's report goes to */
    bool unread; /* it takes nothing any more */
    struct hz_paper paper;
    int stream;                /* descriptor of the event stream, or -1 */
    HZ_VEC(enum hz_sure) told; /* how sure each of the monitor's findings was when it was told */
    struct hz_outcome outcome;
    double end_at; /* when --on-deadlock will end it; 0: not so far */
    bool ended;    /* by that */
    bool left;   /* a process that was watched from outside goes on */
    bool failed; /* something could not be written: `error` */
    struct hz_error error;
};

/* ---- watch_tell.c -------------------------------------------------------------- */

/* One line to people, folded and dim, unless --quiet. */
void hz_watch_note(struct hz_watch *watch, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same in bold, whatever was asked for. */
void hz_watch_line(struct hz_watch *watch, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A page is put together first and goes out whole, so that the program's own lines stay whole. */
struct hz_page {
    struct hz_paper paper;
    char *text;
    size_t n;
};
bool hz_watch_open_page(const struct hz_watch *watch, struct hz_page *page);
void hz_watch_send_page(struct hz_watch *watch, struct hz_page *page);

/* Adds a line to the stream, if there is one; takes the object. */
void hz_watch_event(struct hz_watch *watch, json_t *object);

/*
 * Writes the wait-for graph of what was found so far, if there is to be one: from the
 * beginning and with every deadlock, so that it is there whatever becomes of us.
 */
bool hz_watch_graph(struct hz_watch *watch);

/*
 * Tells what the monitor has found since the last call, or is certain of only now, and
 * does what --on-deadlock says. True if the watched processes are to be ended.
 */
bool hz_watch_findings(struct hz_watch *watch);

/* ---- watch_stats.c ---------------------------------------------------------------- */

/* With --stats: what was measured of the locks, to people and into the stream. */
void hz_watch_stats(struct hz_watch *watch);

/* ---- watch_launch.c, watch_pid.c ----------------------------------------------- */

/*
 * Each watches to the end, with the monitor open, and fills watch->outcome. False with a
 * message if nothing could be watched.
 */
bool hz_watch_launch(struct hz_watch *watch, struct hz_error *error);
bool hz_watch_process(struct hz_watch *watch, struct hz_error *error);

/* ---- watch_rights.c -------------------------------------------------------------- */

/*
 * Why the threads of that process cannot be looked at from here, with what to do, or NULL
 * if they can. Nothing at all can be told of such a process.
 */
const char *hz_watch_forbidden(struct hz_arena *arena, pid_t pid);
/* The ptrace_scope of the Yama security module; 0 where there is none. */
int hz_ptrace_scope(void);
/* Whether ptrace() itself is forbidden, as in some containers: then no stack can be read. */
bool hz_ptrace_denied(void);

#endif
