#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

void hz_progress_begin(struct hz_progress *progress, size_t total)
{
    *progress = (struct hz_progress){.live = isatty(STDERR_FILENO) != 0,
                                     .total = total,
                                     .begun = hz_now()};
}

static void clear(struct hz_progress *progress)
{
    if (progress->shown)
        fputs("\r\033[K", stderr);
    progress->shown = false;
}

void hz_progress_show(struct hz_progress *progress, size_t done, size_t running)
{
    if (!progress->live)
        return;
    clear(progress);
    fprintf(stderr, "[%zu/%zu] %zu running", done, progress->total, running);
    if (done >= 5) {
        double left = (hz_now() - progress->begun) / (double)done *
                      (double)(progress->total - done);
        fprintf(stderr, ", about %d:%02d left", (int)left / 60, (int)left % 60);
    }
    fflush(stderr);
    progress->shown = true;
}

void hz_progress_line(struct hz_progress *progress, bool important, const char *format, ...)
{
    if (progress->live && !important)
        return;
    clear(progress);
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

void hz_progress_end(struct hz_progress *progress)
{
    clear(progress);
}
