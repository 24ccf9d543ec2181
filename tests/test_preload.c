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

static void start(const char *name, const char *state, const char *argument)
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
static bool listen_once(void)
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

static void until_ready(void)
{
    while (listen_once())
        ;
}

static unsigned long told(const char *name)
{
    for (size_t i = program.n; i > 0; i--)
        if (strcmp(program.told[i - 1].name, name) == 0)
            return program.told[i - 1].value;
    ck_abort_msg("the program did not tell %s", name);
    return 0;
}

static void send(const char *line)
{
    fprintf(program.in, "%s\n", line);
    fflush(program.in);
}

static struct hzw_slot *find_slot(pid_t tid)
{
    for (unsigned i = 0; i < HZW_SLOTS && i < atomic_load(&region->next_slot); i++)
        if (atomic_load(&region->slot[i].owner) >> 32 == (uint32_t)tid)
            return &region->slot[i];
    return NULL;
}

static struct hzw_slot *slot_of(pid_t tid)
{
    struct hzw_slot *slot = find_slot(tid);
    ck_assert_msg(slot != NULL, "thread %d has no slot", (int)tid);
    return slot;
}

static struct hzw_slot *main_slot(void)
{
    return slot_of(program.pid);
}

static const struct hzw_held *held(const struct hzw_slot *slot, const char *name)
{
    for (size_t i = 0; i < HZW_HELD; i++)
        if (slot->held[i].object == told(name))
            return &slot->held[i];
    return NULL;
}

static const struct hzw_tally *tally(const struct hzw_slot *slot, uint64_t object)
{
    for (size_t i = 0; i < HZW_TALLIES; i++)
        if (slot->tally[i].object == object)
            return &slot->tally[i];
    return NULL;
}

static void is_tally(const struct hzw_slot *slot, const char *name, uint64_t taken,
                     uint64_t refused)
{
    const struct hzw_tally *found = tally(slot, told(name));
    ck_assert_msg(found != NULL, "no account of %s", name);
    ck_assert_msg(found->taken == taken && found->refused == refused, "%s: taken %lu, refused %lu",
                  name, (unsigned long)found->taken, (unsigned long)found->refused);
}

static int line_of(uint64_t caller)
{
    struct hzs_process *process = hzs_open(program.pid, NULL);
    ck_assert_ptr_nonnull(process);
    int line = hzs_frame(&arena, process, caller).line;
    hzs_close(process);
    return line;
}

static void setup(void)
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

static void teardown(void)
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

/* ---- what is held --------------------------------------------------------------- */

static void is_held(const char *name, uint32_t kind, uint32_t depth)
{
    const struct hzw_held *found = held(main_slot(), name);
    ck_assert_msg(found != NULL, "%s is not held", name);
    ck_assert_msg(found->kind == kind && found->depth == depth, "%s: kind %u, depth %u", name,
                  found->kind, found->depth);
}

START_TEST(what_a_thread_holds)
{
    start("pre-state", "held", NULL);
    until_ready();
    ck_assert_uint_eq(main_slot()->held_n, 7);
    is_held("recursive", HZW_MUTEX, 2);
    is_held("rwlock", HZW_RWLOCK_READ, 2);
    is_held("second", HZW_RWLOCK_WRITE, 1);
    is_held("spin", HZW_SPIN, 1);
    is_held("c11", HZW_MUTEX, 1);
    is_held("semaphore", HZW_SEM, 1);
    ck_assert_int_eq(line_of(main_slot()->held[0].caller), told("mutex.line"));
    ck_assert_int_eq(line_of(held(main_slot(), "recursive")->caller), told("recursive.line"));
    is_tally(main_slot(), "recursive", 1, 0);
    is_tally(main_slot(), "semaphore", 1, 0);
    send("go on");
    until_ready();
    ck_assert_uint_eq(main_slot()->held_n, 2);
    is_held("recursive", HZW_MUTEX, 1);
    is_held("rwlock", HZW_RWLOCK_READ, 1);
    ck_assert_uint_eq(main_slot()->held[2].object, 0);
}
END_TEST

START_TEST(more_locks_than_there_is_room_for)
{
    start("pre-state", "many", NULL);
    until_ready();
    ck_assert_uint_eq(main_slot()->held_n, 40);
    ck_assert_uint_ne(main_slot()->held[HZW_HELD - 1].object, 0);
    send("go on");
    until_ready();
    ck_assert_uint_eq(main_slot()->held_n, 0);
    for (size_t i = 0; i < HZW_HELD; i++)
        ck_assert_uint_eq(main_slot()->held[i].object, 0);
}
END_TEST

