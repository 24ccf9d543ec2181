/* A finding as a SARIF result: its locations, stacks, thread flows and graph. */
#include "report/sarif_parts.h"

#include <stdio.h>
#include <string.h>

struct result {
    struct hz_arena *arena;
    const struct hz_finding *finding;
    const char *root;
};

/* ---- text --------------------------------------------------------------------------- */

/* "{0}" would be an argument, "[a](b)" a link. */
json_t *hz_sarif_message(struct hz_arena *arena, const char *text)
{
    text = text != NULL ? text : "";
    char *literal = hz_alloc(arena, 2 * strlen(text) + 1), *end = literal;
    for (; *text != '\0'; text++) {
        *end++ = *text;
        if (*text == '{' || *text == '}')
            *end++ = *text;
        else if (text[0] == ']' && text[1] == '(')
            *end++ = ' ';
    }
    return json_pack("{s:o}", "text", hz_json_text(literal));
}

/* "T2 "worker": write of 4 bytes", or as much of it as is known. */
static const char *party_text(struct hz_arena *arena, const struct hz_party *party)
{
    const char *name = party->name != NULL ? hz_printf(arena, " \"%s\"", party->name) : "";
    return hz_printf(arena, "%s%s%s%s", party->id != NULL ? party->id : "a thread", name,
                     party->role != NULL ? ": " : "", party->role != NULL ? party->role : "");
}

/* "mutex left" */
static const char *thing_text(struct hz_arena *arena, const struct hz_thing *thing)
{
    bool both = thing->kind != NULL && thing->name != NULL;
    return hz_printf(arena, "%s%s%s", thing->kind != NULL ? thing->kind : "", both ? " " : "",
                     thing->name != NULL ? thing->name : "");
}

/* ---- files -------------------------------------------------------------------------- */

/* Without "." and, where that needs no look at the disk, without "..". */
static const char *plain_path(struct hz_arena *arena, const char *path)
{
    HZ_VEC(const char *) kept = {0};
    bool absolute = *path == '/';
    char *rest, *copy = hz_dup(arena, path);
    for (char *part = strtok_r(copy, "/", &rest); part; part = strtok_r(NULL, "/", &rest)) {
        bool up = strcmp(part, "..") == 0;
        bool at_top = kept.n == 0 || strcmp(kept.at[kept.n - 1], "..") == 0;
        if (up && !at_top)
            kept.n--;
        else if (strcmp(part, ".") != 0 && !(up && absolute)) /* "/.." is "/" */
            *hz_push(arena, &kept) = part;
    }
    char *out = hz_alloc(arena, strlen(path) + 1), *end = stpcpy(out, absolute ? "/" : "");
    for (size_t i = 0; i < kept.n; i++)
        end = stpcpy(stpcpy(end, i != 0 ? "/" : ""), kept.at[i]);
    return out;
}

static bool unreserved(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || strchr("-._~/", byte) != NULL;
}

/* A path as RFC 3986 has it: all else is %XX, the colon too, which would end a scheme. */
static const char *escaped(struct hz_arena *arena, const char *path)
{
    char *out = hz_alloc(arena, 3 * strlen(path) + 1), *end = out;
    for (; *path != '\0'; path++) {
        if (unreserved(*path))
            *end++ = *path;
        else
            end += sprintf(end, "%%%02X", (unsigned char)*path);
    }
    return out;
}

const char *hz_sarif_uri(struct hz_arena *arena, const char *folder)
{
    const char *path = escaped(arena, plain_path(arena, folder));
    return hz_printf(arena, "file://%s%s", path, strcmp(path, "/") == 0 ? "" : "/");
}

static json_t *artifact(const struct result *result, const char *file)
{
    const char *path = plain_path(result->arena, file);
    const char *root = result->root != NULL ? plain_path(result->arena, result->root) : "";
    size_t length = strlen(root);
    if (length != 0 && strncmp(path, root, length) == 0 && path[length] == '/')
        path += length + 1;
    if (*path == '/')
        return json_pack("{s:s}", "uri",
                         hz_printf(result->arena, "file://%s", escaped(result->arena, path)));
    return json_pack("{s:s, s:s}", "uri", escaped(result->arena, path), "uriBaseId", "SRCROOT");
}

