#include "detectors/detector.h"

#include <string.h>

const struct hz_detector *const hz_detectors[] = {&hz_bare, &hz_tsan,     &hz_helgrind,
                                                  &hz_drd,  &hz_watchdog, &hz_explorer,
                                                  NULL};

const struct hz_detector *hz_detector_named(const char *name)
{
    for (size_t i = 0; hz_detectors[i] != NULL; i++)
        if (strcmp(hz_detectors[i]->name, name) == 0)
            return hz_detectors[i];
    return NULL;
}
