/*
 * The catalogue of tests/watchdog/: small programs, each with what the watchdog must say of it in
 * its comment, which watchdog_says.h reads. Every one is run as a user would run it, in a scratch
 * folder of its own, two at a time.
 *
 * HAZMAT_REPEAT=20 runs each so often, HAZMAT_ONLY=order only those with that in their name.
 */
#include "watchdog_says.h"

#include <check.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define HAZMAT TEST_BUILD "/hazmat"
#define AT_ONCE 2
/* None takes more than three, on a machine that is busy with others. */
#define PROGRAM_SECONDS "15"

static HZ_VEC(struct program) catalogue;
static bool has_watch;            /* this build has the command `hazmat watch` */
static double run_seconds = 60.0; /* by then the harness itself must have ended it */

static bool read_catalogue(void)
{
    const char *only = getenv("HAZMAT_ONLY");
    struct program program;
    glob_t found;
    bool good = glob(TEST_SOURCE "/tests/watchdog/*.c", 0, NULL, &found) == 0;
    for (size_t i = 0; good && i < found.gl_pathc; i++) {
        if (strstr(found.gl_pathv[i], "/lib-") != NULL)
            continue;
        good = parse(found.gl_pathv[i], &program);
        if (good && (only == NULL || strstr(program.name, only) != NULL))
            *hz_push(&arena, &catalogue) = program;
    }
    globfree(&found);
    return good;
}

/* ---- running --------------------------------------------------------------------------------- */

struct job {
    struct program *program;
    pid_t pid;
    double since;
    char folder[64];
};

/* Ends with NULL. As users do: `watch`, or where this build has none `run`. */
static char **command_line(const struct job *job)
{
    char *binary = hz_printf(&arena, "%s/tests/watchdog/%s", TEST_BUILD, job->program->name);
    char *stream = hz_printf(&arena, "%s/stream", job->folder);
    char *watch[] = {"watch", "--on-deadlock", "kill", "--timeout", PROGRAM_SECONDS};
    char *run[] = {"run", "-d", "watchdog", "--timeout", PROGRAM_SECONDS};
    char *rest[] = {"--json", stream, "--", binary, hz_dup(&arena, job->program->argv)};
    HZ_VEC(char *) words = {0};
    *hz_push(&arena, &words) = HAZMAT;
    for (size_t i = 0; i < sizeof watch / sizeof *watch && has_watch; i++)
        *hz_push(&arena, &words) = watch[i];
    for (size_t i = 0; i < job->program->options.n && has_watch; i++)
        *hz_push(&arena, &words) = job->program->options.at[i];
    for (size_t i = 0; i < sizeof run / sizeof *run && !has_watch; i++)
        *hz_push(&arena, &words) = run[i];
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        *hz_push(&arena, &words) = rest[i];
    *hz_push(&arena, &words) = NULL;
    return words.at;
}

static void prepare(struct job *job, struct program *program)
{
    *job = (struct job){.program = program, .since = hz_now()};
    strcpy(job->folder, "/tmp/test-watchdog-XXXXXX");
    if (mkdtemp(job->folder) == NULL)
        abort();
}

static void start(struct job *job, char *const *argv)
{
    char *log = hz_printf(&arena, "%s/log", job->folder);
    job->pid = fork();
    if (job->pid != 0)
        return;
    int output = open(log, O_WRONLY | O_CREAT, 0600), input = open("/dev/null", O_RDONLY);
    if (dup2(input, 0) < 0 || chmod(job->folder, 0755) != 0 || chdir(job->folder) != 0 ||
        dup2(output, 1) < 0 || dup2(output, 2) < 0 || setenv("XDG_STATE_HOME", job->folder, 1) != 0)
        _exit(126);
    execv(argv[0], argv);
    _exit(127);
}

static void complain(struct job *job, const char *what, const char *more)
{
    struct program *program = job->program;
    const char *before = program->wrong != NULL ? program->wrong : "";
    if (strlen(before) < 2000)
        program->wrong = hz_printf(&arena, "%s\n%s: %s\n%s", before, program->name, what, more);
}

static void judge(struct job *job, int status)
{
    struct hz_stream stream = {0};
    struct hz_error error = {0};
    struct hz_bytes log = {"", 0};
    const char *path = hz_printf(&arena, "%s/stream", job->folder);
    hz_read_file(&arena, hz_printf(&arena, "%s/log", job->folder), 1 << 16, &log, NULL);
    if (!hz_stream_read(&arena, path, &stream, &error) || stream.runs.n != 1) {
        complain(job,
                 hz_printf(&arena, "status %d and %zu runs %s", status, stream.runs.n, error.text),
                 hz_copy(&arena, log.at, log.n));
        return;
    }
    const struct hz_run *run = &stream.runs.at[0];
    int exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    const char *wrong = compare(job->program, run, exit_status);
    if (wrong != NULL)
        complain(job, wrong, describe(run));
    hz_stream_free(&stream);
}

