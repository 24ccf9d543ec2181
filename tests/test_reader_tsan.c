#include "detectors/tsan_reader.h"
#include "reader_help.h"

static const struct hz_outcome well = {.end = HZ_END_EXITED};
static struct hz_error error;

/* A log in which the runtime says no more than that it was there. */
static const char there[] = "***** Running under ThreadSanitizer v3 (pid 7) *****\n";

static struct hz_raw left_by(const char *folder)
{
    return captured(hz_printf(&arena, "tsan-14.0.6/%s", folder), &well);
}

/* What is read where the program was not linked with tsan_report.c. */
static void drop_lines(struct hz_raw *raw)
{
    size_t kept = 0;
    for (size_t i = 0; i < raw->files.n; i++)
        if (strncmp(raw->files.at[i].name, "report.", 7) != 0)
            raw->files.at[kept++] = raw->files.at[i];
    raw->files.n = kept;
}

static hz_findings read_ok(const struct hz_raw *raw)
{
    hz_findings findings = {0};
    ck_assert_msg(hz_tsan.read(&arena, raw, &findings, &error), "%s", error.text);
    for (size_t i = 0; i < findings.n; i++)
        ck_assert_str_eq(findings.at[i].detector, "tsan");
    return findings;
}

/* ---- what was reported: the same by either form ---- */

static const struct {
    const char *folder;
    const char *expected[4];
} reports[] = {
    {"race", {"race/data-race race.c:10 race.c:10"}},
    {"order", {"deadlock/lock-order order.c:8 order.c:7 order.c:17 order.c:16"}},
    {"heap",
     {"race/heap-use-after-free heap.c:11 heap.c:17",
      "race/heap-use-after-free heap.c:11 heap.c:31"}},
    {"sig", {"race/signal-unsafe sig.c:11", "race/signal-unsafe sig.c:11"}},
    {"three",
     {"deadlock/lock-order three.c:13 three.c:12 three.c:13 three.c:12 three.c:13 three.c:12",
      "race/data-race three.c:22 three.c:22"}},
    {"hang", {"race/data-race hang.c:22 hang.c:10"}},
    {"forked",
     {"race/data-race forked.c:10 forked.c:10", "race/data-race forked.c:17 forked.c:17"}},
    {"clean", {NULL}},
    {"crash", {NULL}}, /* by itself: a NULL pointer */
};

START_TEST(by_lines)
{
    struct hz_raw raw = left_by(reports[_i].folder);
    hz_findings findings = read_ok(&raw);
    check_findings(&findings, reports[_i].expected);
}
END_TEST

START_TEST(by_log)
{
    struct hz_raw raw = left_by(reports[_i].folder);
    drop_lines(&raw);
    hz_findings findings = read_ok(&raw);
    check_findings(&findings, reports[_i].expected);
}
END_TEST

static void check_race(const hz_findings *findings)
{
    const struct hz_finding *race = &findings->at[0];
    const struct hz_party *party = race->parties.at;
    ck_assert_str_eq(race->summary, "data race on counter: count (race.c:10)");
    ck_assert_int_eq(race->sure, HZ_CERTAIN);
    ck_assert_uint_eq(race->times, 1);
    ck_assert_str_eq(party[0].role, "write of 8 bytes");
    ck_assert_str_eq(party[1].role, "previous write of 8 bytes");
    ck_assert_str_ne(party[0].id, party[1].id);
    ck_assert_int_eq(party[0].id[0], 'T');
    const struct hz_frame *frame = &party[0].stack.at[0];
    ck_assert_str_eq(frame->function, "count");
    ck_assert_str_eq(frame->file, "/tmp/readers/race.c");
    ck_assert_str_eq(frame->module, "/tmp/readers/race.tsan");
    ck_assert_uint_ne(frame->address, 0);
}

START_TEST(a_race_in_full)
{
    struct hz_raw raw = left_by("race");
    hz_findings findings = read_ok(&raw);
    check_race(&findings);
    drop_lines(&raw);
    findings = read_ok(&raw);
    check_race(&findings);
}
END_TEST

