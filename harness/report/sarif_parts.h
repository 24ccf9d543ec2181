/* Between the files that make SARIF. Every json_t that is given is a new reference. */
#ifndef HZ_SARIF_PARTS_H
#define HZ_SARIF_PARTS_H

#include "report/sarif.h"

/* A message object. The text is taken literally: what SARIF reads as more than text is undone. */
json_t *hz_sarif_message(struct hz_arena *arena, const char *text);

/* A result without what only the log as a whole knows: rule, count, suppression. */
json_t *hz_sarif_result(struct hz_arena *arena, const struct hz_finding *finding, const char *root);

/* "file:///home/me/src/": what SRCROOT stands for. */
const char *hz_sarif_uri(struct hz_arena *arena, const char *folder);

#endif
