/*
 * How the next agent is picked. A strategy keeps what it must remember from one schedule
 * to the next in memory of hzx_keep(), for schedules may run in forks.
 */
#ifndef HZX_STRATEGIES_H
#define HZX_STRATEGIES_H

#include "explorer/runtime/engine.h"

/* NULL for a name that is none. */
const struct hzx_strategy *hzx_strategy(enum hzx_strategy_name name);

/* Uniform over what is enabled, at every point. */
extern const struct hzx_strategy hzx_random_walk;

/* Probabilistic concurrency testing (Burckhardt et al., ASPLOS 2010): random priorities,
 * and d - 1 random points at which the running thread's falls below all others. A bug of
 * depth d is found with probability at least 1 / (n k^(d-1)). */
extern const struct hzx_strategy hzx_pct;

/* Partial order sampling (Yuan, Yang and Gu, CAV 2018): a random priority for each pending
 * operation, drawn again when an operation that it races with is done. */
extern const struct hzx_strategy hzx_pos;

/* Selectively uniform random walk (Zhao et al., ASPLOS 2025): all orders of the operations
 * on one shared place, drawn for each schedule, are equally likely. */
extern const struct hzx_strategy hzx_surw;

/* Reads-from feedback (Wolff et al., ASPLOS 2024): sets of wishes about which read reads from
 * which write, changed as a fuzzer changes inputs. */
extern const struct hzx_strategy hzx_rff;

/* Threads one after the other, in some orders; then with one delay, at each instruction that
 * leads to a shared place in turn; then with some at random. */
extern const struct hzx_strategy hzx_sweep;

/* All schedules with at most c preemptions, for c = 0, 1, 2, … (Musuvathi and Qadeer, PLDI
 * 2007); with no bound, every schedule there is. */
extern const struct hzx_strategy hzx_bound, hzx_brute;

/* Dynamic partial-order reduction (Flanagan and Godefroid, POPL 2005) by source sets, with
 * sleep sets (Abdulla et al., POPL 2014, algorithm 1). */
extern const struct hzx_strategy hzx_dpor;

/* As a list of segments says, as far as it goes; then with as few switches as it can. */
extern const struct hzx_strategy hzx_replay;
void hzx_replay_set(const struct hzx_segment *segments, uint32_t n);

/* What samplers answer to hzx_choose: every other time 0, the newest store, for a program that
 * always reads old ones gets nowhere. */
unsigned hzx_random_choose(unsigned n);

/* Whoever ran last if it can go on, else its store buffer, else the next in turn. */
unsigned hzx_stay(void);

/* Whether the enabled agent is a store buffer. */
static inline bool hzx_is_flush(unsigned agent)
{
    return agent % 2 == 1 && hzx.threads[agent / 2].buffered != 0;
}

#endif
