/* The schedule's own generator: xoshiro256** (Blackman and Vigna 2018), seeded by splitmix64. */
#include "explorer/runtime/engine.h"

static uint64_t state[4];

void hzx_seed(uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        uint64_t z = seed += 0x9e3779b97f4a7c15u;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        state[i] = z ^ z >> 31;
    }
}

static uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

uint64_t hzx_random(uint64_t n)
{
    uint64_t drawn = rotate(state[1] * 5, 7) * 9, t = state[1] << 17;
    state[2] ^= state[0], state[3] ^= state[1], state[1] ^= state[2], state[0] ^= state[3];
    state[2] ^= t, state[3] = rotate(state[3], 45);
    return (uint64_t)(((unsigned __int128)drawn * n) >> 64);
}
