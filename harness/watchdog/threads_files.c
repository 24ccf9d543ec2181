/*
 * What the kernel says of the files, children, locks and mappings of a process.
 */
#include "watchdog/threads_parts.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* ---- descriptors ------------------------------------------------------------- */

static DIR *open_descriptors(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    return opendir(path);
}

bool hzt_pipes(struct hz_arena *arena, pid_t pid, hzt_pipe_ends *out)
{
    DIR *folder = open_descriptors(pid);
    if (folder == NULL)
        return false;
    struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        struct stat link, file;
        if (!isdigit((unsigned char)entry->d_name[0]) ||
            fstatat(dirfd(folder), entry->d_name, &file, 0) != 0 || !S_ISFIFO(file.st_mode) ||
            fstatat(dirfd(folder), entry->d_name, &link, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        /* The link's own permissions say how the descriptor was opened. */
        *hz_push(arena, out) = (struct hzt_end_of_pipe){
            .pid = pid,
            .inode = file.st_ino,
            .reads = (link.st_mode & S_IRUSR) != 0,
            .writes = (link.st_mode & S_IWUSR) != 0,
        };
    }
    closedir(folder);
    return true;
}

bool hzt_in_flight(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fdinfo", (int)pid);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return false;
    bool found = false;
    struct dirent *entry;
    while (!found && (entry = readdir(folder)) != NULL) {
        char text[512];
        snprintf(path, sizeof path, "/proc/%d/fdinfo/%.20s", (int)pid, entry->d_name);
        const char *count =
            isdigit((unsigned char)entry->d_name[0]) && hzt_slurp(path, text, sizeof text)
                ? strstr(text, "\nscm_fds:")
                : NULL;
        found = count != NULL && strtoul(count + strlen("\nscm_fds:"), NULL, 10) > 0;
    }
    closedir(folder);
    return found;
}

bool hzt_has_open(pid_t pid, ino_t inode)
{
    DIR *folder = open_descriptors(pid);
    if (folder == NULL)
        return false;
    bool found = false;
    struct dirent *entry;
    while (!found && (entry = readdir(folder)) != NULL) {
        struct stat file;
        found = isdigit((unsigned char)entry->d_name[0]) &&
                fstatat(dirfd(folder), entry->d_name, &file, 0) == 0 && file.st_ino == inode;
    }
    closedir(folder);
    return found;
}

/* ---- processes --------------------------------------------------------------- */

void hzt_processes(struct hz_arena *arena, hzt_pids *out)
{
    DIR *folder = opendir("/proc");
    if (folder == NULL)
        return;
    struct dirent *entry;
    while ((entry = readdir(folder)) != NULL)
        if (isdigit((unsigned char)entry->d_name[0]))
            *hz_push(arena, out) = (pid_t)atoi(entry->d_name);
    closedir(folder);
}

/* The numbers of a file of /proc/PID/task/TID/children; false if there is no such file. */
static bool children_of_thread(struct hz_arena *arena, pid_t pid, const char *tid, hzt_pids *out)
{
    char path[320];
    snprintf(path, sizeof path, "/proc/%d/task/%s/children", (int)pid, tid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    int child;
    while (fscanf(file, "%d", &child) == 1)
        *hz_push(arena, out) = child;
    fclose(file);
    return true;
}

/* 0 if it is gone. The process's own file adds up the times of all threads, each time. */
static pid_t parent_of(pid_t pid)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)pid, (int)pid);
    int parent;
    const char *end = hzt_slurp(path, text, sizeof text) ? strrchr(text, ')') : NULL;
    return end != NULL && sscanf(end + 1, " %*c %d", &parent) == 1 ? parent : 0;
}

/* Also for kernels without PROC_CHILDREN. */
static void children_by_parent(struct hz_arena *arena, pid_t pid, hzt_pids *out)
{
    hzt_pids all = {0};
    hzt_processes(arena, &all);
    for (size_t i = 0; i < all.n; i++)
        if (parent_of(all.at[i]) == pid)
            *hz_push(arena, out) = all.at[i];
}

size_t hzt_thread_count(pid_t pid)
{
    /* The folder has a link for each thread, and two more. */
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    struct stat about;
    return stat(path, &about) == 0 && about.st_nlink > 2 ? about.st_nlink - 2 : 0;
}

/*
 * Each thread has a list of its own. With many threads it costs less to ask all processes
 * that there are for their parents.
 */
#define MANY_LISTS 200

