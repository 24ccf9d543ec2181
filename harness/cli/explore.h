/* What `explore` and `replay` have in common. */
#ifndef HZ_CLI_EXPLORE_H
#define HZ_CLI_EXPLORE_H

#include "base/base.h"
#include "cli/options.h"
#include "explorer/driver.h"
#include "report/events.h"

/* Sets config->mode: what was asked for, or what the program calls for. That, it says on
 * standard error. */
void hz_explore_mode(struct hz_arena *arena, const struct hz_settings *settings,
                     const char *program, struct hzx_config *config);

/* Writes the schedule that exploration->shared has. */
bool hz_save_schedule(struct hz_arena *arena, const struct hz_exploration *exploration,
                      const char *path, struct hz_error *error);

/* Of each sort of failure that a campaign with --keep-going has met: its schedule, at `path` and
 * beside it, and its finding, added to run->findings. */
bool hz_explore_sorts(struct hz_arena *arena, const struct hz_exploration *exploration,
                      const char *path, struct hz_run *run, struct hz_error *error);

#endif
