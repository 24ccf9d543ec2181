#include "explorer/runtime/engine.h"

#include "base/hash.h"
#include "explorer/runtime/memory.h"
#include "explorer/runtime/notes.h"
#include "explorer/runtime/now.h"
#include "explorer/runtime/objects.h"
#include "explorer/runtime/races.h"
#include "explorer/runtime/spin.h"
#include "explorer/runtime/store_buffer.h"
#include "explorer/runtime/sync.h"
#include "explorer/runtime/views.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

struct hzx_engine hzx;
unsigned hzx_clock_n = 1;

/* ---- who could go on ---- */

#define EARLY 1 /* times that a thread's timers may go off before nothing else can happen */

static void enable(unsigned agent, bool on)
{
    uint64_t bit = (uint64_t)1 << (agent % 64);
    if (on)
        hzx.enabled[agent / 64] |= bit;
    else
        hzx.enabled[agent / 64] &= ~bit;
}

void hzx_ready_again(struct hzx_thread *thread)
{
    const struct hzx_op *op = &thread->pending;
    bool ready = op->ready == NULL || op->ready(thread);
    if (thread->buffered != 0) {
        enable(2 * thread->id, ready && !thread->parked && !hzx_drains(op));
        enable(2 * thread->id + 1, true);
        return;
    }
    enable(2 * thread->id, ready && !thread->parked && !thread->done);
    bool may = thread->timer && !ready && !thread->timed_out && !thread->done &&
               (op->expires == NULL || op->expires(thread));
    enable(2 * thread->id + 1, may && thread->early < EARLY);
    if (may && thread->early >= EARLY)
        hzx.shared->left_out |= HZX_LEFT_TIMERS;
}

void hzx_changed(const struct hzx_object *object)
{
    for (unsigned i = 0; i < hzx.threads_n; i++) {
        struct hzx_thread *thread = &hzx.threads[i];
        if (thread->done || thread == hzx.self)
            continue;
        if (thread->pending.object == object || thread->pending.second == object)
            hzx_ready_again(thread);
    }
    if (hzx.parked_n != 0)
        hzx_spin_wake(object->address, 1);
}

const struct hzx_op *hzx_next(unsigned agent)
{
    struct hzx_thread *thread = &hzx.threads[agent / 2];
    if (agent % 2 == 0)
        return &thread->pending;
    if (thread->buffered != 0) {
        hzx_buffer_oldest(thread, &thread->alone);
        return &thread->alone;
    }
    thread->alone = thread->pending; /* a timer acts on what its thread waits for */
    thread->alone.kind = HZX_TIMEOUT;
    return &thread->alone;
}

static bool touches(const struct hzx_object *object, const struct hzx_op *op)
{
    return object != NULL && (object == op->object || object == op->second);
}

bool hzx_dependent(unsigned a_agent, const struct hzx_op *a, unsigned b_agent,
                   const struct hzx_op *b)
{
    if (a->kind == HZX_PROCESS_EXIT || b->kind == HZX_PROCESS_EXIT)
        return true;
    if (a_agent / 2 == b_agent / 2)
        return a_agent == b_agent || (a->kind != HZX_FLUSH && b->kind != HZX_FLUSH);
    if (a->kind == HZX_CANCEL || b->kind == HZX_CANCEL)
        return (b->cancels && b_agent / 2 == a->value) || (a->cancels && a_agent / 2 == b->value);
    if (a->clock || b->clock)
        return (a->clock || a->kind == HZX_TIMEOUT) && (b->clock || b->kind == HZX_TIMEOUT);
    if (touches(a->object, b) || touches(a->second, b))
        return a->write || b->write;
    if (a->object != NULL || b->object != NULL || !(a->write || b->write))
        return false;
    return a->address < b->address + b->size && b->address < a->address + a->size;
}

/* ---- the end ---- */

static void fill_stand(struct hzx_stand *stand, const struct hzx_thread *thread)
{
    const struct hzx_op *op = &thread->pending;
    *stand = (struct hzx_stand){.kind = op->kind, .done = thread->done, .ticks = thread->tick,
                                .waits_for = -1, .pc = op->pc, .address = op->address};
    if (op->ready != NULL && op->object != NULL && !thread->done && !op->ready(thread))
        stand->waits_for = hzx_object_owner(op->object, op->kind);
    if (op->kind == HZX_JOIN && !thread->done)
        stand->waits_for = (int32_t)op->value;
    unsigned skip = thread->calls_n > HZX_FRAMES ? thread->calls_n - HZX_FRAMES : 0;
    for (unsigned i = skip; i < thread->calls_n && i < HZX_CALLS; i++)
        stand->frames[stand->frames_n++] = thread->calls[i];
    for (unsigned i = 0; i < thread->held_n && i < HZX_HELD; i++) {
        stand->held[i].address = thread->held[i].object->address;
        stand->held[i].pc = thread->held[i].pc;
        stand->held_n++;
    }
}

