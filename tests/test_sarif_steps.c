/* SARIF: the schedule that leads to a result, step by step. */
#include "report/picture.h"
#include "sarif_help.h"

static struct hz_step *add_step(struct hz_run *run, unsigned thread, enum hz_act act, int line)
{
    struct hz_step *step = hz_push(&arena, &run->steps);
    *step = (struct hz_step){.number = (unsigned)run->steps.n,
                             .thread = thread,
                             .act = act,
                             .what = hz_printf(&arena, "does %zu", run->steps.n)};
    if (line > 0) {
        step->function = "add";
        step->file = file_at("bank.c", NULL);
        step->line = line;
    }
    return step;
}

/* A wrong exit status: of the thread where it showed no place is known. */
static struct hz_run *add_wrong_result(void)
{
    file_at("bank.c", BANK);
    struct hz_run *run = add_judged("race/bank", HZ_BUGGY, "explorer");
    struct hz_finding *finding = add_finding(run, HZ_RACE, "wrong-result");
    add_bare_party(finding)->role = "wrong result";
    struct hz_party *party = add_bare_party(finding);
    add_frame(party, "add", file_at("bank.c", NULL), 1, "/bin/bank");
    party->role = "others went on before its write balance";
    return run;
}

static void add_end(struct hz_run *run, unsigned thread)
{
    struct hz_step *end = add_step(run, thread, HZ_ACT_STEP, 0);
    end->number = 0;
    end->what = "wrong result in T0: exit status 1";
    end->wrong = true;
}

START_TEST(a_wrong_result_is_where_its_thread_was_last)
{
    struct hz_run *run = add_wrong_result();
    add_step(run, 0, HZ_ACT_STEP, 4);
    add_step(run, 0, HZ_ACT_STEP, 5);
    add_step(run, 1, HZ_ACT_STEP, 2);
    add_end(run, 0);
    json_t *log = written(folder, NULL);
    ck_assert_int_eq(first_line(log), 5);
    ck_assert_str_eq(text_at(log, "runs.0.results.0.locations.0.message.text"), "wrong result");
    ck_assert_str_eq(text_at(log, "runs.0.results.0.partialFingerprints.hazmat/v2"),
                     "race/wrong-result explorer race/bank buggy bank.c:add:balance += n;#2");
    json_decref(log);
    run->findings.at[0].parties.at[1].stack.at[0].line = 2; /* another schedule, the same result */
    ck_assert_str_eq(fingerprint(folder),
                     "race/wrong-result explorer race/bank buggy bank.c:add:balance += n;#2");
}
END_TEST

/* Where others went on before is another place in each run: it makes no other result. */
START_TEST(a_wrong_result_of_two_schedules_is_one)
{
    for (int i = 0; i < 2; i++) {
        struct hz_run *run = add_wrong_result();
        run->findings.at[0].parties.at[1].stack.at[0].line = 1 + i;
        add_step(run, 0, HZ_ACT_STEP, 5);
        add_end(run, 0);
    }
    json_t *log = written(folder, NULL);
    ck_assert_uint_eq(json_array_size(at(log, "runs.0.results")), 1);
    ck_assert_int_eq(number_at(log, "runs.0.results.0.occurrenceCount"), 2);
    json_decref(log);
    stream.runs.at[1].steps.at[0].line = 4; /* it showed elsewhere */
    log = written(folder, NULL);
    ck_assert_uint_eq(json_array_size(at(log, "runs.0.results")), 2);
    json_decref(log);
}
END_TEST

