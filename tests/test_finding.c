/* Findings: their names, merging, the JSON round trip, and text that is not UTF-8. */
#include "finding/finding.h"
#include "finding/utf8.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct hz_arena arena;

static void setup(void)
{
    hz_arena_init(&arena);
}

static void teardown(void)
{
    hz_arena_free(&arena);
}

static struct hz_finding *add(hz_findings *findings, enum hz_class class, const char *kind)
{
    struct hz_finding *finding = hz_push(&arena, findings);
    *finding = (struct hz_finding){
        .detector = "tsan", .class = class, .kind = kind, .summary = "it raced", .times = 1};
    finding->sure = HZ_PROBABLE;
    return finding;
}

/* A party with one frame; line 0 for a frame of which only the function is known. */
static struct hz_party *party(struct hz_finding *finding, const char *file, int line)
{
    struct hz_party *party = hz_push(&arena, &finding->parties);
    *hz_push(&arena, &party->stack) =
        (struct hz_frame){.function = line != 0 ? "work" : file, .file = file, .line = line};
    return party;
}

/* ---- names ---- */

START_TEST(classes_have_names_both_ways)
{
    static const char *const names[] = {"race", "deadlock", "starvation", "misuse"};
    for (int i = 0; i < HZ_CLASSES; i++) {
        enum hz_class class;
        ck_assert_str_eq(hz_class_name((enum hz_class)i), names[i]);
        ck_assert(hz_class_parse(names[i], &class));
        ck_assert_int_eq(class, i);
    }
    enum hz_class class;
    ck_assert(!hz_class_parse("Race", &class));
    ck_assert(!hz_class_parse("races", &class));
    ck_assert(!hz_class_parse("", &class));
}
END_TEST

/* ---- merging ---- */

START_TEST(the_same_finding_is_folded_whatever_the_order_of_its_parties)
{
    hz_findings findings = {0};
    struct hz_finding *first = add(&findings, HZ_RACE, "data-race");
    party(first, "a.c", 10);
    party(first, "a.c", 20);
    struct hz_finding *second = add(&findings, HZ_RACE, "data-race");
    party(second, "a.c", 20);
    party(second, "a.c", 10);
    second->times = 4;
    second->summary = "other words";
    second->sure = HZ_CERTAIN;
    hz_findings_merge(&findings);
    ck_assert_uint_eq(findings.n, 1);
    ck_assert_uint_eq(findings.at[0].times, 5);
    ck_assert_str_eq(findings.at[0].summary, "it raced");
    ck_assert_int_eq(findings.at[0].sure, HZ_CERTAIN);
}
END_TEST

START_TEST(findings_that_differ_stay_in_their_order)
{
    hz_findings findings = {0};
    party(add(&findings, HZ_RACE, "data-race"), "z.c", 10);
    party(add(&findings, HZ_RACE, "data-race"), "a.c", 11);
    party(add(&findings, HZ_RACE, "use-after-free"), "z.c", 10);
    party(add(&findings, HZ_MISUSE, "data-race"), "z.c", 10);
    struct hz_finding *two = add(&findings, HZ_RACE, "data-race");
    party(two, "z.c", 10);
    party(two, "z.c", 10);
    party(add(&findings, HZ_RACE, "data-race"), "z.c", 10);
    party(add(&findings, HZ_RACE, "data-race"), "z.c", 10);
    findings.at[6].detector = "drd";
    hz_findings_merge(&findings);
    ck_assert_uint_eq(findings.n, 6);
    ck_assert_uint_eq(findings.at[0].times, 2);
    ck_assert_str_eq(findings.at[1].parties.at[0].stack.at[0].file, "a.c");
    ck_assert_str_eq(findings.at[2].kind, "use-after-free");
    ck_assert_int_eq(findings.at[3].class, HZ_MISUSE);
    ck_assert_uint_eq(findings.at[4].parties.n, 2);
    ck_assert_str_eq(findings.at[5].detector, "drd");
    for (size_t i = 1; i < findings.n; i++)
        ck_assert_uint_eq(findings.at[i].times, 1);
}
END_TEST

