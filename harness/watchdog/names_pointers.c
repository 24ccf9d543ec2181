#include "watchdog/stacks_parts.h"

#include <dwarf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Bounds of a search: pointers and members looked at, elements of an array, bytes of a value. */
#define MOST_STEPS 20000
#define MOST_ELEMENTS 4096
#define MOST_BYTES (256 << 10)
#define DEEPEST 64

/* ---- blocks of the heap ---------------------------------------------------------------- */

/*
 * How many bytes glibc's malloc() gave out at that address; 0 if it is not one that it gave
 * out, as far as can be told. The size of a block is before it, with flags in its lowest
 * bits: 1, the block before is in use; 2, mapped by itself; 4, not of the main arena
 * (glibc, malloc/malloc.c, "malloc_chunk details").
 */
static uint64_t block_at(struct hzs_process *process, uint64_t address)
{
    uint64_t head[2], next[2];
    struct hzs_mapping mapping;
    if (address % 16 != 0 || !hzs_memory(process, address - 16, head, sizeof head) ||
        !hzs_find_mapping(process, address, &mapping))
        return 0;
    uint64_t size = head[1] & ~(uint64_t)7, begin = address - 16;
    if (size < 32 || size % 16 != 0 || begin < mapping.start || size > mapping.end - begin)
        return 0;
    if ((head[1] & 2) != 0)
        return begin % 4096 == 0 && head[0] == 0 && size % 4096 == 0 ? size - 16 : 0;
    bool main_arena = mapping.path_length == 6 && memcmp(mapping.path, "[heap]", 6) == 0;
    if (((head[1] & 4) == 0) != main_arena ||
        !hzs_memory(process, begin + size, next, sizeof next) || (next[1] & 1) == 0)
        return 0;
    return size - 8;
}

/* ---- following pointers ------------------------------------------------------------------- */

static void cut_back(struct hzs_text *text, size_t n)
{
    text->n = n;
    text->at[n] = '\0';
    text->cut = false;
}

/* Keeps the way that ends in `tail`, if it is more telling than what is known. */
static bool keep(struct hzs_search *search, enum hzs_found found, const char *name,
                 const char *tail, bool reference)
{
    struct hzs_text way = {0};
    if (found < HZS_EXACT || found <= search->found)
        return false;
    if (tail[0] == '.')
        hzs_add(&way, "%s%s%s", name, reference ? "." : "->", tail + 1);
    else if (tail[0] == '\0')
        hzs_add(&way, "%s%s", reference ? "" : "*", name);
    else
        hzs_add(&way, "%s%s", name, tail);
    if (way.cut)
        return false;
    search->found = found;
    search->best = way;
    return found == HZS_LOCK;
}

/* What is in the type of a pointer, if that can have a lock in it. */
static bool pointed_type(Dwarf_Die *pointer, Dwarf_Die *type, uint64_t *size)
{
    bool lock;
    if (!hzs_type_of(pointer, type))
        return false;
    Dwarf_Die plain = *type;
    /* Bytes are for anything: that one of them is at the address tells nothing. */
    return hzs_peel(&plain, &lock) && hzs_size(type, size) && *size > 1;
}

/* Whether the pointer `value` leads to the target. */
static bool lead(struct hzs_search *search, Dwarf_Die *pointer, uint64_t value, bool sequence,
                 const struct hzs_text *name)
{
    Dwarf_Die type;
    uint64_t size;
    struct hzs_text tail = {0};
    bool reference = dwarf_tag(pointer) != DW_TAG_pointer_type, lock;
    if (value == 0 || value > search->target || !pointed_type(pointer, &type, &size))
        return false;
    uint64_t offset = search->target - value;
    if (offset >= size || sequence) {
        if (reference || offset >= block_at(search->process, value))
            return false;
        /* More of the last member, if that is an array of any length; else more of the type. */
        enum hzs_found found = sequence ? HZS_NOTHING : hzs_member(&type, offset, &tail);
        if (found >= HZS_EXACT)
            return keep(search, found, name->at, tail.at, false);
        cut_back(&tail, 0);
        hzs_add(&tail, "[%" PRIu64 "]", offset / size);
        offset %= size;
    }
    Dwarf_Die plain = type;
    if (hzs_peel(&plain, &lock) && dwarf_tag(&plain) == DW_TAG_array_type)
        return false; /* a pointer to an array: rare, and `(*name)[3]` */
    enum hzs_found found = hzs_member(&type, offset, &tail);
    return keep(search, found, name->at, tail.at, reference);
}

/* Goes on from what the pointer leads to. */
static bool follow_on(struct hzs_search *search, Dwarf_Die *pointer, uint64_t value,
                      struct hzs_text *name)
{
    Dwarf_Die type;
    uint64_t size;
    if (search->levels < 2 || value == 0 || !pointed_type(pointer, &type, &size))
        return false;
    Dwarf_Die plain = type;
    bool lock;
    if (!hzs_peel(&plain, &lock) || lock ||
        (dwarf_tag(&plain) != DW_TAG_structure_type && dwarf_tag(&plain) != DW_TAG_class_type))
        return false;
    size_t n = name->n;
    search->levels--;
    hzs_add(name, dwarf_tag(pointer) == DW_TAG_pointer_type ? "->" : ".");
    bool found = hzs_follow_at(search, &plain, value, name);
    cut_back(name, n);
    search->levels++;
    return found;
}

