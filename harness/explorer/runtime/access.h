/* Accesses to memory, plain and atomic, as operations. */
#ifndef HZX_ACCESS_H
#define HZX_ACCESS_H

#include "explorer/runtime/memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The thread that runs is about to access `size` bytes: a point if another could tell, a
 * race if it is one, and the schedule's end if the bytes were freed. */
void hzx_plain(uintptr_t address, size_t size, bool write, uintptr_t pc);

/* Bytes are being written: those who wait for them go on, and this thread's loop does work.
 * `cell`: of the address, or NULL. */
void hzx_wrote(uintptr_t address, size_t size, const struct hzx_cell *cell);

#endif
