/*
 * The heap of the explored program: blocks from memory.h, never handed out twice within
 * a schedule. What the C library takes for itself stays the C library's, for it keeps it
 * over schedules.
 */
#include "explorer/runtime/access.h"
#include "explorer/runtime/races.h"
#include "explorer/runtime/sync.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

/* dlsym() may allocate before anything is open, so the C library's own names are used. */
static bool ours(uintptr_t pc)
{
    return hzx.running && hzx_in_program(pc);
}

static void *take(size_t size, size_t alignment, uintptr_t pc)
{
    void *block = hzx_heap_must(size, alignment, pc);
    if (block == NULL)
        errno = ENOMEM;
    return block;
}

void *malloc(size_t size)
{
    return ours(HZX_PC) ? take(size, 16, HZX_PC) : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    if (!ours(HZX_PC))
        return __libc_calloc(n, size);
    size_t whole;
    if (__builtin_mul_overflow(n, size, &whole)) {
        errno = ENOMEM;
        return NULL;
    }
    return take(whole, 16, HZX_PC); /* the heap's new memory is zero */
}

static void release(void *pointer, uintptr_t pc)
{
    size_t size = hzx_heap_size(pointer);
    hzx_spin_forget();
    if (size > 0) { /* a read that is not ordered before it is a race, and a use after free */
        struct hzx_op op = {.kind = HZX_FREE, .write = true, .address = (uintptr_t)pointer,
                            .size = size < 255 ? (uint8_t)size : 255, .pc = pc};
        struct hzx_cell *cell = hzx_cell((uintptr_t)pointer);
        if (cell->racy || hzx.every_access)
            hzx_point(&op);
        else
            hzx_pass(&op);
        hzx_access((uintptr_t)pointer, size, true, false, pc);
    }
    if (!hzx_heap_free(pointer))
        hzx_end(HZX_DOUBLE_FREE, pc, NULL);
    if (hzx.parked_n != 0)
        hzx_spin_wake((uintptr_t)pointer, size);
}

void free(void *pointer)
{
    if (pointer == NULL)
        return;
    if (!hzx_heap_has(pointer)) {
        __libc_free(pointer);
        return;
    }
    if (hzx.running)
        release(pointer, HZX_PC);
}

void *realloc(void *pointer, size_t size)
{
    bool ours_already = pointer != NULL && hzx_heap_has(pointer);
    if (!ours_already && (pointer != NULL || !ours(HZX_PC)))
        return __libc_realloc(pointer, size);
    void *block = take(size, 16, HZX_PC);
    if (block == NULL || pointer == NULL)
        return block;
    size_t before = hzx_heap_size(pointer);
    memcpy(block, pointer, before < size ? before : size);
    if (hzx.running)
        release(pointer, HZX_PC);
    return block;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return ours(HZX_PC) ? take(size, alignment < 16 ? 16 : alignment, HZX_PC)
                        : __libc_memalign(alignment, size);
}

void *memalign(size_t alignment, size_t size)
{
    return ours(HZX_PC) ? take(size, alignment < 16 ? 16 : alignment, HZX_PC)
                        : __libc_memalign(alignment, size);
}

int posix_memalign(void **pointer, size_t alignment, size_t size)
{
    *pointer = ours(HZX_PC) ? take(size, alignment < 16 ? 16 : alignment, HZX_PC)
                            : __libc_memalign(alignment, size);
    return *pointer == NULL ? ENOMEM : 0;
}

size_t malloc_usable_size(void *pointer)
{
    return pointer != NULL && hzx_heap_has(pointer) ? hzx_heap_size(pointer)
                                                    : HZX_REAL(malloc_usable_size)(pointer);
}

/* ---- copies: one step each ---- */

void *memcpy(void *to, const void *from, size_t size)
{
    if (ours(HZX_PC)) {
        hzx_plain((uintptr_t)from, size, false, HZX_PC);
        hzx_plain((uintptr_t)to, size, true, HZX_PC);
    }
    return HZX_REAL(memmove)(to, from, size);
}

void *memmove(void *to, const void *from, size_t size)
{
    if (ours(HZX_PC)) {
        hzx_plain((uintptr_t)from, size, false, HZX_PC);
        hzx_plain((uintptr_t)to, size, true, HZX_PC);
    }
    return HZX_REAL(memmove)(to, from, size);
}

void *memset(void *to, int byte, size_t size)
{
    if (ours(HZX_PC))
        hzx_plain((uintptr_t)to, size, true, HZX_PC);
    return HZX_REAL(memset)(to, byte, size);
}
