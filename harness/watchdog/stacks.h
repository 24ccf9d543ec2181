/*
 * Stacks and names by debug information (elfutils' libdw), of live processes and
 * of addresses in them.
 *
 * hzs_open() reads a process's maps; hzs_stack() stops one thread by PTRACE_SEIZE
 * and PTRACE_INTERRUPT (which, unlike PTRACE_ATTACH, sends no signal), unwinds it
 * and lets it go on.
 */
#ifndef HZ_STACKS_H
#define HZ_STACKS_H

#include "base/base.h"
#include "finding/finding.h"

#include <sys/types.h>

struct hzs_process; /* opaque; of one process, at one time: open again after a dlopen */

struct hzs_process *hzs_open(pid_t pid, struct hz_error *error);
void hzs_close(struct hzs_process *process);

/*
 * The stack of one thread, innermost frame first, from the first frame outside of
 * libc and the preloaded library on (a wait is where the program waits). False if
 * it may not be read: ptrace is forbidden, or the thread is gone.
 */
bool hzs_stack(struct hz_arena *arena, struct hzs_process *process, pid_t tid, hz_stack *out,
               struct hz_error *error);

/* One frame for a return address (a call's line is that of the byte before it). */
struct hz_frame hzs_frame(struct hz_arena *arena, struct hzs_process *process, uint64_t address);

/* "accounts+0x28", "stack of thread 71", "heap 0x5555…": what stands at an address. */
const char *hzs_name(struct hz_arena *arena, struct hzs_process *process, uint64_t address);

#endif