static void check_order(const hz_findings *findings)
{
    const struct hz_finding *order = &findings->at[0];
    const struct hz_party *party = order->parties.at;
    ck_assert_int_eq(order->sure, HZ_PROBABLE);
    ck_assert_uint_eq(order->parties.n, 4);
    ck_assert_str_eq(party[0].id, "T1");
    ck_assert_str_eq(party[1].id, "T1");
    ck_assert_str_eq(party[2].id, "T2");
    ck_assert_str_eq(party[3].id, "T2");
    ck_assert_str_eq(party[0].stack.at[0].function, "pthread_mutex_lock");
    ck_assert_str_eq(party[0].stack.at[1].function, "forth");
    ck_assert_uint_eq(party[0].holds.n, 1);
    ck_assert_str_eq(party[0].holds.at[0].kind, "mutex");
    /* What the one holds is what the other waits for. */
    ck_assert_str_eq(party[0].holds.at[0].name, party[2].waits_for.name);
    ck_assert_str_eq(party[2].holds.at[0].name, party[0].waits_for.name);
    ck_assert_str_ne(party[0].holds.at[0].name, party[0].waits_for.name);
}

START_TEST(a_lock_order_in_full)
{
    struct hz_raw raw = left_by("order");
    hz_findings findings = read_ok(&raw);
    check_order(&findings);
    ck_assert_int_eq(findings.at[0].parties.at[0].holds.at[0].taken_at.line, 7);
    ck_assert_ptr_nonnull(strstr(findings.at[0].parties.at[0].holds.at[0].name, "a (0x"));
    drop_lines(&raw);
    findings = read_ok(&raw);
    check_order(&findings);
}
END_TEST

START_TEST(names_of_threads)
{
    static const char lines[] = "report\t1\tdata-race\nthread\t0\t70\t\nthread\t2\t72\treader\n"
                                "access\t2\tatomic-read\t1\t0x10\t\nframe\tf\ta.c\t3\tm\t0x1\n"
                                "access\t0\twrite\t2\t0x10\t\nframe\tg\ta.c\t4\tm\t0x2\nend\n";
    hz_findings findings = {0};
    hz_tsan_lines(&arena, text_bytes(lines), &findings);
    ck_assert_uint_eq(findings.n, 1);
    const struct hz_party *party = findings.at[0].parties.at;
    ck_assert_str_eq(party[0].name, "reader");
    ck_assert_str_eq(party[0].role, "atomic read of 1 byte");
    ck_assert_str_eq(party[1].id, "T0");
    ck_assert_ptr_null(party[1].name);
    static const char log[] =
        "==================\nWARNING: ThreadSanitizer: data race (pid=7)\n"
        "  Atomic read of size 1 at 0x10 by thread T2 (mutexes: write M1):\n"
        "    #0 f\ta.c\t3\tm\t0x1\n\n  Previous write of size 2 at 0x10 by main thread:\n"
        "    [failed to restore the stack]\n\n"
        "  Thread T2 'reader' (tid=72, running) created by main thread at:\n"
        "    #0 main\ta.c\t9\tm\t0x3\n\n==================\n";
    findings.n = 0;
    hz_tsan_text(&arena, text_bytes(log), &findings);
    ck_assert_uint_eq(findings.n, 1);
    party = findings.at[0].parties.at;
    ck_assert_uint_eq(findings.at[0].parties.n, 2);
    ck_assert_str_eq(party[0].name, "reader");
    ck_assert_str_eq(party[0].role, "atomic read of 1 byte");
    ck_assert_str_eq(party[1].id, "T0");
    ck_assert_uint_eq(party[1].stack.n, 0);
}
END_TEST

static const char *const misuse[] = {
    "misuse/unlock-unlocked misuse.c:29",    "misuse/destroy-locked misuse.c:36 misuse.c:35",
    "misuse/cond-wait-unlocked misuse.c:41", "misuse/unlock-unlocked misuse.c:45",
    "misuse/invalid-lock misuse.c:45",       NULL,
};

