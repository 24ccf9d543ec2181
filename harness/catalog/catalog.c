#include "catalog/parse.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const folders[2] = {[HZ_BUGGY] = "scenarios", [HZ_FIXED] = "fixed"};

/* A name that was found, in one of the two folders or in both. */
struct entry {
    enum hz_class class;
    const char *name; /* without .c */
    bool in[2];       /* by variant */
};
struct entries {
    HZ_VEC(struct entry) of;
};

/* ---- finding the files ---- */

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static bool is_program(const char *name)
{
    size_t n = strlen(name);
    return n >= 2 && strcmp(name + n - 2, ".c") == 0;
}

static void list_class(const struct hz_loader *loader, enum hz_variant variant, enum hz_class class,
                       const char *folder, struct entries *out)
{
    struct hz_arena *arena = loader->arena;
    DIR *stream = opendir(folder);
    if (stream == NULL) {
        hz_fault(loader, folder, 0, "cannot be read: %s", strerror(errno));
        return;
    }
    for (struct dirent *each; (each = readdir(stream)) != NULL;) {
        const char *path = hz_printf(arena, "%s/%s", folder, each->d_name);
        if (each->d_name[0] == '.')
            continue;
        if (is_program(each->d_name)) {
            struct entry *entry = hz_push(arena, &out->of);
            entry->class = class;
            entry->name = hz_copy(arena, each->d_name, strlen(each->d_name) - 2);
            entry->in[variant] = true;
        } else if (is_folder(path)) {
            hz_fault(loader, path, 0, "folders below a class are not read: move its files up");
        }
    }
    closedir(stream);
}

/* scenarios/ or fixed/; false if it cannot be read. */
static bool list_variant(const struct hz_loader *loader, enum hz_variant variant,
                         struct entries *out, struct hz_error *error)
{
    const char *folder = hz_printf(loader->arena, "%s/%s", loader->root, folders[variant]);
    DIR *stream = opendir(folder);
    if (stream == NULL)
        return hz_fail(error, "%s: %s (the corpus has its programs there)", folder,
                       strerror(errno));
    for (struct dirent *each; (each = readdir(stream)) != NULL;) {
        const char *path = hz_printf(loader->arena, "%s/%s", folder, each->d_name);
        enum hz_class class;
        if (each->d_name[0] == '.')
            continue;
        if (!is_folder(path)) {
            if (is_program(each->d_name))
                hz_fault(loader, path, 0,
                         "belongs in a folder of its class: race, deadlock or "
                         "starvation");
        } else if (hz_class_parse(each->d_name, &class) && class != HZ_MISUSE) {
            list_class(loader, variant, class, path, out);
        } else {
            hz_fault(loader, path, 0, "is not a class: use race, deadlock or starvation");
        }
    }
    closedir(stream);
    return true;
}

static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    if (a->class != b->class)
        return a->class < b->class ? -1 : 1;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : b->in[HZ_BUGGY] - a->in[HZ_BUGGY];
}

/* Sorts, and makes one entry of a program and its twin. */
static void join(struct entries *entries)
{
    size_t kept = 0;
    if (entries->of.n != 0)
        qsort(entries->of.at, entries->of.n, sizeof *entries->of.at, compare_entries);
    for (size_t i = 0; i < entries->of.n; i++) {
        struct entry *each = &entries->of.at[i], *last = &entries->of.at[kept - (kept != 0)];
        if (kept != 0 && last->class == each->class && strcmp(last->name, each->name) == 0)
            last->in[HZ_FIXED] = true;
        else
            entries->of.at[kept++] = *each;
    }
    entries->of.n = kept;
}

/* ---- reading a pair ---- */

static void check_name(const struct hz_file *file, const struct entry *entry)
{
    if (entry->name[strspn(entry->name, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0' ||
        *entry->name == '\0')
        hz_file_fault(file, 0, "its name may only have small letters, digits and -: rename it");
}

static void read_one(const struct hz_loader *loader, const struct entry *entry,
                     enum hz_variant variant, struct hz_pair *pair, struct hz_file *file)
{
    struct hz_source *source = &pair->source[variant];
    source->name = hz_printf(loader->arena, "%s/%s/%s.c", folders[variant],
                             hz_class_name(entry->class), entry->name);
    source->path = hz_printf(loader->arena, "%s/%s", loader->root, source->name);
    *file = (struct hz_file){.loader = loader,
                             .variant = variant,
                             .class = entry->class,
                             .pair = pair,
                             .source = source};
    if (!entry->in[variant])
        return;
    check_name(file, entry);
    if (!hz_file_read(file))
        return;
    hz_header_read(file);
    hz_keys_read(file);
    hz_markers_read(file);
}

static void read_pair(const struct hz_loader *loader, const struct entry *entry)
{
    struct hz_catalog *catalog = loader->catalog;
    size_t faults = catalog->faults.n;
    struct hz_pair pair = {.class = entry->class};
    struct hz_file files[2];
    pair.id = hz_printf(loader->arena, "%s/%s", hz_class_name(entry->class), entry->name);
    read_one(loader, entry, HZ_BUGGY, &pair, &files[HZ_BUGGY]);
    read_one(loader, entry, HZ_FIXED, &pair, &files[HZ_FIXED]);
    if (!entry->in[HZ_FIXED])
        hz_file_fault(&files[HZ_BUGGY], 0, "has no corrected twin: write %s",
                      files[HZ_FIXED].source->name);
    else if (!entry->in[HZ_BUGGY])
        hz_file_fault(&files[HZ_FIXED], 0, "has no buggy twin: write %s",
                      files[HZ_BUGGY].source->name);
    else if (files[HZ_BUGGY].readable && files[HZ_FIXED].readable)
        hz_pair_check(&files[HZ_BUGGY], &files[HZ_FIXED]);
    if (catalog->faults.n == faults)
        *hz_push(loader->arena, &catalog->pairs) = pair;
}

static int compare_faults(const void *left, const void *right)
{
    const struct hz_diagnostic *a = left, *b = right;
    int order = strcmp(a->file, b->file);
    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    return order != 0 ? order : strcmp(a->message, b->message);
}

bool hz_catalog_load(struct hz_arena *arena, const char *root, const char *const *detectors,
                     struct hz_catalog *out, struct hz_error *error)
{
    size_t n = strlen(root);
    while (n > 1 && root[n - 1] == '/')
        n--;
    struct hz_loader loader = {
        .arena = arena, .root = hz_copy(arena, root, n), .detectors = detectors, .catalog = out};
    struct entries entries = {0};
    *out = (struct hz_catalog){0};
    if (!list_variant(&loader, HZ_BUGGY, &entries, error) ||
        !list_variant(&loader, HZ_FIXED, &entries, error))
        return false;
    join(&entries);
    for (size_t i = 0; i < entries.of.n; i++)
        read_pair(&loader, &entries.of.at[i]);
    if (out->faults.n != 0)
        qsort(out->faults.at, out->faults.n, sizeof *out->faults.at, compare_faults);
    return true;
}

const char *hz_catalog_name(const char *path)
{
    static const char *const folders[] = {"scenarios/", "fixed/"};
    const char *last = NULL;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        for (const char *at = path; (at = strstr(at, folders[i])) != NULL; at++)
            if ((at == path || at[-1] == '/') && (last == NULL || at > last))
                last = at;
    return last;
}

const struct hz_pair *hz_catalog_pair(const struct hz_catalog *catalog, const char *id)
{
    for (size_t i = 0; i < catalog->pairs.n; i++)
        if (strcmp(catalog->pairs.at[i].id, id) == 0)
            return &catalog->pairs.at[i];
    return NULL;
}
