/*
 * Compiled in front of a litmus program: what it prints, "r0=1 r1=0", is told to the explorer as
 * the outcome of the schedule instead, as a number: 1, then the digits (110).
 */
#ifndef HZ_LITMUS_TOLD_H
#define HZ_LITMUS_TOLD_H

#include <stdarg.h>
#include <stdio.h>

void hazmat_outcome(unsigned long value);

/* No step of the program: an exhaustive search would have the more to try. */
__attribute__((no_sanitize("thread"))) static int told(const char *format, ...)
{
    char text[256];
    unsigned long value = 1;
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    for (const char *c = text; *c != '\0'; c++)
        if (c > text && c[-1] == '=')
            value = value * 10 + (unsigned long)(*c - '0');
    hazmat_outcome(value);
    return 0;
}
#define printf told

#endif
