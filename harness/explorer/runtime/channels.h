/* What waits for one descriptor (libc_io.c) and for several (libc_poll.c) have in common. */
#ifndef HZX_CHANNELS_H
#define HZX_CHANNELS_H

#include "explorer/runtime/cancel.h"
#include "explorer/runtime/sync.h"

/* All of them, as one object. */
struct hzx_object *hzx_channels(void);

/* Whether `what` of poll()'s events, an error or an end is there now. */
bool hzx_channel_is(int fd, short what);

/* The thread that runs comes to an operation on channels that can go on when `ready`. */
void hzx_channel_point(unsigned kind, uint64_t value, bool (*ready)(const struct hzx_thread *),
                       uintptr_t pc);

#endif
