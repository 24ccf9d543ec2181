/*
 * A campaign: schedule after schedule of one program, until one fails, or none is left, or
 * the budget is spent; then the failing one is made short, and run once more and written
 * down.
 */
#ifndef HZX_CAMPAIGN_H
#define HZX_CAMPAIGN_H

#include "explorer/shared.h"

#include <stdbool.h>

struct hzx_strategy;

typedef int hzx_main(int argc, char **argv, char **environment);

/* Runs the campaign that `shared` asks for. Returns the process's exit status. */
int hzx_campaign(struct hzx_shared *shared, hzx_main *program, int argc, char **argv,
                 char **environment);

/* One schedule by `strategy`: how it ended, and whether there are more. */
enum hzx_end hzx_run_one(const struct hzx_strategy *strategy, bool *more);

/* The real time in seconds, and when a schedule that does not come to an end is cut; 0: never. */
double hzx_seconds(void);
void hzx_until(double when);

#endif
