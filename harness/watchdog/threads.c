#include "watchdog/threads_parts.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/*
 * The order in which one thread's files are read matters: first its counters, then
 * the call that it is blocked in. If the counters are the same at the next look, then
 * it was not put on a processor between the two readings of them, hence not after the
 * first reading of its call: it has been blocked in that call all the time.
 */

bool hzt_slurp(const char *path, char *out, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    size_t n = 0;
    ssize_t got = 0;
    while (n < size - 1 && (got = read(fd, out + n, size - 1 - n)) > 0)
        n += (size_t)got;
    close(fd);
    out[n] = '\0';
    return got >= 0 && n != 0;
}

static bool slurp_of(const struct hzt_thread *thread, const char *file, char *out, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/%s", (int)thread->pid, (int)thread->tid, file);
    return hzt_slurp(path, out, size);
}

/* The number after `key` in a file of "key:\tvalue" lines; 0 if it has none. */
static uint64_t field(const char *text, const char *key, int base)
{
    const char *found = strstr(text, key);
    return found != NULL ? strtoull(found + strlen(key), NULL, base) : 0;
}

/*
 * schedstat's third number is there wherever SCHED_INFO is built in and is counted
 * each time that the thread gets a processor. The context switches of `status` are
 * counted when it loses one, which tells the same as long as it is read blocked.
 */
static uint64_t read_switches(const struct hzt_thread *thread)
{
    char text[4096];
    unsigned long long slices = 0;
    if (slurp_of(thread, "schedstat", text, sizeof text) &&
        sscanf(text, "%*u %*u %llu", &slices) == 1 && slices != 0)
        return slices;
    if (!slurp_of(thread, "status", text, sizeof text))
        return 0;
    return field(text, "\nvoluntary_ctxt_switches:", 10) +
           field(text, "\nnonvoluntary_ctxt_switches:", 10);
}

/* Fills what `stat` says and gives the state's letter; 0 if the thread is gone. */
static char read_stat(struct hzt_thread *thread)
{
    char text[1024];
    if (!slurp_of(thread, "stat", text, sizeof text))
        return 0;
    /* The name may hold anything, brackets too: it ends at the last one. */
    char *name = strchr(text, '('), *end = strrchr(text, ')');
    if (name == NULL || end == NULL)
        return 0;
    *end = '\0';
    snprintf(thread->name, sizeof thread->name, "%.15s", name + 1);
    char letter = 0;
    int parent = 0;
    unsigned long long user = 0, system = 0, started = 0;
    unsigned threads = 0;
    if (sscanf(end + 1,
               " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %u %*d %llu",
               &letter, &parent, &user, &system, &threads, &started) != 6)
        return 0;
    thread->parent = parent;
    thread->ticks = user + system;
    thread->threads = threads;
    thread->started = started;
    return letter;
}

/* The call that the thread is blocked in; false if it runs, or that may not be read. */
static bool read_call(struct hzt_thread *thread, struct hzt_call *call)
{
    char text[256];
    unsigned long long args[6] = {0}, sp = 0, pc = 0;
    if (!slurp_of(thread, "syscall", text, sizeof text) ||
        sscanf(text, "%ld %llx %llx %llx %llx %llx %llx %llx %llx", &call->number, &args[0],
               &args[1], &args[2], &args[3], &args[4], &args[5], &sp, &pc) != 9)
        return false;
    for (size_t i = 0; i < 6; i++)
        call->args[i] = args[i];
    thread->call = call->number;
    thread->sp = sp;
    thread->pc = pc;
    return call->number >= 0;
}

/*
 * What a runtime's own thread blocks: everything but what cannot be blocked, what
 * glibc keeps for itself (32, 33) and SIGSYS, which clang's runtime lets through.
 */
#define SIGNAL(n) (1ull << ((n)-1))
#define NOT_BLOCKED_BY_RUNTIMES                                                                    \
    (SIGNAL(SIGKILL) | SIGNAL(SIGSTOP) | SIGNAL(SIGSYS) | SIGNAL(32) | SIGNAL(33))

static void read_signals(struct hzt_thread *thread)
{
    char text[4096];
    if (!slurp_of(thread, "status", text, sizeof text))
        return;
    uint64_t blocked = field(text, "\nSigBlk:", 16);
    thread->all_signals_blocked = (blocked | NOT_BLOCKED_BY_RUNTIMES) == UINT64_MAX;
    thread->caught = field(text, "\nSigCgt:", 16);
    thread->handled = thread->caught & ~blocked;
    const char *ids = strstr(text, "\nNSpid:");
    /* One number for each namespace, from ours inwards. */
    int outer = 0, inner = 0;
    thread->foreign_ids = ids != NULL && sscanf(ids, "\nNSpid:%d%*[ \t]%d", &outer, &inner) == 2;
}

bool hzt_read(pid_t pid, pid_t tid, struct hzt_thread *out)
{
    *out = (struct hzt_thread){.pid = pid, .tid = tid, .call = -1};
    out->switches = read_switches(out);
    char letter = read_stat(out);
    if (letter == 0)
        return false;
    if (letter == 'Z' || letter == 'X') {
        out->state = HZT_ZOMBIE;
        return true;
    }
    struct hzt_call call;
    /* A thread in state D may show a call as well; it goes on by itself. */
    if (!read_call(out, &call) || letter == 'D')
        return true;
    if (letter == 'T' || letter == 't')
        out->state = HZT_OUTSIDE;
    else
        hzt_classify(&call, out);
    if (out->state == HZT_BLOCKED || out->state == HZT_TIMED)
        read_signals(out);
    return true;
}

void hzt_thread_ids(struct hz_arena *arena, pid_t pid, hzt_pids *out)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return;
    struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        pid_t tid = (pid_t)atoi(entry->d_name);
        if (tid > 0)
            *hz_push(arena, out) = tid;
    }
    closedir(folder);
}

bool hzt_read_all(struct hz_arena *arena, pid_t pid, hzt_threads *out)
{
    hzt_pids ids = {0};
    hzt_thread_ids(arena, pid, &ids);
    bool any = false;
    for (size_t i = 0; i < ids.n; i++) {
        struct hzt_thread thread;
        if (!hzt_read(pid, ids.at[i], &thread))
            continue;
        *hz_push(arena, out) = thread;
        any = true;
    }
    return any;
}

bool hzt_still(const struct hzt_thread *before, const struct hzt_thread *now)
{
    return before->state == HZT_BLOCKED && now->state == HZT_BLOCKED && before->pid == now->pid &&
           before->tid == now->tid && before->call == now->call && before->on == now->on &&
           before->address == now->address && before->inode == now->inode &&
           before->sp == now->sp && before->pc == now->pc && before->switches == now->switches &&
           before->ticks == now->ticks;
}

bool hzt_memory(pid_t pid, uint64_t address, void *out, size_t size)
{
    struct iovec local = {out, size};
    struct iovec remote = {(void *)(uintptr_t)address, size};
    return process_vm_readv(pid, &local, 1, &remote, 1, 0) == (ssize_t)size;
}