/* The runtime failed in the middle; what it had reported before stays. */
START_TEST(misuse_then_a_failed_check)
{
    struct hz_raw raw = left_by("misuse");
    for (int round = 0; round < 2; round++) {
        hz_findings findings = {0};
        ck_assert(!hz_tsan.read(&arena, &raw, &findings, &error));
        ck_assert_ptr_nonnull(strstr(error.text, "CHECK failed"));
        check_findings(&findings, misuse);
        drop_lines(&raw);
    }
}
END_TEST

static const struct {
    const char *type, *expected;
} types[] = {
    {"data-race-vptr", "race/data-race"},
    {"mutex-double-lock", "deadlock/self-lock"},
    {"double lock of a mutex", "deadlock/self-lock"},
    {"errno-in-signal-handler", "race/signal-unsafe"},
    {"mutex-bad-read-unlock", "misuse/unlock-wrong-mode"},
    {"thread-leak", "misuse/thread-leak"},
    {"something new", "misuse/misuse"},
};

START_TEST(kinds_by_type)
{
    struct hz_finding finding = {0};
    hz_tsan_finish(&arena, types[_i].type, NULL, &finding);
    ck_assert_str_eq(brief(&finding), types[_i].expected);
    ck_assert_uint_eq(finding.times, 1);
}
END_TEST

START_TEST(frames_of_the_runtime_are_no_place)
{
    static const char *const own[] = {
        "/build/llvm/compiler-rt/lib/tsan/rtl/tsan_interceptors_posix.cpp",
        "../../../../src/libsanitizer/tsan/tsan_rtl.cpp"};
    for (size_t i = 0; i < 2; i++) {
        struct hz_bytes field[5] = {text_bytes("__interceptor_free"), text_bytes(own[i]),
                                    text_bytes("12"), text_bytes("/bin/x"), text_bytes("0x1f")};
        struct hz_frame frame = hz_tsan_frame(&arena, field);
        ck_assert_str_eq(frame.function, "free");
        ck_assert_ptr_null(frame.file);
        ck_assert_int_eq(frame.line, 0);
        ck_assert_uint_eq(frame.address, 0x1f);
    }
}
END_TEST

/* ---- broken runs ---- */

START_TEST(without_the_runtime_it_is_broken)
{
    struct hz_raw raw = {.outcome = &well};
    hz_findings findings = {0};
    ck_assert(!hz_tsan.read(&arena, &raw, &findings, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "-fsanitize=thread"));
    add_file(&raw, "tsan.7", text_bytes(there));
    ck_assert(hz_tsan.read(&arena, &raw, &findings, &error));
}
END_TEST

static const struct {
    const char *log;
    bool broken;
} logs[] = {
    {"==7==FATAL: ThreadSanitizer: unexpected memory mapping 0x1-0x2\n", true},
    {"FATAL: ThreadSanitizer: unexpected memory mapping 0x1-0x2\n", true},
    {"ThreadSanitizer: CHECK failed: tsan_rtl.cpp:1 \"x\" (0x0, 0x0) (tid=7)\n", true},
    {"ThreadSanitizer: nested bug in the same thread, aborting.\n", true},
    {"ThreadSanitizer: failed to intercept 'x'\n", true},
    {"==7==ERROR: ThreadSanitizer: SEGV on unknown address 0x18\n==7==Hint: x\n"
     "    #0 __tsan_write4\t<null>\t0\tx\t0x1\n    #1 main\ta.c\t1\tx\t0x2\n",
     true},
    {"==7==ERROR: ThreadSanitizer: SEGV on unknown address 0x18\n==7==Hint: x\n"
     "    #0 main\ta.c\t1\tx\t0x2\n    #1 __tsan_thread_start_func\t<null>\t0\tx\t0x1\n",
     false},
    {"==7==ERROR: ThreadSanitizer: stack-overflow on address 0x18\n", false},
    {"==7==Installed the sigaction for signal 11\n", false},
    {"the program says: ThreadSanitizer: CHECK failed\n", false},
};

