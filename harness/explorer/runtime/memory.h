/*
 * The memory of the explored program: what is put back between schedules, what is
 * handed out in one, and what is known of every word of it.
 *
 * Five places are *tracked*: the globals of the program and of libraries that `hazmat cc` has
 * built, the arguments of main(), the heap, the stacks, and what mmap() gives. Each word (8 bytes) of them has a cell. What
 * is at other addresses (the C library's own, memory mapped at an address of the program's
 * choice) is read and written without a point; that it is written the campaign names.
 *
 * The heap only grows within a schedule: what is freed is not handed out again, so that
 * a use after free is seen at the step where it happens.
 */
#ifndef HZX_MEMORY_H
#define HZX_MEMORY_H

#include "explorer/shared.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is known of a word within this schedule, and of one word in all schedules. */
struct hzx_cell {
    uint32_t schedule; /* of which the rest speaks; another: nothing is known yet */
    uint32_t records;  /* the accesses that a later one may race with (races.h); 0: none */
    uint32_t freed;    /* the tick of the schedule at which it was freed, + 1 */
    uint32_t racy;     /* of all schedules: two accesses were not ordered; each is a point. Its
                        * number in shared->racy, from 1 */
};

/* Takes the address space. `argv`: main's, or NULL. False with `why`. Call once, before anything
 * else here. */
bool hzx_memory_open(char *const *argv, const char **why);

/* Notes the globals as they are now: main() is about to be called. */
void hzx_memory_note(void);

/* Puts globals and heap back to what was noted. `fork`: there is nothing to put back. */
void hzx_memory_reset(bool fork);

/* NULL for what is not tracked. */
struct hzx_cell *hzx_cell(uintptr_t address);

/* Counts the cells that became racy: more accesses are points than before. In memory that
 * forks share. */
extern uint64_t *hzx_memory_learned;

/* Memory of the campaign, zeroed, never given back, kept over forks; never fails
 * (ends the program if there is none). */
void *hzx_keep(size_t size);

/* The address where the stacks begin, HZX_THREADS of them; a guard lies below each. */
uintptr_t hzx_stacks(void);

/* Whether `pc` is in what `hazmat cc` has built, and not in a library of others. */
bool hzx_in_program(uintptr_t pc);

/* The heap. Alignment is a power of two. NULL if the room is used up. */
void *hzx_heap_take(size_t size, size_t alignment);
/* The same, but where a real heap would have had it the schedule ends (hzx_no_room). */
void *hzx_heap_must(size_t size, size_t alignment, uintptr_t pc);
bool hzx_heap_has(const void *pointer);
/* Bytes of a block; 0 where no block begins. */
size_t hzx_heap_size(const void *pointer);
/* Notes the block as freed; false if it was already. */
bool hzx_heap_free(void *pointer);

/* The cell's knowledge of earlier schedules is forgotten. */
static inline void hzx_cell_now(struct hzx_cell *cell, uint32_t schedule)
{
    if (cell->schedule != schedule) {
        cell->schedule = schedule;
        cell->records = cell->freed = 0;
    }
}

/* Sizes: */
enum {
    HZX_HEAP_MOST = 1 << 30,
    HZX_MAPPED_MOST = 1 << 30,
    HZX_STACK_SIZE = 256 << 10,
    HZX_STACK_GUARD = 4096
};

#endif
