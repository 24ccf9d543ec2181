/*
 * What the monitor makes of the log, of real processes: this program is also the one that
 * is watched, and writes the records that a preloaded library would.
 */
#include "log_writer.h"
#include "monitor_run.h"
#include "watchdog/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* ---- the watched program -------------------------------------------------------------- */

pthread_mutex_t lock_a, lock_b;
pthread_cond_t condition_c;

static struct hzw_region *region;

#define NOWHERE 4711 /* as a place in the code */

static void open_region(void)
{
    int file = open(getenv(HZW_ENV), O_RDWR | O_CLOEXEC);
    region = mmap(NULL, sizeof *region, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (file < 0 || region == MAP_FAILED)
        abort();
}

__attribute__((noinline)) static uint64_t here(void)
{
    __asm__ volatile(""); /* each call is to be made: it looks as if one would do */
    return (uint64_t)(uintptr_t)__builtin_return_address(0);
}

static void tell(struct hzw_record *record)
{
    record->owner = (uint64_t)gettid() << 32 | (uint64_t)getpid();
    if (!write_record(region, record))
        abort();
}

static void tell_born(uint64_t thread, uint64_t image)
{
    tell(&(struct hzw_record){.kind = HZW_BORN, .thread = thread, .object = image});
}

static void tell_order(uint64_t thread, void *held, void *taken, uint64_t at[2])
{
    struct hzw_log_record record = {.fixed = {.kind = HZW_ORDER,
                                              .thread = thread,
                                              .as = HZW_MUTEX,
                                              .object = (uintptr_t)taken,
                                              .caller = at[1],
                                              .n = 1}};
    record.fixed.entry[0] =
        (struct hzw_entry){.object = (uintptr_t)held, .caller = at[0], .kind = HZW_MUTEX};
    tell(&record.fixed);
}

static void tell_misuse(uint32_t what, void *object, uint32_t kind, uint64_t caller, uint64_t other)
{
    tell(&(struct hzw_record){.kind = HZW_MISUSE,
                              .thread = 1,
                              .as = kind,
                              .object = (uintptr_t)object,
                              .caller = caller,
                              .value = what,
                              .other = other});
}

/* The last that is said: so whatever was to be said before has been said by then. */
static void tell_last(void)
{
    tell_misuse(HZW_UNLOCK_FREE, &lock_b, HZW_MUTEX, NOWHERE, 0);
}

static void both_orders(void *first, void *second)
{
    tell_born(1, 1);
    tell_born(2, 1);
    uint64_t one[2], two[2];
    one[0] = here();
    one[1] = here(); /* place: one */
    two[0] = here(); /* place: second */
    two[1] = here(); /* place: first */
    tell_order(1, first, second, one);
    tell_order(2, second, first, two);
}

static int memory;

static char *map(size_t pages, off_t from)
{
    char *at = mmap(NULL, pages * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, from * 4096);
    if (at == MAP_FAILED)
        abort();
    return at;
}

/* The child sees the second page alone, and somewhere else. */
static void between_processes(bool shared, bool child_ends)
{
    memory = memfd_create("locks", 0);
    if (memory < 0 || ftruncate(memory, 8192) != 0)
        abort();
    char *mine = map(2, 0) + 4096;
    uint64_t at[2] = {here(), here()};
    tell_born(1, 1);
    int told[2];
    if (pipe(told) != 0)
        abort();
    pid_t child = fork();
    if (child == 0) {
        char *other = map(1, 1);
        tell_born(2, 2);
        tell_order(2, shared ? (void *)(other + 64) : &lock_b,
                   shared ? (void *)(other + 128) : &lock_a, at);
        /* So that its memory could be looked at. */
        while (child_ends && atomic_load(&region->log_done) != atomic_load(&region->log_tail))
            usleep(1000);
        if (write(told[1], "x", 1) != 1)
            abort();
        if (child_ends)
            _exit(0);
        for (;;)
            pause();
    }
    char byte;
    if (read(told[0], &byte, 1) != 1)
        abort();
    if (child_ends)
        waitpid(child, NULL, 0);
    tell_order(1, shared ? (void *)(mine + 128) : &lock_a, shared ? (void *)(mine + 64) : &lock_b,
               at);
}

static void scribble(void)
{
    srand(1);
    for (unsigned i = 0; i < 1000000; i++)
        atomic_store(&region->log[(unsigned)rand() % (HZW_LOG / 8)],
                     (uint64_t)rand() << 32 | (uint64_t)rand());
    atomic_store(&region->log_tail, 8 * (uint64_t)rand());
}

static void each_misuse(void)
{
    for (uint32_t what = 0; what < 12; what++)
        for (int twice = 0; twice < 2; twice++) {
            bool waits = what == HZW_WAIT_UNLOCKED || what == HZW_TWO_MUTEXES;
            uint64_t other = waits                      ? (uintptr_t)&lock_b
                             : what == HZW_FREE_HELD    ? here()
                             : what == HZW_DESTROY_HELD ? 71
                                                        : 0;
            tell_misuse(what, waits ? (void *)&condition_c : &lock_a, waits ? HZW_COND : HZW_MUTEX,
                        here(), other);
        }
}

static void act(const char *what)
{
    open_region();
    if (strcmp(what, "orders") == 0)
        both_orders(&lock_a, &lock_b);
    else if (strcmp(what, "shared") == 0)
        between_processes(true, false);
    else if (strcmp(what, "private") == 0)
        between_processes(false, false);
    else if (strcmp(what, "over") == 0)
        between_processes(true, true);
    else if (strcmp(what, "misuse") == 0)
        each_misuse();
    else
        scribble();
    if (strcmp(what, "scribble") != 0)
        tell_last();
    for (;;)
        pause();
}

/* ---- what is found ---------------------------------------------------------------------- */

static struct run run_program(const char *what, size_t findings)
{
    struct run run = {.options = hzw_defaults(), .findings = findings, .seconds = 20};
    char *argv[] = {"/proc/self/exe", hz_dup(&arena, what), NULL};
    char self[256] = "";
    ck_assert_int_gt(readlink("/proc/self/exe", self, sizeof self - 1), 0);
    argv[0] = self;
    watch(&run, argv);
    ck_assert_uint_eq(hzw_findings(run.monitor)->n, findings);
    return run;
}

/* The line of this file that has `mark` in a comment. */
static int line_of(const char *mark)
{
    struct hz_bytes text;
    ck_assert(hz_read_file(&arena, TEST_SOURCE "/tests/test_order.c", 0, &text, NULL));
    const char *comment = hz_printf(&arena, "/* place: %s */", mark);
    const char *at = memmem(text.at, text.n, comment, strlen(comment));
    ck_assert_ptr_nonnull(at);
    int line = 1;
    for (const char *c = text.at; c < at; c++)
        line += *c == '\n';
    return line;
}

static void expect_last(const struct hz_finding *finding)
{
    ck_assert_str_eq(finding->kind, "unlock-free");
    /* A call is looked for at the byte before its return address. */
    ck_assert_uint_eq(finding->parties.at[0].stack.at[0].address, NOWHERE - 1);
}

/* A potential deadlock waits for a moment whether it becomes an actual one. */
static const struct hz_finding *found_order(const struct run *run)
{
    expect_last(&hzw_findings(run->monitor)->at[0]);
    return &hzw_findings(run->monitor)->at[1];
}

START_TEST(orders)
{
    struct run run = run_program("orders", 2);
    const struct hz_finding *finding = found_order(&run);
    ck_assert_int_eq(finding->class, HZ_DEADLOCK);
    ck_assert_str_eq(finding->kind, "lock-order");
    ck_assert_int_eq(finding->sure, HZ_PROBABLE);
    ck_assert_str_eq(
        finding->summary,
        "threads may deadlock: mutex lock_a and mutex lock_b are taken in both orders");
    ck_assert_uint_eq(finding->parties.n, 2);
    const struct hz_party *party = &finding->parties.at[0];
    ck_assert_str_eq(party->role, "takes mutex lock_a while it holds mutex lock_b");
    ck_assert_int_eq(strncmp(party->id, "pid ", 4), 0);
    ck_assert_int_eq(party->stack.at[0].line, line_of("first"));
    ck_assert_int_eq(party->holds.at[0].taken_at.line, line_of("second"));
    ck_assert_str_eq(party->holds.at[0].name, "lock_b");
    ck_assert_str_eq(party->waits_for.name, "lock_a");
    ck_assert_int_eq(finding->parties.at[1].stack.at[0].line, line_of("one"));
    hzw_close(run.monitor);
}
END_TEST

START_TEST(a_lock_that_processes_share)
{
    struct run run = run_program("shared", 2);
    const struct hz_finding *finding = found_order(&run);
    ck_assert_str_eq(finding->kind, "lock-order");
    ck_assert_str_ne(finding->parties.at[0].id, finding->parties.at[1].id);
    hzw_close(run.monitor);
}
END_TEST

START_TEST(locks_of_two_processes)
{
    struct run run = run_program("private", 1);
    expect_last(&hzw_findings(run.monitor)->at[0]);
    hzw_close(run.monitor);
}
END_TEST

START_TEST(a_process_that_was_over)
{
    struct run run = run_program("over", 1);
    expect_last(&hzw_findings(run.monitor)->at[0]);
    hzw_close(run.monitor);
}
END_TEST

START_TEST(misuse)
{
    static const struct {
        const char *kind, *role;
    } all[] = {
        {"unlock-stranger", "unlocks mutex lock_a, which it does not hold"},
        {"unlock-free", "unlocks mutex lock_a, which nobody holds"},
        {"exit-holding", "ends and still holds mutex lock_a"},
        {"destroy-held", "destroys mutex lock_a, which tid 71 holds"},
        {"init-held", "initialises mutex lock_a again, which is held"},
        {"free-held", "frees the memory of mutex lock_a, which it holds"},
        {"wait-unlocked",
         "waits on condition condition_c with mutex lock_b, which it does not hold"},
        {"two-mutexes", "waits on condition condition_c with mutex lock_b, while others wait on it "
                        "with another one"},
    };
    struct run run = run_program("misuse", 9);
    const hz_findings *findings = hzw_findings(run.monitor);
    for (size_t i = 0; i < 8; i++) {
        const struct hz_finding *finding = &findings->at[i];
        ck_assert_int_eq(finding->class, HZ_MISUSE);
        ck_assert_int_eq(finding->sure, HZ_CERTAIN);
        ck_assert_str_eq(finding->kind, all[i].kind);
        ck_assert_str_eq(finding->parties.at[0].role, all[i].role);
        ck_assert_uint_eq(finding->times, 2);
        ck_assert_str_eq(finding->parties.at[0].stack.at[0].function, "each_misuse");
    }
    ck_assert_int_ne(findings->at[5].parties.at[0].holds.at[0].taken_at.line, 0);
    expect_last(&findings->at[8]);
    hzw_close(run.monitor);
}
END_TEST

static enum hz_look look_a_hundred_times(void *context, pid_t supervisor)
{
    struct run *run = context;
    hzw_look(run->monitor, supervisor, false);
    return ++run->looks < 100 ? HZ_LOOK_GO_ON : HZ_LOOK_STOP;
}

/* Whatever is written there, looks go on. */
START_TEST(a_scribbler)
{
    struct hz_error error = {0};
    struct hzw_options options = hzw_defaults();
    struct run run = {.monitor = hzw_open(&options, &error)};
    ck_assert_ptr_nonnull(run.monitor);
    char self[256] = "";
    ck_assert_int_gt(readlink("/proc/self/exe", self, sizeof self - 1), 0);
    char *argv[] = {self, "scribble", NULL};
    char *set[] = {hzw_environment(&arena, run.monitor), NULL};
    struct hz_command command = {
        .argv = argv,
        .set = set,
        .limits = {.seconds = 20, .grace = 0.1, .head = 4096, .tail = 4096},
        .observer = {.every = 0.005, .look = look_a_hundred_times, .context = &run},
    };
    hz_supervise(&arena, &command, &run.outcome);
    ck_assert_uint_eq(run.looks, 100);
    hzw_close(run.monitor);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc > 1)
        act(argv[1]);
    Suite *suite = suite_create("order");
    TCase *one = add_case(suite, "order");
    tcase_add_test(one, orders);
    tcase_add_test(one, a_lock_that_processes_share);
    tcase_add_test(one, locks_of_two_processes);
    tcase_add_test(one, a_process_that_was_over);
    tcase_add_test(one, misuse);
    tcase_add_test(one, a_scribbler);
    return run_suite(suite);
}
