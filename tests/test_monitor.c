/*
 * The live monitor on programs that hang, each in its own way: tests/fake/hang-*.c.
 * What it says of those that do not is in test_monitor_quiet.c.
 */
#include "monitor_run.h"

#include "watchdog/shared.h"

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/stat.h>

/* ---- what a finding says ---------------------------------------------------------------- */

/* Whether the source has the comment HERE on the frame's line. */
static bool is_here(const struct hz_frame *frame)
{
    char line[512];
    FILE *file = frame->file != NULL ? fopen(frame->file, "r") : NULL;
    bool here = false;
    for (int n = 1; file != NULL && fgets(line, sizeof line, file) != NULL; n++)
        here |= n == frame->line && strstr(line, "/* HERE */") != NULL;
    if (file != NULL)
        fclose(file);
    return here;
}

static size_t parties_here(const struct hz_finding *finding)
{
    size_t n = 0;
    for (size_t i = 0; i < finding->parties.n; i++) {
        const struct hz_party *party = &finding->parties.at[i];
        bool here = false;
        for (size_t j = 0; j < party->stack.n; j++)
            here |= is_here(&party->stack.at[j]);
        for (size_t j = 0; j < party->holds.n; j++)
            here |= is_here(&party->holds.at[j].taken_at);
        n += here;
    }
    return n;
}

static void check_form(const struct hz_finding *finding)
{
    ck_assert_str_eq(finding->detector, "watchdog");
    ck_assert_uint_eq(finding->times, 1);
    ck_assert_uint_gt(strlen(finding->summary), 10);
    ck_assert_uint_gt(finding->parties.n, 0);
    for (size_t i = 0; i < finding->parties.n; i++) {
        const struct hz_party *party = &finding->parties.at[i];
        int pid = 0, tid = 0;
        ck_assert_int_eq(sscanf(party->id, "pid %d tid %d", &pid, &tid), 2);
        ck_assert_int_gt(pid, 0);
        ck_assert_int_gt(tid, 0);
        ck_assert_ptr_nonnull(party->name);
        ck_assert_uint_gt(strlen(party->role), 5);
    }
}

/* ---- programs that hang ------------------------------------------------------------------ */

/* What is told of each without the preload, and with it where that knows more. */
static const struct hang {
    const char *name, *argument;
    const char *kind, *kind_with_preload;
    size_t parties; /* with the preload */
    size_t misuse;  /* findings of misuse that the preload makes first */
    bool part;      /* something else goes on */
    bool probable;
} hangs[] = {
    {.name = "hang-abba", .kind = "lock-cycle", .parties = 2},
    {.name = "hang-cycle3", .kind = "lock-cycle", .parties = 3},
    {.name = "hang-self", .kind = "self-lock", .parties = 1},
    {.name = "hang-self", .argument = "robust", .kind = "self-lock", .parties = 1},
    {.name = "hang-self",
     .argument = "pi",
     .kind = "no-waker",
     .kind_with_preload = "self-lock",
     .parties = 1},
    {.name = "hang-join-cycle", .kind = "join-cycle", .parties = 3},
    {.name = "hang-owner-gone", .kind = "owner-gone", .parties = 1, .misuse = 1},
    {.name = "hang-owner-gone",
     .argument = "100",
     .kind = "owner-gone",
     .parties = 1,
     .misuse = 1},
    {.name = "hang-owner-dead", .kind = "owner-gone", .parties = 1},
    {.name = "hang-fork-locked", .kind = "owner-gone", .parties = 1, .part = true},
    {.name = "hang-shared-abba", .kind = "lock-cycle", .parties = 2},
    {.name = "hang-lost-wake", .kind = "lost-wake", .parties = 2},
    {.name = "hang-pipes", .kind = "pipe-cycle", .parties = 2},
    {.name = "hang-pipe-end", .kind = "pipe", .parties = 1},
    {.name = "hang-child-input", .kind = "child", .parties = 2},
    {.name = "hang-lost-signal", .kind = "lost-signal", .parties = 2},
    {.name = "hang-barrier", .kind = "barrier", .parties = 3},
    {.name = "hang-semaphores", .kind = "semaphore", .parties = 3},
    {.name = "hang-rwlock-upgrade", .kind = "self-lock", .parties = 1},
    {.name = "hang-rwlock-upgrade",
     .argument = "beside",
     .kind = NULL,
     .kind_with_preload = "self-lock",
     .parties = 1,
     .part = true},
    {.name = "hang-rwlock-reader",
     .kind = NULL,
     .kind_with_preload = "lock-cycle",
     .parties = 2,
     .part = true},
    {.name = "hang-spin", .kind = NULL, .kind_with_preload = "lock-cycle", .parties = 2},
    {.name = "hang-join-locked", .kind = "wait-cycle", .parties = 2},
    {.name = "hang-monitor", .kind = "wait-cycle", .parties = 3},
    {.name = "hang-fifo",
     .argument = "FOLDER",
     .kind = "fifo-open",
     .parties = 2,
     .probable = true},
    {.name = "hang-file-lock", .argument = "FOLDER", .kind = "file-lock", .parties = 2},
    {.name = "hang-part", .kind = "lock-cycle", .parties = 2, .part = true},
};
#define HANGS (sizeof hangs / sizeof *hangs)

