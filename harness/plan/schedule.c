#include "plan/schedule.h"

#include "process/job.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define MOST_JOBS 64

struct work {
    const struct hz_target *targets;
    size_t n, next, done;
    unsigned jobs;
    const struct hz_receiver *receiver;
    struct hz_job *running[MOST_JOBS];
    const struct hz_target *target[MOST_JOBS];
    int signals;
};

/* In the job's own process. */
static void run_in_job(void *context, int answer)
{
    const struct hz_target *target = context;
    struct hz_arena arena;
    hz_arena_init(&arena);
    struct hz_run run;
    hz_run_target(&arena, target, &run);
    /* An interrupted run says nothing; an empty answer is not recorded. */
    if (run.outcome.end != HZ_END_INTERRUPTED) {
        json_t *event = hz_run_to_json(&run);
        json_dumpfd(event, answer, JSON_COMPACT | JSON_ENSURE_ASCII);
        json_decref(event);
    }
    hz_arena_free(&arena);
}

static size_t running(const struct work *work)
{
    size_t n = 0;
    for (unsigned i = 0; i < work->jobs; ++i)
        n += work->running[i] != NULL;
    return n;
}

static void show_progress(const struct work *work)
{
    if (work->receiver->progress != NULL)
        work->receiver->progress(work->receiver->context, work->done, running(work));
}

static bool fill(struct work *work, struct hz_error *error)
{
    for (unsigned i = 0; i < work->jobs && work->next < work->n; ++i) {
        if (work->running[i] != NULL)
            continue;
        const struct hz_target *target = &work->targets[work->next];
        work->running[i] = hz_job_start(run_in_job, (void *)target, error);
        if (work->running[i] == NULL)
            return false;
        work->target[i] = target;
        ++work->next;
        show_progress(work);
    }
    return true;
}

/* Makes a run of what a job answered; a job that died made a broken run. */
static enum hz_next receive(struct work *work, const struct hz_target *target, struct hz_job *job)
{
    struct hz_arena arena;
    hz_arena_init(&arena);
    struct hz_bytes answer = {"", 0};
    struct hz_error error = {""};
    struct hz_run run;
    bool whole = hz_job_answer(job, &answer, &error);
    json_error_t parse;
    json_t *event = whole ? json_loadb(answer.at, answer.n, 0, &parse) : NULL;
    if (event == NULL || !hz_run_from_json(&arena, event, &run, &error)) {
        json_decref(event);
        hz_run_broken(&arena, target,
                      hz_printf(&arena, "hazmat's own worker failed: %s",
                                error.text[0] != '\0' ? error.text : "its answer is not whole"),
                      &run);
        event = hz_run_to_json(&run);
    }
    ++work->done;
    enum hz_next next = work->receiver->ended(work->receiver->context, target, &run, event);
    json_decref(event);
    hz_arena_free(&arena);
    return next;
}

/* Stops what runs, gives it time to take its trees down, and reaps it. */
static void stop_all(struct work *work)
{
    for (unsigned i = 0; i < work->jobs; ++i) {
        if (work->running[i] != NULL)
            hz_job_stop(work->running[i]);
    }
    double until = hz_now() + 10;
    while (running(work) != 0 && hz_now() < until) {
        int ended = hz_job_wait(work->running, work->jobs, -1, 1.0);
        if (ended >= 0) {
            hz_job_close(work->running[ended]);
            work->running[ended] = NULL;
        }
    }
    for (unsigned i = 0; i < work->jobs; ++i) {
        if (work->running[i] != NULL)
            hz_job_close(work->running[i]);
        work->running[i] = NULL;
    }
}

static bool interrupted(int signals)
{
    struct signalfd_siginfo info;
    return read(signals, &info, sizeof info) == (ssize_t)sizeof info;
}

static enum hz_scheduled work_through(struct work *work, struct hz_error *error)
{
    while (work->next < work->n || running(work) != 0) {
        if (interrupted(work->signals))
            return HZ_SCHEDULED_INTERRUPTED;
        if (!fill(work, error))
            return HZ_SCHEDULED_FAILED;
        int ended = hz_job_wait(work->running, work->jobs, work->signals, 1.0);
        if (ended >= 0) {
            struct hz_job *job = work->running[ended];
            work->running[ended] = NULL;
            enum hz_next next = receive(work, work->target[ended], job);
            hz_job_close(job);
            if (next == HZ_NEXT_STOP)
                return HZ_SCHEDULED_STOPPED;
        }
        show_progress(work);
    }
    return HZ_SCHEDULED_ALL;
}

enum hz_scheduled hz_schedule(const struct hz_target *targets, size_t n, unsigned jobs,
                              const struct hz_receiver *receiver, struct hz_error *error)
{
    struct work work = {.targets = targets, .n = n, .receiver = receiver};
    work.jobs = jobs < 1 ? 1 : jobs > MOST_JOBS ? MOST_JOBS : jobs;
    sigset_t stops, before;
    sigemptyset(&stops);
    sigaddset(&stops, SIGINT);
    sigaddset(&stops, SIGTERM);
    sigprocmask(SIG_BLOCK, &stops, &before);
    work.signals = signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
    enum hz_scheduled how = HZ_SCHEDULED_FAILED;
    if (work.signals < 0)
        hz_fail(error, "signalfd: %s", strerror(errno));
    else
        how = work_through(&work, error);
    stop_all(&work);
    if (work.signals >= 0)
        close(work.signals);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return how;
}
