/*
 * Prints what it was started with, as NAME=VALUE lines: its ids, signals, limits,
 * descriptors, and what is on its standard input.
 */
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static void print_lines(const char *path, const char *wanted)
{
    char line[512];
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, wanted, strlen(wanted)) == 0)
            printf("%s:%s", path, line);
    if (file != NULL)
        fclose(file);
}

static void print_limit(const char *name, int resource)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) == 0)
        printf("%s=%lld\n", name, (long long)limit.rlim_cur);
}

static void print_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    printf("descriptors=");
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(folder))
            printf("%s,", entry->d_name);
    printf("\n");
    if (folder != NULL)
        closedir(folder);
}

static void print_input(void)
{
    char text[64];
    size_t n = fread(text, 1, sizeof text - 1, stdin);
    text[n] = '\0';
    printf("input=%s\n", text);
}

int main(void)
{
    cpu_set_t cpus;
    char folder[4096];
    int death = 0;
    alarm(120);
    prctl(PR_GET_PDEATHSIG, &death);
    printf("leader=%d\n", getsid(0) == getpid() && getpgrp() == getpid());
    printf("death=%d\n", death);
    printf("folder=%s\n", getcwd(folder, sizeof folder) != NULL ? folder : "?");
    printf("added=%s\n", getenv("ADDED") != NULL ? getenv("ADDED") : "");
    printf("cpus=%d\n", sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? CPU_COUNT(&cpus) : 0);
    print_limit("core", RLIMIT_CORE);
    print_limit("file_size", RLIMIT_FSIZE);
    print_limit("address_space", RLIMIT_AS);
    print_lines("/proc/self/status", "Sig");
    print_lines("/proc/self/personality", "");
    print_descriptors();
    print_input();
    return 0;
}
