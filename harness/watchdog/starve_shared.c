/*
 * The same memory in several processes: by the file that it is of, and the place in it.
 * Memory that is shared without a file has one all the same, which the kernel makes up.
 */
#include "watchdog/starve_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

/* The maps of so many processes are read in one look; the others have to wait for the next. */
#define MOST_MAPS 16

struct map {
    uint64_t from, to;
    struct hzw_file_place file; /* `offset`: of the beginning */
    bool shared;
};

static FILE *open_maps(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    return fopen(path, "re");
}

static bool next_map(FILE *file, char **line, size_t *room, struct map *out)
{
    unsigned long from, to, offset, inode;
    unsigned major, minor;
    char rights[8] = "";
    if (getline(line, room, file) <= 0 || sscanf(*line, "%lx-%lx %7s %lx %x:%x %lu", &from, &to,
                                                 rights, &offset, &major, &minor, &inode) != 7)
        return false;
    *out = (struct map){from, to, {makedev(major, minor), inode, offset}, rights[3] == 's'};
    return true;
}

/* Finds the first mapping that `wanted` says yes to; all zero if there is none. */
static struct map find_map(pid_t pid, bool (*wanted)(const struct map *map, const void *what),
                           const void *what)
{
    FILE *file = open_maps(pid);
    char *line = NULL;
    size_t room = 0;
    struct map map, found = {0};
    while (found.to == 0 && file != NULL && next_map(file, &line, &room, &map))
        if (map.shared && map.file.inode != 0 && wanted(&map, what))
            found = map;
    free(line);
    if (file != NULL)
        fclose(file);
    return found;
}

static bool has_address(const struct map *map, const void *address)
{
    uint64_t wanted = *(const uint64_t *)address;
    return map->from <= wanted && wanted < map->to;
}

/* What is before the mapping's place is, as a difference, far behind it. */
static bool has_place(const struct map *map, const void *place)
{
    const struct hzw_file_place *wanted = place;
    return map->file.device == wanted->device && map->file.inode == wanted->inode &&
           wanted->offset - map->file.offset < map->to - map->from;
}

static void ask_where(struct hzw_key *key)
{
    struct map map = find_map(key->pid, has_address, &key->object);
    key->asked = true;
    key->file = map.file;
    key->file.offset += key->object - map.from;
}

static bool is_known(const struct hzw_key *key, pid_t pid)
{
    if (key->pid == pid)
        return true;
    for (size_t i = 0; i < key->aliases.n; i++)
        if (key->aliases.at[i].pid == pid)
            return true;
    return false;
}

/* Where the processes that are new to the key have it. */
static void ask_others(struct hzw_glance *look, struct hzw_key *key, const hzt_pids *pids,
                       unsigned *left)
{
    for (size_t i = 0; i<pids->n && * left> 0; i++) {
        if (is_known(key, pids->at[i]))
            continue;
        --*left;
        struct map map = find_map(pids->at[i], has_place, &key->file);
        uint64_t object = map.to != 0 ? map.from + (key->file.offset - map.file.offset) : 0;
        *hz_push(look->memory, &key->aliases) = (struct hzw_alias){pids->at[i], object, true};
    }
}

uint64_t hzw_object_in(const struct hzw_key *key, pid_t pid)
{
    if (key->pid == pid)
        return key->object;
    for (size_t i = 0; i < key->aliases.n; i++)
        if (key->aliases.at[i].pid == pid)
            return key->aliases.at[i].object;
    return 0;
}

static void list_processes(struct hzw_glance *look, hzt_pids *out)
{
    for (size_t i = 0; i < look->actors.n; i++) {
        pid_t pid = hzw_pid_of(look->actors.at[i].owner);
        bool listed = false;
        for (size_t k = out->n; k > 0 && !listed; k--)
            listed = out->at[k - 1] == pid;
        if (!listed)
            *hz_push(look->arena, out) = pid;
    }
}

void hzw_find_aliases(struct hzw_glance *look)
{
    unsigned left = MOST_MAPS;
    hzt_pids pids = {0};
    for (uint32_t i = 0; i < look->starve->table.keys.n; i++) {
        struct hzw_key *key = hzw_key_at(look, i);
        hzw_step(look->starve);
        if (!key->outside || !look->several)
            continue;
        if (!key->asked && left > 0) {
            left--;
            ask_where(key);
        }
        if (!key->asked || key->file.inode == 0)
            continue;
        if (pids.n == 0)
            list_processes(look, &pids);
        ask_others(look, key, &pids, &left);
        for (size_t k = 0; k < key->aliases.n; k++)
            if (key->aliases.at[k].object != 0)
                hzw_add_door(look,
                             (struct hzw_door){key->aliases.at[k].pid, key->aliases.at[k].object, 0,
                                               i, 0, key->aliases.at[k].fresh});
    }
}
