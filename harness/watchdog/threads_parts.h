/*
 * Between the files that implement threads.h.
 */
#ifndef HZ_THREADS_PARTS_H
#define HZ_THREADS_PARTS_H

#include "watchdog/threads.h"

/* A system call that a thread is blocked in. */
struct hzt_call {
    long number;
    uint64_t args[6];
};

/*
 * Says what a thread blocked in `call` waits for: fills state, on and what belongs to
 * it in `thread`, whose pid is set. Whatever is not known to be inside is OUTSIDE.
 */
void hzt_classify(const struct hzt_call *call, struct hzt_thread *thread);

/* A small file of /proc as a string; false if it cannot be read. */
bool hzt_slurp(const char *path, char *out, size_t size);

#endif
