#include "report/picture_parts.h"

#include <math.h>
#include <string.h>

/* In units of the picture. */
enum {
    LEFT = 204, PLOT = 600, GAP = 16, BAR = 90, WIDTH = LEFT + PLOT + GAP + BAR + 84,
    TOP = 30, ROW = 34, BLOCK = 16, LINE = 4, BELOW = 58, MOST_ROWS = 32, TICKS = 5
};
#define LABEL 28 /* columns */
#define NARROWEST 0.5

struct canvas {
    FILE *out;
    const struct hz_timeline *timeline;
    size_t number, rows;
    const char *lock; /* that is waited for most, or NULL */
    unsigned long taken; /* by all that are there */
    double held;
    bool same_process;
};

static const char *unit(const struct canvas *canvas)
{
    return canvas->timeline->steps ? "steps" : "s";
}

/* How far the axis is numbered: of a schedule to its last step. */
static double last_tick(const struct canvas *canvas)
{
    return canvas->timeline->steps ? fmax(canvas->timeline->length - 1, 0)
                                   : canvas->timeline->length;
}

/* ---- in words -------------------------------------------------------------------------- */

/* "worker (tid 72)", or "worker (71/72)" where there are several processes. */
static void write_id(const struct canvas *canvas, size_t row)
{
    const struct hz_timeline_thread *thread = &canvas->timeline->threads.at[row];
    struct hz_arena arena;
    hz_arena_init(&arena);
    const char *id = thread->id;
    int pid, tid;
    if (canvas->same_process)
        id = strstr(id, "tid ");
    else if (sscanf(id, "pid %d tid %d", &pid, &tid) == 2)
        id = hz_printf(&arena, "%d/%d", pid, tid);
    hz_xml_cut(canvas->out,
               thread->name != NULL ? hz_printf(&arena, "%.80s (%.80s)", thread->name, id) : id,
               LABEL);
    hz_arena_free(&arena);
}

static bool same_process(const struct hz_timeline *timeline)
{
    for (size_t i = 0; i < timeline->threads.n; i++) {
        const char *id = timeline->threads.at[i].id, *first = timeline->threads.at[0].id;
        const char *tid = strstr(id, "tid ");
        if (strncmp(id, "pid ", 4) != 0 || tid == NULL ||
            strncmp(id, first, (size_t)(tid - id)) != 0)
            return false;
    }
    return true;
}

static double percent(double part, double whole)
{
    return whole > 0 ? 100 * part / whole : 0;
}

/* Of the times that it was taken, where those are known; else of the time that it was held. */
static double share_of(const struct canvas *canvas, const struct hz_share *share)
{
    return canvas->taken > 0 ? percent((double)share->taken, (double)canvas->taken)
                             : percent(share->held, canvas->held);
}

static void write_words(const struct canvas *canvas)
{
    const struct hz_timeline *timeline = canvas->timeline;
    fprintf(canvas->out, "<title id=\"hz-timeline-%zu-t\">Who holds and who waits, over ",
            canvas->number);
    fprintf(canvas->out, timeline->steps ? "%.0f" : "%.3g", last_tick(canvas));
    fprintf(canvas->out, " %s</title><desc id=\"hz-timeline-%zu-d\">", unit(canvas),
            canvas->number);
    for (size_t i = 0; i < canvas->rows; i++) {
        struct hz_share share = hz_timeline_share(timeline, i, canvas->lock);
        write_id(canvas, i);
        fputs(canvas->lock != NULL ? " holds " : " holds locks", canvas->out);
        hz_xml_cut(canvas->out, canvas->lock, LABEL);
        fprintf(canvas->out, " %.0f %% of the time and waits %.0f %%",
                percent(share.held, timeline->length), percent(share.waited, timeline->length));
        if (share.passed > 0)
            fprintf(canvas->out, ", passed over %lu times", share.passed);
        fputs("; ", canvas->out);
    }
    if (timeline->left_out > 0)
        fprintf(canvas->out, "%lu threads and changes are left out; ", timeline->left_out);
    if (canvas->rows < timeline->threads.n)
        fprintf(canvas->out, "%zu more threads", timeline->threads.n - canvas->rows);
    fputs("</desc>", canvas->out);
}

/* ---- shapes ---------------------------------------------------------------------------- */

