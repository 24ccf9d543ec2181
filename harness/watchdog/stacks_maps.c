#include "watchdog/stacks_parts.h"

#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* ---- the lines of maps ----------------------------------------------------------------- */

/* sscanf() takes a microsecond a line, and there may be thousands of lines. */
static uint64_t number(const char **at, int base)
{
    char *end;
    uint64_t value = strtoull(*at, &end, base);
    *at = *end != '\0' && *end != '\n' ? end + 1 : end;
    return value;
}

static bool next_line(const char **at, struct hzs_mapping *out)
{
    const char *p = *at;
    if (*p == '\0')
        return false;
    const char *end = strchrnul(p, '\n');
    *at = *end == '\n' ? end + 1 : end;
    out->start = number(&p, 16);
    out->end = number(&p, 16);
    memset(out->access, 0, sizeof out->access);
    memcpy(out->access, p, end - p >= 5 ? 4 : 0);
    p += end - p >= 5 ? 5 : 0;
    out->offset = number(&p, 16);
    uint64_t major = number(&p, 16), minor = number(&p, 16);
    out->device = major << 32 | minor;
    out->inode = number(&p, 10);
    while (p < end && *p == ' ')
        p++;
    out->path = p;
    out->path_length = p < end ? (size_t)(end - p) : 0;
    return true;
}

bool hzs_next_mapping(const char **at, struct hzs_mapping *out)
{
    struct hzs_mapping before = *out;
    if (!next_line(at, out))
        return false;
    bool joins = out->start == before.end;
    bool of_file = before.path_length > 0 && before.path[0] == '/';
    out->file = !joins ? 0 : of_file ? before.start : before.file;
    out->guarded = joins && strcmp(before.access, "---p") == 0;
    return true;
}

static bool find(const char *maps, uint64_t address, struct hzs_mapping *out)
{
    *out = (struct hzs_mapping){0};
    while (hzs_next_mapping(&maps, out) && out->start <= address)
        if (address < out->end)
            return true;
    return false;
}

bool hzs_find_mapping(struct hzs_process *process, uint64_t address, struct hzs_mapping *out)
{
    if (find(process->maps, address, out))
        return true;
    char *maps = hzs_read_maps(process->pid);
    if (maps == NULL)
        return false;
    free(process->maps);
    process->maps = maps;
    return find(process->maps, address, out);
}

/* The kernel hands out a page at a time. */
char *hzs_read_maps(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return NULL;
    size_t n = 0, capacity = 0;
    char *text = NULL;
    for (;;) {
        if (capacity - n < 8192) {
            capacity = capacity * 2 + 16384;
            char *larger = realloc(text, capacity);
            if (larger == NULL)
                break;
            text = larger;
        }
        ssize_t got = read(file, text + n, capacity - n - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            text[n] = '\0';
            close(file);
            return text;
        }
        n += (size_t)got;
    }
    free(text);
    close(file);
    return NULL;
}

/* Whether a line of `n` bytes may tell of a file, by the only thing that others have not. */
static bool may_be_file(const char *line, size_t n)
{
    return memchr(line, '/', n) != NULL || memmem(line, n, "[vdso]", strlen("[vdso]")) != NULL;
}

char *hzs_file_lines(const char *maps)
{
    size_t n = 0;
    char *out = malloc(strlen(maps) + 1);
    for (const char *line = maps, *next; out != NULL && *line != '\0'; line = next) {
        const char *end = strchrnul(line, '\n');
        next = *end == '\n' ? end + 1 : end;
        if (!may_be_file(line, (size_t)(end - line)))
            continue;
        memcpy(out + n, line, (size_t)(next - line));
        n += (size_t)(next - line);
    }
    if (out != NULL)
        out[n] = '\0';
    return out;
}

/* Of the lines of files that hold code: what a dlopen() or an exec() changes. */
uint64_t hzs_hash_files(const char *maps)
{
    uint64_t hash = HZ_HASH_START;
    struct hzs_mapping mapping = {0};
    for (const char *line = maps, *next = maps; *line != '\0'; line = next) {
        const char *end = strchrnul(line, '\n');
        next = *end == '\n' ? end + 1 : end;
        const char *at = line;
        /* Most lines are those of stacks, and to read their numbers takes longest. */
        if (!may_be_file(line, (size_t)(end - line)) || !next_line(&at, &mapping))
            continue;
        if (mapping.access[2] != 'x' || mapping.path_length == 0 || mapping.path[0] != '/')
            continue;
        hash = hz_hash_bytes(hash, line, (size_t)(next - line));
    }
    return hash;
}

/* ---- the process ------------------------------------------------------------------------ */

uint64_t hzs_started(pid_t pid)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = file >= 0 ? read(file, text, sizeof text - 1) : -1;
    if (file >= 0)
        close(file);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    const char *field = strrchr(text, ')');
    /* The name was the second field, the start is the twenty-second. */
    for (int i = 2; field != NULL && i < 22; i++)
        field = strchr(field + 1, ' ');
    return field != NULL ? strtoull(field, NULL, 10) : 0;
}

bool hzs_memory(const struct hzs_process *process, uint64_t address, void *out, size_t size)
{
    struct iovec to = {out, size}, from = {(void *)(uintptr_t)address, size};
    return process_vm_readv(process->pid, &to, 1, &from, 1, 0) == (ssize_t)size;
}
