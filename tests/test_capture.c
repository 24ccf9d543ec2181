/* What is kept of a program's output: harness/process/capture.h, alone and under a flood. */
#include "supervised.h"

#include "process/capture.h"

#include <sys/resource.h>

/* Sends `text` through a stream in pieces of `piece` bytes. */
static struct hz_capture captured(const char *text, size_t piece, size_t head, size_t tail)
{
    int ends[2];
    struct hz_channel stream;
    struct hz_capture capture;
    ck_assert_int_eq(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    hz_channel_open(&stream, ends[0], &(struct hz_limits){.head = head, .tail = tail});
    for (size_t at = 0, n = strlen(text); at < n; at += piece) {
        size_t size = n - at < piece ? n - at : piece;
        ck_assert_int_eq(write(ends[1], text + at, size), (int)size);
        hz_channel_drain(&arena, &stream);
    }
    hz_channel_close(&arena, &stream, &capture);
    close(ends[1]);
    return capture;
}

START_TEST(head_and_tail)
{
    static const struct {
        size_t head, tail;
        const char *kept_head, *kept_tail;
        uint64_t dropped;
    } cases[] = {
        {20, 20, "0123456789abcdef", "", 0},
        {16, 0, "0123456789abcdef", "", 0},
        {10, 6, "0123456789", "abcdef", 0},
        {10, 9, "0123456789", "abcdef", 0},
        {4, 5, "0123", "bcdef", 7},
        {0, 3, "", "def", 13},
        {3, 0, "012", "", 13},
        {0, 0, "", "", 16},
        {0, 16, "", "0123456789abcdef", 0},
        {1, 14, "0", "23456789abcdef", 1},
    };
    for (size_t piece = 1; piece <= 16; piece++) {
        struct hz_capture kept =
            captured("0123456789abcdef", piece, cases[_i].head, cases[_i].tail);
        ck_assert_str_eq(hz_copy(&arena, kept.head.at, kept.head.n), cases[_i].kept_head);
        ck_assert_str_eq(hz_copy(&arena, kept.tail.at, kept.tail.n), cases[_i].kept_tail);
        ck_assert_uint_eq(kept.dropped, cases[_i].dropped);
    }
}
END_TEST

/* Only what is in the pipe now: its writer may never close it. */
START_TEST(closing_reads_what_is_there)
{
    int ends[2];
    struct hz_channel stream;
    struct hz_capture capture;
    ck_assert_int_eq(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    hz_channel_open(&stream, ends[0], &(struct hz_limits){.head = 100});
    ck_assert_int_eq(write(ends[1], "last words", 10), 10);
    hz_channel_close(&arena, &stream, &capture);
    ck_assert_str_eq(hz_copy(&arena, capture.head.at, capture.head.n), "last words");
    ck_assert_int_eq(stream.fd, -1);
    ck_assert_int_eq(fcntl(ends[0], F_GETFD), -1);
    close(ends[1]);
}
END_TEST

/* Otherwise poll() would report it as readable for ever. */
START_TEST(the_end_closes_it)
{
    int ends[2];
    struct hz_channel stream;
    ck_assert_int_eq(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    hz_channel_open(&stream, ends[0], &(struct hz_limits){.head = 100});
    hz_channel_drain(&arena, &stream);
    ck_assert_int_eq(stream.fd, ends[0]);
    close(ends[1]);
    hz_channel_drain(&arena, &stream);
    ck_assert_int_eq(stream.fd, -1);
    ck_assert_int_eq(fcntl(ends[0], F_GETFD), -1);
}
END_TEST

START_TEST(an_endless_stream_leaves_turns_to_others)
{
    struct hz_channel stream;
    struct hz_capture capture;
    hz_channel_open(&stream, open("/dev/zero", O_RDONLY | O_CLOEXEC),
                   &(struct hz_limits){.tail = 9});
    hz_channel_drain(&arena, &stream);
    hz_channel_close(&arena, &stream, &capture);
    ck_assert_uint_eq(capture.tail.n, 9);
    ck_assert_uint_eq(capture.dropped, (1 << 20) - 9);
}
END_TEST

START_TEST(partial_line_of_a_killed_program)
{
    struct hz_command command = fake("proc-output", "partial", NULL);
    supervise(&command);
    assert_end(HZ_END_SIGNALED);
    ck_assert_int_eq(out.signal, SIGKILL);
    ck_assert_uint_eq(out.out.head.n, 11);
    ck_assert_mem_eq(out.out.head.at, "half\0a line", 11);
}
END_TEST

static void check_flood(const struct hz_capture *capture, uint64_t n)
{
    ck_assert_uint_eq(capture->head.n, 70000);
    ck_assert_uint_eq(capture->tail.n, 100001);
    ck_assert_uint_eq(capture->dropped, n - 70000 - 100001);
    for (size_t i = 0; i < capture->head.n; i++)
        ck_assert_uint_eq((unsigned char)capture->head.at[i], i % 251);
    for (size_t i = 0; i < capture->tail.n; i++)
        ck_assert_uint_eq((unsigned char)capture->tail.at[i], (n - 100001 + i) % 251);
}

START_TEST(flood)
{
    struct rusage before, after;
    struct hz_command command = fake("proc-output", "flood", "200000000");
    command.limits.head = 70000;
    command.limits.tail = 100001;
    getrusage(RUSAGE_SELF, &before);
    supervise(&command);
    getrusage(RUSAGE_SELF, &after);
    assert_end(HZ_END_EXITED);
    ck_assert_int_eq(out.status, 0);
    check_flood(&out.out, 200000000);
    check_flood(&out.err, 200000000);
    ck_assert_int_lt(after.ru_maxrss - before.ru_maxrss, 20 * 1024);
}
END_TEST

/* A flood is no way to keep the deadline from being noticed. */
START_TEST(deadline_in_a_flood)
{
    struct hz_command command = fake("proc-output", "flood", "100000000000");
    command.limits.seconds = 0.2;
    supervise(&command);
    assert_end(HZ_END_DEADLINE);
}
END_TEST

static void add(TCase *tests)
{
    tcase_add_loop_test(tests, head_and_tail, 0, 10);
    tcase_add_test(tests, closing_reads_what_is_there);
    tcase_add_test(tests, the_end_closes_it);
    tcase_add_test(tests, an_endless_stream_leaves_turns_to_others);
    tcase_add_test(tests, partial_line_of_a_killed_program);
    tcase_add_test(tests, flood);
    tcase_add_test(tests, deadline_in_a_flood);
}

int main(void)
{
    return run_cases("capture", add);
}
