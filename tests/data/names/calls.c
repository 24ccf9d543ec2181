/* A stack whose calls do not return: serve() and relay() end in them. Variables, too. */
#include "say.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

struct account {
    long balance;
    pthread_mutex_t lock;
};
struct account accounts[8] = {{.balance = 1}};

__attribute__((noinline, noreturn)) void stops(long n)
{
    volatile long keep[8] = {n};
    for (;;) {
        pause();
        keep[n % 8]++;
    }
}

__attribute__((noinline, noreturn)) void relay(long n)
{
    volatile long keep[4] = {n, n + 1};
    stops(n + keep[n % 4]);
}

__attribute__((noinline)) void *serve(void *given)
{
    say(&accounts[3].lock, "accounts[3].lock");
    say_for(gettid(), NULL, "serve");
    said(2);
    relay((long)given);
}

/* Reads what to do: the path of a library to load, or of a program to become. */
int main(void)
{
    char line[256];
    pthread_t thread;
    pthread_create(&thread, NULL, serve, NULL);
    said(2);
    for (;;) {
        while (fgets(line, sizeof line, stdin) == NULL)
            pause();
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '+') {
            const void *(*hidden)(void) =
                (const void *(*)(void))dlsym(dlopen(line + 1, RTLD_NOW), "lent_hidden");
            say(hidden(), "kept[2].lock");
            printf("end\n");
            fflush(stdout);
        } else {
            execl(line, line, (char *)NULL);
        }
    }
}