START_TEST(failures_of_the_runtime)
{
    struct hz_raw raw = {.outcome = &well};
    hz_findings findings = {0};
    add_file(&raw, "tsan.7", text_bytes(hz_printf(&arena, "%s%s", there, logs[_i].log)));
    ck_assert(hz_tsan.read(&arena, &raw, &findings, &error) == !logs[_i].broken);
    /* The same on standard error, before the log was open, and in the middle of a line. */
    struct hz_outcome outcome = well;
    raw.files.at[0].bytes = text_bytes(there);
    raw.outcome = &outcome;
    outcome.err.head = text_bytes(logs[_i].log);
    ck_assert(hz_tsan.read(&arena, &raw, &findings, &error) == !logs[_i].broken);
    outcome.err = (struct hz_capture){.tail = outcome.err.head};
    ck_assert(hz_tsan.read(&arena, &raw, &findings, &error) == !logs[_i].broken);
}
END_TEST

START_TEST(crashed_in_thrd_create)
{
    struct hz_raw raw = left_by("thrd");
    hz_findings findings = {0};
    struct hz_outcome outcome = well; /* the runtime ends it with status 0 */
    outcome.err.head = text_bytes("ThreadSanitizer:DEADLYSIGNAL\n"
                                  "ThreadSanitizer: nested bug in the same thread, aborting.\n");
    raw.outcome = &outcome;
    ck_assert(!hz_tsan.read(&arena, &raw, &findings, &error));
}
END_TEST

START_TEST(stacks_without_lines_are_broken)
{
    static const char lines[] = "report\t1\tdata-race\naccess\t1\twrite\t4\t0x1\t\n"
                                "frame\tf\t\t0\t/bin/x\t0x1\nend\n";
    struct hz_raw raw = {.outcome = &well};
    hz_findings findings = {0};
    add_file(&raw, "tsan.7", text_bytes(there));
    add_file(&raw, "report.7", text_bytes(lines));
    ck_assert(!hz_tsan.read(&arena, &raw, &findings, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "no line of source"));
    ck_assert_uint_eq(findings.n, 1);
}
END_TEST

/* ---- cut off, broken, hostile ---- */

/* Killed between the log and the lines of the last report: the log has one more. */
START_TEST(the_better_of_both_is_read)
{
    struct hz_raw raw = left_by("heap");
    for (size_t i = 0; i < raw.files.n; i++)
        if (strncmp(raw.files.at[i].name, "report.", 7) == 0)
            raw.files.at[i].bytes.n /= 2;
    hz_findings findings = read_ok(&raw);
    check_findings(&findings, reports[2].expected);
    raw = left_by("heap");
    for (size_t i = 0; i < raw.files.n; i++)
        if (strncmp(raw.files.at[i].name, "tsan.", 5) == 0)
            raw.files.at[i].bytes.n /= 2;
    findings = read_ok(&raw);
    check_findings(&findings, reports[2].expected);
}
END_TEST

typedef void reader(struct hz_arena *arena, struct hz_bytes bytes, hz_findings *out);
static const struct {
    reader *read;
    const char *folder, *prefix, *end;
} samples[] = {
    {hz_tsan_lines, "tsan-14.0.6/three", "report.", "\nend\n"},
    {hz_tsan_lines, "tsan-14.0.6/misuse", "report.", "\nend\n"},
    {hz_tsan_text, "tsan-14.0.6/three", "tsan.", "\n\nSUMMARY"},
    {hz_tsan_text, "tsan-14.0.6/misuse", "tsan.", "\n\nSUMMARY"},
};

/* Where each report is whole: after its last line. */
static size_t whole_until(struct hz_bytes bytes, size_t n, reader *read, const char *end)
{
    if (read == hz_tsan_lines)
        return count_of(bytes, n, end);
    /* Its end is the line of signs after the summary. */
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        static const char signs[] = "\n==================\n";
        if (i + strlen(signs) <= n && memcmp(bytes.at + i, signs, strlen(signs)) == 0 &&
            count < count_of(bytes, i, end))
            count++;
    }
    return count;
}

