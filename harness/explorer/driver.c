#include "explorer/driver.h"

#include "base/elf.h"
#include "process/job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RUNTIME "libhazmat-explore.so"
#define KEEP_OUTPUT ((size_t)64 << 10)

/* ---- the file ---- */

/*
 * Functions whose effects a process keeps: open files, signal handlers, the working folder, how
 * far options were read. What calls them cannot be put back between two schedules of one process.
 * Those that the runtime has in hand are not here: masks of signals, timers that send them, fork()
 * and its kin.
 */
static bool keeps(const char *name)
{
    static const char *const keepers[] = {
        "open", "open64", "openat", "openat64", "__open_2", "__open64_2", "__openat_2",
        "__openat64_2", "creat", "creat64", "fopen", "fopen64", "freopen", "freopen64", "fdopen",
        "tmpfile", "tmpfile64", "mkstemp", "mkstemp64", "mkostemp", "pipe", "pipe2", "socket",
        "socketpair", "accept", "accept4", "eventfd", "timerfd_create", "signalfd", "epoll_create",
        "epoll_create1", "inotify_init", "inotify_init1", "memfd_create", "shm_open", "mq_open",
        "sem_open", "mmap", "mmap64", "signal", "sigaction", "setenv", "putenv", "unsetenv",
        "clearenv", "chdir", "fchdir", "umask", "setlocale", "dlopen",
        "dup", "dup2", "dup3", "close", "setvbuf", "timer_create", "setrlimit",
        "prctl", "strtok", "getopt", "getopt_long", "getopt_long_only", "argp_parse", "drand48",
        "lrand48", "mrand48", "srand48", "pthread_atfork", "sbrk", "brk"};
    for (size_t i = 0; i < sizeof keepers / sizeof *keepers; i++)
        if (strcmp(name, keepers[i]) == 0)
            return true;
    return false;
}

struct need {
    struct hz_arena *arena;
    const char *name; /* NULL: none yet */
};

static bool imports_keeper(void *context, const char *name)
{
    struct need *need = context;
    if (keeps(name))
        need->name = hz_printf(need->arena, "%s()", name);
    return need->name != NULL;
}

/* Libraries keep globals of their own, which are not put back. */
static bool needs_library(void *context, const char *path)
{
    static const char *const known[] = {RUNTIME, "libc.so.6", "libm.so.6", "libpthread.so.0",
                                        "ld-linux-x86-64.so.2"};
    struct need *need = context;
    const char *slash = strrchr(path, '/');
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(slash != NULL ? slash + 1 : path, known[i]) == 0)
            return false;
    need->name = hz_dup(need->arena, path);
    return true;
}

const char *hz_needs_fork(struct hz_arena *arena, const char *path)
{
    struct need need = {arena, NULL};
    if (!hz_elf_any(path, HZ_ELF_IMPORTS, imports_keeper, &need))
        hz_elf_any(path, HZ_ELF_LIBRARIES, needs_library, &need);
    return need.name;
}

bool hz_explorable(const char *path, struct hz_error *error)
{
    if (access(path, X_OK) != 0)
        return hz_fail(error, "%s: %s", path, strerror(errno));
    return hz_elf_has(path, HZ_ELF_LIBRARIES, RUNTIME) ||
           hz_fail(error, "%s was not built for the explorer: build it with `hazmat cc` "
                          "(CC=\"hazmat cc\" make)", path);
}

/* ---- the run ---- */

struct work {
    struct hz_exploration *exploration;
    int fd;
    struct hz_outcome *outcome;
};

/* How a program ended that did not come to a result, for whoever asked. */
static void answer_outcome(int answer, const struct hz_outcome *outcome)
{
    dprintf(answer, "%d %d %d %d\n", outcome->end, outcome->status, outcome->signal,
            outcome->interrupted);
    if (outcome->end == HZ_END_NOT_STARTED)
        dprintf(answer, "%s", outcome->reason);
    else
        dprintf(answer, "%.*s", (int)outcome->err.head.n, outcome->err.head.at);
}

static void run(void *context, int answer)
{
    struct work *work = context;
    struct hz_exploration *exploration = work->exploration;
    struct hz_arena arena;
    hz_arena_init(&arena);
    char set[64];
    snprintf(set, sizeof set, "%s=%d", HZX_ENVIRONMENT, work->fd);
    struct hz_command command = {
        .argv = exploration->argv,
        .set = (char *const[]){set, NULL},
        .keep = (const int[]){work->fd, -1},
        .fixed_addresses = true,
        .kill_at_once = true,
        .limits = {.seconds = exploration->seconds, .head = KEEP_OUTPUT, .tail = KEEP_OUTPUT},
    };
    struct hz_outcome outcome;
    hz_supervise(&arena, &command, &outcome);
    if (exploration->config.show && outcome.out.head.n > 0) {
        fwrite(outcome.out.head.at, 1, outcome.out.head.n, stdout);
        fflush(stdout);
    }
    answer_outcome(answer, &outcome);
}

