#include "explorer/runtime/profile.h"

#include "explorer/runtime/memory.h"

struct hzx_profile *hzx_profile;

void hzx_profile_open(void)
{
    if (hzx_profile == NULL)
        hzx_profile = hzx_keep(sizeof *hzx_profile);
}

void hzx_profile_begin(void)
{
    hzx_profile->touched_n = 0;
    for (unsigned i = 0; i < hzx_profile->most; i++)
        hzx_profile->begun[i] = false;
}

static uint32_t slot_of(uint64_t key, uint32_t slots)
{
    return (uint32_t)((key * 0x9e3779b97f4a7c15u) >> 40) % slots;
}

/* NULL if the table is as good as full. */
static struct hzx_place *place_of(uintptr_t key, unsigned thread)
{
    uint32_t at = slot_of(key, HZX_PLACES);
    while (hzx_profile->places[at].key != key && hzx_profile->places[at].key != 0)
        at = (at + 1) % HZX_PLACES;
    struct hzx_place *place = &hzx_profile->places[at];
    if (place->key == 0) {
        if (hzx_profile->places_n >= HZX_PLACES * 3 / 4)
            return NULL;
        hzx_profile->order[hzx_profile->places_n++] = (uint16_t)at;
        place->key = key;
        place->first = (uint16_t)thread;
    }
    return place;
}

static void note_site(uint64_t name, uint32_t place, bool amid)
{
    uint32_t at = slot_of(name, HZX_SITES);
    while (hzx_profile->sites[at].name != name && hzx_profile->sites[at].name != 0)
        at = (at + 1) % HZX_SITES;
    struct hzx_site *site = &hzx_profile->sites[at];
    if (site->name == 0) {
        if (hzx_profile->sites_n >= HZX_SITES * 3 / 4)
            return;
        hzx_profile->sites_order[hzx_profile->sites_n++] = (uint16_t)at;
        site->name = name;
        site->place = place;
    }
    site->amid = site->amid || amid;
}

void hzx_profile_did(unsigned agent, const struct hzx_op *op)
{
    uintptr_t key = hzx_place_key(op);
    if (key == 0)
        return;
    unsigned thread = agent / 2;
    struct hzx_place *place = place_of(key, thread);
    if (place == NULL)
        return;
    if (place->schedule != hzx.shared->schedules) {
        place->schedule = hzx.shared->schedules;
        for (unsigned i = 0; i < hzx_profile->most; i++)
            place->now[i] = 0;
        hzx_profile->touched[hzx_profile->touched_n++] = (uint16_t)(place - hzx_profile->places);
    }
    if (hzx_profile->most <= thread)
        hzx_profile->most = (uint16_t)(thread + 1);
    place->now[thread]++;
    /* A plain access is a point only where somebody raced with it. */
    bool raced = op->object == NULL && !op->atomic;
    place->many = place->many || raced || place->first != thread;
    place->written = place->written || raced || op->write;
    /* Who is about to let a lock go might as well be stopped after that. */
    if (op->kind != HZX_UNLOCK && op->kind != HZX_RWUNLOCK)
        note_site(hzx_site_name(agent, op), (uint32_t)(place - hzx_profile->places),
                  hzx_profile->begun[thread]);
    hzx_profile->begun[thread] = true;
}

void hzx_profile_end(void)
{
    for (unsigned i = 0; i < hzx_profile->touched_n; i++) {
        struct hzx_place *place = &hzx_profile->places[hzx_profile->touched[i]];
        for (unsigned thread = 0; thread < hzx.threads_n; thread++)
            place->usual[thread] = place->now[thread];
    }
    hzx_profile->threads = (uint16_t)hzx.threads_n;
    for (unsigned thread = 1; thread < hzx.threads_n; thread++)
        hzx_profile->parent[thread] = (uint16_t)hzx.threads[thread].parent;
}
