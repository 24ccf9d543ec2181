#include "explorer/runtime/fiber.h"

#include "explorer/runtime/memory.h"
#include "explorer/runtime/sync.h"

#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* Of glibc's struct pthread on x86-64: what must be a fiber's own or its process's. */
enum { STACK_GUARD = 0x28, POINTER_GUARD = 0x30, TID = 0x2d0, PTHREAD_MOST = 0xa00 };

static struct {
    void *(*allocate)(void *);  /* glibc's _dl_allocate_tls */
    void (*init_ctype)(void);   /* glibc's __ctype_init: ctype.h's tables are thread-local */
    size_t below, above;        /* bytes of TLS below and above the thread pointer */
    char *tls[HZX_THREADS];
    char *as_new;               /* below + above bytes: what TLS is put back to */
} fibers;

/* switch(save, load, fs): callee-saved registers on the stack, stacks and FS changed. */
__asm__(".text\n"
        ".globl hzx_swap\n.hidden hzx_swap\n.type hzx_swap,@function\n"
        "hzx_swap:\n"
        "  pushq %rbp\n  pushq %rbx\n  pushq %r12\n  pushq %r13\n  pushq %r14\n  pushq %r15\n"
        "  movq %rsp,(%rdi)\n"
        "  movq %rsi,%rsp\n"
        "  wrfsbase %rdx\n"
        "  popq %r15\n  popq %r14\n  popq %r13\n  popq %r12\n  popq %rbx\n  popq %rbp\n"
        "  ret\n"
        ".size hzx_swap,.-hzx_swap\n");

static char *thread_pointer(void)
{
    char *fs;
    __asm__("movq %%fs:0,%0" : "=r"(fs));
    return fs;
}

static int lowest_block(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    char **lowest = data;
    char *block = info->dlpi_tls_data;
    if (block != NULL && block < *lowest && thread_pointer() - block < (1 << 20))
        *lowest = block;
    return 0;
}

bool hzx_fibers_open(struct hzx_carrier *own, const char **why)
{
    own->handle = thread_pointer();
    if (!(getauxval(AT_HWCAP2) & 2)) {
        *why = "this processor or kernel has no user-mode wrfsbase (AT_HWCAP2 bit 1)";
        return false;
    }
    fibers.allocate = (void *(*)(void *))dlsym(RTLD_DEFAULT, "_dl_allocate_tls");
    fibers.init_ctype = (void (*)(void))dlsym(RTLD_DEFAULT, "__ctype_init");
    if (fibers.allocate == NULL || fibers.init_ctype == NULL) {
        *why = "this C library has no _dl_allocate_tls; the explorer needs glibc";
        return false;
    }
    const unsigned *size = dlsym(RTLD_DEFAULT, "_thread_db_sizeof_pthread");
    fibers.above = size != NULL && *size <= PTHREAD_MOST ? *size : PTHREAD_MOST;
    char *lowest = thread_pointer();
    dl_iterate_phdr(lowest_block, &lowest);
    fibers.below = (size_t)(thread_pointer() - lowest);
    return true;
}

static char *new_tls(void)
{
    char *own = thread_pointer(), *tls = fibers.allocate(NULL);
    *(void **)tls = tls;                 /* the thread pointer points to itself … */
    ((void **)tls)[2] = tls;             /* … and so does pthread_self() */
    memcpy(tls + STACK_GUARD, own + STACK_GUARD, sizeof(void *));
    memcpy(tls + POINTER_GUARD, own + POINTER_GUARD, sizeof(void *));
    int tid;
    memcpy(&tid, own + TID, sizeof tid);
    if (tid == HZX_REAL(getpid)())
        memcpy(tls + TID, &tid, sizeof tid);
    __asm__ volatile("wrfsbase %0" : : "r"(tls) : "memory");
    fibers.init_ctype();
    __asm__ volatile("wrfsbase %0" : : "r"(own) : "memory");
    return tls;
}

/* TLS as it was: all but the words that point to the block itself is alike in all fibers. */
void *hzx_fiber_tls(unsigned id)
{
    if (fibers.tls[id] == NULL)
        fibers.tls[id] = new_tls();
    char *tls = fibers.tls[id];
    size_t size = fibers.below + fibers.above;
    if (fibers.as_new == NULL) {
        fibers.as_new = hzx_keep(size);
        memcpy(fibers.as_new, tls - fibers.below, size);
    }
    void *dtv = ((void **)tls)[1];
    memcpy(tls - fibers.below, fibers.as_new, size);
    ((void **)tls)[0] = tls;
    ((void **)tls)[1] = dtv;
    ((void **)tls)[2] = tls;
    return tls;
}