static _Noreturn void end_schedule(enum hzx_end end, uintptr_t pc, const char *text)
{
    struct hzx_shared *shared = hzx.shared;
    if (shared->config.stop == HZX_STOP_AT_FAILURE && end > HZX_CUT)
        HZX_REAL(raise)(SIGTRAP);
    shared->outcome = (struct hzx_outcome){.end = end, .thread = hzx.self->id, .pc = pc,
                                           .status = shared->outcome.status};
    if (text != NULL)
        strncpy(shared->outcome.text, text, HZX_TEXT - 1);
    hzx.running = false;
    if (end > HZX_CUT) {
        shared->stands_n = hzx.threads_n;
        for (unsigned i = 0; i < hzx.threads_n; i++)
            fill_stand(&shared->stands[i], &hzx.threads[i]);
    }
    hzx_carrier_switch(&hzx.self->carrier, &hzx.campaign); /* for good */
    __builtin_unreachable();
}

void hzx_end(enum hzx_end end, uintptr_t pc, const char *text)
{
    if (hzx.self->fresh)
        hzx_note_agent(2 * hzx.creator->id, hzx.creator->tick + 1);
    hzx_note_agent(2 * hzx.self->id, hzx.self->tick + 1); /* in the middle of this step */
    end_schedule(end, pc, text);
}

/* ---- who goes on ---- */

/* The thread's oldest store goes from its buffer to memory. */
static void flush(struct hzx_thread *thread)
{
    hzx_note_agent(2 * hzx.self->id, hzx.self->tick);
    hzx_note_agent(2 * thread->id + 1, 0);
    if (hzx.trace) {
        struct hzx_op op;
        hzx_buffer_oldest(thread, &op);
        hzx_note_event(&op, thread->id);
    }
    hzx_buffer_flush(thread);
    hzx_ready_again(thread);
}

/* A timed wait is over: the time is not before its end. */
static void time_out(struct hzx_thread *thread)
{
    thread->timed_out = true;
    if (hzx.now < thread->deadline)
        hzx.now = thread->deadline;
    hzx_now_moved(thread);
    thread->early++;
    hzx_note_agent(2 * hzx.self->id, hzx.self->tick);
    hzx_note_agent(2 * thread->id + 1, 0);
    if (hzx.trace)
        hzx_note_event(&(struct hzx_op){.kind = HZX_TIMEOUT, .pc = thread->pending.pc,
                                    .address = thread->pending.address}, thread->id);
    hzx_ready_again(thread);
}

static bool none_enabled(void)
{
    uint64_t any = 0;
    for (unsigned i = 0; i < HZX_WORDS; i++)
        any |= hzx.enabled[i];
    return any == 0;
}

/* Nobody can go on: what is that? */
static _Noreturn void halt(void)
{
    bool on_lock = false, spins = false;
    uintptr_t pc = 0;
    hzx_note_agent(2 * hzx.self->id, hzx.self->tick);
    for (unsigned i = hzx.threads_n; i-- > 0;) {
        struct hzx_thread *thread = &hzx.threads[i];
        if (thread->done)
            continue;
        pc = thread->pending.pc;
        hzx.self = thread;
        spins = spins || thread->parked;
        on_lock = on_lock || (!thread->parked && thread->pending.object != NULL &&
                              hzx_object_owner(thread->pending.object, thread->pending.kind) >= 0);
    }
    if (hzx.outside && !on_lock) {
        hzx.shared->left_out |= HZX_LEFT_OUTSIDE;
        end_schedule(HZX_CUT, pc, NULL);
    }
    end_schedule(spins ? HZX_LIVELOCK : on_lock ? HZX_DEADLOCK : HZX_STUCK, pc, NULL);
}

/* Nothing else can happen: time passes. False if nobody waits for that. */
static bool first_timer(void)
{
    struct hzx_thread *first = NULL;
    for (unsigned i = 0; i < hzx.threads_n; i++) {
        struct hzx_thread *thread = &hzx.threads[i];
        if (!thread->done && thread->timer && !thread->timed_out &&
            (first == NULL || thread->deadline < first->deadline))
            first = thread;
    }
    if (first != NULL)
        time_out(first);
    return first != NULL;
}