START_TEST(more_objects_than_there_are_tallies)
{
    start("pre-state", "objects", NULL);
    until_ready();
    uint64_t most = 0;
    size_t used = 0;
    for (size_t i = 0; i < HZW_TALLIES; i++) {
        uint64_t taken = main_slot()->tally[i].taken;
        most = taken > most ? taken : most;
        used += main_slot()->tally[i].object != 0;
    }
    ck_assert_uint_eq(most, 1000);
    ck_assert_uint_eq(used, HZW_TALLIES);
    ck_assert_uint_eq(main_slot()->tallies_full, 301 - HZW_TALLIES);
}
END_TEST

/* ---- waits ---------------------------------------------------------------------- */

static const struct {
    const char *state;
    uint32_t kind;
    bool timed;
} waits[] = {
    {"lock", HZW_MUTEX, false},
    {"timedlock", HZW_MUTEX, true},
    {"clocklock", HZW_MUTEX, true},
    {"rdlock", HZW_RWLOCK_READ, false},
    {"timedrdlock", HZW_RWLOCK_READ, true},
    {"clockrdlock", HZW_RWLOCK_READ, true},
    {"wrlock", HZW_RWLOCK_WRITE, false},
    {"timedwrlock", HZW_RWLOCK_WRITE, true},
    {"clockwrlock", HZW_RWLOCK_WRITE, true},
    {"spin", HZW_SPIN, false},
    {"mtx", HZW_MUTEX, false},
    {"timedmtx", HZW_MUTEX, true},
    {"sem", HZW_SEM, false},
    {"timedsem", HZW_SEM, true},
    {"clocksem", HZW_SEM, true},
    {"cond", HZW_COND, false},
    {"timedcond", HZW_COND, true},
    {"clockcond", HZW_COND, true},
    {"cnd", HZW_COND, false},
    {"timedcnd", HZW_COND, true},
    {"barrier", HZW_BARRIER, false},
    {"join", HZW_JOIN, false},
    {"timedjoin", HZW_JOIN, true},
    {"clockjoin", HZW_JOIN, true},
    {"thrd_join", HZW_JOIN, false},
};

START_TEST(a_wait_is_told)
{
    start("pre-state", waits[_i].state, NULL);
    until_ready();
    struct hzw_slot *slot = slot_of((pid_t)told("tid"));
    while (atomic_load(&slot->wait_seq) % 2 == 0)
        usleep(1000);
    const struct hzw_wait copy = slot->wait, *wait = &copy;
    ck_assert_uint_eq(wait->kind, waits[_i].kind);
    ck_assert_uint_eq(wait->timed, waits[_i].timed);
    ck_assert_uint_eq(wait->object, told("object"));
    ck_assert_int_eq(line_of(wait->caller), told("line"));
    ck_assert_double_le(wait->since / 1e9, hz_now());
    ck_assert_double_ge(wait->since / 1e9, hz_now() - 100);
    ck_assert_uint_eq(wait->need, wait->kind == HZW_BARRIER ? 2 : 0);
    ck_assert_uint_eq(wait->with, wait->kind == HZW_COND ? told("mutex") : 0);
    if (wait->kind == HZW_JOIN) {
        ck_assert_uint_eq(slot_of(wait->target)->pthread, told("object"));
        ck_assert_int_ne(wait->target, 0);
    }
    if (wait->kind == HZW_COND)
        ck_assert_uint_eq(slot->held_n, 0);
    send("let go");
    until_ready();
    until_ready();
    ck_assert_uint_eq(atomic_load(&slot->wait_seq) % 2, 0);
    if (wait->kind == HZW_COND)
        ck_assert_ptr_nonnull(held(slot, "mutex"));
    else if (wait->kind != HZW_BARRIER && wait->kind != HZW_JOIN)
        is_tally(slot, "object", 1, 0);
}
END_TEST

/* ---- accounts ------------------------------------------------------------------- */

START_TEST(tries_in_a_row)
{
    start("pre-state", "accounts", NULL);
    until_ready();
    struct hzw_slot *slot = slot_of((pid_t)told("tid"));
    is_tally(slot, "mutex", 0, 30);
    is_tally(slot, "rwlock", 0, 30);
    is_tally(slot, "spin", 0, 30);
    is_tally(slot, "c11", 0, 30);
    is_tally(slot, "semaphore", 0, 30);
    send("let go");
    until_ready();
    until_ready();
    is_tally(slot, "mutex", 2, 0);
    is_tally(main_slot(), "recursive", 1, 0);
}
END_TEST

static void wake(struct hzw_slot *slot, const char *line, uint64_t vain)
{
    while (atomic_load(&slot->wait_seq) % 2 == 0)
        usleep(1000);
    send(line);
    while (line[0] != 'd' && atomic_load(&slot->episode.vain) < vain)
        usleep(1000);
}

