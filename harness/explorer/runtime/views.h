/*
 * The memory of C11: an atomic load may read a store that is not the newest, and a store may
 * come before others that were done earlier. As RC11 has it (Lahav, Vafeiadis, Kang, Hur and
 * Dreyer, "Repairing sequential consistency in C/C++11", PLDI 2017).
 *
 * What has happened is kept as a graph: the stores of each word in their modification order,
 * who read which, and of each event the vector clock of happens-before. A load may read each store
 * that is not older than one that its thread knows, by its own accesses or by happens-before;
 * a store may go anywhere behind those; an update stays next to what it read. Of these,
 * what would close a cycle of `psc`, the order of sequentially consistent accesses and
 * fences, is left out. So every execution graph of RC11 can be built in every order that
 * respects program order and reads-from, and none that RC11 forbids; no load reads a store
 * that has not been done (RC11 forbids load buffering).
 *
 * Which of them is the schedule's choice (hzx_choose): 0 is the newest. A loop that waits,
 * and comes round to the state that it was in, reads the newest: leaving out the round before
 * takes nothing away.
 *
 * Stronger than RC11 in corners where accesses of one word mix orders: an SC access
 * counts as before another in psc when happens-before orders them in any way but by the
 * second's own acquiring (RC11 asks for a step to another word at both ends). Plain
 * accesses are in order, and races on them are looked for. A plain write to an atomic word
 * begins its history anew.
 */
#ifndef HZX_VIEWS_H
#define HZX_VIEWS_H

#include <stdbool.h>
#include <stdint.h>

/* A schedule begins. */
void hzx_views_begin(void);

/* The thread that runs loads, stores: the value, into memory if it is the newest. After the
 * point; races are looked for here. */
uint64_t hzx_views_load(uintptr_t address, unsigned size, int order, uintptr_t pc);
void hzx_views_store(uintptr_t address, unsigned size, uint64_t value, int order, uintptr_t pc);

/* An update: the value read, and then what it becomes. Of a comparison: false if what was
 * read is not `*expected`; then it is put there, and the operation was a load. */
uint64_t hzx_views_before_update(uintptr_t address, unsigned size, int order);
bool hzx_views_compare(uintptr_t address, unsigned size, uint64_t *expected, int order,
                       int failed, uintptr_t pc);
void hzx_views_update(uintptr_t address, unsigned size, uint64_t value, int order, uintptr_t pc);

/* A sequentially consistent fence: after its acquiring and before its releasing. `before`:
 * the thread's clock as it was. */
void hzx_views_fence(const uint32_t *before);

#endif
