/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing past U+10FFFF. */
#ifndef HZ_UTF8_H
#define HZ_UTF8_H

#include <stddef.h>

/* How many of the `n` bytes at `at` make its first character (1 to 4), or 0 if they make none. */
size_t hz_utf8_size(const char *at, size_t n);

#endif
