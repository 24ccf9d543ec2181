/*
 * The things that threads synchronise by, each known by its address: what the program's
 * memory holds of it is not looked at, but for a mutex's kind. An object is made when
 * the schedule first uses it, so that those made by an initialiser are known too.
 */
#ifndef HZX_OBJECTS_H
#define HZX_OBJECTS_H

#include "explorer/runtime/engine.h"

struct hzx_object {
    uintptr_t address;
    uint32_t schedule; /* in which the rest holds */
    int32_t owner;     /* thread; -1: none. Of a rwlock: the writer */
    int32_t last;      /* the thread that touched it last; -1: none */
    uint32_t count;    /* recursion, readers, a semaphore's value, barrier's arrivals */
    uint32_t need;     /* a barrier's threads */
    uint32_t mode;     /* of a robust mutex: what became of what it guards */
    uint32_t waiters, tokens; /* condition */
    uint64_t tickets, served;
    bool destroyed, tried /* of all schedules: somebody tries, and goes on without */;
    uint64_t readers[HZX_THREADS / 64];
    unsigned clocks_n; /* elements of the clocks that are set */
    void *extra;       /* a condition's tokens; kept over schedules */
    hzx_clock clock, order; /* released into it; the same of all that is dependent */
};

/* Once a campaign. */
void hzx_objects_open(void);

/* The object at `address`; made, with nothing in it, where there is none in this schedule. */
struct hzx_object *hzx_object(const void *address);

/* Forgets what it was: it is initialised or destroyed. */
void hzx_object_renew(struct hzx_object *object);

/*
 * Destroyed: using it again is misuse, unless an initialiser's value was written there since (a
 * std::condition_variable is made by one, and destroyed). So its first bytes get a value that is
 * none.
 */
void hzx_destroy(struct hzx_object *object);
bool hzx_destroyed(struct hzx_object *object);

/* The thread that could let go on who waits for `object` with an operation `kind`; -1. */
int hzx_object_owner(const struct hzx_object *object, unsigned kind);

/* This thread's knowledge into it, and its knowledge into this thread. */
void hzx_release(struct hzx_object *object);
/* The atomic word there now holds a store of `thread`, of which readers acquire `clock`. */
void hzx_object_stored(struct hzx_object *object, unsigned thread, const uint32_t *clock);
void hzx_acquire(struct hzx_object *object);

/* What was released into it: as many elements as there are threads now. */
uint32_t *hzx_object_clock(struct hzx_object *object);

#endif
