#include "watchdog/stacks_parts.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

/* Operations on the stack of a location; and frames that are looked into. */
#define DEEPEST 16
#define MOST_FRAMES 24

/* ---- where a variable is ------------------------------------------------------------------- */

/* One frame, and what it takes to find its variables. */
struct frame {
    struct hzs_process *process;
    const struct hzs_raw *raw;
    uint64_t cfa;  /* 0: not known */
    Dwarf_Addr pc; /* in the file */
    Dwarf_Addr bias;
    uint64_t base; /* of the function's frame */
    bool has_base;
};

/* The value of a location: an address in memory, or a value that is not in memory. */
struct place {
    bool in_memory;
    uint64_t value;
};

static bool in_register(const struct frame *frame, uint64_t number, uint64_t *value)
{
    if (number >= HZS_REGISTERS || (frame->raw->known >> number & 1) == 0)
        return false;
    *value = frame->raw->registers[number];
    return true;
}

/* What an operation pushes; false if it is none of those that push a value. */
static bool operand(const struct frame *frame, const Dwarf_Op *operation, uint64_t *value)
{
    unsigned atom = operation->atom;
    *value = operation->number;
    if (atom >= DW_OP_lit0 && atom <= DW_OP_lit31) {
        *value = atom - DW_OP_lit0;
        return true;
    }
    if (atom >= DW_OP_breg0 && atom <= DW_OP_breg31) {
        bool known = in_register(frame, atom - DW_OP_breg0, value);
        *value += operation->number;
        return known;
    }
    switch (atom) {
    case DW_OP_const1u:
    case DW_OP_const1s:
    case DW_OP_const2u:
    case DW_OP_const2s:
    case DW_OP_const4u:
    case DW_OP_const4s:
    case DW_OP_const8u:
    case DW_OP_const8s:
    case DW_OP_constu:
    case DW_OP_consts:
        return true;
    case DW_OP_addr:
        *value += frame->bias;
        return true;
    case DW_OP_fbreg:
        *value += frame->base;
        return frame->has_base;
    case DW_OP_call_frame_cfa:
        *value = frame->cfa;
        return frame->cfa != 0;
    }
    return false;
}

/* Operations on what was pushed; false if it is none of those known. */
static bool operate(const struct frame *frame, const Dwarf_Op *operation, uint64_t *stack,
                    size_t *n)
{
    if (*n == 0)
        return false;
    uint64_t *top = &stack[*n - 1];
    switch (operation->atom) {
    case DW_OP_deref:
        return hzs_memory(frame->process, *top, top, sizeof *top);
    case DW_OP_plus_uconst:
        *top += operation->number;
        return true;
    case DW_OP_plus:
    case DW_OP_minus:
        if (*n < 2)
            return false;
        top[-1] = operation->atom == DW_OP_plus ? top[-1] + *top : top[-1] - *top;
        --*n;
        return true;
    }
    return false;
}

/* The usual locations; of the others (in pieces, of the caller's entry, …) nothing is said. */
static bool evaluate(const struct frame *frame, const Dwarf_Op *operations, size_t count,
                     struct place *place)
{
    uint64_t stack[DEEPEST];
    size_t n = 0;
    place->in_memory = true;
    if (count == 1 && operations[0].atom >= DW_OP_reg0 && operations[0].atom <= DW_OP_reg31) {
        place->in_memory = false;
        return in_register(frame, operations[0].atom - DW_OP_reg0, &place->value);
    }
    for (size_t i = 0; i < count; i++) {
        if (operations[i].atom == DW_OP_stack_value && i + 1 == count)
            place->in_memory = false;
        else if (n < DEEPEST && operand(frame, &operations[i], &stack[n]))
            n++;
        else if (!operate(frame, &operations[i], stack, &n))
            return false;
    }
    if (n == 0)
        return false;
    place->value = stack[n - 1];
    return true;
}

static bool locate(const struct frame *frame, Dwarf_Die *die, unsigned name, struct place *place)
{
    Dwarf_Attribute attribute;
    Dwarf_Op *operations;
    size_t n;
    return dwarf_attr(die, name, &attribute) != NULL &&
           dwarf_getlocation_addr(&attribute, frame->pc, &operations, &n, 1) == 1 &&
           evaluate(frame, operations, n, place);
}

/* ---- the variables of frames ----------------------------------------------------------------- */

