/*
 * What the schedules so far have shown of the words and objects that threads share: who
 * comes to them, how often, and from where. Strategies that aim look here. It is told by
 * those of them that call it, in memory that forks share.
 */
#ifndef HZX_PROFILE_H
#define HZX_PROFILE_H

#include "explorer/runtime/objects.h"

enum { HZX_PLACES = 1024, HZX_SITES = 4096 };

struct hzx_place {
    uintptr_t key;         /* 0: free */
    uint64_t schedule;     /* of `now`; another: nobody has come yet */
    uint16_t first;        /* thread that came first of all */
    bool many, written;    /* several threads came; one of them to write */
    uint32_t now[HZX_THREADS], usual[HZX_THREADS]; /* operations of each thread */
};

struct hzx_site { /* an instruction, as two functions called it, at which threads come to a place */
    uint64_t name;    /* 0: free */
    uint32_t place;   /* where it was first seen to lead */
    bool amid;        /* some thread had been to a place before */
};

struct hzx_profile {
    uint32_t places_n, sites_n;
    uint16_t threads;      /* in the last schedule */
    uint16_t most;         /* threads that ever came to a place, by number */
    uint16_t touched_n;    /* places of this schedule */
    uint16_t touched[HZX_PLACES];
    uint16_t order[HZX_PLACES]; /* index of the n-th place; the same for sites */
    uint16_t sites_order[HZX_SITES];
    uint16_t parent[HZX_THREADS]; /* who made the thread */
    bool begun[HZX_THREADS];      /* it has been to a place in this schedule */
    struct hzx_place places[HZX_PLACES];
    struct hzx_site sites[HZX_SITES];
};

extern struct hzx_profile *hzx_profile;

void hzx_profile_open(void);  /* before the first schedule; any number of times */
void hzx_profile_begin(void); /* of a schedule */
void hzx_profile_did(unsigned agent, const struct hzx_op *op);
void hzx_profile_end(void);

/* The word or object that `op` is about, in one number; 0: none that is shared by nature
 * (a thread's making, its end). */
static inline uintptr_t hzx_place_key(const struct hzx_op *op)
{
    if (op->kind >= HZX_CREATE && op->kind != HZX_FLUSH)
        return 0;
    /* By its first byte, not by the word of eight: neighbours are nothing to each other. */
    return op->object != NULL ? op->object->address << 1 | 1 : op->address << 1;
}

/* Where agent `agent` stands with `op`: the same in every schedule. Never 0. */
static inline uint64_t hzx_site_name(unsigned agent, const struct hzx_op *op)
{
    const struct hzx_thread *thread = &hzx.threads[agent / 2];
    uint64_t name = op->pc;
    for (unsigned up = 1; up <= 2 && up <= thread->calls_n && thread->calls_n <= HZX_CALLS; up++)
        name = name * 0x9e3779b97f4a7c15u + thread->calls[thread->calls_n - up];
    return name | 1;
}

/* Whether two threads come there, and not only to read. */
static inline bool hzx_place_shared(const struct hzx_place *place)
{
    return place->many && place->written;
}

#endif
