/*
 * hz_supervise() takes every child of its process for the program's. A process may have
 * children before it does anything: a shell that had started some can have become us
 * (`sh -c 'server & exec hazmat …'`), and the first process of a container is given all
 * orphans there.
 */
#ifndef HZ_ALONE_H
#define HZ_ALONE_H

#include <stdbool.h>

/*
 * Returns in a process that has no children and is given no stranger's. That is this one, or
 * else a child of it that stands for it in everything: then the process itself passes
 * SIGTERM on, leaves the terminal's signals to the child, and returns false when that has
 * ended, with the status to exit with, or at once with -1 and errno if there can be no child.
 */
bool hz_go_alone(int *status);

#endif
