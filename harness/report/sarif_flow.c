/* The threads of a result: their calls, and the order of their steps. */
#include "report/sarif_parts.h"

#include <limits.h>

#define MOST_STEPS 1000 /* in a code flow; half of them at its begin, half at its end */

/* ---- calls -------------------------------------------------------------------------- */

static json_t *stack(const struct hz_sarif_case *shown, const struct hz_party *party)
{
    struct hz_arena *arena = shown->sarif->arena;
    json_t *frames = json_array();
    for (size_t i = 0; i < party->stack.n; i++) {
        const struct hz_frame *frame = &party->stack.at[i];
        json_t *object =
            json_pack("{s:o}", "location", hz_sarif_location(shown->sarif, frame, NULL));
        if (frame->module != NULL)
            json_object_set_new(object, "module", hz_json_text(frame->module));
        json_array_append_new(frames, object);
    }
    return json_pack("{s:o, s:o}", "message",
                     hz_sarif_message(arena, hz_sarif_party_text(arena, party)), "frames", frames);
}

/* Each once: the explorer has a thread as often as it was kept from going on. */
static void put_stack(const struct hz_sarif_case *shown, const struct hz_party *party,
                      json_t *stacks)
{
    json_t *object = stack(shown, party), *other;
    size_t i;
    bool known = false;
    json_array_foreach(stacks, i, other) known = known || json_equal(object, other);
    if (!known)
        json_array_append(stacks, object);
    json_decref(object);
}

/* From the outermost call to the innermost, as they were made; of calls that have a place. */
static json_t *calls(const struct hz_sarif_case *shown, size_t number)
{
    struct hz_arena *arena = shown->sarif->arena;
    const struct hz_party *party = &shown->finding->parties.at[number];
    json_t *steps = json_array();
    for (size_t i = party->stack.n; i-- > 0;) {
        const struct hz_frame *frame = &party->stack.at[i];
        bool here = frame == shown->places[number];
        if (!hz_sarif_placed(shown->sarif, frame))
            continue;
        const char *text =
            here ? hz_sarif_party_text(arena, party)
                 : hz_printf(arena, "in %s", frame->function != NULL ? frame->function : "?");
        json_array_append_new(steps, json_pack("{s:o, s:i, s:s}", "location",
                                               hz_sarif_location(shown->sarif, frame, text),
                                               "nestingLevel", (int)json_array_size(steps),
                                               "importance", here ? "essential" : "important"));
    }
    if (json_array_size(steps) == 0) {
        json_decref(steps);
        return NULL;
    }
    return json_pack("{s:s, s:o, s:o}", "id", hz_printf(arena, "t%zu", number), "message",
                     hz_sarif_message(arena, hz_sarif_party_text(arena, party)), "locations",
                     steps);
}

/* ---- steps -------------------------------------------------------------------------- */

/* Of the schedule: a step, or what stands between two of them. */
struct row {
    const struct hz_step *step;
    struct hz_frame frame;
    json_int_t order; /* steps may have equal numbers, or none */
    enum { SHOWN, NOWHERE, CUT } is;
};

struct schedule {
    const struct hz_sarif *sarif;
    HZ_VEC(struct row) rows;
    size_t placed;                   /* so many of them have a place */
    unsigned long long cut, nowhere; /* what is left out: in the middle, without a place */
};

/* Where it goes wrong is where the result is shown. */
static void see_all(struct schedule *schedule, const struct hz_sarif_case *shown)
{
    json_int_t order = 0;
    for (size_t i = 0; i < shown->steps->n; i++) {
        const struct hz_step *step = &shown->steps->at[i];
        struct hz_frame frame = {step->function, step->file, step->line, NULL, 0};
        order += 1 + (json_int_t)step->left_out;
        if (step->wrong && !hz_sarif_placed(shown->sarif, &frame) &&
            shown->primary < shown->finding->parties.n)
            frame = *shown->places[shown->primary];
        bool placed = hz_sarif_placed(shown->sarif, &frame);
        schedule->placed += placed;
        schedule->nowhere += !placed;
        *hz_push(shown->sarif->arena, &schedule->rows) =
            (struct row){step, frame, order, placed ? SHOWN : NOWHERE};
    }
}

static void cut_middle(struct schedule *schedule)
{
    size_t placed = 0;
    for (size_t i = 0; i < schedule->rows.n; i++) {
        struct row *row = &schedule->rows.at[i];
        if (row->is != SHOWN)
            continue;
        placed++;
        if (placed > MOST_STEPS / 2 && placed + MOST_STEPS / 2 <= schedule->placed)
            row->is = CUT;
    }
}

/* By the numbers of the steps around, as the page has it; where those do not tell it, the rows. */
static void count_cut(struct schedule *schedule)
{
    unsigned long long rows = 0, last = 0; /* missing since the step of that number */
    for (size_t i = 0; i < schedule->rows.n; i++) {
        const struct row *row = &schedule->rows.at[i];
        unsigned number = row->step->number;
        rows += row->step->left_out + (row->is == CUT);
        if (row->is == CUT || number == 0)
            continue;
        if (rows != 0)
            schedule->cut += number > last + 1 ? number - last - 1 : rows;
        last = number;
        rows = 0;
    }
    schedule->cut += rows;
}

