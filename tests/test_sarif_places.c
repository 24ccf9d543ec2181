/* SARIF: where things are, and what a result is known by. */
#include "sarif_help.h"

static const char primary[] = "runs.0.results.0.locations.0.physicalLocation.artifactLocation";

/* ---- files ---- */

static void ck_uri(const char *file, const char *root, const char *uri, const char *base)
{
    stream.runs.n = 0;
    add_party(add_finding(add_run("./bank", "tsan"), HZ_RACE, "data-race"), file, 7);
    json_t *log = written(root, NULL);
    ck_assert_str_eq(text_at(at(log, primary), "uri"), uri);
    ck_assert_str_eq(text_at(at(log, primary), "uriBaseId"), base);
    json_decref(log);
}

/* Only what is below the source root is named from there. */
START_TEST(files_are_uris)
{
    const char *src = file_at("src", NULL), *link = file_at("link", NULL);
    file_at("src/a/bank.c", BANK);
    file_at("src2/bank.c", BANK);
    file_at("src/a b/:%41?#\xff.c", BANK);
    ck_assert_int_eq(symlink(src, link), 0);
    ck_uri(file_at("src/a/bank.c", NULL), src, "a/bank.c", "SRCROOT");
    ck_uri(file_at("src/a/../a/./bank.c", NULL), src, "a/bank.c", "SRCROOT");
    ck_uri(file_at("link/a/bank.c", NULL), src, "a/bank.c", "SRCROOT");
    ck_uri(file_at("src/a b/:%41?#\xff.c", NULL), src, "a%20b/%3A%2541%3F%23%FF.c", "SRCROOT");
    ck_uri("./a/bank.c", src, "a/bank.c", "SRCROOT");
    ck_uri("b/../a/bank.c", src, "a/bank.c", "SRCROOT");
    ck_uri(file_at("src2/bank.c", NULL), src, hz_printf(&arena, "file://%s/src2/bank.c", folder),
           "(nothing)");
    ck_uri(file_at("src/gone.c", NULL), src, hz_printf(&arena, "file://%s/src/gone.c", folder),
           "(nothing)");
    ck_uri("/../../etc//passwd", NULL, "file:///etc/passwd", "(nothing)");
    ck_uri("/etc/passwd", "/", "etc/passwd", "SRCROOT");
    json_t *log = written("/home/me/my src", NULL);
    ck_assert_str_eq(text_at(log, "runs.0.originalUriBaseIds.SRCROOT.uri"),
                     "file:///home/me/my%20src/");
    json_decref(log);
}
END_TEST

/* Of a corpus that was built elsewhere: its files are where it is now. */
START_TEST(a_corpus_may_have_been_built_elsewhere)
{
    file_at("scenarios/race/bank.c", BANK);
    struct hz_run *run = add_judged("race/bank", HZ_BUGGY, "tsan");
    add_party(add_finding(run, HZ_RACE, "data-race"), "/ci/7/scenarios/race/bank.c", BANK_LINE);
    json_t *log = written(folder, &catalog);
    ck_assert_str_eq(text_at(at(log, primary), "uri"), "scenarios/race/bank.c");
    ck_assert_str_eq(text_at(at(log, primary), "uriBaseId"), "SRCROOT");
    json_decref(log);
    log = written(folder, NULL); /* a program of one's own has no such folders */
    ck_assert_str_eq(text_at(at(log, primary), "uri"), "file:///ci/7/scenarios/race/bank.c");
    json_decref(log);
}
END_TEST

/* Below folders whose names are those of the corpus, too. */
START_TEST(the_last_folder_of_the_corpus_counts)
{
    static const char *const above[] = {"/home/me", "/home/me/fixed/hazmat",
                                        "/home/me/scenarios/hazmat", "/fixed/scenarios/fixed"};
    file_at("scenarios/race/bank.c", BANK);
    file_at("fixed/race/bank.c", BANK);
    for (size_t i = 0; i < sizeof above / sizeof *above; i++) {
        for (int variant = 0; variant < 2; variant++) {
            const char *name = variant == HZ_BUGGY ? "scenarios/race/bank.c" : "fixed/race/bank.c";
            struct hz_run *run = add_judged("race/bank", (enum hz_variant)variant, "tsan");
            add_party(add_finding(run, HZ_RACE, "data-race"),
                      hz_printf(&arena, "%s/%s", above[i], name), BANK_LINE);
            json_t *log = written(folder, &catalog);
            ck_assert_str_eq(text_at(at(log, primary), "uri"), name);
            ck_assert_str_eq(text_at(at(log, primary), "uriBaseId"), "SRCROOT");
            json_decref(log);
            stream.runs.n = 0;
        }
    }
}
END_TEST

