#include "explorer/runtime/races.h"

#define RECORDS (1u << 22)

struct record {
    uintptr_t pc;
    uint32_t clock, next; /* next: index; 0: none */
    uint16_t thread;
    uint8_t mask; /* of the word's bytes */
    bool write, atomic;
};

static struct record *records;
static uint32_t used; /* record 0 is none; that of the access under way is the next */
bool hzx_raced, hzx_raced_anew;

void hzx_races_open(void)
{
    records = hzx_keep((RECORDS + 1) * sizeof *records);
}

void hzx_races_begin(void)
{
    used = 1;
    hzx_raced = hzx_raced_anew = false;
}

static struct hzx_side side_of(const struct record *record)
{
    return (struct hzx_side){record->pc, record->thread, record->write, record->atomic,
                             (uint8_t)__builtin_popcount(record->mask)};
}

static uint32_t number_of(uintptr_t address)
{
    struct hzx_shared *shared = hzx.shared;
    if (shared->racy_n == HZX_RACY)
        return UINT32_MAX;
    shared->racy[shared->racy_n++] = address & ~(uintptr_t)7;
    return shared->racy_n;
}

static void race(struct hzx_cell *cell, uintptr_t address, const struct record *before,
                 const struct record *now)
{
    if (!cell->racy) {
        cell->racy = number_of(address);
        ++*hzx_memory_learned;
    }
    hzx_raced = true;
    hzx_raced_anew = hzx_raced_anew || cell->racy > hzx.known;
    struct hzx_shared *shared = hzx.shared;
    for (uint32_t i = 0; i < shared->races_n; i++) {
        const struct hzx_side *sides = shared->races[i].sides;
        if ((sides[0].pc == before->pc && sides[1].pc == now->pc) ||
            (sides[1].pc == before->pc && sides[0].pc == now->pc))
            return;
    }
    if (shared->races_n < HZX_RACES)
        shared->races[shared->races_n++] =
            (struct hzx_race){address, {side_of(before), side_of(now)}};
    if (shared->config.sought == HZX_RACE)
        hzx_end(HZX_FINE, now->pc, NULL); /* it is seen; what comes after does not matter */
}

static void access_word(struct hzx_cell *cell, uintptr_t address, struct record *now)
{
    const uint32_t *known = hzx.self->clock;
    hzx_cell_now(cell, (uint32_t)hzx.shared->schedules);
    uint32_t *link = &cell->records;
    while (*link != 0) {
        struct record *before = &records[*link];
        bool conflict = (before->mask & now->mask) && (before->write || now->write);
        if (conflict && !(before->atomic && now->atomic) && before->thread != now->thread &&
            before->clock > known[before->thread])
            race(cell, address, before, now);
        /* What any later access would race with as well if it raced with the old one:
         * a write covers what it overwrites, a read the same thread's earlier read. An
         * atomic one does not cover a plain one. */
        bool covered = (before->mask & ~now->mask) == 0 && (before->atomic || !now->atomic) &&
                       (now->write ? true : !before->write && before->thread == now->thread);
        if (covered)
            *link = before->next;
        else
            link = &before->next;
    }
    if (used == RECORDS)
        return; /* the schedule is longer than any that is looked at whole: see max_steps */
    now->next = cell->records;
    cell->records = used++;
}

void hzx_access(uintptr_t address, size_t size, bool write, bool atomic, uintptr_t pc)
{
    struct hzx_thread *self = hzx.self;
    while (size > 0) {
        size_t at = address % 8, here = size < 8 - at ? size : 8 - at;
        struct hzx_cell *cell = hzx_cell(address);
        if (cell == NULL)
            return;
        struct record *now = &records[used]; /* made where it stays: a copy cost a tenth of all */
        *now = (struct record){.pc = pc, .clock = self->clock[self->id],
                               .thread = (uint16_t)self->id, .write = write, .atomic = atomic,
                               .mask = (uint8_t)(((1u << here) - 1) << at)};
        access_word(cell, address, now);
        address += here, size -= here;
    }
}
