#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void *chunk_alloc(size_t size)
{
    void *chunk = malloc(size);
    if (chunk == NULL) {
        static const char message[] = "hazmat: out of memory\n";
        ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
        (void)written;
        _exit(3);
    }
    return chunk;
}

#define obstack_chunk_alloc chunk_alloc
#define obstack_chunk_free free

void hz_arena_init(struct hz_arena *arena)
{
    obstack_init(&arena->stack);
    obstack_alignment_mask(&arena->stack) = _Alignof(max_align_t) - 1;
}

void hz_arena_free(struct hz_arena *arena)
{
    obstack_free(&arena->stack, NULL);
}

/* glibc's macro aligns by adding to a null pointer, which is what that check is against. */
__attribute__((no_sanitize("pointer-overflow"))) static void *take(struct hz_arena *arena,
                                                                   size_t size)
{
    return obstack_alloc(&arena->stack, size);
}

void *hz_alloc(struct hz_arena *arena, size_t size)
{
    return memset(take(arena, size != 0 ? size : 1), 0, size);
}

char *hz_copy(struct hz_arena *arena, const char *text, size_t length)
{
    char *copy = hz_alloc(arena, length + 1);
    if (length != 0)
        memcpy(copy, text, length);
    return copy;
}

char *hz_dup(struct hz_arena *arena, const char *text)
{
    return text != NULL ? hz_copy(arena, text, strlen(text)) : NULL;
}

char *hz_vprintf(struct hz_arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        return hz_dup(arena, "");
    char *text = hz_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, args);
    return text;
}

char *hz_printf(struct hz_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = hz_vprintf(arena, format, args);
    va_end(args);
    return text;
}

void hz_grow(struct hz_arena *arena, void **at, size_t *n, size_t *capacity, size_t size)
{
    if (*n == *capacity) {
        size_t larger = *capacity != 0 ? *capacity * 2 : 8;
        /* Each element is zeroed as it is added: most of a large room is never touched. */
        void *moved = take(arena, larger * size);
        if (*n != 0)
            memcpy(moved, *at, *n * size);
        *at = moved;
        *capacity = larger;
    }
    memset((char *)*at + *n * size, 0, size);
    ++*n;
}

bool hz_fail(struct hz_error *error, const char *format, ...)
{
    if (error == NULL)
        return false;
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    return false;
}

bool hz_read_file(struct hz_arena *arena, const char *path, size_t limit, struct hz_bytes *out,
                  struct hz_error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return hz_fail(error, "%s: %s", path, strerror(errno));
    /* Files of /proc say they are empty, so read until the end rather than a size. */
    HZ_VEC(char) buffer = {0};
    size_t room = 0;
    struct stat about;
    if (fstat(fd, &about) == 0 && S_ISDIR(about.st_mode)) {
        close(fd);
        return hz_fail(error, "%s: is a folder", path);
    }
    room = about.st_size > 0 ? (size_t)about.st_size + 1 : 4096;
    buffer.at = hz_alloc(arena, room + 1);
    for (;;) {
        if (buffer.n == room) {
            char *larger = hz_alloc(arena, room * 2 + 1);
            memcpy(larger, buffer.at, buffer.n);
            buffer.at = larger;
            room *= 2;
        }
        ssize_t got = read(fd, buffer.at + buffer.n, room - buffer.n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            int why = errno;
            close(fd);
            return hz_fail(error, "%s: %s", path, strerror(why));
        }
        if (got == 0)
            break;
        buffer.n += (size_t)got;
        if (limit != 0 && buffer.n >= limit) {
            buffer.n = limit;
            break;
        }
    }
    close(fd);
    buffer.at[buffer.n] = '\0';
    *out = (struct hz_bytes){buffer.at, buffer.n};
    return true;
}

bool hz_make_folders(const char *path, struct hz_error *error)
{
    char partial[4096];
    size_t length = strlen(path);
    if (length >= sizeof partial)
        return hz_fail(error, "%s: the path is too long", path);
    memcpy(partial, path, length + 1);
    for (char *slash = partial + 1;; ++slash) {
        slash = strchrnul(slash, '/');
        char kept = *slash;
        *slash = '\0';
        if (mkdir(partial, 0777) != 0 && errno != EEXIST)
            return hz_fail(error, "%s: %s", partial, strerror(errno));
        *slash = kept;
        if (kept != '\0')
            continue;
        struct stat about;
        if (stat(path, &about) == 0 && !S_ISDIR(about.st_mode))
            return hz_fail(error, "%s: %s", path, strerror(ENOTDIR));
        return true;
    }
}

static double clock_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double hz_now(void)
{
    return clock_of(CLOCK_MONOTONIC);
}

double hz_worked(void)
{
    return (hz_now() + 7 * clock_of(CLOCK_PROCESS_CPUTIME_ID)) / 8;
}
