#include "judge/judge.h"

#include <string.h>

static const char *const verdict_names[HZ_VERDICTS] = {
    [HZ_CAUGHT] = "caught", [HZ_MISPLACED] = "misplaced",     [HZ_MISSED] = "missed",
    [HZ_CLEAN] = "clean",   [HZ_FALSE_ALARM] = "false-alarm", [HZ_FAILED] = "failed",
    [HZ_BROKEN] = "broken", [HZ_WENT_WRONG] = "went-wrong",   [HZ_CAME_RIGHT] = "came-right",
};

const char *hz_verdict_name(enum hz_verdict verdict)
{
    return verdict_names[verdict];
}

bool hz_verdict_parse(const char *name, enum hz_verdict *out)
{
    for (int i = 0; i < HZ_VERDICTS; i++) {
        if (strcmp(name, verdict_names[i]) == 0) {
            *out = (enum hz_verdict)i;
            return true;
        }
    }
    return false;
}

/* The marked line that a frame is at, or 0. */
static int frame_hits(const struct hz_source *source, const struct hz_frame *frame)
{
    if (!hz_source_is(source, frame->file))
        return 0;
    const struct hz_marker *marker = hz_source_marker(source, frame->line);
    return marker != NULL ? marker->line : 0;
}

static int party_hits(const struct hz_source *source, const struct hz_party *party)
{
    int line = 0;
    for (size_t i = 0; line == 0 && i < party->stack.n; i++)
        line = frame_hits(source, &party->stack.at[i]);
    for (size_t i = 0; line == 0 && i < party->holds.n; i++)
        line = frame_hits(source, &party->holds.at[i].taken_at);
    return line != 0 ? line : frame_hits(source, &party->waits_for.taken_at);
}

static int finding_hits(const struct hz_source *source, const struct hz_finding *finding)
{
    int line = 0;
    for (size_t i = 0; line == 0 && i < finding->parties.n; i++)
        line = party_hits(source, &finding->parties.at[i]);
    return line;
}

/* Whether a finding of that class names this pair's hazard. */
static bool names_hazard(const struct hz_pair *pair, enum hz_class class)
{
    return class == pair->class || (class == HZ_MISUSE && pair->also_misuse);
}

static struct hz_judgement judge_buggy(const struct hz_pair *pair, const hz_findings *findings)
{
    struct hz_judgement judgement = {HZ_MISSED, -1, 0};
    for (size_t i = 0; i < findings->n; i++) {
        if (!names_hazard(pair, findings->at[i].class))
            continue;
        int line = finding_hits(&pair->source[HZ_BUGGY], &findings->at[i]);
        if (line != 0)
            return (struct hz_judgement){HZ_CAUGHT, (int)i, line};
        if (judgement.verdict == HZ_MISSED)
            judgement = (struct hz_judgement){HZ_MISPLACED, (int)i, 0};
    }
    return judgement;
}

static struct hz_judgement judge_fixed(const struct hz_facts *facts)
{
    if (facts->wrong)
        return (struct hz_judgement){HZ_FAILED, -1, 0};
    if (facts->findings->n != 0)
        return (struct hz_judgement){HZ_FALSE_ALARM, 0, 0};
    return (struct hz_judgement){HZ_CLEAN, -1, 0};
}

static enum hz_verdict judge_bare(enum hz_variant variant, bool wrong)
{
    if (variant == HZ_FIXED)
        return wrong ? HZ_FAILED : HZ_CLEAN;
    return wrong ? HZ_WENT_WRONG : HZ_CAME_RIGHT;
}

struct hz_judgement hz_judge_run(const struct hz_pair *pair, enum hz_variant variant, bool bare,
                                 const struct hz_facts *facts)
{
    static const hz_findings none;
    struct hz_facts known = *facts;
    if (known.findings == NULL)
        known.findings = &none;
    if (known.broken)
        return (struct hz_judgement){HZ_BROKEN, -1, 0};
    if (bare)
        return (struct hz_judgement){judge_bare(variant, known.wrong), -1, 0};
    return variant == HZ_BUGGY ? judge_buggy(pair, known.findings) : judge_fixed(&known);
}
