/* The page's graphs: well-formed whatever the names are, capped, and in words without dot. */
#include "fragment.h"

#include <sys/stat.h>
#include <unistd.h>

/* ---- graphs --------------------------------------------------------------------------- */

static struct hz_party *add_party(struct hz_finding *finding, const char *id, const char *lock,
                                  size_t waits_on)
{
    struct hz_party *party = hz_push(&arena, &finding->parties);
    party->id = hz_dup(&arena, id);
    party->waits_for = (struct hz_thing){.kind = "mutex", .name = hz_dup(&arena, lock)};
    if (waits_on != SIZE_MAX)
        *hz_push(&arena, &party->waits_on) = waits_on;
    *hz_push(&arena, &party->stack) =
        (struct hz_frame){.function = "f", .file = "/src/bank.c", .line = 21};
    return party;
}

static void holds(struct hz_party *party, const char *lock)
{
    *hz_push(&arena, &party->holds) =
        (struct hz_thing){"mutex", hz_dup(&arena, lock), {.file = "/src/bank.c", .line = 20}};
}

static struct hz_finding crossed(const char *left, const char *right)
{
    struct hz_finding finding = {.detector = "watchdog", .class = HZ_DEADLOCK,
                                 .kind = "lock-cycle", .summary = "two wait", .times = 1};
    holds(add_party(&finding, "pid 7 tid 8", right, 1), left);
    holds(add_party(&finding, "pid 7 tid 9", left, 0), right);
    return finding;
}

static struct fragment drawn(const struct hz_finding *findings, size_t n, bool laid_out)
{
    struct hz_graphs *graphs = hz_graphs_new("/src");
    struct hz_error error = {""};
    struct fragment fragment;
    for (size_t i = 0; i < n; i++)
        ck_assert_uint_eq(hz_graphs_add(graphs, &findings[i]), i);
    ck_assert_msg(hz_graphs_lay_out(graphs, 60, &error) == laid_out, "%s", error.text);
    FILE *file = open_fragment(&fragment);
    for (size_t i = 0; i < n; i++)
        hz_graphs_write(file, graphs, i);
    close_fragment(&fragment, file);
    hz_graphs_free(graphs);
    return fragment;
}

START_TEST(a_deadlock_is_a_graph_of_threads_and_locks)
{
    struct hz_finding finding = crossed("a", "b");
    struct fragment fragment = drawn(&finding, 1, true);
    ck_assert_uint_eq(count(&fragment, "//svg[@role='img'][@viewBox]"), 1);
    ck_assert_uint_eq(count(&fragment, "//g[@class='hz-thread']/polygon"), 2);
    ck_assert_uint_eq(count(&fragment, "//g[@class='hz-thing']/ellipse"), 2);
    ck_assert_uint_eq(count(&fragment, "//g[@class='hz-edge']/path"), 4);
    ck_assert_uint_eq(count(&fragment, "//g[@class='hz-process']"), 0);
    ck_assert_uint_eq(count(&fragment, "//svg[@aria-labelledby=title/@id]"), 1);
    ck_assert_uint_eq(count(&fragment, "//svg[@aria-describedby=desc/@id]"), 1);
    ck_assert(says(&fragment, "tid 8 waits for mutex b held by tid 9, at bank.c:21"));
    ck_assert(says(&fragment, "tid 9 holds mutex b, at bank.c:20"));
    free_fragment(&fragment);
}
END_TEST

START_TEST(threads_of_several_processes_stand_in_boxes)
{
    struct hz_finding finding = crossed("a", "b");
    finding.parties.at[1].id = "pid 70 tid 9";
    struct fragment fragment = drawn(&finding, 1, true);
    ck_assert_uint_eq(count(&fragment, "//g[@class='hz-process']"), 2);
    ck_assert_uint_eq(count(&fragment, "//g[@class='hz-process']/polygon[@stroke-dasharray]"), 2);
    free_fragment(&fragment);
}
END_TEST

START_TEST(an_order_of_locks_has_an_edge_for_each_taken_while_holding)
{
    struct hz_finding finding = crossed("a", "b");
    finding.kind = "lock-order";
    struct fragment fragment = drawn(&finding, 1, true);
    ck_assert_uint_eq(count(&fragment, "//g[@class='hz-thread']"), 0);
    ck_assert_uint_eq(count(&fragment, "//g[@class='hz-thing']"), 2);
    ck_assert_uint_eq(count(&fragment, "//g[@class='hz-edge'][text='\u00a0bank.c:21\u00a0']"), 2);
    ck_assert(says(&fragment, "tid 8 then takes mutex b, at bank.c:21"));
    free_fragment(&fragment);
}
END_TEST

