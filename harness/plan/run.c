#include "plan/run.h"

#include "watchdog/monitor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* More of a tool's file than this is not read: three million DRD errors say what one says. */
#define RAW_LIMIT ((size_t)16 << 20)
#define KEEP_OUTPUT ((size_t)8 << 10)
/* A run-away program shall not fill the disk. */
#define FILE_LIMIT ((uint64_t)256 << 20)
#define LOOK_EVERY 0.001

/* ---- the files that the tool left ---- */

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct hz_raw_file *)left)->name,
                  ((const struct hz_raw_file *)right)->name);
}

static bool read_raw(struct hz_arena *arena, const char *folder, struct hz_raw *raw,
                     struct hz_error *error)
{
    DIR *listing = opendir(folder);
    if (listing == NULL)
        return hz_fail(error, "%s: %s", folder, strerror(errno));
    bool fine = true;
    for (struct dirent *entry; fine && (entry = readdir(listing)) != NULL;) {
        struct stat about;
        char *path = hz_printf(arena, "%s/%s", folder, entry->d_name);
        if (stat(path, &about) != 0 || !S_ISREG(about.st_mode))
            continue;
        struct hz_raw_file *file = hz_push(arena, &raw->files);
        file->name = hz_dup(arena, entry->d_name);
        fine = hz_read_file(arena, path, RAW_LIMIT, &file->bytes, error);
        file->cut = (uint64_t)about.st_size > RAW_LIMIT;
    }
    closedir(listing);
    if (raw->files.n > 1)
        qsort(raw->files.at, raw->files.n, sizeof *raw->files.at, by_name);
    return fine;
}