/* What is looked for; one call for each variable that has a place. True: found, enough. */
struct looking {
    struct hzs_search *search; /* a pointer that leads somewhere; or else */
    uint64_t address;          /* the variable in which this address is */
    struct hzs_text *name;
    const char *function;
};

static bool look_at(struct looking *looking, const struct frame *frame, Dwarf_Die *die,
                    const char *function)
{
    Dwarf_Die type;
    struct place place;
    uint64_t size;
    struct hzs_text name = {0};
    const char *own = dwarf_diename(die);
    if (own == NULL || !hzs_type_of(die, &type) || !hzs_size(&type, &size) ||
        !locate(frame, die, DW_AT_location, &place))
        return false;
    hzs_add(&name, "%s", own);
    if (looking->search == NULL) {
        if (!place.in_memory || looking->address - place.value >= size ||
            hzs_member(&type, looking->address - place.value, &name) == HZS_NOTHING)
            return false;
        *looking->name = name;
        looking->function = function;
        return true;
    }
    enum hzs_found before = looking->search->found;
    bool found = place.in_memory ? hzs_follow_at(looking->search, &type, place.value, &name)
                                 : size == sizeof place.value &&
                                       hzs_follow(looking->search, &type,
                                                  (unsigned char *)&place.value, size, &name);
    if (looking->search->found != before)
        looking->search->best_function = function;
    return found;
}

static bool look_in_scope(struct looking *looking, const struct frame *frame, Dwarf_Die *scope,
                          const char *function)
{
    Dwarf_Die die;
    if (dwarf_child(scope, &die) != 0)
        return false;
    do {
        int tag = dwarf_tag(&die);
        if ((tag == DW_TAG_variable || tag == DW_TAG_formal_parameter) &&
            look_at(looking, frame, &die, function))
            return true;
    } while (dwarf_siblingof(&die, &die) == 0);
    return false;
}

/* The function that a scope belongs to: one that was inlined there, or that of the frame. */
static const char *function_of(struct hzs_scopes *scopes, int i)
{
    for (; i < scopes->n; i++) {
        const char *name = dwarf_diename(&scopes->at[i]);
        if (dwarf_tag(&scopes->at[i]) != DW_TAG_lexical_block && name != NULL)
            return name;
    }
    return "a function";
}

static void find_base(struct frame *frame, struct hzs_scopes *scopes)
{
    struct place place;
    for (int i = 0; i < scopes->n && !frame->has_base; i++)
        if (dwarf_tag(&scopes->at[i]) == DW_TAG_subprogram &&
            locate(frame, &scopes->at[i], DW_AT_frame_base, &place)) {
            frame->base = place.value;
            frame->has_base = true;
        }
}

static bool look_in_frame(struct looking *looking, struct frame *frame, double end)
{
    struct hzs_module *module = hzs_module_at(frame->process, frame->raw->pc);
    Dwarf_Die *unit = module != NULL ? hzs_unit(module, frame->raw->pc, end) : NULL;
    if (unit == NULL)
        return false;
    frame->bias = module->bias;
    frame->pc = frame->raw->pc - module->bias;
    struct hzs_scopes scopes;
    bool found = false;
    hzs_scopes(module, unit, frame->raw->pc, &scopes);
    find_base(frame, &scopes);
    for (int i = 0; i < scopes.n && !found; i++)
        found = look_in_scope(looking, frame, &scopes.at[i], function_of(&scopes, i));
    return found;
}

static bool look(struct looking *looking, struct hzs_process *process,
                 const struct hzs_thread *thread, double end)
{
    for (size_t i = 0; i < thread->n && i < MOST_FRAMES && hz_worked() < end; i++) {
        struct frame frame = {.process = process, .raw = &thread->frames[i]};
        /* The frame's own end is where the stack of its caller begins. */
        if (i + 1 < thread->n && (thread->frames[i + 1].known >> HZS_SP & 1) != 0)
            frame.cfa = thread->frames[i + 1].registers[HZS_SP];
        if (look_in_frame(looking, &frame, end))
            return true;
    }
    return false;
}

bool hzs_local(struct hzs_process *process, const struct hzs_thread *thread, uint64_t address,
               double end, struct hzs_text *name, const char **function)
{
    struct looking looking = {.address = address, .name = name};
    if (!look(&looking, process, thread, end))
        return false;
    *function = looking.function;
    return true;
}

bool hzs_follow_locals(struct hzs_search *search, const struct hzs_thread *thread)
{
    struct looking looking = {.search = search};
    return look(&looking, search->process, thread, search->end);
}
