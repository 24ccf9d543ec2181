/* What the tests of the readers of Helgrind and DRD share. */
#ifndef VALGRIND_HELP_H
#define VALGRIND_HELP_H

#include "detectors/valgrind_xml.h"
#include "reader_help.h"

static const struct hz_outcome well = {.end = HZ_END_EXITED};
static const struct hz_outcome stopped = {.end = HZ_END_STOPPED};

static struct hz_error error;

static inline hz_findings read_ok(const struct hz_detector *detector, const char *folder,
                                  const struct hz_outcome *outcome)
{
    hz_findings findings = {0};
    struct hz_raw raw = captured(hz_printf(&arena, "valgrind-3.19.0/%s", folder), outcome);
    ck_assert_msg(detector->read(&arena, &raw, &findings, &error), "%s", error.text);
    for (size_t i = 0; i < findings.n; i++)
        ck_assert_str_eq(findings.at[i].detector, detector->name);
    return findings;
}

static inline bool read_bytes(struct hz_bytes bytes, const struct hz_outcome *outcome,
                              hz_findings *findings)
{
    struct hz_raw raw = {.outcome = outcome};
    add_file(&raw, "helgrind.7.xml", bytes);
    return hz_helgrind.read(&arena, &raw, findings, &error);
}

#endif
