/* The HTML page: what stands in it, where, and how large it gets. */
#include "html_page.h"

/* ---- the page as a whole ---- */

START_TEST(the_matrix_leads_to_every_pair_and_detector)
{
    load_corpus();
    catch_all();
    make_page();
    int pairs = (int)catalog.pairs.n;
    ck_assert_int_eq(count("//table[@class='matrix']//tr[@data-text]"), pairs);
    ck_assert_int_eq(count("//*[@class='pair']"), pairs);
    for (int i = 0; i < pairs; ++i) {
        const char *id = catalog.pairs.at[i].id;
        for (const struct hz_detector *const *known = hz_detectors; *known != NULL; ++known) {
            const char *place = hz_printf(&arena, "%s/%s", id, (*known)->name);
            ck_assert_msg(
                count(hz_printf(&arena, "//table[@class='matrix']//a[@href='#%s']", place)) == 1,
                "no link to %s", place);
            ck_assert_msg(count(hz_printf(&arena, "//*[@id='%s']", place)) == 1, "no %s", place);
        }
        ck_assert_int_eq(count(hz_printf(&arena, "//*[@id='%s'][@class='pair']", id)), 1);
    }
}
END_TEST

/* The lines of one side as the page has them, joined. */
static const char *shown_side(const char *id, int column)
{
    xmlXPathObjectPtr cells = evaluate(hz_printf(
        &arena, "//*[@id='%s']//table[@class='code']//tr[not(@class='w')]/td[%d][@data-n]", id,
        column));
    ck_assert_ptr_nonnull(cells->nodesetval);
    HZ_VEC(char) all = {0};
    for (int i = 0; i < cells->nodesetval->nodeNr; ++i) {
        xmlChar *line = xmlNodeGetContent(cells->nodesetval->nodeTab[i]);
        for (const xmlChar *at = line; *at != '\0'; ++at)
            *hz_push(&arena, &all) = (char)*at;
        *hz_push(&arena, &all) = '\n';
        xmlFree(line);
    }
    xmlXPathFreeObject(cells);
    return hz_copy(&arena, all.at, all.n);
}

START_TEST(both_sources_are_there_from_their_header_on)
{
    load_corpus();
    catch_all();
    make_page();
    for (size_t i = 0; i < catalog.pairs.n; ++i) {
        const struct hz_pair *pair = &catalog.pairs.at[i];
        for (int variant = 0; variant < 2; ++variant) {
            struct hz_bytes file;
            struct hz_error error;
            ck_assert(hz_read_file(&arena, pair->source[variant].path, 0, &file, &error));
            const char *body = strstr(file.at, "*/\n") + strlen("*/\n");
            ck_assert_str_eq(shown_side(pair->id, variant + 1), body);
        }
    }
}
END_TEST

START_TEST(every_finding_stands_on_its_marked_line)
{
    load_corpus();
    catch_all();
    make_page();
    for (size_t i = 0; i < catalog.pairs.n; ++i) {
        const struct hz_pair *pair = &catalog.pairs.at[i];
        int line = pair->source[HZ_BUGGY].markers.at[0].line;
        const char *marked =
            hz_printf(&arena, "//*[@id='%s@%d'][@class='m'][@data-n='%d']", pair->id, line, line);
        ck_assert_msg(count(marked) == 1, "%s: no marked line %d", pair->id, line);
        for (const struct hz_detector *const *known = hz_detectors + 1; *known != NULL; ++known) {
            const char *note = text_of(hz_printf(
                &arena, "%s/../following-sibling::tr[1][@class='w']/td[1]/p[a/@href='#%s/%s']",
                marked, pair->id, (*known)->name));
            const char *wanted = hz_printf(&arena, "%s T1: writes · T2: reads", (*known)->name);
            ck_assert_msg(strcmp(note, wanted) == 0, "%s:%d: \"%s\", not \"%s\"", pair->id, line,
                          note, wanted);
        }
    }
}
END_TEST

