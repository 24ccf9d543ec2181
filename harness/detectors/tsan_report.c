/*
 * Linked into programs that are built with ThreadSanitizer: writes each report as
 * lines that a reader need not guess at. Not part of the harness.
 *
 * The runtime calls __tsan_on_report() once a report, with its own locks held and
 * only ever in one thread at a time, which is what makes the buffer safe. It may be
 * inside a signal handler and in the middle of any libc function, so nothing here
 * calls one: system calls go through syscall(), text is put together by hand. Of the
 * runtime only what works with its locks held is called: __tsan_locate_address()
 * does not (it waits for the lock that the report holds).
 *
 * The file is $HAZMAT_TSAN_OUT.PID. A report is written by one write(2) to a file
 * opened for appending, so that a kill leaves whole reports and at most one half.
 * Each is opened and closed anew: a forked child gets its own file, and the program
 * keeps its descriptors to itself. Without the variable nothing is written.
 *
 * Lines, with fields set apart by one tab (control characters in them become '?'):
 *
 *   report   1 KIND             version of this form, the runtime's word for the kind
 *   thread   TID OS-ID NAME     NAME may be empty
 *   mutex    ADDRESS SYMBOL     in the order of a lock cycle; SYMBOL may be empty
 *   unique   TID                who closes edge n of a lock cycle
 *   access   TID OPERATION SIZE ADDRESS SYMBOL
 *                               OPERATION: read, write, atomic-read, atomic-write
 *   stack                       in the order in which the report shows them
 *   frame    FUNCTION FILE LINE MODULE ADDRESS
 *                               innermost first, of the access or stack before it
 *   end
 *
 * A process that was forked after a first report writes no file: it shares the
 * runtime's symbolizer, a process behind a pipe, with its parent, and two that ask at
 * once get each other's answers or wait for ever. Its text log has to do; the less is
 * asked, the rarer that gets.
 *
 * Where threads were made, locks created and memory allocated is left out: that is
 * not where the hazard is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef unsigned long uptr;

/* The runtime's interface for debuggers; no header declares it. */
int __tsan_get_report_data(void *report, const char **description, int *count, int *stack_count,
                           int *mop_count, int *loc_count, int *mutex_count, int *thread_count,
                           int *unique_tid_count, void **sleep_trace, uptr trace_size);
int __tsan_get_report_stack(void *report, uptr index, void **trace, uptr trace_size);
int __tsan_get_report_mop(void *report, uptr index, int *tid, void **address, int *size,
                          int *is_write, int *atomic, void **trace, uptr trace_size);
int __tsan_get_report_mutex(void *report, uptr index, uptr *id, void **address, int *destroyed,
                            void **trace, uptr trace_size);
int __tsan_get_report_thread(void *report, uptr index, int *tid, uptr *os_id, int *running,
                             const char **name, int *parent_tid, void **trace, uptr trace_size);
int __tsan_get_report_unique_tid(void *report, uptr index, int *tid);
void __sanitizer_symbolize_pc(void *pc, const char *format, char *out, uptr size);
void __sanitizer_symbolize_global(void *address, const char *format, char *out, uptr size);
void __tsan_on_report(void *report);

#define MAX_FRAMES 256

static char prefix[4000];
static char buffer[1 << 19];
static size_t used;
static const char ending[] = "\nend\n"; /* the first newline ends a line that did not fit */

/* Before main: later the environment may be changing. */
__attribute__((constructor)) static void remember_where(void)
{
    const char *wanted = getenv("HAZMAT_TSAN_OUT");
    for (size_t i = 0; wanted != NULL && i + 1 < sizeof prefix; i++) {
        prefix[i] = wanted[i];
        if (wanted[i] == '\0')
            return;
    }
    prefix[0] = '\0';
}

static void put_char(char c)
{
    if (used < sizeof buffer - sizeof ending)
        buffer[used++] = c;
}

static void put(const char *text)
{
    for (; text != NULL && *text != '\0'; text++)
        put_char((unsigned char)*text < ' ' || *text == 127 ? '?' : *text);
}

static void put_number(unsigned long number, unsigned base)
{
    char digits[24];
    size_t n = 0;
    do
        digits[n++] = "0123456789abcdef"[number % base];
    while ((number /= base) != 0);
    while (n > 0)
        put_char(digits[--n]);
}

static void field_number(long number)
{
    put_char('\t');
    if (number < 0)
        put_char('-');
    put_number(number < 0 ? 0UL - (unsigned long)number : (unsigned long)number, 10);
}

static void field_address(const void *address)
{
    put_char('\t');
    put("0x");
    put_number((unsigned long)address, 16);
}

static void field(const char *text)
{
    put_char('\t');
    put(text);
}

/* The name of the variable at `address`, if it is a global one. */
static void field_symbol(void *address)
{
    static char name[512];
    name[0] = '\0';
    __sanitizer_symbolize_global(address, "%g", name, sizeof name - 1);
    field(name[0] != '<' && name[0] != '?' ? name : "");
}

/*
 * One "FUNCTION|FILE|LINE|MODULE" from the symbolizer. It is asked for with bytes
 * between the fields that no name holds.
 */
