/* What `explore` and `replay` have in common. */
#ifndef HZ_CLI_EXPLORE_H
#define HZ_CLI_EXPLORE_H

#include "base/base.h"

/* The file of a program, looked up as execvp() would. */
const char *hz_explore_program(struct hz_arena *arena, const char *name);

#endif
