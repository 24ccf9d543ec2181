/*
 * The log becomes dependencies and misuse: whose lock is which, across processes.
 */
#include "watchdog/monitor_parts.h"

#include "watchdog/lockorder.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define READ_SECONDS 0.004   /* in one look: hangs are to be seen in time, too */
#define BEHIND (HZW_LOG / 8) /* bytes that are yet to be read: that can be put off no more */
#define MAPPINGS_GOOD 0.1    /* seconds for which what was mapped somewhere is taken to be there */
#define KEEP_SECONDS 0.002   /* for the files of a process that may be over when they are needed */
#define DEAD_EVERY 1.0       /* seconds between two looks for processes that have ended */
#define SHARED (1ull << 63)  /* in the number of a space: several processes share it */
#define UNKNOWN (1ull << 62) /* in the number of an image: that was not told */

/* A file or other memory that processes share. */
struct shared {
    uint64_t device, inode;
};

struct hzw_orders {
    struct hzw_log log;
    struct hzw_lockorder *order;
    struct hz_arena arena; /* of the records of one look */
    struct hz_arena kept;
    struct hzw_image **images;
    size_t images_n, images_room;
    size_t last; /* image that was asked for last */
    HZ_VEC(struct shared) shared;
    double dead_looked; /* when it was last looked for dead processes */
};

/* ---- process images ------------------------------------------------------------------ */

static void close_image(struct hzw_image *image)
{
    if (image->names != NULL)
        hzs_close(image->names);
    hz_arena_free(&image->arena);
    free(image);
}

struct hzw_image *hzw_image_of(struct hzw_orders *orders, pid_t pid)
{
    if (orders->last < orders->images_n && orders->images[orders->last]->pid == pid)
        return orders->images[orders->last];
    for (size_t i = 0; i < orders->images_n; i++)
        if (orders->images[i]->pid == pid)
            return orders->images[orders->last = i];
    struct hzw_image *image = calloc(1, sizeof *image);
    if (orders->images_n == orders->images_room) {
        orders->images_room = orders->images_room == 0 ? 16 : 2 * orders->images_room;
        orders->images = realloc(orders->images, orders->images_room * sizeof(struct hzw_image *));
    }
    if (image == NULL || orders->images == NULL)
        (*obstack_alloc_failed_handler)();
    image->pid = pid;
    image->number = UNKNOWN | (uint64_t)pid;
    hz_arena_init(&image->arena);
    orders->last = orders->images_n;
    return orders->images[orders->images_n++] = image;
}

/* An image that is run in place of another: by exec, or as the process id is used again. */
static struct hzw_image *new_image(struct hzw_orders *orders, pid_t pid, uint64_t number)
{
    struct hzw_image *image = hzw_image_of(orders, pid);
    if (image->number == number)
        return image;
    hzw_lockorder_image_over(orders->order, image->number);
    struct hzw_image fresh = {.pid = pid, .number = number};
    if (image->names != NULL)
        hzs_close(image->names);
    hz_arena_free(&image->arena);
    *image = fresh;
    hz_arena_init(&image->arena);
    return image;
}

static bool is_dead(pid_t pid)
{
    return kill(pid, 0) != 0 && errno == ESRCH;
}

static void forget_dead(struct hzw_orders *orders, double now)
{
    if (now - orders->dead_looked < DEAD_EVERY)
        return;
    orders->dead_looked = now;
    for (size_t i = 0; i < orders->images_n;) {
        struct hzw_image *image = orders->images[i];
        if (!is_dead(image->pid)) {
            i++;
            continue;
        }
        hzw_lockorder_image_over(orders->order, image->number);
        close_image(image);
        orders->images[i] = orders->images[--orders->images_n];
    }
}

/* Its first thread may be over while others go on: then these can be read. */
struct hzs_process *hzw_image_names(struct hzw_monitor *monitor, uint64_t owner)
{
    struct hzs_process *now = hzs_cache_get(monitor->names, (pid_t)(uint32_t)owner);
    if (now == NULL)
        now = hzs_cache_get(monitor->names, (pid_t)(owner >> 32));
    return now != NULL ? now : hzw_image_of(monitor->orders, (pid_t)(uint32_t)owner)->names;
}