/* ---- places ------------------------------------------------------------------------- */

static bool has_line(const struct hz_frame *frame)
{
    return frame->file != NULL && frame->line > 0;
}

static json_t *location(const struct result *result, const struct hz_frame *frame,
                        const char *message)
{
    json_t *object = json_object();
    if (has_line(frame))
        json_object_set_new(object, "physicalLocation",
                            json_pack("{s:o, s:{s:i}}", "artifactLocation",
                                      artifact(result, frame->file), "region", "startLine",
                                      frame->line));
    if (frame->function != NULL)
        json_object_set_new(object, "logicalLocations",
                            json_pack("[{s:o, s:s}]", "fullyQualifiedName",
                                      hz_json_text(frame->function), "kind", "function"));
    if (message != NULL)
        json_object_set_new(object, "message", hz_sarif_message(result->arena, message));
    return object;
}

/* Where the first party was that has a place: there the result is shown. */
static size_t primary_of(const struct hz_finding *finding)
{
    size_t i = 0;
    while (i < finding->parties.n && hz_party_place(&finding->parties.at[i]) == NULL)
        i++;
    return i;
}

static json_t *locations(const struct result *result, size_t primary)
{
    const struct hz_finding *finding = result->finding;
    json_t *list = json_array();
    if (primary == finding->parties.n)
        return list;
    const struct hz_party *party = &finding->parties.at[primary];
    json_array_append_new(list, location(result, hz_party_place(party), party->role));
    return list;
}

static void relate(const struct result *result, json_t *list, const struct hz_frame *frame,
                   const char *message)
{
    json_t *object = location(result, frame, message);
    json_object_set_new(object, "id", json_integer((json_int_t)json_array_size(list) + 1));
    json_array_append_new(list, object);
}

/* Where the other parties were, and where all took what they hold. */
static json_t *related(const struct result *result, size_t primary)
{
    const struct hz_finding *finding = result->finding;
    json_t *list = json_array();
    for (size_t i = 0; i < finding->parties.n; i++) {
        const struct hz_party *party = &finding->parties.at[i];
        const struct hz_frame *place = hz_party_place(party);
        const char *text = party_text(result->arena, party);
        if (i != primary && place != NULL)
            relate(result, list, place, text);
        for (size_t k = 0; k < party->holds.n; k++) {
            const struct hz_thing *held = &party->holds.at[k];
            if (has_line(&held->taken_at))
                relate(result, list, &held->taken_at,
                       hz_printf(result->arena, "%s took %s here, and holds it",
                                 party->id != NULL ? party->id : "a thread",
                                 thing_text(result->arena, held)));
        }
    }
    return list;
}

/* ---- threads ------------------------------------------------------------------------ */

static json_t *stack(const struct result *result, const struct hz_party *party)
{
    json_t *frames = json_array();
    for (size_t i = 0; i < party->stack.n; i++) {
        const struct hz_frame *frame = &party->stack.at[i];
        json_t *object = json_pack("{s:o}", "location", location(result, frame, NULL));
        if (frame->module != NULL)
            json_object_set_new(object, "module", hz_json_text(frame->module));
        json_array_append_new(frames, object);
    }
    return json_pack("{s:o, s:o}", "message",
                     hz_sarif_message(result->arena, party_text(result->arena, party)), "frames",
                     frames);
}

