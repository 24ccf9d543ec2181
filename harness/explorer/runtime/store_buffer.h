/*
 * Total store order: what x86 does (Sewell, Sarkar, Owens, Zappa Nardelli and Myreen, "x86-TSO",
 * CACM 2010). A thread's stores go into its *buffer*, in order, and from there to memory one
 * by one, each when the schedule says so; the thread itself sees them at once. A buffer is an
 * agent of its own (2t + 1, unless it is empty: then that is t's timer), and moving its oldest
 * store to memory an operation, HZX_FLUSH. What empties a buffer on x86 (a locked instruction,
 * a fence, a sequentially consistent store, and here all synchronisation) *drains*: it cannot
 * go on before the buffer is empty.
 *
 * The stores are patches: they are in memory while their thread runs, and are taken back where
 * it comes to a point, for only then is the value of a plain store known. Memory is true while
 * a strategy picks.
 *
 * A store into the buffer is no point: no other thread can tell. A plain store to a word that
 * was not known to be racy when the schedule began goes to memory at once. In a program without races on that word
 * nobody can tell: who reads it has read a later store of the same thread before, and that
 * came from the buffer after all the earlier ones. Where the word proves to be racy, the
 * schedule that showed it is not judged but for the race (campaign.c).
 *
 * For an exhaustive search a buffer is a thread beside its own. A flush comes after its
 * store, a drain after the flushes; a load of the thread's own and a flush of its own commute,
 * forwarded or not, and are independent.
 */
#ifndef HZX_STORE_BUFFER_H
#define HZX_STORE_BUFFER_H

#include "explorer/runtime/engine.h"

enum { HZX_BUFFER = 32, HZX_BUFFER_BYTES = 16 /* most of one store */ };

/* Whether the thread that runs buffers a store of `size` bytes. */
static inline bool hzx_buffers(size_t size)
{
    return hzx.memory == HZX_TSO && size <= HZX_BUFFER_BYTES;
}

/* The thread that runs comes to a store that it buffers: no point, but it may wait for room. */
void hzx_buffer_pass(struct hzx_op *op);

/* It is about to do that store. `order`: of an atomic one; -1: plain. */
void hzx_buffer_put(const struct hzx_op *op, int order);

/* Whether bytes of these are in its buffer: what it reads is its own. */
bool hzx_buffer_has(uintptr_t address, unsigned size);

/* Its patches are taken back; they are applied again. */
void hzx_buffer_hide(struct hzx_thread *thread);
void hzx_buffer_show(struct hzx_thread *thread);

/* The oldest store, as an operation; it goes to memory. The buffer is not empty. */
void hzx_buffer_oldest(const struct hzx_thread *thread, struct hzx_op *op);
void hzx_buffer_flush(struct hzx_thread *thread);

/* The `order` of the buffer's own events (engine.h). */
uint32_t *hzx_buffer_order(unsigned thread);
void hzx_buffer_new(unsigned thread);

/* Whose event the operation is: a thread's, or its store buffer's, which then is a process of its
 * own. Its number is its element in clocks of order. */
static inline unsigned hzx_process(unsigned agent, const struct hzx_op *op)
{
    return hzx.memory != HZX_TSO ? agent / 2 : agent / 2 * 2 + (op->kind == HZX_FLUSH);
}

static inline uint32_t *hzx_process_order(unsigned process)
{
    if (hzx.memory != HZX_TSO)
        return hzx.threads[process].order;
    return process % 2 == 0 ? hzx.threads[process / 2].order : hzx_buffer_order(process / 2);
}

/* Joins what causes it into its process's order: of a flush its store, of a drain the flushes. */
void hzx_buffer_caused(unsigned agent, const struct hzx_op *op);

/* Whether the operation waits for an empty buffer. */
static inline bool hzx_drains(const struct hzx_op *op)
{
    return op->drains || op->object != NULL || op->kind == HZX_CREATE || op->kind == HZX_JOIN ||
           op->kind == HZX_EXIT;
}

#endif
