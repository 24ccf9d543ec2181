/* A comparison for programs. */
#include "report/compare.h"

#include <math.h>

static void put_line(FILE *out, json_t *object)
{
    json_dumpf(object, out, JSON_COMPACT | JSON_ENSURE_ASCII);
    fputc('\n', out);
    json_decref(object);
}

static json_t *cell(const struct hz_matrix_cell *cell)
{
    json_t *verdicts = json_object();
    for (int i = 0; i < HZ_VERDICTS; i++)
        if (cell->cell.of[i] != 0)
            json_object_set_new(verdicts, hz_verdict_name((enum hz_verdict)i),
                                json_integer(cell->cell.of[i]));
    json_t *object = json_pack("{s:i, s:o}", "runs", (int)cell->cell.runs, "verdicts", verdicts);
    if (cell->cell.runs != 0 && isfinite(cell->seconds))
        json_object_set_new(object, "seconds", json_real(cell->seconds));
    if (cell->surprise != NULL)
        json_object_set_new(object, "surprise", hz_json_text(cell->surprise));
    return object;
}

static json_t *cell_change(const struct hz_cell_change *change)
{
    return json_pack("{s:s, s:s, s:o, s:s, s:o, s:o, s:o}", "type", "cell", "change",
                     hz_change_name(change->change), "pair", hz_json_text(change->pair), "variant",
                     hz_variant_name(change->variant), "detector", hz_json_text(change->detector),
                     "old", cell(change->old), "now", cell(change->now));
}

static json_t *sighting(struct hz_sighting sighting)
{
    return json_pack("{s:i, s:i}", "seen", (int)sighting.seen, "runs", (int)sighting.runs);
}

static json_t *finding_change(const struct hz_finding_change *change)
{
    json_t *detectors = json_array();
    for (size_t i = 0; i < change->detectors.n; i++)
        json_array_append_new(detectors, hz_json_text(change->detectors.at[i]));
    return json_pack("{s:s, s:s, s:b, s:o, s:o, s:o, s:o}", "type", "finding", "change",
                     hz_change_name(change->change), "chance", change->chance, "detectors",
                     detectors, "old", sighting(change->old), "now", sighting(change->now),
                     "finding", hz_finding_to_json(change->finding));
}

static json_t *setting_change(const struct hz_setting_change *change)
{
    return json_pack("{s:s, s:o, s:o, s:o}", "type", "setting", "what", hz_json_text(change->what),
                     "old", hz_json_text(change->old), "now", hz_json_text(change->now));
}

void hz_compare_write(FILE *out, const struct hz_comparison *comparison)
{
    put_line(out,
             json_pack("{s:s, s:i, s:i, s:b}", "type", "comparison", "version", HZ_EVENTS_VERSION,
                       "compared", (int)comparison->compared, "worse", comparison->worse));
    for (size_t i = 0; i < comparison->settings.n; i++)
        put_line(out, setting_change(&comparison->settings.at[i]));
    for (size_t i = 0; i < comparison->cells.n; i++)
        put_line(out, cell_change(&comparison->cells.at[i]));
    for (size_t i = 0; i < comparison->times.n; i++)
        put_line(out, json_pack("{s:s, s:o, s:f, s:i}", "type", "time", "detector",
                                hz_json_text(comparison->times.at[i].detector), "ratio",
                                comparison->times.at[i].ratio, "cells",
                                (int)comparison->times.at[i].cells));
    for (size_t i = 0; i < comparison->findings.n; i++)
        put_line(out, finding_change(&comparison->findings.at[i]));
}
