#include "explorer/runtime/memory.h"

#include "explorer/runtime/sync.h"

#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STACKS ((size_t)HZX_THREADS * (HZX_STACK_SIZE + HZX_STACK_GUARD))
#define KEPT ((size_t)8 << 30)
#define RUNTIME "libhazmat-explore.so"

/* The program, libraries that `hazmat cc` has built, and two that are no files: the arguments of
 * main(), which are as good as globals. */
enum { FILES = HZX_LIBRARIES + 1, IMAGES = FILES + 2 };

/* A place whose words have cells. */
struct place {
    uintptr_t base;
    size_t size;
    struct hzx_cell *cells;
};

struct image {
    uintptr_t low, high;
    struct place globals;
    char *noted; /* the globals, as they are before main() */
};

struct block { /* before each block of the heap */
    uint64_t size;
    uint32_t freed; /* event + 1 */
    uint32_t magic;
};

#define BLOCK 0x6b636f6cu

static struct {
    struct place stacks, heap, mapped;
    unsigned images_n; /* the program is the first */
    struct image images[IMAGES];
    char **kept, *kept_end; /* the next free byte: itself kept, for a fork takes as well */
    size_t used, mapped_used; /* of the heap, and of what mmap() gives */
} memory;

uint64_t *hzx_memory_learned;