/* One after the other, each in the column of its thread. */
START_TEST(a_schedule_can_be_stepped_through)
{
    struct hz_run *run = add_wrong_result();
    add_step(run, 1, HZ_ACT_TAKES, 2);
    add_step(run, 1, HZ_ACT_OTHERS, 4);
    add_step(run, 0, HZ_ACT_STEP, 4)->left_out = 7;
    add_step(run, 1, HZ_ACT_STEP, 0); /* the end of the thread has no place */
    add_step(run, 1, HZ_ACT_LETS_GO, 5);
    add_end(run, 0);
    json_t *log = written(folder, NULL), *flow = at(log, "runs.0.results.0.codeFlows.0");
    ck_assert_str_eq(text_at(flow, "message.text"),
                     "The order in which the threads ran, by executionOrder. Left out: 7 in "
                     "the middle, 1 without a place in a source file.");
    ck_assert_uint_eq(json_array_size(at(flow, "threadFlows")), 2);
    ck_assert_str_eq(text_at(flow, "threadFlows.0.id"), "T0");
    ck_assert_str_eq(text_at(flow, "threadFlows.1.id"), "T1");
    json_t *t0 = at(flow, "threadFlows.0.locations"), *t1 = at(flow, "threadFlows.1.locations");
    ck_assert_uint_eq(json_array_size(t0), 2);
    ck_assert_uint_eq(json_array_size(t1), 3);
    ck_assert_int_eq(number_at(t1, "0.executionOrder"), 1);
    ck_assert_int_eq(number_at(t1, "1.executionOrder"), 2);
    ck_assert_int_eq(number_at(t0, "0.executionOrder"), 10);
    ck_assert_int_eq(number_at(t1, "2.executionOrder"), 12);
    ck_assert_int_eq(number_at(t0, "1.executionOrder"), 13);
    ck_assert_str_eq(text_at(t1, "0.location.message.text"), "step 1: does 1");
    ck_assert_int_eq(number_at(t1, "0.location.physicalLocation.region.startLine"), 2);
    ck_assert_str_eq(text_at(t1, "0.kinds.0"), "acquire");
    ck_assert_str_eq(text_at(t1, "1.importance"), "essential");
    ck_assert_str_eq(text_at(t1, "2.kinds.0"), "release");
    /* It goes wrong where the result is shown. */
    ck_assert_str_eq(text_at(t0, "1.location.message.text"), "wrong result in T0: exit status 1");
    ck_assert_int_eq(number_at(t0, "1.location.physicalLocation.region.startLine"), 4);
    ck_assert_str_eq(text_at(t0, "1.kinds.0"), "danger");
    json_decref(log);
}
END_TEST

/* Of the first finding of a run: the others showed on the way. */
START_TEST(a_schedule_is_of_one_finding)
{
    struct hz_run *run = add_wrong_result();
    add_party(add_finding(run, HZ_RACE, "data-race"), file_at("bank.c", NULL), BANK_LINE);
    add_step(run, 0, HZ_ACT_STEP, 4);
    add_end(run, 0);
    json_t *log = written(folder, NULL);
    ck_assert_str_eq(text_at(log, "runs.0.results.0.codeFlows.0.threadFlows.0.id"), "T0");
    ck_assert_str_eq(text_at(log, "runs.0.results.0.codeFlows.1.threadFlows.0.id"), "t1");
    ck_assert_uint_eq(json_array_size(at(log, "runs.0.results.1.codeFlows")), 1);
    ck_assert_str_eq(text_at(log, "runs.0.results.1.codeFlows.0.threadFlows.0.id"), "t0");
    json_decref(log);
}
END_TEST

/* How many places the code flow has. */
static size_t places_in(const json_t *flow)
{
    size_t i, n = 0;
    json_t *thread;
    json_array_foreach(at(flow, "threadFlows"), i, thread) n +=
        json_array_size(at(thread, "locations"));
    return n;
}

START_TEST(a_long_schedule_is_cut_in_the_middle)
{
    struct hz_run *run = add_wrong_result();
    for (unsigned i = 0; i < 1000; i++)
        add_step(run, i % 3, HZ_ACT_STEP, 4);
    json_t *log = written(folder, NULL), *flow = at(log, "runs.0.results.0.codeFlows.0");
    ck_assert_uint_eq(places_in(flow), 1000);
    ck_assert_str_eq(text_at(flow, "message.text"),
                     "The order in which the threads ran, by executionOrder.");
    json_decref(log);
    for (unsigned i = 0; i < 5; i++)
        add_step(run, 3, HZ_ACT_STEP, 5);
    log = written(folder, NULL);
    flow = at(log, "runs.0.results.0.codeFlows.0");
    ck_assert_uint_eq(places_in(flow), 1000);
    ck_assert_str_eq(text_at(flow, "message.text"),
                     "The order in which the threads ran, by executionOrder. Left out: 5 in "
                     "the middle.");
    ck_assert_uint_eq(json_array_size(at(flow, "threadFlows.3.locations")), 5);
    ck_assert_int_eq(number_at(flow, "threadFlows.3.locations.4.executionOrder"), 1005);
    ck_assert_int_eq(number_at(flow, "threadFlows.0.locations.0.executionOrder"), 1);
    json_decref(log);
}
END_TEST