static void put_frame(const char *text, const void *pc)
{
    put("frame");
    put_char('\t');
    for (; *text != '\0'; text++) {
        if (*text == '\1')
            put_char('\t');
        else if (text[0] == '<' && text[1] == 'n' && text[2] == 'u' && text[3] == 'l' &&
                 text[4] == 'l' && text[5] == '>')
            text += 5;
        else
            put_char((unsigned char)*text < ' ' || *text == 127 ? '?' : *text);
    }
    field_address(pc);
    put_char('\n');
}

/*
 * A pc stands in the trace once for each function that was inlined there, and the
 * symbolizer answers each time with all of them, one string after the other. It takes
 * the 1 from a return address by itself.
 */
static void put_trace(void *const *trace)
{
    static const char unknown[] = {1, 1, '0', 1, 0};
    static char text[4096];
    for (size_t i = 0; i < MAX_FRAMES && trace[i] != NULL; i++) {
        for (size_t k = 0; k < sizeof text; k++)
            text[k] = '\0';
        __sanitizer_symbolize_pc(trace[i], "%f\1%s\1%l\1%m", text, sizeof text - 2);
        size_t frames = 0;
        for (const char *one = text; *one != '\0' && one < text + sizeof text - 2;
             one++, frames++) {
            put_frame(one, trace[i]);
            while (*one != '\0')
                one++;
        }
        if (frames == 0)
            put_frame(unknown, trace[i]);
        for (size_t k = 1; k < frames && i + 1 < MAX_FRAMES && trace[i + 1] == trace[i]; k++)
            i++;
    }
}

static void clear(void **trace)
{
    for (size_t i = 0; i < MAX_FRAMES; i++)
        trace[i] = NULL;
}

static void put_threads(void *report, int count)
{
    for (int i = 0; i < count; i++) {
        int tid = 0, running = 0, parent = 0;
        uptr os_id = 0;
        const char *name = NULL;
        void *made = NULL;
        __tsan_get_report_thread(report, (uptr)i, &tid, &os_id, &running, &name, &parent, &made, 1);
        put("thread");
        field_number(tid);
        field_number((long)os_id);
        field(name);
        put_char('\n');
    }
}

static void put_mutexes(void *report, int count)
{
    for (int i = 0; i < count; i++) {
        uptr id = 0;
        int destroyed = 0;
        void *address = NULL, *made = NULL;
        __tsan_get_report_mutex(report, (uptr)i, &id, &address, &destroyed, &made, 1);
        put("mutex");
        field_address(address);
        field_symbol(address);
        put_char('\n');
    }
}

static void put_accesses(void *report, int count)
{
    static void *trace[MAX_FRAMES];
    for (int i = 0; i < count; i++) {
        int tid = 0, size = 0, is_write = 0, atomic = 0;
        void *address = NULL;
        clear(trace);
        __tsan_get_report_mop(report, (uptr)i, &tid, &address, &size, &is_write, &atomic, trace,
                              MAX_FRAMES);
        put("access");
        field_number(tid);
        field(is_write ? atomic ? "atomic-write" : "write" : atomic ? "atomic-read" : "read");
        field_number(size);
        field_address(address);
        field_symbol(address);
        put_char('\n');
        put_trace(trace);
    }
}

static void put_stacks(void *report, int count)
{
    static void *trace[MAX_FRAMES];
    for (int i = 0; i < count; i++) {
        clear(trace);
        __tsan_get_report_stack(report, (uptr)i, trace, MAX_FRAMES);
        put("stack");
        put_char('\n');
        put_trace(trace);
    }
}

static void put_report(void *report)
{
    static void *slept[1];
    const char *kind = NULL;
    int count = 0, stacks = 0, accesses = 0, locations = 0, mutexes = 0, threads = 0, unique = 0;
    __tsan_get_report_data(report, &kind, &count, &stacks, &accesses, &locations, &mutexes,
                           &threads, &unique, slept, 1);
    put("report");
    field("1");
    field(kind);
    put_char('\n');
    put_threads(report, threads);
    put_mutexes(report, mutexes);
    for (int i = 0; i < unique; i++) {
        int tid = 0;
        __tsan_get_report_unique_tid(report, (uptr)i, &tid);
        put("unique");
        field_number(tid);
        put_char('\n');
    }
    put_accesses(report, accesses);
    put_stacks(report, stacks);
    for (const char *c = ending; *c != '\0'; c++)
        buffer[used++] = *c; /* put_char() keeps room for it */
}

static void save(unsigned long pid)
{
    static char path[sizeof prefix + 24];
    size_t n = 0;
    for (; prefix[n] != '\0'; n++)
        path[n] = prefix[n];
    path[n++] = '.';
    unsigned long unit = 1;
    while (pid / unit >= 10)
        unit *= 10;
    for (; unit != 0; unit /= 10)
        path[n++] = (char)('0' + pid / unit % 10);
    path[n] = '\0';
    long fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return;
    syscall(SYS_write, fd, buffer, used);
    syscall(SYS_close, fd);
}

void __tsan_on_report(void *report)
{
    static unsigned long owner;
    if (prefix[0] == '\0')
        return;
    int kept = errno;
    unsigned long pid = (unsigned long)syscall(SYS_getpid);
    if (owner == 0)
        owner = pid;
    if (owner == pid) {
        used = 0;
        put_report(report);
        save(pid);
    }
    errno = kept;
}