/* True if it has ended, and was judged. */
static bool finish(struct job *job)
{
    int status;
    char command[128];
    if (waitpid(job->pid, &status, WNOHANG) != job->pid) {
        if (hz_now() - job->since > run_seconds)
            kill(job->pid, hz_now() - job->since > run_seconds + 10 ? SIGKILL : SIGTERM);
        return false;
    }
    judge(job, status);
    snprintf(command, sizeof command, "rm -rf '%s'", job->folder);
    if (system(command) != 0)
        complain(job, "its folder cannot be removed", job->folder);
    return true;
}

static void run_all(size_t times)
{
    struct job jobs[AT_ONCE] = {0};
    size_t next = 0, running = 0, all = times * catalogue.n;
    while (next < all || running > 0) {
        for (size_t i = 0; i < AT_ONCE; i++) {
            if (jobs[i].program != NULL && finish(&jobs[i])) {
                jobs[i].program = NULL;
                running--;
            }
            if (jobs[i].program == NULL && next < all) {
                prepare(&jobs[i], &catalogue.at[next++ / times]);
                start(&jobs[i], command_line(&jobs[i]));
                running++;
            }
        }
        usleep(5000);
    }
}

/* ---- tests ------------------------------------------------------------------------------------
 */

START_TEST(what_is_said_is_what_must_be_said)
{
    const struct program *program = &catalogue.at[_i];
    /* Check itself has a limit. */
    ck_assert_msg(program->wrong == NULL, "%.4000s", program->wrong);
}
END_TEST

/* All that the watchdog knows to say is asked for somewhere. */
static const char *const kinds[] = {
    "lock-cycle",      "self-lock",    "owner-gone", "join-cycle", "pipe-cycle",  "wait-cycle",
    "lost-signal",     "semaphore",    "barrier",    "pipe",       "child",       "fifo-open",
    "file-lock",       "lost-wake",    "no-waker",   "lock-order", "bypass",      "lock-hog",
    "stuck-holder",    "livelock",     "busy-wait",  "zombies",    "unlock-free", "exit-holding",
    "unlock-stranger", "destroy-held", "init-held",  "free-held",  "two-mutexes", "wait-unlocked"};

START_TEST(the_catalogue_covers_what_there_is)
{
    size_t right = 0;
    for (size_t i = 0; i < catalogue.n; i++) {
        const struct program *program = &catalogue.at[i];
        right += program->right;
        /* Those of loads-deadlock.c are in its library. */
        bool marked = program->marked > 0 || strcmp(program->name, "loads-deadlock") == 0;
        ck_assert_msg(marked != program->right, "%s: HERE in %d lines", program->name,
                      program->marked);
    }
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        size_t n = 0;
        for (size_t i = 0; i < catalogue.n; i++)
            for (size_t j = 0; j < catalogue.at[i].says.n; j++)
                n += strcmp(catalogue.at[i].says.at[j].kind, kinds[k]) == 0;
        ck_assert_msg(n > 0, "no program for %s", kinds[k]);
    }
    ck_assert_uint_ge(catalogue.n, 90);
    ck_assert_uint_ge(right, catalogue.n - right);
}
END_TEST

/* A finding at one line of this very file. */
static struct hz_finding *add_finding(struct hz_run *run, enum hz_class class, const char *kind,
                                      int line)
{
    struct hz_finding *finding = hz_push(&arena, &run->findings);
    *finding = (struct hz_finding){.class = class, .kind = kind, .summary = "", .sure = HZ_CERTAIN};
    struct hz_party *party = hz_push(&arena, &finding->parties);
    *hz_push(&arena, &party->stack) = (struct hz_frame){.file = __FILE__, .line = line};
    return finding;
}

static int marked_line = __LINE__; /* HERE */

static void ck_wrong(const struct program *program, const struct hz_run *run, int status,
                     const char *how)
{
    const char *wrong = compare(program, run, status);
    if (how == NULL)
        ck_assert_msg(wrong == NULL, "%s", wrong);
    else
        ck_assert_msg(wrong != NULL && strstr(wrong, how) != NULL, "not \"%s\" but %s", how,
                      wrong != NULL ? wrong : "nothing");
}

