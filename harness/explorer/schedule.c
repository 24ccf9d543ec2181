#include "explorer/schedule.h"

#include "explorer/tell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char first_line[] = "hazmat schedule 1";

/* An argument may hold anything: line ends and backslashes are escaped. */
static void write_word(FILE *file, const char *key, const char *word)
{
    fprintf(file, "%s ", key);
    for (; *word != '\0'; word++) {
        if (*word == '\n' || *word == '\\' || *word == '#')
            fprintf(file, "\\x%02x", (unsigned char)*word);
        else
            fputc(*word, file);
    }
    fputc('\n', file);
}

static void write_segment(FILE *file, const struct hzx_segment *segment)
{
    if (segment->agent >= HZX_CHOICE)
        fprintf(file, "choose %u %u\n", segment->agent - HZX_CHOICE, segment->until);
    else if (segment->agent % 2 == 1)
        fprintf(file, "T%u alone\n", segment->agent / 2);
    else
        fprintf(file, "T%u %u\n", segment->agent / 2, segment->until);
}

bool hzx_schedule_write(const char *path, const struct hzx_schedule *schedule,
                        struct hz_error *error)
{
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return hz_fail(error, "%s: %s", path, strerror(errno));
    fprintf(file, "%s\n", first_line);
    write_word(file, "program", schedule->program);
    if (schedule->build_id != NULL)
        write_word(file, "build-id", schedule->build_id);
    for (size_t i = 0; i < schedule->arguments.n; i++)
        write_word(file, "argument", schedule->arguments.at[i]);
    fprintf(file, "memory %s\n", hzx_memory_text(schedule->memory));
    write_word(file, "found", schedule->found);
    for (size_t i = 0; i < schedule->racy.n; i++)
        fprintf(file, "racy 0x%llx\n", (unsigned long long)schedule->racy.at[i]);
    for (size_t i = 0; i < schedule->segments.n; i++)
        write_segment(file, &schedule->segments.at[i]);
    bool fine = ferror(file) == 0;
    return (fclose(file) == 0 && fine) || hz_fail(error, "%s: %s", path, strerror(errno));
}

static char *read_word(struct hz_arena *arena, const char *text)
{
    char *word = hz_dup(arena, text), *to = word;
    for (const char *at = text; *at != '\0'; to++) {
        unsigned byte;
        int used = 0;
        if (sscanf(at, "\\x%2x%n", &byte, &used) == 1 && used == 4) {
            *to = (char)byte;
            at += 4;
        } else {
            *to = *at++;
        }
    }
    *to = '\0';
    return word;
}

static bool read_choice(struct hz_arena *arena, const char *line, struct hzx_schedule *out)
{
    unsigned choice, tick;
    int used = 0;
    if (sscanf(line, "choose %u %u%n", &choice, &tick, &used) != 2 || line[used] != '\0' ||
        choice == 0 || choice >= HZX_CHOICES || out->segments.n == HZX_SEGMENTS)
        return false;
    *hz_push(arena, &out->segments) = (struct hzx_segment){HZX_CHOICE + choice, tick};
    return true;
}

static bool read_racy(struct hz_arena *arena, const char *line, struct hzx_schedule *out)
{
    unsigned long long address;
    int used = 0;
    if (sscanf(line, "racy 0x%llx%n", &address, &used) != 1 || line[used] != '\0' ||
        out->racy.n == HZX_RACY)
        return false;
    *hz_push(arena, &out->racy) = address;
    return true;
}

static bool read_segment(struct hz_arena *arena, const char *line, struct hzx_schedule *out)
{
    unsigned thread, until;
    int used = 0;
    if (strncmp(line, "choose ", 7) == 0)
        return read_choice(arena, line, out);
    if (strncmp(line, "racy ", 5) == 0)
        return read_racy(arena, line, out);
    bool alone = sscanf(line, "T%u alone%n", &thread, &used) == 1 && used > 0;
    if (!alone && (sscanf(line, "T%u %u%n", &thread, &until, &used) != 2))
        return false;
    if (line[used] != '\0' || thread >= HZX_THREADS || out->segments.n == HZX_SEGMENTS)
        return false;
    *hz_push(arena, &out->segments) =
        (struct hzx_segment){2 * thread + alone, alone ? 0 : until};
    return true;
}

/* `KEY VALUE`: the value, or NULL. */
static const char *value_of(const char *line, const char *key)
{
    size_t length = strlen(key);
    return strncmp(line, key, length) == 0 && line[length] == ' ' ? line + length + 1 : NULL;
}

static bool read_line(struct hz_arena *arena, const char *line, struct hzx_schedule *out)
{
    const char *value;
    if ((value = value_of(line, "program")) != NULL)
        out->program = read_word(arena, value);
    else if ((value = value_of(line, "build-id")) != NULL)
        out->build_id = read_word(arena, value);
    else if ((value = value_of(line, "argument")) != NULL)
        *hz_push(arena, &out->arguments) = read_word(arena, value);
    else if ((value = value_of(line, "found")) != NULL)
        out->found = read_word(arena, value);
    else if ((value = value_of(line, "memory")) != NULL)
        return hzx_memory_parse(value, &out->memory);
    else
        return read_segment(arena, line, out);
    return true;
}

bool hzx_schedule_read(struct hz_arena *arena, const char *path, struct hzx_schedule *out,
                       struct hz_error *error)
{
    struct hz_bytes bytes;
    *out = (struct hzx_schedule){0};
    if (!hz_read_file(arena, path, (size_t)16 << 20, &bytes, error))
        return false;
    char *text = hz_copy(arena, bytes.at, bytes.n);
    int number = 0;
    for (char *line = text, *next; line != NULL; line = next) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        number++;
        char *comment = strchr(line, '#');
        if (comment != NULL)
            *comment = '\0';
        for (char *end = line + strlen(line); end > line && (end[-1] == ' ' || end[-1] == '\r');)
            *--end = '\0';
        if (number == 1 && strcmp(line, first_line) != 0)
            return hz_fail(error, "%s:1: this is no schedule: it does not begin with \"%s\"", path,
                           first_line);
        if (number > 1 && *line != '\0' && !read_line(arena, line, out))
            return hz_fail(error, "%s:%d: a schedule has no line \"%.60s\"", path, number, line);
    }
    if (out->program == NULL || out->arguments.n == 0)
        return hz_fail(error, "%s: no program or argument is named", path);
    return true;
}
