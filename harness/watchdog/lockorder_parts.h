/*
 * Between the files that implement lockorder.h.
 *
 *   lockorder.c          records in: locks, shapes and dependencies
 *   lockorder_drop.c     how these go again
 *   lockorder_threads.c  threads, their clocks, and what is before what
 *   lockorder_rank.c     the topological order of the locks
 *   lockorder_search.c   the chains that a new dependency closes
 *   lockorder_table.c    hash tables
 *   lockorder_pool.c     memory
 *
 * Who owns what: a dependency belongs to its shape and its thread and goes with the first
 * of them; a shape goes with its last dependency and its last child, or with a lock of it; a
 * lock that nothing is known of goes. A clock goes with the last that refers to it.
 *
 * A thread that holds ten locks has told of nine shapes, each with what the one before has
 * and one lock more. So a shape lists only what no other one has: the locks from the last
 * one on of which it is known how it was taken with just those held that were before it.
 */
#ifndef HZ_LOCKORDER_PARTS_H
#define HZ_LOCKORDER_PARTS_H

#include "watchdog/lockorder.h"
#include "watchdog/shared.h"

#include <sys/queue.h>

/* ---- lockorder_table.c ---------------------------------------------------------- */

/* A chained hash table of structs that begin with a link. */
struct hzw_link {
    struct hzw_link *next;
    uint64_t hash;
};
struct hzw_table {
    struct hzw_link **at;
    size_t n, room;
};
void hzw_table_put(struct hzw_table *table, struct hzw_link *link, uint64_t hash);
void hzw_table_take(struct hzw_table *table, struct hzw_link *link);
/* All with that hash: NULL after the last. */
struct hzw_link *hzw_table_first(const struct hzw_table *table, uint64_t hash);
struct hzw_link *hzw_table_next(const struct hzw_link *link);
uint64_t hzw_hash(uint64_t hash, uint64_t value);

/* realloc(), zeroed where `old` is NULL; ends the process if there is no memory. */
void *hzw_room(void *old, size_t size);

/* ---- lockorder_pool.c ------------------------------------------------------------- */

/* Memory of pieces that are small and many; all zero is empty. */
#define HZW_PIECES 64 /* sizes, each eight bytes more; larger ones are malloc()'s */
struct hzw_pool {
    struct hzw_block *blocks; /* the first is the one in use */
    size_t used;              /* bytes of it */
    struct hzw_piece *free[HZW_PIECES];
};
/* Zeroed memory; ends the process if there is none. To be given back with the same size. */
void *hzw_piece(struct hzw_pool *pool, size_t size);
void hzw_piece_free(struct hzw_pool *pool, void *memory, size_t size);
/* All that comes from its blocks, but not what is larger. */
void hzw_pool_free(struct hzw_pool *pool);

/* ---- threads -------------------------------------------------------------------- */

#define HZW_NOBODY 0            /* number of a thread */
#define HZW_SEVERAL UINT64_MAX  /* threads, rather than one */
#define HZW_WHENEVER UINT64_MAX /* a segment after all others */

/* Of each thread: what it did in segments below `below` is before. */
struct hzw_clock {
    size_t references, n, room;
    struct hzw_before {
        uint64_t thread, below;
    } at[]; /* by thread */
};

struct hzw_actor {
    struct hzw_link link;
    uint64_t number, image;
    bool gone, joined;
    struct hzw_clock *clock; /* of its past; NULL: empty */
    uint64_t floor;          /* dependencies up to this one are before it, too */
    uint64_t below;          /* 1 + the last segment that it has a dependency in */
    struct hzw_clock *child; /* the past of a thread that it creates; good for `child_below` */
    uint64_t child_below;
    unsigned gaps; /* as the order's if all that it did since it began is known */
    TAILQ_HEAD(, hzw_instance) instances; /* those that are `gone` come last */
    TAILQ_ENTRY(hzw_actor) idle;          /* those without instances; see is_idle */
    bool is_idle;
    LIST_ENTRY(hzw_actor) of_image;
};

/* A process image, and a space: the same number. */
struct hzw_space {
    struct hzw_link link;
    uint64_t number;
    LIST_HEAD(, hzw_actor) actors;
    LIST_HEAD(, hzw_node_lock) locks;
};

/* ---- locks ---------------------------------------------------------------------- */

/* A strongly connected component of the order of locks, or several that once were one. */
struct hzw_component {
    int64_t rank; /* an edge leads to a higher rank, or stays inside */
    LIST_HEAD(, hzw_node_lock) locks;
    uint32_t n;
    unsigned forward, backward; /* number of the visit that saw it */
};

/* That a cycle was reported: as a hash of 128 bits. It goes with one of the locks. */
struct hzw_said {
    struct hzw_link link;
    uint64_t more;
    LIST_ENTRY(hzw_said) of_lock;
};

struct hzw_node_lock {
    struct hzw_link link;
    struct hzw_lock_name name;
    uint64_t number; /* the later it became known the higher */
    struct hzw_space *space;
    LIST_ENTRY(hzw_node_lock) of_space;
    struct hzw_component *component;
    LIST_ENTRY(hzw_node_lock) of_component;
    LIST_HEAD(, hzw_holding) holders;
    LIST_HEAD(, hzw_shape) takers;
    LIST_HEAD(, hzw_said) said;
    uint64_t sole; /* thread of all that hold it, or HZW_SEVERAL */
    bool pinned;   /* it stays though nothing may be known of it */
    /* During a search: how many in the chain hold it, to read and otherwise. */
    unsigned readers, owners;
    bool taken;                /* by one of the chain */
    struct hzw_holding *start; /* how the first of the chain holds it, or NULL */
};

