/* What `explore` and `replay` have in common. */
#ifndef HZ_CLI_EXPLORE_H
#define HZ_CLI_EXPLORE_H

#include "base/base.h"
#include "cli/options.h"
#include "explorer/shared.h"

/* Sets config->mode: what was asked for, or what the program calls for. That, it says on
 * standard error. */
void hz_explore_mode(struct hz_arena *arena, const struct hz_settings *settings,
                     const char *program, struct hzx_config *config);

#endif
