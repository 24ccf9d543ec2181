/* Work in a process of its own: harness/process/job.h. */
#include "supervised.h"

#include "process/job.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/time.h>

static struct hz_error error;
static struct hz_bytes answer;

static struct hz_job *started(hz_work *work, void *context)
{
    struct hz_job *job = hz_job_start(work, context, &error);
    ck_assert_msg(job != NULL, "%s", error.text);
    return job;
}

static void say(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        _exit(1);
}

static void say_hello(void *context, int fd)
{
    say(fd, context);
}

static void say_nothing(void *context, int fd)
{
    (void)context;
    (void)fd;
}

static void say_much(void *context, int fd)
{
    static char bytes[1 << 20];
    (void)context;
    for (int i = 0; i < 20; i++) {
        memset(bytes, 'a' + i, sizeof bytes);
        if (write(fd, bytes, sizeof bytes) != sizeof bytes)
            _exit(1);
    }
}

static void say_half_and_die(void *context, int fd)
{
    (void)context;
    say(fd, "half");
    raise(SIGKILL);
}

static void say_half_and_exit(void *context, int fd)
{
    (void)context;
    say(fd, "half");
    exit(0);
}

static void hang(void *context, int fd)
{
    (void)context;
    (void)fd;
    alarm(120);
    for (;;)
        pause();
}

/* ---- answers ----------------------------------------------------------------- */

START_TEST(answers)
{
    struct hz_job *job = started(say_hello, "hello");
    ck_assert_int_eq(hz_job_wait(&job, 1, -1, -1), 0);
    ck_assert(hz_job_answer(job, &answer, &error));
    ck_assert_str_eq(hz_copy(&arena, answer.at, answer.n), "hello");
    ck_assert(hz_job_answer(job, &answer, &error));
    ck_assert_uint_eq(answer.n, 5);
    hz_job_close(job);
}
END_TEST

START_TEST(answers_nothing)
{
    struct hz_job *job = started(say_nothing, NULL);
    ck_assert_int_eq(hz_job_wait(&job, 1, -1, -1), 0);
    ck_assert(hz_job_answer(job, &answer, &error));
    ck_assert_uint_eq(answer.n, 0);
    hz_job_close(job);
}
END_TEST

/* More than a pipe holds, and nobody reads it until the job has ended. */
START_TEST(answers_much)
{
    struct hz_job *job = started(say_much, NULL);
    ck_assert_int_eq(hz_job_wait(&job, 1, -1, -1), 0);
    ck_assert(hz_job_answer(job, &answer, &error));
    ck_assert_uint_eq(answer.n, 20 << 20);
    ck_assert_int_eq(answer.at[0], 'a');
    ck_assert_int_eq(answer.at[(20 << 20) - 1], 'a' + 19);
    hz_job_close(job);
}
END_TEST

static void half_an_answer(hz_work *work, const char *reason)
{
    struct hz_job *job = started(work, NULL);
    ck_assert_int_eq(hz_job_wait(&job, 1, -1, -1), 0);
    ck_assert(!hz_job_answer(job, &answer, &error));
    ck_assert_str_eq(error.text, reason);
    ck_assert_str_eq(hz_copy(&arena, answer.at, answer.n), "half");
    hz_job_close(job);
}

START_TEST(half_answers)
{
    half_an_answer(say_half_and_die, "the job was killed by signal 9 (Killed)");
    half_an_answer(say_half_and_exit, "the job ended with status 0 before its work was done");
}
END_TEST

START_TEST(no_answer_yet)
{
    struct hz_job *job = started(hang, NULL);
    ck_assert(!hz_job_answer(job, &answer, &error));
    ck_assert_str_eq(error.text, "the job still runs");
    hz_job_close(job);
}
END_TEST

static void print_nothing(void *context, int fd)
{
    say(fd, fputs(context, stdout) >= 0 ? "done" : "failed");
}

/* What waits in the parent's buffers is the parent's to print, once. */
START_TEST(buffers_are_not_printed_twice)
{
    int saved = dup(STDOUT_FILENO);
    FILE *file = tmpfile();
    fflush(stdout);
    ck_assert_int_eq(dup2(fileno(file), STDOUT_FILENO), STDOUT_FILENO);
    printf("parent");
    struct hz_job *job = started(print_nothing, "job");
    ck_assert_int_eq(hz_job_wait(&job, 1, -1, -1), 0);
    hz_job_close(job);
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    char text[64] = "";
    rewind(file);
    ck_assert_uint_eq(fread(text, 1, sizeof text - 1, file), 6);
    ck_assert_str_eq(text, "parent");
    fclose(file);
}
END_TEST

/* ---- waiting ----------------------------------------------------------------- */

