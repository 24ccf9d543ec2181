#include "cli/results.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A new folder named by the time; another one in the same second gets a number. */
static bool make_stamp(struct hz_arena *arena, const char *parent, const char **stamp,
                       struct hz_error *error)
{
    char now[32];
    time_t seconds = time(NULL);
    struct tm local;
    strftime(now, sizeof now, "%Y%m%d-%H%M%S", localtime_r(&seconds, &local));
    for (unsigned i = 1; i < 1000; ++i) {
        *stamp = i == 1 ? hz_dup(arena, now) : hz_printf(arena, "%s-%u", now, i);
        if (mkdir(hz_printf(arena, "%s/%s", parent, *stamp), 0777) == 0)
            return true;
        if (errno != EEXIST)
            break;
    }
    return hz_fail(error, "%s/%s: %s; choose another folder with --results DIR", parent, *stamp,
                   strerror(errno));
}

/* By way of a rename, so that there is a link at all times. */
static void link_latest(struct hz_arena *arena, const char *parent, const char *stamp)
{
    const char *link = hz_printf(arena, "%s/latest", parent);
    const char *fresh = hz_printf(arena, "%s/.latest-%s", parent, stamp);
    if (symlink(stamp, fresh) == 0 && rename(fresh, link) != 0)
        unlink(fresh);
}

bool hz_results_open(struct hz_arena *arena, const char *parent, struct hz_results *out,
                     struct hz_error *error)
{
    struct hz_error why;
    if (!hz_make_folders(parent, &why))
        return hz_fail(error, "%s; choose another folder with --results DIR", why.text);
    /* Absolute: tools write into it late, and programs change their folder. */
    char *absolute = realpath(parent, NULL);
    if (absolute == NULL)
        return hz_fail(error, "%s: %s", parent, strerror(errno));
    parent = hz_dup(arena, absolute);
    free(absolute);
    const char *stamp;
    if (!make_stamp(arena, parent, &stamp, error))
        return false;
    out->folder = hz_printf(arena, "%s/%s", parent, stamp);
    out->events = hz_printf(arena, "%s/events.jsonl", out->folder);
    out->fd = open(out->events, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (out->fd < 0)
        return hz_fail(error, "%s: %s", out->events, strerror(errno));
    link_latest(arena, parent, stamp);
    return true;
}

void hz_results_close(struct hz_results *results)
{
    if (results->fd >= 0)
        close(results->fd);
    results->fd = -1;
}

const char *hz_results_latest(struct hz_arena *arena, const char *parent)
{
    return hz_printf(arena, "%s/latest/events.jsonl", parent);
}
