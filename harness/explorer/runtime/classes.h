/*
 * Equivalence classes of schedules, counted: the tests' yardstick for DPOR, which should
 * run one schedule of each. Two schedules are equivalent if they order dependent
 * operations alike (Mazurkiewicz 1977); their happens-before is the same then, and so is
 * its hash. Of the choices within operations those of C11 are not counted.
 */
#ifndef HZX_CLASSES_H
#define HZX_CLASSES_H

#include "explorer/runtime/engine.h"

void hzx_classes_open(void);
/* `again`: the points are others than before, and the count begins again. */
void hzx_classes_begin(bool again);

/* As a strategy's `pick` and `did`: what was done last is finished, this is done next. */
void hzx_classes_did(unsigned agent, const struct hzx_op *op);

/* In the operation that is under way, `choice` was made. */
void hzx_classes_chose(unsigned choice);

/* As a strategy's. */
void hzx_classes_settle(void);

/* The schedule is over; its class is counted in shared->classes if it is new. */
void hzx_classes_end(void);

#endif
