/*
 * Real threads that hand on a baton: each sleeps on a word of its own (futex) until it is
 * given the turn, so one runs at a time. They are pinned to the core that they begin on:
 * there the next one runs as soon as the last one sleeps.
 *
 * A thread begins on the C library's stack and goes over to the explorer's for good; what is
 * left of the first is its stack for signals. It is never joined: it ends with its process.
 *
 * | word             | written by                           | read by                        |
 * |------------------|--------------------------------------|--------------------------------|
 * | `turn` = 1       | who runs, before it sleeps           | its thread, asleep until then  |
 * | `turn` = 0       | its thread, when it has woken        | the same                       |
 * | all else         | who runs                             | who runs: the word orders them |
 */
#ifndef HZX_BATON_H
#define HZX_BATON_H

#include "explorer/runtime/carrier.h"

/* False if the system gives no more threads. The thread sleeps until it is first switched to. */
bool hzx_baton_prepare(struct hzx_carrier *carrier);

#endif
