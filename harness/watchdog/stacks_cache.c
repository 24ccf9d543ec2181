#include "watchdog/stacks_parts.h"

/*
 * So many processes are kept open. Each holds a descriptor for every file that was read,
 * about ten; a program may have no more than a thousand or so.
 */
#define KEPT 24

struct kept {
    pid_t pid;                   /* 0: this place is free */
    struct hzs_process *process; /* NULL: it cannot be read */
    unsigned long used, round;
};

struct hzs_cache {
    struct kept kept[KEPT];
    unsigned long uses, round;
};

struct hzs_cache *hzs_cache_new(struct hz_arena *arena)
{
    return hz_alloc(arena, sizeof(struct hzs_cache));
}

static void drop(struct kept *kept)
{
    hzs_close(kept->process);
    *kept = (struct kept){0};
}

void hzs_cache_close(struct hzs_cache *cache)
{
    for (size_t i = 0; i < KEPT; i++)
        drop(&cache->kept[i]);
}

/* The place of the process, or the one that is to be used for it. */
static struct kept *place_of(struct hzs_cache *cache, pid_t pid)
{
    struct kept *oldest = &cache->kept[0];
    for (size_t i = 0; i < KEPT; i++) {
        struct kept *kept = &cache->kept[i];
        if (kept->pid == pid)
            return kept;
        if (kept->used < oldest->used)
            oldest = kept;
    }
    drop(oldest);
    return oldest;
}

struct hzs_process *hzs_cache_get(struct hzs_cache *cache, pid_t pid)
{
    struct kept *kept = place_of(cache, pid);
    kept->used = ++cache->uses;
    if (kept->pid == pid && kept->round == cache->round)
        return kept->process;
    if (kept->process == NULL || !hzs_refresh(kept->process)) {
        hzs_close(kept->process);
        kept->process = hzs_open(pid, NULL);
    }
    kept->pid = pid;
    kept->round = cache->round;
    return kept->process;
}

void hzs_cache_done(struct hzs_cache *cache)
{
    cache->round++;
    for (size_t i = 0; i < KEPT; i++) {
        struct kept *kept = &cache->kept[i];
        if (kept->process == NULL || hzs_started(kept->pid) != kept->process->started)
            drop(kept);
    }
}