void hzt_children(struct hz_arena *arena, pid_t pid, hzt_pids *out)
{
    if (hzt_thread_count(pid) > MANY_LISTS) {
        children_by_parent(arena, pid, out);
        return;
    }
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return;
    bool known = false;
    struct dirent *entry;
    while ((entry = readdir(folder)) != NULL)
        if (isdigit((unsigned char)entry->d_name[0]))
            known |= children_of_thread(arena, pid, entry->d_name, out);
    closedir(folder);
    if (!known)
        children_by_parent(arena, pid, out);
}

/* ---- file locks -------------------------------------------------------------- */

void hzt_lock_holders(struct hz_arena *arena, ino_t inode, hzt_pids *out)
{
    FILE *file = fopen("/proc/locks", "re");
    if (file == NULL)
        return;
    char line[256];
    while (fgets(line, sizeof line, file) != NULL) {
        /* "1: POSIX  ADVISORY  WRITE 71 08:01:1234 0 EOF"; waiters have "->" after the number. */
        int pid;
        unsigned long number;
        if (sscanf(line, "%*d: %*s %*s %*s %d %*x:%*x:%lu", &pid, &number) == 2 &&
            number == inode && strstr(line, "->") == NULL)
            *hz_push(arena, out) = pid;
    }
    fclose(file);
}

/* ---- mappings ---------------------------------------------------------------- */

static FILE *open_maps(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    return fopen(path, "re");
}

static bool read_mapping(const char *text, struct hzt_mapping *out)
{
    *out = (struct hzt_mapping){0};
    unsigned major, minor;
    char rights[8] = "";
    bool good = sscanf(text, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %x:%x %" SCNu64 " %255[^\n]",
                       &out->from, &out->to, rights, &out->offset, &major, &minor, &out->inode,
                       out->path) >= 7;
    out->shared = rights[3] == 's';
    out->device = good ? makedev(major, minor) : 0;
    return good;
}

/* Of linux/fs.h as of Linux 6.11, which older headers do not have. */
struct query {
    uint64_t size, flags, address;
    uint64_t from, to, vma_flags, page_size, offset, inode;
    uint32_t major, minor, path_size, build_id_size;
    uint64_t path, build_id;
};
#define QUERY _IOWR('f', 17, struct query)
#define QUERY_SHARED 8 /* in vma_flags */

/* Asks for the one mapping at an address. False with errno ENOENT if there is none. */
static bool query_mapping(int maps, uint64_t address, struct hzt_mapping *out)
{
    char path[PATH_MAX] = "";
    struct query query = {.size = sizeof query,
                          .address = address,
                          .path = (uintptr_t)path,
                          .path_size = sizeof path};
    if (ioctl(maps, QUERY, &query) != 0)
        return false;
    *out = (struct hzt_mapping){.from = query.from,
                                .to = query.to,
                                .offset = query.offset,
                                .shared = (query.vma_flags & QUERY_SHARED) != 0,
                                .device = makedev(query.major, query.minor),
                                .inode = query.inode};
    snprintf(out->path, sizeof out->path, "%.*s", (int)sizeof out->path - 1, path);
    return true;
}

/* Lines come by address. sscanf() takes a microsecond for each: so only for the one wanted. */
static bool find_line(FILE *file, uint64_t address, struct hzt_mapping *out)
{
    char *text = NULL, *end;
    size_t room = 0;
    bool over = false, found = false;
    while (!over && getline(&text, &room, file) > 0) {
        uint64_t from = strtoull(text, &end, 16);
        uint64_t to = *end == '-' ? strtoull(end + 1, NULL, 16) : 0;
        struct hzt_mapping mapping;
        found = from <= address && address < to && read_mapping(text, &mapping);
        if (found)
            *out = mapping;
        over = found || from > address;
    }
    free(text);
    return found;
}

/*
 * There may be two mappings for every thread, and the kernel writes as many lines: with ten
 * thousand threads that takes ten milliseconds, in which none of them can map anything.
 */
bool hzt_mapping(pid_t pid, uint64_t address, struct hzt_mapping *out)
{
    FILE *file = open_maps(pid);
    if (file == NULL)
        return false;
    bool found = query_mapping(fileno(file), address, out) ||
                 (errno != ENOENT && find_line(file, address, out));
    fclose(file);
    return found;
}

bool hzt_maps(pid_t pid, const struct hzt_mapping *wanted)
{
    FILE *file = open_maps(pid);
    if (file == NULL)
        return false;
    struct hzt_mapping mapping;
    char *text = NULL;
    size_t room = 0;
    bool found = false;
    while (!found && getline(&text, &room, file) > 0)
        found = read_mapping(text, &mapping) && mapping.shared && mapping.inode != 0 &&
                mapping.inode == wanted->inode && mapping.device == wanted->device;
    free(text);
    fclose(file);
    return found;
}
