/*
 * Between the files that implement lockorder.h.
 *
 *   lockorder.c          records in, and dependencies
 *   lockorder_shape.c    locks and shapes
 *   lockorder_drop.c     how these go again
 *   lockorder_threads.c  threads, their clocks, and what is before what
 *   lockorder_rank.c     the topological order of the locks
 *   lockorder_search.c   the chains that a new dependency closes
 *   lockorder_table.c    hash tables
 *   lockorder_pool.c     memory, and lists in it
 *
 * Who owns what: a dependency belongs to its shape and its thread and goes with the first
 * of them; a shape goes with its last dependency and its last child, or with a lock of it; a
 * lock that nothing is known of goes. A clock goes with the last that refers to it.
 *
 * A thread that holds ten locks has told of nine shapes, each with what the one before has
 * and one lock more. So a shape lists only what no other one has: the locks from the last
 * one on of which it is known how it was taken with just those held that were before it.
 *
 * What there is of each lock (itself, its component, its shape, its dependency) is as small
 * as can be: pieces of a pool refer to each other by 32 bits, and what many have in common
 * (who takes it where) they share.
 */
#ifndef HZ_LOCKORDER_PARTS_H
#define HZ_LOCKORDER_PARTS_H

#include "watchdog/lockorder.h"
#include "watchdog/shared.h"

/* ---- lockorder_pool.c ------------------------------------------------------------- */

/* Where a piece of memory is in its pool, in grains from its base; 0: none. */
typedef uint32_t hzw_ref;
#define HZW_GRAIN 8

/* Memory of pieces that are small and many; all zero is empty. */
#define HZW_PIECES 128 /* sizes, each a grain more */
struct hzw_pool {
    char *base;
    size_t size, usable, used; /* bytes */
    hzw_ref free[HZW_PIECES], large[32];
};
/* Zeroed memory that stays where it is; ends the process if there is none. */
void *hzw_piece(struct hzw_pool *pool, size_t size);
/* `size` as it was. */
void hzw_piece_free(struct hzw_pool *pool, void *memory, size_t size);
/* With all that came from it. */
void hzw_pool_free(struct hzw_pool *pool);

static inline void *hzw_at(const struct hzw_pool *pool, hzw_ref ref)
{
    return ref != 0 ? pool->base + (size_t)ref * HZW_GRAIN : NULL;
}

/* Of a piece, or of anything in it that begins with a grain; NULL has none. */
static inline hzw_ref hzw_ref_of(const struct hzw_pool *pool, const void *memory)
{
    return memory != NULL ? (hzw_ref)((size_t)((const char *)memory - pool->base) / HZW_GRAIN) : 0;
}

/* A list is the reference of its first; each has a hook for each list that it may be in. */
struct hzw_hook {
    hzw_ref next, previous; /* that of the first: the last one */
};
void hzw_list_put(const struct hzw_pool *pool, hzw_ref *list, void *piece, size_t hook, bool last);
void hzw_list_take(const struct hzw_pool *pool, hzw_ref *list, void *piece, size_t hook);
#define HZW_PUT_FIRST(order, list, piece, hook)                                                    \
    hzw_list_put(&(order)->pool, list, piece, offsetof(typeof(*(piece)), hook), false)
#define HZW_PUT_LAST(order, list, piece, hook)                                                     \
    hzw_list_put(&(order)->pool, list, piece, offsetof(typeof(*(piece)), hook), true)
#define HZW_TAKE(order, list, piece, hook)                                                         \
    hzw_list_take(&(order)->pool, list, piece, offsetof(typeof(*(piece)), hook))
#define HZW_EACH(order, list, piece, hook)                                                         \
    for ((piece) = hzw_at(&(order)->pool, list); (piece) != NULL;                                  \
         (piece) = hzw_at(&(order)->pool, (piece)->hook.next))

/* ---- lockorder_table.c ---------------------------------------------------------- */

/* A chained hash table of pieces that begin with a link. */
struct hzw_link {
    hzw_ref next;
    uint32_t hash;
};
struct hzw_table {
    hzw_ref *at;
    size_t n, room;
};
/* Of a hash all but the lowest 32 bits is ignored. */
void hzw_table_put(const struct hzw_pool *pool, struct hzw_table *table, struct hzw_link *link,
                   uint64_t hash);
