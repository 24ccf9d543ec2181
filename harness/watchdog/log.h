/*
 * The monitor's end of the log in the shared memory (shared.h).
 *
 * Whoever is watched may write anything there. So no word of it is trusted: a record is
 * copied out first and looked at then, no length leads out of the ring or past log_tail,
 * and what makes no sense is left out, up to log_tail, and counted.
 */
#ifndef HZ_LOG_H
#define HZ_LOG_H

#include "watchdog/shared.h"

#include <stdbool.h>
#include <stddef.h>

/* A record that was reserved this long ago and is not there yet has lost its writer. */
#define HZW_LOG_HOLE 50000000ull /* nanoseconds */

/*
 * Writers get back what was read in pieces of this size, which end at multiples of it. No
 * page of a piece is kept: what has been read costs no memory until the ring comes round.
 */
#define HZW_LOG_PIECE ((uint64_t)128 << 10)

#define HZW_LOG_WORDS                                                                              \
    ((sizeof(struct hzw_record) + HZW_LISTED * sizeof(struct hzw_entry)) / sizeof(uint64_t))

/* What may have been lost before a record, at some place after the one that was read before it. */
enum hzw_log_gap {
    HZW_LOG_WHOLE,
    HZW_LOG_ORDERS, /* orders and misuse: births and joins find room for longer */
    HZW_LOG_ANY
};

struct hzw_log_record {
    enum hzw_log_gap gap;
    union {
        struct hzw_record fixed;
        uint64_t words[HZW_LOG_WORDS]; /* room for its entries */
    };
};

struct hzw_log {
    struct hzw_region *region;
    uint64_t head;           /* where the next record is */
    uint64_t given;          /* what log_head is, which itself could be overwritten */
    uint64_t since;          /* when the hole at `head` was first seen; 0: there is none */
    uint64_t hole;           /* log_tail at that time: what is before it is as old */
    uint64_t lost;           /* value of log_lost up to which that is accounted for */
    uint64_t until;          /* up to here in the log, records were lost nobody knows where */
    enum hzw_log_gap lately; /* what was lost there */
    uint64_t before;         /* `given` at the read before the last one */
    bool full;               /* at some time there was no room for any record */
    enum hzw_log_gap gap;    /* before the next record */
    /* What was lost: */
    unsigned long holes; /* leapt over */
    unsigned long leaps; /* to log_tail, as nothing made sense any more */
    uint64_t dropped;    /* records that found no room */
};

/* The region is the caller's, and outlives the log. */
void hzw_log_open(struct hzw_log *log, struct hzw_region *region);

/*
 * The next record that is whole; false if there is none now. `now`: nanoseconds, of any
 * clock that does not go back and is not 0.
 */
bool hzw_log_read(struct hzw_log *log, uint64_t now, struct hzw_log_record *out);

#endif