static void write_patterns(const struct canvas *canvas)
{
    static const char *const lines[] = {"M0 5L5 0", "M0 5L5 0M0 0L5 5"};
    static const char names[] = {'w', 'p'};
    fputs("<defs>", canvas->out);
    for (int i = 0; i < 2; i++)
        fprintf(canvas->out, "<pattern id=\"hz-timeline-%zu-%c\" width=\"5\" height=\"5\" "
                             "patternUnits=\"userSpaceOnUse\"><path d=\"%s\" fill=\"none\" "
                             "stroke=\"currentColor\" stroke-width=\"%s\"/></pattern>",
                canvas->number, names[i], lines[i], i == 0 ? "0.8" : "1.3");
    fputs("</defs>", canvas->out);
}

static double x_of(const struct canvas *canvas, double at)
{
    return LEFT + PLOT * at / canvas->timeline->length;
}

static void write_block(FILE *out, double x, double width, double middle, int height)
{
    fprintf(out, "M%.1f %.1fh%.1fv%dh-%.1fz", x, middle - height / 2.0, width, height, width);
}

static int height_of(enum hz_state state)
{
    return state == HZ_STATE_RUNNING ? LINE : BLOCK;
}

static void write_fill(const struct canvas *canvas, enum hz_state state)
{
    fprintf(canvas->out, " class=\"hz-s-%s\"", hz_state_name(state));
    if (state == HZ_STATE_WAITING || state == HZ_STATE_PASSED)
        fprintf(canvas->out, " fill=\"url(#hz-timeline-%zu-%c)\" stroke=\"currentColor\" "
                             "stroke-width=\"0.5\"/>", canvas->number,
                state == HZ_STATE_WAITING ? 'w' : 'p');
    else
        fputs(" fill=\"currentColor\"/>", canvas->out);
}

/* All intervals of one thread and state as one path; what is next to each other is one block. */
static void write_state(const struct canvas *canvas, size_t row, enum hz_state state)
{
    const struct hz_timeline *timeline = canvas->timeline;
    double from = -1, to = -1, middle = TOP + ROW * (double)row + ROW / 2.0;
    bool any = false;
    for (size_t i = 0; i <= timeline->intervals.n; i++) {
        const struct hz_interval *interval =
            i < timeline->intervals.n ? &timeline->intervals.at[i] : NULL;
        if (interval != NULL && (interval->thread != row || interval->state != state))
            continue;
        double x = interval != NULL ? x_of(canvas, interval->from) : WIDTH;
        double end = interval != NULL ? x_of(canvas, interval->to) : WIDTH;
        if (from >= 0 && x <= to + 0.05) {
            to = fmax(to, end);
            continue;
        }
        if (from >= 0) {
            if (!any)
                fputs("<path d=\"", canvas->out);
            any = true;
            write_block(canvas->out, from, fmax(to - from, NARROWEST), middle, height_of(state));
        }
        from = x;
        to = end;
    }
    if (any) {
        fputc('"', canvas->out);
        write_fill(canvas, state);
    }
}

static void write_share(const struct canvas *canvas, size_t row)
{
    struct hz_share share = hz_timeline_share(canvas->timeline, row, canvas->lock);
    double part = share_of(canvas, &share), y = TOP + ROW * (double)row + 7;
    fprintf(canvas->out, "<rect x=\"%d\" y=\"%.0f\" width=\"%d\" height=\"10\" fill=\"none\" "
                         "stroke=\"currentColor\" stroke-width=\"0.5\"/>", LEFT + PLOT + GAP, y, BAR);
    fprintf(canvas->out, "<rect class=\"hz-share\" x=\"%d\" y=\"%.0f\" width=\"%.1f\" height=\"10\" "
                         "fill=\"currentColor\"/>", LEFT + PLOT + GAP, y, BAR * part / 100);
    fprintf(canvas->out, "<text x=\"%d\" y=\"%.0f\" fill=\"currentColor\" font-size=\"12\">%.0f %%"
                         "</text>", LEFT + PLOT + GAP + BAR + 6, y + 9, part);
    if (share.passed > 0)
        fprintf(canvas->out, "<text x=\"%d\" y=\"%.0f\" fill=\"currentColor\" font-size=\"11\">"
                             "passed over %lu times</text>", LEFT + PLOT + GAP, y + 22, share.passed);
}