START_TEST(the_innermost_line_counts_not_the_frames_around_it)
{
    hz_findings findings = {0};
    for (int i = 0; i < 2; i++) {
        struct hz_finding *finding = add(&findings, HZ_RACE, "data-race");
        struct hz_party *one = hz_push(&arena, &finding->parties);
        *hz_push(&arena, &one->stack) = (struct hz_frame){.function = "memcpy", .address = 7 + i};
        *hz_push(&arena, &one->stack) = (struct hz_frame){.file = "a.c", .line = 5};
        *hz_push(&arena, &one->stack) = (struct hz_frame){.file = "a.c", .line = 90 + i};
    }
    hz_findings_merge(&findings);
    ck_assert_uint_eq(findings.n, 1);
}
END_TEST

START_TEST(without_lines_functions_and_addresses_tell_findings_apart)
{
    hz_findings findings = {0};
    party(add(&findings, HZ_RACE, "data-race"), "f", 0);
    party(add(&findings, HZ_RACE, "data-race"), "g", 0);
    party(add(&findings, HZ_RACE, "data-race"), "f", 0);
    for (int i = 0; i < 3; i++) {
        struct hz_party *one = party(add(&findings, HZ_RACE, "data-race"), NULL, 0);
        one->stack.at[0].address = i < 2 ? 0x400100 : 0x400200;
    }
    hz_findings_merge(&findings);
    ck_assert_uint_eq(findings.n, 4);
}
END_TEST

START_TEST(findings_of_no_known_place_are_not_the_same_unless_they_say_so)
{
    hz_findings findings = {0};
    add(&findings, HZ_MISUSE, "misc")->summary = "one thing";
    add(&findings, HZ_MISUSE, "misc")->summary = "another";
    add(&findings, HZ_MISUSE, "misc")->summary = "one thing";
    add(&findings, HZ_MISUSE, "misc")->summary = "f"; /* no party, but one's place below */
    party(add(&findings, HZ_MISUSE, "misc"), "f", 0);
    hz_findings_merge(&findings);
    ck_assert_uint_eq(findings.n, 4);
    ck_assert_uint_eq(findings.at[0].times, 2);
}
END_TEST

START_TEST(nothing_merges_to_nothing_and_no_finding_is_lost)
{
    hz_findings findings = {0};
    hz_findings_merge(&findings);
    ck_assert_uint_eq(findings.n, 0);
    add(&findings, HZ_RACE, "data-race")->times = 0; /* a careless reader's */
    hz_findings_merge(&findings);
    ck_assert_uint_eq(findings.n, 1);
}
END_TEST

START_TEST(many_findings_merge)
{
    hz_findings findings = {0};
    for (int i = 0; i < 20000; i++)
        party(add(&findings, HZ_RACE, "data-race"), "a.c", 1 + i % 100);
    hz_findings_merge(&findings);
    ck_assert_uint_eq(findings.n, 100);
    for (size_t i = 0; i < findings.n; i++) {
        ck_assert_uint_eq(findings.at[i].times, 200);
        ck_assert_int_eq(findings.at[i].parties.at[0].stack.at[0].line, (int)i + 1);
    }
}
END_TEST

/* ---- text ---- */

static void same_text(const char *given, const char *wanted)
{
    json_t *string = hz_json_text(given);
    ck_assert(json_is_string(string));
    ck_assert_str_eq(json_string_value(string), wanted);
    json_decref(string);
}

START_TEST(good_text_stays_as_it_is)
{
    same_text("", "");
    same_text("plain", "plain");
    same_text("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x92", "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x92");
    same_text("\x01\x1b[31m\x7f\n\t\"\\", "\x01\x1b[31m\x7f\n\t\"\\");
    json_t *nothing = hz_json_text(NULL);
    ck_assert(json_is_null(nothing));
    json_decref(nothing);
}
END_TEST

