/* What `--stats` shows: the locks, for people and for the stream. */
#include "cli/watch.h"

#include "finding/finding.h"
#include "report/live.h"

#include <stdlib.h>

/* What people are shown; the stream has all. */
enum { MOST_LOCKS = 20, MOST_SHARES = 4 };

/* ---- words ------------------------------------------------------------------------- */

/* "1,204,331" */
static const char *count_text(struct hz_arena *arena, uint64_t n)
{
    const char *text = hz_printf(arena, "%03u", (unsigned)(n % 1000));
    if (n < 1000)
        return hz_printf(arena, "%u", (unsigned)n);
    return hz_printf(arena, "%s,%s", count_text(arena, n / 1000), text);
}

static const char *place_text(struct hz_watch *watch, const struct hz_frame *frame)
{
    const char *place = hz_live_place(watch->arena, frame, watch->root);
    return frame->function != NULL ? hz_printf(watch->arena, "%s %s", place, frame->function)
                                   : place;
}

static const char *spread_text(struct hz_arena *arena, const char *what,
                               const struct hzw_spread *spread)
{
    return hz_printf(arena, "%s: median %s, 99 %% %s, longest %s, together %s", what,
                     hz_time_text(arena, spread->median), hz_time_text(arena, spread->p99),
                     hz_time_text(arena, spread->most), hz_time_text(arena, spread->total));
}

/* ---- people ------------------------------------------------------------------------- */

static const char *counts_text(struct hz_arena *arena, const struct hzw_lock_measures *lock)
{
    bool condition = lock->kind == HZW_COND;
    const char *text = hz_printf(arena, "%s %s time%s", condition ? "waited for" : "taken",
                                 count_text(arena, lock->taken), lock->taken == 1 ? "" : "s");
    uint64_t ended = lock->wait.n - lock->waiting;
    if (!condition && lock->taken != 0)
        text = hz_printf(arena, "%s, %s after a wait (%.1f %%)", text, count_text(arena, ended),
                         100.0 * (double)ended / (double)lock->taken);
    if (lock->refused != 0)
        text = hz_printf(arena, "%s; %s %s failed", text, count_text(arena, lock->refused),
                         lock->refused == 1 ? "try" : "tries");
    if (lock->waiting != 0)
        text = hz_printf(arena, "%s; %u still wait%s", text, lock->waiting,
                         lock->waiting == 1 ? "s" : "");
    return text;
}

static const char *shares_text(struct hz_arena *arena, const struct hzw_lock_report *report)
{
    const struct hzw_lock_measures *lock = &report->measures;
    size_t n = lock->shares.n;
    const char *text = n == 1 ? "1 thread" : hz_printf(arena, "%zu threads", n);
    if (n > 1 && lock->taken != 0)
        text = hz_printf(arena, "%s, fairness %.2f", text, lock->fairness);
    for (size_t i = 0; i < n && i < MOST_SHARES && lock->taken != 0; i++)
        text = hz_printf(arena, "%s%s tid %u %s %.1f %%", text, i == 0 ? ":" : ",",
                         (unsigned)(lock->shares.at[i].owner >> 32), report->routines.at[i],
                         100.0 * (double)lock->shares.at[i].taken / (double)lock->taken);
    return n > MOST_SHARES && lock->taken != 0
               ? hz_printf(arena, "%s and %zu more", text, n - MOST_SHARES)
               : text;
}

static void fold(struct hz_watch *watch, struct hz_paper *paper, int indent, const char *text)
{
    hz_folded(paper, indent, hz_visible(watch->arena, text, false));
}

static void tell_lock(struct hz_watch *watch, struct hz_paper *paper,
                      const struct hzw_lock_report *report)
{
    struct hz_arena *arena = watch->arena;
    const struct hzw_lock_measures *lock = &report->measures;
    hz_ink(paper, HZ_BOLD);
    fold(watch, paper, 2,
         hz_printf(arena, "%s %s, first %s at %s", report->label.kind, report->label.name,
                   lock->kind == HZW_COND ? "waited for" : "taken",
                   place_text(watch, &report->label.first)));
    hz_ink(paper, HZ_PLAIN);
    fold(watch, paper, 4, counts_text(arena, lock));
    if (lock->wait.n != 0)
        fold(watch, paper, 4, spread_text(arena, "waits", &lock->wait));
    if (lock->hold.n != 0)
        fold(watch, paper, 4, spread_text(arena, "holds", &lock->hold));
    fold(watch, paper, 4, shares_text(arena, report));
}

static int by_wait(const void *a, const void *b)
{
    const struct hzw_lock_measures *left = &((const struct hzw_lock_report *)a)->measures;
    const struct hzw_lock_measures *right = &((const struct hzw_lock_report *)b)->measures;
    if (left->wait.total != right->wait.total)
        return left->wait.total < right->wait.total ? 1 : -1;
    if (left->taken != right->taken)
        return left->taken < right->taken ? 1 : -1;
    return (left->place > right->place) - (left->place < right->place);
}