START_TEST(a_wrong_program_is_compared)
{
    struct program program = {.name = "test"};
    char says[] = "deadlock/lock-cycle certain", also[] = "misuse/exit-holding";
    ck_assert(parse_says(&program, says) && parse_says(&program, also));
    struct hz_run run = {.outcome.end = HZ_END_STOPPED};
    ck_wrong(&program, &run, 0, "lock-cycle was not said");
    struct hz_finding *cycle = add_finding(&run, HZ_DEADLOCK, "lock-cycle", marked_line);
    ck_wrong(&program, &run, 1, "exit-holding was not said");
    add_finding(&run, HZ_MISUSE, "exit-holding", marked_line);
    ck_wrong(&program, &run, 1, NULL);
    ck_wrong(&program, &run, 0, "exit status 0 with 2 findings");
    add_finding(&run, HZ_DEADLOCK, "lock-order", marked_line);
    ck_wrong(&program, &run, 1, NULL);
    add_finding(&run, HZ_DEADLOCK, "self-lock", marked_line);
    ck_wrong(&program, &run, 1, "self-lock was said, and must not be");
    run.findings.n = 2;
    add_finding(&run, HZ_STARVATION, "lock-cycle", marked_line);
    ck_wrong(&program, &run, 1, "starvation/lock-cycle was said, and must not be");
    run.findings.n = 2;
    cycle = &run.findings.at[0];
    cycle->sure = HZ_PROBABLE;
    ck_wrong(&program, &run, 1, "is certain");
    cycle->sure = HZ_CERTAIN;
    cycle->parties.at[0].stack.at[0].line++;
    ck_wrong(&program, &run, 1, "names no line");
    cycle->parties.at[0].stack.at[0].line--;
    add_finding(&run, HZ_DEADLOCK, "lock-cycle", marked_line);
    ck_wrong(&program, &run, 1, "more than once");
    run.findings.n = 2;
    run.broken = "test";
    ck_wrong(&program, &run, 1, "broken");
}
END_TEST

START_TEST(a_right_program_is_compared)
{
    struct program program = {.name = "test", .right = true};
    struct hz_run run = {.outcome.end = HZ_END_EXITED};
    ck_wrong(&program, &run, 0, NULL);
    run.outcome.status = 1;
    ck_wrong(&program, &run, 0, "status 1");
    run.outcome = (struct hz_outcome){.end = HZ_END_DEADLINE};
    ck_wrong(&program, &run, 0, "ended as deadline");
    run.outcome = (struct hz_outcome){.end = HZ_END_SIGNALED, .signal = SIGKILL};
    ck_wrong(&program, &run, 0, "signal 9");
    program.signal = SIGTERM;
    ck_wrong(&program, &run, 0, "signal 9");
    program.signal = SIGKILL;
    ck_wrong(&program, &run, 0, NULL);
    add_finding(&run, HZ_STARVATION, "bypass", marked_line);
    ck_wrong(&program, &run, 1, "must not be");
}
END_TEST

START_TEST(a_run_that_does_not_end_is_ended)
{
    struct program program = {.name = "test", .right = true};
    struct job job;
    char *argv[] = {"/bin/sleep", "1000", NULL};
    run_seconds = 0.1;
    prepare(&job, &program);
    start(&job, argv);
    while (!finish(&job))
        usleep(5000);
    ck_assert_ptr_nonnull(program.wrong);
    ck_assert_ptr_nonnull(strstr(program.wrong, "status 15 and 0 runs"));
}
END_TEST

START_TEST(a_comment_that_cannot_be_read_is_refused)
{
    static const char *const texts[] = {
        "/* Nothing. */\n", " * says: wrong/lock-cycle\n", " * says: deadlock\n",
        " * says: nothing\n * says: deadlock/self-lock\n", " * says: nothing\n * ends: badly\n"};
    char name[] = "/tmp/test-watchdog-XXXXXX.c";
    ck_assert_int_ge(mkstemps(name, 2), 0);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct program program;
        FILE *file = fopen(name, "we");
        ck_assert(fputs(texts[i], file) >= 0 && fclose(file) == 0);
        ck_assert_msg(!parse(name, &program), "%s", texts[i]);
    }
    unlink(name);
}
END_TEST

int main(void)
{
    const char *repeat = getenv("HAZMAT_REPEAT");
    size_t times = repeat != NULL ? strtoul(repeat, NULL, 10) : 1;
    hz_arena_init(&arena);
    if (!read_catalogue() || catalogue.n == 0 || times == 0)
        return EXIT_FAILURE;
    has_watch = system(HAZMAT " watch --help >/dev/null 2>&1") == 0;
    run_all(times);
    Suite *suite = suite_create("watchdog");
    TCase *programs = tcase_create("programs");
    tcase_add_loop_test(programs, what_is_said_is_what_must_be_said, 0, (int)catalogue.n);
    suite_add_tcase(suite, programs);
    TCase *comparison = tcase_create("comparison");
    if (getenv("HAZMAT_ONLY") == NULL)
        tcase_add_test(comparison, the_catalogue_covers_what_there_is);
    tcase_add_test(comparison, a_wrong_program_is_compared);
    tcase_add_test(comparison, a_right_program_is_compared);
    tcase_add_test(comparison, a_run_that_does_not_end_is_ended);
    tcase_add_test(comparison, a_comment_that_cannot_be_read_is_refused);
    suite_add_tcase(suite, comparison);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    hz_arena_free(&arena);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