static void check_hang(const struct hang *hang, bool preload)
{
    const char *kind = preload && hang->kind_with_preload ? hang->kind_with_preload : hang->kind;
    struct run run = {.options = hzw_defaults(), .preload = preload};
    run.findings = hang->part ? 1 : 0;
    /* Where nothing is to be found it takes a while to show that. */
    run.seconds = kind == NULL ? 1.0 : 0;
    bool in_folder = hang->argument != NULL && strcmp(hang->argument, "FOLDER") == 0;
    char *argv[] = {fake(hang->name), in_folder ? folder : (char *)hang->argument, NULL};
    watch(&run, argv);
    const hz_findings *findings = hzw_findings(run.monitor);
    if (kind == NULL) {
        ck_assert_int_eq(run.outcome.end, HZ_END_DEADLINE);
        ck_assert_uint_eq(findings->n, 0);
        hzw_close(run.monitor);
        return;
    }
    ck_assert_msg(run.outcome.end == HZ_END_STOPPED, "%s: %s", hang->name,
                  hz_end_name(run.outcome.end));
    ck_assert_int_eq(run.hung, !hang->part);
    ck_assert_int_eq(hzw_hang(run.monitor) != NULL, !hang->part);
    size_t misuse = preload ? hang->misuse : 0;
    ck_assert_uint_eq(findings->n, misuse + 1);
    for (size_t i = 0; i < misuse; i++)
        ck_assert_int_eq(findings->at[i].class, HZ_MISUSE);
    const struct hz_finding *finding = &findings->at[misuse];
    check_form(finding);
    ck_assert_int_eq(finding->class, HZ_DEADLOCK);
    ck_assert_str_eq(finding->kind, kind);
    ck_assert_int_eq(finding->sure, hang->probable ? HZ_PROBABLE : HZ_CERTAIN);
    ck_assert_uint_eq(finding->parties.n, hang->parties);
    ck_assert_uint_gt(parties_here(finding), 0);
    hzw_close(run.monitor);
}

START_TEST(a_hang_is_found)
{
    check_hang(&hangs[_i], false);
}
END_TEST

START_TEST(a_hang_is_found_with_the_preload)
{
    check_hang(&hangs[_i], true);
}
END_TEST

/* A finding of two locks, in full. */
static void check_abba(bool preload)
{
    struct run run = {.options = hzw_defaults(), .preload = preload};
    char *argv[] = {fake("hang-abba"), NULL};
    watch(&run, argv);
    const hz_findings *findings = hzw_findings(run.monitor);
    ck_assert_uint_eq(findings->n, 1);
    const struct hz_finding *finding = &findings->at[0];
    ck_assert_uint_eq(parties_here(finding), 2);
    for (size_t i = 0; i < 2; i++) {
        const struct hz_party *party = &finding->parties.at[i];
        const struct hz_party *other = &finding->parties.at[1 - i];
        ck_assert_str_eq(party->name, "hang-abba");
        ck_assert_ptr_nonnull(strstr(party->role, "waits for mutex "));
        ck_assert_str_eq(party->waits_for.kind, "mutex");
        ck_assert_uint_eq(party->holds.n, 1);
        ck_assert_str_eq(party->holds.at[0].kind, "mutex");
        ck_assert_str_eq(party->holds.at[0].name, other->waits_for.name);
        ck_assert_int_eq(party->holds.at[0].taken_at.line > 0, preload);
        ck_assert_ptr_nonnull(strstr(other->role, strrchr(party->id, ' ')));
    }
    ck_assert_str_eq(hzw_hang(run.monitor), "3 threads: join, mutex, mutex");
    hzw_close(run.monitor);
}

