#include "process/tree.h"

#include "process/supervise.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Rounds over the children of the root to one over all of /proc. */
enum { CHASES = 16 };

/* False if the line is none of /proc/PID/stat. The name may hold anything, ')' and '\n' too. */
static bool parse_stat(const char *line, struct hz_process *out)
{
    const char *name = strchr(line, '(');
    const char *end = strrchr(line, ')');
    if (name == NULL || end == NULL || end < name)
        return false;
    char state;
    long threads;
    if (sscanf(end + 1, " %c %d %d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %ld",
               &state, &out->parent, &out->group, &out->session, &threads) != 5)
        return false;
    out->alive = (state != 'Z' && state != 'X') || threads > 1;
    snprintf(out->name, sizeof out->name, "%.*s", (int)(end - name - 1), name + 1);
    return true;
}

/* What /proc says of `out->pid` now; false if it is gone. */
static bool read_process(struct hz_process *out)
{
    char path[32], line[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)out->pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t got = read(fd, line, sizeof line - 1);
    close(fd);
    if (got <= 0)
        return false;
    line[got] = '\0';
    return parse_stat(line, out);
}

static int by_pid(const void *a, const void *b)
{
    pid_t left = ((const struct hz_process *)a)->pid, right = ((const struct hz_process *)b)->pid;
    return (left > right) - (left < right);
}

static struct hz_process *find(const hz_processes *all, pid_t pid)
{
    struct hz_process key = {.pid = pid};
    return all->n == 0 ? NULL : bsearch(&key, all->at, all->n, sizeof key, by_pid);
}

static void read_all(struct hz_arena *arena, hz_processes *all)
{
    DIR *folder = opendir("/proc");
    if (folder == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        struct hz_process process = {.pid = (pid_t)strtol(entry->d_name, NULL, 10)};
        if (process.pid > 0 && read_process(&process))
            *hz_push(arena, all) = process;
    }
    closedir(folder);
    if (all->n != 0)
        qsort(all->at, all->n, sizeof *all->at, by_pid);
}

static void mark_below(hz_processes *all, pid_t root)
{
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < all->n; i++) {
            struct hz_process *process = &all->at[i];
            if (process->below)
                continue;
            const struct hz_process *parent = find(all, process->parent);
            process->below = process->parent == root || (parent != NULL && parent->below);
            more |= process->below;
        }
    }
}

void hz_tree_read(struct hz_arena *arena, pid_t root, hz_processes *out)
{
    struct hz_arena scratch;
    hz_arena_init(&scratch);
    hz_processes all = {0};
    read_all(&scratch, &all);
    mark_below(&all, root);
    for (size_t i = 0; i < all.n; i++)
        if (all.at[i].below && all.at[i].alive)
            *hz_push(arena, out) = all.at[i];
    hz_arena_free(&scratch);
}

void hz_tree(struct hz_arena *arena, pid_t root, hz_pids *out)
{
    struct hz_arena scratch;
    hz_arena_init(&scratch);
    hz_processes tree = {0};
    hz_tree_read(&scratch, root, &tree);
    for (size_t i = 0; i < tree.n; i++)
        *hz_push(arena, out) = tree.at[i].pid;
    hz_arena_free(&scratch);
}

/* Whether a process before the i-th is of the same group, so that the group had its signal. */
static bool group_done(const hz_processes *tree, size_t i)
{
    for (size_t before = 0; before < i; before++)
        if (tree->at[before].group == tree->at[i].group)
            return true;
    return false;
}

size_t hz_tree_signal(pid_t root, int signal)
{
    struct hz_arena scratch;
    hz_arena_init(&scratch);
    hz_processes tree = {0};
    hz_tree_read(&scratch, root, &tree);
    /*
     * A child that has not come to its setsid() yet is still in this one, and so is a
     * program in the foreground, beside the user's shell and whatever else runs there.
     */
    pid_t session = getsid(root);
    for (size_t i = 0; i < tree.n; i++) {
        pid_t group = tree.at[i].group;
        /*
         * A group gets the signal as a whole, and the kernel lets none of its
         * members fork meanwhile: one by one, a tree that forks fast enough
         * stays ahead. The numbers were read just now; for one of them to be
         * another process's already, all process ids must have been used up since.
         */
        if (group <= 1 || tree.at[i].session == session)
            kill(tree.at[i].pid, signal);
        else if (!group_done(&tree, i))
            kill(-group, signal);
    }
    size_t n = tree.n;
    hz_arena_free(&scratch);
    return n;
}

/*
 * Kills the children of `parent`, in far less time than all of /proc takes to read, and
 * the groups that they lead: what one of them forked a moment ago is still in there.
 * Their numbers cannot be another's, because nobody but `parent` collects them.
 */
static void chase(pid_t parent)
{
    char path[64], list[4096];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return; /* a kernel without this list: the rounds over /proc must do */
    ssize_t got = read(fd, list, sizeof list - 1);
    close(fd);
    list[got > 0 ? got : 0] = '\0';
    char *at = list, *end;
    for (pid_t child; (child = (pid_t)strtol(at, &end, 10)) > 1 && *end == ' '; at = end) {
        kill(child, SIGKILL);
        kill(-child, SIGKILL);
    }
}

size_t hz_tree_kill(pid_t root)
{
    size_t n = hz_tree_signal(root, SIGKILL);
    for (int i = 0; i < CHASES; i++)
        chase(root);
    return n;
}
