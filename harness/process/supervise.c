#include "process/supervise.h"

#include "process/capture.h"
#include "process/spawn.h"
#include "process/tree.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Between two rounds of SIGKILL, if no child's end is reported before. */
static const double kill_again = 0.01;

/* What hz_supervise() changes about its process, as it was before. */
struct surroundings {
    sigset_t mask;
    struct sigaction on_child;
    pid_t parent;
    int subreaper, on_parent_death;
};

struct run {
    struct hz_arena *arena;
    const struct hz_command *command;
    struct hz_outcome *out;
    struct hz_program program;
    struct hz_channel streams[2]; /* output, error */
    int signals;                 /* a signalfd */
    bool stop;                   /* a signal came that ends the run */
    double asked, ended;         /* when the user, in the foreground, asked for the end, and when
                                    the program came to it; 0: not yet */
    unsigned told;               /* a bit for each of enum hz_news */
    int status;                  /* the program's, as wait4() gave it */
    bool over;  /* the program has ended; it may still be a zombie that its tracer holds */
    bool empty; /* no child is left, so nothing that the program started is */
    double start;
};

const char *hz_end_name(enum hz_end end)
{
    static const char *const names[] = {
        [HZ_END_EXITED] = "exited",           [HZ_END_SIGNALED] = "signaled",
        [HZ_END_STOPPED] = "stopped",         [HZ_END_DEADLINE] = "deadline",
        [HZ_END_INTERRUPTED] = "interrupted", [HZ_END_NOT_STARTED] = "not-started",
    };
    return (size_t)end < sizeof names / sizeof *names ? names[end] : "unknown";
}

/* Blocked signals come even if they are ignored: those of a job in the background, say. */
static void add_terminal_signals(sigset_t *set, bool foreground)
{
    static const int numbers[] = {SIGINT, SIGQUIT, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction action;
        sigaction(numbers[i], NULL, &action);
        if (foreground ? action.sa_handler != SIG_IGN : numbers[i] == SIGINT)
            sigaddset(set, numbers[i]);
    }
}

/*
 * SIGCHLD gets its default action because a process that ignores it is told
 * nothing of how its children end. The death of our parent becomes a SIGTERM: a
 * SIGKILL, as job.h has it otherwise, would leave the program's tree to init.
 */
static int enter(struct surroundings *before, bool foreground)
{
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGTERM);
    sigaddset(&ours, SIGCHLD);
    add_terminal_signals(&ours, foreground);
    sigprocmask(SIG_BLOCK, &ours, &before->mask);
    struct sigaction by_default = {.sa_handler = SIG_DFL};
    sigaction(SIGCHLD, &by_default, &before->on_child);
    prctl(PR_GET_CHILD_SUBREAPER, &before->subreaper);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    before->parent = getppid();
    prctl(PR_GET_PDEATHSIG, &before->on_parent_death);
    if (before->on_parent_death != 0)
        prctl(PR_SET_PDEATHSIG, SIGTERM);
    return signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void leave(const struct surroundings *before)
{
    prctl(PR_SET_PDEATHSIG, before->on_parent_death);
    prctl(PR_SET_CHILD_SUBREAPER, before->subreaper);
    sigaction(SIGCHLD, &before->on_child, NULL);
    sigprocmask(SIG_SETMASK, &before->mask, NULL);
    if (before->on_parent_death != 0 && getppid() != before->parent)
        raise(before->on_parent_death); /* it came as a SIGTERM, or not at all */
}

/* ---- one turn: whatever there is to read and to reap, or a time-out ---------- */

/* The program in the foreground had the terminal's signal too, and may act on the first one. */
static void take_signal(struct run *run, int number)
{
    bool final = run->command->foreground == NULL || number == SIGTERM || run->over;
    run->out->interrupted = true;
    run->stop |= final || run->asked > 0;
    run->asked = hz_now();
}

static void read_signals(struct run *run)
{
    struct signalfd_siginfo signal;
    while (read(run->signals, &signal, sizeof signal) == sizeof signal)
        if (signal.ssi_signo != SIGCHLD)
            take_signal(run, (int)signal.ssi_signo);
}

