#include "watchdog/stacks_parts.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

/* Scopes within scopes: what is deeper is not looked at. */
#define DEEPEST 48
/* Of so many units the lines are read beforehand: all of a small program, for they take memory. */
#define LINED 64

/* ---- units by address ---------------------------------------------------------------- */

/* The next unit after `*unit` that is of this file alone; false after the last. */
static bool next_unit(struct hzs_module *module, Dwarf_CU **unit, Dwarf_Die *die)
{
    uint8_t type;
    Dwarf_CU *next;
    while (dwarf_get_units(module->dwarf, *unit, &next, NULL, &type, die, NULL) == 0) {
        *unit = next;
        if (type == DW_UT_compile)
            return true;
    }
    return false;
}

static int by_low(const void *left, const void *right)
{
    const struct hzs_range *a = left, *b = right;
    return a->low < b->low ? -1 : a->low > b->low;
}

static void sort(hzs_ranges *ranges)
{
    if (ranges->n != 0)
        qsort(ranges->at, ranges->n, sizeof *ranges->at, by_low);
}

static void add_ranges(struct hzs_module *module, Dwarf_Die *die, hzs_ranges *ranges)
{
    Dwarf_Addr base, low, high;
    for (ptrdiff_t at = 0; (at = dwarf_ranges(die, at, &base, &low, &high)) > 0;)
        *hz_push(&module->arena, ranges) = (struct hzs_range){low, high, *die};
}

/* Of the first `n`, the one with code at the address; ranges do not overlap. */
static Dwarf_Die *find(hzs_ranges *ranges, size_t n, uint64_t address)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges->at[middle].low <= address)
            low = middle + 1;
        else
            high = middle;
    }
    struct hzs_range *range = low > 0 ? &ranges->at[low - 1] : NULL;
    return range != NULL && address < range->high ? &range->die : NULL;
}

bool hzs_read_units(struct hzs_module *module, double end)
{
    Dwarf_Die unit;
    while (!module->units_read && hz_worked() < end) {
        if (next_unit(module, &module->last_unit, &unit)) {
            add_ranges(module, &unit, &module->units);
            continue;
        }
        module->units_read = true;
        sort(&module->units);
    }
    return module->units_read;
}

Dwarf_Die *hzs_unit(struct hzs_module *module, uint64_t address, double end)
{
    Dwarf_Addr bias;
    if (!hzs_dwarf(module))
        return NULL;
    Dwarf_Die *unit = dwfl_module_addrdie(module->dwfl, address, &bias);
    /* clang writes no index of addresses. */
    if (unit != NULL || !hzs_read_units(module, end))
        return unit;
    return find(&module->units, module->units.n, address - module->bias);
}

bool hzs_read_lines(struct hzs_module *module, double end)
{
    Dwarf_Die unit;
    Dwarf_Lines *lines;
    size_t n;
    for (; module->lines_read < LINED && hz_worked() < end; module->lines_read++) {
        if (!next_unit(module, &module->last_lines, &unit))
            module->lines_read = LINED - 1;
        else
            (void)dwarf_getsrclines(&unit, &lines, &n); /* libdw keeps them */
    }
    return module->lines_read == LINED;
}

/* ---- variables by address ---------------------------------------------------------------- */

/* The address in the file of a variable that is always at the same one. */
static bool fixed_place(Dwarf_Die *die, Dwarf_Addr *address)
{
    Dwarf_Attribute location, operand;
    Dwarf_Block block;
    if (dwarf_attr(die, DW_AT_location, &location) == NULL ||
        dwarf_formblock(&location, &block) != 0 || block.length < 2)
        return false;
    if (block.data[0] == DW_OP_addr && block.length == 1 + sizeof *address) {
        memcpy(address, block.data + 1, sizeof *address);
        return true;
    }
    if (block.data[0] != DW_OP_addrx && block.data[0] != DW_OP_GNU_addr_index)
        return false;
    Dwarf_Op *operations;
    size_t n;
    return dwarf_getlocation(&location, &operations, &n) == 0 && n == 1 &&
           dwarf_getlocation_attr(&location, operations, &operand) == 0 &&
           dwarf_formaddr(&operand, address) == 0;
}

static void add_variable(struct hzs_module *module, Dwarf_Die *die, const char *function)
{
    Dwarf_Addr address;
    Dwarf_Die type;
    uint64_t size;
    if (!fixed_place(die, &address))
        return;
    /* What the linker left out has an address of nothing, or of something else. */
    address += module->bias;
    if (address < module->data_low || address >= module->data_high)
        return;
    const char *name = dwarf_diename(die);
    if (name == NULL || !hzs_type_of(die, &type) || !hzs_size(&type, &size) || size == 0 ||
        size > module->data_high - address)
        return;
    *hz_push(&module->arena, &module->variables) =
        (struct hzs_variable){.start = address,
                              .size = size,
                              .die = *die,
                              .name = name,
                              .function = function,
                              .points = hzs_may_point(&type)};
}

