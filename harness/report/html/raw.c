#include "report/html/parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- where it is ---- */

static const char *folder_of(const struct hz_html_page *page, const struct hz_run *run)
{
    size_t index = (size_t)(run - page->html->stream->runs.at);
    for (size_t i = 0; i < page->html->folders.n; ++i) {
        if (index < page->html->folders.at[i].end)
            return page->html->folders.at[i].folder;
    }
    return NULL;
}

/*
 * Opens the raw folder that a stream names, which may be somebody else's: step by step from
 * the stream's own folder (an absolute path too), never upwards and through no link, so that
 * nothing else is shown.
 */
static int open_below(struct hz_arena *arena, const char *folder, const char *path)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char *copy = hz_dup(arena, path), *rest;
    for (char *step = strtok_r(copy, "/", &rest); step != NULL && fd >= 0;
         step = strtok_r(NULL, "/", &rest)) {
        int next = strcmp(step, "..") == 0
                       ? -1
                       : openat(fd, step, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        close(fd);
        fd = next;
    }
    return fd;
}

/* ---- its files ---- */

struct file {
    const char *name;
    size_t size;
    struct hz_bytes head, tail;
};
typedef HZ_VEC(struct file) files;

static struct hz_bytes read_part(struct hz_arena *arena, int fd, size_t from, size_t n)
{
    char *bytes = hz_alloc(arena, n + 1);
    ssize_t got = pread(fd, bytes, n, (off_t)from);
    return (struct hz_bytes){bytes, got > 0 ? (size_t)got : 0};
}

/* Two thirds of what may be shown from the beginning, one from the end. */
static void read_file(struct hz_arena *arena, int folder, struct file *file, size_t most)
{
    int fd = openat(folder, file->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    if (file->size <= most) {
        file->head = read_part(arena, fd, 0, file->size);
    } else {
        file->head = read_part(arena, fd, 0, most * 2 / 3);
        file->tail = read_part(arena, fd, file->size - most / 3, most / 3);
    }
    close(fd);
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct file *)left)->name, ((const struct file *)right)->name);
}

/* How much each file may show: small ones all of it, so that more is left for the others. */
static size_t share_of(const files *all, size_t n, size_t most)
{
    size_t share = most / n;
    for (bool grew = true; grew;) {
        size_t left = most, large = n;
        for (size_t i = 0; i < n; ++i) {
            if (all->at[i].size <= share) {
                left -= all->at[i].size;
                --large;
            }
        }
        grew = large != 0 && left / large > share;
        if (grew)
            share = left / large;
    }
    return share;
}

/* Those that have anything in them. */
static void list_files(struct hz_arena *arena, int folder, files *out)
{
    int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = copy >= 0 ? fdopendir(copy) : NULL;
    if (directory == NULL) {
        if (copy >= 0)
            close(copy);
        return;
    }
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        struct stat about;
        if (fstatat(folder, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(about.st_mode) && about.st_size > 0)
            *hz_push(arena, out) =
                (struct file){.name = hz_dup(arena, entry->d_name), .size = (size_t)about.st_size};
    }
    closedir(directory);
    if (out->n > 1)
        qsort(out->at, out->n, sizeof *out->at, by_name);
}

/* What the stream itself kept of the program's output, where it left no files. */
static void add_captured(struct hz_arena *arena, const char *name, size_t most,
                         const struct hz_capture *capture, files *out)
{
    struct hz_bytes head = capture->head, tail = capture->tail;
    size_t size = head.n + tail.n + (size_t)capture->dropped;
    if (size == 0)
        return;
    size_t head_most = size <= most ? most : most * 2 / 3;
    size_t tail_most = size <= most ? most : most / 3;
    if (head.n > head_most)
        head.n = head_most;
    if (tail.n > tail_most) {
        tail.at += tail.n - tail_most;
        tail.n = tail_most;
    }
    *hz_push(arena, out) = (struct file){name, size, head, tail};
}

/* ---- onto the page ---- */

static void put_file(const struct hz_html_page *page, const struct file *file)
{
    hz_html_put(page, "<p>%s, %zu bytes</p><pre tabindex=0>", file->name, file->size);
    hz_html_text(page, file->head, file->head.n, true);
    size_t shown = file->head.n + file->tail.n;
    if (shown < file->size)
        hz_html_put(page, "\n<b>… %zu bytes left out …</b>\n", file->size - shown);
    hz_html_text(page, file->tail, file->tail.n, true);
    hz_html_put(page, "</pre>");
}

static void put_files(const struct hz_html_page *page, const struct hz_run *run, const files *all)
{
    size_t size = 0;
    for (size_t i = 0; i < all->n; ++i)
        size += all->at[i].size;
    hz_html_put(page, "<details class=raw><summary>raw output: %zu file%s, %zu bytes</summary>",
                all->n, all->n != 1 ? "s" : "", size);
    if (run->raw != NULL)
        hz_html_put(page, "<p>in <code>%s</code>", run->raw);
    for (size_t i = 0; i < all->n && i < HZ_HTML_FILES; ++i)
        put_file(page, &all->at[i]);
    if (all->n > HZ_HTML_FILES)
        hz_html_put(page, "<p class=more>… and %zu more files", all->n - HZ_HTML_FILES);
    hz_html_put(page, "</details>\n");
}

void hz_html_raw(const struct hz_html_page *page, const struct hz_run *run)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    files all = {0};
    const char *above = run->raw != NULL ? folder_of(page, run) : NULL;
    int folder = above != NULL ? open_below(&arena, above, run->raw) : -1;
    size_t most = hz_html_raw_most(page, run);
    if (folder >= 0) {
        list_files(&arena, folder, &all);
        size_t n = all.n < HZ_HTML_FILES ? all.n : HZ_HTML_FILES;
        size_t share = n != 0 ? share_of(&all, n, most) : 0;
        for (size_t i = 0; i < n; ++i)
            read_file(&arena, folder, &all.at[i], share);
        close(folder);
    }
    if (all.n == 0) {
        add_captured(&arena, "standard output", most / 2, &run->outcome.out, &all);
        add_captured(&arena, "standard error", most / 2, &run->outcome.err, &all);
    }
    if (all.n != 0)
        put_files(page, run, &all);
    hz_arena_free(&arena);
}