START_TEST(two_locks_are_told_in_full)
{
    check_abba(false);
    check_abba(true);
}
END_TEST

START_TEST(the_most_telling_wait_comes_first)
{
    struct run run = {.options = hzw_defaults()};
    char *argv[] = {fake("hang-monitor"), NULL};
    watch(&run, argv);
    const struct hz_finding *finding = &hzw_findings(run.monitor)->at[0];
    ck_assert_str_eq(finding->parties.at[0].waits_for.kind, "condition");
    ck_assert_str_eq(finding->parties.at[1].waits_for.kind, "mutex");
    ck_assert_str_eq(finding->parties.at[2].waits_for.kind, "join");
    hzw_close(run.monitor);
}
END_TEST

/* ---- what options and repetition do ------------------------------------------------------- */

START_TEST(each_deadlock_is_told_once)
{
    struct run run = {.options = hzw_defaults(), .go_on = true, .seconds = 1.0};
    char *argv[] = {fake("hang-abba"), NULL};
    watch(&run, argv);
    ck_assert_int_eq(run.outcome.end, HZ_END_DEADLINE);
    ck_assert(run.hung);
    ck_assert_uint_gt(run.looks, 20);
    ck_assert_uint_eq(hzw_findings(run.monitor)->n, 1);
    hzw_close(run.monitor);
}
END_TEST

START_TEST(without_findings_only_the_hang_is_told)
{
    struct run run = {.options = hzw_defaults()};
    run.options.findings = false;
    char *argv[] = {fake("hang-abba"), NULL};
    watch(&run, argv);
    ck_assert_int_eq(run.outcome.end, HZ_END_STOPPED);
    ck_assert_uint_eq(hzw_findings(run.monitor)->n, 0);
    ck_assert_ptr_nonnull(hzw_hang(run.monitor));
    hzw_close(run.monitor);
}
END_TEST

START_TEST(nothing_is_told_before_it_is_confirmed)
{
    struct run run = {.options = hzw_defaults(), .seconds = 1.0};
    run.options.confirm = 1000.0;
    char *argv[] = {fake("hang-lost-signal"), NULL};
    watch(&run, argv);
    ck_assert_int_eq(run.outcome.end, HZ_END_DEADLINE);
    ck_assert_uint_eq(hzw_findings(run.monitor)->n, 0);
    ck_assert_ptr_null(hzw_hang(run.monitor));
    hzw_close(run.monitor);
}
END_TEST

START_TEST(a_cycle_of_locks_needs_no_time)
{
    struct run run = {.options = hzw_defaults(), .preload = true, .seconds = 1.0};
    run.options.confirm = 1000.0;
    char *argv[] = {fake("hang-abba"), NULL};
    watch(&run, argv);
    ck_assert_int_eq(run.outcome.end, HZ_END_DEADLINE);
    ck_assert_uint_eq(hzw_findings(run.monitor)->n, 1);
    ck_assert_str_eq(hzw_findings(run.monitor)->at[0].kind, "lock-cycle");
    ck_assert_ptr_null(hzw_hang(run.monitor));
    hzw_close(run.monitor);
}
END_TEST

/* A starving thread is told with the line of its call, which a mark may be at. */
START_TEST(a_stuck_holder_is_told)
{
    struct run run = {.options = hzw_defaults(), .preload = true, .findings = 1};
    run.options.hold_seconds = 0.2;
    char *argv[] = {fake("hang-holder"), NULL};
    watch(&run, argv);
    ck_assert_int_eq(run.outcome.end, HZ_END_STOPPED);
    ck_assert(!run.hung);
    const struct hz_finding *finding = &hzw_findings(run.monitor)->at[0];
    check_form(finding);
    ck_assert_int_eq(finding->class, HZ_STARVATION);
    ck_assert_str_eq(finding->kind, "stuck-holder");
    ck_assert_uint_eq(finding->parties.n, 2);
    ck_assert_uint_eq(parties_here(finding), 2);
    hzw_close(run.monitor);
}
END_TEST

