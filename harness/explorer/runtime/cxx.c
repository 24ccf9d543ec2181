/*
 * What C++ programs call beside: new and delete, statics of functions, and thread_local
 * objects. By the names that the compiler gives them (the Itanium C++ ABI).
 */
#include "explorer/runtime/sync.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/* ---- new and delete: the program's are memory of the schedule's; what the C++ library takes
 * for itself, it may keep over schedules ---- */

void *_Znwm(size_t);
void *_ZnwmRKSt9nothrow_t(size_t, const void *);
void *_ZnwmSt11align_val_t(size_t, size_t);
void *_ZnwmSt11align_val_tRKSt9nothrow_t(size_t, size_t, const void *);

/* NULL: the library's own is to do it, and to throw if it cannot. */
static void *new(size_t size, size_t alignment, uintptr_t pc)
{
    if (!hzx.running || !hzx_in_program(pc))
        return NULL;
    return hzx_heap_must(size, alignment < 16 ? 16 : alignment, pc);
}

#define NEW(name, nothrow_name)                                                                    \
    void *name(size_t size)                                                                        \
    {                                                                                              \
        void *block = new(size, 16, HZX_PC);                                                       \
        return block != NULL ? block : HZX_REAL(_Znwm)(size);                                      \
    }                                                                                              \
    void *nothrow_name(size_t size, const void *tag);                                              \
    void *nothrow_name(size_t size, const void *tag)                                               \
    {                                                                                              \
        void *block = new(size, 16, HZX_PC);                                                       \
        return block != NULL ? block : HZX_REAL(_ZnwmRKSt9nothrow_t)(size, tag);                   \
    }
NEW(_Znwm, _ZnwmRKSt9nothrow_t)
void *_Znam(size_t);
NEW(_Znam, _ZnamRKSt9nothrow_t)

#define NEW_ALIGNED(name, nothrow_name)                                                            \
    void *name(size_t size, size_t alignment)                                                      \
    {                                                                                              \
        void *block = new(size, alignment, HZX_PC);                                                \
        return block != NULL ? block : HZX_REAL(_ZnwmSt11align_val_t)(size, alignment);            \
    }                                                                                              \
    void *nothrow_name(size_t size, size_t alignment, const void *tag);                            \
    void *nothrow_name(size_t size, size_t alignment, const void *tag)                             \
    {                                                                                              \
        void *block = new(size, alignment, HZX_PC);                                                \
        return block != NULL ? block                                                               \
                             : HZX_REAL(_ZnwmSt11align_val_tRKSt9nothrow_t)(size, alignment, tag); \
    }
NEW_ALIGNED(_ZnwmSt11align_val_t, _ZnwmSt11align_val_tRKSt9nothrow_t)
void *_ZnamSt11align_val_t(size_t, size_t);
NEW_ALIGNED(_ZnamSt11align_val_t, _ZnamSt11align_val_tRKSt9nothrow_t)

/* All of delete is free(), and what else they are told is not needed. A jump, so that the place
 * in the program stays the caller's. */
#define DELETE(name)                                                                               \
    __asm__(".text\n.globl " name "\n.type " name ",@function\n" name ":\n  jmp free@PLT\n"        \
            ".size " name ",.-" name "\n");
DELETE("_ZdlPv") DELETE("_ZdlPvm") DELETE("_ZdlPvRKSt9nothrow_t")
DELETE("_ZdaPv") DELETE("_ZdaPvm") DELETE("_ZdaPvRKSt9nothrow_t")
DELETE("_ZdlPvSt11align_val_t") DELETE("_ZdlPvmSt11align_val_t")
DELETE("_ZdlPvSt11align_val_tRKSt9nothrow_t")
DELETE("_ZdaPvSt11align_val_t") DELETE("_ZdaPvmSt11align_val_t")
DELETE("_ZdaPvSt11align_val_tRKSt9nothrow_t")

/* ---- a function's static: its guard's first byte is 1 when it is made, which the program
 * reads by itself, atomically ---- */

int __cxa_guard_acquire(uint8_t *guard);
void __cxa_guard_release(uint8_t *guard);
void __cxa_guard_abort(uint8_t *guard);
uint8_t __tsan_atomic8_exchange(uint8_t *, uint8_t, int);

static bool nobody_makes_it(const struct hzx_thread *thread)
{
    return thread->pending.object->owner < 0;
}

/* Not the guard's own object, which is an atomic word's. */
static struct hzx_object *guarded(uint8_t *guard)
{
    return hzx_object(guard + 1);
}

int __cxa_guard_acquire(uint8_t *guard)
{
    if (!hzx.running)
        return HZX_REAL(__cxa_guard_acquire)(guard);
    struct hzx_object *object = guarded(guard);
    hzx_point(&(struct hzx_op){.kind = HZX_ONCE, .size = 1, .write = true, .object = object,
                               .address = object->address, .pc = HZX_PC,
                               .ready = nobody_makes_it});
    hzx_acquire(object);
    if (*guard != 0)
        return 0;
    object->owner = (int)hzx.self->id;
    hzx_changed(object);
    return 1;
}

static void made(uint8_t *guard)
{
    struct hzx_object *object = guarded(guard);
    object->owner = -1;
    hzx_release(object);
    hzx_changed(object);
}

void __cxa_guard_release(uint8_t *guard)
{
    if (!hzx.running) {
        HZX_REAL(__cxa_guard_release)(guard);
        return;
    }
    __tsan_atomic8_exchange(guard, 1, __ATOMIC_ACQ_REL); /* so does libstdc++: none is buffered */
    made(guard);
}

void __cxa_guard_abort(uint8_t *guard)
{
    if (hzx.running)
        made(guard);
    else
        HZX_REAL(__cxa_guard_abort)(guard);
}

/* ---- thread_local objects: destroyed by their thread's end, latest first ---- */

struct local {
    struct local *earlier;
    void (*destroy)(void *);
    void *object;
};

static __thread struct local *locals;

int __cxa_thread_atexit(void (*destroy)(void *), void *object, void *library);
int __cxa_thread_atexit(void (*destroy)(void *), void *object, void *library)
{
    if (!hzx.running)
        return HZX_REAL(__cxa_thread_atexit)(destroy, object, library);
    struct local *local = hzx_heap_take(sizeof *local, 16);
    if (local == NULL)
        return -1;
    *local = (struct local){locals, destroy, object};
    locals = local;
    return 0;
}

void hzx_locals_end(void)
{
    while (locals != NULL) {
        struct local *last = locals;
        locals = last->earlier;
        last->destroy(last->object);
    }
}

/* ---- exceptions ---- */

void *__cxa_allocate_exception(size_t size);
void *__cxa_allocate_exception(size_t size)
{
    void *made = HZX_REAL(__cxa_allocate_exception)(size);
    if (hzx.running) {
        hzx.self->thrown = (uintptr_t)made;
        hzx.self->thrown_size = size;
    }
    return made;
}
