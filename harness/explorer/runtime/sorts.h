/*
 * The sorts of failures of a campaign that goes on after the first: of what kind, and where in the
 * program. Of each the first schedule is kept.
 */
#ifndef HZX_SORTS_H
#define HZX_SORTS_H

/* The schedule that ran last failed. */
void hzx_sort_note(void);

/* The campaign is over: makes the kept schedules short. Its counts stay as they are. */
void hzx_sorts_shrink(void);

#endif