START_TEST(cut_off_anywhere)
{
    struct hz_bytes bytes = captured_file(samples[_i].folder, samples[_i].prefix);
    hz_findings findings = {0};
    samples[_i].read(&arena, bytes, &findings);
    ck_assert_uint_ge(findings.n, 2);
    char **all = whole_each(&findings);
    struct hz_arena kept = arena;
    for (size_t n = 0; n < bytes.n; n++) {
        hz_arena_init(&arena);
        char *copy = malloc(n + 1);
        memcpy(copy, bytes.at, n);
        char *exact = realloc(copy, n != 0 ? n : 1);
        findings = (hz_findings){0};
        samples[_i].read(&arena, (struct hz_bytes){exact, n}, &findings);
        ck_assert_uint_eq(findings.n, whole_until(bytes, n, samples[_i].read, samples[_i].end));
        check_same(&findings, all, findings.n);
        free(exact);
        hz_arena_free(&arena);
    }
    arena = kept;
}
END_TEST

START_TEST(any_byte_broken)
{
    struct hz_bytes bytes = captured_file(samples[_i].folder, samples[_i].prefix);
    hz_findings findings = {0};
    samples[_i].read(&arena, bytes, &findings);
    char **all = whole_each(&findings);
    struct hz_arena kept = arena;
    uint32_t state = 20240229;
    for (int round = 0; round < 3000; round++) {
        hz_arena_init(&arena);
        char *copy = malloc(bytes.n);
        memcpy(copy, bytes.at, bytes.n);
        size_t first = bytes.n;
        for (uint32_t flips = 1 + dice(&state) % 4; flips > 0; flips--) {
            size_t at = dice(&state) % bytes.n;
            copy[at] = (char)dice(&state);
            first = at < first ? at : first;
        }
        bool ran = false;
        findings = (hz_findings){0};
        samples[_i].read(&arena, (struct hz_bytes){copy, bytes.n}, &findings);
        hz_tsan_failure(&arena, (struct hz_bytes){copy, bytes.n}, &ran);
        check_same(&findings, all, whole_until(bytes, first, samples[_i].read, samples[_i].end));
        free(copy);
        hz_arena_free(&arena);
    }
    arena = kept;
}
END_TEST

START_TEST(half_a_report_gives_way_to_the_next)
{
    static const char lines[] =
        "report\t1\tdata-race\naccess\t1\twrite\t4\t0x1\tlost\nframe\tf\ta.c\t1\tx\t0x1\n"
        "report\t1\tdata-race\naccess\t1\twrite\t4\t0x1\tkept\nframe\tg\ta.c\t2\tx\t0x1\nend\n"
        "end\nframe\tf\ta.c\t3\tx\t0x1\n"
        "report\t2\tof a version to come\naccess\t1\nend\n";
    hz_findings findings = {0};
    hz_tsan_lines(&arena, text_bytes(lines), &findings);
    CHECK_FINDINGS(&findings, "race/data-race -");
    ck_assert_ptr_nonnull(strstr(findings.at[0].summary, "kept"));
}
END_TEST

