#include "explorer/runtime/objects.h"

#include "explorer/runtime/memory.h"

#include <string.h>

#define OBJECTS 65536
#define TABLE (2 * OBJECTS)

/* Kept over schedules and forks: equal addresses, equal objects. */
static struct {
    uint32_t n;
    uint32_t table[TABLE]; /* index into pool; 0: none */
    struct hzx_object pool[OBJECTS];
} *objects;

void hzx_objects_open(void)
{
    objects = hzx_keep(sizeof *objects);
}

void hzx_object_renew(struct hzx_object *object)
{
    object->schedule = (uint32_t)hzx.shared->schedules;
    object->owner = object->last = -1;
    object->count = object->need = object->mode = object->waiters = object->tokens = 0;
    object->tickets = object->served = 0;
    object->destroyed = false;
    memset(object->readers, 0, sizeof object->readers);
    hzx_clock_clear(object->clock);
    hzx_clock_clear(object->order);
    object->clocks_n = hzx_clock_n;
}

struct hzx_object *hzx_object(const void *address)
{
    uintptr_t key = (uintptr_t)address;
    uint32_t at = (uint32_t)(key * 0x9e3779b97f4a7c15u >> 40) & (TABLE - 1);
    while (objects->table[at] != 0 && objects->pool[objects->table[at]].address != key)
        at = (at + 1) & (TABLE - 1);
    if (objects->table[at] == 0) {
        if (objects->n + 1 == OBJECTS)
            hzx_end(HZX_CUT, 0, "more than 65,535 locks and atomics");
        objects->table[at] = ++objects->n;
        objects->pool[objects->n].address = key;
    }
    struct hzx_object *object = &objects->pool[objects->table[at]];
    if (object->schedule != (uint32_t)hzx.shared->schedules)
        hzx_object_renew(object);
    return object;
}

static const uint32_t no_initialiser = 0xdeadb10c;

void hzx_destroy(struct hzx_object *object)
{
    object->destroyed = true;
    memcpy((void *)object->address, &no_initialiser, sizeof no_initialiser);
}

bool hzx_destroyed(struct hzx_object *object)
{
    if (object->destroyed &&
        memcmp((const void *)object->address, &no_initialiser, sizeof no_initialiser) != 0)
        hzx_object_renew(object);
    return object->destroyed;
}

int hzx_object_owner(const struct hzx_object *object, unsigned kind)
{
    switch (kind) {
    case HZX_LOCK: case HZX_WAKE: case HZX_SPURIOUS: case HZX_RDLOCK: case HZX_ONCE:
        return object->owner;
    case HZX_WRLOCK:
        if (object->owner >= 0)
            return object->owner;
        for (unsigned i = 0; i < HZX_THREADS / 64; i++)
            if (object->readers[i] != 0)
                return (int)(i * 64 + (unsigned)__builtin_ctzll(object->readers[i]));
        return -1;
    default:
        return -1;
    }
}

/* The clocks' elements of threads that were made since are not set yet. */
static void extend(struct hzx_object *object)
{
    for (; object->clocks_n < hzx_clock_n; object->clocks_n++)
        object->clock[object->clocks_n] = object->order[object->clocks_n] = 0;
}

uint32_t *hzx_object_clock(struct hzx_object *object)
{
    extend(object);
    return object->clock;
}

void hzx_release(struct hzx_object *object)
{
    struct hzx_thread *self = hzx.self;
    extend(object);
    hzx_clock_join(object->clock, self->clock);
    if (hzx.exhaustive)
        hzx_clock_join(object->order, self->order);
    self->clock[self->id]++;
    object->last = (int)self->id;
}

/* A release sequence goes on by updates, and by stores of the thread that heads it. */
void hzx_object_stored(struct hzx_object *object, unsigned thread, const uint32_t *clock)
{
    if (object->last != (int)thread)
        hzx_clock_clear(hzx_object_clock(object));
    hzx_clock_join(hzx_object_clock(object), clock);
    object->last = (int)thread;
}

void hzx_acquire(struct hzx_object *object)
{
    extend(object);
    hzx_clock_join(hzx.self->clock, object->clock);
    if (hzx.exhaustive)
        hzx_clock_join(hzx.self->order, object->order);
}
