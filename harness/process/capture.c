#include "process/capture.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { CHUNK = 1 << 16, CHUNKS_A_TURN = 16 };

void hz_channel_open(struct hz_channel *stream, int fd, const struct hz_limits *limits)
{
    *stream = (struct hz_channel){.fd = fd, .head_limit = limits->head, .tail_limit = limits->tail};
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void keep_head(struct hz_arena *arena, struct hz_channel *stream, const char *bytes, size_t n)
{
    if (stream->head_n + n > stream->head_room) {
        size_t room = stream->head_room * 2 > CHUNK ? stream->head_room * 2 : CHUNK;
        stream->head_room = least(room, stream->head_limit);
        char *larger = hz_alloc(arena, stream->head_room);
        if (stream->head_n != 0)
            memcpy(larger, stream->head, stream->head_n);
        stream->head = larger;
    }
    memcpy(stream->head + stream->head_n, bytes, n);
    stream->head_n += n;
}

static void keep_tail(struct hz_arena *arena, struct hz_channel *stream, const char *bytes, size_t n)
{
    size_t limit = stream->tail_limit;
    if (n > limit) {
        stream->dropped += n - limit;
        bytes += n - limit;
        n = limit;
    }
    if (n == 0)
        return;
    if (stream->tail == NULL)
        stream->tail = hz_alloc(arena, limit);
    size_t room = limit - stream->tail_n;
    stream->dropped += n > room ? n - room : 0;
    size_t first = least(n, limit - stream->tail_next);
    memcpy(stream->tail + stream->tail_next, bytes, first);
    memcpy(stream->tail, bytes + first, n - first);
    stream->tail_next = (stream->tail_next + n) % limit;
    stream->tail_n = least(stream->tail_n + n, limit);
}

/* Reads at most `most` bytes; false when no more are there now. */
static bool read_some(struct hz_arena *arena, struct hz_channel *stream, size_t most)
{
    char bytes[CHUNK];
    ssize_t got = read(stream->fd, bytes, least(most, sizeof bytes));
    if (got < 0)
        return false;
    if (got == 0) {
        close(stream->fd);
        stream->fd = -1;
        return false;
    }
    size_t n = (size_t)got;
    size_t head = least(n, stream->head_limit - stream->head_n);
    if (head != 0)
        keep_head(arena, stream, bytes, head);
    keep_tail(arena, stream, bytes + head, n - head);
    return true;
}

void hz_channel_drain(struct hz_arena *arena, struct hz_channel *stream)
{
    for (int chunk = 0; chunk < CHUNKS_A_TURN && stream->fd >= 0; chunk++)
        if (!read_some(arena, stream, CHUNK))
            return;
}

static uint64_t seen(const struct hz_channel *stream)
{
    return stream->head_n + stream->dropped + stream->tail_n;
}

void hz_channel_close(struct hz_arena *arena, struct hz_channel *stream, struct hz_capture *out)
{
    int waiting = 0;
    if (stream->fd >= 0 && ioctl(stream->fd, FIONREAD, &waiting) == 0) {
        uint64_t end = seen(stream) + (uint64_t)waiting;
        while (stream->fd >= 0 && seen(stream) < end)
            if (!read_some(arena, stream, end - seen(stream)))
                break;
    }
    if (stream->fd >= 0)
        close(stream->fd);
    stream->fd = -1;
    char *tail = hz_alloc(arena, stream->tail_n);
    size_t oldest = stream->tail_n < stream->tail_limit ? 0 : stream->tail_next;
    if (stream->tail_n != 0) {
        memcpy(tail, stream->tail + oldest, stream->tail_n - oldest);
        memcpy(tail + stream->tail_n - oldest, stream->tail, oldest);
    }
    out->head = (struct hz_bytes){stream->head != NULL ? stream->head : "", stream->head_n};
    out->tail = (struct hz_bytes){tail, stream->tail_n};
    out->dropped = stream->dropped;
}
