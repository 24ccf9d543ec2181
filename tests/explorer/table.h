/* Reads the tables that say what the explorer must find: a row a line, cells between tabs. */
#ifndef HZ_TEST_TABLE_H
#define HZ_TEST_TABLE_H

#include "base/base.h"

#include <string.h>

enum { TABLE_COLUMNS = 16 };

struct table_row {
    const char *cells[TABLE_COLUMNS]; /* those that are missing are "" */
};

struct table {
    struct hz_arena arena;
    HZ_VEC(struct table_row) rows; /* without the first, which names the columns */
};

/* False if the file cannot be read. */
static inline bool table_read(struct table *table, const char *path, struct hz_error *error)
{
    struct hz_bytes bytes;
    *table = (struct table){0};
    hz_arena_init(&table->arena);
    if (!hz_read_file(&table->arena, path, 0, &bytes, error))
        return false;
    char *rest = hz_copy(&table->arena, bytes.at, bytes.n);
    bool names = true;
    for (char *line; (line = strsep(&rest, "\n")) != NULL; names = false) {
        if (names || *line == '\0')
            continue;
        struct table_row *row = hz_push(&table->arena, &table->rows);
        for (size_t i = 0; i < TABLE_COLUMNS; i++)
            row->cells[i] = line != NULL ? strsep(&line, "\t") : "";
    }
    return true;
}

#endif
