/* What is read of ELF files: of this program's own, and of hostile ones made of it. */
#include "base/elf.h"

#include "shell.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>

static struct hz_arena arena;
static struct hz_bytes own; /* this program's file */
static char *bytes;         /* a copy, to be spoiled */
static const char *path;    /* of what is made of it */

static void begin(void)
{
    setup();
    hz_arena_init(&arena);
    ck_assert(hz_read_file(&arena, "/proc/self/exe", 0, &own, NULL));
    bytes = hz_copy(&arena, own.at, own.n);
    path = hz_printf(&arena, "%s/file", folder);
}

static void end(void)
{
    hz_arena_free(&arena);
    teardown();
}

static void put(size_t n)
{
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, n, file), n);
    ck_assert_int_eq(fclose(file), 0);
}

static Elf64_Ehdr *header(void)
{
    return (Elf64_Ehdr *)bytes;
}

static Elf64_Shdr *section(unsigned type)
{
    Elf64_Shdr *at = (Elf64_Shdr *)(bytes + header()->e_shoff);
    for (unsigned i = 0; i < header()->e_shnum; i++)
        if (at[i].sh_type == type)
            return &at[i];
    ck_abort_msg("no section of type %u", type);
}

static bool count(void *number, const char *name)
{
    (void)name;
    ++*(unsigned *)number;
    return false;
}

static unsigned names(enum hz_elf_names which)
{
    unsigned n = 0;
    ck_assert(!hz_elf_any(path, which, count, &n));
    return n;
}

static void ck_says_nothing(void)
{
    for (unsigned which = HZ_ELF_SYMBOLS; which <= HZ_ELF_LIBRARIES; which++)
        ck_assert_uint_eq(names(which), 0);
}

static void ck_is_none(void)
{
    ck_says_nothing();
    ck_assert_ptr_null(hz_elf_build_id(&arena, path));
    ck_assert(!hz_elf_static(path));
}

/* ---- what is right ---- */

int only_a_symbol;
int only_a_symbol = 1;

START_TEST(names_are_found)
{
    put(own.n);
    ck_assert(hz_elf_has(path, HZ_ELF_SYMBOLS, "only_a_symbol"));
    ck_assert(!hz_elf_has(path, HZ_ELF_IMPORTS, "only_a_symbol"));
    ck_assert(hz_elf_has(path, HZ_ELF_SYMBOLS, "mkdtemp"));
    ck_assert(hz_elf_has(path, HZ_ELF_IMPORTS, "mkdtemp"));
    ck_assert(!hz_elf_has(path, HZ_ELF_SYMBOLS, "mkdtem"));
    ck_assert(hz_elf_has(path, HZ_ELF_LIBRARIES, "libc.so.6"));
    ck_assert(!hz_elf_has(path, HZ_ELF_LIBRARIES, "mkdtemp"));
    ck_assert(!hz_elf_has(path, HZ_ELF_LIBRARIES, ""));
}
END_TEST

/* In a program its own symbols that libraries need are dynamic, and no imports. */
START_TEST(what_it_gives_is_no_import)
{
    ck_shell(0, "echo 'int given; int main(void) { return given; }' > given.c; "
                "cc -rdynamic given.c -o file");
    ck_assert(hz_elf_has(path, HZ_ELF_SYMBOLS, "given"));
    ck_assert(!hz_elf_has(path, HZ_ELF_IMPORTS, "given"));
    ck_assert(hz_elf_has(path, HZ_ELF_IMPORTS, "__libc_start_main"));
    ck_shell(0, "strip file");
    ck_assert(hz_elf_has(path, HZ_ELF_SYMBOLS, "given"));
    ck_shell(0, "cc given.c -o file && strip file");
    ck_assert(!hz_elf_has(path, HZ_ELF_SYMBOLS, "given"));
}
END_TEST

static bool stop_at_once(void *number, const char *name)
{
    count(number, name);
    return true;
}

START_TEST(none_is_asked_about_after_the_one_that_is_found)
{
    unsigned asked = 0;
    put(own.n);
    ck_assert(hz_elf_any(path, HZ_ELF_IMPORTS, stop_at_once, &asked));
    ck_assert_uint_eq(asked, 1);
}
END_TEST

START_TEST(the_build_id_is_readelf_s)
{
    ck_shell(0, "echo 'int main(void) { return 0; }' > id.c; cc -Wl,--build-id id.c -o file; "
                "readelf -n file | sed -n 's/.*Build ID: //p'");
    output[strcspn(output, "\n")] = '\0';
    ck_assert_uint_eq(strlen(output), 40);
    ck_assert_str_eq(hz_elf_build_id(&arena, path), output);
    ck_shell(0, "cc -Wl,--build-id=none id.c -o file");
    ck_assert_ptr_null(hz_elf_build_id(&arena, path));
}
END_TEST

START_TEST(a_program_without_a_loader)
{
    ck_shell(0, "echo 'int main(void) { return 0; }' > s.c; cc -static s.c -o file");
    ck_assert(hz_elf_static(path));
    ck_shell(0, "cc s.c -o file");
    ck_assert(!hz_elf_static(path));
}
END_TEST

/* ---- what is not ---- */

START_TEST(what_is_no_elf_file_says_nothing)
{
    ck_is_none(); /* there is no such file */
    put(0);
    ck_is_none();
    ck_shell(0, "echo '#!/bin/sh' > file");
    ck_is_none();
    ck_shell(0, "echo 'int a;' > a.c && cc -c a.c && rm file && ar rc file a.o");
    ck_is_none();
    ck_shell(0, "rm file && mkdir file");
    ck_is_none();
    ck_shell(0, "rmdir file && mkfifo file");
    ck_is_none();
}
END_TEST

