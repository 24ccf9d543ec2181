/* What Helgrind's and DRD's errors are. Helgrind puts most misuse under one kind, "Misc". */
#include "detectors/valgrind_xml.h"

#include <string.h>

/*
 * The first row that fits holds; a NULL fits anything. Neither tool knows C11 atomics,
 * fences or robust mutexes, so their races are probable and no more.
 */
static const struct {
    const char *kind, *text, *function;
    enum hz_class class;
    const char *name;
    enum hz_sure sure;
} rows[] = {
    /* Helgrind */
    {"Race", NULL, NULL, HZ_RACE, "data-race", HZ_PROBABLE},
    {"LockOrder", NULL, NULL, HZ_DEADLOCK, "lock-order", HZ_PROBABLE},
    {"UnlockUnlocked", NULL, NULL, HZ_MISUSE, "unlock-unlocked", HZ_CERTAIN},
    {"UnlockForeign", NULL, NULL, HZ_MISUSE, "unlock-foreign", HZ_CERTAIN},
    {"UnlockBogus", NULL, NULL, HZ_MISUSE, "invalid-lock", HZ_CERTAIN},
    {"PthAPIerror", NULL, NULL, HZ_MISUSE, "call-failed", HZ_CERTAIN},
    {"Misc", "re-lock a non-recursive lock", NULL, HZ_DEADLOCK, "self-lock", HZ_CERTAIN},
    {"Misc", "still holds", NULL, HZ_MISUSE, "exit-with-lock-held", HZ_CERTAIN},
    {"Misc", "destroy of a locked", NULL, HZ_MISUSE, "destroy-locked", HZ_CERTAIN},
    {"Misc", "being waited upon", NULL, HZ_MISUSE, "destroy-waited", HZ_CERTAIN},
    {"Misc", "while being waited", NULL, HZ_MISUSE, "destroy-waited", HZ_CERTAIN},
    {"Misc", "threads are waiting at barrier", NULL, HZ_MISUSE, "destroy-waited", HZ_CERTAIN},
    {"Misc", "associated lock is not held", NULL, HZ_MISUSE, "dubious-signal", HZ_PROBABLE},
    {"Misc", "un-held mutex", NULL, HZ_MISUSE, "cond-wait-unlocked", HZ_CERTAIN},
    {"Misc", "held by a different thread", NULL, HZ_MISUSE, "cond-wait-foreign", HZ_CERTAIN},
    {"Misc", "with a different mutex", NULL, HZ_MISUSE, "cond-two-mutexes", HZ_CERTAIN},
    {"Misc", "Bug in libpthread", NULL, HZ_MISUSE, "library-confused", HZ_PROBABLE},
    {"Misc", "barrier", NULL, HZ_MISUSE, "barrier-misuse", HZ_CERTAIN},
    {"Misc", "sem_", NULL, HZ_MISUSE, "semaphore-misuse", HZ_CERTAIN},
    {"Misc", "invalid", NULL, HZ_MISUSE, "invalid-lock", HZ_CERTAIN},
    {"Misc", "unknown cond var", NULL, HZ_MISUSE, "invalid-lock", HZ_CERTAIN},
    {"Misc", "_t*", NULL, HZ_MISUSE, "invalid-lock", HZ_CERTAIN},
    {"Misc", "lock is a rwlock", NULL, HZ_MISUSE, "invalid-lock", HZ_CERTAIN},
    /* DRD */
    {"ConflictingAccess", NULL, NULL, HZ_RACE, "data-race", HZ_PROBABLE},
    {"MutexErr", "Recursive locking not allowed", NULL, HZ_DEADLOCK, "self-lock", HZ_CERTAIN},
    {"MutexErr", "not locked by calling", "pthread_cond_", HZ_MISUSE, "cond-wait-foreign",
     HZ_CERTAIN},
    {"MutexErr", "not locked by calling", NULL, HZ_MISUSE, "unlock-foreign", HZ_CERTAIN},
    {"MutexErr", "not locked", "pthread_cond_", HZ_MISUSE, "cond-wait-unlocked", HZ_CERTAIN},
    {"MutexErr", "not locked", NULL, HZ_MISUSE, "unlock-unlocked", HZ_CERTAIN},
    {"MutexErr", "still locked at thread exit", NULL, HZ_MISUSE, "exit-with-lock-held", HZ_CERTAIN},
    {"MutexErr", "Destroying locked", NULL, HZ_MISUSE, "destroy-locked", HZ_CERTAIN},
    {"MutexErr", NULL, NULL, HZ_MISUSE, "invalid-lock", HZ_CERTAIN},
    {"CondErr", "waited upon", NULL, HZ_MISUSE, "destroy-waited", HZ_CERTAIN},
    {"CondErr", "Inconsistent association", NULL, HZ_MISUSE, "cond-two-mutexes", HZ_CERTAIN},
    {"CondErr", NULL, NULL, HZ_MISUSE, "condition-misuse", HZ_CERTAIN},
    {"CondDestrErr", NULL, NULL, HZ_MISUSE, "destroy-waited", HZ_CERTAIN},
    {"CondRaceErr", NULL, NULL, HZ_MISUSE, "dubious-signal", HZ_PROBABLE},
    {"CondWaitErr", NULL, NULL, HZ_MISUSE, "cond-two-mutexes", HZ_CERTAIN},
    {"RwlockErr", "Recursive writer locking", NULL, HZ_DEADLOCK, "self-lock", HZ_CERTAIN},
    {"RwlockErr", "not locked", NULL, HZ_MISUSE, "unlock-unlocked", HZ_CERTAIN},
    {"RwlockErr", "Destroying locked", NULL, HZ_MISUSE, "destroy-locked", HZ_CERTAIN},
    {"RwlockErr", NULL, NULL, HZ_MISUSE, "invalid-lock", HZ_CERTAIN},
    {"SemaphoreErr", "waited upon", NULL, HZ_MISUSE, "destroy-waited", HZ_CERTAIN},
    {"SemaphoreErr", NULL, NULL, HZ_MISUSE, "semaphore-misuse", HZ_CERTAIN},
    {"BarrierErr", "estruction of", NULL, HZ_MISUSE, "destroy-waited", HZ_CERTAIN},
    {"BarrierErr", NULL, NULL, HZ_MISUSE, "barrier-misuse", HZ_CERTAIN},
    {"HoldtimeErr", NULL, NULL, HZ_STARVATION, "held-long", HZ_PROBABLE},
    {"InvalidThreadId", NULL, NULL, HZ_MISUSE, "invalid-thread", HZ_CERTAIN},
};

/* A client request that a tool does not know: a limit of the tool. */
static bool of_the_tool(const char *kind)
{
    return strcmp(kind, "UnimpHgClReq") == 0 || strcmp(kind, "UnimpDrdClReq") == 0;
}

bool hz_valgrind_classify(const char *kind, const char *text, const char *function,
                          struct hz_finding *finding)
{
    if (of_the_tool(kind))
        return false;
    finding->class = HZ_MISUSE;
    finding->kind = "misuse";
    finding->sure = HZ_PROBABLE;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].kind, kind) != 0 ||
            (rows[i].text != NULL && strstr(text, rows[i].text) == NULL) ||
            (rows[i].function != NULL &&
             (function == NULL || strstr(function, rows[i].function) == NULL)))
            continue;
        finding->class = rows[i].class;
        finding->kind = rows[i].name;
        finding->sure = rows[i].sure;
        break;
    }
    return true;
}