START_TEST(every_link_leads_somewhere)
{
    load_corpus();
    catch_all();
    make_page();
    xmlXPathObjectPtr links = evaluate("//a/@href");
    xmlHashTablePtr ids = xmlHashCreate(0);
    xmlXPathObjectPtr all = evaluate("//@id");
    for (int i = 0; i < all->nodesetval->nodeNr; ++i) {
        xmlChar *id = xmlNodeGetContent(all->nodesetval->nodeTab[i]);
        ck_assert_msg(xmlHashAddEntry(ids, id, document) == 0, "two have the id %s", id);
        xmlFree(id);
    }
    for (int i = 0; i < links->nodesetval->nodeNr; ++i) {
        xmlChar *link = xmlNodeGetContent(links->nodesetval->nodeTab[i]);
        ck_assert_msg(link[0] == '#' && xmlHashLookup(ids, link + 1) != NULL, "%s leads nowhere",
                      link);
        xmlFree(link);
    }
    xmlHashFree(ids, NULL);
    xmlXPathFreeObject(all);
    xmlXPathFreeObject(links);
}
END_TEST

START_TEST(each_idea_leads_to_its_pairs)
{
    load_corpus();
    catch_all();
    make_page();
    for (const char *const *concept = hz_concepts; *concept != NULL; ++concept)
        ck_assert_msg(count(hz_printf(&arena, "//*[@id='idea/%s']", *concept)) == 1, "no idea %s",
                      *concept);
    for (size_t i = 0; i < catalog.pairs.n; ++i)
        ck_assert_msg(count(hz_printf(&arena, "//*[@id='ideas']//li/a[@href='#%s']",
                                      catalog.pairs.at[i].id)) > 0,
                      "no idea leads to %s", catalog.pairs.at[i].id);
    ck_assert_int_eq(count("//*[@id='ideas']//li[contains(., 'corrected')]"), 0);
    ck_assert_int_gt(count("//*[@id='ideas']//p/code"), 0);
}
END_TEST

/* What surprised comes before what is worth a look, and that before everything. */
START_TEST(what_surprised_comes_first)
{
    add_run("race/a", HZ_RACE, HZ_BUGGY, "drd", HZ_MISSED)->expected.word = HZ_EXPECT_CAUGHT;
    struct hz_run *accused = add_run("race/a", HZ_RACE, HZ_FIXED, "drd", HZ_FALSE_ALARM);
    accused->expected =
        (struct hz_expectation){"drd", HZ_EXPECT_FALSE_ALARM, "it knows `no` order"};
    make_page();
    const char *surprises = strstr(text, "id=surprises"), *notable = strstr(text, "id=notable"),
               *matrix = strstr(text, "id=matrix"), *scores = strstr(text, "id=scores");
    ck_assert(surprises != NULL && surprises < notable && notable < matrix && matrix < scores);
    ck_assert_int_eq(count("//*[@id='surprises']//tbody/tr"), 1);
    ck_assert_int_eq(count("//*[@id='notable']//tbody/tr"), 2);
    ck_assert_str_eq(text_of("//*[@id='notable']//tr[td='twin']/td[last()]/code"), "no");
    ck_assert_int_eq(count("//table[@class='matrix']//b[@class='surprise']"), 1);
    ck_assert_int_eq(count("//*[@id='race/a']//*[@class='surprise']"), 1);
}
END_TEST

START_TEST(a_cell_has_word_rate_and_time)
{
    for (unsigned i = 0; i < 3; ++i)
        add_run("race/a", HZ_RACE, HZ_BUGGY, "tsan", i < 2 ? HZ_CAUGHT : HZ_MISSED);
    for (unsigned i = 0; i < 5; ++i)
        add_run("race/a", HZ_RACE, HZ_BUGGY, "bare", i < 2 ? HZ_WENT_WRONG : HZ_CAME_RIGHT);
    add_run("race/a", HZ_RACE, HZ_BUGGY, "drd", HZ_BROKEN)->broken = "it crashed";
    make_page();
    ck_assert_str_eq(text_of("//table[@class='matrix']//a[@href='#race/a/tsan']/b"),
                     "sometimes 2/3");
    ck_assert_str_eq(text_of("//table[@class='matrix']//a[@href='#race/a/tsan']/i"), "100 ms");
    ck_assert_int_eq(count("//table[@class='matrix']//small/i"), 0); /* on the line that it is of */
    ck_assert_str_eq(text_of("//table[@class='matrix']//a[@href='#race/a/bare']/b"),
                     "2/5 went wrong");
    ck_assert_str_eq(text_of("//table[@class='matrix']//a[@href='#race/a/drd']/b"), "broken");
    ck_has("Without a tool the buggy program went wrong in 2 of 5 runs.");
    ck_has("it crashed");
}
END_TEST

