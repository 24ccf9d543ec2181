/*
 * A fair scheduler: Musuvathi and Qadeer, "Fair stateless model checking", PLDI 2008.
 *
 * A thread that yields says that it has nothing to do until others have gone on. Between two
 * yields of it each other thread that could go on all the time, or that it kept from going on,
 * and that did not, is owed a step: until it has had one the thread that yielded may not go on.
 * So a loop that yields cannot run for ever beside a thread that could end it, and what is
 * searched is finite though unfair schedules are not. No state is lost that a fair schedule
 * comes to.
 *
 * Sets of threads are bits, of the first HZX_FAIR_THREADS; a program with more is not held to it.
 */
#ifndef HZX_FAIR_H
#define HZX_FAIR_H

#include <stdbool.h>
#include <stdint.h>

enum { HZX_FAIR_THREADS = 64 };

struct hzx_fair {
    uint64_t able; /* that could go on before the step that is next */
    struct {
        uint64_t owed;               /* those that are to go on first */
        uint64_t able, kept, stepped; /* since its last yield: all the time, by it, at all */
    } threads[HZX_FAIR_THREADS];
};

/* Before the first step of a schedule. */
void hzx_fair_begin(struct hzx_fair *fair);

/* Thread `thread` has made a step, after which the threads of `able` can go on. */
void hzx_fair_step(struct hzx_fair *fair, unsigned thread, bool yields, uint64_t able);

/* Those of `able` that may go on; not empty if `able` is not. */
uint64_t hzx_fair_may(const struct hzx_fair *fair, uint64_t able);

#endif