void hzw_table_take(const struct hzw_pool *pool, struct hzw_table *table, struct hzw_link *link);
/* All with that hash: NULL after the last. */
void *hzw_table_first(const struct hzw_pool *pool, const struct hzw_table *table, uint64_t hash);
void *hzw_table_next(const struct hzw_pool *pool, const struct hzw_link *link);
uint64_t hzw_hash(uint64_t hash, uint64_t value);

/* realloc(), zeroed where `old` is NULL; ends the process if there is no memory. */
void *hzw_room(void *old, size_t size);
_Noreturn void hzw_no_room(void);

/* ---- threads -------------------------------------------------------------------- */

#define HZW_NOBODY 0            /* number of a thread */
#define HZW_SEVERAL UINT64_MAX  /* threads, rather than one */
#define HZW_WHENEVER UINT64_MAX /* a segment after all others */

/* Of each thread: what it did in segments below `below` is before. */
struct hzw_clock {
    size_t references, n, room;
    struct hzw_before {
        uint64_t thread, below;
    } * at; /* by thread; malloc()'s */
};

struct hzw_actor {
    struct hzw_link link;
    uint64_t number, image;
    uint64_t owner;       /* as of its last dependency */
    uint64_t floor;       /* dependencies up to this one are before it, too */
    uint64_t below;       /* 1 + the last segment that it has a dependency in */
    uint64_t child_below; /* segment up to which `child` is good */
    hzw_ref clock;        /* of its past; 0: empty */
    hzw_ref child;        /* the past of a thread that it creates */
    hzw_ref instances;    /* those that are `gone` come last */
    unsigned gaps;        /* as the order's if all that it did since it began is known */
    struct hzw_hook idle; /* of those without instances; see is_idle */
    struct hzw_hook of_image;
    bool is_idle, gone, joined;
};

/* A process image, and a space: the same number. */
struct hzw_space {
    struct hzw_link link;
    uint64_t number;
    hzw_ref actors, locks; /* lists */
};

/* ---- locks ---------------------------------------------------------------------- */

/* A strongly connected component of the order of locks, or several that once were one. */
struct hzw_component {
    int64_t rank;  /* an edge leads to a higher rank, or stays inside */
    hzw_ref locks; /* list */
    uint32_t n;
    unsigned forward, backward; /* number of the visit that saw it */
};

/* That a cycle was reported: as a hash of 128 bits. It goes with one of the locks. */
struct hzw_said {
    struct hzw_link link;
    uint64_t key[2];
    struct hzw_hook of_lock;
    hzw_ref lock;
};

struct hzw_node_lock {
    struct hzw_link link;
    uint64_t offset; /* its name: see hzw_lock_name */
    uint32_t birth;
    hzw_ref space;
    struct hzw_hook of_space, of_component;
    hzw_ref component;
    hzw_ref holders, takers, said; /* lists of holdings, shapes, and what was said */
    uint64_t sole;                 /* thread of all that hold it, or HZW_SEVERAL */
    uint32_t number;               /* the later it became known the higher, until it wraps */
    /* During a search: how many in the chain hold it, to read and otherwise. */
    uint32_t readers, owners;
    hzw_ref start;   /* how the first of the chain holds it, or 0 */
    bool taken : 1;  /* by one of the chain */
    bool pinned : 1; /* it stays though nothing may be known of it */
};

/* ---- dependencies ----------------------------------------------------------------- */

/*
 * How a lock is taken: what there is of that is much the same for many. `away` from the
 * offset in its name is its address: 0, but in memory that processes share.
 */
struct hzw_how {
    struct hzw_link link;
    uint32_t users;
    uint64_t caller, away;
    uint64_t from[HZW_FROM]; /* 0 for one that is listed as held */
};

/* One lock that a shape lists as held. */
struct hzw_holding {
    hzw_ref lock, how;
    struct hzw_hook of_lock;
    hzw_ref shape;
    uint32_t kind;
};

