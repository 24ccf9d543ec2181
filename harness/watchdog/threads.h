/*
 * What the kernel says of one thread: whether it is blocked, in which call, on
 * what, and whether it has run since the last look. Reads /proc and, for futexes,
 * the memory of the process; changes nothing.
 */
#ifndef HZ_THREADS_H
#define HZ_THREADS_H

#include "base/base.h"

#include <sys/types.h>

enum hzt_state {
    HZT_RUNS,    /* on a processor, runnable, or in a call that ends by itself */
    HZT_TIMED,   /* blocked with a time-out */
    HZT_OUTSIDE, /* blocked on what somebody outside may do: a socket, a terminal, a signal */
    HZT_BLOCKED, /* blocked with no time-out on something inside: see `on` */
    HZT_ZOMBIE
};

enum hzt_on {
    HZT_ON_NOTHING,
    HZT_ON_FUTEX,      /* `address`, `expected`; private or shared */
    HZT_ON_PI_FUTEX,
    HZT_ON_PIPE_READ,  /* `inode` */
    HZT_ON_PIPE_WRITE, /* `inode` */
    HZT_ON_FIFO_OPEN,
    HZT_ON_CHILD,      /* `target`: the child's pid, or -1 for any */
    HZT_ON_FILE_LOCK   /* flock, fcntl: `inode`; holders by /proc/locks */
};

struct hzt_thread {
    pid_t pid, tid;
    char name[16];
    enum hzt_state state;
    enum hzt_on on;
    uint64_t address;  /* of the futex word */
    uint32_t expected; /* what the waiter saw there when it went to sleep */
    uint32_t word;     /* what is there now */
    bool word_known;
    ino_t inode;
    pid_t target;
    bool all_signals_blocked; /* as the threads of a sanitizer's runtime have it */
    /* Two looks with all of these unchanged: the thread has not run between. */
    uint64_t sp, pc, switches, ticks;
    long call; /* number of the system call, -1 if none */
};

/* Reads one thread; false if it is gone. */
bool hzt_read(pid_t pid, pid_t tid, struct hzt_thread *out);

typedef HZ_VEC(struct hzt_thread) hzt_threads;
/* All threads of a process; false if it is gone. */
bool hzt_read_all(struct hz_arena *arena, pid_t pid, hzt_threads *out);

/* Whether the thread stood still between two looks. */
bool hzt_still(const struct hzt_thread *before, const struct hzt_thread *now);

/* Memory of another process; false if it cannot be read whole. */
bool hzt_memory(pid_t pid, uint64_t address, void *out, size_t size);

/* A process that has one end of a pipe or FIFO open. */
struct hzt_end_of_pipe {
    pid_t pid;
    ino_t inode;
    bool reads, writes;
};
typedef HZ_VEC(struct hzt_end_of_pipe) hzt_pipe_ends;
/* Adds all pipe and FIFO ends that `pid` has open. */
bool hzt_pipes(struct hz_arena *arena, pid_t pid, hzt_pipe_ends *out);

#endif
