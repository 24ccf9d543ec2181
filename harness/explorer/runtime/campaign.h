/*
 * A campaign: schedule after schedule of one program, until one fails, or none is left, or
 * the budget is spent; then the failing one is made short, and run once more and written
 * down.
 */
#ifndef HZX_CAMPAIGN_H
#define HZX_CAMPAIGN_H

#include "explorer/shared.h"

typedef int hzx_main(int argc, char **argv, char **environment);

/* Runs the campaign that `shared` asks for. Returns the process's exit status. */
int hzx_campaign(struct hzx_shared *shared, hzx_main *program, int argc, char **argv,
                 char **environment);

#endif
