/*
 * Fills what it shares with `hazmat explore` with noise, says that something was found, and is
 * gone: the first argument is the noise's seed. With seed 0 all counts are as large as can be.
 */
#include "../../../harness/explorer/shared.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static uint64_t state;

static uint64_t draw(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    switch (state >> 61) {
    case 0: return UINT64_MAX;
    case 1: return INT64_MAX;
    case 2: return 1ull << 63 | 0xff;
    case 3: return 0;
    case 4: return state >> 56;
    default: return state;
    }
}

static void fill(void *at, size_t size)
{
    for (char *to = at; size >= sizeof state; size -= sizeof state, to += sizeof state) {
        uint64_t noise = draw();
        memcpy(to, &noise, sizeof noise);
    }
}

static struct hzx_shared *shared_memory(void)
{
    char line[400];
    FILE *maps = fopen("/proc/self/maps", "r");
    uintptr_t at = 0;
    while (at == 0 && fgets(line, sizeof line, maps) != NULL)
        if (strstr(line, "memfd:hazmat-explore") != NULL)
            sscanf(line, "%" SCNxPTR, &at);
    return (struct hzx_shared *)at;
}

int main(int argc, char **argv)
{
    unsigned seed = argc > 1 ? (unsigned)atoi(argv[1]) : 0;
    struct hzx_shared *shared = shared_memory();
    state = seed;
    if (shared == NULL)
        return 0;
    uint64_t load = shared->load;
    fill(&shared->config, (size_t)((char *)shared->segments - (char *)&shared->config));
    fill(shared->segments, 4096);
    fill(shared->events, 4096);
    fill(shared->races, offsetof(struct hzx_shared, sorts) - offsetof(struct hzx_shared, races));
    for (unsigned i = 0; i < HZX_SORTS; i++)
        fill(&shared->sorts[i], 4096);
    for (unsigned i = 0; i < 150; i++) {
        shared->events[i].kind = (uint8_t)(i % (HZX_KINDS + 1));
        shared->events[i].size = (uint8_t)(i % 10);
    }
    shared->events[1].value = 1ull << 63 | 0xff; /* of one byte: -1 */
    shared->events[1].address = shared->events[1].old = 0;
    if (seed % 2 == 0) { /* addresses that the program has */
        shared->load = load;
        for (unsigned i = 0; i < 100; i++)
            shared->events[i].pc = shared->stands[i % HZX_THREADS].pc = (uintptr_t)main + i;
    }
    shared->outcome.end = seed == 7 ? UINT32_MAX : HZX_DEADLOCK + seed % 6;
    shared->segments_n = shared->events_n = shared->races_n = seed == 0 ? UINT32_MAX : 150;
    shared->stands_n = shared->racy_n = shared->outcomes_n = shared->uncontrolled_n = UINT32_MAX;
    shared->sorts_n = UINT32_MAX;
    shared->state = seed == 5 ? HZX_SPENT : HZX_FOUND;
    syscall(SYS_exit_group, 0);
}