/* Where the buggy one did not run the time is the twin's, and stands there. */
START_TEST(a_time_stands_beside_the_program_that_took_it)
{
    add_run("race/a", HZ_RACE, HZ_FIXED, "tsan", HZ_CLEAN);
    make_page();
    ck_assert_int_eq(count("//table[@class='matrix']//a[@href='#race/a/tsan']/i"), 0);
    ck_assert_str_eq(text_of("//table[@class='matrix']//a[@href='#race/a/tsan']/small/i"),
                     "100 ms");
}
END_TEST

static void make_page_of_cpus(int cpus)
{
    stream.start = json_pack("{s:{s:i}}", "environment", "cpus", cpus);
    make_page();
    json_decref(stream.start);
    stream.start = NULL;
}

START_TEST(what_a_newcomer_cannot_know_is_said)
{
    struct hz_run *run = add_run("race/a", HZ_RACE, HZ_BUGGY, "drd", HZ_MISSED);
    run->expected = (struct hz_expectation){"drd", HZ_EXPECT_MISSED, "keeps no lock-order graph"};
    make_page_of_cpus(0); /* not pinned */
    ck_assert_int_eq(count("//*[@id='environment']//dt[.='cpus']"), 0);
    ck_has("fixed twin, which is the same program with the hazard's fix");
    ck_assert_str_eq(text_of("//ul[@class='legend']/li[2]"),
                     "misplaced: the right class elsewhere; ");
    ck_assert_str_eq(text_of("//*[@id='notable']//td[last()]"), "drd: keeps no lock-order graph\n");
    ck_assert_str_eq(text_of("//label[input/@value='all']"), " all");
    make_page_of_cpus(1);
    ck_assert_str_eq(text_of("//*[@id='environment']//dd[preceding-sibling::dt[1]='cpus']"), "1\n");
}
END_TEST

/* Repetitions that found the same show it once; runs come in the order of the columns. */
START_TEST(repetitions_of_ones_own_program_share_a_section)
{
    static const char *const detectors[] = {"drd", "tsan", "drd", "drd"};
    for (unsigned i = 0; i < 4; i++) {
        struct hz_run *run = hz_push(&arena, &stream.runs);
        *run = (struct hz_run){.pair = "./server",
                               .detector = detectors[i],
                               .repetition = 4 - i,
                               .finding = -1,
                               .outcome = {.end = HZ_END_EXITED, .seconds = 0.1}};
        add_party(add_finding(run, "data-race"), "T1", "writes", "/nowhere.c", i == 3 ? 9 : 5);
    }
    make_page();
    ck_assert_int_eq(count("//section[@class='over loose']"), 2);
    ck_assert_str_eq(text_of("//section[@class='over loose'][2]/h2"), "./server under drd");
    ck_assert_int_eq(count("//section[@id='run/2']//*[@class='parties']"), 2);
    ck_assert_int_eq(count("//section[@id='run/2']/p[@class='end']"), 3);
    ck_has("Run 4 found the same.");
}
END_TEST

START_TEST(the_explorers_cells_count_schedules)
{
    static const struct {
        const char *pair;
        struct hz_search search;
        const char *said;
    } twins[] = {{"race/all", {35, false, true, 2}, "all 35"},
                 {"race/bounded", {64034, false, false, 1}, "64034, bound 1"},
                 {"race/neither", {77, false, false, -1}, ""}};
    struct hz_run *run = add_run("race/all", HZ_RACE, HZ_BUGGY, "explorer", HZ_CAUGHT);
    run->search = (struct hz_search){3, true, false, -1};
    for (size_t i = 0; i < 3; i++) {
        if (i > 0)
            add_run(twins[i].pair, HZ_RACE, HZ_BUGGY, "explorer", HZ_MISSED);
        add_run(twins[i].pair, HZ_RACE, HZ_FIXED, "explorer", HZ_CLEAN)->search = twins[i].search;
    }
    make_page();
    ck_assert_str_eq(text_of("//table[@class='matrix']//a[@href='#race/all/explorer']/i"),
                     "after 3");
    for (size_t i = 0; i < 3; i++)
        ck_assert_str_eq(
            text_of(hz_printf(&arena, "//a[@href='#%s/explorer']/small/i[last()]", twins[i].pair)),
            twins[i].said);
}
END_TEST

