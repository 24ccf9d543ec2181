/*
 * For the tests of the preloaded library: runs a program of fake/ under it, with shared
 * memory of the test's own, and reads what the library writes there.
 */
#ifndef PRELOAD_RUN_H
#define PRELOAD_RUN_H

#include "watchdog/shared.h"
#include "watchdog/stacks.h"

#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIBRARY TEST_BUILD "/libhazmat-watch.so"

static struct hz_arena arena;
static struct hzw_region *region;
static int region_file;

/* A running pre-state, or the like, and what it told: the last number of each name. */
static struct {
    pid_t pid;
    FILE *in, *out;
    size_t n;
    struct {
        char name[32];
        unsigned long value;
    } told[64];
} program;

/* ---- helpers -------------------------------------------------------------------- */

static inline void start(const char *name, const char *state, const char *argument)
{
    int in[2], out[2];
    ck_assert(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
    program.pid = fork();
    if (program.pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        setenv("LD_PRELOAD", LIBRARY, 1);
        execl(hz_printf(&arena, TEST_FAKE "/%s", name), name, state, argument, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    program.in = fdopen(in[1], "w");
    program.out = fdopen(out[0], "r");
}

/* Reads one line of what the program tells; false if it says that it is ready. */
static inline bool listen_once(void)
{
    char line[128], *name = program.told[program.n].name;
    ck_assert_uint_lt(program.n, sizeof program.told / sizeof *program.told);
    ck_assert_msg(fgets(line, sizeof line, program.out) != NULL, "it ended before it was ready");
    ck_assert_int_eq(sscanf(line, "%31s %lx", name, &program.told[program.n].value), 2);
    if (strcmp(name, "ready") == 0)
        return false;
    program.n++;
    return true;
}

static inline void until_ready(void)
{
    while (listen_once())
        ;
}

static inline unsigned long told(const char *name)
{
    for (size_t i = program.n; i > 0; i--)
        if (strcmp(program.told[i - 1].name, name) == 0)
            return program.told[i - 1].value;
    ck_abort_msg("the program did not tell %s", name);
    return 0;
}

static inline void send(const char *line)
{
    fprintf(program.in, "%s\n", line);
    fflush(program.in);
}

static inline struct hzw_slot *find_slot(pid_t tid)
{
    for (unsigned i = 0; i < HZW_SLOTS && i < atomic_load(&region->next_slot); i++)
        if (atomic_load(&region->slot[i].owner) >> 32 == (uint32_t)tid)
            return &region->slot[i];
    return NULL;
}

static inline struct hzw_slot *slot_of(pid_t tid)
{
    struct hzw_slot *slot = find_slot(tid);
    ck_assert_msg(slot != NULL, "thread %d has no slot", (int)tid);
    return slot;
}

static inline struct hzw_slot *main_slot(void)
{
    return slot_of(program.pid);
}

static inline const struct hzw_held *held(const struct hzw_slot *slot, const char *name)
{
    for (uint32_t i = 0; i < hzw_held_most(slot); i++)
        if (hzw_held_at(slot, i)->object == told(name))
            return hzw_held_at(slot, i);
    return NULL;
}

static inline const struct hzw_tally *tally(const struct hzw_slot *slot, uint64_t object)
{
    for (uint32_t i = 0; i < hzw_tallies_most(slot); i++)
        if (hzw_tally_at(slot, i)->object == object)
            return hzw_tally_at(slot, i);
    return NULL;
}

static inline void is_tally(const struct hzw_slot *slot, const char *name, uint64_t taken,
                            uint64_t refused)
{
    const struct hzw_tally *found = tally(slot, told(name));
    ck_assert_msg(found != NULL, "no account of %s", name);
    ck_assert_msg(found->taken == taken && found->refused == refused, "%s: taken %lu, refused %lu",
                  name, (unsigned long)found->taken, (unsigned long)found->refused);
}

static inline int line_of(uint64_t caller)
{
    struct hzs_process *process = hzs_open(program.pid, NULL);
    ck_assert_ptr_nonnull(process);
    int line = hzs_frame(&arena, process, caller).line;
    hzs_close(process);
    return line;
}

static inline void setup(void)
{
    hz_arena_init(&arena);
    program.n = 0;
    region_file = memfd_create("hazmat", 0);
    ck_assert_int_eq(ftruncate(region_file, sizeof *region), 0);
    region = mmap(NULL, sizeof *region, PROT_READ | PROT_WRITE, MAP_SHARED, region_file, 0);
    ck_assert_ptr_ne(region, MAP_FAILED);
    region->magic = HZW_MAGIC;
    region->version = HZW_VERSION;
    region->slots = HZW_SLOTS;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)getpid(), region_file);
    setenv(HZW_ENV, path, 1);
}

static inline void teardown(void)
{
    if (program.pid > 0) {
        kill(program.pid, SIGKILL);
        waitpid(program.pid, NULL, 0);
        fclose(program.in);
        fclose(program.out);
        program.pid = 0;
    }
    munmap(region, sizeof *region);
    close(region_file);
    hz_arena_free(&arena);
}

/* ---- the log -------------------------------------------------------------------- */

/* All whole records so far, in order; ends before the first hole. */
static struct {
    size_t n;
    const struct hzw_record *at[100000];
} records;

static inline const struct hzw_record *copy_record(uint64_t from, uint32_t words)
{
    uint64_t *copy = hz_alloc(&arena, words * sizeof *copy);
    for (uint32_t i = 0; i < words; i++)
        copy[i] = atomic_load(&region->log[(from + i) % (HZW_LOG / 8)]);
    return (const struct hzw_record *)copy;
}

static inline void read_log_from(uint64_t head)
{
    records.n = 0;
    uint64_t at = head / 8, end = atomic_load(&region->log_tail) / 8;
    while (at < end) {
        uint64_t first = atomic_load(&region->log[at % (HZW_LOG / 8)]);
        if (first == 0)
            return;
        const struct hzw_record *record = copy_record(at, (uint32_t)(first >> 32));
        ck_assert_uint_lt(records.n, sizeof records.at / sizeof *records.at);
        ck_assert_uint_ge(record->kind, HZW_BORN);
        ck_assert_uint_le(record->kind, HZW_MISUSE);
        ck_assert_uint_eq(record->words * 8, sizeof *record + record->n * sizeof *record->entry);
        records.at[records.n++] = record;
        at += record->words;
    }
}

static inline void read_log(void)
{
    read_log_from(0);
}

static inline size_t count_records(enum hzw_record_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < records.n; i++)
        n += records.at[i]->kind == kind;
    return n;
}

/* The one that comes `skip` others of its kind later. */
static inline const struct hzw_record *find_record(enum hzw_record_kind kind, size_t skip)
{
    for (size_t i = 0; i < records.n; i++)
        if (records.at[i]->kind == kind && skip-- == 0)
            return records.at[i];
    ck_abort_msg("there are only %zu records of kind %d", count_records(kind), (int)kind);
    return NULL;
}

static inline int run_preload(const char *name, void (*add)(TCase *))
{
    Suite *suite = suite_create(name);
    TCase *tests = tcase_create(name);
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    add(tests);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