static json_t *kinds(const struct hz_step *step)
{
    if (step->wrong)
        return json_pack("[s]", "danger");
    if (step->act == HZ_ACT_TAKES)
        return json_pack("[s, s]", "acquire", "lock");
    if (step->act == HZ_ACT_LETS_GO)
        return json_pack("[s, s]", "release", "lock");
    return json_array();
}

static json_t *place_of(const struct schedule *schedule, const struct row *row)
{
    const struct hz_step *step = row->step;
    bool turns = step->wrong || step->act == HZ_ACT_OTHERS || step->act == HZ_ACT_WAITS;
    const char *text = step->number == 0 ? step->what
                                         : hz_printf(schedule->sarif->arena, "step %u: %s",
                                                     step->number, step->what);
    return json_pack("{s:o, s:I, s:s, s:o}", "location",
                     hz_sarif_location(schedule->sarif, &row->frame, text), "executionOrder",
                     row->order, "importance", turns ? "essential" : "important", "kinds",
                     kinds(step));
}

static json_t *steps_of(const struct schedule *schedule, unsigned thread)
{
    struct hz_arena *arena = schedule->sarif->arena;
    const char *id = hz_printf(arena, "T%u", thread);
    json_t *places = json_array();
    for (size_t i = 0; i < schedule->rows.n; i++) {
        const struct row *row = &schedule->rows.at[i];
        if (row->is == SHOWN && row->step->thread == thread)
            json_array_append_new(places, place_of(schedule, row));
    }
    return json_pack("{s:s, s:o, s:o}", "id", id, "message",
                     hz_sarif_message(arena, thread == 0 ? "T0, the main thread" : id), "locations",
                     places);
}

/* The lowest number of a thread that is shown, from `from` on. */
static bool next_thread(const struct schedule *schedule, unsigned from, unsigned *out)
{
    unsigned lowest = UINT_MAX;
    for (size_t i = 0; i < schedule->rows.n; i++) {
        const struct row *row = &schedule->rows.at[i];
        unsigned thread = row->step->thread;
        if (row->is == SHOWN && thread >= from && thread < lowest)
            lowest = thread;
    }
    *out = lowest;
    return lowest != UINT_MAX;
}

static const char *about(const struct schedule *schedule)
{
    struct hz_arena *arena = schedule->sarif->arena;
    const char *cut =
        schedule->cut != 0 ? hz_printf(arena, "%llu in the middle", schedule->cut) : "";
    const char *nowhere =
        schedule->nowhere != 0
            ? hz_printf(arena, "%llu without a place in a source file", schedule->nowhere)
            : "";
    bool any = *cut != '\0' || *nowhere != '\0', both = *cut != '\0' && *nowhere != '\0';
    return hz_printf(arena, "The order in which the threads ran, by executionOrder.%s%s%s%s%s",
                     any ? " Left out: " : "", cut, both ? ", " : "", nowhere, any ? "." : "");
}

/* A thread flow for each thread; NULL if no step has a place. */
static json_t *order_of(const struct hz_sarif_case *shown)
{
    struct schedule schedule = {.sarif = shown->sarif};
    json_t *flows = json_array();
    see_all(&schedule, shown);
    cut_middle(&schedule);
    count_cut(&schedule);
    for (unsigned thread = 0; next_thread(&schedule, thread, &thread); thread++)
        json_array_append_new(flows, steps_of(&schedule, thread));
    if (json_array_size(flows) == 0) {
        json_decref(flows);
        return NULL;
    }
    return json_pack("{s:o, s:o}", "message",
                     hz_sarif_message(shown->sarif->arena, about(&schedule)), "threadFlows", flows);
}

/* ---- both --------------------------------------------------------------------------- */

void hz_sarif_put_threads(const struct hz_sarif_case *shown, json_t *result)
{
    json_t *flows = json_array(), *stacks = json_array(), *code = json_array();
    json_t *order = shown->steps != NULL ? order_of(shown) : NULL;
    for (size_t i = 0; i < shown->finding->parties.n; i++) {
        put_stack(shown, &shown->finding->parties.at[i], stacks);
        json_t *flow = calls(shown, i);
        if (flow != NULL)
            json_array_append_new(flows, flow);
    }
    if (order != NULL) /* first: a viewer begins there */
        json_array_append_new(code, order);
    if (json_array_size(flows) != 0)
        json_array_append_new(code, json_pack("{s:O}", "threadFlows", flows));
    if (json_array_size(stacks) != 0)
        json_object_set(result, "stacks", stacks);
    if (json_array_size(code) != 0)
        json_object_set(result, "codeFlows", code);
    json_decref(flows);
    json_decref(stacks);
    json_decref(code);
}