/* How often the text stands as the file of a place, anywhere in the value. */
static int uses(const json_t *value, const char *text)
{
    int n = 0;
    size_t i;
    const char *key;
    json_t *part;
    if (json_is_array(value))
        json_array_foreach(value, i, part) n += uses(part, text);
    json_object_foreach((json_t *)value, key, part) n +=
        strcmp(key, "uri") == 0 ? strstr(json_string_value(part), text) != NULL : uses(part, text);
    return n;
}

#define LIBC "/lib/x86_64-linux-gnu/libc.so.6"

/* What the debug information of a library names from where that was built, nobody has. */
START_TEST(a_file_that_nobody_has_is_not_claimed)
{
    const char *bank = file_at("bank.c", BANK);
    struct hz_finding *finding = add_finding(add_run("./bank", "drd"), HZ_RACE, "data-race");
    struct hz_party *party = add_bare_party(finding);
    add_frame(party, "start_thread", "./nptl/./nptl/pthread_create.c", 442, LIBC);
    add_frame(party, "clone", "../sysdeps/unix/sysv/linux/x86_64/clone.S", 81, LIBC);
    party = add_bare_party(finding);
    add_frame(party, "read", "./io/../sysdeps/unix/sysv/linux/read.c", 26, LIBC);
    add_frame(party, "add", bank, BANK_LINE, "/bin/bank");
    json_t *log = written(folder, NULL);
    ck_assert_int_eq(uses(log, "nptl"), 0);
    ck_assert_int_eq(uses(log, "sysdeps"), 0);
    ck_assert_str_eq(text_at(at(log, primary), "uri"), "bank.c");
    ck_assert_int_eq(first_line(log), BANK_LINE);
    json_t *frame = at(log, "runs.0.results.0.stacks.0.frames.0");
    ck_assert_str_eq(text_at(frame, "module"), LIBC);
    ck_assert_ptr_null(at(frame, "location.physicalLocation"));
    ck_assert_str_eq(text_at(frame, "location.message.text"),
                     "nptl/nptl/pthread_create.c:442, which is not below the source root");
    ck_assert_str_eq(text_at(frame, "location.logicalLocations.0.fullyQualifiedName"),
                     "start_thread");
    ck_assert_str_eq(text_at(frame, "location.logicalLocations.1.fullyQualifiedName"), LIBC);
    ck_assert_str_eq(text_at(frame, "location.logicalLocations.1.kind"), "module");
    ck_assert_uint_eq(json_array_size(at(log, "runs.0.results.0.codeFlows.0.threadFlows")), 1);
    ck_assert_uint_eq(json_array_size(at(log, "runs.0.results.0.relatedLocations")), 0);
    json_decref(log);
}
END_TEST

/* The first place in sources of one's own, before one that is nearer but in another's. */
START_TEST(the_first_place_of_ones_own_is_shown)
{
    const char *bank = file_at("src/bank.c", BANK), *list = file_at("lib/list.h", BANK);
    struct hz_finding *finding = add_finding(add_run("./bank", "tsan"), HZ_RACE, "data-race");
    struct hz_party *party = add_bare_party(finding);
    add_frame(party, "push", list, 3, "/bin/bank");
    party = add_bare_party(finding);
    add_frame(party, "push", list, 4, "/bin/bank");
    add_frame(party, "add", bank, BANK_LINE, "/bin/bank");
    json_t *log = written(file_at("src", NULL), NULL);
    ck_assert_str_eq(text_at(at(log, primary), "uri"), "bank.c");
    ck_assert_str_eq(text_at(log, "runs.0.results.0.relatedLocations.0.physicalLocation."
                                  "artifactLocation.uri"),
                     hz_printf(&arena, "file://%s", list));
    json_decref(log);
    log = written(file_at("lib", NULL), NULL);
    ck_assert_str_eq(text_at(at(log, primary), "uri"), "list.h");
    ck_assert_int_eq(first_line(log), 3);
    json_decref(log);
}
END_TEST

