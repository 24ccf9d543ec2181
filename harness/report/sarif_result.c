/* A finding as a SARIF result: its locations, and the graph of who waits for whom. */
#include "report/sarif_parts.h"

/* "mutex left" */
static const char *thing_text(struct hz_arena *arena, const struct hz_thing *thing)
{
    bool both = thing->kind != NULL && thing->name != NULL;
    return hz_printf(arena, "%s%s%s", thing->kind != NULL ? thing->kind : "", both ? " " : "",
                     thing->name != NULL ? thing->name : "");
}

/* ---- where it is shown ---------------------------------------------------------------- */

/* The last step in one's own sources of the thread that went wrong; NULL if there is none. */
static const struct hz_frame *last_step(struct hz_sarif *sarif, const hz_steps *steps)
{
    const struct hz_step *end = &steps->at[steps->n - 1];
    for (const struct hz_step *step = end; step >= steps->at; step--) {
        if (step->thread != end->thread || step->file == NULL || step->line == 0 ||
            hz_sarif_path(sarif, step->file) == NULL)
            continue;
        struct hz_frame *frame = hz_alloc(sarif->arena, sizeof *frame);
        *frame = (struct hz_frame){step->function, step->file, step->line, NULL, 0};
        return frame;
    }
    return NULL;
}

/* The first party in one's own sources; else the first that has a place at all. */
static size_t primary_of(const struct hz_sarif_case *shown)
{
    size_t n = shown->finding->parties.n, placed = n;
    for (size_t i = 0; i < n; i++) {
        if (shown->places[i] == NULL)
            continue;
        if (hz_sarif_path(shown->sarif, shown->places[i]->file) != NULL)
            return i;
        if (placed == n)
            placed = i;
    }
    return placed;
}

void hz_sarif_case(struct hz_sarif *sarif, const struct hz_run *run,
                   const struct hz_finding *finding, struct hz_sarif_case *out)
{
    size_t n = finding->parties.n;
    bool has_steps = run->steps.n != 0 && finding == run->findings.at;
    *out = (struct hz_sarif_case){.sarif = sarif, .run = run, .finding = finding};
    out->steps = has_steps ? &run->steps : NULL;
    out->places = hz_alloc(sarif->arena, n * sizeof *out->places);
    for (size_t i = 0; i < n; i++)
        out->places[i] = hz_sarif_party_place(sarif, &finding->parties.at[i]);
    if (has_steps && n != 0 && out->places[0] == NULL)
        out->places[0] = last_step(sarif, out->steps);
    out->primary = primary_of(out);
}

static json_t *locations(const struct hz_sarif_case *shown)
{
    if (shown->primary == shown->finding->parties.n)
        return json_pack("[o]", hz_sarif_program_location(shown));
    return json_pack("[o]", hz_sarif_location(shown->sarif, shown->places[shown->primary],
                                              shown->finding->parties.at[shown->primary].role));
}

static void relate(const struct hz_sarif_case *shown, json_t *list, const struct hz_frame *frame,
                   const char *message)
{
    if (frame == NULL || !hz_sarif_placed(shown->sarif, frame))
        return;
    json_t *object = hz_sarif_location(shown->sarif, frame, message);
    json_object_set_new(object, "id", json_integer((json_int_t)json_array_size(list) + 1));
    json_array_append_new(list, object);
}

/* Where the other parties were, and where all took what they hold. */
static json_t *related(const struct hz_sarif_case *shown)
{
    struct hz_arena *arena = shown->sarif->arena;
    json_t *list = json_array();
    for (size_t i = 0; i < shown->finding->parties.n; i++) {
        const struct hz_party *party = &shown->finding->parties.at[i];
        if (i != shown->primary)
            relate(shown, list, shown->places[i], hz_sarif_party_text(arena, party));
        for (size_t k = 0; k < party->holds.n; k++) {
            const struct hz_thing *held = &party->holds.at[k];
            relate(shown, list, &held->taken_at,
                   hz_printf(arena, "%s took %s here, and holds it",
                             party->id != NULL ? party->id : "a thread", thing_text(arena, held)));
        }
    }
    return list;
}

/* ---- who waits for whom --------------------------------------------------------------- */

static json_t *node(const struct hz_sarif_case *shown, size_t number)
{
    struct hz_arena *arena = shown->sarif->arena;
    const char *text = hz_sarif_party_text(arena, &shown->finding->parties.at[number]);
    json_t *object = json_pack("{s:s, s:o}", "id", hz_printf(arena, "t%zu", number), "label",
                               hz_sarif_message(arena, text));
    if (shown->places[number] != NULL)
        json_object_set_new(object, "location",
                            hz_sarif_location(shown->sarif, shown->places[number], NULL));
    return object;
}

static void put_edges(const struct hz_sarif_case *shown, size_t number, json_t *edges)
{
    struct hz_arena *arena = shown->sarif->arena;
    const struct hz_party *party = &shown->finding->parties.at[number];
    for (size_t i = 0; i < party->waits_on.n; i++)
        json_array_append_new(
            edges, json_pack("{s:s, s:s, s:s, s:o}", "id",
                             hz_printf(arena, "e%zu", json_array_size(edges)), "sourceNodeId",
                             hz_printf(arena, "t%zu", number), "targetNodeId",
                             hz_printf(arena, "t%zu", party->waits_on.at[i]), "label",
                             hz_sarif_message(arena, thing_text(arena, &party->waits_for))));
}

static void put_graph(const struct hz_sarif_case *shown, json_t *result)
{
    json_t *nodes = json_array(), *edges = json_array();
    for (size_t i = 0; i < shown->finding->parties.n; i++) {
        json_array_append_new(nodes, node(shown, i));
        put_edges(shown, i, edges);
    }
    if (json_array_size(edges) != 0)
        json_object_set_new(result, "graphs",
                            json_pack("[{s:{s:s}, s:O, s:O}]", "description", "text",
                                      "who waits for whom", "nodes", nodes, "edges", edges));
    json_decref(nodes);
    json_decref(edges);
}

json_t *hz_sarif_result(const struct hz_sarif_case *shown)
{
    const struct hz_finding *finding = shown->finding;
    json_t *object =
        json_pack("{s:s, s:o, s:o, s:o, s:{s:o}}", "level",
                  finding->sure == HZ_CERTAIN ? "error" : "warning", "message",
                  hz_sarif_message(shown->sarif->arena,
                                   hz_sarif_headline(shown->sarif->arena, finding->summary)),
                  "locations", locations(shown), "relatedLocations", related(shown),
                  "partialFingerprints", "hazmat/v2", hz_json_text(hz_sarif_print(shown)));
    hz_sarif_put_threads(shown, object);
    put_graph(shown, object);
    return object;
}
