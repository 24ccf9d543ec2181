/*
 * The processes below one process, as /proc shows them. Inside process/ only;
 * hz_tree() of supervise.h is the part that others use.
 *
 * /proc is no snapshot: a process that starts, or whose parent ends, while it is read
 * may be missing, and one that is listed may be gone. Whoever must reach all of a tree asks again
 * until there is none left.
 */
#ifndef HZ_TREE_H
#define HZ_TREE_H

#include "base/base.h"

#include <sys/types.h>

struct hz_process {
    pid_t pid, parent, group, session;
    /*
     * Some thread of it still runs. The state of /proc/PID/stat alone would not
     * tell: it is Z when only the main thread has ended.
     */
    bool alive;
    bool below;    /* is a descendant of the root that was asked for */
    char name[16]; /* the command name; untrusted */
};
typedef HZ_VEC(struct hz_process) hz_processes;

/* The live descendants of `root`, root itself aside, by ascending process id. */
void hz_tree_read(struct hz_arena *arena, pid_t root, hz_processes *out);

/*
 * Sends `signal` to every live descendant of `root`, and tells how many there
 * were. A session that is not the root's own must hold descendants only, as hz_spawn()
 * sees to, or as daemons do: its process groups are signalled as a whole.
 */
size_t hz_tree_signal(pid_t root, int signal);

/*
 * One round of killing them, likewise; `root` must be their subreaper. A process that
 * lives for a moment only, until it has forked its successor, is mostly gone when all
 * of /proc is read. But its parent is gone too, so it is a child of the root: those
 * are killed once more, and that is quick enough to hit.
 */
size_t hz_tree_kill(pid_t root);

#endif
