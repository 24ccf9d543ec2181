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

static size_t column_of(const char *name)
{
    size_t i = 0;
    while (hz_detectors[i] != NULL && strcmp(hz_detectors[i]->name, name) != 0)
        i++;
    return i;
}

int hz_detectors_order(const void *left, const void *right)
{
    const char *a = *(const char *const *)left, *b = *(const char *const *)right;
    size_t one = column_of(a), other = column_of(b);
    return one != other ? (one > other) - (one < other) : strcmp(a, b);
}
