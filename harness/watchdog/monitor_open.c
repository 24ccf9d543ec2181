/* The thresholds and their reasons; the shared memory; opening and closing. */
#include "watchdog/monitor_parts.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LARGE (256 << 10) /* bytes */

struct hzw_options hzw_defaults(void)
{
    return (struct hzw_options){
        /*
         * Blocked threads that nobody can wake stay so: the kernel's counters show any
         * run between two looks, however short. The time is for what is not a thread's
         * doing (a child being reaped, a descriptor in flight), and for several looks.
         */
        .confirm = 0.01,
        /* A full look at a small program takes 0.1 ms: some 300 of them in a second. */
        .share = 0.03,
        .runtime_threads = false,
        .findings = true,
        /*
         * A fair lock lets each other thread pass once or twice. glibc's mutexes are not
         * fair: under contention on two processors one thread commonly passes another
         * some tens of times in a row, until the scheduler takes the processor from it.
         */
        .bypass = 100,
        /* Five times what a fair lock may seem to do when it is looked at in a bad moment. */
        .bypass_each = 10,
        /*
         * Four threads in tight loops on one mutex, two processors and a load of 10: the
         * longest wait measured was 0.12 s. Twice that is no mere contention.
         */
        .bypass_seconds = 0.25,
        /* A critical section that computes is over in milliseconds. */
        .hold_seconds = 1.0,
        /* It may wait for a disk, or for another machine, in small steps; not for so long. */
        .hold_long = 10.0,
        /* Polling with a pause makes some tens a second; in a row without any success,
         * so many are no polling. */
        .retries = 1000,
        /* Timed locks give up some tens of times a second: what runs on has success by then. */
        .livelock_seconds = 5.0,
        /* Ten times as long as real-time threads are meant to be kept from running at all. */
        .inversion_seconds = 0.1,
        /* A server that collects now and then has a handful. */
        .zombies = 50,
        /*
         * Who takes the place of a thread that has ended does so in milliseconds; a burst of
         * work between two hand-overs takes less than a second.
         */
        .stranded_seconds = 3.0,
    };
}

/* ---- opening and closing ------------------------------------------------------ */

static bool make_region(struct hzw_monitor *monitor, struct hz_error *error)
{
    monitor->memory = memfd_create("hazmat-watch", MFD_CLOEXEC);
    if (monitor->memory < 0)
        return hz_fail(error, "cannot make shared memory: %s", strerror(errno));
    size_t size = sizeof *monitor->region;
    void *region = MAP_FAILED;
    if (ftruncate(monitor->memory, (off_t)size) == 0)
        region = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, monitor->memory, 0);
    if (region == MAP_FAILED) {
        hz_fail(error, "cannot make %zu bytes of shared memory: %s", size, strerror(errno));
        close(monitor->memory);
        return false;
    }
    monitor->region = region;
    monitor->region->magic = HZW_MAGIC;
    monitor->region->version = HZW_VERSION;
    monitor->region->slots = HZW_SLOTS;
    monitor->region->stats.measure = monitor->options.measure;
    return true;
}

static void pause_look(void *monitor)
{
    hzw_pause(monitor);
}

struct hzw_monitor *hzw_open(const struct hzw_options *options, struct hz_error *error)
{
    struct hzw_monitor *monitor = calloc(1, sizeof *monitor);
    uint8_t *seen = calloc(HZW_TIDS / 8, 1);
    uint32_t *last_seq = calloc(HZW_SLOTS, sizeof *last_seq);
    if (monitor == NULL || seen == NULL || last_seq == NULL) {
        hz_fail(error, "out of memory");
        free(monitor);
        free(seen);
        free(last_seq);
        return NULL;
    }
    monitor->seen = seen;
    monitor->last_seq = last_seq;
    monitor->options = *options;
    if (!make_region(monitor, error)) {
        free(last_seq);
        free(seen);
        free(monitor);
        return NULL;
    }
    /* What a look lets go is given back. By itself malloc() keeps ever larger pieces for later. */
    mallopt(M_MMAP_THRESHOLD, LARGE);
    monitor->slice = HZW_SLICE;
    monitor->slices = hzw_slices_new();
    monitor->starve = hzw_starve_open(&monitor->options, monitor->region);
    if (monitor->starve != NULL)
        hzw_starve_pauses(monitor->starve, pause_look, monitor);
    monitor->orders = hzw_order_open(monitor->region);
    hz_arena_init(&monitor->kept);
    monitor->names = hzs_cache_new(&monitor->kept);
    hz_arena_init(&monitor->looks[0]);
    hz_arena_init(&monitor->looks[1]);
    hz_arena_init(&monitor->works[0]);
    hz_arena_init(&monitor->works[1]);
    return monitor;
}

void hzw_close(struct hzw_monitor *monitor)
{
    if (monitor == NULL)
        return;
    hzw_slices_free(monitor->slices);
    hzw_starve_close(monitor->starve);
    hzw_order_close(monitor->orders);
    hzw_naming_close(monitor);
    hzw_history_free(monitor);
    hzs_cache_close(monitor->names);
    munmap(monitor->region, sizeof *monitor->region);
    close(monitor->memory);
    hz_arena_free(&monitor->works[1]);
    hz_arena_free(&monitor->works[0]);
    hz_arena_free(&monitor->looks[1]);
    hz_arena_free(&monitor->looks[0]);
    hz_arena_free(&monitor->kept);
    free(monitor->last_seq);
    free(monitor->seen);
    free(monitor);
}

char *hzw_environment(struct hz_arena *arena, const struct hzw_monitor *monitor)
{
    return hz_printf(arena, "%s=/proc/%d/fd/%d", HZW_ENV, (int)getpid(), monitor->memory);
}

const hz_findings *hzw_findings(const struct hzw_monitor *monitor)
{
    return &monitor->findings;
}

const char *hzw_hang(const struct hzw_monitor *monitor)
{
    return monitor->hang;
}