/* From the outermost call to the innermost, as they were made; of calls that have a line. */
static json_t *thread_flow(const struct result *result, size_t number)
{
    const struct hz_party *party = &result->finding->parties.at[number];
    json_t *steps = json_array();
    for (size_t i = party->stack.n; i-- > 0;) {
        const struct hz_frame *frame = &party->stack.at[i];
        bool innermost = frame == hz_party_place(party);
        if (!has_line(frame))
            continue;
        const char *text = innermost ? party_text(result->arena, party)
                                     : hz_printf(result->arena, "in %s",
                                                 frame->function != NULL ? frame->function : "?");
        json_array_append_new(steps, json_pack("{s:o, s:i, s:s}", "location",
                                               location(result, frame, text), "nestingLevel",
                                               (int)json_array_size(steps), "importance",
                                               innermost ? "essential" : "important"));
    }
    if (json_array_size(steps) == 0) {
        json_decref(steps);
        return NULL;
    }
    return json_pack("{s:s, s:o, s:o}", "id", hz_printf(result->arena, "t%zu", number), "message",
                     hz_sarif_message(result->arena, party_text(result->arena, party)), "locations",
                     steps);
}

static void put_threads(const struct result *result, json_t *object)
{
    json_t *flows = json_array(), *stacks = json_array();
    for (size_t i = 0; i < result->finding->parties.n; i++) {
        json_array_append_new(stacks, stack(result, &result->finding->parties.at[i]));
        json_t *flow = thread_flow(result, i);
        if (flow != NULL)
            json_array_append_new(flows, flow);
    }
    if (json_array_size(stacks) != 0)
        json_object_set(object, "stacks", stacks);
    if (json_array_size(flows) != 0)
        json_object_set_new(object, "codeFlows", json_pack("[{s:O}]", "threadFlows", flows));
    json_decref(flows);
    json_decref(stacks);
}

/* ---- who waits for whom --------------------------------------------------------------- */

static json_t *node(const struct result *result, size_t number)
{
    const struct hz_party *party = &result->finding->parties.at[number];
    const struct hz_frame *place = hz_party_place(party);
    json_t *object =
        json_pack("{s:s, s:o}", "id", hz_printf(result->arena, "t%zu", number), "label",
                  hz_sarif_message(result->arena, party_text(result->arena, party)));
    if (place != NULL)
        json_object_set_new(object, "location", location(result, place, NULL));
    return object;
}

static void put_graph(const struct result *result, json_t *object)
{
    const struct hz_finding *finding = result->finding;
    json_t *nodes = json_array(), *edges = json_array();
    for (size_t i = 0; i < finding->parties.n; i++) {
        const struct hz_party *party = &finding->parties.at[i];
        json_array_append_new(nodes, node(result, i));
        for (size_t k = 0; k < party->waits_on.n; k++)
            json_array_append_new(
                edges,
                json_pack(
                    "{s:s, s:s, s:s, s:o}", "id",
                    hz_printf(result->arena, "e%zu", json_array_size(edges)), "sourceNodeId",
                    hz_printf(result->arena, "t%zu", i), "targetNodeId",
                    hz_printf(result->arena, "t%zu", party->waits_on.at[k]), "label",
                    hz_sarif_message(result->arena, thing_text(result->arena, &party->waits_for))));
    }
    if (json_array_size(edges) != 0)
        json_object_set_new(object, "graphs",
                            json_pack("[{s:{s:s}, s:O, s:O}]", "description", "text",
                                      "who waits for whom", "nodes", nodes, "edges", edges));
    json_decref(nodes);
    json_decref(edges);
}

json_t *hz_sarif_result(struct hz_arena *arena, const struct hz_finding *finding, const char *root)
{
    const struct result result = {arena, finding, root};
    size_t primary = primary_of(finding);
    json_t *object = json_pack("{s:s, s:o, s:o, s:o, s:{s:o}}", "level",
                               finding->sure == HZ_CERTAIN ? "error" : "warning", "message",
                               hz_sarif_message(arena, finding->summary), "locations",
                               locations(&result, primary), "relatedLocations",
                               related(&result, primary), "partialFingerprints", "hazmat/v1",
                               hz_json_text(hz_finding_print(arena, finding, HZ_BY_LINES)));
    put_threads(&result, object);
    put_graph(&result, object);
    return object;
}
