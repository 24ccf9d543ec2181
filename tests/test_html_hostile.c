/*
 * The HTML page against what tools, programs and streams may do: markup, control characters,
 * endless text, more of everything than one would show, files that are not theirs to show.
 */
#include "html_page.h"

#include <errno.h>
#include <sys/stat.h>

#define HOSTILE                                                                                    \
    "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"' onload='alert(3)' "         \
    "<!--]]>&lt;\033[2J\r\xff\xe2\x80\xae</table></section>"

static struct hz_run *loose(const char *detector)
{
    struct hz_run *run = add_run("./program", HZ_RACE, HZ_BUGGY, detector, HZ_CLEAN);
    run->judged = false;
    return run;
}

/* ---- markup ---- */

static void fill(struct hz_run *run, const char *hostile)
{
    struct hz_finding *finding = add_finding(run, hostile);
    finding->summary = hostile;
    struct hz_party *party = add_party(finding, hostile, hostile, hostile, 5);
    party->name = hostile;
    party->stack.at[0].module = hostile;
    party->stack.at[1] = (struct hz_frame){.function = hostile, .module = hostile};
    struct hz_thing thing = {hostile, hostile, {.file = hostile, .line = 9}};
    *hz_push(&arena, &party->holds) = thing;
    party->waits_for = thing;
    *hz_push(&arena, &party->waits_on) = 0;
    run->broken = run->hang = run->explored = run->raw = hostile;
    run->expected.why = hostile;
    run->outcome.reason = hostile;
    run->outcome.out.head = run->outcome.err.tail = (struct hz_bytes){hostile, strlen(hostile)};
    *hz_push(&arena, &run->outcome.leaks) = (struct hz_leak){7, hostile};
}

static void fill_start(const char *hostile)
{
    json_t *name = hz_json_text(hostile);
    const char *clean = json_string_value(name);
    stream.start = json_pack("{s:s, s:{s:s, s:s, s:i, s:{s:{s:b, s:s, s:s}}}}", "command", clean,
                             "environment", "hazmat", clean, "when", clean, "processors", 2,
                             "detectors", clean, "usable", 0, "version", clean, "problem", clean);
    ck_assert_ptr_nonnull(stream.start);
    json_decref(name);
}

static void hostile_page(bool judged)
{
    const char *pair = hz_printf(&arena, "race/%s", HOSTILE);
    for (int variant = 0; variant < 2; ++variant) {
        struct hz_run *run = add_run(pair, HZ_RACE, (enum hz_variant)variant, HOSTILE,
                                     variant == 0 ? HZ_CAUGHT : HZ_FALSE_ALARM);
        run->judged = judged;
        fill(run, HOSTILE);
    }
    fill_start(HOSTILE);
    make_page();
}

/* The page has no more of what acts than one that says nothing. */
START_TEST(markup_is_text)
{
    hostile_page(_i == 0);
    ck_assert_int_eq(count("//script"), 2);
    ck_assert_int_eq(count("//style"), 1);
    ck_assert_int_eq(count("//img | //iframe | //object | //embed | //link | //base"), 0);
    ck_assert_int_eq(count("//*[@style]"), 0);
    ck_assert_int_eq(count("//@*[starts-with(name(), 'on')]"), 0);
    ck_assert_int_eq(count("//@src | //a/@href[not(starts-with(., '#'))]"), 0);
    ck_assert_int_eq(count("//comment()"), 0);
    ck_assert_int_gt(count("//*[contains(text(), '<script>alert(1)</script>')]"), 5);
}
END_TEST

START_TEST(control_characters_are_made_visible)
{
    hostile_page(_i == 0);
    ck_assert(xmlCheckUTF8((const xmlChar *)text));
    ck_assert_uint_eq(strlen(text), text_n);
    for (size_t i = 0; i < text_n; ++i)
        ck_assert_msg((unsigned char)text[i] >= 0x20 || text[i] == '\n' || text[i] == '\t',
                      "byte %d at %zu", text[i], i);
    ck_has_not("\u202e");
    ck_has("\\x1b[2J\\x0d");
}
END_TEST