static void read_scope(struct hzs_module *module, Dwarf_Die *scope, const char *function,
                       unsigned depth);

static void read_die(struct hzs_module *module, Dwarf_Die *die, const char *function,
                     unsigned depth)
{
    const char *name;
    switch (dwarf_tag(die)) {
    case DW_TAG_variable:
        add_variable(module, die, function);
        break;
    case DW_TAG_namespace:
    case DW_TAG_lexical_block:
        read_scope(module, die, function, depth + 1);
        break;
    case DW_TAG_subprogram:
        add_ranges(module, die, &module->functions);
        /* fall through */
    case DW_TAG_inlined_subroutine:
        name = dwarf_diename(die);
        read_scope(module, die, name != NULL ? name : "a function", depth + 1);
        break;
    }
}

static void read_scope(struct hzs_module *module, Dwarf_Die *scope, const char *function,
                       unsigned depth)
{
    Dwarf_Die die;
    if (depth > DEEPEST || dwarf_child(scope, &die) != 0)
        return;
    do
        read_die(module, &die, function, depth);
    while (dwarf_siblingof(&die, &die) == 0);
}

/* Reads the next of what is outermost in a unit: a unit may be the whole of a large program. */
static void read_next(struct hzs_module *module)
{
    Dwarf_Die unit;
    if (module->within) {
        read_die(module, &module->next, NULL, 0);
        module->within = dwarf_siblingof(&module->next, &module->next) == 0;
    } else if (next_unit(module, &module->last_scope, &unit)) {
        module->within = dwarf_child(&unit, &module->next) == 0;
    } else {
        module->scopes_read = true;
    }
}

static int by_place(const void *left, const void *right)
{
    const struct hzs_variable *a = left, *b = right;
    return a->start < b->start ? -1 : a->start > b->start;
}

bool hzs_read_scopes(struct hzs_module *module, double end)
{
    while (!module->scopes_read && hz_worked() < end)
        read_next(module);
    if (module->functions_sorted != module->functions.n)
        sort(&module->functions);
    if (module->variables_sorted != module->variables.n)
        qsort(module->variables.at, module->variables.n, sizeof *module->variables.at, by_place);
    module->functions_sorted = module->functions.n;
    module->variables_sorted = module->variables.n;
    return module->scopes_read;
}

const struct hzs_variable *hzs_variable(struct hzs_module *module, uint64_t address)
{
    size_t low = 0, high = module->variables_sorted;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (module->variables.at[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    const struct hzs_variable *variable = low > 0 ? &module->variables.at[low - 1] : NULL;
    return variable != NULL && address - variable->start < variable->size ? variable : NULL;
}

/* ---- scopes by address ------------------------------------------------------------------- */

/* The function in a scope, or in the namespaces in it, that has the address. */
static bool find_function(Dwarf_Die *scope, Dwarf_Addr pc, Dwarf_Die *function, unsigned depth)
{
    Dwarf_Die die;
    if (depth > DEEPEST || dwarf_child(scope, &die) != 0)
        return false;
    do {
        int tag = dwarf_tag(&die);
        if (tag == DW_TAG_subprogram && dwarf_haspc(&die, pc) > 0) {
            *function = die;
            return true;
        }
        if (tag == DW_TAG_namespace && find_function(&die, pc, function, depth + 1))
            return true;
    } while (dwarf_siblingof(&die, &die) == 0);
    return false;
}

static bool find_inner(Dwarf_Die *scope, Dwarf_Addr pc, Dwarf_Die *inner)
{
    if (dwarf_child(scope, inner) != 0)
        return false;
    do {
        int tag = dwarf_tag(inner);
        if ((tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine ||
             tag == DW_TAG_subprogram) &&
            dwarf_haspc(inner, pc) > 0)
            return true;
    } while (dwarf_siblingof(inner, inner) == 0);
    return false;
}

void hzs_scopes(struct hzs_module *module, Dwarf_Die *unit, uint64_t address,
                struct hzs_scopes *scopes)
{
    Dwarf_Addr pc = address - module->bias;
    Dwarf_Die inner, *function = find(&module->functions, module->functions_sorted, pc);
    int most = (int)(sizeof scopes->at / sizeof *scopes->at);
    scopes->n = 0;
    if (function == NULL && !module->scopes_read && find_function(unit, pc, &inner, 0))
        function = &inner;
    if (function == NULL)
        return;
    /* From the outermost on, and then the other way round. */
    scopes->at[scopes->n++] = *function;
    while (scopes->n < most && find_inner(&scopes->at[scopes->n - 1], pc, &inner))
        scopes->at[scopes->n++] = inner;
    for (int i = 0, j = scopes->n - 1; i < j; i++, j--) {
        Dwarf_Die swapped = scopes->at[i];
        scopes->at[i] = scopes->at[j];
        scopes->at[j] = swapped;
    }
}
