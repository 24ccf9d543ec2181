#include "explorer/runtime/fair.h"

void hzx_fair_begin(struct hzx_fair *fair)
{
    *fair = (struct hzx_fair){0};
    for (unsigned i = 0; i < HZX_FAIR_THREADS; i++)
        fair->threads[i].stepped = UINT64_MAX; /* a first yield owes nobody anything */
}

void hzx_fair_step(struct hzx_fair *fair, unsigned thread, bool yields, uint64_t able)
{
    uint64_t self = (uint64_t)1 << thread;
    for (unsigned i = 0; i < HZX_FAIR_THREADS; i++) {
        fair->threads[i].owed &= ~self;
        fair->threads[i].able &= able;
        fair->threads[i].stepped |= self;
    }
    fair->threads[thread].kept |= fair->able & ~able;
    fair->able = able;
    if (!yields)
        return;
    fair->threads[thread].owed |=
        (fair->threads[thread].able | fair->threads[thread].kept) & ~fair->threads[thread].stepped;
    fair->threads[thread].able = able;
    fair->threads[thread].kept = 0;
    fair->threads[thread].stepped = self;
}

uint64_t hzx_fair_may(const struct hzx_fair *fair, uint64_t able)
{
    uint64_t may = 0;
    for (uint64_t left = able; left != 0; left &= left - 1) {
        unsigned thread = (unsigned)__builtin_ctzll(left);
        if ((fair->threads[thread].owed & able) == 0)
            may |= (uint64_t)1 << thread;
    }
    return may;
}
