/*
 * For end-to-end tests: bash with the built `hazmat` as a command, in a folder of the
 * test's own that is removed afterwards.
 */
#ifndef HZ_TEST_SHELL_H
#define HZ_TEST_SHELL_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define HAZMAT TEST_BUILD "/hazmat"

static char folder[64];
static char output[1 << 20]; /* of the last command */

static void setup(void)
{
    strcpy(folder, "/tmp/hazmat-cli-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(setenv("DIR", folder, 1), 0);
    unsetenv("NO_COLOR");
}

static void teardown(void)
{
    char command[256];
    snprintf(command, sizeof command, "chmod -R u+w '%s'; rm -rf '%s'", folder, folder);
    ck_assert_int_eq(system(command), 0);
}

/* Runs bash on a text, `hazmat` being the built one and $DIR the test's folder. */
static int shell(const char *text)
{
    char script[128], command[512];
    snprintf(script, sizeof script, "%s/.script", folder);
    FILE *file = fopen(script, "we");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "hazmat() { '%s' \"$@\"; }\ncd '%s'\n%s\n", HAZMAT, folder, text);
    ck_assert_int_eq(fclose(file), 0);
    snprintf(command, sizeof command, "bash '%s' 2>&1", script);
    FILE *pipe = popen(command, "re");
    ck_assert_ptr_nonnull(pipe);
    size_t n = fread(output, 1, sizeof output - 1, pipe);
    output[n] = '\0';
    char rest[4096];
    while (fread(rest, 1, sizeof rest, pipe) > 0)
        ;
    int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Of the output only the beginning: Check ends a test whose message is too long, unsaid. */
#define ck_shell(status, text)                                                                     \
    do {                                                                                           \
        int got = shell(text);                                                                     \
        ck_assert_msg(got == (status), "%s: status %d, not %d:\n%.3000s", text, got, status,       \
                      output);                                                                     \
    } while (0)
#define ck_says(text)                                                                              \
    ck_assert_msg(strstr(output, text) != NULL, "no \"%s\" in:\n%.3000s", text, output)
#define ck_says_not(text)                                                                          \
    ck_assert_msg(strstr(output, text) == NULL, "\"%s\" in:\n%.3000s", text, output)

/* In bash: waits for something that is to come, at most a minute. */
#define UNTIL(condition) "for i in $(seq 6000); do " condition " && break; sleep 0.01; done; "

#endif