START_TEST(no_more_than_so_many)
{
    char *at = NULL;
    size_t n = 0;
    FILE *stream = open_memstream(&at, &n);
    for (int i = 0; i < HZ_TSAN_FINDINGS + 100; i++) {
        fputs("report\t1\tlock-order-inversion\n", stream);
        for (int k = 0; i == 0 && k < 500; k++)
            fputs("stack\nmutex\t0x1\tm\nunique\t1\nthread\t1\t1\tx\n", stream);
        fputs("end\n", stream);
    }
    fclose(stream);
    hz_findings findings = {0};
    hz_tsan_lines(&arena, (struct hz_bytes){at, n}, &findings);
    ck_assert_uint_eq(findings.n, HZ_TSAN_FINDINGS);
    ck_assert_uint_eq(findings.at[0].parties.n, HZ_TSAN_PARTIES);
    free(at);
    stream = open_memstream(&at, &n);
    for (int i = 0; i < HZ_TSAN_FINDINGS + 100; i++) {
        fputs("WARNING: ThreadSanitizer: data race (pid=7)\n", stream);
        for (int k = 0; i == 0 && k < 500; k++)
            fputs("  Write of size 8 at 0x1 by thread T1:\n", stream);
        for (int k = 0; i == 1 && k < 500; k++)
            fputs("    #0 f\ta.c\t3\tm\t0x1\n", stream);
        fputs("==================\n", stream);
    }
    fclose(stream);
    findings.n = 0;
    hz_tsan_text(&arena, (struct hz_bytes){at, n}, &findings);
    ck_assert_uint_eq(findings.n, HZ_TSAN_FINDINGS);
    ck_assert_uint_eq(findings.at[0].parties.n, HZ_TSAN_PARTIES);
    ck_assert_uint_eq(findings.at[1].parties.at[0].stack.n, HZ_TSAN_FRAMES);
    free(at);
}
END_TEST

/* ---- how it is called ---- */

START_TEST(command_line)
{
    struct hz_home home = {0};
    struct hz_plan plan = {0};
    hz_tsan.command(&arena, &home, "/tmp/a b:c", &plan);
    ck_assert_uint_eq(plan.prefix.n, 0);
    ck_assert_uint_eq(plan.set.n, 2);
    ck_assert_int_eq(strncmp(plan.set.at[0], "TSAN_OPTIONS=exitcode=0:", 24), 0);
    ck_assert_ptr_nonnull(strstr(plan.set.at[0], ":log_path=\"/tmp/a b:c/tsan\""));
    ck_assert_ptr_nonnull(strstr(plan.set.at[0], ":abort_on_error=1:"));
    ck_assert_str_eq(plan.set.at[1], "HAZMAT_TSAN_OUT=/tmp/a b:c/report");
    ck_assert(plan.fixed_addresses && plan.runtime_thread && !plan.kill_at_once);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reader-tsan");
    TCase *reported = tcase_create("reports");
    tcase_add_checked_fixture(reported, setup, teardown);
    tcase_add_loop_test(reported, by_lines, 0, sizeof reports / sizeof *reports);
    tcase_add_loop_test(reported, by_log, 0, sizeof reports / sizeof *reports);
    tcase_add_test(reported, a_race_in_full);
    tcase_add_test(reported, a_lock_order_in_full);
    tcase_add_test(reported, names_of_threads);
    tcase_add_test(reported, misuse_then_a_failed_check);
    tcase_add_loop_test(reported, kinds_by_type, 0, sizeof types / sizeof *types);
    tcase_add_test(reported, frames_of_the_runtime_are_no_place);
    tcase_add_test(reported, command_line);
    suite_add_tcase(suite, reported);

    TCase *broken = tcase_create("broken");
    tcase_add_checked_fixture(broken, setup, teardown);
    tcase_set_timeout(broken, 300);
    tcase_add_test(broken, without_the_runtime_it_is_broken);
    tcase_add_loop_test(broken, failures_of_the_runtime, 0, sizeof logs / sizeof *logs);
    tcase_add_test(broken, crashed_in_thrd_create);
    tcase_add_test(broken, stacks_without_lines_are_broken);
    tcase_add_test(broken, the_better_of_both_is_read);
    tcase_add_loop_test(broken, cut_off_anywhere, 0, sizeof samples / sizeof *samples);
    tcase_add_loop_test(broken, any_byte_broken, 0, sizeof samples / sizeof *samples);
    tcase_add_test(broken, half_a_report_gives_way_to_the_next);
    tcase_add_test(broken, no_more_than_so_many);
    suite_add_tcase(suite, broken);
    return run_suite(suite);
}
