#include "watchdog/stacks_parts.h"

#include <dwarf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A file may be wrong, and its types go round. */
#define DEEPEST 32
#define MOST_STEPS 300

void hzs_add(struct hzs_text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text->at + text->n, sizeof text->at - text->n, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof text->at - text->n) {
        text->n += (size_t)n;
        return;
    }
    text->at[text->n] = '\0';
    text->cut = true;
}

/* ---- types ------------------------------------------------------------------------------- */

bool hzs_type_of(Dwarf_Die *die, Dwarf_Die *type)
{
    Dwarf_Attribute attribute;
    return dwarf_formref_die(dwarf_attr_integrate(die, DW_AT_type, &attribute), type) != NULL;
}

/* POSIX's and C11's; those of C++ hold one of these. */
static bool is_lock(const char *name)
{
    static const char *const names[] = {
        "pthread_mutex_t",
        "pthread_rwlock_t",
        "pthread_cond_t",
        "pthread_spinlock_t",
        "pthread_barrier_t",
        "sem_t",
        "mtx_t",
        "cnd_t",
        "once_flag",
        "pthread_once_t",
    };
    for (size_t i = 0; name != NULL && i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

bool hzs_peel(Dwarf_Die *type, bool *lock)
{
    *lock = false;
    for (unsigned i = 0; i < DEEPEST; i++) {
        switch (dwarf_tag(type)) {
        case DW_TAG_typedef:
            *lock = is_lock(dwarf_diename(type));
            if (*lock)
                return true;
            break;
        case DW_TAG_const_type:
        case DW_TAG_volatile_type:
        case DW_TAG_restrict_type:
        case DW_TAG_atomic_type:
            break;
        default:
            return true;
        }
        Dwarf_Die of = *type;
        if (!hzs_type_of(&of, type))
            return false;
    }
    return false;
}

/* Of an array whose length is not known: none. */
bool hzs_size(Dwarf_Die *type, uint64_t *size)
{
    Dwarf_Word value;
    if (dwarf_aggregate_size(type, &value) != 0)
        return false;
    *size = value;
    return true;
}

static bool number_of(Dwarf_Die *die, unsigned name, uint64_t *value)
{
    Dwarf_Attribute attribute;
    Dwarf_Word word;
    if (dwarf_formudata(dwarf_attr_integrate(die, name, &attribute), &word) != 0)
        return false;
    *value = word;
    return true;
}

bool hzs_place_of(Dwarf_Die *member, uint64_t *offset)
{
    int tag = dwarf_tag(member);
    *offset = 0;
    if (tag != DW_TAG_member && tag != DW_TAG_inheritance)
        return false;
    /* One that is static, a bit field, or in a virtual base has no place of that sort. */
    if (dwarf_hasattr(member, DW_AT_external) || dwarf_hasattr(member, DW_AT_bit_size) ||
        dwarf_hasattr(member, DW_AT_virtuality))
        return false;
    return !dwarf_hasattr(member, DW_AT_data_member_location) ||
           number_of(member, DW_AT_data_member_location, offset);
}

/* What belongs to the C or C++ library in its own types: nobody's names. */
bool hzs_hidden(const char *name)
{
    return name == NULL || strncmp(name, "__", 2) == 0 ||
           (name[0] == '_' && name[1] >= 'A' && name[1] <= 'Z');
}

/* ---- what a type has at an offset ---------------------------------------------------------- */

/* A walk into a type. */
struct walk {
    Dwarf_Die type;
    uint64_t offset; /* from the beginning of `type` */
    uint64_t since;  /* of `type`, from what was told last */
    struct hzs_text *text;
    unsigned *steps; /* taken so far */
    bool lock;       /* it ended at a lock */
};

static bool walk(struct walk *walk);

/* The number of elements of one dimension; false if it is open. */
static bool length_of(Dwarf_Die *dimension, uint64_t *length)
{
    if (number_of(dimension, DW_AT_count, length))
        return true;
    uint64_t lower = 0;
    number_of(dimension, DW_AT_lower_bound, &lower);
    /* An upper bound of -1 is an array of none. */
    return number_of(dimension, DW_AT_upper_bound, length) && (*length += 1 - lower, true);
}

/* Elements within one element of the first dimension; 0 if that is not known. */
static uint64_t inner_elements(Dwarf_Die *dimension)
{
    Dwarf_Die next = *dimension;
    uint64_t n = 1, length;
    while (dwarf_siblingof(&next, &next) == 0) {
        if (dwarf_tag(&next) != DW_TAG_subrange_type)
            continue;
        if (!length_of(&next, &length) || length == 0 || n > UINT32_MAX || length > UINT32_MAX)
            return 0;
        n *= length;
    }
    return n;
}

/* Whether a dimension was there and the index is told; `walk` is in the element then. */
static bool walk_array(struct walk *walk)
{
    Dwarf_Die array = walk->type, element, dimension;
    uint64_t size, indices = 0;
    if (!hzs_type_of(&array, &element) || !hzs_size(&element, &size) || size == 0 ||
        dwarf_child(&array, &dimension) != 0)
        return false;
    do {
        uint64_t length, inner;
        if (dwarf_tag(&dimension) != DW_TAG_subrange_type)
            continue;
        inner = inner_elements(&dimension);
        if (inner == 0)
            return false;
        uint64_t stride = size * inner, index = walk->offset / stride;
        if (length_of(&dimension, &length) && length != 0 && index >= length)
            return false;
        hzs_add(walk->text, "[%" PRIu64 "]", index);
        walk->offset %= stride;
        indices++;
    } while (dwarf_siblingof(&dimension, &dimension) == 0);
    walk->type = element;
    walk->since = 0;
    return indices != 0;
}

/* Whether the offset is in the member; `open`: in an array without a length, at the end. */
static bool in_member(Dwarf_Die *member, uint64_t offset, bool open, struct walk *into)
{
    uint64_t place, size;
    bool lock;
    if (!hzs_place_of(member, &place) || offset < place || !hzs_type_of(member, &into->type))
        return false;
    Dwarf_Die type = into->type;
    if (!hzs_size(&type, &size))
        size = 0;
    if (open ? size != 0 || !hzs_peel(&type, &lock) || dwarf_tag(&type) != DW_TAG_array_type
             : offset - place >= size)
        return false;
    const char *name = dwarf_diename(member);
    into->offset = offset - place;
    if (hzs_hidden(name) || dwarf_tag(member) == DW_TAG_inheritance) {
        into->since += place;
        return true;
    }
    into->since = 0;
    hzs_add(into->text, ".%s", name);
    return true;
}

/* How telling the end of a walk is: an empty base class is at the place of a member, too. */
static int telling(const struct walk *walk)
{
    Dwarf_Die type = walk->type;
    int tag = dwarf_tag(&type);
    if (walk->lock)
        return 3;
    return tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type ? 1
                                                                                                : 2;
}

/* The most telling of the members that are there: of a union, a lock. */
static bool walk_members(struct walk *outer, bool open)
{
    Dwarf_Die member;
    struct walk best;
    struct hzs_text best_text, text;
    int most = 0;
    if (dwarf_child(&outer->type, &member) != 0)
        return false;
    do {
        text = *outer->text;
        struct walk inner = {.since = outer->since, .text = &text, .steps = outer->steps};
        if (!in_member(&member, outer->offset, open, &inner) || !walk(&inner) ||
            telling(&inner) <= most)
            continue;
        most = telling(&inner);
        best = inner;
        best_text = text;
    } while (most < 3 && dwarf_siblingof(&member, &member) == 0);
    if (most == 0)
        return false;
    *outer->text = best_text;
    best.text = outer->text;
    *outer = best;
    return true;
}

/* Goes on to what cannot be divided: a lock, a number, a pointer, or a gap between members. */
static bool walk(struct walk *at)
{
    if (++*at->steps > MOST_STEPS || !hzs_peel(&at->type, &at->lock))
        return false;
    if (at->lock)
        return true;
    switch (dwarf_tag(&at->type)) {
    case DW_TAG_array_type:
        return walk_array(at) && walk(at);
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
    case DW_TAG_union_type:
        /* A type that is only declared, and a gap, are told by what is around. */
        (void)(walk_members(at, false) || walk_members(at, true));
        return true;
    default:
        return true;
    }
}

enum hzs_found hzs_member(Dwarf_Die *type, uint64_t offset, struct hzs_text *text)
{
    unsigned steps = 0;
    struct walk into = {.type = *type, .offset = offset, .text = text, .steps = &steps};
    if (!walk(&into) || text->cut)
        return HZS_NOTHING;
    if (into.lock)
        return HZS_LOCK;
    uint64_t rest = into.since + into.offset;
    if (rest == 0)
        return HZS_EXACT;
    hzs_add(text, "+0x%" PRIx64, rest);
    return text->cut ? HZS_NOTHING : HZS_WITHIN;
}