/* ---- dependencies ----------------------------------------------------------------- */

/* One lock that a shape lists as held. */
struct hzw_holding {
    struct hzw_node_lock *lock;
    uint32_t kind;
    uint64_t caller, address;
    struct hzw_shape *shape;
    LIST_ENTRY(hzw_holding) of_lock;
};

/* Who called the place of a shape: most shapes have that in common with others. */
struct hzw_callers {
    struct hzw_link link;
    size_t shapes; /* that refer to it */
    uint64_t from[HZW_FROM];
};

struct hzw_shape {
    struct hzw_link link;
    struct hzw_shape *parent; /* by which holds[0] was taken, if more is held than is listed; it
                                 may be one of other threads, or of none any more */
    LIST_HEAD(, hzw_shape) children;
    LIST_ENTRY(hzw_shape) sibling;
    struct hzw_node_lock *takes;
    uint64_t caller, address;
    struct hzw_callers *callers; /* of the first instance */
    LIST_ENTRY(hzw_shape) of_lock;
    uint64_t sole; /* thread of all its instances, or HZW_SEVERAL */
    TAILQ_HEAD(hzw_instances, hzw_instance) live, gone;
    uint32_t kind;
    uint32_t total; /* held locks, with those that are not listed */
    uint32_t gone_n;
    uint32_t n;
    struct hzw_holding holds[];
};

/* A dependency: a shape of one thread in one segment. */
struct hzw_instance {
    struct hzw_link link; /* by shape and thread */
    struct hzw_shape *shape;
    struct hzw_actor *actor;
    struct hzw_clock *clock;
    uint64_t floor, number, owner;
    uint32_t segment;
    bool gone; /* in which list of the shape it is */
    TAILQ_ENTRY(hzw_instance) of_shape;
    TAILQ_ENTRY(hzw_instance) of_actor;
};

struct hzw_lockorder {
    struct hzw_table actors, spaces, locks, shapes, instances, said, callers;
    struct hzw_pool pool; /* of all but clocks and arrays */
    TAILQ_HEAD(, hzw_actor) idle;
    size_t idle_n;
    uint64_t last;  /* number of the last dependency */
    uint64_t floor; /* up to which all are before whatever comes */
    uint64_t last_lock;
    unsigned gaps;
    int64_t first_rank, last_rank;
    unsigned visits;
    struct hzw_components {
        struct hzw_component **at;
        size_t n, room;
    } forward, backward;
    struct hzw_levels {
        struct hzw_level *at;
        size_t n, room;
    } chain;
    size_t limit; /* steps of a search */
    struct hzw_order_counts counts;
};

static inline bool hzw_conflict(uint32_t a, uint32_t b)
{
    return a != HZW_RWLOCK_READ || b != HZW_RWLOCK_READ;
}

/* ---- lockorder_threads.c ---------------------------------------------------------- */

/* Makes one that is not known: it counts as having begun now. */
struct hzw_actor *hzw_actor_of(struct hzw_lockorder *order, uint64_t number);
/* It was used, or its dependencies have become none, or some; frees it if nobody asks for it. */
void hzw_actor_settle(struct hzw_lockorder *order, struct hzw_actor *actor);
/* A dependency of it is not known: so neither is by which one it took a lock. */
void hzw_actor_torn(const struct hzw_lockorder *order, struct hzw_actor *actor);
/* Frees those that are too many; nobody may have hold of one. */
void hzw_actors_trim(struct hzw_lockorder *order);
/* Without its dependencies. */
void hzw_actor_free(struct hzw_lockorder *order, struct hzw_actor *actor);
struct hzw_space *hzw_space_find(const struct hzw_lockorder *order, uint64_t number);
struct hzw_space *hzw_space_of(struct hzw_lockorder *order, uint64_t number);
void hzw_space_settle(struct hzw_lockorder *order, struct hzw_space *space);
struct hzw_clock *hzw_clock_share(struct hzw_clock *clock);
void hzw_clock_drop(struct hzw_clock *clock);
/* Whether neither is before the other: then they may meet. */
bool hzw_concurrent(const struct hzw_instance *a, const struct hzw_instance *b);

/* ---- lockorder.c ------------------------------------------------------------------ */

struct hzw_instance *hzw_instance_first(const struct hzw_lockorder *order,
                                        const struct hzw_shape *shape, uint64_t thread);
struct hzw_instance *hzw_instance_next(const struct hzw_instance *instance);

/* ---- lockorder_drop.c ------------------------------------------------------------- */

void hzw_instance_drop(struct hzw_lockorder *order, struct hzw_instance *instance);
/* Its thread has ended: it may be one too many of those. */
void hzw_instance_gone(struct hzw_lockorder *order, struct hzw_instance *instance);
/* With all that is known of it. */
void hzw_lock_drop(struct hzw_lockorder *order, struct hzw_node_lock *lock);
void hzw_locks_forget(struct hzw_lockorder *order, uint64_t space);

/* ---- lockorder_rank.c ------------------------------------------------------------- */

void hzw_rank_new(struct hzw_lockorder *order, struct hzw_node_lock *lock);
void hzw_rank_drop(struct hzw_lockorder *order, struct hzw_node_lock *lock);
/* Orders the locks anew for the edges of a shape that is in the lists of its locks. */
void hzw_rank_add(struct hzw_lockorder *order, const struct hzw_shape *shape);

/* ---- lockorder_search.c ----------------------------------------------------------- */

/* Adds the cycles through a new dependency that were not reported. */
void hzw_search(struct hzw_lockorder *order, struct hzw_instance *start, struct hz_arena *arena,
                hzw_order_cycles *out);
void hzw_said_drop(struct hzw_lockorder *order, struct hzw_said *said);

#endif
