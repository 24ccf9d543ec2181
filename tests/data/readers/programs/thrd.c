#include <stdio.h>
#include <threads.h>
static int work(void *p)
{
    printf("x\n");
    return p != NULL;
}
int main(void)
{
    thrd_t t;
    if (thrd_create(&t, work, NULL) != thrd_success)
        return 1;
    thrd_join(t, NULL);
    return 0;
}