void hzw_keep_image(struct hzw_orders *orders)
{
    for (size_t i = 0; i < orders->images_n; i++) {
        struct hzw_image *image = orders->images[i];
        if (!image->wanted || image->tried)
            continue;
        image->tried = true;
        image->names = hzs_open(image->pid, NULL);
        if (image->names != NULL)
            hzs_warm(image->names, KEEP_SECONDS);
        return;
    }
}

/* ---- which lock --------------------------------------------------------------------------- */

static const struct hzt_mapping *mapping_at(struct hzw_image *image, uint64_t owner,
                                            uint64_t address, double now)
{
    if (now - image->cached > MAPPINGS_GOOD) {
        hz_arena_free(&image->arena);
        hz_arena_init(&image->arena);
        image->cache.n = image->cache.capacity = 0;
        image->cache.at = NULL;
        image->cached = now;
    }
    for (size_t i = 0; i < image->cache.n; i++)
        if (image->cache.at[i].from <= address && address < image->cache.at[i].to)
            return &image->cache.at[i];
    struct hzt_mapping found;
    if (!hzt_mapping(image->pid, address, &found) &&
        !hzt_mapping((pid_t)(owner >> 32), address, &found))
        return NULL;
    struct hzt_mapping *mapping = hz_push(&image->arena, &image->cache);
    *mapping = found;
    return mapping;
}

static uint64_t shared_space(struct hzw_orders *orders, const struct hzt_mapping *mapping)
{
    size_t i = 0;
    while (i < orders->shared.n && (orders->shared.at[i].device != mapping->device ||
                                    orders->shared.at[i].inode != mapping->inode))
        i++;
    if (i == orders->shared.n)
        *hz_push(&orders->kept, &orders->shared) = (struct shared){mapping->device, mapping->inode};
    return SHARED | i;
}

/* In memory that processes share a lock is the same one for all of them, wherever they see it. */
static struct hzw_lock_name name_lock(struct hzw_orders *orders, uint64_t owner, uint64_t address,
                                      uint32_t birth, double now)
{
    struct hzw_image *image = hzw_image_of(orders, (pid_t)(uint32_t)owner);
    const struct hzt_mapping *mapping = mapping_at(image, owner, address, now);
    if (mapping == NULL || !mapping->shared || mapping->inode == 0)
        return (struct hzw_lock_name){image->number & ~SHARED, address, birth};
    return (struct hzw_lock_name){shared_space(orders, mapping),
                                  address - mapping->from + mapping->offset, birth};
}

bool hzw_shared_name(struct hzw_orders *orders, uint64_t owner, uint64_t address, double now,
                     struct hzw_lock_name *out)
{
    *out = name_lock(orders, owner, address, 0, now);
    return (out->space & SHARED) != 0;
}

/* ---- records ----------------------------------------------------------------------------- */

/*
 * That one process came after another had ended is not in the log: so those of a cycle
 * that goes through several have to be there all at once.
 */
static bool all_there(const struct hzw_order_cycle *cycle)
{
    bool several = false, dead = false;
    for (size_t i = 0; i < cycle->n; i++) {
        several |= (uint32_t)cycle->steps[i].owner != (uint32_t)cycle->steps[0].owner;
        dead |= is_dead((pid_t)(uint32_t)cycle->steps[i].owner);
    }
    return !several || !dead;
}

static struct hzw_order_lock lock_of(struct hzw_orders *orders, uint64_t owner,
                                     const struct hzw_entry *entry, double now)
{
    return (struct hzw_order_lock){
        .name = name_lock(orders, owner, entry->object, entry->birth, now),
        .kind = entry->kind,
        .caller = entry->caller,
        .address = entry->object,
    };
}