START_TEST(a_file_that_is_cut_off)
{
    size_t step = own.n / 400 + 1;
    for (size_t n = 0; n < own.n; n += n < 1024 ? 8 : step) {
        put(n);
        for (unsigned which = HZ_ELF_SYMBOLS; which <= HZ_ELF_LIBRARIES; which++)
            names(which);
        hz_elf_build_id(&arena, path);
        hz_elf_static(path);
    }
    put(header()->e_shoff);
    ck_says_nothing();
}
END_TEST

START_TEST(no_section_table)
{
    put(own.n);
    const char *id = hz_elf_build_id(&arena, path);
    header()->e_shoff = header()->e_shnum = header()->e_shstrndx = 0;
    put(own.n);
    ck_says_nothing();
    ck_assert(!hz_elf_static(path));
    ck_assert_pstr_eq(hz_elf_build_id(&arena, path), id); /* a segment holds it too */
}
END_TEST

static void table_past_the_end(void)
{
    header()->e_shoff = own.n + 1;
}

static void table_at_the_end_of_memory(void)
{
    header()->e_shoff = UINT64_MAX - 63;
}

static void section_past_the_end(void)
{
    section(SHT_DYNSYM)->sh_offset = own.n + 1;
}

static void section_larger_than_the_file(void)
{
    section(SHT_DYNSYM)->sh_size = UINT64_MAX / 24 * 24;
}

static void no_such_string_table(void)
{
    section(SHT_DYNSYM)->sh_link = 0xfff0;
}

static void strings_past_the_end(void)
{
    Elf64_Shdr *symbols = section(SHT_DYNSYM);
    Elf64_Sym *at = (Elf64_Sym *)(bytes + symbols->sh_offset);
    for (size_t i = 0; i < symbols->sh_size / sizeof *at; i++)
        at[i].st_name = UINT32_MAX - (uint32_t)i;
}

static void strings_without_an_end(void)
{
    Elf64_Shdr *all = (Elf64_Shdr *)(bytes + header()->e_shoff);
    Elf64_Shdr *strings = &all[section(SHT_DYNSYM)->sh_link];
    memset(bytes + strings->sh_offset, 'x', strings->sh_size);
}

START_TEST(what_lies_elsewhere_is_not_there)
{
    static void (*const spoilt[])(void) = {
        table_past_the_end,   table_at_the_end_of_memory, section_past_the_end,
        section_larger_than_the_file, no_such_string_table, strings_past_the_end,
        strings_without_an_end};
    put(own.n);
    ck_assert_uint_gt(names(HZ_ELF_IMPORTS), 0);
    for (size_t i = 0; i < sizeof spoilt / sizeof *spoilt; i++) {
        memcpy(bytes, own.at, own.n);
        spoilt[i]();
        put(own.n);
        ck_assert_msg(names(HZ_ELF_IMPORTS) == 0, "%zu", i);
    }
}
END_TEST

/* Entries have the size that the format says, whatever the file says of it. */
START_TEST(entries_of_no_size)
{
    put(own.n);
    unsigned imports = names(HZ_ELF_IMPORTS), libraries = names(HZ_ELF_LIBRARIES);
    section(SHT_DYNSYM)->sh_entsize = section(SHT_DYNAMIC)->sh_entsize = 0;
    put(own.n);
    ck_assert_uint_eq(names(HZ_ELF_IMPORTS), imports);
    ck_assert_uint_eq(names(HZ_ELF_LIBRARIES), libraries);
}
END_TEST

/* Any eight bytes of the headers and tables may be anything. */
START_TEST(noise)
{
    const Elf64_Ehdr *right = (const Elf64_Ehdr *)own.at;
    size_t table = right->e_shnum * sizeof(Elf64_Shdr);
    uint64_t state = 1;
    for (unsigned i = 0; i < 600; i++) {
        memcpy(bytes, own.at, own.n);
        for (unsigned k = 0; k < 4; k++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            uint64_t draw = state >> 33;
            size_t at = k % 2 == 0 ? EI_NIDENT + draw % 1024
                                   : right->e_shoff + draw % (table - sizeof draw);
            uint64_t kinds[] = {state, UINT64_MAX, state >> 48};
            memcpy(bytes + at, &kinds[draw / 7 % 3], sizeof *kinds);
        }
        put(own.n);
        for (unsigned which = HZ_ELF_SYMBOLS; which <= HZ_ELF_LIBRARIES; which++)
            names(which);
        hz_elf_build_id(&arena, path);
        hz_elf_static(path);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("elf");
    TCase *tests = tcase_create("files");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, names_are_found);
    tcase_add_test(tests, what_it_gives_is_no_import);
    tcase_add_test(tests, none_is_asked_about_after_the_one_that_is_found);
    tcase_add_test(tests, the_build_id_is_readelf_s);
    tcase_add_test(tests, a_program_without_a_loader);
    tcase_add_test(tests, what_is_no_elf_file_says_nothing);
    tcase_add_test(tests, a_file_that_is_cut_off);
    tcase_add_test(tests, no_section_table);
    tcase_add_test(tests, what_lies_elsewhere_is_not_there);
    tcase_add_test(tests, entries_of_no_size);
    tcase_add_test(tests, noise);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
