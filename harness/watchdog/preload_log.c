/* The log: its records, and which of them are new. */
#include "watchdog/preload.h"

#include <string.h>
#include <time.h>

/* ---- the ring ------------------------------------------------------------------- */

#define WORDS (HZW_LOG / 8)
_Static_assert(sizeof(struct hzw_record) % 8 == 0 && sizeof(struct hzw_entry) % 8 == 0,
               "records are made of words");

static bool names_a_place(uint32_t kind)
{
    return kind == HZW_ORDER || kind == HZW_MISUSE;
}

/*
 * Where threads begin and end decides what all other records mean: those about locks
 * leave the last quarter of the ring to them.
 */
static uint64_t limit(uint32_t kind)
{
    return names_a_place(kind) ? HZW_LOG / 4 * 3 : HZW_LOG;
}

static bool reserve(struct hzw_region *shared, uint64_t bytes, uint64_t most, uint64_t *at)
{
    uint64_t tail = atomic_load_explicit(&shared->log_tail, memory_order_relaxed);
    do {
        /* The monitor's zeros are there before it moves this. A tail that is behind it is old. */
        uint64_t head = atomic_load_explicit(&shared->log_head, memory_order_acquire);
        if ((int64_t)(tail + bytes - head) > (int64_t)most) {
            atomic_fetch_add_explicit(&shared->log_lost, 1, memory_order_relaxed);
            return false;
        }
    } while (!atomic_compare_exchange_weak_explicit(&shared->log_tail, &tail, tail + bytes,
                                                    memory_order_relaxed, memory_order_relaxed));
    *at = tail / 8;
    return true;
}

/* A record with its entries is written as words: the first one last. */
union words {
    struct hzw_record record;
    uint64_t word[(sizeof(struct hzw_record) + HZW_LISTED * sizeof(struct hzw_entry)) / 8];
};

/* Where the log stood after the last record of this process that names a place. */
static _Atomic uint64_t told_until;

static bool write_words(union words *words)
{
    struct hzw_region *shared = hzw_shared();
    uint64_t at;
    uint32_t n = words->record.words;
    if (!reserve(shared, n * 8, limit(words->record.kind), &at))
        return false;
    for (uint32_t i = 1; i < n; i++)
        atomic_store_explicit(&shared->log[(at + i) % WORDS], words->word[i], memory_order_relaxed);
    atomic_store_explicit(&shared->log[at % WORDS], words->word[0], memory_order_release);
    if (names_a_place(words->record.kind))
        atomic_store_explicit(&told_until, (at + n) * 8, memory_order_relaxed);
    return true;
}

static void sign(const struct hzw_slot *slot, struct hzw_record *record)
{
    record->words = (uint32_t)(sizeof *record + record->n * sizeof(struct hzw_entry)) / 8;
    record->thread = slot->thread;
    record->segment = slot->segment;
    record->owner = atomic_load_explicit(&slot->owner, memory_order_relaxed);
}

bool hzw_log(const struct hzw_slot *slot, struct hzw_record *record)
{
    union words words = {.record = *record};
    sign(slot, &words.record);
    return write_words(&words);
}

/*
 * The last of all destructors may be another's, but the program's own are over. Bounded,
 * for the monitor may be dead: then there is nobody to wait for.
 */
__attribute__((destructor)) static void wait_until_dealt_with(void)
{
    enum { ROUNDS = 1000, NANOSECONDS = 250000 };
    uint64_t until = atomic_load(&told_until);
    struct hzw_region *shared = hzw_shared();
    for (int i = 0; i < ROUNDS && shared != NULL &&
                    ((until != 0 && atomic_load(&shared->log_done) < until) || !hzw_stat_named());
         i++)
        nanosleep(&(struct timespec){.tv_nsec = NANOSECONDS}, NULL);
}

void hzw_log_born(const struct hzw_slot *slot, uint64_t thread, uint64_t other, uint32_t segment)
{
    union words words = {.record = {.kind = HZW_BORN}};
    sign(slot, &words.record);
    words.record.thread = thread;
    words.record.other = other;
    words.record.value = segment;
    words.record.segment = 0;
    words.record.object = hzw_image();
    write_words(&words);
}

void hzw_log_gone(const struct hzw_slot *slot, uint64_t thread)
{
    union words words = {.record = {.kind = HZW_GONE}};
    sign(slot, &words.record);
    words.record.thread = thread;
    write_words(&words);
}

/* ---- what was told before ------------------------------------------------------- */

/*
 * Hashes of what the threads of this process have logged, in sets of one cache line:
 * read at every nested lock, and written only with a new record. The number of the
 * thread is in the hash, so nothing needs to be cleared at its end or after a fork.
 * What has no room any more is told once more.
 */
#define WAYS 8
#define SETS (1 << 15)
static struct {
    _Alignas(64) _Atomic uint64_t hash[WAYS];
} told[SETS];

