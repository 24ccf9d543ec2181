/* How a finding of the live watchdog reads, for people and for Graphviz. */
#include "report/dot.h"
#include "report/live.h"
#include "runs.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void set_up(void)
{
    hz_arena_init(&arena);
}

static void tear_down(void)
{
    hz_arena_free(&arena);
}

/* ---- findings ------------------------------------------------------------------------ */

static struct hz_finding deadlock(const char *summary)
{
    return (struct hz_finding){.detector = "watchdog",
                               .class = HZ_DEADLOCK,
                               .kind = "lock-cycle",
                               .sure = HZ_CERTAIN,
                               .summary = summary,
                               .times = 1};
}

static struct hz_party *add_party(struct hz_finding *finding, int tid, const char *name,
                                  const char *role)
{
    struct hz_party *party = hz_push(&arena, &finding->parties);
    party->id = hz_printf(&arena, "pid 70 tid %d", tid);
    party->name = name;
    party->role = role;
    return party;
}

static void add_hold(struct hz_party *party, const char *kind, const char *name, int line)
{
    *hz_push(&arena, &party->holds) = (struct hz_thing){
        kind, name, {.function = "move", .file = "/home/me/bank.c", .line = line}};
}

static void wait_for(struct hz_party *party, const char *kind, const char *name, size_t whom)
{
    party->waits_for = (struct hz_thing){.kind = kind, .name = name};
    *hz_push(&arena, &party->waits_on) = whom;
}

static struct hz_finding two_accounts(void)
{
    struct hz_finding finding = deadlock("2 threads wait for each other's locks");
    struct hz_party *one =
        add_party(&finding, 71, "worker-1", "waits for mutex accounts[1].lock held by tid 72");
    one->waited = 0.35;
    add_frame(one, "move", "/home/me/bank.c", 21);
    add_frame(one, "work", "/home/me/bank.c", 40);
    add_frame(one, "start_thread", "pthread_create.c", 442);
    add_hold(one, "mutex", "accounts[0].lock", 20);
    wait_for(one, "mutex", "accounts[1].lock", 1);
    struct hz_party *two =
        add_party(&finding, 72, "worker-2", "waits for mutex accounts[0].lock held by tid 71");
    add_frame(two, "move", "/home/me/bank.c", 21);
    add_hold(two, "mutex", "accounts[1].lock", 20);
    wait_for(two, "mutex", "accounts[0].lock", 0);
    return finding;
}

/* A ring of `n` threads, each of which waits for the next one. */
static struct hz_finding ring(size_t n)
{
    struct hz_finding finding = deadlock(hz_printf(&arena, "%zu threads wait for each other", n));
    for (size_t i = 0; i < n; i++) {
        struct hz_party *party = add_party(&finding, 100 + (int)i, "philosopher", "waits");
        wait_for(party, "mutex", hz_printf(&arena, "forks[%zu]", i), (i + 1) % n);
    }
    return finding;
}

/* ---- what is printed ------------------------------------------------------------------ */

static const char *text_of(const struct hz_finding *finding, int width)
{
    char *text = NULL;
    size_t n = 0;
    FILE *file = open_memstream(&text, &n);
    struct hz_paper paper = {.file = file, .width = width};
    hz_live_headline(&paper, finding);
    hz_live_details(&paper, finding, "/home/me");
    ck_assert_int_eq(fclose(file), 0);
    const char *copy = hz_copy(&arena, text, n);
    free(text);
    return copy;
}

static size_t count(const char *text, const char *word)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, word)) != NULL; at += strlen(word))
        n++;
    return n;
}

static void check_width(const char *text, int width)
{
    for (const char *end; *text != '\0'; text = end + 1) {
        end = strchr(text, '\n');
        ck_assert_ptr_nonnull(end);
        const char *line = hz_copy(&arena, text, (size_t)(end - text));
        ck_assert_msg(hz_columns(line) <= width, "%d columns: %s", hz_columns(line), line);
    }
}

#define ck_says(text, part)                                                                        \
    ck_assert_msg(strstr(text, part) != NULL, "no \"%s\" in:\n%s", part, text)
#define ck_says_not(text, part)                                                                    \
    ck_assert_msg(strstr(text, part) == NULL, "\"%s\" in:\n%s", part, text)

