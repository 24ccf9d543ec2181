/*
 * Writes records into the log as the preloaded library does (shared.h), step by step, for
 * tests: so that a writer can stop between any two steps.
 */
#ifndef HZ_LOG_WRITER_H
#define HZ_LOG_WRITER_H

#include "watchdog/shared.h"

#include <stdbool.h>
#include <stddef.h>

static inline uint32_t words_of(const struct hzw_record *record)
{
    return (uint32_t)((sizeof *record + record->n * sizeof record->entry[0]) / 8);
}

/* Where the record will be; false if there is no room: then it counts as lost. */
static inline bool reserve(struct hzw_region *region, uint32_t words, uint64_t *position)
{
    uint64_t tail = atomic_load(&region->log_tail);
    do {
        if (tail + words * 8ull - atomic_load(&region->log_head) > HZW_LOG) {
            atomic_fetch_add(&region->log_lost, 1);
            return false;
        }
    } while (!atomic_compare_exchange_weak(&region->log_tail, &tail, tail + words * 8ull));
    *position = tail;
    return true;
}

/* Writes all words but the first. */
static inline void fill(struct hzw_region *region, uint64_t position,
                        const struct hzw_record *record)
{
    const uint64_t *from = (const uint64_t *)record;
    for (uint32_t i = 1; i < record->words; i++)
        atomic_store_explicit(&region->log[(position + i * 8ull) % HZW_LOG / 8], from[i],
                              memory_order_relaxed);
}

static inline void commit(struct hzw_region *region, uint64_t position,
                          const struct hzw_record *record)
{
    uint64_t first = (uint64_t)record->words << 32 | record->kind;
    atomic_store_explicit(&region->log[position % HZW_LOG / 8], first, memory_order_release);
}

static inline bool write_record(struct hzw_region *region, struct hzw_record *record)
{
    uint64_t position;
    record->words = words_of(record);
    if (!reserve(region, record->words, &position))
        return false;
    fill(region, position, record);
    commit(region, position, record);
    return true;
}

#endif
