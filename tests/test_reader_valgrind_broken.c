/* Documents of Helgrind and DRD that are cut off, broken or hostile. */
#include "valgrind_help.h"

/* ---- documents that are not whole ---- */

START_TEST(killed_in_the_middle)
{
    hz_findings findings = read_ok(&hz_helgrind, "helgrind-hang", &stopped);
    CHECK_FINDINGS(&findings, "race/data-race hang.c:22 hang.c:10",
                   "race/data-race hang.c:22 hang.c:10");
    findings = read_ok(&hz_drd, "drd-hang", &stopped);
    ck_assert_uint_eq(findings.n, 2);
}
END_TEST

START_TEST(unfinished_without_a_reason_is_broken)
{
    static const struct {
        enum hz_end end;
        bool fine;
    } ends[] = {{HZ_END_EXITED, false},  {HZ_END_SIGNALED, true},    {HZ_END_STOPPED, true},
                {HZ_END_DEADLINE, true}, {HZ_END_INTERRUPTED, true}};
    struct hz_bytes bytes = captured_file("valgrind-3.19.0/helgrind-hang", "helgrind.");
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct hz_outcome outcome = {.end = ends[i].end, .reason = "why"};
        hz_findings findings = {0};
        ck_assert_msg(read_bytes(bytes, &outcome, &findings) == ends[i].fine, "end %zu", i);
        if (ends[i].end == HZ_END_EXITED) {
            ck_assert_ptr_nonnull(strstr(error.text, "closing summary"));
            ck_assert_uint_eq(findings.n, 2); /* what was read stays */
        }
    }
}
END_TEST

START_TEST(a_forked_child_may_end_unfinished)
{
    struct hz_raw raw = captured("valgrind-3.19.0/helgrind-forked", &well);
    ck_assert_uint_eq(raw.files.n, 2);
    size_t children = 0;
    for (size_t i = 0; i < 2; i++) {
        struct hz_raw cut = {.outcome = &well};
        struct hz_bytes bytes = raw.files.at[i].bytes;
        bool root = count_of(bytes, bytes.n, "RUNNING") != 0;
        bytes.n -= 600;
        add_file(&cut, raw.files.at[i].name, bytes);
        add_file(&cut, raw.files.at[1 - i].name, raw.files.at[1 - i].bytes);
        hz_findings findings = {0};
        ck_assert(hz_helgrind.read(&arena, &cut, &findings, &error) == !root);
        children += !root;
    }
    ck_assert_uint_eq(children, 1);
}
END_TEST

START_TEST(nothing_to_read_is_broken)
{
    struct hz_raw none = {.outcome = &stopped};
    hz_findings findings = {0};
    ck_assert(!hz_helgrind.read(&arena, &none, &findings, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "no report"));
    static const char *const useless[] = {"", "<?xml", "garbage", "<a><b/></a>",
                                          "<valgrindoutput><pid>7</pid>"};
    for (size_t i = 0; i < sizeof useless / sizeof *useless; i++) {
        ck_assert(!read_bytes(text_bytes(useless[i]), &stopped, &findings));
        ck_assert_ptr_nonnull(strstr(error.text, "cannot be read"));
    }
    ck_assert_uint_eq(findings.n, 0);
}
END_TEST

START_TEST(too_long_is_read_in_part)
{
    struct hz_bytes bytes = captured_file("valgrind-3.19.0/helgrind-race", "helgrind.");
    struct hz_raw raw = {.outcome = &well};
    hz_findings findings = {0};
    add_file(&raw, "helgrind.7.xml", (struct hz_bytes){bytes.at, bytes.n - 2000});
    raw.files.at[0].cut = true;
    ck_assert_msg(hz_helgrind.read(&arena, &raw, &findings, &error), "%s", error.text);
    ck_assert_uint_eq(findings.n, 1);
    /* But not where nothing was found in that part. */
    raw.files.at[0].bytes.n = 1200;
    findings.n = 0;
    ck_assert(!hz_helgrind.read(&arena, &raw, &findings, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "too long"));
}
END_TEST

START_TEST(stacks_without_lines_are_broken)
{
    struct hz_raw raw = captured("valgrind-3.19.0/helgrind-nolines", &well);
    hz_findings findings = {0};
    ck_assert(!hz_helgrind.read(&arena, &raw, &findings, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "-gdwarf-4"));
}
END_TEST

START_TEST(a_crash_of_the_tool_is_broken)
{
    struct hz_outcome crashed = {.end = HZ_END_SIGNALED, .signal = 11};
    struct hz_raw raw = captured("valgrind-3.19.0/drd-thrd", &crashed);
    hz_findings findings = {0};
    ck_assert(!hz_drd.read(&arena, &raw, &findings, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "thrd_create"));
}
END_TEST

