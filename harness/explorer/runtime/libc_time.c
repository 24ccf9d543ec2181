/* Sleeping and the clocks: logical time, which moves when nothing else can. */
#include "explorer/runtime/now.h"
#include "explorer/runtime/sync.h"

#include <stdlib.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <threads.h>
#include <unistd.h>

static uint64_t nanoseconds(const struct timespec *time)
{
    return (uint64_t)time->tv_sec * 1000000000 + (uint64_t)time->tv_nsec;
}

unsigned sleep(unsigned seconds)
{
    if (!hzx.running)
        return HZX_REAL(sleep)(seconds);
    hzx_sleep((uint64_t)seconds * 1000000000, HZX_PC);
    return 0;
}

int usleep(useconds_t microseconds)
{
    if (!hzx.running)
        return HZX_REAL(usleep)(microseconds);
    hzx_sleep((uint64_t)microseconds * 1000, HZX_PC);
    return 0;
}

int nanosleep(const struct timespec *time, struct timespec *rest)
{
    if (!hzx.running)
        return HZX_REAL(nanosleep)(time, rest);
    hzx_sleep(nanoseconds(time), HZX_PC);
    return 0;
}

int thrd_sleep(const struct timespec *time, struct timespec *rest)
{
    if (!hzx.running)
        return HZX_REAL(thrd_sleep)(time, rest);
    hzx_sleep(nanoseconds(time), HZX_PC);
    return 0;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *rest)
{
    if (!hzx.running)
        return HZX_REAL(clock_nanosleep)(clock, flags, time, rest);
    uint64_t until = nanoseconds(time);
    if (flags & TIMER_ABSTIME)
        until = until > hzx.now ? until - hzx.now : 0;
    hzx_sleep(until, HZX_PC);
    return 0;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    if (!hzx.running)
        return HZX_REAL(clock_gettime)(clock, time);
    hzx_now_read(HZX_PC);
    *time = (struct timespec){(time_t)(hzx.now / 1000000000), (long)(hzx.now % 1000000000)};
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    if (!hzx.running)
        return HZX_REAL(gettimeofday)(time, zone);
    hzx_now_read(HZX_PC);
    *time = (struct timeval){(time_t)(hzx.now / 1000000000),
                             (suseconds_t)(hzx.now % 1000000000 / 1000)};
    return 0;
}

time_t time(time_t *where)
{
    if (!hzx.running)
        return HZX_REAL(time)(where);
    hzx_now_read(HZX_PC);
    time_t now = (time_t)(hzx.now / 1000000000);
    if (where != NULL)
        *where = now;
    return now;
}

/* Of the processor: as if nobody ever waited. */
clock_t clock(void)
{
    if (!hzx.running)
        return HZX_REAL(clock)();
    hzx_now_read(HZX_PC);
    return (clock_t)(hzx.now / (1000000000 / CLOCKS_PER_SEC));
}

int timespec_get(struct timespec *time, int base)
{
    if (!hzx.running)
        return HZX_REAL(timespec_get)(time, base);
    hzx_now_read(HZX_PC);
    *time = (struct timespec){(time_t)(hzx.now / 1000000000), (long)(hzx.now % 1000000000)};
    return base;
}

/*
 * Timers: real ones would come at a moment of their own, in the middle of the explorer too. They
 * never come; the campaign names the call, and a wait that they may end is no failure.
 */

static void never_comes(const char *name, uintptr_t pc)
{
    hzx_uncontrolled(name, pc);
    hzx.outside = true;
}

int setitimer(__itimer_which_t which, const struct itimerval *restrict value,
              struct itimerval *restrict before)
{
    if (!hzx.running)
        return HZX_REAL(setitimer)(which, value, before);
    never_comes("setitimer", HZX_PC);
    if (before != NULL)
        *before = (struct itimerval){0};
    return 0;
}

unsigned alarm(unsigned seconds)
{
    if (!hzx.running)
        return HZX_REAL(alarm)(seconds);
    if (seconds > 0)
        never_comes("alarm", HZX_PC);
    return 0;
}

/* The kernel's own timer is made, and never set. */
int timer_settime(timer_t timer, int flags, const struct itimerspec *restrict value,
                  struct itimerspec *restrict before)
{
    if (!hzx.running)
        return HZX_REAL(timer_settime)(timer, flags, value, before);
    never_comes("timer_settime", HZX_PC);
    if (before != NULL)
        *before = (struct itimerspec){0};
    return 0;
}

int timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *before)
{
    if (!hzx.running)
        return HZX_REAL(timerfd_settime)(fd, flags, value, before);
    never_comes("timerfd_settime", HZX_PC);
    if (before != NULL)
        *before = (struct itimerspec){0};
    return 0;
}

/* ---- random numbers: the same for the same schedule ---- */

static uint32_t seeds_schedule;
static uint64_t drawn;

static uint64_t draw(void)
{
    if (seeds_schedule != (uint32_t)hzx.shared->schedules) {
        seeds_schedule = (uint32_t)hzx.shared->schedules;
        drawn = 1;
    }
    drawn = drawn * 6364136223846793005u + 1442695040888963407u;
    return drawn >> 33;
}

int rand(void)
{
    return hzx.running ? (int)draw() : HZX_REAL(rand)();
}

long random(void)
{
    return hzx.running ? (long)draw() : HZX_REAL(random)();
}

void srand(unsigned seed)
{
    if (!hzx.running) {
        HZX_REAL(srand)(seed);
    } else {
        draw();
        drawn = seed + 1u;
    }
}

void srandom(unsigned seed)
{
    if (hzx.running)
        srand(seed);
    else
        HZX_REAL(srandom)(seed);
}
