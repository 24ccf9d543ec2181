#include "catalog/diff.h"

#include <string.h>

struct text {
    HZ_VEC(struct hz_bytes) lines;
};

static void split(struct hz_arena *arena, struct hz_bytes bytes, struct text *out)
{
    const char *at = bytes.at, *end = bytes.at + bytes.n;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((stop != NULL ? stop : end) - at);
        *hz_push(arena, &out->lines) = (struct hz_bytes){at, n};
        at += n + 1;
    }
}

/* A stretch of both texts, and for each pair of suffixes of it how many lines they share. */
struct table {
    const struct hz_bytes *left, *right;
    size_t height, width;
    unsigned *shared; /* (height + 1) × (width + 1) */
};

/* The line without the comment at its end that marks it as a hazard. */
static struct hz_bytes unmarked(struct hz_bytes line)
{
    static const char marker[] = "/* HAZARD";
    const char *comment = memmem(line.at, line.n, marker, sizeof marker - 1);
    if (comment == NULL)
        return line;
    size_t n = (size_t)(comment - line.at);
    while (n > 0 && line.at[n - 1] == ' ')
        n--;
    return (struct hz_bytes){line.at, n};
}

static bool same(struct hz_bytes marked, struct hz_bytes right)
{
    struct hz_bytes left = unmarked(marked);
    return (left.n == right.n && memcmp(left.at, right.at, left.n) == 0) ||
           (marked.n == right.n && memcmp(marked.at, right.at, marked.n) == 0);
}

static unsigned *shared(const struct table *table, size_t i, size_t k)
{
    return &table->shared[i * (table->width + 1) + k];
}

static void fill(struct hz_arena *arena, struct table *table)
{
    size_t cells = (table->height + 1) * (table->width + 1);
    table->shared = hz_alloc(arena, cells * sizeof *table->shared);
    for (size_t i = table->height; i-- > 0;) {
        for (size_t k = table->width; k-- > 0;) {
            unsigned below = *shared(table, i + 1, k), beside = *shared(table, i, k + 1);
            *shared(table, i, k) = same(table->left[i], table->right[k])
                                       ? *shared(table, i + 1, k + 1) + 1
                                   : below >= beside ? below
                                                     : beside;
        }
    }
}

static void put(struct hz_arena *arena, struct hz_diff *out, size_t left, size_t right,
                bool changed)
{
    *hz_push(arena, &out->rows) = (struct hz_diff_row){(int)left, (int)right, changed};
}

/* A block of lines that went and came between two that stayed; numbers from 0. */
static void put_change(struct hz_arena *arena, struct hz_diff *out, size_t left, size_t removed,
                       size_t right, size_t added)
{
    out->removed += removed;
    out->added += added;
    for (size_t i = 0; i < removed || i < added; i++)
        put(arena, out, i < removed ? left + i + 1 : 0, i < added ? right + i + 1 : 0, true);
}

/* Walks the table from its corner; `before` lines of both texts are done already. */
static void walk(struct hz_arena *arena, const struct table *table, size_t before,
                 struct hz_diff *out)
{
    size_t i = 0, k = 0;
    while (i < table->height || k < table->width) {
        size_t from_i = i, from_k = k;
        while (i < table->height || k < table->width) {
            if (i < table->height && k < table->width && same(table->left[i], table->right[k]))
                break;
            bool down = k == table->width ||
                        (i < table->height && *shared(table, i + 1, k) >= *shared(table, i, k + 1));
            i += down;
            k += !down;
        }
        put_change(arena, out, before + from_i, i - from_i, before + from_k, k - from_k);
        for (; i < table->height && k < table->width && same(table->left[i], table->right[k]);
             i++, k++)
            put(arena, out, before + i + 1, before + k + 1, false);
    }
}

void hz_diff(struct hz_arena *arena, struct hz_bytes left, struct hz_bytes right,
             struct hz_diff *out)
{
    struct hz_arena scratch;
    struct text a = {0}, b = {0};
    hz_arena_init(&scratch);
    split(&scratch, left, &a);
    split(&scratch, right, &b);
    size_t n = a.lines.n, m = b.lines.n, before = 0, after = 0;
    while (before < n && before < m && same(a.lines.at[before], b.lines.at[before]))
        before++;
    while (after < n - before && after < m - before &&
           same(a.lines.at[n - after - 1], b.lines.at[m - after - 1]))
        after++;

    *out = (struct hz_diff){0};
    for (size_t i = 0; i < before; i++)
        put(arena, out, i + 1, i + 1, false);
    struct table table = {.height = n - before - after, .width = m - before - after};
    if (table.height != 0)
        table.left = a.lines.at + before;
    if (table.width != 0)
        table.right = b.lines.at + before;
    fill(&scratch, &table);
    walk(arena, &table, before, out);
    for (size_t i = after; i-- > 0;)
        put(arena, out, n - i, m - i, false);
    hz_arena_free(&scratch);
}
