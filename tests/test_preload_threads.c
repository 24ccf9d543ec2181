/* Slots over the lives of threads and processes, and what the library must not do. */
#include "preload_run.h"

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

/* Also by _Fork(), which runs no handlers: its child writes into no slot of its parent's. */
START_TEST(a_forked_child_holds_what_its_parent_held)
{
    static char *const states[] = {"fork", "fork-alone"};
    start("pre-state", states[_i], NULL);
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
    while (held(slot, "rwlock") == NULL)
        usleep(1000);
    ck_assert_ptr_null(held(main_slot(), "rwlock"));
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

/* The output of a shell command, with how it ended. */
static const char *output_of(char *command)
{
    FILE *out = popen(hz_printf(&arena, "%s; echo \"status $?\"", command), "r");
    char *text = hz_alloc(&arena, 1 << 16);
    ck_assert_uint_gt(fread(text, 1, (1 << 16) - 1, out), 1);
    pclose(out);
    return text;
}

/* Tools that watch glibc's functions, and libraries behind this one, are not passed by. */
START_TEST(helgrind_sees_every_mutex)
{
    const char *text = output_of("LD_PRELOAD='" LIBRARY "' valgrind -q --tool=helgrind "
                                 "--error-exitcode=9 --suppressions=" TEST_DATA
                                 "/preload.supp " TEST_FAKE "/pre-count 2>&1");
    ck_assert_msg(strcmp(text, "status 0\n") == 0, "%s", text);
    ck_assert_uint_gt(atomic_load(&region->next_thread), 1);
}
END_TEST

START_TEST(a_library_behind_it_is_asked)
{
    const char *text =
        output_of("LD_PRELOAD='" LIBRARY " " TEST_FAKE "/fake-behind.so' " TEST_FAKE "/pre-count");
    ck_assert_msg(strstr(text, "unlocked 200\nstatus 0\n") != NULL, "%s", text);
    ck_assert_uint_gt(atomic_load(&region->next_thread), 1);
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

static void add(TCase *tests)
{
    tcase_add_test(tests, a_cancelled_wait_is_over_and_the_mutex_is_held);
    tcase_add_test(tests, a_thread_is_watched_to_its_end);
    tcase_add_test(tests, slots_are_used_again);
    tcase_add_test(tests, slots_of_dead_processes_are_used_again);
    tcase_add_loop_test(tests, a_forked_child_holds_what_its_parent_held, 0, 2);
    tcase_add_test(tests, no_system_call_where_nobody_waits);
    tcase_add_test(tests, helgrind_sees_every_mutex);
    tcase_add_test(tests, a_library_behind_it_is_asked);
    tcase_add_test(tests, programs_behave_the_same);
    tcase_add_test(tests, a_region_that_is_none_is_left_alone);
    tcase_add_test(tests, conditions_have_the_version_that_programs_ask_for);
}

int main(void)
{
    return run_preload("preload threads", add);
}
