/*
 * The programs of test_names.c tell on standard output, a line each, an address, the thread
 * whose frames may know a name for it (0: none), and that name; then each of their threads
 * stops in pause() for good.
 */
#ifndef SAY_H
#define SAY_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

__attribute__((format(printf, 3, 4))) static inline void say_for(int tid, const void *address,
                                                                 const char *name, ...)
{
    char text[512];
    va_list args;
    va_start(args, name);
    vsnprintf(text, sizeof text, name, args);
    va_end(args);
    printf("%p %d %s\n", (void *)(long)address, tid, text);
}
#define say(address, ...) say_for(0, address, __VA_ARGS__)

/* Never set; but a compiler cannot know, and keeps what is used after a wait for it. */
static volatile int over;

/* The last line of a thread; `threads`: so many end so, with this one. */
static inline void said(int threads)
{
    static int n;
    if (__atomic_add_fetch(&n, 1, __ATOMIC_SEQ_CST) == threads)
        printf("end\n");
    fflush(stdout);
}

#endif