START_TEST(a_report_reads_like_an_answer)
{
    struct hz_finding finding = two_accounts();
    ck_assert_str_eq(text_of(&finding, 100),
                     "deadlock, certain: 2 threads wait for each other's locks\n"
                     "  worker-1 (pid 70 tid 71)\n"
                     "    waits for mutex accounts[1].lock held by tid 72, for 0.35 s\n"
                     "    holds mutex accounts[0].lock, taken at bank.c:20\n"
                     "      bank.c:21 move\n"
                     "      bank.c:40 work\n"
                     "  worker-2 (pid 70 tid 72)\n"
                     "    waits for mutex accounts[0].lock held by tid 71\n"
                     "    holds mutex accounts[1].lock, taken at bank.c:20\n"
                     "      bank.c:21 move\n"
                     "  worker-1 (tid 71) --waits for--> accounts[1].lock --held by--> worker-2 "
                     "(tid 72)\n"
                     "  worker-2 (tid 72) --waits for--> accounts[0].lock --held by--> worker-1 "
                     "(tid 71)\n");
}
END_TEST

START_TEST(a_step_is_folded_at_its_arrows)
{
    struct hz_finding finding = two_accounts();
    const char *text = text_of(&finding, 60);
    ck_says(text, "  worker-1 (tid 71) --waits for--> accounts[1].lock\n"
                  "      --held by--> worker-2 (tid 72)\n");
    check_width(text, 60);
}
END_TEST

START_TEST(processes_are_told_apart)
{
    struct hz_finding finding = two_accounts();
    finding.parties.at[1].id = "pid 80 tid 80";
    const char *text = text_of(&finding, 100);
    ck_says(text, "worker-1 (pid 70 tid 71) --waits for--> accounts[1].lock");
    ck_says(text, "--held by--> worker-2 (pid 80 tid 80)\n");
}
END_TEST

START_TEST(the_headline_says_what_and_how_sure)
{
    struct hz_finding finding = deadlock("s");
    ck_assert(hz_live_hangs(&finding));
    finding.sure = HZ_PROBABLE;
    ck_says(text_of(&finding, 80), "deadlock, probable: s\n");
    finding.kind = "lock-order";
    ck_says(text_of(&finding, 80), "potential deadlock, probable: s\n");
    ck_assert(!hz_live_hangs(&finding));
    finding.class = HZ_STARVATION;
    finding.kind = "bypass";
    ck_says(text_of(&finding, 80), "starvation, probable: s\n");
    ck_assert(!hz_live_hangs(&finding));
    finding.class = HZ_MISUSE;
    ck_says(text_of(&finding, 80), "misuse, probable: s\n");
    ck_assert(!hz_live_hangs(&finding));
}
END_TEST

START_TEST(big_cycles_are_cut_with_a_count)
{
    struct hz_finding finding = ring(100);
    const char *text = text_of(&finding, 80);
    check_width(text, 80);
    ck_says(text, "  … 90 more threads\n");
    ck_says(text, "  … 89 more steps\n");
    ck_assert_uint_eq(count(text, "--waits for-->"), 11);
    /* It closes: the last step is there. */
    ck_says(text, "philosopher (tid 199) --waits for--> forks[99]");
    ck_assert_uint_lt(count(text, "\n"), 60);
    struct hz_finding small = ring(12);
    ck_assert_uint_eq(count(text_of(&small, 100), "--waits for-->"), 12);
    ck_says_not(text_of(&small, 100), "more steps");
}
END_TEST

START_TEST(long_stacks_and_lists_are_cut_with_a_count)
{
    struct hz_finding finding = deadlock("s");
    struct hz_party *party = add_party(&finding, 71, NULL, "waits");
    for (int i = 0; i < 30; i++) {
        add_frame(party, hz_printf(&arena, "f%d", i), "x.c", i + 1);
        add_hold(party, "mutex", hz_printf(&arena, "m%d", i), i + 1);
    }
    const char *text = text_of(&finding, 80);
    ck_says(text, "      x.c:12 f11\n      … 18 more frames\n");
    ck_says(text, "holds mutex m5, taken at bank.c:6\n    and holds 24 more\n");
    party->stack.n = 12;
    party->holds.n = 6;
    ck_says_not(text_of(&finding, 80), "more");
}
END_TEST

