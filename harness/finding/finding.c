#include "finding/finding.h"

#include <string.h>

static const char *const class_names[HZ_CLASSES] = {
    [HZ_RACE] = "race",
    [HZ_DEADLOCK] = "deadlock",
    [HZ_STARVATION] = "starvation",
    [HZ_MISUSE] = "misuse",
};

const char *hz_class_name(enum hz_class class)
{
    return class_names[class];
}

bool hz_class_parse(const char *name, enum hz_class *out)
{
    for (int i = 0; i < HZ_CLASSES; i++) {
        if (strcmp(name, class_names[i]) == 0) {
            *out = (enum hz_class)i;
            return true;
        }
    }
    return false;
}
