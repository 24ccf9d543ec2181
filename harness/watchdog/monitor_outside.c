/*
 * A pipe, a file or shared memory may lead out of the tree. Asking every process there
 * is takes milliseconds, so that is done only before something is reported, and the
 * answer is kept for a while.
 */
#include "watchdog/monitor_parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEPT_SECONDS 1.0

/* Whose descriptors may not be read may have a pipe that the tree was started with. */
static bool started_with(const struct hzw_view *view, ino_t inode)
{
    for (size_t i = 0; i < view->processes.n; i++) {
        const struct hzw_process *process = &view->processes.at[i];
        if (hzw_view_process(view, process->parent) != NULL)
            continue;
        for (int fd = 0; fd <= 2; fd++) {
            char path[64];
            struct stat about;
            snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)process->alive, fd);
            if (stat(path, &about) == 0 && about.st_ino == inode)
                return true;
        }
    }
    return false;
}

static bool has_end(struct hzw_view *view, pid_t pid, ino_t inode, bool writes)
{
    hzt_pipe_ends ends = {0};
    if (!hzt_pipes(view->arena, pid, &ends))
        return errno == EACCES && started_with(view, inode);
    for (size_t i = 0; i < ends.n; i++)
        if (ends.at[i].inode == inode && (writes ? ends.at[i].writes : ends.at[i].reads))
            return true;
    return false;
}

static bool takes_part(struct hzw_view *view, pid_t pid, enum hzw_what what,
                       const struct hzt_mapping *file)
{
    switch (what) {
    case HZW_WAITS_PIPE_READ:
        return has_end(view, pid, file->inode, true);
    case HZW_WAITS_PIPE_WRITE:
        return has_end(view, pid, file->inode, false);
    case HZW_WAITS_FILE_LOCK:
        return hzt_has_open(pid, file->inode);
    default:
        return hzt_maps(pid, file);
    }
}

static bool anybody_takes_part(struct hzw_view *view, enum hzw_what what,
                               const struct hzt_mapping *file)
{
    hzt_pids all = {0};
    hzt_processes(view->arena, &all);
    for (size_t i = 0; i < all.n; i++)
        if (all.at[i] != getpid() && all.at[i] != view->root &&
            hzw_view_process(view, all.at[i]) == NULL && takes_part(view, all.at[i], what, file))
            return true;
    return false;
}

/* By what file somebody outside could reach what thread `i` waits for; false if by none. */
static bool way_out(const struct hzw_view *view, size_t i, struct hzt_mapping *file)
{
    const struct hzt_thread *thread = &view->threads.at[i];
    const struct hzw_waiting *waiting = &view->waits[i];
    *file = (struct hzt_mapping){.inode = waiting->object};
    switch (waiting->what) {
    case HZW_WAITS_PIPE_READ:
    case HZW_WAITS_PIPE_WRITE:
    case HZW_WAITS_FILE_LOCK:
        return true;
    case HZW_WAITS_NOT:
    case HZW_WAITS_SPIN:
    case HZW_WAITS_JOIN:
    case HZW_WAITS_FIFO:
    case HZW_WAITS_CHILD:
        return false;
    default:
        /* That a known owner acts, or can act no more, is nobody else's business. */
        return !waiting->definite && (thread->shared || waiting->moved) &&
               hzt_mapping(thread->tid, thread->address, file) && file->shared;
    }
}

static struct hzw_answer *known_answer(struct hzw_monitor *monitor, enum hzw_what what,
                                       uint64_t device, uint64_t inode, double now)
{
    for (size_t i = 0; i < HZW_ANSWERS; i++) {
        struct hzw_answer *answer = &monitor->answers[i];
        if (answer->what == what && answer->device == device && answer->inode == inode &&
            now < answer->until)
            return answer;
    }
    return NULL;
}

static bool keep_answer(struct hzw_monitor *monitor, enum hzw_what what, uint64_t device,
                        uint64_t inode, bool outside, double now)
{
    monitor->answers[monitor->next_answer++ % HZW_ANSWERS] =
        (struct hzw_answer){what, device, inode, outside, now + KEPT_SECONDS};
    return outside;
}

/* A descriptor for the other end may be in a socket, on its way to anybody. */
static bool is_in_flight(const struct hzw_view *view, enum hzw_what what)
{
    if (what != HZW_WAITS_PIPE_READ && what != HZW_WAITS_PIPE_WRITE)
        return false;
    for (size_t i = 0; i < view->processes.n; i++)
        if (hzt_in_flight(view->processes.at[i].alive))
            return true;
    return false;
}

/*
 * Memory in a file that has a name, and of the tree only the waiter's process has it:
 * then it waits for a program that is yet to open the file.
 */
static bool awaits_company(const struct hzw_view *view, size_t i, const struct hzt_mapping *file)
{
    static const char gone[] = " (deleted)";
    size_t length = strlen(file->path), tail = sizeof gone - 1;
    if (file->path[0] != '/' || (length >= tail && strcmp(file->path + length - tail, gone) == 0))
        return false;
    for (size_t k = 0; k < view->processes.n; k++)
        if (view->processes.at[k].pid != view->threads.at[i].pid &&
            hzt_maps(view->processes.at[k].alive, file))
            return false;
    return true;
}

static bool files_lead_out(struct hzw_monitor *monitor, struct hzw_view *view, size_t i, double now)
{
    struct hzt_mapping file;
    if (!way_out(view, i, &file))
        return false;
    enum hzw_what what = view->waits[i].what;
    const struct hzw_answer *known = known_answer(monitor, what, file.device, file.inode, now);
    if (known != NULL)
        return known->outside;
    bool outside = anybody_takes_part(view, what, &file) || is_in_flight(view, what) ||
                   awaits_company(view, i, &file);
    return keep_answer(monitor, what, file.device, file.inode, outside, now);
}

/* A signal ends neither the wait for a lock with an owner nor that for a thread's end. */
static bool signals_lead_out(struct hzw_monitor *monitor, const struct hzw_view *view, size_t i,
                             double now)
{
    pid_t pid = view->threads.at[i].pid;
    const struct hzw_waiting *waiting = &view->waits[i];
    bool has_owner = waiting->what == HZW_WAITS_MUTEX || waiting->what == HZW_WAITS_RWLOCK ||
                     waiting->what == HZW_WAITS_SPIN || waiting->what == HZW_WAITS_JOIN;
    if (has_owner && waiting->definite)
        return false;
    const struct hzw_answer *known = known_answer(monitor, HZW_WAITS_NOT, 0, (uint64_t)pid, now);
    if (known != NULL)
        return known->outside;
    return keep_answer(monitor, HZW_WAITS_NOT, 0, (uint64_t)pid,
                       hzw_guest_signals(hzw_view_process(view, pid)), now);
}

bool hzw_outside(struct hzw_monitor *monitor, struct hzw_view *view, size_t i, double now)
{
    return signals_lead_out(monitor, view, i, now) || files_lead_out(monitor, view, i, now);
}