START_TEST(waits_for_the_one_that_ends)
{
    struct hz_job *jobs[4] = {NULL, started(hang, NULL), NULL, started(say_hello, "third")};
    ck_assert_int_eq(hz_job_wait(jobs, 4, -1, -1), 3);
    ck_assert_int_eq(hz_job_wait(jobs, 4, -1, -1), 3);
    hz_job_close(jobs[3]);
    jobs[3] = NULL;
    double start = hz_now();
    ck_assert_int_eq(hz_job_wait(jobs, 4, -1, 0.05), -1);
    ck_assert_double_ge(hz_now() - start, 0.05);
    hz_job_stop(jobs[1]);
    ck_assert_int_eq(hz_job_wait(jobs, 4, -1, -1), 1);
    ck_assert(!hz_job_answer(jobs[1], &answer, &error));
    ck_assert_str_eq(error.text, "the job was killed by signal 15 (Terminated)");
    hz_job_close(jobs[1]);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

START_TEST(nothing_to_wait_for)
{
    struct hz_job *jobs[2] = {NULL, NULL};
    ck_assert_int_eq(hz_job_wait(jobs, 2, -1, -1), -1);
    ck_assert_int_eq(hz_job_wait(NULL, 0, -1, -1), -1);
    hz_job_close(NULL);
}
END_TEST

START_TEST(woken_up)
{
    struct hz_job *job = started(hang, NULL);
    ck_assert_int_eq(write(ready[1], "w", 1), 1);
    ck_assert_int_eq(hz_job_wait(&job, 1, ready[0], -1), -1);
    hz_job_close(job);
}
END_TEST

static void nap(void *context, int fd)
{
    (void)context;
    struct timespec left = {.tv_nsec = 300000000};
    while (nanosleep(&left, &left) != 0)
        ;
    say(fd, "rested");
}

static void nothing(int number)
{
    (void)number;
}

START_TEST(signals_do_not_end_the_waiting)
{
    struct sigaction action = {.sa_handler = nothing};
    struct itimerval often = {{0, 10000}, {0, 10000}}, never = {0};
    struct hz_job *job = started(nap, NULL);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    int ended = hz_job_wait(&job, 1, -1, 60);
    setitimer(ITIMER_REAL, &never, NULL);
    ck_assert_int_eq(ended, 0);
    hz_job_close(job);
}
END_TEST

/* ---- who is killed with whom ------------------------------------------------- */

static void tell_state(void *context, int fd)
{
    (void)context;
    int death = 0;
    struct sigaction action;
    sigset_t mask;
    prctl(PR_GET_PDEATHSIG, &death);
    sigaction(SIGTERM, NULL, &action);
    sigprocmask(SIG_BLOCK, NULL, &mask);
    say(fd, getpgrp() == getpid() ? "leader " : "member ");
    say(fd, death == SIGKILL ? "dies " : "lives ");
    say(fd, action.sa_handler == SIG_DFL && !sigismember(&mask, SIGTERM) ? "open" : "closed");
}

START_TEST(state_of_a_job)
{
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL);
    signal(SIGTERM, nothing);
    struct hz_job *job = started(tell_state, NULL);
    ck_assert_int_eq(hz_job_wait(&job, 1, -1, -1), 0);
    ck_assert(hz_job_answer(job, &answer, &error));
    ck_assert_str_eq(hz_copy(&arena, answer.at, answer.n), "leader dies open");
    hz_job_close(job);
}
END_TEST

static void run_program(void *context, int fd)
{
    hz_supervise(&arena, context, &out);
    say(fd, hz_end_name(out.end));
}

static int *runs; /* how many have ended; shared with the job */

static void run_program_for_ever(void *context, int fd)
{
    (void)fd;
    for (alarm(120);; ++*runs)
        hz_supervise(&arena, context, &out);
}

/* Reads the program's word that it is ready, from a descriptor that does not block. */
static bool is_ready(void)
{
    char byte;
    return read(ready[0], &byte, 1) == 1;
}

START_TEST(stop_ends_the_run)
{
    struct hz_command command = fake("proc-leak", "stay", NULL);
    command.limits.grace = 0.1;
    struct hz_job *job = started(run_program, &command);
    wait_until(is_ready());
    hz_job_stop(job);
    ck_assert_int_eq(hz_job_wait(&job, 1, -1, -1), 0);
    ck_assert(hz_job_answer(job, &answer, &error));
    ck_assert_str_eq(hz_copy(&arena, answer.at, answer.n), "interrupted");
    hz_job_close(job);
    ck_assert_uint_eq(marked(), 0);
}
END_TEST