START_TEST(only_what_can_be_drawn_is)
{
    struct hz_graphs *graphs = hz_graphs_new(NULL);
    struct hz_finding race = crossed("a", "b"), unknown = crossed("a", "b");
    struct hz_finding one = crossed("a", "b"), same = crossed("a", "b"), other = crossed("a", "c");
    race.class = HZ_RACE;
    unknown.kind = "lock-order";
    unknown.parties.at[0].holds.n = unknown.parties.at[1].holds.n = 0;
    ck_assert_uint_eq(hz_graphs_add(graphs, &race), HZ_NO_GRAPH);
    ck_assert_uint_eq(hz_graphs_add(graphs, &unknown), HZ_NO_GRAPH);
    ck_assert_uint_eq(hz_graphs_add(graphs, &one), 0);
    ck_assert_uint_eq(hz_graphs_add(graphs, &same), 0);
    ck_assert_uint_eq(hz_graphs_add(graphs, &other), 1);
    hz_graphs_free(graphs);
}
END_TEST

START_TEST(hostile_names_change_nothing)
{
    struct hz_finding findings[] = {crossed(HOSTILE, "b"), crossed("a", "b"),
                                    crossed(HOSTILE "2", HOSTILE "3"), crossed("x", "y")};
    findings[0].parties.at[0].name = HOSTILE;
    findings[0].parties.at[0].id = HOSTILE;
    findings[0].parties.at[0].stack.at[0].file = HOSTILE;
    findings[0].parties.at[0].waits_for.kind = HOSTILE;
    findings[0].summary = HOSTILE;
    findings[2].kind = "lock-order";
    struct fragment fragment = drawn(findings, 4, true);
    ck_assert_uint_eq(count(&fragment, "/div/svg"), 4);
    ck_assert_uint_eq(count(&fragment, "//script|//b"), 0);
    ck_assert_uint_eq(count(&fragment, "/div/svg[2]//g[@class='hz-thread']"), 2);
    ck_assert_uint_eq(count(&fragment, "/div/svg[4]//g[@class='hz-thing'][text='x']"), 1);
    ck_assert_uint_ge(count(&fragment, "//g//text[starts-with(.,'<b>')][contains(.,'&lt;&amp;]]>')]"),
                      3);
    ck_assert(says(&fragment, "<b>\"'&lt;&amp;]]>"));
    ck_assert(says(&fragment, "\\x1b[2J\\xff\\xef\\xbf\\xbf"));
    free_fragment(&fragment);
}
END_TEST

START_TEST(many_threads_are_cut_with_the_count)
{
    struct hz_finding finding = crossed("a", "b");
    for (int i = 2; i < 500; i++)
        holds(add_party(&finding, hz_printf(&arena, "pid 7 tid %d", i + 8), "a", 499),
              hz_printf(&arena, "l%d", i));
    struct fragment fragment = drawn(&finding, 1, true);
    ck_assert_uint_eq(count(&fragment, "//g[@class='hz-thread']"), 24);
    ck_assert(says(&fragment, "… 476 more threads"));
    ck_assert_uint_lt(fragment.n, 60000);
    free_fragment(&fragment);
}
END_TEST

START_TEST(without_graphviz_it_is_words)
{
    struct hz_finding findings[] = {crossed("a", "b"), crossed(HOSTILE, "c")};
    setenv("PATH", "/nonexistent", 1);
    struct fragment fragment = drawn(findings, 2, false);
    ck_assert_uint_eq(count(&fragment, "//svg"), 0);
    ck_assert_uint_eq(count(&fragment, "/div/ul[@class='hz-graph-text'][@aria-label]"), 2);
    ck_assert_uint_eq(count(&fragment, "/div/ul[1]/li"), 4);
    ck_assert(says(&fragment, "tid 8 waits for mutex b held by tid 9"));
    free_fragment(&fragment);
}
END_TEST

/* A dot that hangs, lies, or writes what it should not. */
static void fake_dot(const char *script)
{
    char folder[] = "/tmp/hazmat-dot-XXXXXX", path[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/dot", folder);
    FILE *file = fopen(path, "we");
    fprintf(file, "#!/bin/sh\n%s\n", script);
    fclose(file);
    ck_assert_int_eq(chmod(path, 0755), 0);
    setenv("PATH", hz_printf(&arena, "%s:/bin:/usr/bin", folder), 1);
}

START_TEST(a_graphviz_that_fails_is_words)
{
    struct hz_finding finding = crossed("a", "b");
    static const char *const scripts[] = {
        "exit 3",
        "echo nonsense",
        "echo '<?xml version=\"1.0\"?><svg viewBox=\"0 0 1 1\"><title>g0</title></svg'; exit 1",
        "echo '<?xml version=\"1.0\"?><html><title>g0</title></html></svg>'",
        "echo '<?xml version=\"1.0\"?><svg viewBox=\"0 0 -5 1e9\"><title>g0</title></svg>'",
    };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        fake_dot(scripts[i]);
        struct fragment fragment = drawn(&finding, 1, i == 1 || i > 2);
        ck_assert_msg(count(&fragment, "//svg") == 0, "%s", scripts[i]);
        ck_assert_uint_eq(count(&fragment, "/div/ul/li"), 4);
        free_fragment(&fragment);
    }
}
END_TEST

