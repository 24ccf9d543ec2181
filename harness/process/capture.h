/*
 * One output stream of a program: the read end of its pipe, and the bytes of it
 * that are kept. Inside process/ only.
 *
 * Every byte read is in the head, in the tail or counted as dropped between them.
 * Memory is bounded by the two limits, however much is printed: the head grows as
 * needed, the tail is a ring that is made when the head is full.
 */
#ifndef HZ_CAPTURE_H
#define HZ_CAPTURE_H

#include "process/supervise.h"

struct hz_channel {
    int fd; /* -1 once every writer has closed its end */
    size_t head_limit, tail_limit;
    char *head, *tail;
    size_t head_n, head_room;
    size_t tail_n, tail_next; /* bytes held, and where the next one goes */
    uint64_t dropped;
};

/* Takes over `fd`, a non-blocking descriptor. */
void hz_channel_open(struct hz_channel *stream, int fd, const struct hz_limits *limits);

/* Reads what is there, without waiting, up to a megabyte: other events want their turn. */
void hz_channel_drain(struct hz_arena *arena, struct hz_channel *stream);

/*
 * Reads what is in the pipe at this moment, closes it and gives what was kept. It
 * does not ask for the end of the file: a stranger who was handed the pipe may
 * hold it open, and write to it, for ever.
 */
void hz_channel_close(struct hz_arena *arena, struct hz_channel *stream, struct hz_capture *out);

#endif
