#include "cli/watch.h"

#include "report/dot.h"
#include "report/events.h"
#include "report/live.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- writing for people ---------------------------------------------------------- */

/*
 * Writes so much at a time as a pipe that is ready takes without blocking, and
 * gives up on one that takes nothing for a while, from then on at once: watching and --on-deadlock
 * go on whether anybody reads or not. The program may have made its standard error non-blocking,
 * which is ours too.
 */
static void write_out(struct hz_watch *watch, const char *text, size_t n)
{
    enum { CHUNK = 4096 /* PIPE_BUF */, PATIENCE = 2000 /* ms */ };
    while (n != 0) {
        struct pollfd ready = {.fd = watch->report, .events = POLLOUT};
        int polled = poll(&ready, 1, watch->unread ? 0 : PATIENCE);
        watch->unread = polled == 0;
        if (polled == 0 || (polled < 0 && errno != EINTR))
            return;
        ssize_t written = write(watch->report, text, n < CHUNK ? n : CHUNK);
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            return;
        text += written > 0 ? written : 0;
        n -= written > 0 ? (size_t)written : 0;
    }
}

bool hz_watch_open_page(const struct hz_watch *watch, struct hz_page *page)
{
    *page = (struct hz_page){.paper = watch->paper};
    page->paper.file = open_memstream(&page->text, &page->n);
    return page->paper.file != NULL;
}

void hz_watch_send_page(struct hz_watch *watch, struct hz_page *page)
{
    if (fclose(page->paper.file) == 0)
        write_out(watch, page->text, page->n);
    free(page->text);
}

static void line(struct hz_watch *watch, enum hz_ink ink, const char *format, va_list args)
{
    struct hz_page page;
    if (!hz_watch_open_page(watch, &page))
        return;
    char *text = hz_vprintf(watch->arena, format, args);
    hz_ink(&page.paper, ink);
    hz_folded(&page.paper, 0,
              hz_printf(watch->arena, "hazmat watch: %s", hz_visible(watch->arena, text, false)));
    hz_ink(&page.paper, HZ_PLAIN);
    hz_watch_send_page(watch, &page);
}

void hz_watch_note(struct hz_watch *watch, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!watch->settings->quiet)
        line(watch, HZ_DIM, format, args);
    va_end(args);
}

void hz_watch_line(struct hz_watch *watch, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    line(watch, HZ_BOLD, format, args);
    va_end(args);
}

/* ---- the stream and the graph ------------------------------------------------------ */

void hz_watch_event(struct hz_watch *watch, json_t *object)
{
    if (watch->stream >= 0 && !watch->failed &&
        !hz_events_append(watch->stream, object, &watch->error))
        watch->failed = true;
    json_decref(object);
}

static void write_event(struct hz_watch *watch, const struct hz_finding *finding, size_t number)
{
    if (watch->stream >= 0)
        hz_watch_event(watch, hz_early_to_json(watch->program, "watchdog", number, finding));
}

bool hz_watch_graph(struct hz_watch *watch)
{
    const char *path = watch->settings->dot;
    FILE *file = path != NULL ? fopen(path, "we") : NULL;
    if (path == NULL)
        return true;
    bool fine = file != NULL;
    if (fine) {
        hz_dot_write(file, hzw_findings(watch->monitor), watch->root);
        fine = !ferror(file);
        fine &= fclose(file) == 0;
    }
    if (!fine && !watch->failed) {
        hz_fail(&watch->error, "%s: %s", path, strerror(errno));
        watch->failed = true;
    }
    return fine;
}

/* ---- findings ------------------------------------------------------------------------ */

/* The headline goes out by itself: it is there while the rest is being put together. */
static void tell(struct hz_watch *watch, const struct hz_finding *finding)
{
    struct hz_page page;
    if (hz_watch_open_page(watch, &page)) {
        hz_live_headline(&page.paper, finding);
        hz_watch_send_page(watch, &page);
    }
    if (hz_watch_open_page(watch, &page)) {
        hz_live_details(&page.paper, finding, watch->root);
        fputc('\n', page.paper.file);
        hz_watch_send_page(watch, &page);
    }
}

static void tell_certain(struct hz_watch *watch, const struct hz_finding *finding)
{
    struct hz_page page;
    if (!hz_watch_open_page(watch, &page))
        return;
    fputs("certain by now:\n", page.paper.file);
    hz_live_headline(&page.paper, finding);
    fputc('\n', page.paper.file);
    hz_watch_send_page(watch, &page);
}

/* Each process once. */
static void abort_processes(const struct hz_finding *finding)
{
    for (size_t i = 0; i < finding->parties.n; i++) {
        int pid, before, tid;
        bool done = sscanf(finding->parties.at[i].id, "pid %d tid %d", &pid, &tid) != 2;
        for (size_t k = 0; k < i; k++)
            done |= sscanf(finding->parties.at[k].id, "pid %d", &before) == 1 && before == pid;
        if (!done)
            kill(pid, SIGABRT);
    }
}

/*
 * Seconds between a deadlock and the end of the program: another one that closed at the
 * same time is to be told as well.
 */
#define LAST_WORDS 0.02

/* True if all is to be ended. */
static bool act_on(struct hz_watch *watch, const struct hz_finding *finding)
{
    if (!hz_live_hangs(finding) || finding->sure != HZ_CERTAIN)
        return false;
    if (watch->on_deadlock == HZ_ON_ABORT)
        abort_processes(finding);
    return watch->on_deadlock == HZ_ON_KILL;
}

bool hz_watch_findings(struct hz_watch *watch)
{
    const hz_findings *findings = hzw_findings(watch->monitor);
    bool drawn = true;
    for (size_t i = 0; i < findings->n; i++) {
        const struct hz_finding *finding = &findings->at[i];
        bool fresh = i >= watch->told.n;
        if (!fresh && watch->told.at[i] == finding->sure)
            continue;
        if (fresh)
            *hz_push(watch->arena, &watch->told) = finding->sure;
        watch->told.at[i] = finding->sure;
        write_event(watch, finding, i);
        if (fresh)
            tell(watch, finding);
        else
            tell_certain(watch, finding);
        drawn &= !hz_live_hangs(finding);
        if (act_on(watch, finding) && watch->end_at == 0)
            watch->end_at = hz_now() + LAST_WORDS;
    }
    if (!drawn)
        hz_watch_graph(watch);
    bool end = watch->end_at != 0 && hz_now() >= watch->end_at;
    watch->ended |= end;
    return end;
}
