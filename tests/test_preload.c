/* What a thread holds, waits for and has done, as its slot tells. */
#include "preload_run.h"

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
    ck_assert_uint_ne(hzw_held_at(main_slot(), HZW_HELD - 1)->object, 0);
    send("go on");
    until_ready();
    ck_assert_uint_eq(main_slot()->held_n, 0);
    for (uint32_t i = 0; i < HZW_HELD; i++)
        ck_assert_uint_eq(hzw_held_at(main_slot(), i)->object, 0);
}
END_TEST

START_TEST(more_objects_than_there_are_tallies)
{
    start("pre-state", "objects", NULL);
    until_ready();
    uint64_t most = 0;
    size_t used = 0;
    for (uint32_t i = 0; i < HZW_TALLIES; i++) {
        uint64_t taken = hzw_tally_at(main_slot(), i)->taken;
        most = taken > most ? taken : most;
        used += hzw_tally_at(main_slot(), i)->object != 0;
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

static void add(TCase *tests)
{
    tcase_add_test(tests, what_a_thread_holds);
    tcase_add_test(tests, more_locks_than_there_is_room_for);
    tcase_add_test(tests, more_objects_than_there_are_tallies);
    tcase_add_loop_test(tests, a_wait_is_told, 0, sizeof waits / sizeof *waits);
    tcase_add_test(tests, tries_in_a_row);
    tcase_add_test(tests, a_condition_is_an_episode);
    tcase_add_test(tests, a_descriptor_that_gives_nothing);
}

int main(void)
{
    return run_preload("preload", add);
}