void hzx_settle(void)
{
    if (hzx.strategy->settle != NULL)
        hzx.strategy->settle();
}

unsigned hzx_choose(unsigned n)
{
    if (n < 2 || hzx.strategy->choose == NULL)
        return 0;
    unsigned choice = hzx.strategy->choose(n);
    hzx.shared->hash = hz_hash_add(hzx.shared->hash, HZX_CHOICE + choice);
    if (choice > 0)
        hzx_note_agent(HZX_CHOICE + choice, hzx.self->tick);
    return choice;
}

/* Picks agents until it is a thread's turn; that thread. */
static struct hzx_thread *choose(void)
{
    for (;;) {
        while (none_enabled())
            if (!first_timer())
                halt();
        unsigned agent = hzx.strategy->pick();
        if (hzx.blocked)
            hzx_end(HZX_CUT, 0, NULL);
        hzx.shared->hash = hz_hash_add(hzx.shared->hash, agent);
        if (hzx.strategy->did != NULL)
            hzx.strategy->did(agent, hzx_next(agent));
        if (agent % 2 == 0)
            return &hzx.threads[agent / 2];
        struct hzx_thread *thread = &hzx.threads[agent / 2];
        (thread->buffered != 0 ? flush : time_out)(thread);
    }
}

static void go_on_as(struct hzx_thread *next)
{
    struct hzx_thread *from = hzx.self;
    if (next != from) {
        hzx.self = next;
        hzx_carrier_switch(&from->carrier, &next->carrier);
    }
}

/* What a new thread did before its first point, it did in the middle of its creator's step:
 * told as if it had been picked at the creator's next access. */
static void note_first_part(const struct hzx_thread *self)
{
    if (self->tick <= 1)
        return;
    hzx_note_agent(2 * hzx.creator->id, hzx.creator->tick + 1);
    hzx_note_agent(2 * self->id, self->tick);
}

static void pause_here(struct hzx_thread *self)
{
    if (self->buffered != 0)
        hzx_buffer_hide(self);
    if (self->fresh) {
        self->fresh = false;
        note_first_part(self);
        hzx_ready_again(self);
        go_on_as(hzx.creator);
    } else {
        hzx_ready_again(self);
        struct hzx_thread *next = choose();
        if (next != self)
            hzx_note_segment();
        go_on_as(next);
    }
    if (self->buffered != 0)
        hzx_buffer_show(self);
}

/* A schedule that does not come to an end is cut when the campaign's time is over. */
static void check_time(uintptr_t pc)
{
    if (hzx.overdue != NULL && hzx.overdue())
        hzx_end(HZX_CUT, pc, NULL);
}

void hzx_point(const struct hzx_op *op)
{
    struct hzx_thread *self = hzx.self;
    hzx_spin_settle(self);
    self->tick++;
    self->pending = *op;
    pause_here(self);
    self->steps++;
    if (++hzx.steps > hzx.shared->config.max_steps)
        hzx_end(HZX_CUT, op->pc, NULL);
    if (hzx.steps % 65536 == 0)
        check_time(op->pc);
    if (hzx.trace)
        hzx_note_event(op, self->id);
}

void hzx_pass(const struct hzx_op *op)
{
    struct hzx_thread *self = hzx.self;
    if (hzx.memory == HZX_TSO && hzx_drains(op)) {
        if (self->buffered != 0) {
            hzx_point(op);
            return;
        }
        hzx_settle();
        hzx_buffer_caused(2 * self->id, op);
    }
    self->tick++;
    if (++hzx.passed % 65536 == 0)
        check_time(op->pc);
    if (hzx.trace)
        hzx_note_event(op, self->id);
}

/* ---- threads ---- */

static void body(void)
{
    struct hzx_thread *self = hzx.self;
    hzx_leave(self->start(self->argument), 0);
}

struct hzx_thread *hzx_thread_of(const void *handle)
{
    for (unsigned i = 0; i < hzx.threads_n; i++)
        if (hzx.threads[i].carrier.handle == handle)
            return &hzx.threads[i];
    return NULL;
}

