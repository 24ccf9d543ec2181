#include "explorer/columns.h"

#include "explorer/tell.h"

enum { NUMBER = 5, GAP = 2, NARROWEST = 20, COLUMNS_MOST = 8 };

struct layout {
    const struct hz_paper *paper;
    const struct hzx_shared *shared;
    struct hzx_lines *lines;
    struct hz_arena arena;
    unsigned columns; /* 0: too many threads for columns; the thread's name stands first */
    int width;        /* of a column */
};

static void cell(struct layout *layout, unsigned thread, const char *text, enum hz_ink ink)
{
    FILE *file = layout->paper->file;
    const char *visible = hz_visible(&layout->arena, text, false);
    if (layout->columns == 0) {
        fprintf(file, "T%-3u ", thread);
        hz_inked(layout->paper, ink, "%s\n",
                 hz_cut(&layout->arena, visible, layout->paper->width - NUMBER - 6));
        return;
    }
    fprintf(file, "%*s", (int)thread * (layout->width + GAP), "");
    hz_inked(layout->paper, ink, "%s\n", hz_cut(&layout->arena, visible, layout->width));
}

static void row(struct layout *layout, uint32_t number, const struct hzx_event *event,
                bool new_line)
{
    struct hz_frame frame = hzx_lines_frame(&layout->arena, layout->lines, event->pc);
    const char *source = frame.line > 0
        ? hzx_lines_text(&layout->arena, layout->lines, frame.file, frame.line) : NULL;
    if (new_line && source != NULL) {
        fprintf(layout->paper->file, "%*s", NUMBER, "");
        cell(layout, event->thread, hz_printf(&layout->arena, "%d %s", frame.line, source),
             HZ_BOLD);
    }
    fprintf(layout->paper->file, "%*u ", NUMBER - 1, number);
    cell(layout, event->thread, hz_printf(&layout->arena, "  %s", hzx_event_text(&layout->arena, layout->lines, event)),
         event->kind == HZX_READ || event->kind == HZX_WRITE ? HZ_PLAIN : HZ_CYAN);
}

static void head(struct layout *layout)
{
    fprintf(layout->paper->file, "%*s", NUMBER, "");
    for (unsigned i = 0; i < layout->columns; i++)
        hz_inked(layout->paper, HZ_BOLD, "%-*s", layout->width + GAP,
                 hz_printf(&layout->arena, "T%u%s", i, i == 0 ? " (main)" : ""));
    fputc('\n', layout->paper->file);
}

static void ending(struct layout *layout)
{
    const struct hzx_outcome *outcome = &layout->shared->outcome;
    const char *text = hzx_ending_text(&layout->arena, outcome);
    if (text == NULL)
        return;
    struct hz_frame frame = hzx_lines_frame(&layout->arena, layout->lines, outcome->pc);
    hz_inked(layout->paper, HZ_RED, "%*s%s", NUMBER, "",
             hz_visible(&layout->arena, text, false));
    if (frame.line > 0 && !hzx_end_of_all(outcome->end))
        fprintf(layout->paper->file, " (line %d)", frame.line);
    fputc('\n', layout->paper->file);
}

void hzx_columns(const struct hz_paper *paper, const struct hzx_shared *shared,
                 struct hzx_lines *lines, uint32_t first, uint32_t last)
{
    struct layout layout = {.paper = paper, .shared = shared, .lines = lines};
    hz_arena_init(&layout.arena);
    unsigned threads = 1;
    for (uint32_t i = 0; i < shared->events_n; i++)
        if (shared->events[i].thread + 1u > threads)
            threads = shared->events[i].thread + 1u;
    layout.width = (paper->width - NUMBER) / (int)threads - GAP;
    if (threads <= COLUMNS_MOST && layout.width >= NARROWEST) {
        layout.columns = threads;
        head(&layout);
    }
    const struct hzx_event *before = NULL;
    uint64_t line_before = 0;
    for (uint32_t i = 0; i < shared->events_n; i++) {
        const struct hzx_event *event = &shared->events[i];
        struct hz_frame frame = hzx_lines_frame(&layout.arena, lines, event->pc);
        bool new_line = before == NULL || before->thread != event->thread ||
                        line_before != (uint64_t)frame.line;
        if (i + 1 >= first && (last == 0 || i + 1 <= last))
            row(&layout, i + 1, event, new_line);
        before = event;
        line_before = (uint64_t)frame.line;
    }
    if (last == 0 || last >= shared->events_n)
        ending(&layout);
    hz_arena_free(&layout.arena);
}