static void tell_locks(struct hz_watch *watch, struct hz_paper *paper,
                       const hzw_lock_reports *locks)
{
    fputc('\n', paper->file);
    if (locks->n == 0) {
        hz_folded(paper, 0,
                  "hazmat watch: no lock was used (or the program is linked statically, "
                  "and nothing could be loaded into it)");
        return;
    }
    hz_folded(paper, 0,
              "locks, those first that were waited for longest in all; holds are "
              "sampled, waits are measured all");
    for (size_t i = 0; i < locks->n && i < MOST_LOCKS; i++)
        tell_lock(watch, paper, &locks->at[i]);
    if (locks->n > MOST_LOCKS)
        hz_folded(paper, 2,
                  hz_printf(watch->arena, "and %zu more: --json FILE has all of them",
                            locks->n - MOST_LOCKS));
    uint64_t lost = hzw_unmeasured(watch->monitor);
    if (lost != 0)
        hz_folded(paper, 2,
                  hz_printf(watch->arena,
                            "and more than %d locks, for which there is no room: %s "
                            "times taken or waited for",
                            HZW_STAT_LOCKS, count_text(watch->arena, lost)));
}

static void tell_left_out(struct hz_watch *watch, struct hz_paper *paper)
{
    struct hzw_left_out left_out[HZW_LEFT_OUT];
    size_t n = hzw_left_out(watch->monitor, left_out);
    if (n != 0)
        hz_folded(paper, 0, "left out, as there was no room or no time for it:");
    for (size_t i = 0; i < n; i++)
        hz_folded(paper, 2,
                  hz_printf(watch->arena, "%s: %s", left_out[i].text,
                            count_text(watch->arena, left_out[i].n)));
}

/* ---- the stream ----------------------------------------------------------------------- */

static json_t *spread_json(const struct hzw_spread *spread)
{
    return json_pack("{s:I, s:f, s:f, s:f, s:f}", "n", (json_int_t)spread->n, "seconds",
                     spread->total, "median", spread->median, "p99", spread->p99, "longest",
                     spread->most);
}

static json_t *lock_json(const struct hzw_lock_report *report)
{
    const struct hzw_lock_measures *lock = &report->measures;
    json_t *threads = json_array();
    for (size_t i = 0; i < lock->shares.n; i++)
        json_array_append_new(threads, json_pack("{s:i, s:i, s:o, s:I}", "pid",
                                                 (int)(uint32_t)lock->shares.at[i].owner, "tid",
                                                 (int)(lock->shares.at[i].owner >> 32), "routine",
                                                 hz_json_text(report->routines.at[i]), "taken",
                                                 (json_int_t)lock->shares.at[i].taken));
    json_t *object =
        json_pack("{s:s, s:o, s:i, s:I, s:I, s:i, s:f, s:o, s:o, s:o}", "kind", report->label.kind,
                  "name", hz_json_text(report->label.name), "pid", (int)(uint32_t)lock->owner,
                  "taken", (json_int_t)lock->taken, "refused", (json_int_t)lock->refused, "waiting",
                  (int)lock->waiting, "fairness", lock->fairness, "waits", spread_json(&lock->wait),
                  "holds", spread_json(&lock->hold), "threads", threads);
    json_object_set_new(object, "first", hz_frame_to_json(&report->label.first));
    return object;
}

static json_t *left_out_json(const struct hz_watch *watch)
{
    struct hzw_left_out left_out[HZW_LEFT_OUT];
    size_t n = hzw_left_out(watch->monitor, left_out);
    json_t *object = json_object();
    for (size_t i = 0; i < n; i++)
        json_object_set_new(object, left_out[i].key, json_integer((json_int_t)left_out[i].n));
    return object;
}

/* ---- both ------------------------------------------------------------------------------ */

void hz_watch_stats(struct hz_watch *watch)
{
    if (!watch->settings->watch.measure)
        return;
    hzw_lock_reports locks = {0};
    hzw_measured(watch->monitor, watch->arena, &locks);
    if (locks.n != 0)
        qsort(locks.at, locks.n, sizeof *locks.at, by_wait);
    struct hz_page page;
    if (hz_watch_open_page(watch, &page)) {
        tell_locks(watch, &page.paper, &locks);
        tell_left_out(watch, &page.paper);
        hz_watch_send_page(watch, &page);
    }
    json_t *list = json_array();
    for (size_t i = 0; i < locks.n; i++)
        json_array_append_new(list, lock_json(&locks.at[i]));
    hz_watch_event(watch, json_pack("{s:s, s:o, s:I, s:o, s:o}", "type", "locks", "pair",
                                    hz_json_text(watch->program), "unmeasured",
                                    (json_int_t)hzw_unmeasured(watch->monitor), "left_out",
                                    left_out_json(watch), "locks", list));
}