START_TEST(a_long_name_is_cut_and_its_place_is_not)
{
    struct hz_finding finding = deadlock("s");
    struct hz_party *party = add_party(&finding, 71, NULL, NULL);
    const char *function = "std::__detail::_Hash_code_base<std::string, std::pair<const "
                           "std::string, int>, std::__detail::_Select1st>::_M_bucket_index";
    add_frame(party, function, "/home/me/src/a/rather/long/path/to/a/header.hpp", 1234);
    const char *text = text_of(&finding, 80);
    ck_says(text, "src/a/rather/long/path/to/a/header.hpp:1234 std::__detail::_Hash");
    ck_says(text, "…\n");
    check_width(text, 80);
}
END_TEST

START_TEST(hostile_text_is_made_visible)
{
    struct hz_finding finding = two_accounts();
    finding.summary = "all is \033[32mwell\n\nhazmat watch: nothing found";
    finding.parties.at[0].name = "a\nb\033[2J";
    finding.parties.at[0].role = "waits\rfor\x9b";
    finding.parties.at[0].holds.at[0].name = "\xff\b";
    finding.parties.at[0].holds.at[0].taken_at.file = "\033x";
    finding.parties.at[0].waits_for.name = "l\033\n";
    finding.parties.at[0].stack.at[0].function = "f\n";
    finding.parties.at[0].stack.at[0].file = "/home/me/\033.c";
    const char *text = text_of(&finding, 80);
    for (const char *at = text; *at != '\0'; at++)
        ck_assert_msg(*at == '\n' || (unsigned char)*at >= 0x20, "%x in %s", *at, text);
    ck_says(text, "a\\x0ab\\x1b[2J");
    ck_says_not(text, "\nhazmat watch");
}
END_TEST

START_TEST(what_is_not_known_is_left_out)
{
    struct hz_finding finding = {.class = HZ_MISUSE};
    *hz_push(&arena, &finding.parties) = (struct hz_party){0};
    struct hz_party *party = hz_push(&arena, &finding.parties);
    *hz_push(&arena, &party->stack) = (struct hz_frame){0};
    *hz_push(&arena, &party->holds) = (struct hz_thing){0};
    ck_assert_str_eq(text_of(&finding, 80), "misuse, certain: \n  a thread\n  a thread\n"
                                            "    holds something\n      ? ?\n");
    *hz_push(&arena, &party->waits_on) = 1;
    ck_says(text_of(&finding, 80), "a thread --waits for--> something");
}
END_TEST

START_TEST(a_cycle_is_found_behind_who_only_waits_for_it)
{
    struct hz_finding finding = deadlock("s");
    wait_for(add_party(&finding, 1, "tail", NULL), "join", "tid 3", 2);
    wait_for(add_party(&finding, 2, "end", NULL), "mutex", "m", 3);
    wait_for(add_party(&finding, 3, "one", NULL), "join", "tid 4", 1);
    *hz_push(&arena, &finding.parties.at[2].waits_on) = 4;
    add_party(&finding, 4, "nobody", NULL);
    wait_for(add_party(&finding, 5, "two", NULL), "full pipe", "inode 7", 2);
    const char *text = text_of(&finding, 100);
    ck_says(text, "  one (tid 3) --waits for the end of--> two (tid 5)\n"
                  "  two (tid 5) --writes to--> inode 7 --read by--> one (tid 3)\n");
    ck_assert_uint_eq(count(text, "-->"), 3);
}
END_TEST

/* Anybody may wake anybody: as many edges as there can be. */
START_TEST(a_thick_graph_is_no_trouble)
{
    struct hz_finding finding = deadlock("s");
    for (int i = 0; i < 256; i++) {
        struct hz_party *party = add_party(&finding, i + 1, NULL, NULL);
        party->waits_for.kind = "condition";
        for (int k = i + 1; k < 256; k++)
            *hz_push(&arena, &party->waits_on) = (size_t)k;
    }
    ck_says_not(text_of(&finding, 80), "-->");
    *hz_push(&arena, &finding.parties.at[255].waits_on) = 254;
    ck_assert_uint_eq(count(text_of(&finding, 80), "--left to signal it:-->"), 2);
}
END_TEST