#define BAD "\xef\xbf\xbd"

START_TEST(bad_bytes_become_replacement_characters)
{
    same_text("\xff", BAD);
    same_text("a\x80z", "a" BAD "z");
    same_text("\xc3", BAD);                         /* cut off */
    same_text("\xe2\x82", BAD BAD);                 /* cut off */
    same_text("\xf0\x9f\x94", BAD BAD BAD);         /* cut off */
    same_text("\xc0\xaf", BAD BAD);                 /* overlong / */
    same_text("\xe0\x80\xaf", BAD BAD BAD);         /* overlong / */
    same_text("\xf0\x80\x80\xaf", BAD BAD BAD BAD); /* overlong / */
    same_text("\xed\xa0\x80", BAD BAD BAD);         /* a surrogate */
    same_text("\xf4\x90\x80\x80", BAD BAD BAD BAD); /* past U+10FFFF */
    same_text("\xc3\xa9\xff\xc3\xa9", "\xc3\xa9" BAD "\xc3\xa9");
}
END_TEST

/* hz_json_text leans on both agreeing: what one lets through the other must too. */
START_TEST(utf8_is_what_jansson_takes_for_it)
{
    static const unsigned char edges[] = {0x01, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf,
                                          0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xec, 0xed, 0xee,
                                          0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff};
    size_t n = sizeof edges;
    for (size_t i = 0; i < n * n * n * n; i++) {
        char text[4];
        size_t left = i;
        for (int k = 0; k < 4; k++, left /= n)
            text[k] = (char)edges[left % n];
        for (size_t size = 1; size <= sizeof text; size++) {
            size_t at = 0, step = 1;
            while (at < size && (step = hz_utf8_size(text + at, size - at)) != 0)
                at += step;
            json_t *string = json_stringn(text, size);
            ck_assert_msg((string != NULL) == (step != 0), "%02x %02x %02x %02x, %zu bytes",
                          text[0] & 0xff, text[1] & 0xff, text[2] & 0xff, text[3] & 0xff, size);
            json_decref(string);
        }
    }
    ck_assert_uint_eq(hz_utf8_size("a", 0), 0);
}
END_TEST

/* ---- JSON ---- */

/* A finding with everything in it that one may hold. */
static struct hz_finding full(void)
{
    hz_findings findings = {0};
    struct hz_finding *finding = add(&findings, HZ_DEADLOCK, "lock-cycle");
    finding->times = 3;
    finding->schedule = "bank.2.schedule";
    finding->sure = HZ_CERTAIN;
    struct hz_party *one = party(finding, "/src/a.c", 12);
    one->id = "pid 71 tid 73";
    one->name = "worker";
    one->role = "waits for mutex";
    one->stack.at[0].module = "/bin/prog";
    one->stack.at[0].address = UINT64_C(0xffffffffff600400);
    *hz_push(&arena, &one->holds) = (struct hz_thing){
        .kind = "mutex", .name = "a+0x28", .taken_at = {.function = "f", .file = "a.c", .line = 8}};
    *hz_push(&arena, &one->holds) = (struct hz_thing){.kind = "pipe", .name = "pipe:[1]"};
    one->waits_for = (struct hz_thing){.kind = "mutex", .name = "b"};
    one->waited = 0.125;
    *hz_push(&arena, &one->waits_on) = 1;
    *hz_push(&arena, &one->waits_on) = 0;
    finding->at = 12345.5;
    (void)hz_push(&arena, &finding->parties); /* of which nothing is known */
    return *finding;
}

static void same_string(const char *left, const char *right)
{
    ck_assert_int_eq(left == NULL, right == NULL);
    if (left != NULL)
        ck_assert_str_eq(left, right);
}

static void same_frame(const struct hz_frame *left, const struct hz_frame *right)
{
    same_string(left->function, right->function);
    same_string(left->file, right->file);
    same_string(left->module, right->module);
    ck_assert_int_eq(left->line, right->line);
    ck_assert_uint_eq(left->address, right->address);
}