/* ---- how much ---- */

START_TEST(endless_text_is_cut_and_counted)
{
    size_t n = 10 * 1000 * 1000;
    char *endless = hz_alloc(&arena, n + 1);
    memset(endless, 'x', n);
    fill(add_run("race/a", HZ_RACE, HZ_BUGGY, "tsan", HZ_CAUGHT), endless);
    make_page();
    ck_assert_msg(text_n < 400 * 1000, "%zu bytes", text_n);
    ck_has("… (9998000 bytes left out)");
    size_t shown = 4096 * 4 / 2; /* half of what a run with findings may show */
    ck_has(hz_printf(&arena, "… %zu bytes left out …", n - shown * 2 / 3));
}
END_TEST

START_TEST(what_there_is_too_much_of_is_counted)
{
    struct hz_run *run = loose("tsan");
    for (int i = 0; i < 8 + 3; ++i)
        add_finding(run, "many-findings");
    struct hz_finding *finding = &run->findings.at[0];
    for (int i = 0; i < 12 + 4; ++i)
        add_party(finding, hz_printf(&arena, "T%d", i), "many-parties", NULL, 0);
    struct hz_party *party = &finding->parties.at[0];
    for (int i = 0; i < 14 + 5; ++i)
        *hz_push(&arena, &party->stack) = (struct hz_frame){.function = "deep"};
    for (int i = 0; i < 8 + 6; ++i)
        *hz_push(&arena, &party->holds) = (struct hz_thing){"mutex", "many-locks", {0}};
    make_page();
    ck_has("… and 3 more findings");
    ck_has("… and 4 more threads");
    ck_has("… and 5 more frames");
    ck_has("… and 6 more that it holds");
    ck_assert_int_eq(count("//b[.='many-findings']"), 8);
    ck_assert_int_eq(count("//code[.='many-locks']"), 8);
    ck_assert_int_eq(count("//ol[@class='parties']/li[not(@class)]"), 12);
    ck_assert_int_eq(count("//ol[@class='stack']/li[1]/../li[code='deep']"), 16 - 2);
}
END_TEST

START_TEST(runs_without_end_are_cut_and_counted)
{
    for (int i = 0; i < 60 + 7; ++i)
        loose("tsan");
    make_page();
    ck_has("… and 7 more runs");
    ck_assert_int_eq(count("//*[@class='over loose']"), 1);
    ck_assert_int_eq(count("//*[@class='over loose']/p[@class='end']"), 60);
}
END_TEST

/* ---- files ---- */

static char folder[32];

static const char *below(const char *name)
{
    return hz_printf(&arena, "%s/%s", folder, name);
}

static void write_file(const char *name, const char *content, size_t times)
{
    FILE *file = fopen(below(name), "w");
    ck_assert_msg(file != NULL, "%s: %s", name, strerror(errno));
    for (size_t i = 0; i < times; ++i)
        fputs(content, file);
    ck_assert_int_eq(fclose(file), 0);
}

