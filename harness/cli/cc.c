/* `hazmat cc` and `hazmat c++`: clang, told to build for the explorer. */
#include "cli/home.h"

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool given(const struct hz_settings *settings, const char *word)
{
    for (size_t i = 0; i < settings->words_n; i++)
        if (strcmp(settings->words[i], word) == 0)
            return true;
    return false;
}

/* Whether clang makes a program or a shared library. */
static bool links(const struct hz_settings *settings)
{
    static const char *const stops[] = {"-c", "-S", "-E", "-M", "-MM", "-fsyntax-only",
                                        "-###", "--version", "-v", "-dumpmachine",
                                        "-dumpversion", "-r"};
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
        if (given(settings, stops[i]))
            return false;
    return true;
}

static bool begins(const char *word, const char *with)
{
    return strncmp(word, with, strlen(with)) == 0;
}

/* Options that take the runtime's place, or leave none for it; or code that it does not see. */
static const char *refused(const struct hz_settings *settings)
{
    static const char *const no[] = {"-static", "-static-pie", "-nostdlib", "-nodefaultlibs"};
    for (size_t i = 0; links(settings) && i < sizeof no / sizeof *no; i++)
        if (given(settings, no[i]))
            return no[i];
    for (size_t i = 0; i < settings->words_n; i++) {
        const char *word = settings->words[i];
        if ((begins(word, "-fsanitize=") && strcmp(word, "-fsanitize=thread") != 0) ||
            (begins(word, "-fno-sanitize=") &&
             (strstr(word, "thread") != NULL || strstr(word, "all") != NULL)))
            return word;
    }
    return NULL;
}

static bool says_debug(const struct hz_settings *settings)
{
    for (size_t i = 0; i < settings->words_n; i++)
        if (settings->words[i][0] == '-' && settings->words[i][1] == 'g')
            return true;
    return false;
}

static int compile(struct hz_arena *arena, const struct hz_settings *settings, const char *compiler)
{
    struct hz_place place;
    hz_place_find(arena, settings, &place);
    const char *no = refused(settings);
    if (no != NULL) {
        fprintf(stderr, "hazmat cc: %s cannot be had: the explorer's runtime is a shared library "
                        "that takes the place of ThreadSanitizer's\n", no);
        return HZ_EXIT_USAGE;
    }
    if (access(place.home.runtime, R_OK) != 0) {
        fprintf(stderr, "hazmat cc: %s: %s; build it: make\n", place.home.runtime,
                strerror(errno));
        return HZ_EXIT_BROKEN;
    }
    HZ_VEC(char *) argv = {0};
    *hz_push(arena, &argv) = hz_dup(arena, compiler);
    if (!says_debug(settings))
        *hz_push(arena, &argv) = "-g";
    for (size_t i = 0; i < settings->words_n; i++)
        *hz_push(arena, &argv) = settings->words[i];
    /* Reads that a write follows are kept: between them another thread may write. */
    static char *const building[] = {"-Wno-unused-command-line-argument", "-fsanitize=thread",
                                     "-fno-sanitize-link-runtime", "-mllvm",
                                     "-tsan-instrument-read-before-write"};
    for (size_t i = 0; i < sizeof building / sizeof *building; i++)
        *hz_push(arena, &argv) = building[i];
    if (links(settings)) {
        const char *slash = strrchr(place.home.runtime, '/');
        const char *folder =
            hz_copy(arena, place.home.runtime, (size_t)(slash - place.home.runtime));
        *hz_push(arena, &argv) = "-Wl,--build-id";
        *hz_push(arena, &argv) = "-Wl,-z,now"; /* else what is bound is put back each time */
        *hz_push(arena, &argv) = hz_printf(arena, "-Wl,-rpath,%s", folder);
        *hz_push(arena, &argv) = "-Wl,--no-as-needed";
        *hz_push(arena, &argv) = "-xnone"; /* whatever language was told for what comes before */
        *hz_push(arena, &argv) = hz_dup(arena, place.home.runtime);
        *hz_push(arena, &argv) = "-Wl,--as-needed";
    }
    *hz_push(arena, &argv) = NULL;
    execvp(argv.at[0], argv.at);
    fprintf(stderr, "hazmat cc: %s: %s; install it: sudo apt-get install clang\n", argv.at[0],
            strerror(errno));
    return HZ_EXIT_BROKEN;
}

int hz_compile_c(struct hz_arena *arena, const struct hz_settings *settings)
{
    return compile(arena, settings, HZ_CLANG);
}

int hz_compile_cxx(struct hz_arena *arena, const struct hz_settings *settings)
{
    return compile(arena, settings, HZ_CLANG "++");
}