static void same_thing(const struct hz_thing *left, const struct hz_thing *right)
{
    same_string(left->kind, right->kind);
    same_string(left->name, right->name);
    same_frame(&left->taken_at, &right->taken_at);
}

static void same_party(const struct hz_party *left, const struct hz_party *right)
{
    same_string(left->id, right->id);
    same_string(left->name, right->name);
    same_string(left->role, right->role);
    ck_assert_uint_eq(left->stack.n, right->stack.n);
    for (size_t i = 0; i < left->stack.n; i++)
        same_frame(&left->stack.at[i], &right->stack.at[i]);
    ck_assert_uint_eq(left->holds.n, right->holds.n);
    for (size_t i = 0; i < left->holds.n; i++)
        same_thing(&left->holds.at[i], &right->holds.at[i]);
    same_thing(&left->waits_for, &right->waits_for);
    ck_assert_double_eq(left->waited, right->waited);
    ck_assert_uint_eq(left->waits_on.n, right->waits_on.n);
    for (size_t i = 0; i < left->waits_on.n; i++)
        ck_assert_uint_eq(left->waits_on.at[i], right->waits_on.at[i]);
}

/* Through text, as the event stream does it. */
static struct hz_finding round_trip(const struct hz_finding *finding)
{
    json_t *object = hz_finding_to_json(finding);
    char *text = json_dumps(object, JSON_COMPACT);
    ck_assert_ptr_nonnull(text);
    json_decref(object);
    object = json_loads(text, 0, NULL);
    ck_assert_ptr_nonnull(object);
    free(text);
    struct hz_finding back;
    struct hz_error error;
    ck_assert_msg(hz_finding_from_json(&arena, object, &back, &error), "%s", error.text);
    json_decref(object);
    return back;
}

START_TEST(a_finding_comes_back_as_it_was)
{
    struct hz_finding finding = full(), back = round_trip(&finding);
    same_string(back.detector, finding.detector);
    same_string(back.kind, finding.kind);
    same_string(back.summary, finding.summary);
    ck_assert_int_eq(back.class, finding.class);
    ck_assert_int_eq(back.sure, finding.sure);
    ck_assert_uint_eq(back.times, finding.times);
    ck_assert_double_eq(back.at, finding.at);
    same_string(back.schedule, finding.schedule);
    ck_assert_uint_eq(back.parties.n, finding.parties.n);
    for (size_t i = 0; i < back.parties.n; i++)
        same_party(&back.parties.at[i], &finding.parties.at[i]);
}
END_TEST

START_TEST(hostile_text_in_a_finding_is_written_and_read)
{
    hz_findings findings = {0};
    struct hz_finding *finding = add(&findings, HZ_RACE, "data-race");
    finding->summary = "</script>\x1b]0;owned\x07\xff\",\"class\":\"misuse\n";
    party(finding, "\xfe\xff/a.c", 3)->stack.at[0].function = "f\x01\r\n";
    struct hz_finding back = round_trip(finding);
    ck_assert_str_eq(back.summary, "</script>\x1b]0;owned\x07" BAD "\",\"class\":\"misuse\n");
    ck_assert_int_eq(back.class, HZ_RACE);
    ck_assert_str_eq(back.parties.at[0].stack.at[0].file, BAD BAD "/a.c");
    ck_assert_str_eq(back.parties.at[0].stack.at[0].function, "f\x01\r\n");
}
END_TEST

START_TEST(what_is_not_known_is_left_out)
{
    struct hz_finding finding = full();
    finding.parties.at[0].stack.at[0] = (struct hz_frame){.function = "f", .line = -1};
    json_t *object = hz_finding_to_json(&finding);
    json_t *threads = json_object_get(object, "threads");
    json_t *frame = json_array_get(json_object_get(json_array_get(threads, 0), "stack"), 0);
    ck_assert_uint_eq(json_object_size(frame), 1);
    json_t *unknown = json_array_get(threads, 1);
    ck_assert_ptr_null(json_object_get(unknown, "id"));
    ck_assert_ptr_null(json_object_get(unknown, "waits_for"));
    json_t *holds = json_object_get(json_array_get(threads, 0), "holds");
    ck_assert_ptr_null(json_object_get(json_array_get(holds, 1), "taken_at"));
    json_decref(object);
}
END_TEST

