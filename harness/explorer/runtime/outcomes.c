/* What the program says that it came to: see hazmat_outcome in shared.h. */
#include "explorer/runtime/engine.h"

void hazmat_outcome(unsigned long value);
void hazmat_outcome(unsigned long value)
{
    struct hzx_shared *shared = hzx.shared;
    if (!hzx.running)
        return;
    uint32_t at = 0;
    while (at < shared->outcomes_n && shared->outcomes[at].value != value)
        at++;
    if (at == HZX_OUTCOMES)
        return;
    if (at == shared->outcomes_n)
        shared->outcomes[shared->outcomes_n++].value = value;
    shared->outcomes[at].times++;
}
