#include "finding/utf8.h"

#include <stdbool.h>

/* The range of the second byte says whether a form is overlong, a surrogate or too large. */
struct lead {
    unsigned char from, to;
    unsigned char size;
    unsigned char second_from, second_to;
};

static const struct lead leads[] = {
    {0x00, 0x7f, 1, 0, 0},       {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
    {0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
    {0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

static bool within(const char *at, unsigned from, unsigned to)
{
    unsigned char byte = (unsigned char)*at;
    return byte >= from && byte <= to;
}

size_t hz_utf8_size(const char *at, size_t n)
{
    if (n == 0)
        return 0;
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        const struct lead *lead = &leads[i];
        if (!within(at, lead->from, lead->to))
            continue;
        if (lead->size > n)
            return 0;
        if (lead->size > 1 && !within(at + 1, lead->second_from, lead->second_to))
            return 0;
        for (size_t k = 2; k < lead->size; k++)
            if (!within(at + k, 0x80, 0xbf))
                return 0;
        return lead->size;
    }
    return 0;
}
