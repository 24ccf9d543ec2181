/*
 * Vector clocks (Mattern 1989; Fidge 1988): element t is how many releases of thread t
 * are known. As many elements as threads have been in use in any schedule so far are
 * looked at, so a program of two threads pays for two.
 */
#ifndef HZX_CLOCK_H
#define HZX_CLOCK_H

#include "explorer/shared.h"

#include <stdint.h>
#include <string.h>

typedef uint32_t hzx_clock[HZX_THREADS];

extern unsigned hzx_clock_n; /* elements in use: the threads of this schedule */

static inline void hzx_clock_clear(uint32_t *clock)
{
    for (unsigned i = 0; i < hzx_clock_n; i++)
        clock[i] = 0;
}

static inline void hzx_clock_copy(uint32_t *to, const uint32_t *from)
{
    for (unsigned i = 0; i < hzx_clock_n; i++)
        to[i] = from[i];
}

static inline void hzx_clock_join(uint32_t *to, const uint32_t *from)
{
    for (unsigned i = 0; i < hzx_clock_n; i++)
        to[i] = to[i] > from[i] ? to[i] : from[i];
}

#endif