struct hzw_shape {
    struct hzw_link link;
    hzw_ref parent; /* by which holds[0] was taken, if more is held than is listed; it may be
                       one of other threads, or of none any more */
    hzw_ref children;
    struct hzw_hook sibling;
    hzw_ref takes;
    hzw_ref how; /* with the callers of its first instance */
    struct hzw_hook of_lock;
    uint64_t sole;      /* thread of all its instances, or HZW_SEVERAL */
    hzw_ref live, gone; /* instances: the latest first, and the earliest first */
    uint32_t gone_n;
    uint32_t total; /* held locks, with those that are not listed */
    uint32_t kind;
    uint32_t n;
    struct hzw_holding holds[]; /* each begins with a grain */
};

/* A dependency: a shape of one thread in one segment. */
struct hzw_instance {
    struct hzw_link link; /* by shape and thread */
    hzw_ref shape, actor, clock;
    uint32_t segment;
    struct hzw_hook of_shape, of_actor;
    uint64_t floor;
    uint64_t number : 63;
    bool gone : 1; /* in which list of the shape it is */
};

/* There are a hundred thousand of each: larger ones would be seen in bench-run scale. */
_Static_assert(sizeof(struct hzw_node_lock) <= 88 && sizeof(struct hzw_component) <= 24 &&
                   sizeof(struct hzw_shape) + sizeof(struct hzw_holding) <= 96 &&
                   sizeof(struct hzw_instance) <= 56,
               "small");

struct hzw_lockorder {
    struct hzw_table actors, spaces, locks, shapes, instances, said, hows;
    struct hzw_pool pool; /* of all but arrays */
    hzw_ref idle;         /* list of actors */
    size_t idle_n;
    uint64_t last;  /* number of the last dependency */
    uint64_t floor; /* up to which all are before whatever comes */
    uint32_t last_lock;
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

/* What is at a reference, or NULL: hzw_at() with its type. */
#define HZW_TYPED_AT(what, type)                                                                   \
    static inline struct type *hzw_##what##_at(const struct hzw_lockorder *order, hzw_ref ref)     \
    {                                                                                              \
        return hzw_at(&order->pool, ref);                                                          \
    }
HZW_TYPED_AT(actor, hzw_actor)
HZW_TYPED_AT(clock, hzw_clock)
HZW_TYPED_AT(space, hzw_space)
HZW_TYPED_AT(lock, hzw_node_lock)
HZW_TYPED_AT(component, hzw_component)
HZW_TYPED_AT(said, hzw_said)
HZW_TYPED_AT(how, hzw_how)
HZW_TYPED_AT(holding, hzw_holding)
HZW_TYPED_AT(shape, hzw_shape)
HZW_TYPED_AT(instance, hzw_instance)

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
hzw_ref hzw_clock_share(const struct hzw_lockorder *order, hzw_ref clock);
void hzw_clock_drop(struct hzw_lockorder *order, hzw_ref clock);
/* Whether neither is before the other: then they may meet. */
bool hzw_concurrent(const struct hzw_lockorder *order, const struct hzw_instance *a,
                    const struct hzw_instance *b);

/* ---- lockorder_shape.c ------------------------------------------------------------ */

bool hzw_same_place(const struct hzw_lock_name *a, const struct hzw_lock_name *b);
struct hzw_lock_name hzw_lock_name_of(const struct hzw_lockorder *order,
                                      const struct hzw_node_lock *lock);
struct hzw_order_lock hzw_lock_taken(const struct hzw_lockorder *order,
                                     const struct hzw_node_lock *lock, uint32_t kind, hzw_ref how);
/* Drops the older lock at that place. False if the one there is the newer one. */
bool hzw_lock_up_to_date(struct hzw_lockorder *order, const struct hzw_lock_name *name);
/* The shape of a dependency; `oldest`: what hzw_shape_above() found, if `more` is held. */
struct hzw_shape *hzw_shape_of(struct hzw_lockorder *order, const struct hzw_dependency *dependency,
                               struct hzw_shape *oldest);
/* The shape by which the thread took the oldest lock that is listed; NULL: it is not known. */
struct hzw_shape *hzw_shape_above(const struct hzw_lockorder *order, const struct hzw_actor *actor,
                                  const struct hzw_dependency *dependency);

/* ---- lockorder.c ------------------------------------------------------------------ */

struct hzw_instance *hzw_instance_first(const struct hzw_lockorder *order,
                                        const struct hzw_shape *shape, uint64_t thread);
struct hzw_instance *hzw_instance_next(const struct hzw_lockorder *order,
                                       const struct hzw_instance *instance);

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
