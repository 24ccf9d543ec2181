#include "watchdog/log.h"

#include <sys/mman.h>

#define FIXED (sizeof(struct hzw_record) / 8) /* words */
#define ENTRY (sizeof(struct hzw_entry) / 8)
_Static_assert(sizeof(struct hzw_record) % 8 == 0 && sizeof(struct hzw_entry) % 8 == 0, "words");

void hzw_log_open(struct hzw_log *log, struct hzw_region *region)
{
    *log = (struct hzw_log){.region = region};
}

static _Atomic uint64_t *word_at(struct hzw_log *log, uint64_t position)
{
    return &log->region->log[position % HZW_LOG / 8];
}

/* ---- leaving things out ------------------------------------------------------------ */

/* One piece becomes 0: without its pages, where memory can be given back (not if private). */
static void clear(struct hzw_log *log, uint64_t piece)
{
    if (madvise((void *)(uintptr_t)word_at(log, piece), HZW_LOG_PIECE, MADV_REMOVE) == 0)
        return;
    for (uint64_t at = piece; at != piece + HZW_LOG_PIECE; at += 8)
        atomic_store_explicit(word_at(log, at), 0, memory_order_relaxed);
}

/*
 * What is given back has to be 0 before a writer may reserve it: so a piece goes back whole,
 * or writers could be in it again by the time that its pages are taken away.
 */
static void move_to(struct hzw_log *log, uint64_t position)
{
    uint64_t given = position / HZW_LOG_PIECE * HZW_LOG_PIECE;
    /* Back, or too far: all of the ring is scribbled on. */
    uint64_t from = position - log->head > HZW_LOG ? given - HZW_LOG : log->given;
    log->head = position;
    log->since = 0;
    for (uint64_t piece = from; piece != given; piece += HZW_LOG_PIECE)
        clear(log, piece);
    log->given = given;
    atomic_store_explicit(&log->region->log_head, given, memory_order_release);
}

static void leap(struct hzw_log *log, uint64_t tail)
{
    move_to(log, tail);
    log->leaps++;
    log->gap = HZW_LOG_ANY;
}

/* ---- one record ------------------------------------------------------------------------ */

/* Whether the record at `position`, whose first word is `first`, makes sense; a copy of it. */
static bool copy_out(struct hzw_log *log, uint64_t position, uint64_t tail, uint64_t first,
                     struct hzw_log_record *out)
{
    uint64_t words = first >> 32;
    if (words > HZW_LOG_WORDS || words * 8 > tail - position)
        return false;
    out->words[0] = first;
    for (uint64_t i = 1; i < words; i++)
        out->words[i] = atomic_load_explicit(word_at(log, position + i * 8), memory_order_relaxed);
    const struct hzw_record *fixed = &out->fixed;
    return fixed->kind >= HZW_BORN && fixed->kind <= HZW_MISUSE && fixed->thread != 0 &&
           fixed->owner != 0 && words == FIXED + ENTRY * fixed->n &&
           (fixed->n == 0 || fixed->kind == HZW_ORDER);
}

/*
 * Whatever is not there after such a time will not come: goes on to the next record that
 * makes sense, among those that are as old.
 */
static void leap_over_hole(struct hzw_log *log, uint64_t tail)
{
    struct hzw_log_record ignored;
    uint64_t end = log->hole - log->head <= tail - log->head ? log->hole : tail;
    uint64_t at = log->head;
    while (at != end) {
        uint64_t first = atomic_load_explicit(word_at(log, at), memory_order_acquire);
        if (first != 0 && copy_out(log, at, tail, first, &ignored))
            break;
        at += 8;
    }
    move_to(log, at);
    log->holes++;
    log->gap = HZW_LOG_ANY;
}

/* The first word of the next record; 0 if it is not there. */
static uint64_t first_word(struct hzw_log *log, uint64_t now, uint64_t tail)
{
    uint64_t first = atomic_load_explicit(word_at(log, log->head), memory_order_acquire);
    if (first != 0)
        return first;
    if (log->since == 0) {
        log->since = now;
        log->hole = tail;
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
 * anywhere up to log_tail. If the log was never full, that was no birth and no join.
 */
static void count_lost(struct hzw_log *log)
{
    uint64_t lost = atomic_load(&log->region->log_lost);
    if (lost == log->lost)
        return;
    log->dropped += lost - log->lost;
    log->lost = lost;
    log->until = atomic_load(&log->region->log_tail);
    log->full |= log->until - log->before > HZW_LOG - 8 * HZW_LOG_WORDS;
    log->lately = log->full ? HZW_LOG_ANY : HZW_LOG_ORDERS;
    if (log->gap < log->lately)
        log->gap = log->lately;
}

bool hzw_log_read(struct hzw_log *log, uint64_t now, struct hzw_log_record *out)
{
    uint64_t tail = atomic_load_explicit(&log->region->log_tail, memory_order_acquire) / 8 * 8;
    if (tail == log->head)
        return false;
    if (tail - log->head > HZW_LOG) {
        leap(log, tail);
        return false;
    }
    /* Since the last time log_head was there, or further on, and log_tail not further than now. */
    log->full |= tail - log->before > HZW_LOG - 8 * HZW_LOG_WORDS;
    log->before = log->given;
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
    log->gap = position < log->until ? log->lately : HZW_LOG_WHOLE;
    return true;
}
