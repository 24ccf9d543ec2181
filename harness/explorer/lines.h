/*
 * Addresses of an explored program as lines of its source and names of its variables, by
 * the debug information of its file. The process is gone by then: what is known of it is
 * where it was loaded.
 */
#ifndef HZ_EXPLORE_LINES_H
#define HZ_EXPLORE_LINES_H

#include "base/base.h"
#include "explorer/shared.h"
#include "finding/finding.h"

struct hzx_lines; /* opaque */

/* By where `shared` says that it and its libraries were loaded. NULL with a message if the file
 * cannot be read; a library that cannot is left out. */
struct hzx_lines *hzx_lines_open(const char *program, const struct hzx_shared *shared,
                                 struct hz_error *error);
void hzx_lines_close(struct hzx_lines *lines);

/* The frame of a return address: the call's line. Without file and line where none is known. */
struct hz_frame hzx_lines_frame(struct hz_arena *arena, struct hzx_lines *lines, uint64_t pc);

/* `total`, `accounts+8`, or the address in hexadecimal. */
const char *hzx_lines_name(struct hz_arena *arena, struct hzx_lines *lines, uint64_t address);

/* A line of source without the blanks around it, or NULL; the file is read once. */
const char *hzx_lines_text(struct hz_arena *arena, struct hzx_lines *lines, const char *file,
                           int line);

#endif