START_TEST(a_condition_is_an_episode)
{
    start("pre-state", "episode", NULL);
    while (program.n < 3)
        listen_once();
    struct hzw_slot *slot = slot_of((pid_t)told("tid"));
    while (atomic_load(&slot->wait_seq) % 2 == 0)
        usleep(1000);
    uint64_t since = slot->episode.since;
    ck_assert_uint_eq(atomic_load(&slot->episode.seq), 1);
    ck_assert_uint_eq(slot->episode.object, told("condition"));
    ck_assert_uint_eq(slot->episode.with, told("mutex"));
    for (uint64_t vain = 1; vain <= 3; vain++)
        wake(slot, "vain", vain);
    ck_assert_uint_eq(atomic_load(&slot->episode.seq), 1);
    ck_assert_uint_eq(slot->episode.since, since);
    ck_assert_ptr_null(tally(slot, told("condition")));
    wake(slot, "done", 3);
    until_ready();
    until_ready();
    /* The second episode ended by its time-out, and got nothing. */
    ck_assert_uint_eq(atomic_load(&slot->episode.seq), 4);
    is_tally(slot, "condition", 1, 0);
}
END_TEST

START_TEST(a_descriptor_that_gives_nothing)
{
    start("pre-state", "descriptors", NULL);
    until_ready();
    const struct hzw_tally *found = tally(main_slot(), HZW_IO_OBJECT(told("descriptor")));
    ck_assert_ptr_nonnull(found);
    ck_assert_uint_eq(found->refused, 20);
    ck_assert_uint_eq(found->kind, HZW_IO);
    send("go on");
    until_ready();
    ck_assert_uint_eq(found->refused, 0);
}
END_TEST

/* ---- threads, processes --------------------------------------------------------- */

START_TEST(a_cancelled_wait_is_over_and_the_mutex_is_held)
{
    start("pre-state", "cancel", NULL);
    until_ready();
    struct hzw_slot *slot = slot_of((pid_t)told("tid"));
    ck_assert_uint_eq(atomic_load(&slot->wait_seq) % 2, 0);
    ck_assert_ptr_nonnull(held(slot, "mutex"));
}
END_TEST

START_TEST(a_thread_is_watched_to_its_end)
{
    start("pre-state", "leaving", NULL);
    until_ready();
    ck_assert_ptr_nonnull(held(slot_of((pid_t)told("tid")), "mutex"));
}
END_TEST

START_TEST(slots_are_used_again)
{
    start("pre-state", "threads", "3000");
    until_ready();
    ck_assert_uint_lt(atomic_load(&region->next_slot), 100);
    ck_assert_uint_eq(atomic_load(&region->lost), 0);
    /* All are clean but those of the main thread and of the one that kept a lock. */
    struct hzw_slot *kept = slot_of((pid_t)told("tid"));
    ck_assert_uint_eq(kept->held_n, 1);
    static const struct hzw_slot clean;
    for (unsigned i = 0; i < atomic_load(&region->next_slot); i++)
        if (&region->slot[i] != kept && &region->slot[i] != main_slot())
            ck_assert_mem_eq(&region->slot[i], &clean, sizeof clean);
}
END_TEST

START_TEST(slots_of_dead_processes_are_used_again)
{
    pid_t dead = fork();
    if (dead == 0)
        _exit(0);
    waitpid(dead, NULL, 0);
    for (unsigned i = 0; i < HZW_SLOTS; i++)
        atomic_store(&region->slot[i].owner, (uint64_t)(i < 9000 ? getpid() : dead));
    region->slot[9000].held_n = 5;
    atomic_store(&region->next_slot, HZW_SLOTS);
    start("pre-state", "threads", "20");
    until_ready();
    ck_assert_ptr_eq(main_slot(), &region->slot[9000]);
    ck_assert_uint_eq(main_slot()->held_n, 0);
    ck_assert_uint_eq(atomic_load(&region->lost), 0);
}
END_TEST

START_TEST(a_forked_child_holds_what_its_parent_held)
{
    start("pre-state", "fork", NULL);
    until_ready();
    ck_assert_int_eq(line_of(main_slot()->last_fork), told("line"));
    pid_t child = (pid_t)told("child");
    while (find_slot(child) == NULL)
        usleep(1000);
    struct hzw_slot *slot = slot_of(child);
    while (held(slot, "mutex") == NULL)
        usleep(1000);
    ck_assert_uint_eq((uint32_t)slot->owner, child);
    ck_assert_ptr_nonnull(held(main_slot(), "mutex"));
    kill(child, SIGKILL);
}
END_TEST