struct hzx_thread *hzx_thread_new(void *(*start)(void *), void *argument)
{
    bool buffers = hzx.memory == HZX_TSO;
    unsigned long *handle = hzx.handle;
    hzx.handle = NULL;
    if (hzx.threads_n == (buffers ? HZX_THREADS / 2 : HZX_THREADS))
        return NULL;
    unsigned id = hzx.threads_n;
    struct hzx_thread *thread = &hzx.threads[id];
    memset(thread, 0, offsetof(struct hzx_thread, order));
    if (!hzx_carrier_prepare(&thread->carrier, id, body))
        return NULL;
    if (handle != NULL)
        *handle = (unsigned long)thread->carrier.handle;
    hzx.threads_n++;
    unsigned first = buffers ? 2 * id : id; /* a buffer's events have an element of their own */
    hzx_clock_n = buffers ? 2 * hzx.threads_n : hzx.threads_n;
    for (unsigned i = 0; i < id; i++)
        for (unsigned e = first; e < hzx_clock_n; e++)
            hzx.threads[i].clock[e] = hzx.threads[i].order[e] = hzx.threads[i].acquired[e] =
                hzx.threads[i].released[e] = 0;
    for (unsigned i = 0; i < id && buffers; i++)
        hzx_buffer_order(i)[first] = hzx_buffer_order(i)[first + 1] = 0;
    thread->id = id;
    thread->start = start;
    thread->argument = argument;
    thread->held_n = thread->calls_n = thread->looks_n = 0;
    hzx_clock_clear(thread->clock);
    hzx_clock_clear(thread->order);
    hzx_clock_clear(thread->acquired);
    hzx_clock_clear(thread->released);
    if (buffers)
        hzx_buffer_new(id);
    thread->clock[id] = 1;
    hzx.alive++;
    if (hzx.self != NULL) {
        thread->parent = hzx.self->id;
        thread->blocked = hzx.self->blocked;
        hzx_clock_join(thread->clock, hzx.self->clock);
        hzx_clock_join(thread->order, hzx.self->order);
        hzx.self->clock[hzx.self->id]++;
        thread->fresh = true;
        struct hzx_thread *creator = hzx.creator, *self = hzx.self;
        hzx.creator = self;
        go_on_as(thread); /* to its first point */
        hzx.creator = creator;
    }
    return thread;
}

/* Its last operation, for those who join it; its buffer is empty then. */
static void come_to_end(void)
{
    const struct hzx_op op = {.kind = HZX_EXIT, .size = 1, .write = true,
                              .address = (uintptr_t)hzx.self};
    (hzx_end_is_told(hzx.self) ? hzx_point : hzx_pass)(&op);
}

void hzx_thread_end(void *result)
{
    struct hzx_thread *self = hzx.self;
    come_to_end();
    self->result = result;
    self->done = true;
    self->tick++; /* it did not stop before its last operation, but after it */
    hzx.alive--;
    self->pending = (struct hzx_op){.kind = HZX_EXIT};
    hzx_ready_again(self);
    for (unsigned i = 0; i < hzx.threads_n; i++)
        if (hzx.threads[i].pending.kind == HZX_JOIN && !hzx.threads[i].done)
            hzx_ready_again(&hzx.threads[i]);
    if (self->fresh) {
        self->fresh = false;
        note_first_part(self);
        go_on_as(hzx.creator);
    }
    if (hzx.alive == 0) /* main left by pthread_exit, and this was the last */
        hzx_end(HZX_FINE, 0, NULL);
    struct hzx_thread *next = choose();
    hzx_note_segment();
    go_on_as(next);
    __builtin_unreachable();
}

void hzx_run(void *(*start)(void *), void *argument)
{
    memset(hzx.enabled, 0, sizeof hzx.enabled);
    hzx.threads_n = hzx.alive = hzx.steps = hzx.parked_n = hzx.passed = hzx.asked = hzx.woken = 0;
    hzx.outside = false;
    hzx.now = 1000000000;
    hzx.memory = (uint8_t)hzx.shared->config.memory;
    hzx.spurious = hzx.shared->config.spurious;
    hzx.blocked = false;
    hzx.self = hzx.creator = NULL;
    hzx.shared->segments_n = hzx.shared->events_n = hzx.shared->preemptions = 0;
    hzx.shared->outcome = (struct hzx_outcome){0};
    hzx_races_begin();
    if (hzx.memory == HZX_C11)
        hzx_views_begin();
    hzx.self = hzx_thread_new(start, argument);
    if (hzx.self == NULL) {
        strncpy(hzx.shared->text, "the system gives no thread to run the program in", HZX_TEXT - 1);
        hzx.shared->state = HZX_BROKEN;
        HZX_REAL(_exit)(HZX_GIVEN_UP);
    }
    hzx.self->main = true;
    hzx.running = true;
    hzx_carrier_switch(&hzx.campaign, &hzx.self->carrier);
}