static bool mapped(struct hz_exploration *exploration, int *fd, struct hz_error *error)
{
    *fd = memfd_create("hazmat-explore", MFD_CLOEXEC);
    if (*fd < 0 || ftruncate(*fd, sizeof(struct hzx_shared)) != 0)
        return hz_fail(error, "no memory to share with the program: %s", strerror(errno));
    void *at = mmap(NULL, sizeof(struct hzx_shared), PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    if (at == MAP_FAILED)
        return hz_fail(error, "no memory to share with the program: %s", strerror(errno));
    struct hzx_shared *shared = exploration->shared = at;
    shared->magic = HZX_MAGIC;
    shared->config = exploration->config;
    shared->segments_n = exploration->segments_n;
    if (exploration->segments_n > 0)
        memcpy(shared->segments, exploration->segments,
               exploration->segments_n * sizeof *exploration->segments);
    shared->racy_n = exploration->racy_n;
    if (exploration->racy_n > 0)
        memcpy(shared->racy, exploration->racy, exploration->racy_n * sizeof *exploration->racy);
    return true;
}

#define LIMIT(number, most) ((number) = (number) < (most) ? (number) : (most))

/* The program may have written anything. */
static void distrust(struct hzx_shared *shared)
{
    LIMIT(shared->segments_n, HZX_SEGMENTS);
    LIMIT(shared->events_n, HZX_EVENTS);
    LIMIT(shared->races_n, HZX_RACES);
    LIMIT(shared->racy_n, HZX_RACY);
    LIMIT(shared->stands_n, HZX_THREADS);
    LIMIT(shared->outcomes_n, HZX_OUTCOMES);
    LIMIT(shared->outcome.end, HZX_ENDS - 1);
    for (uint32_t i = 0; i < shared->stands_n; i++) {
        LIMIT(shared->stands[i].frames_n, HZX_FRAMES);
        LIMIT(shared->stands[i].held_n, HZX_HELD);
        LIMIT(shared->stands[i].kind, HZX_KINDS - 1);
    }
    for (uint32_t i = 0; i < shared->events_n; i++)
        LIMIT(shared->events[i].kind, HZX_KINDS - 1);
    shared->text[HZX_TEXT - 1] = shared->outcome.text[HZX_TEXT - 1] = '\0';
    LIMIT(shared->sorts_n, HZX_SORTS);
    for (uint32_t i = 0; i < shared->sorts_n; i++) {
        LIMIT(shared->sorts[i].segments_n, HZX_SEGMENTS);
        LIMIT(shared->sorts[i].racy_n, HZX_RACY);
        LIMIT(shared->sorts[i].outcome.end, HZX_ENDS - 1);
    }
    LIMIT(shared->libraries_n, HZX_LIBRARIES);
    for (uint32_t i = 0; i < shared->libraries_n; i++)
        shared->libraries[i].path[HZX_TEXT - 1] = '\0';
    LIMIT(shared->uncontrolled_n, HZX_UNCONTROLLED);
    for (uint32_t i = 0; i < shared->uncontrolled_n; i++)
        shared->uncontrolled[i].name[sizeof shared->uncontrolled[i].name - 1] = '\0';
}

/* Why there is no result. */
static bool explain(const struct hzx_shared *shared, const struct hz_outcome *outcome,
                    const char *said, struct hz_error *error)
{
    if (shared->state == HZX_BROKEN)
        return hz_fail(error, "%s", shared->text);
    if (outcome->end == HZ_END_INTERRUPTED)
        return hz_fail(error, "interrupted");
    if (outcome->end == HZ_END_NOT_STARTED)
        return hz_fail(error, "the program could not be started: %s", said);
    if (outcome->end == HZ_END_DEADLINE)
        return hz_fail(error, "the program did not come to an end in schedule %llu: it hangs where "
                              "the explorer does not see it%s%s",
                       (unsigned long long)shared->schedules,
                       shared->uncontrolled_n > 0 ? "; not controlled: " : "",
                       shared->uncontrolled_n > 0 ? shared->uncontrolled[0].name : "");
    if (shared->state < HZX_RUNNING)
        return hz_fail(error, "the explorer's runtime did not start (%s %d): %s",
                       outcome->end == HZ_END_SIGNALED ? "signal" : "exit status",
                       outcome->end == HZ_END_SIGNALED ? outcome->signal : outcome->status, said);
    return hz_fail(error, "the program ended in schedule %llu without the runtime (%s %d)",
                   (unsigned long long)shared->schedules,
                   outcome->end == HZ_END_SIGNALED ? "signal" : "exit status",
                   outcome->end == HZ_END_SIGNALED ? outcome->signal : outcome->status);
}

static bool finished(struct hz_arena *arena, struct hz_exploration *exploration,
                     struct hz_job *job, struct hz_error *error)
{
    struct hz_bytes answer;
    if (!hz_job_answer(job, &answer, error))
        return false;
    struct hz_outcome *outcome = &exploration->outcome;
    char *text = hz_copy(arena, answer.at, answer.n);
    int end = 0, status = 0, signal = 0, interrupted = 0, used = 0;
    if (sscanf(text, "%d %d %d %d\n%n", &end, &status, &signal, &interrupted, &used) != 4)
        return hz_fail(error, "the supervisor of the program ended without an answer");
    *outcome = (struct hz_outcome){.end = (enum hz_end)end, .status = status, .signal = signal,
                                   .interrupted = interrupted != 0};
    struct hzx_shared *shared = exploration->shared;
    distrust(shared);
    if (shared->state == HZX_FOUND || shared->state == HZX_EXHAUSTED || shared->state == HZX_SPENT)
        return true;
    return explain(shared, outcome, text + used, error);
}

struct campaign {
    struct work work;
    struct hz_job *job;
    bool over;
};

static bool begin(struct campaign *campaign, struct hz_exploration *exploration,
                  struct hz_error *error)
{
    *campaign = (struct campaign){.work = {.exploration = exploration, .fd = -1}};
    if (!mapped(exploration, &campaign->work.fd, error))
        return false;
    campaign->job = hz_job_start(run, &campaign->work, error);
    return campaign->job != NULL;
}

static void stop_all(struct campaign *campaigns, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        hz_job_close(campaigns[i].job);
        if (campaigns[i].work.fd >= 0)
            close(campaigns[i].work.fd);
    }
}