/* Status 0 of the explorer is its own, not that of a program that went wrong. */
START_TEST(the_end_of_a_run_says_of_what_it_is)
{
    add_run("race/a", HZ_RACE, HZ_BUGGY, "tsan", HZ_CAUGHT)->outcome.status = 66;
    add_run("race/a", HZ_RACE, HZ_BUGGY, "explorer", HZ_CAUGHT)->explored = "race in schedule 3";
    make_page();
    ck_has("Run 1: ended with exit status 66; it took 100 ms, and 2.0 MiB at most.");
    ck_has("Run 1: the exploration ended with exit status 0; it took 100 ms, and 2.0 MiB at most. "
           "How far it came: race in schedule 3.");
}
END_TEST

/* Of several runs the one that has something to show is shown. */
START_TEST(the_run_that_caught_is_shown)
{
    for (unsigned i = 1; i <= 5; ++i) {
        struct hz_run *run =
            add_run("race/a", HZ_RACE, HZ_BUGGY, "tsan", i == 4 ? HZ_CAUGHT : HZ_MISSED);
        run->repetition = i;
        if (i == 4)
            add_finding(run, "seldom");
    }
    make_page();
    ck_has("seldom");
    ck_has("Run 4:");
    ck_has_not("Run 1:");
}
END_TEST

START_TEST(a_pair_that_the_corpus_has_not_is_shown_without_sources)
{
    struct hz_run *run = add_run("race/gone", HZ_RACE, HZ_BUGGY, "tsan", HZ_CAUGHT);
    add_party(add_finding(run, "data-race"), "T1", "writes", "/x/scenarios/race/gone.c", 3);
    make_page();
    ck_assert_int_eq(count("//*[@id='race/gone']"), 1);
    ck_has("not in the corpus");
    ck_has("/x/scenarios/race/gone.c:3");
}
END_TEST

START_TEST(a_source_that_has_changed_since_the_run_is_said)
{
    load_corpus();
    catch_all();
    const struct hz_pair *pairs = catalog.pairs.at;
    for (size_t i = 0; i < stream.runs.n; ++i) /* of the first pair; others may not know it */
        if (strcmp(stream.runs.at[i].pair, pairs[0].id) == 0)
            stream.runs.at[i].source = pairs[0].source[stream.runs.at[i].variant].digest;
    make_page();
    ck_has_not("has changed since the run");
    for (size_t i = 0; i < stream.runs.n; ++i)
        if (stream.runs.at[i].source != NULL && stream.runs.at[i].variant == HZ_FIXED)
            stream.runs.at[i].source = pairs[0].source[HZ_BUGGY].digest; /* another file's */
    make_page();
    ck_assert_int_eq(count("//*[contains(text(), 'has changed since the run')]"), 1);
    ck_has(hz_printf(&arena, "%s has changed since the run", pairs[0].source[HZ_FIXED].name));
}
END_TEST

START_TEST(a_stream_that_was_cut_short_says_so)
{
    add_run("race/a", HZ_RACE, HZ_BUGGY, "tsan", HZ_CAUGHT);
    make_page();
    ck_has_not("cut short");
    stream.complete = false;
    *hz_push(&arena, &stream.faults) = (struct hz_diagnostic){"e.jsonl", 7, "not JSON"};
    make_page();
    ck_has("cut short");
    ck_has("1 line of the event stream could not be read");
}
END_TEST