START_TEST(a_graphviz_that_hangs_is_stopped)
{
    struct hz_finding finding = crossed("a", "b");
    struct hz_graphs *graphs = hz_graphs_new(NULL);
    struct hz_error error = {""};
    fake_dot("sleep 1000");
    hz_graphs_add(graphs, &finding);
    double begun = hz_now();
    ck_assert(!hz_graphs_lay_out(graphs, 0.3, &error));
    ck_assert(hz_now() - begun < 30);
    ck_assert_ptr_nonnull(strstr(error.text, "dot took more than"));
    hz_graphs_free(graphs);
}
END_TEST

/* Each of them would have time enough alone. */
START_TEST(the_time_is_that_of_all_graphs_together)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    struct hz_graphs *graphs = hz_graphs_new(NULL);
    struct hz_error error = {""};
    struct hz_finding findings[4];
    fake_dot("sleep 0.4");
    for (size_t i = 0; i < 4; i++) {
        findings[i] = crossed(names[i], "x");
        findings[i].parties.at[1].id = "pid 70 tid 9";
        hz_graphs_add(graphs, &findings[i]);
    }
    ck_assert(!hz_graphs_lay_out(graphs, 1, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "dot took"));
    hz_graphs_free(graphs);
}
END_TEST

START_TEST(the_same_findings_are_the_same_pictures)
{
    struct hz_finding findings[24];
    for (size_t i = 0; i < 24; i++) {
        findings[i] = crossed(hz_printf(&arena, "left%zu", i), "right");
        findings[i].parties.at[1].id = i % 2 == 0 ? "pid 70 tid 9" : "pid 7 tid 9";
    }
    struct fragment first = drawn(findings, 24, true), second = drawn(findings, 24, true);
    ck_assert_uint_eq(count(&first, "/div/svg"), 24);
    ck_assert_uint_eq(first.n, second.n);
    ck_assert(memcmp(first.text, second.text, first.n) == 0);
    free_fragment(&first);
    free_fragment(&second);
}
END_TEST

START_TEST(of_an_svg_only_what_is_known_is_kept)
{
    struct hz_finding finding = crossed("a", "b");
    fake_dot("cat > /dev/null; echo '<?xml version=\"1.0\"?><svg viewBox=\"0 0 9 9\" onload=\"x()\">"
             "<title>g0</title><script>x()</script><g class=\"node\" onclick=\"x()\"><title>f0t0"
             "</title><a href=\"http://x\"><text>no</text></a><image href=\"http://x\"/>"
             "<polygon points=\"url(http://x)\" fill=\"url(x)\" style=\"x\"/>"
             "<text x=\"1\" style=\"x\">yes</text></g></svg>'");
    struct fragment fragment = drawn(&finding, 1, true);
    ck_assert_uint_eq(count(&fragment, "//script|//a|//image|//@onload|//@onclick|//@href"), 0);
    ck_assert_uint_eq(count(&fragment, "//polygon[not(@points)][@fill='none']"), 1);
    ck_assert_uint_eq(count(&fragment, "//g[@class='hz-thread']/text[@x='1'][.='yes']"), 1);
    free_fragment(&fragment);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("picture");
    TCase *graphs = tcase_create("graphs");
    tcase_add_checked_fixture(graphs, setup, teardown);
    tcase_set_timeout(graphs, 120);
    tcase_add_test(graphs, a_deadlock_is_a_graph_of_threads_and_locks);
    tcase_add_test(graphs, threads_of_several_processes_stand_in_boxes);
    tcase_add_test(graphs, an_order_of_locks_has_an_edge_for_each_taken_while_holding);
    tcase_add_test(graphs, only_what_can_be_drawn_is);
    tcase_add_test(graphs, hostile_names_change_nothing);
    tcase_add_test(graphs, many_threads_are_cut_with_the_count);
    tcase_add_test(graphs, without_graphviz_it_is_words);
    tcase_add_test(graphs, a_graphviz_that_fails_is_words);
    tcase_add_test(graphs, a_graphviz_that_hangs_is_stopped);
    tcase_add_test(graphs, the_time_is_that_of_all_graphs_together);
    tcase_add_test(graphs, the_same_findings_are_the_same_pictures);
    tcase_add_test(graphs, of_an_svg_only_what_is_known_is_kept);
    suite_add_tcase(suite, graphs);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