START_TEST(a_failed_assertion_is_broken)
{
    struct hz_raw raw = captured("valgrind-3.19.0/helgrind-race", &well);
    struct hz_outcome outcome = well;
    raw.outcome = &outcome;
    outcome.err.tail = text_bytes("\nHelgrind: hg_main.c:5379 (hg_handle_client_request): "
                                  "Assertion 'found' failed.\n\nhost stacktrace:\n");
    hz_findings findings = {0};
    ck_assert(!hz_helgrind.read(&arena, &raw, &findings, &error));
    ck_assert_str_eq(error.text, "Valgrind gave up: Helgrind: hg_main.c:5379 "
                                 "(hg_handle_client_request): Assertion 'found' failed.");
}
END_TEST

static const char *const samples[][2] = {
    {"valgrind-3.19.0/helgrind-race", "helgrind."},
    {"valgrind-3.19.0/helgrind-order", "helgrind."},
    {"valgrind-3.19.0/drd-race", "drd."},
};

/* Cut off after any byte, a document gives exactly the errors that are whole until there. */
START_TEST(cut_off_anywhere)
{
    struct hz_bytes bytes = captured_file(samples[_i][0], samples[_i][1]);
    struct hz_valgrind_document document;
    hz_findings findings = {0};
    hz_valgrind_read(&arena, "helgrind", bytes, &document, &findings);
    ck_assert(document.finished && document.root);
    char **all = whole_each(&findings);
    struct hz_arena kept = arena;
    for (size_t n = 0; n < bytes.n; n++) {
        hz_arena_init(&arena);
        char *copy = malloc(n + 1); /* to its last byte, for a checker of memory to see */
        memcpy(copy, bytes.at, n);
        findings = (hz_findings){0};
        hz_valgrind_read(&arena, "helgrind", (struct hz_bytes){copy, n}, &document, &findings);
        ck_assert_uint_eq(findings.n, count_of(bytes, n, "</error>"));
        check_same(&findings, all, findings.n);
        ck_assert(document.finished == (count_of(bytes, n, "FINISHED</state>") != 0));
        free(copy);
        hz_arena_free(&arena);
    }
    arena = kept;
}
END_TEST

/* A broken byte costs no error that was whole before it. */
START_TEST(any_byte_broken)
{
    struct hz_bytes bytes = captured_file(samples[_i][0], samples[_i][1]);
    struct hz_valgrind_document document;
    hz_findings findings = {0};
    hz_valgrind_read(&arena, "helgrind", bytes, &document, &findings);
    char **all = whole_each(&findings);
    struct hz_arena kept = arena;
    uint32_t state = 20240229;
    for (int round = 0; round < 3000; round++) {
        hz_arena_init(&arena);
        char *copy = malloc(bytes.n);
        memcpy(copy, bytes.at, bytes.n);
        size_t first = bytes.n;
        for (uint32_t flips = 1 + dice(&state) % 3; flips > 0; flips--) {
            size_t at = dice(&state) % bytes.n;
            copy[at] = (char)dice(&state);
            first = at < first ? at : first;
        }
        findings = (hz_findings){0};
        hz_valgrind_read(&arena, "helgrind", (struct hz_bytes){copy, bytes.n}, &document,
                         &findings);
        check_same(&findings, all, count_of(bytes, first, "</error>"));
        free(copy);
        hz_arena_free(&arena);
    }
    arena = kept;
}
END_TEST

/* ---- hostile documents ---- */

static const char opening[] = "<valgrindoutput><status><state>RUNNING</state></status>";
static const char closing[] = "<status><state>FINISHED</state></status></valgrindoutput>";

struct text {
    char *at;
    size_t n;
    FILE *stream;
};

START_TEST(no_more_than_so_many)
{
    struct text text = {0};
    text.stream = open_memstream(&text.at, &text.n);
    fputs(opening, text.stream);
    for (int i = 0; i < HZ_VALGRIND_FINDINGS + 500; i++) {
        fprintf(text.stream, "<error><unique>0x%x</unique><kind>Race</kind>", i);
        if (i == 0) {
            fputs("<stack>", text.stream);
            for (int k = 0; k < HZ_VALGRIND_FRAMES + 50; k++)
                fputs("<frame><ip>0x1</ip></frame>", text.stream);
            fputs("</stack>", text.stream);
            for (int k = 0; k < 1000; k++)
                fputs("<auxwhat>This conflicts with a previous write</auxwhat><stack/>",
                      text.stream);
        }
        fputs("</error>", text.stream);
    }
    fputs(closing, text.stream);
    fclose(text.stream);
    hz_findings findings = {0};
    ck_assert(read_bytes((struct hz_bytes){text.at, text.n}, &well, &findings));
    ck_assert_uint_eq(findings.n, HZ_VALGRIND_FINDINGS);
    ck_assert_uint_eq(findings.at[0].parties.at[0].stack.n, HZ_VALGRIND_FRAMES);
    ck_assert_uint_lt(findings.at[0].parties.n, 100);
    free(text.at);
}
END_TEST

