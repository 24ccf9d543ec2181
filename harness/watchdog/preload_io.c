/* read() and write() that give nothing, again and again: end of file, EAGAIN, EPIPE. */
#include "watchdog/preload.h"

#include <errno.h>

static bool gave_nothing(ssize_t result, size_t wanted)
{
    if (result < 0)
        return errno == EAGAIN || errno == EPIPE;
    return result == 0 && wanted > 0;
}

static void account(struct hzw_slot *slot, int descriptor, bool nothing, uint64_t caller)
{
    uint64_t object = HZW_IO_OBJECT(descriptor);
    if (nothing) {
        hzw_refused(slot, HZW_IO, object, caller);
        return;
    }
    struct hzw_tally *tally = hzw_find_tally(slot, object);
    if (tally != NULL)
        atomic_store_explicit(&tally->refused, 0, memory_order_relaxed);
}

HZW_EXPORT ssize_t read(int descriptor, void *buffer, size_t size)
{
    struct hzw_slot *slot = hzw_mine();
    ssize_t result = hzw_real.read(descriptor, buffer, size);
    if (slot != NULL)
        account(slot, descriptor, gave_nothing(result, size), HZW_CALLER);
    return result;
}

HZW_EXPORT ssize_t write(int descriptor, const void *buffer, size_t size)
{
    struct hzw_slot *slot = hzw_mine();
    ssize_t result = hzw_real.write(descriptor, buffer, size);
    if (slot != NULL)
        account(slot, descriptor, gave_nothing(result, size), HZW_CALLER);
    return result;
}
