#include "catalog/parse.h"

#include "base/hash.h"
#include "finding/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

void hz_fault(const struct hz_loader *loader, const char *path, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = hz_vprintf(loader->arena, format, args);
    va_end(args);
    *hz_push(loader->arena, &loader->catalog->faults) =
        (struct hz_diagnostic){.file = path, .line = line, .message = message};
}

void hz_file_fault(const struct hz_file *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *message = hz_vprintf(file->loader->arena, format, args);
    va_end(args);
    hz_fault(file->loader, file->source->path, line, "%s", message);
}

/* Not opened before it is known to be a file: a FIFO of that name would block. */
static bool regular(const struct hz_file *file)
{
    struct stat about;
    if (stat(file->source->path, &about) != 0)
        hz_file_fault(file, 0, "cannot be read: %s", strerror(errno));
    else if (!S_ISREG(about.st_mode))
        hz_file_fault(file, 0, "is not a regular file: only programs may end in .c here");
    else
        return true;
    return false;
}

/* The first line of each thing that does not belong into a source. */
struct dirt {
    int zero, crlf, not_utf8;
};

static void note(int *first, int line)
{
    if (*first == 0)
        *first = line;
}

/* Copies what belongs; a byte that does not becomes one that does no harm. */
static char *clean(struct hz_arena *arena, struct hz_bytes raw, struct dirt *dirt, int *lines)
{
    char *text = hz_alloc(arena, raw.n + 1);
    size_t used = 0;
    int line = 1;
    for (size_t i = 0, size; i < raw.n; i += size) {
        size = hz_utf8_size(raw.at + i, raw.n - i);
        if (size == 0) {
            note(&dirt->not_utf8, line);
            size = 1;
            text[used++] = '?';
        } else if (raw.at[i] == '\0') {
            note(&dirt->zero, line);
            text[used++] = ' ';
        } else if (raw.at[i] == '\r' && i + 1 < raw.n && raw.at[i + 1] == '\n') {
            note(&dirt->crlf, line);
        } else {
            memcpy(text + used, raw.at + i, size);
            used += size;
            line += raw.at[i] == '\n';
        }
    }
    *lines = line;
    return text;
}

/* It tells versions of a file apart. */
static const char *digest_of(struct hz_arena *arena, struct hz_bytes bytes)
{
    return hz_printf(arena, "%016" PRIx64, hz_hash_bytes(HZ_HASH_START, bytes.at, bytes.n));
}

bool hz_file_read(struct hz_file *file)
{
    struct hz_arena *arena = file->loader->arena;
    struct hz_bytes raw;
    struct hz_error error;
    if (!regular(file))
        return false;
    if (!hz_read_file(arena, file->source->path, HZ_CATALOG_BYTES + 1, &raw, &error)) {
        hz_file_fault(file, 0, "cannot be read: %s", error.text);
        return false;
    }
    file->source->digest = digest_of(arena, raw);
    struct dirt dirt = {0};
    int lines;
    file->text = clean(arena, raw, &dirt, &lines);
    if (raw.n > HZ_CATALOG_BYTES || lines > HZ_CATALOG_LINES) {
        hz_file_fault(file, 0, "is too long: a scenario has at most %d lines and %d bytes",
                      HZ_CATALOG_LINES, HZ_CATALOG_BYTES);
        return false;
    }
    if (dirt.zero != 0)
        hz_file_fault(file, dirt.zero, "a zero byte: remove it");
    if (dirt.not_utf8 != 0)
        hz_file_fault(file, dirt.not_utf8, "not UTF-8: save the file in that encoding");
    if (dirt.crlf != 0)
        hz_file_fault(file, dirt.crlf, "the line ends with CR LF: end lines with LF alone");
    file->readable = true;
    return true;
}