/* GitHub refuses a whole log for one result without a file. */
START_TEST(each_result_has_a_file)
{
    file_at("scenarios/race/bank.c", BANK);
    file_at("bin/bank", "ELF");
    add_finding(add_judged("race/bank", HZ_BUGGY, "drd"), HZ_RACE, "crash");
    add_finding(add_judged("race/bank", HZ_FIXED, "drd"), HZ_RACE, "crash");
    add_finding(add_run("bin/bank", "drd"), HZ_RACE, "crash");
    struct hz_party *party =
        add_bare_party(add_finding(add_run("pid 71", "drd"), HZ_RACE, "crash"));
    add_frame(party, "read", "./io/read.c", 26, LIBC);
    add_frame(party, "main", NULL, 0, "/usr/bin/bank");
    static const char *const files[] = {"scenarios/race/bank.c", "fixed/race/bank.c", "bin/bank",
                                        "file:///usr/bin/bank"};
    json_t *log = written(folder, &catalog);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        json_t *place =
            at(log, hz_printf(&arena, "runs.0.results.%zu.locations.0.physicalLocation", i));
        ck_assert_str_eq(text_at(place, "artifactLocation.uri"), files[i]);
        ck_assert_str_eq(text_at(place, "artifactLocation.uriBaseId"),
                         i % 2 == 0 ? "SRCROOT" : "(nothing)"); /* it is not there: not claimed */
        ck_assert_ptr_null(at(place, "region"));
    }
    json_decref(log);
}
END_TEST

START_TEST(threads_have_flows_and_the_graph_has_edges)
{
    const char *bank = file_at("bank.c", BANK);
    struct hz_run *run = add_run("./bank", "watchdog");
    struct hz_finding *finding = add_finding(run, HZ_DEADLOCK, "lock-cycle");
    for (int i = 0; i < 2; i++) {
        struct hz_party *party = add_party(finding, bank, 20 + i);
        party->waits_for = (struct hz_thing){.kind = "mutex", .name = i == 0 ? "left" : "right"};
        *hz_push(&arena, &party->waits_on) = (size_t)(1 - i);
        *hz_push(&arena, &party->holds) =
            (struct hz_thing){"mutex", i == 0 ? "right" : "left", {"add", bank, 10 + i, NULL, 0}};
    }
    json_t *log = written(folder, NULL), *result = at(log, "runs.0.results.0");
    ck_assert_uint_eq(json_array_size(at(result, "codeFlows.0.threadFlows")), 2);
    json_t *flow = at(result, "codeFlows.0.threadFlows.1.locations");
    ck_assert_uint_eq(json_array_size(flow), 2); /* the library's call has no line */
    ck_assert_int_eq(number_at(flow, "0.location.physicalLocation.region.startLine"), 90);
    ck_assert_int_eq(number_at(flow, "1.location.physicalLocation.region.startLine"), 21);
    ck_assert_str_eq(text_at(flow, "1.importance"), "essential");
    ck_assert_uint_eq(json_array_size(at(result, "stacks.0.frames")), 3);
    ck_assert_uint_eq(json_array_size(at(result, "graphs.0.nodes")), 2);
    ck_assert_str_eq(text_at(result, "graphs.0.edges.0.sourceNodeId"), "t0");
    ck_assert_str_eq(text_at(result, "graphs.0.edges.0.targetNodeId"), "t1");
    ck_assert_str_eq(text_at(result, "graphs.0.edges.0.label.text"), "mutex left");
    ck_assert_uint_eq(json_array_size(at(result, "relatedLocations")), 3);
    ck_assert_str_eq(text_at(result, "relatedLocations.0.message.text"),
                     "T1 took mutex right here, and holds it");
    json_decref(log);
}
END_TEST