static void begin_files(void)
{
    begin();
    strcpy(folder, "/tmp/hazmat-html-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(mkdir(below("results"), 0700), 0);
    ck_assert_int_eq(mkdir(below("results/raw"), 0700), 0);
    *hz_push(&arena, &html.folders) = (struct hz_html_folder){1000, below("results")};
}

static void end_files(void)
{
    ck_assert_int_eq(system(hz_printf(&arena, "rm -r '%s'", folder)), 0);
    end();
}

START_TEST(raw_output_is_shown_from_both_ends)
{
    write_file("results/raw/log", "BEGIN\n", 1);
    FILE *file = fopen(below("results/raw/log"), "a");
    for (int i = 0; i < 10000; ++i)
        fputs("middle <b>\n", file);
    fputs("END\n", file);
    fclose(file);
    write_file("results/raw/small", "all of it\n", 1);
    write_file("results/raw/empty", "", 0);
    loose("tsan")->raw = "raw";
    make_page();
    ck_assert_int_eq(count("//pre"), 2);
    ck_assert_int_eq(count("//pre/b"), 1);
    const char *log = text_of("//pre[contains(., 'middle')]");
    ck_assert_int_eq(strncmp(log, "BEGIN\n", 6), 0);
    ck_assert_str_eq(log + strlen(log) - 4, "END\n");
    ck_assert_uint_lt(strlen(log), 5000);
    const char *left_out = text_of("//pre/b");
    size_t said = strtoul(left_out + strcspn(left_out, "0123456789"), NULL, 10);
    size_t around = strlen(log) - strlen(left_out) - 2; /* two line ends */
    ck_assert_uint_eq(said + around, 6 + 11 * 10000 + 4);
    ck_assert_str_eq(text_of("//pre[2]"), "all of it\n");
}
END_TEST

START_TEST(many_raw_files_are_counted)
{
    for (int i = 0; i < 6 + 2; ++i)
        write_file(hz_printf(&arena, "results/raw/%d", i), "x", 1);
    loose("tsan")->raw = "raw";
    make_page();
    ck_assert_int_eq(count("//pre"), 6);
    ck_has("… and 2 more files");
}
END_TEST

/* A stream may be somebody else's: it does not choose files of this machine for the page. */
START_TEST(raw_output_is_below_its_stream_only)
{
    static const char *const paths[] = {"../secret", "/", "raw/../../secret", "raw/link"};
    ck_assert_int_eq(mkdir(below("secret"), 0700), 0);
    write_file("secret/log", "SECRET", 1);
    ck_assert_int_eq(symlink(below("secret"), below("results/raw/link")), 0);
    ck_assert_int_eq(symlink(below("secret/log"), below("results/raw/log")), 0);
    ck_assert_int_eq(mkfifo(below("results/raw/fifo"), 0600), 0);
    write_file("results/raw/own", "OWN", 1);
    loose("tsan")->raw = "raw";
    for (size_t i = 0; i < sizeof paths / sizeof *paths; ++i)
        loose("tsan")->raw = paths[i][0] == '/' ? below("secret") : paths[i];
    make_page();
    ck_has("OWN");
    ck_has_not("SECRET");
    ck_assert_int_eq(count("//pre"), 1);
}
END_TEST

START_TEST(only_what_is_called_a_source_is_shown)
{
    write_file("secret.key", "SECRET\n", 20);
    write_file("open.c", "OPEN\n", 20);
    struct hz_finding *finding = add_finding(loose("tsan"), "data-race");
    add_party(finding, "T1", "writes", below("secret.key"), 3);
    add_party(finding, "T2", "writes", below("open.c"), 3);
    add_party(finding, "T2", "writes", below("folder.c"), 3);
    add_party(finding, "T2", "writes", below("fifo.c"), 3);
    ck_assert_int_eq(mkdir(below("folder.c"), 0700), 0);
    ck_assert_int_eq(mkfifo(below("fifo.c"), 0600), 0);
    make_page();
    ck_has("OPEN");
    ck_has_not("SECRET");
}
END_TEST

/* Where findings lead to more lines, or files, than one would read. */
START_TEST(sources_are_cut)
{
    write_file("long.c", "line\n", 5000);
    struct hz_run *run = loose("tsan");
    struct hz_party *party = NULL;
    for (int i = 0; i < 100; ++i) {
        if (i % 16 == 0)
            party = add_party(add_finding(run, "data-race"), "T1", "writes", NULL, 0);
        *hz_push(&arena, &party->stack) =
            (struct hz_frame){.function = "f", .file = below("long.c"), .line = 20 + 30 * i};
        *hz_push(&arena, &party->stack) = (struct hz_frame){
            .function = "f", .file = hz_printf(&arena, "/none/%d.c", i), .line = 1};
    }
    make_page();
    ck_has("places in more files are left out");
    ck_assert_int_le(count("//td[@data-n]"), 400);
    write_file("wide.c", "", 0);
    FILE *file = fopen(below("wide.c"), "w");
    for (int i = 0; i < 3000; ++i)
        fputs("wide", file);
    fclose(file);
    drop_page();
    stream.runs.n = 0;
    add_party(add_finding(loose("tsan"), "data-race"), "T1", "writes", below("wide.c"), 1);
    make_page();
    ck_has("… (11500 bytes left out)");
}
END_TEST

/* ---- the policy ---- */

/* What the shell's tools say a policy should have for the text of an element. */
static const char *hash_of(const char *begin, const char *end_tag)
{
    const char *end_of = strstr(begin, end_tag);
    const char *path = below("asset");
    FILE *file = fopen(path, "w");
    ck_assert_uint_eq(fwrite(begin, 1, (size_t)(end_of - begin), file), (size_t)(end_of - begin));
    fclose(file);
    FILE *pipe = popen(hz_printf(&arena,
                                 "sha256sum < '%s' | cut -c1-64 | tr a-f A-F | "
                                 "basenc --base16 -d | base64",
                                 path),
                       "r");
    char line[128] = "";
    ck_assert_ptr_nonnull(fgets(line, sizeof line, pipe));
    pclose(pipe);
    line[strcspn(line, "\n")] = '\0';
    return hz_printf(&arena, "'sha256-%s'", line);
}

START_TEST(the_policy_allows_the_pages_own_parts_and_nothing_else)
{
    loose("tsan");
    make_page();
    const char *policy = text_of("//meta[@http-equiv='Content-Security-Policy']/@content");
    const char *style = hash_of(strstr(text, "<style>") + 7, "</style>");
    const char *script = strstr(text, "<script>") + 8;
    const char *first = hash_of(script, "</script>");
    const char *second = hash_of(strstr(script, "<script>") + 8, "</script>");
    ck_assert_str_eq(policy, hz_printf(&arena,
                                       "default-src 'none'; img-src data:; base-uri 'none'; "
                                       "form-action 'none'; style-src %s; script-src %s %s",
                                       style, first, second));
    /* It stands before all that it speaks of. */
    ck_assert(strstr(text, "Content-Security-Policy") < strstr(text, "<style>"));
    ck_has_not("@import");
    ck_has_not("url(");
}
END_TEST

/* A page that could not be written whole is no page. */
START_TEST(a_full_disk_is_told)
{
    struct hz_matrix matrix;
    struct hz_error error = {""};
    loose("tsan");
    hz_matrix_build(&arena, &stream, &matrix);
    html.matrix = &matrix;
    FILE *full = fopen("/dev/full", "w");
    ck_assert_ptr_nonnull(full);
    ck_assert(!hz_html_write(full, &html, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "No space left"));
    fclose(full);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("html_hostile");
    TCase *all = tcase_create("text"), *files = tcase_create("files");
    tcase_add_checked_fixture(all, begin, end);
    tcase_add_checked_fixture(files, begin_files, end_files);
    tcase_set_timeout(all, 60);
    tcase_set_timeout(files, 60);
    tcase_add_loop_test(all, markup_is_text, 0, 2);
    tcase_add_loop_test(all, control_characters_are_made_visible, 0, 2);
    tcase_add_test(all, endless_text_is_cut_and_counted);
    tcase_add_test(all, what_there_is_too_much_of_is_counted);
    tcase_add_test(all, runs_without_end_are_cut_and_counted);
    tcase_add_test(all, a_full_disk_is_told);
    tcase_add_test(files, raw_output_is_shown_from_both_ends);
    tcase_add_test(files, many_raw_files_are_counted);
    tcase_add_test(files, raw_output_is_below_its_stream_only);
    tcase_add_test(files, only_what_is_called_a_source_is_shown);
    tcase_add_test(files, sources_are_cut);
    tcase_add_test(files, the_policy_allows_the_pages_own_parts_and_nothing_else);
    suite_add_tcase(suite, all);
    suite_add_tcase(suite, files);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