START_TEST(a_finding_that_nobody_filled_is_readable_all_the_same)
{
    struct hz_finding finding = {.times = 1};
    struct hz_finding back = round_trip(&finding);
    ck_assert_str_eq(back.summary, "");
    ck_assert_str_eq(back.detector, "");
}
END_TEST

#define HEAD                                                                                       \
    "\"detector\":\"tsan\",\"class\":\"race\",\"kind\":\"k\",\"sure\":\"certain\","                \
    "\"summary\":\"s\",\"times\":1"

static const struct {
    const char *text, *says; /* `says` NULL: it is a finding */
} readings[] = {
    {"{" HEAD ",\"threads\":[]}", NULL},
    {"{" HEAD ",\"threads\":[],\"later\":{\"a\":1}}", NULL},
    {"{" HEAD ",\"threads\":[{\"stack\":[{}],\"holds\":[{}]}]}", NULL},
    {"[]", "not an object"},
    {"{}", "without \"detector\""},
    {"{" HEAD "}", "without \"threads\""},
    {"{" HEAD ",\"threads\":{}}", "\"threads\" is not a list"},
    {"{" HEAD ",\"threads\":[7]}", "thread that is not an object"},
    {"{" HEAD ",\"threads\":[{}]}", "without \"stack\""},
    {"{" HEAD ",\"threads\":[{\"stack\":[null]}]}", "frame that is not an object"},
    {"{" HEAD ",\"threads\":[{\"stack\":[{\"line\":-1}]}]}", "line -1"},
    {"{" HEAD ",\"threads\":[{\"stack\":[{\"line\":4294967297}]}]}", "line 4294967297"},
    {"{" HEAD ",\"threads\":[{\"stack\":[{\"line\":1.5}]}]}", "\"line\" is not a whole number"},
    {"{" HEAD ",\"threads\":[{\"stack\":[{\"file\":1}]}]}", "\"file\" is not a string"},
    {"{" HEAD ",\"threads\":[{\"stack\":[{\"address\":12}]}]}", "\"address\" is not a string"},
    {"{" HEAD ",\"threads\":[{\"stack\":[{\"address\":\"0x\"}]}]}", "\"address\" is not 0x"},
    {"{" HEAD ",\"threads\":[{\"stack\":[{\"address\":\"\"}]}]}", "\"address\" is not 0x"},
    {"{" HEAD ",\"threads\":[{\"stack\":[{\"address\":\"0x-1\"}]}]}", "\"address\" is not 0x"},
    {"{" HEAD ",\"threads\":[{\"stack\":[{\"address\":\"0x10000000000000000\"}]}]}",
     "\"address\" is not 0x"},
    {"{" HEAD ",\"threads\":[{\"stack\":[],\"holds\":[3]}]}", "holds what is not an object"},
    {"{" HEAD ",\"threads\":[{\"stack\":[],\"waits_for\":[]}]}", "\"waits_for\" is not an object"},
    {"{" HEAD ",\"threads\":[{\"stack\":[],\"waited\":\"1\"}]}", "\"waited\" is not a number"},
    {"{" HEAD ",\"threads\":[{\"stack\":[],\"waited\":-1}]}", "\"waited\" is not a number"},
    {"{" HEAD ",\"threads\":[{\"stack\":[],\"waits_on\":0}]}", "\"waits_on\" is not a list"},
    {"{" HEAD ",\"threads\":[{\"stack\":[],\"waits_on\":[1]}]}", "names no thread of it"},
    {"{" HEAD ",\"threads\":[{\"stack\":[],\"waits_on\":[-1]}]}", "names no thread of it"},
    {"{" HEAD ",\"threads\":[{\"stack\":[],\"waits_on\":[0.5]}]}", "names no thread of it"},
    {"{\"detector\":null}", "\"detector\" is not a string"},
    {"{\"detector\":\"d\",\"class\":\"x\",\"kind\":\"k\",\"sure\":\"certain\",\"summary\":\"\","
     "\"times\":1,\"threads\":[]}",
     "unknown class \"x\""},
    {"{\"detector\":\"d\",\"class\":\"race\",\"kind\":\"k\",\"sure\":\"maybe\",\"summary\":\"\","
     "\"times\":1,\"threads\":[]}",
     "\"maybe\""},
    {"{\"detector\":\"d\",\"class\":\"race\",\"kind\":\"k\",\"sure\":\"certain\",\"summary\":\"\","
     "\"times\":0,\"threads\":[]}",
     "less than once"},
};

