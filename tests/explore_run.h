/* For tests of the explorer: a campaign on a program that `hazmat cc` has built for tests. */
#ifndef HZ_TEST_EXPLORE_RUN_H
#define HZ_TEST_EXPLORE_RUN_H

#include "explorer/driver.h"
#include "explorer/tell.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* TEST_BUILD/tests/small/NAME, built from tests/explorer/small/NAME.c. */
static inline const char *small(struct hz_arena *arena, const char *name)
{
    return hz_printf(arena, "%s/tests/small/%s", TEST_BUILD, name);
}

/* Runs `argv` (ended by NULL) as `config` says; must come to a result. */
static inline struct hzx_shared *explored(struct hz_arena *arena, struct hz_exploration *made,
                                          struct hzx_config config, char *const *argv)
{
    struct hz_error error = {""};
    if (config.max_steps == 0)
        config.max_steps = 20000;
    *made = (struct hz_exploration){.config = config, .argv = argv, .program = argv[0],
                                    .seconds = 120};
    ck_assert_msg(hz_explore(arena, made, &error), "%s: %s", argv[0], error.text);
    return made->shared;
}

#endif
