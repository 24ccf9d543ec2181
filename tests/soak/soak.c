/*
 * `make soak MINUTES=30`: random programs under the watchdog, right ones, of which it must
 * say nothing, and wrong ones, of which it must say what is wrong and nothing else.
 *
 *   soak minutes M               from a random seed on, for so long
 *   soak short                   some fixed seeds, and a random one: a part of the tests
 *   soak seed N [right|wrong]    one again, with what the watchdog printed
 *
 * Exit status 0 if every run went as it must, 1 if one did not, 3 if one could not be made.
 */
#include "verdict.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define AT_ONCE 2
#define FIXED_SEEDS 8 /* as many as there are kinds of planted deadlocks */

/* What to run, and what came of it; `next` and the counts are the workers' together. */
static struct {
    uint64_t first;
    uint64_t programs; /* at most so many: seeds `first` on, a right and a wrong one each */
    double until;      /* CLOCK_MONOTONIC: none is started after that */
    bool shows;        /* what the watchdog printed */
    bool only[2];      /* wrong, right */
    char folder[64];
    _Atomic uint64_t next, runs[2], failed[2], broken;
    pthread_mutex_t printing;
} soak = {.only = {true, true}, .printing = PTHREAD_MUTEX_INITIALIZER};

static const char *word(bool right)
{
    return right ? "right" : "wrong";
}

/* Its files are FOLDER/SEED-WORD.*; false if the program could not be run at all. */
static bool run(const char *name, uint64_t seed, bool right)
{
    char command[1024];
    snprintf(command, sizeof command,
             "timeout 120 '%s/hazmat' run -d watchdog --timeout 30 --results '%s.results' "
             "--json '%s.jsonl' -- '%s/tests/soak/soak-program' %llu %s >'%s.log' 2>&1",
             TEST_BUILD, name, name, TEST_BUILD, (unsigned long long)seed, word(right), name);
    int status = system(command);
    return status != -1 && (status >> 8 == 0 || status >> 8 == 1);
}

static void copy_out(const char *path)
{
    char bytes[4096];
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, file)) > 0;)
        fwrite(bytes, 1, n, stdout);
    fclose(file);
}

static void tell(const char *name, uint64_t seed, bool right, const char *fault)
{
    char log[160];
    snprintf(log, sizeof log, "%s.log", name);
    pthread_mutex_lock(&soak.printing);
    if (fault != NULL)
        printf("FAILED seed %llu %s: %s\n  again: %s/tests/soak/soak seed %llu %s\n",
               (unsigned long long)seed, word(right), fault, TEST_BUILD, (unsigned long long)seed,
               word(right));
    if (fault != NULL || soak.shows)
        copy_out(log);
    pthread_mutex_unlock(&soak.printing);
}

static void remove_files(const char *name)
{
    char command[512];
    snprintf(command, sizeof command, "rm -rf '%s.results' '%s.jsonl' '%s.log'", name, name, name);
    if (system(command) != 0)
        fprintf(stderr, "soak: %s could not be removed\n", name);
}

static void one(uint64_t seed, bool right)
{
    struct hz_arena arena;
    struct hz_stream stream = {0};
    struct hz_error error = {""};
    char name[128];
    hz_arena_init(&arena);
    snprintf(name, sizeof name, "%s/%llu-%s", soak.folder, (unsigned long long)seed, word(right));
    bool ran = run(name, seed, right) &&
               hz_stream_read(&arena, hz_printf(&arena, "%s.jsonl", name), &stream, &error) &&
               stream.runs.n == 1;
    const char *fault = ran ? soak_verdict(&arena, &stream.runs.at[0], right)
                            : hz_printf(&arena, "it could not be run or read: %s", error.text);
    soak.runs[right]++;
    soak.failed[right] += ran && fault != NULL;
    soak.broken += !ran;
    tell(name, seed, right, fault);
    remove_files(name);
    hz_stream_free(&stream);
    hz_arena_free(&arena);
}

static void *works(void *unused)
{
    while (hz_now() < soak.until) {
        uint64_t i = soak.next++;
        if (i >= soak.programs)
            break;
        if (soak.only[i % 2])
            one(soak.first + i / 2, i % 2 == 1);
    }
    return unused;
}

static void run_all(void)
{
    pthread_t workers[AT_ONCE];
    soak.next = 0;
    for (size_t i = 0; i < AT_ONCE; i++)
        if (pthread_create(&workers[i], NULL, works, NULL) != 0)
            exit(3);
    for (size_t i = 0; i < AT_ONCE; i++)
        pthread_join(workers[i], NULL);
}

/* Of a few digits, so that it can be typed. */
static uint64_t random_seed(void)
{
    uint32_t seed = 0;
    if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
        exit(3);
    return 1000 + seed % 1000000000;
}

static void some_seeds(uint64_t first, uint64_t seeds)
{
    soak.first = first;
    soak.programs = 2 * seeds;
    run_all();
}

/* False if the command line is wrong. */
static bool run_words(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    soak.until = hz_now() + 1e9;
    if (strcmp(what, "short") == 0 && argc == 2) {
        uint64_t surprise = random_seed();
        printf("seeds 1 to %d, and %llu\n", FIXED_SEEDS, (unsigned long long)surprise);
        some_seeds(1, FIXED_SEEDS);
        some_seeds(surprise, 1);
    } else if (strcmp(what, "minutes") == 0 && argc == 3 && atof(argv[2]) > 0) {
        uint64_t first = random_seed();
        printf("seeds from %llu on, for %s minutes\n", (unsigned long long)first, argv[2]);
        soak.until = hz_now() + 60 * atof(argv[2]);
        some_seeds(first, UINT64_MAX / 2);
    } else if (strcmp(what, "seed") == 0 && (argc == 3 || argc == 4)) {
        soak.shows = true;
        soak.only[0] = argc == 3 || strcmp(argv[3], "wrong") == 0;
        soak.only[1] = argc == 3 || strcmp(argv[3], "right") == 0;
        some_seeds(strtoull(argv[2], NULL, 10), 1);
    } else {
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    strcpy(soak.folder, "/tmp/hazmat-soak-XXXXXX");
    if (mkdtemp(soak.folder) == NULL) {
        perror(soak.folder);
        return 3;
    }
    bool fine = run_words(argc, argv);
    rmdir(soak.folder);
    if (!fine || soak.runs[0] + soak.runs[1] == 0) {
        fprintf(stderr, "usage: soak minutes M | short | seed N [right|wrong]\n");
        return 2;
    }
    printf("right: %llu runs, %llu failed; wrong: %llu runs, %llu failed; not run: %llu\n",
           (unsigned long long)soak.runs[1], (unsigned long long)soak.failed[1],
           (unsigned long long)soak.runs[0], (unsigned long long)soak.failed[0],
           (unsigned long long)soak.broken);
    return soak.broken != 0 ? 3 : soak.failed[0] + soak.failed[1] != 0 ? 1 : 0;
}