START_TEST(close_kills_the_tree)
{
    static const struct {
        const char *program, *how;
        int ready;
    } cases[] = {
        {"proc-leak", "stay", 1}, {"proc-bomb", "sessions", 64}, {"proc-bomb", "runner", 1}};
    struct hz_command command = fake(cases[_i].program, cases[_i].how, NULL);
    struct hz_job *job = started(run_program, &command);
    double start = hz_now();
    for (int i = 0; i < cases[_i].ready; i++)
        wait_until(is_ready());
    hz_job_close(job);
    ck_assert_double_lt(hz_now() - start, 15); /* by itself the runner runs for 20 seconds */
    ck_assert_uint_eq(marked(), 0);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

/* It is not given the time to go on to its next run when this one is killed. */
START_TEST(close_ends_a_job_that_goes_on)
{
    struct hz_command command = fake("proc-stubborn", "hang", NULL);
    struct hz_job *job = started(run_program_for_ever, &command);
    wait_until(is_ready());
    hz_job_close(job);
    ck_assert_int_eq(*runs, 0);
    ck_assert_uint_eq(marked(), 0);
}
END_TEST

static void tell_pid(void)
{
    pid_t pid = getpid();
    if (write(ready[1], &pid, sizeof pid) != sizeof pid)
        _exit(1);
}

static pid_t told_pid(void)
{
    pid_t pid = 0;
    wait_until(read(ready[0], &pid, sizeof pid) == sizeof pid);
    return pid;
}

static void tell_and_run(void *context, int fd)
{
    tell_pid();
    run_program(context, fd);
}

static void tell_and_run_for_ever(void *context, int fd)
{
    tell_pid();
    run_program_for_ever(context, fd);
}

static void tell_and_hang(void *context, int fd)
{
    tell_pid();
    hang(context, fd);
}

/* A stranger kills the job: the program goes with it. */
START_TEST(program_dies_with_its_job)
{
    struct hz_command command = fake("proc-stubborn", "ignore", NULL);
    struct hz_job *job = started(tell_and_run, &command);
    pid_t pid = told_pid();
    wait_until(is_ready());
    kill(pid, SIGKILL);
    ck_assert_int_eq(hz_job_wait(&job, 1, -1, -1), 0);
    wait_until(marked() == 0);
    hz_job_close(job);
}
END_TEST

/*
 * The parent of a job is killed. The job ends too, be it in a run, between two or
 * somewhere else, and before that it ends the whole tree that it supervises.
 */
START_TEST(job_dies_with_its_parent)
{
    static hz_work *const works[] = {tell_and_hang, tell_and_run, tell_and_run_for_ever};
    struct hz_command command = fake("proc-leak", "stay", NULL);
    command.limits.grace = 0.1;
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* to hear of the job's end */
    pid_t parent = fork();
    if (parent == 0) {
        struct hz_job *job = hz_job_start(works[_i], &command, &error);
        hz_job_wait(&job, 1, -1, -1);
        _exit(1);
    }
    pid_t job = told_pid();
    if (_i > 0)
        wait_until(is_ready());
    ck_assert_uint_eq(marked(), _i > 0 ? 2 : 0);
    kill(parent, SIGKILL);
    ck_assert_int_eq(waitpid(parent, NULL, 0), parent);
    ck_assert_int_eq(waitpid(job, NULL, 0), job);
    ck_assert_uint_eq(marked(), 0);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

static void share_count(void)
{
    runs = mmap(NULL, sizeof *runs, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(runs, MAP_FAILED);
}

static void unshare_count(void)
{
    munmap(runs, sizeof *runs);
}

static void add(TCase *tests)
{
    tcase_add_checked_fixture(tests, share_count, unshare_count);
    tcase_add_test(tests, answers);
    tcase_add_test(tests, answers_nothing);
    tcase_add_test(tests, answers_much);
    tcase_add_test(tests, half_answers);
    tcase_add_test(tests, no_answer_yet);
    tcase_add_test(tests, buffers_are_not_printed_twice);
    tcase_add_test(tests, waits_for_the_one_that_ends);
    tcase_add_test(tests, nothing_to_wait_for);
    tcase_add_test(tests, woken_up);
    tcase_add_test(tests, signals_do_not_end_the_waiting);
    tcase_add_test(tests, state_of_a_job);
    tcase_add_test(tests, stop_ends_the_run);
    tcase_add_loop_test(tests, close_kills_the_tree, 0, 3);
    tcase_add_test(tests, close_ends_a_job_that_goes_on);
    tcase_add_test(tests, program_dies_with_its_job);
    tcase_add_loop_test(tests, job_dies_with_its_parent, 0, 3);
}

int main(void)
{
    return run_cases("job", add);
}