START_TEST(long_text_is_cut)
{
    char *long_text = malloc(100001);
    memset(long_text, 'x', 100000);
    long_text[100000] = '\0';
    char *bytes = hz_printf(&arena, "%s<error><kind>Misc</kind><what>%s</what></error>%s", opening,
                            long_text, closing);
    hz_findings findings = {0};
    ck_assert(read_bytes(text_bytes(bytes), &well, &findings));
    ck_assert_uint_eq(findings.n, 1);
    ck_assert_uint_lt(strlen(findings.at[0].summary), 5000);
    free(long_text);
}
END_TEST

START_TEST(deep_and_wrong_nesting)
{
    struct text text = {0};
    text.stream = open_memstream(&text.at, &text.n);
    fputs(opening, text.stream);
    for (int i = 0; i < 200; i++)
        fputs("<error><stack><frame>", text.stream);
    for (int i = 0; i < 200; i++)
        fputs("<fn>f</fn></frame></stack></error>", text.stream);
    for (int i = 0; i < 1000000; i++) /* far past the end of whatever keeps them */
        fputs("<a>", text.stream);
    for (int i = 0; i < 1000000; i++)
        fputs("</a>", text.stream);
    fputs("<frame><line>-7</line></frame><pair><count>x</count></pair>", text.stream);
    fputs("<error><kind>Race</kind></error>", text.stream);
    fputs(closing, text.stream);
    fclose(text.stream);
    hz_findings findings = {0};
    ck_assert(read_bytes((struct hz_bytes){text.at, text.n}, &well, &findings));
    CHECK_FINDINGS(&findings, "race/data-race"); /* without a kind there is no finding */
    free(text.at);
}
END_TEST

START_TEST(entities_are_not_followed)
{
    static const char bomb[] =
        "<!DOCTYPE v [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">"
        "<!ENTITY f SYSTEM \"file:///etc/passwd\">]>"
        "<v><error><kind>Misc</kind><what>&b;&f;</what></error></v>";
    hz_findings findings = {0};
    read_bytes(text_bytes(bomb), &well, &findings);
    for (size_t i = 0; i < findings.n; i++) {
        ck_assert_ptr_null(strstr(findings.at[i].summary, "aaaaaaaaaa"));
        ck_assert_ptr_null(strstr(findings.at[i].summary, "root"));
    }
    /* Those of XML itself are. */
    const char *plain =
        hz_printf(&arena, "%s<error><kind>Misc</kind><what>a&lt;b &amp; c</what></error>%s",
                  opening, closing);
    findings.n = 0;
    ck_assert(read_bytes(text_bytes(plain), &well, &findings));
    ck_assert_str_eq(findings.at[0].summary, "a<b & c");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reader-valgrind-broken");
    TCase *broken = tcase_create("broken");
    tcase_add_checked_fixture(broken, setup, teardown);
    tcase_set_timeout(broken, 300);
    tcase_add_test(broken, killed_in_the_middle);
    tcase_add_test(broken, unfinished_without_a_reason_is_broken);
    tcase_add_test(broken, a_forked_child_may_end_unfinished);
    tcase_add_test(broken, nothing_to_read_is_broken);
    tcase_add_test(broken, too_long_is_read_in_part);
    tcase_add_test(broken, stacks_without_lines_are_broken);
    tcase_add_test(broken, a_crash_of_the_tool_is_broken);
    tcase_add_test(broken, a_failed_assertion_is_broken);
    tcase_add_loop_test(broken, cut_off_anywhere, 0, sizeof samples / sizeof *samples);
    tcase_add_loop_test(broken, any_byte_broken, 0, sizeof samples / sizeof *samples);
    tcase_add_test(broken, no_more_than_so_many);
    tcase_add_test(broken, long_text_is_cut);
    tcase_add_test(broken, deep_and_wrong_nesting);
    tcase_add_test(broken, entities_are_not_followed);
    suite_add_tcase(suite, broken);
    return run_suite(suite);
}
