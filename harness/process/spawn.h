/*
 * Starting processes: the two calls of fork() that there are. Inside process/ only.
 */
#ifndef HZ_SPAWN_H
#define HZ_SPAWN_H

#include "process/supervise.h"

/*
 * fork(), with a child that has default signal dispositions, an empty signal mask
 * and no way to outlive the calling thread: it is killed when that ends. No
 * handler of the caller's runs in the child, and no signal sent to it is lost.
 * -1 and errno if there is no child.
 */
pid_t hz_fork(void);

/* A program that was started. The descriptors are non-blocking and the caller's to close. */
struct hz_program {
    pid_t pid;
    int pidfd;
    int out, err; /* the read ends of its output pipes */
    int report;   /* ends when the program runs; before that, see hz_spawn_report() */
};

/*
 * Starts the command in a child process, a session of its own unless it is one for the
 * foreground: then there are no output pipes (-1), and it may outlive us. False with a
 * message if there is no child; what goes wrong in the child comes by the report.
 */
bool hz_spawn(const struct hz_command *command, struct hz_program *out, struct hz_error *error);

/*
 * Reads the report if there is one, and closes it (-1) when it has told all it will: either
 * the program runs, or the reason why it never will is returned. NULL otherwise.
 */
const char *hz_spawn_report(struct hz_arena *arena, struct hz_program *program);

#endif
