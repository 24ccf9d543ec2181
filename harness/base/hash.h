/*
 * FNV-1a of 64 bits (Fowler, Noll and Vo): tells contents apart, and withstands nobody who wants
 * two to look alike. A header alone, as the preloaded libraries share no object files with Hazmat.
 */
#ifndef HZ_HASH_H
#define HZ_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HZ_HASH_START UINT64_C(0xcbf29ce484222325)

/* Usually of a byte; the explorer takes a thread's number in one step. */
static inline uint64_t hz_hash_add(uint64_t hash, uint64_t value)
{
    return (hash ^ value) * UINT64_C(0x100000001b3);
}

static inline uint64_t hz_hash_bytes(uint64_t hash, const void *bytes, size_t n)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < n; i++)
        hash = hz_hash_add(hash, at[i]);
    return hash;
}

#endif