static void *map(size_t size, int protection, int kind)
{
    return HZX_REAL(mmap)(NULL, size, protection, kind | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

static void *cells_for(size_t bytes)
{
    /* Shared: what forked schedules learn must stay known. */
    return map(bytes / 8 * sizeof(struct hzx_cell), PROT_READ | PROT_WRITE, MAP_SHARED);
}

/* Whether the runtime is among what it needs. */
static bool built_for_us(const struct dl_phdr_info *info)
{
    const ElfW(Dyn) *dynamic = NULL;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            dynamic = (const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    const char *strings = NULL;
    for (const ElfW(Dyn) *entry = dynamic; entry != NULL && entry->d_tag != DT_NULL; entry++)
        if (entry->d_tag == DT_STRTAB)
            strings = (const char *)entry->d_un.d_ptr;
    for (const ElfW(Dyn) *entry = dynamic; strings != NULL && entry->d_tag != DT_NULL; entry++) {
        const char *name = entry->d_tag == DT_NEEDED ? strings + entry->d_un.d_val : "";
        const char *slash = strrchr(name, '/');
        if (strcmp(slash != NULL ? slash + 1 : name, RUNTIME) == 0)
            return true;
    }
    return false;
}

/* Its extent, and the segment that holds its globals. What RELRO has made read-only is none. */
static struct image image_of(const struct dl_phdr_info *info)
{
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
    if (fixed > begin && fixed < end)
        begin = fixed;
    begin &= ~(uintptr_t)7;
    return (struct image){low, high, {begin, (end - begin + 7) & ~(size_t)7, NULL}, NULL};
}

static void tell_library(const struct dl_phdr_info *info)
{
    struct hzx_shared *shared = hzx.shared;
    uint32_t n = shared->libraries_n++;
    strncpy(shared->libraries[n].path, info->dlpi_name, HZX_TEXT - 1);
    shared->libraries[n].load = info->dlpi_addr;
}

/* The first object is the program. */
static int note_image(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size, (void)data;
    if (memory.images_n == 0)
        hzx.shared->load = info->dlpi_addr;
    if (memory.images_n == FILES || (memory.images_n > 0 && !built_for_us(info)))
        return 0;
    if (memory.images_n > 0)
        tell_library(info);
    memory.images[memory.images_n++] = image_of(info);
    return 0;
}

static void note_range(uintptr_t from, uintptr_t to)
{
    from &= ~(uintptr_t)7;
    memory.images[memory.images_n++].globals =
        (struct place){from, (to - from + 7) & ~(size_t)7, NULL};
}

/* The pointers, and the strings, which the kernel has put one behind the other. */
static void note_arguments(char *const *argv)
{
    size_t n = 0;
    while (argv[n] != NULL)
        n++;
    note_range((uintptr_t)argv, (uintptr_t)(argv + n + 1));
    if (n > 0 && argv[0] <= argv[n - 1])
        note_range((uintptr_t)argv[0], (uintptr_t)(argv[n - 1] + strlen(argv[n - 1]) + 1));
}

/* Address space, and its cells. */
static bool take_place(struct place *place, size_t size, int protection, int kind)
{
    *place = (struct place){(uintptr_t)map(size, protection, kind), size, cells_for(size)};
    return (void *)place->base != MAP_FAILED && place->cells != MAP_FAILED;
}

bool hzx_memory_open(char *const *argv, const char **why)
{
    const int both = PROT_READ | PROT_WRITE;
    dl_iterate_phdr(note_image, NULL);
    if (argv != NULL)
        note_arguments(argv);
    bool fine = take_place(&memory.stacks, STACKS, both, MAP_PRIVATE | MAP_STACK);
    fine = take_place(&memory.heap, HZX_HEAP_MOST, both, MAP_PRIVATE) && fine;
    fine = take_place(&memory.mapped, HZX_MAPPED_MOST, PROT_NONE, MAP_PRIVATE) && fine;
    for (unsigned i = 0; i < memory.images_n; i++) {
        memory.images[i].globals.cells = cells_for(memory.images[i].globals.size + 8);
        fine = fine && memory.images[i].globals.cells != MAP_FAILED;
    }
    char *kept = map(KEPT, both, MAP_SHARED);
    if (!fine || kept == MAP_FAILED) {
        *why = "no address space for the explorer (15 GiB are reserved, few are used)";
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
    for (unsigned i = 0; i < memory.images_n; i++)
        if (pc - memory.images[i].low < memory.images[i].high - memory.images[i].low)
            return true;
    return false;
}

void hzx_memory_note(void)
{
    for (struct image *image = memory.images; image < memory.images + memory.images_n; image++) {
        image->noted = hzx_keep(image->globals.size);
        memcpy(image->noted, (void *)image->globals.base, image->globals.size);
    }
}

void hzx_memory_reset(bool fork)
{
    if (!fork) {
        for (unsigned i = 0; i < memory.images_n; i++) {
            const struct image *image = &memory.images[i];
            memcpy((void *)image->globals.base, image->noted, image->globals.size);
        }
        if (memory.mapped_used > 0)
            HZX_REAL(mmap)((void *)memory.mapped.base, memory.mapped_used, PROT_NONE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
        if (memory.used < (1 << 20))
            memset((void *)memory.heap.base, 0, memory.used);
        else
            madvise((void *)memory.heap.base, memory.used, MADV_DONTNEED);
    }
    memory.used = memory.mapped_used = 0;
}

static struct hzx_cell *cell_in(const struct place *place, uintptr_t address)
{
    uintptr_t at = address - place->base;
    return at < place->size ? &place->cells[at / 8] : NULL;
}

struct hzx_cell *hzx_cell(uintptr_t address)
{
    struct hzx_cell *cell = cell_in(&memory.images[0].globals, address);
    if (cell == NULL)
        cell = cell_in(&memory.heap, address);
    if (cell == NULL)
        cell = cell_in(&memory.stacks, address);
    if (cell == NULL)
        cell = cell_in(&memory.mapped, address);
    for (unsigned i = 1; cell == NULL && i < memory.images_n; i++)
        cell = cell_in(&memory.images[i].globals, address);
    return cell;
}

/* What the program maps where the system likes is put where its words have cells, and at the same
 * address in each schedule. */
void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
    size_t room = (size + 4095) & ~(size_t)4095;
    if (!hzx.running || flags & (MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_32BIT | MAP_HUGETLB))
        return HZX_REAL(mmap)(address, size, protection, flags, fd, offset);
    if (size == 0 || room > HZX_MAPPED_MOST - memory.mapped_used) {
        hzx_uncontrolled("mmap: memory beyond 1 GiB", HZX_PC);
        return HZX_REAL(mmap)(address, size, protection, flags, fd, offset);
    }
    void *at = HZX_REAL(mmap)((void *)(memory.mapped.base + memory.mapped_used), size, protection,
                              flags | MAP_FIXED, fd, offset);
    if (at != MAP_FAILED)
        memory.mapped_used += room;
    return at;
}

void *mmap64(void *address, size_t size, int protection, int flags, int fd, off64_t offset)
    __attribute__((alias("mmap")));

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

void *hzx_heap_must(size_t size, size_t alignment, uintptr_t pc)
{
    void *block = hzx_heap_take(size, alignment);
    if (block == NULL && size < HZX_HEAP_MOST / 2)
        hzx_no_room("malloc: there is room for 1 GiB, what is freed is not used again", pc);
    return block;
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