static bool was_told(uint64_t hash)
{
    _Atomic uint64_t *set = told[hash >> 32 & (SETS - 1)].hash;
    for (uint64_t i = 0; i < WAYS; i++)
        if (atomic_load_explicit(&set[(hash + i) % WAYS], memory_order_relaxed) == hash)
            return true;
    return false;
}

static void remember(uint64_t hash)
{
    _Atomic uint64_t *set = told[hash >> 32 & (SETS - 1)].hash;
    uint64_t place = hash % WAYS;
    for (uint64_t i = 0; i < WAYS; i++)
        if (atomic_load_explicit(&set[(hash + i) % WAYS], memory_order_relaxed) == 0) {
            place = (hash + i) % WAYS;
            break;
        }
    atomic_store_explicit(&set[place], hash, memory_order_relaxed);
}

/* ---- orders --------------------------------------------------------------------- */

static bool name_all(const struct hzw_record *record)
{
    bool all = hzw_name(record->object);
    for (uint32_t i = 0; i < record->n; i++)
        all = hzw_name(record->entry[i].object) && all;
    if (!all)
        atomic_fetch_add_explicit(&hzw_shared()->log_lost, 1, memory_order_relaxed);
    return all;
}

/* This library's own code; the names are the linker's. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _etext[] __attribute__((visibility("hidden")));

static bool is_ours(uint64_t address)
{
    return address >= HZW_ADDRESS(__ehdr_start) && address < HZW_ADDRESS(_etext);
}

/*
 * Who called the place that the record names, by frame pointers: as far as there are any.
 * What is no frame could lead anywhere; so it has to lie on the thread's own stack, above
 * what is in use now, where all is mapped.
 */
static void find_callers(uint64_t caller, uint64_t *from)
{
    enum { MOST_FRAMES = 3 * HZW_FROM };
    uint64_t at = HZW_ADDRESS(__builtin_frame_address(0));
    bool there = false;
    for (int i = 0, n = 0; i < MOST_FRAMES && n < HZW_FROM; i++) {
        if (at < hzw_self.stack || at % 8 != 0 || at + 2 * sizeof(uint64_t) > hzw_self.top)
            return;
        const uint64_t *frame = (const uint64_t *)(uintptr_t)at;
        bool before = is_ours(frame[1]) || (frame[1] == caller && !there);
        there |= frame[1] == caller;
        if (!before)
            from[n++] = frame[1];
        if (frame[0] <= at)
            return;
        at = frame[0];
    }
}

static bool log_order(struct hzw_slot *slot, const struct hzw_record *head, uint32_t held)
{
    union words words = {.record = *head};
    words.record.n = hzw_list(slot, words.record.entry);
    words.record.more = held > words.record.n ? held - words.record.n : 0;
    find_callers(head->caller, words.record.from);
    sign(slot, &words.record);
    return name_all(&words.record) && write_words(&words);
}

static void set_last(const struct hzw_slot *slot, uint64_t kinds, uint64_t object, uint64_t when,
                     uint32_t ends)
{
    if (slot->held_n == 1)
        hzw_self.order = (struct hzw_last_order){slot->held[0].object, object, kinds, when, ends};
}

/*
 * What was ordered in another segment may be ordered in another way, seen from other
 * threads: so it is told again.
 */
void hzw_order(struct hzw_slot *slot, uint32_t kind, uint64_t object, uint64_t caller)
{
    if (hzw_is_last_order(slot, kind, object))
        return;
    uint64_t kinds = (uint64_t)slot->held[0].kind << 32 | kind;
    uint64_t when = slot->thread << 32 ^ slot->segment;
    uint32_t ends = atomic_load_explicit(&hzw_ends, memory_order_relaxed);
    struct hzw_holding holding = hzw_holding(slot, object);
    if (holding.locks == 0 || holding.has)
        return;
    uint32_t birth = hzw_birth(object);
    uint64_t hash = hzw_mix(holding.hash ^ hzw_mix(when)) + hzw_hash_lock(object, kind, birth);
    hash |= (uint64_t)1 << 63; /* 0 is none */
    if (was_told(hash)) {
        set_last(slot, kinds, object, when, ends);
        return;
    }
    struct hzw_record record = {
        .kind = HZW_ORDER, .as = kind, .object = object, .caller = caller, .birth = birth};
    if (log_order(slot, &record, holding.locks + holding.gates))
        remember(hash);
}

/* ---- misuse --------------------------------------------------------------------- */

void hzw_misuse(struct hzw_slot *slot, enum hzw_misuse what, uint32_t as, uint64_t object,
                uint64_t caller, uint64_t other)
{
    uint64_t hash = hzw_mix(caller ^ hzw_mix(slot->thread << 8 | what)) | (uint64_t)1 << 63;
    if (was_told(hash))
        return;
    struct hzw_record record = {.kind = HZW_MISUSE,
                                .as = as,
                                .object = object,
                                .caller = caller,
                                .birth = hzw_birth(object),
                                .value = what,
                                .other = other};
    find_callers(caller, record.from);
    if (hzw_log(slot, &record))
        remember(hash);
}