/* The message of the first code flow, whose end is what was left out. */
static void ck_left_out(const json_t *log, const char *wanted)
{
    const char *text = text_at(log, "runs.0.results.0.codeFlows.0.message.text");
    const char *told = strstr(text, "Left out: ");
    ck_assert_str_eq(told != NULL ? told : text, wanted);
}

static void ck_page(const struct hz_run *run, const char *wanted)
{
    char *text = NULL;
    size_t n = 0;
    FILE *page = open_memstream(&text, &n);
    hz_picture_steps(page, &run->steps, 1);
    fclose(page);
    ck_assert_msg(strstr(text, wanted) != NULL, "the page has no \"%s\"", wanted);
    free(text);
}

/* Rows are not steps: what stands between two steps has no number. */
START_TEST(steps_are_counted_as_on_the_page)
{
    struct hz_run *run = add_wrong_result();
    add_step(run, 0, HZ_ACT_STEP, 4);
    add_step(run, 0, HZ_ACT_OTHERS, 4)->number = 0;
    add_step(run, 0, HZ_ACT_OTHERS, 4)->number = 0;
    run->steps.at[2].left_out = 9; /* six of which are steps: 2 to 7 */
    add_step(run, 0, HZ_ACT_STEP, 5)->number = 8;
    json_t *log = written(folder, NULL);
    json_t *places = at(log, "runs.0.results.0.codeFlows.0.threadFlows.0.locations");
    static const char *const texts[] = {"step 1: does 1", "does 2", "does 3", "step 8: does 4"};
    static const int orders[] = {1, 2, 12, 13};
    ck_assert_uint_eq(json_array_size(places), 4);
    for (size_t i = 0; i < 4; i++) {
        json_t *place = json_array_get(places, i);
        ck_assert_str_eq(text_at(place, "location.message.text"), texts[i]);
        ck_assert_int_eq(number_at(place, "executionOrder"), orders[i]);
    }
    ck_left_out(log, "Left out: 6 in the middle.");
    ck_page(run, "… 6 steps left out");
    json_decref(log);
    add_step(run, 0, HZ_ACT_STEP, 0)->number = 12; /* 9 to 11 */
    run->steps.at[4].left_out = 5;
    add_step(run, 0, HZ_ACT_STEP, 4)->number = 12; /* the numbers do not tell */
    run->steps.at[5].left_out = 20;
    add_step(run, 0, HZ_ACT_STEP, 4)->number = 20; /* no row is missing */
    add_end(run, 0);
    run->steps.at[7].left_out = 100; /* no number follows */
    log = written(folder, NULL);
    ck_left_out(log, "Left out: 129 in the middle, 1 without a place in a source file.");
    ck_page(run, "… 3 steps left out");
    ck_page(run, "… 20 steps left out");
    ck_page(run, "… 100 steps left out");
    json_decref(log);
}
END_TEST

/* Each second row is a step; of those that are cut, one has no place anyhow. */
START_TEST(of_the_middle_only_steps_are_counted)
{
    struct hz_run *run = add_wrong_result();
    for (unsigned i = 0; i < 1200; i++)
        add_step(run, 0, HZ_ACT_STEP, i == 600 ? 0 : 4)->number = i % 2 == 0 ? i / 2 + 1 : 0;
    json_t *log = written(folder, NULL);
    ck_assert_uint_eq(places_in(at(log, "runs.0.results.0.codeFlows.0")), 1000);
    ck_left_out(log, "Left out: 99 in the middle, 1 without a place in a source file.");
    json_decref(log);
}
END_TEST

int main(void)
{
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_set_timeout(all, 120);
    tcase_add_test(all, a_wrong_result_is_where_its_thread_was_last);
    tcase_add_test(all, a_wrong_result_of_two_schedules_is_one);
    tcase_add_test(all, a_schedule_can_be_stepped_through);
    tcase_add_test(all, a_schedule_is_of_one_finding);
    tcase_add_test(all, a_long_schedule_is_cut_in_the_middle);
    tcase_add_test(all, steps_are_counted_as_on_the_page);
    tcase_add_test(all, of_the_middle_only_steps_are_counted);
    return run_suite("sarif_steps", all);
}
