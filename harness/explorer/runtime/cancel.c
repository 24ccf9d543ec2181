#include "explorer/runtime/cancel.h"

#include "explorer/runtime/sync.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <unwind.h>

static bool *used; /* in memory that forks share */

void hzx_cancel_open(void)
{
    used = hzx_keep(sizeof *used);
}

void hzx_cancel_begin(void)
{
    hzx.cancels = *used;
}

/* What the one who cancels knows, the cancelled one knows: an object that is no operation's. */
static struct hzx_object *knowledge(const struct hzx_thread *thread)
{
    return hzx_object(&thread->cancelled);
}

int pthread_cancel(pthread_t handle)
{
    if (!hzx.running)
        return HZX_REAL(pthread_cancel)(handle);
    struct hzx_thread *target = hzx_thread_of((void *)handle);
    if (target == NULL)
        return ESRCH;
    if (!*used) {
        *used = hzx.cancels = true;
        ++*hzx_memory_learned;
    }
    hzx_point(&(struct hzx_op){.kind = HZX_CANCEL, .size = 1, .write = true, .pc = HZX_PC,
                               .address = (uintptr_t)target, .value = target->id});
    hzx_release(knowledge(target));
    target->cancelled = true;
    hzx_spin_forget();
    if (target != hzx.self && !target->done)
        hzx_ready_again(target);
    if (hzx.parked_n != 0)
        hzx_spin_wake((uintptr_t)&target->cancelled, 1);
    return 0;
}

void hzx_cancel_end(uintptr_t pc)
{
    struct hzx_thread *self = hzx.self;
    self->timer = self->timed_out = false;
    hzx_acquire(knowledge(self));
    hzx_unwind(PTHREAD_CANCELED, pc);
}

__attribute__((used)) void hzx_testcancel(void)
{
    if (!hzx.running) {
        HZX_REAL(pthread_testcancel)();
        return;
    }
    struct hzx_thread *self = hzx.self;
    uintptr_t flag = (uintptr_t)&self->cancelled;
    struct hzx_op op = {.kind = HZX_TESTCANCEL, .size = 1, .pc = HZX_PC,
                        .address = (uintptr_t)self};
    hzx_cancellable(&op);
    hzx_spin_round(HZX_PC, flag, 1, NULL);
    hzx_point(&op);
    hzx_cancel_here(HZX_PC);
    hzx_spin_looked(HZX_PC, flag, 1, hzx_value(flag, 1), NULL);
}
HZX_ENTRY("pthread_testcancel", "hzx_testcancel")

int pthread_setcancelstate(int state, int *before)
{
    if (!hzx.running)
        return HZX_REAL(pthread_setcancelstate)(state, before);
    if (state != PTHREAD_CANCEL_ENABLE && state != PTHREAD_CANCEL_DISABLE)
        return EINVAL;
    if (before != NULL)
        *before = hzx.self->cancel_off ? PTHREAD_CANCEL_DISABLE : PTHREAD_CANCEL_ENABLE;
    hzx.self->cancel_off = state == PTHREAD_CANCEL_DISABLE;
    return 0;
}

int pthread_setcanceltype(int type, int *before)
{
    if (!hzx.running)
        return HZX_REAL(pthread_setcanceltype)(type, before);
    if (type != PTHREAD_CANCEL_DEFERRED && type != PTHREAD_CANCEL_ASYNCHRONOUS)
        return EINVAL;
    if (type == PTHREAD_CANCEL_ASYNCHRONOUS)
        hzx_uncontrolled("asynchronous cancellation", HZX_PC);
    if (before != NULL)
        *before = hzx.self->cancel_async ? PTHREAD_CANCEL_ASYNCHRONOUS : PTHREAD_CANCEL_DEFERRED;
    hzx.self->cancel_async = type == PTHREAD_CANCEL_ASYNCHRONOUS;
    return 0;
}

/* ---- cleanup handlers, as glibc's pthread_cleanup_push() registers them in C ---- */

/* Where a handler is: jumped to, it runs and calls __pthread_unwind_next(). The jump buffer
 * and the word that says that it holds no signal mask are the beginning of a jmp_buf. */
struct cleanup {
    struct { __jmp_buf registers; int mask; } jump;
    struct cleanup *outer;
    void *rest[3];
};
/* longjmp(), which reads no more of it than there is. */
_Noreturn void jump(void *buffer, int value) __asm__("longjmp");
_Static_assert(sizeof(struct cleanup) == sizeof(__pthread_unwind_buf_t), "glibc's buffer");

void __pthread_register_cancel(__pthread_unwind_buf_t *);
void __pthread_register_cancel(__pthread_unwind_buf_t *buffer)
{
    if (!hzx.running) {
        HZX_REAL(__pthread_register_cancel)(buffer);
        return;
    }
    ((struct cleanup *)buffer)->outer = hzx.self->cleanups;
    hzx.self->cleanups = buffer;
}

void __pthread_unregister_cancel(__pthread_unwind_buf_t *);
void __pthread_unregister_cancel(__pthread_unwind_buf_t *buffer)
{
    if (!hzx.running)
        HZX_REAL(__pthread_unregister_cancel)(buffer);
    else
        hzx.self->cleanups = ((struct cleanup *)buffer)->outer;
}

_Noreturn void __pthread_unwind_next(__pthread_unwind_buf_t *);
void __pthread_unwind_next(__pthread_unwind_buf_t *buffer)
{
    if (!hzx.running)
        HZX_REAL(__pthread_unwind_next)(buffer);
    hzx.self->cleanups = ((struct cleanup *)buffer)->outer;
    hzx_unwind(hzx.self->result, HZX_PC);
}

/* ---- and in C++: destructors, by the unwinder that the program is linked with ---- */

static _Unwind_Reason_Code at_frame(int version, _Unwind_Action actions,
                                    _Unwind_Exception_Class class,
                                    struct _Unwind_Exception *exception,
                                    struct _Unwind_Context *context, void *pc)
{
    (void)version, (void)class, (void)exception, (void)context;
    if (actions & _UA_END_OF_STACK)
        hzx_leave(hzx.self->result, (uintptr_t)pc);
    return _URC_NO_REASON;
}

static void swallowed(_Unwind_Reason_Code reason, struct _Unwind_Exception *exception)
{
    (void)reason, (void)exception;
    hzx_end(HZX_ABORTED, 0, "catch (...) kept a thread's end from going on");
}

void hzx_unwind(void *result, uintptr_t pc)
{
    struct hzx_thread *self = hzx.self;
    self->cancel_off = true;
    self->result = result;
    struct cleanup *cleanup = self->cleanups;
    if (cleanup != NULL)
        jump(&cleanup->jump, 1);
    static __typeof__(&_Unwind_ForcedUnwind) unwind;
    if (unwind == NULL)
        *(void **)&unwind = dlsym(RTLD_DEFAULT, "_Unwind_ForcedUnwind");
    if (unwind != NULL) {
        static struct _Unwind_Exception exceptions[HZX_THREADS];
        exceptions[self->id] = (struct _Unwind_Exception){.exception_cleanup = swallowed};
        unwind(&exceptions[self->id], at_frame, (void *)pc);
    }
    hzx_leave(result, pc);
}