/* The next one that ends, -1 if there is none; told how it goes until then. */
static int next_end(struct campaign *campaigns, size_t n, struct hz_exploration *explorations)
{
    struct hz_job *jobs[HZ_CAMPAIGNS];
    size_t going = 0;
    for (size_t i = 0; i < n; i++) {
        jobs[i] = campaigns[i].over ? NULL : campaigns[i].job;
        going += jobs[i] != NULL;
    }
    if (going == 0)
        return -1;
    for (;;) {
        int ended = hz_job_wait(jobs, n, -1, 0.2);
        if (ended >= 0)
            return ended;
        if (explorations->progress != NULL)
            explorations->progress(explorations->context, explorations->shared);
    }
}

/* The one that has found something, tried all or failed; of those that found nothing, the
 * last, with the schedules of all. */
static int decide(struct hz_arena *arena, struct campaign *campaigns, size_t n,
                  struct hz_exploration *explorations, bool *fine, struct hz_error *error)
{
    uint64_t schedules = 0;
    int ended, last = 0;
    *fine = true;
    while ((ended = next_end(campaigns, n, explorations)) >= 0) {
        struct hz_exploration *one = &explorations[ended];
        campaigns[ended].over = true;
        *fine = finished(arena, one, campaigns[ended].job, error);
        schedules += one->shared->schedules;
        last = ended;
        if (!*fine || one->shared->state != HZX_SPENT)
            return ended;
    }
    explorations[last].shared->schedules = schedules;
    return last;
}

int hz_explore_many(struct hz_arena *arena, struct hz_exploration *explorations, size_t n,
                    bool *fine, struct hz_error *error)
{
    struct campaign campaigns[HZ_CAMPAIGNS] = {0};
    size_t begun = 0;
    *fine = true;
    for (; begun < n && *fine; begun++)
        *fine = begin(&campaigns[begun], &explorations[begun], error);
    int which = *fine ? decide(arena, campaigns, n, explorations, fine, error) : 0;
    stop_all(campaigns, begun);
    return which;
}

bool hz_explore(struct hz_arena *arena, struct hz_exploration *exploration, struct hz_error *error)
{
    bool fine;
    hz_explore_many(arena, exploration, 1, &fine, error);
    return fine;
}

void hz_explore_close(struct hz_exploration *exploration)
{
    if (exploration->shared != NULL)
        munmap(exploration->shared, sizeof *exploration->shared);
    exploration->shared = NULL;
}