static void add_order(struct hzw_monitor *monitor, const struct hzw_log_record *record, double now)
{
    struct hzw_orders *orders = monitor->orders;
    const struct hzw_record *fixed = &record->fixed;
    struct hzw_order_lock holds[HZW_LISTED];
    for (uint32_t i = 0; i < fixed->n; i++)
        holds[i] = lock_of(orders, fixed->owner, &fixed->entry[i], now);
    struct hzw_entry takes = {fixed->object, fixed->caller, fixed->birth, fixed->as};
    struct hzw_dependency dependency = {
        .thread = fixed->thread,
        .owner = fixed->owner,
        .segment = fixed->segment,
        .takes = lock_of(orders, fixed->owner, &takes, now),
        .holds = holds,
        .n = fixed->n,
        .more = fixed->more,
    };
    memcpy(dependency.from, fixed->from, sizeof dependency.from);
    hzw_order_cycles cycles = {0};
    hzw_lockorder_add(orders->order, &dependency, &orders->arena, &cycles);
    for (size_t i = 0; i < cycles.n; i++)
        if (all_there(&cycles.at[i]))
            hzw_report_cycle(monitor, &cycles.at[i]);
    hzw_image_of(orders, (pid_t)(uint32_t)fixed->owner)->wanted = true;
}

static void take_in(struct hzw_monitor *monitor, const struct hzw_log_record *record, double now)
{
    struct hzw_orders *orders = monitor->orders;
    const struct hzw_record *fixed = &record->fixed;
    if (record->gap == HZW_LOG_ANY)
        hzw_lockorder_gap(orders->order);
    else if (record->gap == HZW_LOG_ORDERS)
        hzw_lockorder_torn(orders->order);
    switch (fixed->kind) {
    case HZW_BORN:
        new_image(orders, (pid_t)(uint32_t)fixed->owner, fixed->object & ~(SHARED | UNKNOWN));
        hzw_lockorder_born(orders->order, fixed->thread, fixed->object & ~(SHARED | UNKNOWN),
                           fixed->other, fixed->value);
        break;
    case HZW_JOINED:
        hzw_lockorder_joined(orders->order, fixed->thread, fixed->other);
        break;
    case HZW_GONE:
        hzw_lockorder_gone(orders->order, fixed->thread);
        break;
    case HZW_ORDER:
        add_order(monitor, record, now);
        break;
    default:
        hzw_report_misuse(monitor, fixed);
    }
}

bool hzw_order_look(struct hzw_monitor *monitor, double now)
{
    struct hzw_orders *orders = monitor->orders;
    struct hzw_log_record record;
    double begun = hz_now();
    bool more = true;
    while (more && hz_now() - begun < READ_SECONDS) {
        more = hzw_log_read(&orders->log, (uint64_t)(now * 1e9), &record);
        if (more && monitor->options.findings)
            take_in(monitor, &record, now);
    }
    if (hzw_settle_potential(monitor, hz_now(), false))
        atomic_store(&monitor->region->log_done, orders->log.head);
    hz_arena_free(&orders->arena);
    hz_arena_init(&orders->arena);
    /* What the dead have logged comes first. */
    if (!more)
        forget_dead(orders, now);
    return !more;
}

bool hzw_order_behind(const struct hzw_monitor *monitor)
{
    return atomic_load(&monitor->region->log_tail) - monitor->orders->log.head > BEHIND;
}

void hzw_finish(struct hzw_monitor *monitor)
{
    /* Bounded: somebody may have got away who goes on to write. */
    double end = hz_now() + 1;
    while (!hzw_order_look(monitor, hz_now()) && hz_now() < end)
        ;
    hzw_settle_potential(monitor, hz_now(), true);
}

/* ---- opening and closing -------------------------------------------------------------------- */

struct hzw_orders *hzw_order_open(struct hzw_region *region)
{
    struct hzw_orders *orders = calloc(1, sizeof *orders);
    if (orders == NULL)
        (*obstack_alloc_failed_handler)();
    hzw_log_open(&orders->log, region);
    orders->order = hzw_lockorder_open();
    hz_arena_init(&orders->arena);
    hz_arena_init(&orders->kept);
    return orders;
}

const struct hzw_log *hzw_orders_log(const struct hzw_orders *orders)
{
    return &orders->log;
}

struct hzw_order_counts hzw_orders_counts(const struct hzw_orders *orders)
{
    return hzw_lockorder_counts(orders->order);
}

void hzw_order_close(struct hzw_orders *orders)
{
    for (size_t i = 0; i < orders->images_n; i++)
        close_image(orders->images[i]);
    free(orders->images);
    hzw_lockorder_close(orders->order);
    hz_arena_free(&orders->kept);
    hz_arena_free(&orders->arena);
    free(orders);
}
