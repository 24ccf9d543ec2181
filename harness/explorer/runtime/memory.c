#include "explorer/runtime/memory.h"

#include "explorer/runtime/engine.h"

#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STACKS ((size_t)HZX_THREADS * (HZX_STACK_SIZE + HZX_STACK_GUARD))
#define KEPT ((size_t)8 << 30)

/* A place whose words have cells. */
struct place {
    uintptr_t base;
    size_t size;
    struct hzx_cell *cells;
};

struct block { /* before each block of the heap */
    uint64_t size;
    uint32_t freed; /* event + 1 */
    uint32_t magic;
};

#define BLOCK 0x6b636f6cu

static struct {
    struct place stacks, heap, globals;
    uintptr_t image, image_end;
    char **kept, *kept_end; /* the next free byte: itself kept, for a fork takes as well */
    char *noted; /* the globals, as they are before main() */
    size_t used;     /* of the heap */
} memory;

uint64_t *hzx_memory_learned;

static void *map(size_t size, int protection, int kind)
{
    return mmap(NULL, size, protection, kind | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

static void *cells_for(size_t bytes)
{
    /* Shared: what forked schedules learn must stay known. */
    return map(bytes / 8 * sizeof(struct hzx_cell), PROT_READ | PROT_WRITE, MAP_SHARED);
}

/* The first object is the program: its extent, and the segment that holds its globals.
 * What RELRO has made read-only is no global. */
static int program(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size, (void)data;
    uintptr_t low = UINTPTR_MAX, high = 0, fixed = 0, end = 0, begin = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t from = info->dlpi_addr + segment->p_vaddr, to = from + segment->p_memsz;
        if (segment->p_type == PT_GNU_RELRO)
            fixed = to;
        if (segment->p_type != PT_LOAD)
            continue;
        low = from < low ? from : low;
        high = to > high ? to : high;
        if (segment->p_flags & PF_W)
            begin = from, end = to;
    }
    hzx.shared->load = info->dlpi_addr;
    memory.image = low, memory.image_end = high;
    if (fixed > begin && fixed < end)
        begin = fixed;
    begin &= ~(uintptr_t)7;
    memory.globals = (struct place){begin, (end - begin + 7) & ~(size_t)7, NULL};
    return 1;
}

bool hzx_memory_open(const char **why)
{
    dl_iterate_phdr(program, NULL);
    memory.stacks = (struct place){
        (uintptr_t)map(STACKS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_STACK), STACKS,
        cells_for(STACKS)};
    memory.heap = (struct place){
        (uintptr_t)map(HZX_HEAP_MOST, PROT_READ | PROT_WRITE, MAP_PRIVATE), HZX_HEAP_MOST,
        cells_for(HZX_HEAP_MOST)};
    memory.globals.cells = cells_for(memory.globals.size + 8);
    char *kept = map(KEPT, PROT_READ | PROT_WRITE, MAP_SHARED);
    if ((void *)memory.stacks.base == MAP_FAILED || (void *)memory.heap.base == MAP_FAILED ||
        memory.stacks.cells == MAP_FAILED || memory.heap.cells == MAP_FAILED ||
        memory.globals.cells == MAP_FAILED || kept == MAP_FAILED) {
        *why = "no address space for the explorer (12 GiB are reserved, few are used)";
        return false;
    }
    memory.kept = (char **)kept;
    *memory.kept = kept + 64;
    memory.kept_end = kept + KEPT;
    hzx_memory_learned = hzx_keep(sizeof *hzx_memory_learned);
    for (unsigned i = 0; i < HZX_THREADS; i++) /* an overflow of a stack is a crash */
        mprotect((char *)memory.stacks.base + i * (HZX_STACK_SIZE + HZX_STACK_GUARD),
                 HZX_STACK_GUARD, PROT_NONE);
    return true;
}

void *hzx_keep(size_t size)
{
    size = (size + 63) & ~(size_t)63;
    if ((size_t)(memory.kept_end - *memory.kept) < size) {
        static const char said[] = "hazmat explore: the campaign's memory is used up\n";
        if (write(2, said, sizeof said - 1) < 0)
            _exit(3);
        _exit(3);
    }
    void *taken = *memory.kept;
    *memory.kept += size;
    return taken;
}

uintptr_t hzx_stacks(void)
{
    return memory.stacks.base;
}

bool hzx_in_program(uintptr_t pc)
{
    return pc - memory.image < memory.image_end - memory.image;
}

void hzx_memory_note(void)
{
    memory.noted = hzx_keep(memory.globals.size);
    memcpy(memory.noted, (void *)memory.globals.base, memory.globals.size);
}

void hzx_memory_reset(bool fork)
{
    if (!fork) {
        memcpy((void *)memory.globals.base, memory.noted, memory.globals.size);
        if (memory.used < (1 << 20))
            memset((void *)memory.heap.base, 0, memory.used);
        else
            madvise((void *)memory.heap.base, memory.used, MADV_DONTNEED);
    }
    memory.used = 0;
}

static struct hzx_cell *cell_in(const struct place *place, uintptr_t address)
{
    uintptr_t at = address - place->base;
    return at < place->size ? &place->cells[at / 8] : NULL;
}

struct hzx_cell *hzx_cell(uintptr_t address)
{
    struct hzx_cell *cell = cell_in(&memory.globals, address);
    if (cell == NULL)
        cell = cell_in(&memory.heap, address);
    return cell != NULL ? cell : cell_in(&memory.stacks, address);
}

void *hzx_heap_take(size_t size, size_t alignment)
{
    uintptr_t base = memory.heap.base + memory.used + sizeof(struct block);
    base = (base + alignment - 1) & ~(uintptr_t)(alignment - 1);
    if (size > HZX_HEAP_MOST || base + size - memory.heap.base > HZX_HEAP_MOST - 64)
        return NULL;
    struct block *block = (struct block *)base - 1;
    *block = (struct block){.size = size, .magic = BLOCK};
    /* A byte past the end is never the next block's: at least one is left free. */
    memory.used = (base + size + 16 - memory.heap.base) & ~(size_t)15;
    return (void *)base;
}

bool hzx_heap_has(const void *pointer)
{
    return (uintptr_t)pointer - memory.heap.base < memory.heap.size;
}

static struct block *block_of(const void *pointer)
{
    uintptr_t at = (uintptr_t)pointer - memory.heap.base;
    if (at < sizeof(struct block) || at > memory.used || at % 16 != 0)
        return NULL;
    struct block *block = (struct block *)pointer - 1;
    return block->magic == BLOCK ? block : NULL;
}

size_t hzx_heap_size(const void *pointer)
{
    struct block *block = block_of(pointer);
    return block != NULL ? block->size : 0;
}

bool hzx_heap_free(void *pointer)
{
    struct block *block = block_of(pointer);
    if (block == NULL || block->freed)
        return false;
    block->freed = 1;
    for (size_t at = 0; at < block->size; at += 8) {
        struct hzx_cell *cell = cell_in(&memory.heap, (uintptr_t)pointer + at);
        hzx_cell_now(cell, (uint32_t)hzx.shared->schedules);
        cell->freed = 1;
    }
    return true;
}