/* Each stack is another one, says the schema: two threads may have said the same. */
START_TEST(equal_stacks_are_one)
{
    struct hz_finding *finding = add_finding(add_run("./bank", "drd"), HZ_RACE, "data-race");
    for (int i = 0; i < 3; i++)
        add_party(finding, file_at("bank.c", BANK), BANK_LINE + i / 2)->id = "T1";
    json_t *log = written(folder, NULL);
    ck_assert_uint_eq(json_array_size(at(log, "runs.0.results.0.stacks")), 2);
    json_decref(log);
}
END_TEST

/* ---- fingerprints ---- */

/* Of a race at that line of that file. */
static const char *fingerprint_at(const char *root, const char *file, int line)
{
    stream.runs.n = 0;
    struct hz_finding *finding = add_finding(add_run("./bank", "tsan"), HZ_RACE, "data-race");
    add_party(finding, file, line);
    return fingerprint(root);
}

START_TEST(a_fingerprint_outlives_what_does_not_matter)
{
    const char *root = file_at("one", NULL), *bank = file_at("one/a/bank.c", BANK);
    const char *first = fingerprint_at(root, bank, BANK_LINE);
    ck_assert_str_eq(first, "race/data-race tsan bank a/bank.c:add:balance += n;");
    bank = file_at("one/a/bank.c", "/* A bank. */\n\n" BANK);
    ck_assert_str_eq(fingerprint_at(root, bank, BANK_LINE + 2), first);
    bank = file_at("one/a/bank.c", "\n\n\n\tbalance += n; /* said otherwise */\n");
    ck_assert_str_eq(fingerprint_at(root, bank, BANK_LINE), first);
    bank = file_at("two/a/bank.c", BANK);
    ck_assert_str_eq(fingerprint_at(file_at("two", NULL), bank, BANK_LINE), first);
}
END_TEST

/* However long the line is: the beginning has to do. */
START_TEST(a_fingerprint_has_a_size)
{
    char line[5000] = "";
    memset(line, 'x', sizeof line - 1);
    const char *print = fingerprint_at(folder, file_at("bank.c", line), 1);
    ck_assert_uint_gt(strlen(print), 120);
    ck_assert_uint_lt(strlen(print), 200);
}
END_TEST

START_TEST(a_fingerprint_tells_what_is_another)
{
    const char *bank = file_at("a/bank.c", BANK), *twin = file_at("b/bank.c", BANK);
    const char *first = fingerprint_at(folder, bank, BANK_LINE);
    ck_assert_str_ne(fingerprint_at(folder, twin, BANK_LINE), first);
    ck_assert_str_ne(fingerprint_at(folder, bank, BANK_LINE + 1), first); /* the same text again */
    ck_assert_str_ne(fingerprint_at(folder, bank, BANK_LINE - 1), first);
    fingerprint_at(folder, bank, BANK_LINE);
    struct hz_run *run = &stream.runs.at[0];
    run->detector = run->findings.at[0].detector = "drd";
    ck_assert_str_ne(fingerprint(folder), first);
    fingerprint_at(folder, bank, BANK_LINE);
    stream.runs.at[0].pair = "./shop";
    ck_assert_str_ne(fingerprint(folder), first);
    fingerprint_at(folder, bank, BANK_LINE);
    stream.runs.at[0].findings.at[0].class = HZ_DEADLOCK;
    ck_assert_str_ne(fingerprint(folder), first);
    ck_assert_str_eq(fingerprint_at(folder, bank, BANK_LINE), first);
}
END_TEST

/* Of a reader that starves while a writer was seen at that line. */
static const char *starving(const char *bank, int line)
{
    stream.runs.n = 0;
    struct hz_finding *finding =
        add_finding(add_run("./bank", "watchdog"), HZ_STARVATION, "bypass");
    add_party(finding, bank, BANK_LINE);
    add_party(finding, bank, line);
    return fingerprint(folder);
}

START_TEST(a_fingerprint_is_not_by_where_one_was_seen_running)
{
    const char *bank = file_at("bank.c", BANK);
    ck_assert_str_eq(starving(bank, 1), "starvation/bypass watchdog bank bank.c:add:balance += n;");
    ck_assert_str_eq(starving(bank, 2), starving(bank, 1));
}
END_TEST

