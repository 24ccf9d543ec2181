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

struct hzw_log_record {
    struct hzw_record fixed;
    struct hzw_entry entry[HZW_LISTED];
    /* Records may have been lost before this one, at some place after the one that was read
       before it. */
    bool gap;
};

struct hzw_log {
    struct hzw_region *region;
    uint64_t head;  /* where the next record is: log_head itself could be overwritten */
    uint64_t since; /* when the hole at `head` was first seen; 0: there is none */
    uint64_t hole;  /* log_tail at that time: what is before it is as old */
    uint64_t lost;  /* value of log_lost up to which that is accounted for */
    uint64_t until; /* up to here in the log, records were lost nobody knows where */
    bool gap;       /* the next record comes after a gap */
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
