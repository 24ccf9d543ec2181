/* Hazards of the corpus, which are there on purpose. */
#include "report/sarif_parts.h"

#include <string.h>

/* The marked line that the finding hits, whatever its class: the marker speaks of the line. */
static const struct hz_marker *marker_of(const struct hz_pair *pair,
                                         const struct hz_finding *finding)
{
    struct hz_finding as_seeded = *finding;
    as_seeded.class = pair->class;
    const hz_findings alone = {&as_seeded, 1, 1};
    struct hz_judgement judgement =
        hz_judge_run(pair, HZ_BUGGY, false, &(struct hz_facts){.findings = &alone});
    return judgement.line > 0 ? hz_source_marker(&pair->source[HZ_BUGGY], judgement.line) : NULL;
}

/* The marked line that another finding of its class hits in the same run. */
static const struct hz_marker *marker_beside(const struct hz_pair *pair, const struct hz_run *run,
                                             const struct hz_finding *finding)
{
    const struct hz_marker *marker = NULL;
    for (size_t i = 0; i < run->findings.n && marker == NULL; i++)
        if (run->findings.at[i].class == finding->class)
            marker = marker_of(pair, &run->findings.at[i]);
    return marker;
}

static json_t *suppression(const struct hz_sarif *sarif, const struct hz_pair *pair,
                           const struct hz_marker *marker, bool at_it)
{
    const char *how = at_it ? "at a line that is marked as its hazard"
                            : "at no marked line, but the same run has a finding of this class at "
                              "one";
    const struct hz_frame line = {.file = pair->source[HZ_BUGGY].path, .line = marker->line};
    return json_pack(
        "{s:s, s:s, s:o, s:o}", "kind", "inSource", "status", "accepted", "justification",
        hz_json_text(hz_printf(sarif->arena, "%s: %s: %s", pair->id, how, marker->text)),
        "location", hz_sarif_location(sarif, &line, NULL));
}

void hz_sarif_seed(const struct hz_sarif *sarif, const struct hz_run *run,
                   const struct hz_finding *finding, json_t *result)
{
    json_t *known = json_object_get(result, "suppressions");
    if (sarif->catalog == NULL || json_array_size(known) != 0)
        return;
    if (known == NULL)
        json_object_set_new(result, "suppressions", json_array());
    const struct hz_pair *pair = hz_catalog_pair(sarif->catalog, run->pair);
    if (pair == NULL || !run->judged || run->variant != HZ_BUGGY)
        return;
    const struct hz_marker *at_it = marker_of(pair, finding);
    const struct hz_marker *marker = at_it != NULL ? at_it : marker_beside(pair, run, finding);
    if (marker != NULL)
        json_array_append_new(json_object_get(result, "suppressions"),
                              suppression(sarif, pair, marker, at_it != NULL));
    const char *seeded = at_it != NULL ? "marked" : marker != NULL ? "beside" : "unmarked";
    json_object_set_new(json_object_get(result, "properties"), "hazard", json_string(seeded));
}

unsigned hz_sarif_unseeded(const json_t *results)
{
    unsigned n = 0;
    size_t i;
    json_t *result;
    json_array_foreach(results, i, result)
    {
        const char *hazard =
            json_string_value(json_object_get(json_object_get(result, "properties"), "hazard"));
        n += hazard != NULL && strcmp(hazard, "unmarked") == 0;
    }
    return n;
}