/* ---- what it must not do -------------------------------------------------------- */

START_TEST(no_system_call_where_nobody_waits)
{
    start("pre-state", "strict", NULL);
    int status = 0;
    ck_assert_int_eq(waitpid(program.pid, &status, 0), program.pid);
    program.pid = 0;
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", status);
}
END_TEST

/* What pre-same prints and how it ends. */
static const char *output_of_same(const char *library)
{
    char *const command =
        hz_printf(&arena, "LD_PRELOAD='%s' " TEST_FAKE "/pre-same; echo \"status $?\"", library);
    FILE *out = popen(command, "r");
    char *text = hz_alloc(&arena, 1 << 16);
    size_t n = fread(text, 1, (1 << 16) - 1, out);
    ck_assert_uint_gt(n, 1000);
    pclose(out);
    ck_assert_ptr_nonnull(strstr(text, "status 3"));
    return text;
}

static void all_slots_are_taken(void)
{
    for (unsigned i = 0; i < HZW_SLOTS; i++)
        atomic_store(&region->slot[i].owner, (uint64_t)getpid());
    atomic_store(&region->next_slot, HZW_SLOTS);
}

static void is_same(const char *output, const char *native)
{
    const char *line = output;
    while (*output != '\0' && *output == *native) {
        if (*output == '\n')
            line = output + 1;
        output++;
        native++;
    }
    ck_assert_msg(*output == *native, "differs in \"%.*s\"", (int)strcspn(line, "\n"), line);
}

START_TEST(programs_behave_the_same)
{
    const char *native = output_of_same("");
    is_same(output_of_same(LIBRARY), native);
    ck_assert_uint_gt(atomic_load(&region->next_slot), 5);
    all_slots_are_taken();
    is_same(output_of_same(LIBRARY), native);
    ck_assert_uint_gt(atomic_load(&region->lost), 1);
}
END_TEST

START_TEST(a_region_that_is_none_is_left_alone)
{
    const char *native = output_of_same("");
    region->version++;
    is_same(output_of_same(LIBRARY), native);
    region->version--;
    region->magic++;
    is_same(output_of_same(LIBRARY), native);
    region->magic--;
    ck_assert_int_eq(ftruncate(region_file, 4096), 0);
    is_same(output_of_same(LIBRARY), native);
    ck_assert_uint_eq(atomic_load(&region->next_slot), 0);
    setenv(HZW_ENV, "/nowhere", 1);
    is_same(output_of_same(LIBRARY), native);
    unsetenv(HZW_ENV);
    is_same(output_of_same(LIBRARY), native);
}
END_TEST

START_TEST(conditions_have_the_version_that_programs_ask_for)
{
    static const char *const names[] = {"pthread_cond_init",   "pthread_cond_destroy",
                                        "pthread_cond_wait",   "pthread_cond_timedwait",
                                        "pthread_cond_signal", "pthread_cond_broadcast"};
    unsetenv(HZW_ENV);
    void *library = dlopen(LIBRARY, RTLD_NOW);
    ck_assert_msg(library != NULL, "%s", dlerror());
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        Dl_info info;
        void *function = dlvsym(library, names[i], "GLIBC_2.3.2");
        ck_assert_ptr_nonnull(function);
        ck_assert_int_ne(dladdr(function, &info), 0);
        ck_assert_ptr_nonnull(strstr(info.dli_fname, "libhazmat-watch"));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("preload");
    TCase *tests = tcase_create("preload");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, what_a_thread_holds);
    tcase_add_test(tests, more_locks_than_there_is_room_for);
    tcase_add_test(tests, more_objects_than_there_are_tallies);
    tcase_add_loop_test(tests, a_wait_is_told, 0, sizeof waits / sizeof *waits);
    tcase_add_test(tests, tries_in_a_row);
    tcase_add_test(tests, a_condition_is_an_episode);
    tcase_add_test(tests, a_descriptor_that_gives_nothing);
    tcase_add_test(tests, a_cancelled_wait_is_over_and_the_mutex_is_held);
    tcase_add_test(tests, a_thread_is_watched_to_its_end);
    tcase_add_test(tests, slots_are_used_again);
    tcase_add_test(tests, slots_of_dead_processes_are_used_again);
    tcase_add_test(tests, a_forked_child_holds_what_its_parent_held);
    tcase_add_test(tests, no_system_call_where_nobody_waits);
    tcase_add_test(tests, programs_behave_the_same);
    tcase_add_test(tests, a_region_that_is_none_is_left_alone);
    tcase_add_test(tests, conditions_have_the_version_that_programs_ask_for);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
