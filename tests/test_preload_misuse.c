/* Locks used wrongly, and rightly in ways that look wrong. */
#include "preload_run.h"

static const struct {
    const char *state;
    enum hzw_misuse what;
    uint32_t as;
} wrong[] = {
    {"stranger", HZW_UNLOCK_STRANGER, HZW_MUTEX},
    {"stranger-recursive", HZW_UNLOCK_STRANGER, HZW_MUTEX},
    {"stranger-robust", HZW_UNLOCK_STRANGER, HZW_MUTEX},
    {"stranger-inherit", HZW_UNLOCK_STRANGER, HZW_MUTEX},
    {"stranger-awaited", HZW_UNLOCK_STRANGER, HZW_MUTEX},
    {"stranger-shared", HZW_UNLOCK_STRANGER, HZW_MUTEX},
    {"stranger-c11", HZW_UNLOCK_STRANGER, HZW_MUTEX},
    {"stranger-rwlock", HZW_UNLOCK_STRANGER, HZW_RWLOCK_WRITE},
    {"often", HZW_UNLOCK_STRANGER, HZW_MUTEX},
    {"free", HZW_UNLOCK_FREE, HZW_MUTEX},
    {"free-robust", HZW_UNLOCK_FREE, HZW_MUTEX},
    {"free-rwlock", HZW_UNLOCK_FREE, HZW_RWLOCK_WRITE},
    {"leave-mutex", HZW_EXIT_HOLDING, HZW_MUTEX},
    {"leave-reading", HZW_EXIT_HOLDING, HZW_RWLOCK_READ},
    {"leave-writing", HZW_EXIT_HOLDING, HZW_RWLOCK_WRITE},
    {"leave-spin", HZW_EXIT_HOLDING, HZW_SPIN},
    {"destroy", HZW_DESTROY_HELD, HZW_MUTEX},
    {"destroy-other", HZW_DESTROY_HELD, HZW_MUTEX},
    {"destroy-rwlock", HZW_DESTROY_HELD, HZW_RWLOCK_READ},
    {"init", HZW_INIT_HELD, HZW_MUTEX},
    {"init-spin", HZW_INIT_HELD, HZW_SPIN},
    {"give-back", HZW_FREE_HELD, HZW_MUTEX},
    {"wait-free", HZW_WAIT_UNLOCKED, HZW_COND},
    {"wait-others", HZW_WAIT_UNLOCKED, HZW_COND},
    {"two-mutexes", HZW_TWO_MUTEXES, HZW_COND},
};

static void run(const char *program_name, const char *state)
{
    start(program_name, state, NULL);
    until_ready();
    read_log();
    ck_assert_uint_eq(told("ran"), 1);
}

START_TEST(misuse_is_told)
{
    run("pre-misuse", wrong[_i].state);
    ck_assert_uint_eq(count_records(HZW_MISUSE), 1);
    const struct hzw_record *record = find_record(HZW_MISUSE, 0);
    ck_assert_uint_eq(record->value, wrong[_i].what);
    ck_assert_uint_eq(record->as, wrong[_i].as);
    ck_assert_uint_eq(record->object, told("object"));
    ck_assert_int_eq(line_of(record->caller), told("line"));
    if (wrong[_i].what == HZW_FREE_HELD)
        ck_assert_int_eq(line_of(record->other), told("line") - 2);
    else
        ck_assert_uint_eq(record->other, told("other"));
}
END_TEST

static const char *const right[] = {
    "robust-recovery",
    "fork-handlers",
    "fork-reinitialise",
    "fork-others-lock",
    "fork-others-unlock",
    "handed-over",
    "asked",
    "recursion",
    "semaphores",
    "copied",
    "unmapped",
    "clean",
    "share",
    "one-after-the-other",
    "woken",
    "woken-c11",
};

START_TEST(what_is_right_is_silent)
{
    run("pre-right", right[_i]);
    if (count_records(HZW_MISUSE) != 0)
        ck_abort_msg("%s: misuse %u", right[_i], find_record(HZW_MISUSE, 0)->value);
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_loop_test(tests, misuse_is_told, 0, sizeof wrong / sizeof *wrong);
    tcase_add_loop_test(tests, what_is_right_is_silent, 0, sizeof right / sizeof *right);
}

int main(void)
{
    return run_preload("preload misuse", add);
}