/* Scores have their interval in words, and drawn within 0 and 100. */
START_TEST(scores_have_intervals)
{
    add_run("race/a", HZ_RACE, HZ_BUGGY, "tsan", HZ_CAUGHT);
    add_run("race/b", HZ_RACE, HZ_BUGGY, "tsan", HZ_MISSED);
    make_page();
    struct hz_rate rate = hz_rate(1, 2);
    ck_assert_str_eq(text_of("//*[@id='scores']//tbody/tr[th='tsan']/td[1]/small"),
                     hz_printf(&arena, "%.2f–%.2f", rate.low, rate.high));
    ck_assert_str_eq(
        text_of("//*[@id='scores']//tbody/tr[th='tsan']/td[1]//rect[@class='range']/@x"),
        hz_printf(&arena, "%.1f", 100 * rate.low));
}
END_TEST

/* The explorer's build of a pair may be smaller, and its times are of that. */
START_TEST(the_explorers_program_is_said_to_be_smaller)
{
    load_corpus();
    catch_all();
    make_page();
    static const char note[] = "Counts and times are of a smaller program, built with %s (@explore "
                               "in its source).\n";
    for (size_t i = 0; i < catalog.pairs.n; ++i) {
        const char *id = catalog.pairs.at[i].id, *sizes = catalog.pairs.at[i].source[0].explore;
        const char *notes = hz_printf(&arena, "//*[@id='%s']//p[@class='sizes']", id);
        ck_assert_int_eq(count(notes), sizes != NULL ? 2 : 0);
        if (sizes == NULL)
            continue;
        ck_assert_str_eq(text_of(notes), hz_printf(&arena, note, sizes));
        ck_assert_int_eq(count(hz_printf(&arena, "//*[@id='%s/explorer']/p[@class='sizes']", id)),
                         1);
    }
    ck_assert_str_eq(text_of("//*[@id='scores']//tbody/tr[th='tsan']/td[6]"), "1.0 ×");
    ck_assert_str_eq(text_of("//*[@id='scores']//tbody/tr[th='explorer']/td[6]"), "–");
}
END_TEST

/* ---- runs without truth ---- */

START_TEST(runs_of_ones_own_program_have_their_findings_and_sources)
{
    struct hz_run *run = add_run("./server", HZ_RACE, HZ_BUGGY, "watchdog", HZ_CLEAN);
    run->judged = false;
    const char *file = TEST_SOURCE "/scenarios/deadlock/transfer-meet.c";
    struct hz_finding *finding = add_finding(run, "lock-cycle");
    struct hz_party *party = add_party(finding, "tid 7", "waits for mutex b", file, 51);
    *hz_push(&arena, &party->holds) = (struct hz_thing){"mutex", "a", {.file = file, .line = 49}};
    party->waits_for = (struct hz_thing){"mutex", "b", {.file = file, .line = 51}};
    *hz_push(&arena, &party->waits_on) = 1;
    add_party(finding, "tid 8", "waits for mutex a", file, 51);
    add_party(finding, "tid 9", "waits for tid 8 to end", file, 51)->waits_for =
        (struct hz_thing){.kind = "join", .name = "tid 8"};
    make_page();
    ck_assert_int_eq(count("//table[@class='matrix']"), 0);
    ck_assert_str_eq(text_of("//h1/small"), "./server");
    ck_assert_str_eq(text_of("//*[@id='run/1/1@51']/../following-sibling::tr[1]//p"),
                     "watchdog tid 7: waits for mutex b · tid 8: waits for mutex a"
                     " · tid 9: waits for tid 8 to end");
    ck_assert_str_eq(text_of("//*[@id='run/1/1@49']/../following-sibling::tr[1]//p"),
                     "watchdog tid 7: took mutex a, and holds it");
    ck_assert_int_eq(count("//*[@id='run/1/1@54']"), 1); /* where main is */
    ck_assert_int_eq(count("//td[@data-n='70']"), 0);
    ck_assert_str_eq(text_of("//*[@class='things']/li[1]"),
                     "holds mutex a, taken at transfer-meet.c:49");
    ck_assert_str_eq(text_of("//*[@class='things']/li[2]"),
                     "waits for mutex b, waits at transfer-meet.c:51"); /* it never got it */
    ck_has("<li>waits for the end of <code>tid 8</code>");
    ck_assert_str_eq(text_of("//*[@class='things']/li[3]"), "waits on tid 8");
    ck_has("at the same place as tid 7");
}
END_TEST