static bool follow_pointer(struct hzs_search *search, Dwarf_Die *pointer, const unsigned char *data,
                           size_t size, bool sequence, struct hzs_text *name)
{
    uint64_t value;
    if (size < sizeof value)
        return false;
    memcpy(&value, data, sizeof value);
    return lead(search, pointer, value, sequence, name) ||
           (!sequence && follow_on(search, pointer, value, name));
}

static bool follow_array(struct hzs_search *search, Dwarf_Die *array, const unsigned char *data,
                         size_t size, struct hzs_text *name)
{
    Dwarf_Die element, dimension;
    uint64_t each;
    int dimensions = 0;
    if (!hzs_type_of(array, &element) || !hzs_size(&element, &each) || each < 8 ||
        dwarf_child(array, &dimension) != 0)
        return false;
    do
        dimensions += dwarf_tag(&dimension) == DW_TAG_subrange_type;
    while (dwarf_siblingof(&dimension, &dimension) == 0);
    if (dimensions != 1)
        return false;
    size_t n = name->n;
    bool found = false;
    for (uint64_t i = 0; i < size / each && i < MOST_ELEMENTS && !found; i++) {
        hzs_add(name, "[%" PRIu64 "]", i);
        found = hzs_follow(search, &element, data + i * each, each, name);
        cut_back(name, n);
    }
    return found;
}

/* The pointer to the elements of std::vector, and those to the end of them. */
static bool is_sequence(const char *name)
{
    return name != NULL && (strcmp(name, "_M_start") == 0 || strcmp(name, "__begin_") == 0);
}

static bool is_end(const char *name)
{
    return name != NULL &&
           (strcmp(name, "_M_finish") == 0 || strcmp(name, "_M_end_of_storage") == 0 ||
            strncmp(name, "__end_", 6) == 0);
}

static bool follow_member(struct hzs_search *search, Dwarf_Die *member, const unsigned char *data,
                          size_t size, struct hzs_text *name)
{
    Dwarf_Die type;
    uint64_t place, each;
    const char *own = dwarf_diename(member);
    if (!hzs_place_of(member, &place) || is_end(own) || !hzs_type_of(member, &type) ||
        !hzs_size(&type, &each) || place > size || each > size - place)
        return false;
    Dwarf_Die plain = type;
    bool lock;
    if (is_sequence(own) && hzs_peel(&plain, &lock) && dwarf_tag(&plain) == DW_TAG_pointer_type)
        return follow_pointer(search, &plain, data + place, each, true, name);
    size_t n = name->n;
    if (dwarf_tag(member) != DW_TAG_inheritance && !hzs_hidden(own)) {
        bool arrow = n == 0 || name->at[n - 1] == '>' || name->at[n - 1] == '.';
        hzs_add(name, "%s%s", arrow ? "" : ".", own);
    }
    bool found = hzs_follow(search, &type, data + place, each, name);
    cut_back(name, n);
    return found;
}

static bool follow(struct hzs_search *search, Dwarf_Die *type, const unsigned char *data,
                   size_t size, struct hzs_text *name)
{
    Dwarf_Die plain = *type, member;
    bool lock;
    if (search->steps % 64 == 0 && hz_worked() > search->end)
        search->steps = MOST_STEPS;
    if (search->steps >= MOST_STEPS || name->cut || !hzs_peel(&plain, &lock) || lock)
        return false;
    search->steps++;
    switch (dwarf_tag(&plain)) {
    case DW_TAG_pointer_type:
    case DW_TAG_reference_type:
    case DW_TAG_rvalue_reference_type:
        return follow_pointer(search, &plain, data, size, false, name);
    case DW_TAG_array_type:
        return follow_array(search, &plain, data, size, name);
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
        if (dwarf_child(&plain, &member) != 0)
            return false;
        do
            if (follow_member(search, &member, data, size, name))
                return true;
        while (dwarf_siblingof(&member, &member) == 0);
    }
    return false;
}

bool hzs_follow(struct hzs_search *search, Dwarf_Die *type, const unsigned char *data, size_t size,
                struct hzs_text *name)
{
    if (search->depth == DEEPEST)
        return false;
    search->depth++;
    bool found = follow(search, type, data, size, name);
    search->depth--;
    return found;
}

bool hzs_may_point(Dwarf_Die *type)
{
    Dwarf_Die plain = *type;
    bool lock;
    for (int i = 0; i < DEEPEST; i++) {
        if (!hzs_peel(&plain, &lock) || lock)
            return false;
        int tag = dwarf_tag(&plain);
        if (tag != DW_TAG_array_type)
            return tag == DW_TAG_pointer_type || tag == DW_TAG_reference_type ||
                   tag == DW_TAG_rvalue_reference_type || tag == DW_TAG_structure_type ||
                   tag == DW_TAG_class_type;
        Dwarf_Die array = plain;
        if (!hzs_type_of(&array, &plain))
            return false;
    }
    return false;
}

bool hzs_follow_at(struct hzs_search *search, Dwarf_Die *type, uint64_t address,
                   struct hzs_text *name)
{
    uint64_t size;
    if (!hzs_may_point(type) || !hzs_size(type, &size) || size < 8 || size > MOST_BYTES)
        return false;
    unsigned char *data = malloc(size);
    bool found = data != NULL && hzs_memory(search->process, address, data, size) &&
                 hzs_follow(search, type, data, size, name);
    free(data);
    return found;
}