START_TEST(what_is_not_a_finding_is_refused_with_a_reason)
{
    json_t *object = json_loads(readings[_i].text, 0, NULL);
    ck_assert_ptr_nonnull(object);
    struct hz_finding finding;
    struct hz_error error = {""};
    bool good = hz_finding_from_json(&arena, object, &finding, &error);
    ck_assert_msg(good == (readings[_i].says == NULL), "%s: %s", readings[_i].text, error.text);
    if (readings[_i].says != NULL)
        ck_assert_msg(strstr(error.text, readings[_i].says) != NULL, "%s: %s", readings[_i].text,
                      error.text);
    json_decref(object);
}
END_TEST

/* ---- what stays the same from run to run ---- */

START_TEST(prints_name_each_place_once_in_any_order)
{
    hz_findings findings = {0};
    struct hz_finding *finding = add(&findings, HZ_RACE, "data-race");
    party(finding, "/src/b.c", 20);
    party(finding, "a.c", 10);
    party(finding, "/elsewhere/b.c", 20);
    party(finding, "memcpy", 0);
    *hz_push(&arena, &finding->parties) = (struct hz_party){0};
    ck_assert_str_eq(hz_finding_print(&arena, finding, HZ_BY_LINES),
                     "race/data-race ? a.c:10 b.c:20 memcpy");
    ck_assert_str_eq(hz_finding_print(&arena, finding, HZ_BY_FUNCTIONS),
                     "race/data-race ? a.c:work b.c:work memcpy");
    ck_assert_str_eq(hz_finding_print(&arena, add(&findings, HZ_MISUSE, "x"), HZ_BY_LINES),
                     "misuse/x");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("finding");
    TCase *tests = tcase_create("finding");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, classes_have_names_both_ways);
    tcase_add_test(tests, the_same_finding_is_folded_whatever_the_order_of_its_parties);
    tcase_add_test(tests, findings_that_differ_stay_in_their_order);
    tcase_add_test(tests, the_innermost_line_counts_not_the_frames_around_it);
    tcase_add_test(tests, without_lines_functions_and_addresses_tell_findings_apart);
    tcase_add_test(tests, findings_of_no_known_place_are_not_the_same_unless_they_say_so);
    tcase_add_test(tests, nothing_merges_to_nothing_and_no_finding_is_lost);
    tcase_add_test(tests, many_findings_merge);
    tcase_add_test(tests, prints_name_each_place_once_in_any_order);
    tcase_add_test(tests, good_text_stays_as_it_is);
    tcase_add_test(tests, bad_bytes_become_replacement_characters);
    tcase_add_test(tests, utf8_is_what_jansson_takes_for_it);
    tcase_add_test(tests, a_finding_comes_back_as_it_was);
    tcase_add_test(tests, hostile_text_in_a_finding_is_written_and_read);
    tcase_add_test(tests, what_is_not_known_is_left_out);
    tcase_add_test(tests, a_finding_that_nobody_filled_is_readable_all_the_same);
    tcase_add_loop_test(tests, what_is_not_a_finding_is_refused_with_a_reason, 0,
                        (int)(sizeof readings / sizeof *readings));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