static void write_row(const struct canvas *canvas, size_t row)
{
    fprintf(canvas->out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"currentColor\" "
                         "font-size=\"12\">", LEFT - 10, TOP + ROW * (int)row + ROW / 2 + 4);
    write_id(canvas, row);
    fputs("</text>", canvas->out);
    for (int state = 0; state < HZ_STATES; state++)
        write_state(canvas, row, (enum hz_state)state);
    if (canvas->lock != NULL)
        write_share(canvas, row);
}

/* ---- around them ------------------------------------------------------------------------ */

/* Decimals that tell one tick from the next. */
static int decimals(const struct canvas *canvas)
{
    if (canvas->timeline->steps || !(canvas->timeline->length > 0))
        return 0;
    return (int)fmin(fmax(ceil(-log10(canvas->timeline->length / TICKS)) + 1, 0), 9);
}

static void write_axis(const struct canvas *canvas)
{
    int y = TOP + ROW * (int)canvas->rows + 4;
    for (int i = 0; i <= TICKS; i++) {
        double at = last_tick(canvas) * i / TICKS;
        at = canvas->timeline->steps ? floor(at) : at;
        fprintf(canvas->out, "<path d=\"M%.1f %dV%d\" stroke=\"currentColor\" stroke-width=\"0.5\"/>"
                             "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" font-size=\"11\" "
                             "fill=\"currentColor\">%.*f %s</text>", x_of(canvas, at), TOP, y,
                x_of(canvas, at), y + 12, decimals(canvas), at,
                i == TICKS ? unit(canvas) : "");
    }
}

static void write_legend(const struct canvas *canvas)
{
    const char *const words[HZ_STATES] = {canvas->timeline->steps ? "runs" : "not at a lock",
                                          "holds a lock", "waits", "waits, others got it"};
    double y = TOP + ROW * (double)canvas->rows + 38, x = LEFT;
    for (int state = 0; state < HZ_STATES; state++, x += 150) {
        fputs("<path d=\"", canvas->out);
        write_block(canvas->out, x, 24, y, height_of((enum hz_state)state));
        fputc('"', canvas->out);
        write_fill(canvas, (enum hz_state)state);
        fprintf(canvas->out, "<text x=\"%.0f\" y=\"%.0f\" font-size=\"12\" fill=\"currentColor\">%s"
                             "</text>", x + 30, y + 4, words[state]);
    }
}

static void write_head(const struct canvas *canvas)
{
    if (canvas->lock == NULL)
        return;
    fprintf(canvas->out, "<text x=\"%d\" y=\"%d\" font-size=\"12\" fill=\"currentColor\">share of ",
            LEFT + PLOT + GAP, TOP - 12);
    hz_xml_cut(canvas->out, canvas->lock, 15);
    fputs("</text>", canvas->out);
}

void hz_picture_timeline(FILE *out, const struct hz_timeline *timeline, size_t number)
{
    if (timeline->intervals.n == 0 || !(timeline->length > 0))
        return;
    size_t n = timeline->threads.n;
    struct canvas canvas = {.out = out, .timeline = timeline, .number = number,
                            .rows = n < MOST_ROWS ? n : MOST_ROWS,
                            .lock = hz_timeline_contested(timeline),
                            .same_process = same_process(timeline)};
    for (size_t i = 0; i < n; i++) {
        struct hz_share share = hz_timeline_share(timeline, i, canvas.lock);
        canvas.taken += share.taken;
        canvas.held += share.held;
    }
    int height = TOP + ROW * (int)canvas.rows + BELOW;
    fprintf(out, "<svg class=\"hz-timeline\" role=\"img\" aria-labelledby=\"hz-timeline-%zu-t\" "
                 "aria-describedby=\"hz-timeline-%zu-d\" width=\"%d\" height=\"%d\" "
                 "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\">", number, number, WIDTH, height,
            WIDTH, height);
    write_words(&canvas);
    write_patterns(&canvas);
    write_head(&canvas);
    for (size_t i = 0; i < canvas.rows; i++)
        write_row(&canvas, i);
    write_axis(&canvas);
    write_legend(&canvas);
    if (canvas.rows < n)
        fprintf(out, "<text x=\"10\" y=\"%d\" font-size=\"12\" fill=\"currentColor\">… %zu more "
                     "threads</text>", height - 16, n - canvas.rows);
    fputs("</svg>\n", out);
}