static const char *headline(const char *summary)
{
    stream.runs.n = 0;
    add_finding(add_run("./bank", "drd"), HZ_DEADLOCK, "lock-order")->summary = summary;
    json_t *log = written(folder, NULL);
    const char *said = hz_dup(&arena, text_at(log, "runs.0.results.0.message.text"));
    json_decref(log);
    return said;
}

START_TEST(a_headline_has_no_addresses)
{
    static const char *const cases[][2] = {
        {"lock order \"0x10C0C8 before 0x10C060\" violated",
         "lock order \"0x… before 0x…\" violated"},
        {"inversion on list_lock (0x5555569cb2c8), display (0x5555569cb260): show",
         "inversion on list_lock, display: show"},
        {"mutex 0x10c0f0, owner 2.", "mutex 0x…, owner 2."},
        {"0x4A4B000 (0x4A4B000", "0x… (0x…"},
        {"/dev/zero+0x20000, flags 0x20, box0x123456",
         "/dev/zero+0x20000, flags 0x20, box0x123456"},
        {" (0x12345)", " (0x…)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_str_eq(headline(cases[i][0]), cases[i][1]);
}
END_TEST

START_TEST(repetitions_differ_in_their_addresses)
{
    static const char *const said[] = {"mutex 0x10c0f0, owner 2.", "mutex 0x20c0f0, owner 2."};
    stream.runs.n = 0;
    for (size_t i = 0; i < 2; i++)
        add_finding(add_run("./bank", "drd"), HZ_DEADLOCK, "lock-order")->summary = said[i];
    json_t *log = written(folder, NULL);
    ck_assert_uint_eq(json_array_size(at(log, "runs.0.results")), 1);
    json_decref(log);
}
END_TEST

/* One of the pair and its twin, of which no place is known. */
static const char *fingerprint_of(const char *pair, enum hz_variant variant)
{
    stream.runs.n = 0;
    add_finding(add_judged(pair, variant, "explorer"), HZ_RACE, "wrong-result");
    return fingerprint(folder);
}

START_TEST(a_fingerprint_without_a_place_has_the_program)
{
    const char *first = fingerprint_of("race/bank", HZ_BUGGY);
    ck_assert_str_ne(fingerprint_of("race/bank", HZ_FIXED), first);
    ck_assert_str_ne(fingerprint_of("race/shop", HZ_BUGGY), first);
    ck_assert_str_eq(fingerprint_of("race/bank", HZ_BUGGY), first);
    stream.runs.n = 0;
    struct hz_finding *finding = add_finding(add_run("./bank", "drd"), HZ_RACE, "crash");
    add_frame(add_bare_party(finding), "read", "./io/read.c", 26, LIBC);
    ck_assert_str_eq(fingerprint(folder), "race/crash drd bank libc.so.6:read");
}
END_TEST

int main(void)
{
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_set_timeout(all, 120);
    tcase_add_test(all, files_are_uris);
    tcase_add_test(all, a_corpus_may_have_been_built_elsewhere);
    tcase_add_test(all, the_last_folder_of_the_corpus_counts);
    tcase_add_test(all, a_file_that_nobody_has_is_not_claimed);
    tcase_add_test(all, the_first_place_of_ones_own_is_shown);
    tcase_add_test(all, each_result_has_a_file);
    tcase_add_test(all, threads_have_flows_and_the_graph_has_edges);
    tcase_add_test(all, equal_stacks_are_one);
    tcase_add_test(all, a_fingerprint_outlives_what_does_not_matter);
    tcase_add_test(all, a_fingerprint_has_a_size);
    tcase_add_test(all, a_fingerprint_is_not_by_where_one_was_seen_running);
    tcase_add_test(all, a_headline_has_no_addresses);
    tcase_add_test(all, repetitions_differ_in_their_addresses);
    tcase_add_test(all, a_fingerprint_tells_what_is_another);
    tcase_add_test(all, a_fingerprint_without_a_place_has_the_program);
    return run_suite("sarif_places", all);
}
