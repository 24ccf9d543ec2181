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
    HZT_ON_FUTEX, /* `address`, `expected`; private or shared */
    HZT_ON_PI_FUTEX,
    HZT_ON_PIPE_READ,  /* `inode` */
    HZT_ON_PIPE_WRITE, /* `inode` */
    HZT_ON_FIFO_OPEN,
    HZT_ON_CHILD,    /* `target`: the child's pid, or -1 for any */
    HZT_ON_FILE_LOCK /* flock, fcntl: `inode`; holders by /proc/locks */
};

struct hzt_thread {
    pid_t pid, tid;
    pid_t parent;     /* of the process */
    uint64_t started; /* when, in clock ticks after boot: tells one tid from a later use of it */
    unsigned threads; /* how many the process has, dead ones that are still listed among them */
    char name[16];
    enum hzt_state state;
    enum hzt_on on;
    uint64_t address;  /* of the futex word */
    int operation;     /* FUTEX_WAIT, FUTEX_WAIT_BITSET, …: how it waits for the futex */
    bool shared;       /* not a private futex: another process may end the wait */
    uint32_t expected; /* what the waiter saw there when it went to sleep */
    uint32_t word;     /* what is there now */
    bool word_known;
    bool told; /* all of this by the thread's own word, in its slot, and not by the kernel's */
    ino_t inode;
    pid_t target;
    /* These three are read of threads that are BLOCKED or TIMED only. */
    bool all_signals_blocked; /* as the threads of a sanitizer's runtime have it */
    uint64_t caught;          /* signals (bit n - 1) that its process has a handler for */
    uint64_t handled;         /* those of them that it does not block */
    bool foreign_ids;         /* in a pid namespace of its own: ids in its memory are not ours */
    /* Two looks with all of these unchanged: the thread has not run between. */
    uint64_t sp, pc;
    uint64_t switches; /* how often it was put on a processor */
    uint64_t ticks;    /* processor time, user and system, in clock ticks */
    long call;         /* number of the system call, -1 if none */
};

/* Reads one thread; false if it is gone. */
bool hzt_read(pid_t pid, pid_t tid, struct hzt_thread *out);

typedef HZ_VEC(struct hzt_thread) hzt_threads;
typedef HZ_VEC(pid_t) hzt_pids;
/* How many threads a process has, dead ones that are still listed among them; 0: it is gone. */
size_t hzt_thread_count(pid_t pid);
/* The ids of all threads of a process, dead ones that are still listed among them. */
void hzt_thread_ids(struct hz_arena *arena, pid_t pid, hzt_pids *out);
/* All threads of a process; false if it is gone. */
bool hzt_read_all(struct hz_arena *arena, pid_t pid, hzt_threads *out);

/* Whether the thread was blocked in one and the same call, without a break, between two looks. */
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
/* Adds all pipe and FIFO ends that `pid` has open; false if that may not be read. */
bool hzt_pipes(struct hz_arena *arena, pid_t pid, hzt_pipe_ends *out);

/* Whether a descriptor is on its way in a socket of `pid`: no process has it open then. */
bool hzt_in_flight(pid_t pid);

/* Whether `pid` has the file `inode` open; false also if that may not be read. */
bool hzt_has_open(pid_t pid, ino_t inode);

/* Adds all processes that there are. */
void hzt_processes(struct hz_arena *arena, hzt_pids *out);
/* Adds the children of a process, with the dead ones that it has not collected. */
void hzt_children(struct hz_arena *arena, pid_t pid, hzt_pids *out);
/* Adds the processes that hold a lock on the file `inode`; 0 or -1: one that cannot be named. */
void hzt_lock_holders(struct hz_arena *arena, ino_t inode, hzt_pids *out);

/* What is mapped at an address. */
struct hzt_mapping {
    uint64_t from, to; /* addresses */
    uint64_t offset;   /* of `from` in the file */
    bool shared;
    uint64_t device, inode; /* 0 where no file is mapped */
    char path[256];         /* cut off where it is longer; "" if it has none */
};
/* False if nothing is mapped there, or that may not be read. */
bool hzt_mapping(pid_t pid, uint64_t address, struct hzt_mapping *out);
/* Whether `pid` has the file of `mapping` mapped too, as memory that it shares. */
bool hzt_maps(pid_t pid, const struct hzt_mapping *mapping);

#endif
