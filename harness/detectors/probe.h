/* What the probes of the detectors share, beside hz_probe_run(). */
#ifndef HZ_PROBE_H
#define HZ_PROBE_H

#include "detectors/detector.h"

/* Seconds that a tool is given to tell its version. */
#define HZ_PROBE_SECONDS 20

/* The first dotted number in the first line of `text` ("14.0.6"); NULL if there is none. */
const char *hz_probe_version(struct hz_arena *arena, const char *text);

/* Fills `probe` with why it is not usable and what repairs that (or NULL); returns false. */
bool hz_probe_fails(struct hz_probe *probe, const char *problem, const char *repair);

#endif
