/*
 * Stacks and names by debug information (elfutils' libdw), of live processes and
 * of addresses in them.
 *
 * hzs_open() reads a process's maps; hzs_stack() stops one thread by PTRACE_SEIZE
 * and PTRACE_INTERRUPT (which, unlike PTRACE_ATTACH, sends no signal), unwinds it
 * and lets it go on.
 *
 * The files are those that are mapped (by /proc/PID/map_files, exe or root), be they
 * removed, replaced or of another mount namespace; where none of these ways is open,
 * a removed file's frames have what its memory still has of it: exported symbols.
 *
 * Nothing here takes long: debug information is read once a module, and at a time no
 * more than for some milliseconds; what would take longer is told with less. Nothing
 * is guessed either: a name is right or it is an address.
 */
#ifndef HZ_STACKS_H
#define HZ_STACKS_H

#include "base/base.h"
#include "finding/finding.h"

#include <sys/types.h>

/* Opaque; of one process, at one time: open again, or get again, after a dlopen. */
struct hzs_process;

/* `pid` may be any thread of the process that is not dead. */
struct hzs_process *hzs_open(pid_t pid, struct hz_error *error);
void hzs_close(struct hzs_process *process);

/*
 * Reads beforehand what stacks and names will need: files, unwind tables, symbols, the
 * units and variables of the debug information. Stops soon after `seconds` (it may be in
 * the middle of a large file for some tens of milliseconds); true if all is read, else it
 * goes on at the next call.
 */
bool hzs_warm(struct hzs_process *process, double seconds);

/*
 * The stack of one thread, innermost frame first, from the first frame outside of
 * libc and the preloaded library on (a wait is where the program waits). False if
 * it may not be read: ptrace is forbidden, or the thread is gone.
 */
bool hzs_stack(struct hz_arena *arena, struct hzs_process *process, pid_t tid, hz_stack *out,
               struct hz_error *error);

/* One frame for a return address (a call's line is that of the byte before it). */
struct hz_frame hzs_frame(struct hz_arena *arena, struct hzs_process *process, uint64_t address);

/*
 * What stands at an address, by the first of these that is known:
 *
 *   accounts[3].lock                    a variable, and what its type has there
 *   total[2] in count                   a static one of a function
 *   bank::accounts[3]                   C++; a lock is told without what is inside of it
 *   accounts+0x78                       a symbol, without debug information
 *   prog+0x4078                         a file, stripped; what addr2line -e prog takes
 *   local.lock in main (stack of tid 7) a variable of a frame of that thread
 *   table->buckets[5].lock              the way there by a pointer in a variable
 *   conn->lock in serve (heap 0x5555…)  by a pointer in a frame of `tid`
 *   stack of tid 7, heap 0x5555…, shared memory /dev/shm/x+0x28, memory 0x7f…, 0x10
 *
 * A stack's variables are told only while its thread is blocked. Of pointers two levels are
 * followed; p[n] only within the block that glibc's malloc() gave out at p. The way to
 * shared memory is told with the place: `shared->lock (shared memory /dev/shm/x+0x28)`.
 */
const char *hzs_name(struct hz_arena *arena, struct hzs_process *process, uint64_t address);
/* Looks into the frames of that thread too; `tid` 0: as hzs_name(). */
const char *hzs_name_from(struct hz_arena *arena, struct hzs_process *process, uint64_t address,
                          pid_t tid);

/* ---- processes kept open -------------------------------------------------------- */

/*
 * Opening costs milliseconds, which a report must not wait for: a process that may be
 * reported is opened and warmed while it runs. One thread at a time uses a cache.
 */
struct hzs_cache; /* opaque */

struct hzs_cache *hzs_cache_new(struct hz_arena *arena);
void hzs_cache_close(struct hzs_cache *cache);
/*
 * A process as it is now: follows its dlopen() and exec(), and a process that has its id
 * after it. The cache's, good until hzs_cache_done() or the next call for another process,
 * whichever is first. Until done, it is compared with its maps once. NULL if it cannot be
 * read.
 */
struct hzs_process *hzs_cache_get(struct hzs_cache *cache, pid_t pid);
/* What was got is used no more; closes processes that have ended. */
void hzs_cache_done(struct hzs_cache *cache);

#endif
