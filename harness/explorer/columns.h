/*
 * A schedule as a reader would want to see it: a column for each thread, a row for each
 * step, with the line of source and what it did to what.
 */
#ifndef HZ_EXPLORE_COLUMNS_H
#define HZ_EXPLORE_COLUMNS_H

#include "explorer/lines.h"
#include "explorer/shared.h"
#include "report/text.h"

/* `first` and `last`: which steps, from 1; `last` 0: to the end. */
void hzx_columns(const struct hz_paper *paper, const struct hzx_shared *shared,
                 struct hzx_lines *lines, uint32_t first, uint32_t last);

#endif
