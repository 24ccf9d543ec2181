#include "watchdog/log.h"

#include <string.h>

#define FIXED (sizeof(struct hzw_record) / 8) /* words */
#define ENTRY (sizeof(struct hzw_entry) / 8)
_Static_assert(sizeof(struct hzw_record) % 8 == 0 && sizeof(struct hzw_entry) % 8 == 0, "words");
_Static_assert(offsetof(struct hzw_log_record, entry) == sizeof(struct hzw_record), "one piece");

void hzw_log_open(struct hzw_log *log, struct hzw_region *region)
{
    *log = (struct hzw_log){.region = region};
}

static _Atomic uint64_t *word_at(struct hzw_log *log, uint64_t position)
{
    return &log->region->log[position % HZW_LOG / 8];
}

/* ---- leaving things out ------------------------------------------------------------ */

/* What is given back has to be 0 before a writer may reserve it. */
static void move_to(struct hzw_log *log, uint64_t position)
{
    uint64_t from = position - log->head > HZW_LOG ? position - HZW_LOG : log->head;
    for (uint64_t at = from; at != position; at += 8)
        atomic_store_explicit(word_at(log, at), 0, memory_order_relaxed);
    log->head = position;
    log->since = 0;
    atomic_store_explicit(&log->region->log_head, position, memory_order_release);
}

static void leap(struct hzw_log *log, uint64_t tail)
{
    move_to(log, tail / 8 * 8);
    log->leaps++;
    log->gap = true;
}

/* ---- one record ------------------------------------------------------------------------ */

/* Whether the record at `position`, whose first word is `first`, makes sense; a copy of it. */
static bool copy_out(struct hzw_log *log, uint64_t position, uint64_t tail, uint64_t first,
                     struct hzw_log_record *out)
{
    uint64_t words = first >> 32;
    if (words < FIXED || words > FIXED + ENTRY * HZW_LISTED || words * 8 > tail - position)
        return false;
    uint64_t copy[FIXED + ENTRY * HZW_LISTED] = {first};
    for (uint64_t i = 1; i < words; i++)
        copy[i] = atomic_load_explicit(word_at(log, position + i * 8), memory_order_relaxed);
    memcpy(out, copy, sizeof copy);
    const struct hzw_record *fixed = &out->fixed;
    return fixed->kind >= HZW_BORN && fixed->kind <= HZW_MISUSE && fixed->thread != 0 &&
           fixed->owner != 0 && fixed->n <= HZW_LISTED && words == FIXED + ENTRY * fixed->n &&
           (fixed->n == 0 || fixed->kind == HZW_ORDER);
}

/*
 * Whatever is not there after such a time will not come: goes on to the next record that
 * makes sense, among those that are as old.
 */
static void leap_over_hole(struct hzw_log *log, uint64_t tail)
{
    struct hzw_log_record ignored;
    uint64_t end = log->hole - log->head <= tail - log->head ? log->hole : tail / 8 * 8;
    uint64_t at = log->head;
    while (at != end) {
        uint64_t first = atomic_load_explicit(word_at(log, at), memory_order_acquire);
        if (first != 0 && copy_out(log, at, tail, first, &ignored))
            break;
        at += 8;
    }
    move_to(log, at);
    log->holes++;
    log->gap = true;
}

/* The first word of the next record; 0 if it is not there. */
static uint64_t first_word(struct hzw_log *log, uint64_t now, uint64_t tail)
{
    uint64_t first = atomic_load_explicit(word_at(log, log->head), memory_order_acquire);
    if (first != 0)
        return first;
    if (log->since == 0) {
        log->since = now;
        log->hole = tail / 8 * 8;
    }
    if (now - log->since < HZW_LOG_HOLE)
        return 0;
    leap_over_hole(log, tail);
    return log->head == tail ? 0
                             : atomic_load_explicit(word_at(log, log->head), memory_order_acquire);
}

/*
 * A writer counts what it has to drop before it goes on. So all that follows from the
 * dropped record is read after the count is seen to grow; what was before it may be
 * anywhere up to log_tail.
 */
static void count_lost(struct hzw_log *log)
{
    uint64_t lost = atomic_load(&log->region->log_lost);
    if (lost == log->lost)
        return;
    log->dropped += lost - log->lost;
    log->lost = lost;
    log->until = atomic_load(&log->region->log_tail);
    log->gap = true;
}

bool hzw_log_read(struct hzw_log *log, uint64_t now, struct hzw_log_record *out)
{
    uint64_t tail = atomic_load_explicit(&log->region->log_tail, memory_order_acquire);
    if (tail == log->head)
        return false;
    if (tail - log->head > HZW_LOG || tail % 8 != 0) {
        leap(log, tail);
        return false;
    }
    uint64_t first = first_word(log, now, tail), position = log->head;
    if (first == 0)
        return false;
    if (!copy_out(log, position, tail, first, out)) {
        leap(log, tail);
        return false;
    }
    count_lost(log);
    move_to(log, position + (first >> 32) * 8);
    out->gap = log->gap;
    log->gap = position < log->until;
    return true;
}