START_TEST(a_lock_order_is_drawn_lock_by_lock)
{
    struct hz_finding finding = deadlock("s");
    finding.kind = "lock-order";
    struct hz_party *one = add_party(&finding, 71, "w1", "took b while it held a");
    add_hold(one, "mutex", "gate", 5);
    add_hold(one, "mutex", "a", 6);
    wait_for(one, "mutex", "b", 1);
    struct hz_party *two = add_party(&finding, 72, "w2", "took a while it held b");
    add_hold(two, "mutex", "b", 8);
    wait_for(two, "mutex", "a", 0);
    const char *text = text_of(&finding, 80);
    ck_says(text, "  a --then, in w1 (tid 71)--> b\n  b --then, in w2 (tid 72)--> a\n");
    ck_says_not(text, "held by");
}
END_TEST

/* ---- the graph ------------------------------------------------------------------------------ */

static const char *graph_of(const hz_findings *findings)
{
    char *text = NULL;
    size_t n = 0;
    FILE *file = open_memstream(&text, &n);
    hz_dot_write(file, findings, "/home/me");
    ck_assert_int_eq(fclose(file), 0);
    const char *copy = hz_copy(&arena, text, n);
    free(text);
    return copy;
}

/* What Graphviz makes of it, or NULL where there is no Graphviz. */
static const char *drawn(const char *graph)
{
    if (system("command -v dot > /dev/null") != 0)
        return NULL;
    char path[] = "/tmp/hazmat-dot-XXXXXX", command[128];
    int fd = mkstemp(path);
    ck_assert_int_eq(write(fd, graph, strlen(graph)), strlen(graph));
    close(fd);
    snprintf(command, sizeof command, "dot -Tplain %s 2>&1", path);
    FILE *pipe = popen(command, "re");
    char *out = hz_alloc(&arena, 1 << 20);
    size_t n = fread(out, 1, (1 << 20) - 1, pipe);
    int status = pclose(pipe);
    unlink(path);
    ck_assert_msg(status == 0 && n > 0, "dot: %s\n%s", out, graph);
    return out;
}

/* Every line is a whole statement, so that no label can break out of its quotes. */
static void check_quotes(const char *graph)
{
    bool quoted = false;
    for (const char *at = graph; *at != '\0'; at++) {
        if (quoted && *at == '\\')
            at++;
        else if (*at == '"')
            quoted = !quoted;
        ck_assert_msg(!quoted || *at != '\n', "a line ends inside of quotes:\n%s", graph);
    }
    ck_assert(!quoted);
}

START_TEST(the_graph_of_a_deadlock)
{
    hz_findings findings = {0};
    *hz_push(&arena, &findings) = two_accounts();
    const char *graph = graph_of(&findings);
    check_quotes(graph);
    ck_says(graph, "f0t0 [shape=box, label=\"worker-1 (tid 71)\\nbank.c:21\"];");
    ck_says(graph, "[shape=ellipse, label=\"mutex\\naccounts[0].lock\"];");
    ck_says(graph, "label=\"&#160;held by, taken at&#160;\\n&#160;bank.c:20&#160;\"");
    ck_says(graph, "label=\"&#160;waits for&#160;\\n&#160;for 0.35 s&#160;\"");
    ck_assert_uint_eq(count(graph, "shape=ellipse"), 2);
    ck_assert_uint_eq(count(graph, " -> "), 4);
    const char *plain = drawn(graph);
    if (plain != NULL) {
        ck_assert_uint_eq(count(plain, "\nnode "), 4);
        ck_assert_uint_eq(count(plain, "\nedge "), 4);
    }
}
END_TEST

START_TEST(only_deadlocks_are_drawn)
{
    hz_findings findings = {0};
    *hz_push(&arena, &findings) = two_accounts();
    findings.at[0].kind = "lock-order";
    *hz_push(&arena, &findings) = two_accounts();
    findings.at[1].class = HZ_STARVATION;
    const char *graph = graph_of(&findings);
    ck_says_not(graph, "cluster");
    drawn(graph);
    *hz_push(&arena, &findings) = two_accounts();
    *hz_push(&arena, &findings) = two_accounts();
    graph = graph_of(&findings);
    ck_assert_uint_eq(count(graph, "subgraph cluster"), 2);
    drawn(graph);
}
END_TEST

