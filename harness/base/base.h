/*
 * What every module shares: an arena that owns the values of one run, growing
 * arrays inside it, and errors as values.
 *
 * An arena is one obstack (glibc). Everything allocated from it lives until the
 * arena is freed; nothing in it is freed by itself. Running out of memory ends
 * the process with status 3: there is no half-made value to look after.
 */
#ifndef HZ_BASE_H
#define HZ_BASE_H

#include <obstack.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hz_arena {
    struct obstack stack;
};

void hz_arena_init(struct hz_arena *arena);
void hz_arena_free(struct hz_arena *arena);

/* Zeroed memory, aligned for any type. Never NULL. */
void *hz_alloc(struct hz_arena *arena, size_t size);
/* A copy of `length` bytes of `text`, ended with a zero byte. */
char *hz_copy(struct hz_arena *arena, const char *text, size_t length);
/* A copy of a string; NULL stays NULL. */
char *hz_dup(struct hz_arena *arena, const char *text);
char *hz_printf(struct hz_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *hz_vprintf(struct hz_arena *arena, const char *format, va_list args);

/* A growing array of T in an arena: `at[0]` to `at[n - 1]`. All zero is empty. */
#define HZ_VEC(T)                                                                                  \
    struct {                                                                                       \
        T *at;                                                                                     \
        size_t n, capacity;                                                                        \
    }

/*
 * Adds one zeroed element to a vector and gives its address, good until the
 * next push to the same vector.
 */
#define hz_push(arena, vec)                                                                        \
    (hz_grow((arena), (void **)&(vec)->at, &(vec)->n, &(vec)->capacity, sizeof *(vec)->at),        \
     &(vec)->at[(vec)->n - 1])
void hz_grow(struct hz_arena *arena, void **at, size_t *n, size_t *capacity, size_t size);

/* An error as a value: what went wrong and, where there is one, what to do next. */
struct hz_error {
    char text[1024];
};

/* Fills `error` (which may be NULL) and returns false, so that a caller can `return hz_fail(…)`. */
bool hz_fail(struct hz_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Bytes that somebody else owns; they may hold zero bytes and need not end with one. */
struct hz_bytes {
    const char *at;
    size_t n;
};

/* The whole file, or false with the path and the reason. `limit` 0: no limit. */
bool hz_read_file(struct hz_arena *arena, const char *path, size_t limit, struct hz_bytes *out,
                  struct hz_error *error);

/* Makes a folder and those above it that are missing; one that is there already is fine. */
bool hz_make_folders(const char *path, struct hz_error *error);

/* Seconds on CLOCK_MONOTONIC. */
double hz_now(void);
/*
 * Seconds of work, of this process: as hz_now(), but of the time in which it did not run, as
 * others did or as it waited for a file, an eighth. For what may take so much of its time and
 * no more: on a busy machine that is as much work, or nearly, as on one that is not.
 */
double hz_worked(void);

#endif