static bool write_whole(int fd, struct hz_bytes bytes)
{
    while (bytes.n != 0) {
        ssize_t written = write(fd, bytes.at, bytes.n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes.at += written;
        bytes.n -= (size_t)written;
    }
    return true;
}

/* What the program itself printed, beside what the tool wrote. */
static bool save_output(struct hz_arena *arena, const char *folder, const char *name,
                        const struct hz_capture *capture, struct hz_error *error)
{
    if (capture->head.n == 0)
        return true;
    char *path = hz_printf(arena, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool fine = fd >= 0 && write_whole(fd, capture->head);
    if (fine && capture->dropped != 0) {
        char *gap = hz_printf(arena, "\n[hazmat: %llu bytes left out]\n",
                              (unsigned long long)capture->dropped);
        fine = write_whole(fd, (struct hz_bytes){gap, strlen(gap)});
    }
    fine = fine && write_whole(fd, capture->tail);
    int why = errno;
    if (fd >= 0)
        close(fd);
    return fine || hz_fail(error, "%s: %s", path, strerror(why));
}

/* ---- watching ---- */

static enum hz_look look(void *context, pid_t supervisor)
{
    return hzw_look(context, supervisor, false) ? HZ_LOOK_STOP : HZ_LOOK_GO_ON;
}

static void copy_findings(struct hz_arena *arena, const hz_findings *from, hz_findings *to)
{
    /* The monitor's memory goes with the monitor; the run's findings outlive it. */
    for (size_t i = 0; i < from->n; ++i) {
        json_t *object = hz_finding_to_json(&from->at[i]);
        struct hz_finding copy;
        if (hz_finding_from_json(arena, object, &copy, NULL))
            *hz_push(arena, to) = copy;
        json_decref(object);
    }
}

/* The same of the timeline. */
static void copy_timeline(struct hz_arena *arena, const struct hz_timeline *from,
                          struct hz_timeline *to)
{
    json_t *object = from != NULL ? hz_timeline_to_json(from) : NULL;
    hz_timeline_from_json(arena, object, to, NULL);
    json_decref(object);
}

/*
 * A pair's program works in a folder of its own, so that what a killed run leaves behind
 * does not litter anybody's. `out` is NULL: where we are. False if it could not be made.
 */
static bool working_folder(struct hz_arena *arena, const struct hz_target *target,
                           const char **out, struct hz_error *error)
{
    *out = NULL;
    if (target->pair == NULL)
        return true;
    const char *folder = hz_printf(arena, "%s/%s/work", target->results, target->raw);
    *out = folder;
    return hz_make_folders(folder, error);
}

static void supervise(struct hz_arena *arena, const struct hz_target *target,
                      struct hz_plan *plan, struct hz_raw *raw, struct hz_run *run)
{
    const char *folder;
    struct hz_error error;
    if (!working_folder(arena, target, &folder, &error)) {
        run->broken = hz_printf(arena, "no working folder for the program: %s", error.text);
        return;
    }
    struct hzw_options options = hzw_defaults();
    options.runtime_threads = plan->runtime_thread || target->instrumented;
    options.findings = plan->watch;
    struct hzw_monitor *monitor = hzw_open(&options, &error);
    if (monitor == NULL) {
        run->broken = hz_printf(arena, "the hang check could not start: %s", error.text);
        return;
    }
    if (plan->watch)
        *hz_push(arena, &plan->set) = hzw_environment(arena, monitor);
    *hz_push(arena, &plan->set) = NULL;
    HZ_VEC(char *) argv = {0};
    for (size_t i = 0; i < plan->prefix.n; ++i)
        *hz_push(arena, &argv) = plan->prefix.at[i];
    for (char *const *word = target->argv; *word != NULL; ++word)
        *hz_push(arena, &argv) = *word;
    *hz_push(arena, &argv) = NULL;

    struct hz_command command = {
        .argv = argv.at,
        .set = plan->set.at,
        .folder = folder,
        .input = target->input,
        .cpus = target->cpus,
        .fixed_addresses = plan->fixed_addresses || target->instrumented,
        .kill_at_once = plan->kill_at_once,
        .limits = {.seconds = target->seconds * plan->slower, .grace = 1.0, .head = KEEP_OUTPUT,
                   .tail = KEEP_OUTPUT, .file_size = target->pair != NULL ? FILE_LIMIT : 0},
        .observer = {.every = LOOK_EVERY, .look = look, .context = monitor},
    };
    hz_supervise(arena, &command, &run->outcome);
    if (folder != NULL)
        rmdir(folder); /* what is not empty stays, for who wants to look */
    hzw_finish(monitor);
    if (plan->watch)
        copy_findings(arena, hzw_findings(monitor), &raw->live);
    if (plan->watch)
        copy_timeline(arena, hzw_timeline(monitor), &run->timeline);
    if (run->outcome.end == HZ_END_STOPPED)
        run->hang = hz_dup(arena, hzw_hang(monitor));
    hzw_close(monitor);
}

/* ---- judging ---- */

/* The program's own check failed, or it crashed, hung, or did not end in its time. */
static bool went_wrong(const struct hz_outcome *outcome)
{
    return outcome->end != HZ_END_EXITED || outcome->status != 0;
}

static void judge(const struct hz_target *target, struct hz_run *run)
{
    struct hz_facts facts = {.broken = run->broken != NULL,
                             .wrong = went_wrong(&run->outcome),
                             .findings = &run->findings};
    struct hz_judgement judgement =
        hz_judge_run(target->pair, target->variant, target->detector == &hz_bare, &facts);
    run->verdict = judgement.verdict;
    run->finding = judgement.finding;
    run->line = judgement.line;
}

static void describe(const struct hz_target *target, struct hz_run *out)
{
    *out = (struct hz_run){.pair = target->name,
                           .judged = target->pair != NULL,
                           .variant = target->variant,
                           .detector = target->detector->name,
                           .repetition = target->repetition,
                           .finding = -1,
                           .outcome = {.end = HZ_END_NOT_STARTED}};
    if (target->pair != NULL) {
        out->class = target->pair->class;
        out->source = target->pair->source[target->variant].digest;
        out->expected = hz_pair_expects(target->pair, target->variant, target->detector->name);
    }
}

void hz_run_broken(struct hz_arena *arena, const struct hz_target *target, const char *reason,
                   struct hz_run *out)
{
    describe(target, out);
    out->broken = hz_dup(arena, reason);
    if (target->pair != NULL)
        judge(target, out);
}

/* Everything between the folder for the raw output and the findings; false: broken. */
static bool run_and_read(struct hz_arena *arena, const struct hz_target *target,
                         struct hz_run *out, struct hz_error *error)
{
    char *folder = hz_printf(arena, "%s/%s", target->results, target->raw);
    if (!hz_make_folders(folder, error))
        return false;
    struct hz_plan plan = {.slower = 1};
    target->detector->command(arena, target->home, folder, &plan);
    struct hz_raw raw = {.outcome = &out->outcome};
    supervise(arena, target, &plan, &raw, out);
    if (out->broken != NULL)
        return true;
    if (out->outcome.end == HZ_END_NOT_STARTED)
        return hz_fail(error, "the program could not be started: %s", out->outcome.reason);
    if (!read_raw(arena, folder, &raw, error) ||
        !save_output(arena, folder, "stdout.txt", &out->outcome.out, error) ||
        !save_output(arena, folder, "stderr.txt", &out->outcome.err, error))
        return false;
    out->raw = target->raw;
    bool fine = target->detector->read(arena, &raw, &out->findings, error);
    hz_findings_merge(&out->findings);
    if (target->detector->search != NULL)
        out->explored = target->detector->search(arena, &raw, &out->search);
    if (target->detector->steps != NULL)
        target->detector->steps(arena, &raw, &out->steps);
    return fine;
}

void hz_run_target(struct hz_arena *arena, const struct hz_target *target, struct hz_run *out)
{
    if (target->missing != NULL) {
        hz_run_broken(arena, target, target->missing, out);
        return;
    }
    describe(target, out);
    struct hz_error error = {""};
    if (!run_and_read(arena, target, out, &error))
        out->broken = hz_dup(arena, error.text);
    if (target->pair != NULL)
        judge(target, out);
}