START_TEST(a_thing_is_one_node_of_its_process)
{
    hz_findings findings = {0};
    struct hz_finding finding = two_accounts();
    wait_for(add_party(&finding, 73, NULL, NULL), "mutex", "accounts[1].lock", 1);
    wait_for(add_party(&finding, 74, NULL, NULL), "mutex", "unknown", 1);
    wait_for(add_party(&finding, 75, NULL, NULL), "mutex", "unknown", 1);
    *hz_push(&arena, &findings) = finding;
    const char *graph = graph_of(&findings);
    ck_assert_uint_eq(count(graph, "shape=ellipse"), 3);
    ck_assert_uint_eq(count(graph, " -> "), 4 + 1 + 2 + 1);
    findings.at[0].parties.at[2].id = "pid 99 tid 99";
    ck_assert_uint_eq(count(graph_of(&findings), "shape=ellipse"), 4);
}
END_TEST

/* 256 threads that could all wake each other are 65,280 edges, and no picture. */
START_TEST(a_thick_graph_is_thinned_with_a_count)
{
    hz_findings findings = {0};
    struct hz_finding finding = deadlock("s");
    for (int i = 0; i < 256; i++) {
        struct hz_party *party = add_party(&finding, i + 1, NULL, NULL);
        party->waits_for =
            (struct hz_thing){.kind = "condition", .name = hz_printf(&arena, "c[%d]", i)};
        for (int k = 0; k < 256; k++)
            if (k != i)
                *hz_push(&arena, &party->waits_on) = (size_t)k;
    }
    *hz_push(&arena, &findings) = finding;
    const char *graph = graph_of(&findings);
    ck_assert_uint_eq(count(graph, " -> "), 256 * 10);
    ck_assert_uint_eq(count(graph, "… 247 more"), 256);
    check_quotes(graph);
}
END_TEST

START_TEST(hostile_text_stays_in_its_label)
{
    hz_findings findings = {0};
    struct hz_finding finding = two_accounts();
    finding.summary = "\"]; evil [label=\"\\";
    finding.parties.at[0].name = "x\\";
    finding.parties.at[1].name = "\\\"\n\033\xff";
    finding.parties.at[0].waits_for.name = "\\N\\";
    finding.parties.at[0].stack.at[0].file = "\"\\";
    finding.parties.at[1].holds.at[0].taken_at.file = "\"";
    wait_for(add_party(&finding, 73, "j\"", NULL), "join", "\"", 1);
    *hz_push(&arena, &findings) = finding;
    const char *graph = graph_of(&findings);
    check_quotes(graph);
    const char *plain = drawn(graph);
    if (plain != NULL)
        ck_assert_uint_eq(count(plain, "\nnode "), 6);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("live");
    TCase *all = tcase_create("live");
    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, a_report_reads_like_an_answer);
    tcase_add_test(all, a_step_is_folded_at_its_arrows);
    tcase_add_test(all, processes_are_told_apart);
    tcase_add_test(all, the_headline_says_what_and_how_sure);
    tcase_add_test(all, big_cycles_are_cut_with_a_count);
    tcase_add_test(all, long_stacks_and_lists_are_cut_with_a_count);
    tcase_add_test(all, a_long_name_is_cut_and_its_place_is_not);
    tcase_add_test(all, hostile_text_is_made_visible);
    tcase_add_test(all, what_is_not_known_is_left_out);
    tcase_add_test(all, a_cycle_is_found_behind_who_only_waits_for_it);
    tcase_add_test(all, a_thick_graph_is_no_trouble);
    tcase_add_test(all, a_lock_order_is_drawn_lock_by_lock);
    tcase_add_test(all, the_graph_of_a_deadlock);
    tcase_add_test(all, only_deadlocks_are_drawn);
    tcase_add_test(all, a_thing_is_one_node_of_its_process);
    tcase_add_test(all, a_thick_graph_is_thinned_with_a_count);
    tcase_add_test(all, hostile_text_stays_in_its_label);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