static void note_end(struct run *run)
{
    if (run->over)
        return;
    run->ended = hz_now();
    run->out->seconds = run->ended - run->start;
    run->over = true;
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/*
 * Collects every child that has ended: the program, and the orphans that came to
 * us as its subreaper. An observer that traces threads may leave us their stops
 * to read as well; those are no ends.
 */
static void reap(struct run *run)
{
    int status;
    struct rusage used;
    pid_t pid;
    while ((pid = wait4(-1, &status, WNOHANG, &used)) > 0) {
        if (!WIFEXITED(status) && !WIFSIGNALED(status))
            continue;
        run->out->cpu_seconds += seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
        if (used.ru_maxrss > run->out->peak_kib)
            run->out->peak_kib = used.ru_maxrss;
        if (pid == run->program.pid) {
            run->status = status;
            note_end(run);
        }
    }
    run->empty = pid < 0 && errno == ECHILD;
}

/* Waits until something happens, at the latest until `until` (which may be INFINITY). */
static void turn(struct run *run, double until)
{
    enum { SIGNALS, PROGRAM, REPORT, OUT, ERR, ALL };
    struct pollfd polled[ALL] = {
        [SIGNALS] = {.fd = run->signals, .events = POLLIN},
        [PROGRAM] = {.fd = run->over ? -1 : run->program.pidfd, .events = POLLIN},
        [REPORT] = {.fd = run->program.report, .events = POLLIN},
        [OUT] = {.fd = run->streams[0].fd, .events = POLLIN},
        [ERR] = {.fd = run->streams[1].fd, .events = POLLIN},
    };
    double left = fmin(fmax(until - hz_now(), 0), 1e6);
    struct timespec timeout = {(time_t)left, (long)((left - floor(left)) * 1e9)};
    ppoll(polled, ALL, &timeout, NULL);
    /* All reads are non-blocking, so who has something is not asked. That holds after EINTR too. */
    hz_channel_drain(run->arena, &run->streams[0]);
    hz_channel_drain(run->arena, &run->streams[1]);
    read_signals(run);
    if (polled[PROGRAM].revents != 0)
        note_end(run);
    reap(run);
    /* Last: what the program said before it ended is there by now. */
    const char *reason = hz_spawn_report(run->arena, &run->program);
    if (reason != NULL)
        run->out->reason = reason;
}

/* ---- how it ends ------------------------------------------------------------- */

static void name_leaks(struct run *run)
{
    struct hz_arena scratch;
    hz_arena_init(&scratch);
    hz_processes tree = {0};
    if (!run->empty)
        hz_tree_read(&scratch, getpid(), &tree);
    for (size_t i = 0; i < tree.n; i++) {
        struct hz_leak *leak = hz_push(run->arena, &run->out->leaks);
        leak->pid = tree.at[i].pid;
        leak->name = hz_dup(run->arena, tree.at[i].name);
    }
    hz_arena_free(&scratch);
}

static void tell(struct run *run, enum hz_news news)
{
    const struct hz_foreground *foreground = run->command->foreground;
    if ((run->told & 1u << news) != 0)
        return;
    run->told |= 1u << news;
    foreground->tell(foreground->context, news, run->out);
}

/* Of a program in the foreground: what has come to be news by now. */
static void tell_news(struct run *run)
{
    double now = hz_now();
    if (run->command->foreground == NULL)
        return;
    if (run->program.report < 0)
        tell(run, HZ_NEWS_STARTED);
    if (!run->over && run->asked > 0 && now - run->asked >= HZ_PATIENCE)
        tell(run, HZ_NEWS_ASKED);
    if (run->over && !run->empty && now - run->ended >= HZ_LINGER && run->out->leaks.n == 0) {
        name_leaks(run);
        if (run->out->leaks.n != 0)
            tell(run, HZ_NEWS_LEFT);
    }
}

/* What the program in the foreground leaves running counts as a part of it. */
static bool all_over(const struct run *run)
{
    return run->over && (run->command->foreground == NULL || run->empty);
}

/* Until one of the ends has come; HZ_END_EXITED stands for any end of the program's own. */
static enum hz_end watch(struct run *run)
{
    const struct hz_observer *observer = &run->command->observer;
    double limit = run->command->limits.seconds;
    double deadline = limit > 0 ? run->start + limit : INFINITY;
    double look = observer->look != NULL ? run->start + observer->every : INFINITY;
    for (;;) {
        turn(run, fmin(deadline, look));
        if (run->out->reason != NULL)
            return HZ_END_NOT_STARTED;
        if (all_over(run))
            return HZ_END_EXITED;
        if (run->stop)
            return run->over ? HZ_END_EXITED : HZ_END_INTERRUPTED;
        if (hz_now() >= deadline)
            return HZ_END_DEADLINE;
        if (hz_now() < look)
            continue;
        bool started = run->program.report < 0;
        tell_news(run);
        if (started && observer->look(observer->context, getpid()) == HZ_LOOK_STOP)
            return HZ_END_STOPPED;
        look = hz_now() + observer->every;
    }
}

/* Lets what is ending anyway come to its end. */
static void linger(struct run *run)
{
    double until = hz_now() + HZ_LINGER;
    while (!run->empty && !run->out->interrupted && hz_now() < until)
        turn(run, until);
}

/* A stopped process acts on SIGTERM only when it goes on: so SIGCONT, and after it. */
static void ask_to_end(struct run *run)
{
    hz_tree_signal(getpid(), SIGTERM);
    hz_tree_signal(getpid(), SIGCONT);
    double until = hz_now() + run->command->limits.grace;
    while (!run->empty && hz_now() < until)
        turn(run, until);
}

/*
 * Round after round, because what forks between the reading of /proc and the signal gets
 * away from that round. Sooner or later its parent is dead, which makes it our child:
 * having no children is the proof that nothing is left.
 */
static void kill_all(struct run *run)
{
    while (!run->empty) {
        hz_tree_kill(getpid());
        turn(run, hz_now() + kill_again);
    }
}

static void tell_status(const struct run *run)
{
    struct hz_outcome *out = run->out;
    if (WIFEXITED(run->status)) {
        out->status = WEXITSTATUS(run->status);
    } else {
        out->signal = WTERMSIG(run->status);
        out->core = WCOREDUMP(run->status);
    }
    if (out->end == HZ_END_EXITED && out->signal != 0)
        out->end = HZ_END_SIGNALED;
}

static void run_to_the_end(struct run *run)
{
    struct hz_outcome *out = run->out;
    hz_channel_open(&run->streams[0], run->program.out, &run->command->limits);
    hz_channel_open(&run->streams[1], run->program.err, &run->command->limits);
    out->pid = run->program.pid;
    out->end = watch(run);
    bool alone = run->command->foreground == NULL;
    if (out->end == HZ_END_EXITED && alone) {
        linger(run);
        name_leaks(run);
    } else if (out->end != HZ_END_NOT_STARTED && !run->command->kill_at_once) {
        ask_to_end(run);
    }
    kill_all(run);
    if (out->end != HZ_END_NOT_STARTED)
        tell_status(run);
    hz_channel_close(run->arena, &run->streams[0], &out->out);
    hz_channel_close(run->arena, &run->streams[1], &out->err);
    if (run->program.report >= 0)
        close(run->program.report);
    if (run->program.pidfd >= 0)
        close(run->program.pidfd);
}

void hz_supervise(struct hz_arena *arena, const struct hz_command *command, struct hz_outcome *out)
{
    *out = (struct hz_outcome){.end = HZ_END_NOT_STARTED};
    struct run run = {.arena = arena, .command = command, .out = out};
    struct surroundings before;
    struct hz_error error;
    run.signals = enter(&before, command->foreground != NULL);
    run.start = hz_now();
    if (run.signals < 0) {
        out->reason = hz_printf(arena, "a descriptor for signals: %s", strerror(errno));
    } else {
        if (hz_spawn(command, &run.program, &error))
            run_to_the_end(&run);
        else
            out->reason = hz_dup(arena, error.text);
        read_signals(&run);
        close(run.signals);
    }
    leave(&before);
}