/* ---- how large ---- */

/* As many pairs as the corpus may have one day, of the length of those that it has. */
static void make_150(void)
{
    struct hz_catalog real;
    load_corpus();
    real = catalog;
    catalog = (struct hz_catalog){0};
    for (size_t i = 0; i < 150; ++i) {
        struct hz_pair *pair = hz_push(&arena, &catalog.pairs);
        *pair = real.pairs.at[i % real.pairs.n];
        pair->id = hz_printf(&arena, "%s-%zu", pair->id, i);
    }
    catch_all();
}

/* Every run with 30 KB of raw output, every second twin accused at two lines. */
START_TEST(a_page_of_150_pairs_is_below_5_megabytes)
{
    char folder[] = "/tmp/hazmat-html-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    FILE *raw = fopen(hz_printf(&arena, "%s/helgrind.xml", folder), "w");
    ck_assert_ptr_nonnull(raw);
    for (int i = 0; i < 300; ++i)
        fputs("<frame><ip>0x109331</ip><obj>/build/bin/native/buggy</obj><fn>transfer</fn>"
              "<line>51</line></frame>\n",
              raw);
    fclose(raw);
    make_150();
    *hz_push(&arena, &html.folders) = (struct hz_html_folder){stream.runs.n, folder};
    for (size_t i = 0; i < stream.runs.n; ++i) {
        struct hz_run *run = &stream.runs.at[i];
        run->raw = ".";
        if (run->variant == HZ_FIXED && i % 4 == 1 && strcmp(run->detector, "bare") != 0) {
            const char *file = hz_printf(&arena, "/x/fixed/%.*s.c",
                                         (int)(strrchr(run->pair, '-') - run->pair), run->pair);
            struct hz_finding *finding = add_finding(run, "data-race");
            run->verdict = HZ_FALSE_ALARM;
            add_party(finding, "T1", "write of 4 bytes", file, 40);
            add_party(finding, "T2", "previous read of 4 bytes", file, 30);
        }
    }
    make_page();
    remove(hz_printf(&arena, "%s/helgrind.xml", folder));
    rmdir(folder);
    ck_assert_int_eq(count("//*[@class='pair']"), 150);
    ck_assert_int_eq(count("//details[@class='raw']"), (int)stream.runs.n);
    ck_assert_msg(text_n < 5 * 1000 * 1000, "%zu bytes", text_n);
    ck_assert_msg(text_n > 2 * 1000 * 1000, "%zu bytes: that cannot be all", text_n);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("html");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, begin, end);
    tcase_set_timeout(all, 120);
    tcase_add_test(all, the_matrix_leads_to_every_pair_and_detector);
    tcase_add_test(all, both_sources_are_there_from_their_header_on);
    tcase_add_test(all, every_finding_stands_on_its_marked_line);
    tcase_add_test(all, every_link_leads_somewhere);
    tcase_add_test(all, each_idea_leads_to_its_pairs);
    tcase_add_test(all, what_surprised_comes_first);
    tcase_add_test(all, a_cell_has_word_rate_and_time);
    tcase_add_test(all, a_time_stands_beside_the_program_that_took_it);
    tcase_add_test(all, what_a_newcomer_cannot_know_is_said);
    tcase_add_test(all, the_end_of_a_run_says_of_what_it_is);
    tcase_add_test(all, the_run_that_caught_is_shown);
    tcase_add_test(all, a_pair_that_the_corpus_has_not_is_shown_without_sources);
    tcase_add_test(all, a_source_that_has_changed_since_the_run_is_said);
    tcase_add_test(all, a_stream_that_was_cut_short_says_so);
    tcase_add_test(all, scores_have_intervals);
    tcase_add_test(all, the_explorers_program_is_said_to_be_smaller);
    tcase_add_test(all, the_explorers_cells_count_schedules);
    tcase_add_test(all, repetitions_of_ones_own_program_share_a_section);
    tcase_add_test(all, runs_of_ones_own_program_have_their_findings_and_sources);
    tcase_add_test(all, a_page_of_150_pairs_is_below_5_megabytes);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