static size_t open_files(void)
{
    size_t n = 0;
    DIR *own = opendir("/proc/self/fd");
    while (readdir(own) != NULL)
        n++;
    closedir(own);
    return n;
}

static size_t memory_then, memory_now, files_then, files_now;

static enum hz_look look_often(void *context, pid_t supervisor)
{
    struct run *run = context;
    for (int i = 0; i < 100; i++)
        run->hung |= hzw_look(run->monitor, supervisor, false);
    run->looks += 100;
    if (run->looks == 500) {
        memory_then = mallinfo2().uordblks;
        files_then = open_files();
    }
    memory_now = mallinfo2().uordblks;
    files_now = open_files();
    return run->looks < 3000 ? HZ_LOOK_GO_ON : HZ_LOOK_STOP;
}

START_TEST(looks_leave_nothing_behind)
{
    struct run run = {.options = hzw_defaults()};
    run.options.share = 1;
    run.monitor = hzw_open(&run.options, NULL);
    char *argv[] = {fake("hang-part"), NULL};
    struct hz_command command = {
        .argv = argv,
        .limits = {.seconds = DEADLINE, .grace = 0.1, .head = 4096, .tail = 4096},
        .observer = {.every = 0.001, .look = look_often, .context = &run},
    };
    do {
        hz_supervise(&arena, &command, &run.outcome);
    } while (run.outcome.end == HZ_END_EXITED);
    ck_assert_int_eq(run.outcome.end, HZ_END_STOPPED);
    ck_assert_uint_eq(files_now, files_then);
    ck_assert_msg(memory_now < memory_then + 65536, "%zu bytes, then %zu", memory_then, memory_now);
    hzw_close(run.monitor);
}
END_TEST

START_TEST(the_environment_leads_to_the_shared_memory)
{
    struct hzw_options options = hzw_defaults();
    struct hzw_monitor *monitor = hzw_open(&options, NULL);
    char *text = hzw_environment(&arena, monitor);
    ck_assert_int_eq(strncmp(text, HZW_ENV "=", strlen(HZW_ENV) + 1), 0);
    static struct hzw_region head;
    int fd = open(strchr(text, '=') + 1, O_RDWR);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(read(fd, &head, offsetof(struct hzw_region, slot)),
                     offsetof(struct hzw_region, slot));
    ck_assert_uint_eq(head.magic, HZW_MAGIC);
    ck_assert_uint_eq(head.version, HZW_VERSION);
    ck_assert_uint_eq(head.slots, HZW_SLOTS);
    struct stat about;
    ck_assert_int_eq(fstat(fd, &about), 0);
    ck_assert_int_eq(about.st_size, sizeof(struct hzw_region));
    ck_assert_int_lt(about.st_blocks * 512, 1 << 20);
    close(fd);
    hzw_close(monitor);
    hzw_close(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor");
    TCase *hanging = add_case(suite, "hangs");
    tcase_add_loop_test(hanging, a_hang_is_found, 0, HANGS);
    tcase_add_loop_test(hanging, a_hang_is_found_with_the_preload, 0, HANGS);
    tcase_add_test(hanging, two_locks_are_told_in_full);
    tcase_add_test(hanging, the_most_telling_wait_comes_first);

    TCase *way = add_case(suite, "way");
    tcase_add_test(way, each_deadlock_is_told_once);
    tcase_add_test(way, without_findings_only_the_hang_is_told);
    tcase_add_test(way, nothing_is_told_before_it_is_confirmed);
    tcase_add_test(way, a_cycle_of_locks_needs_no_time);
    tcase_add_test(way, a_stuck_holder_is_told);
    tcase_add_test(way, looks_leave_nothing_behind);
    tcase_add_test(way, the_environment_leads_to_the_shared_memory);
    return run_suite(suite);
}
