#include "scheduler/mapping/batch.h"

#include "core/mem.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define NOW_MS INT64_C(1767225600000)

static const struct batch_policy patient = {.retries_max = -1, .retention_ms = 86400000};

/* Records "a", "b"... with sequence numbers 100, 101..., that arrived `apart_ms` after one another. */
static void fill(struct batch *batch, size_t count, int64_t apart_ms)
{
    batch_init(batch);
    for (size_t i = 0; i < count; i++) {
        char sequence[24];
        struct json_writer w = batch_begin_record(batch);
        char name[2] = {(char)('a' + i % 26), '\0'};
        json_write_string(&w, slice_from(name));
        (void)snprintf(sequence, sizeof sequence, "%zu", 100 + i);
        batch_keep_record(batch, slice_from(sequence), NOW_MS + (int64_t)i * apart_ms);
    }
    batch_start(batch);
}

static void expect_invoke(struct batch *batch, const struct batch_policy *policy, int64_t now_ms,
                          size_t first, size_t end, const char *what)
{
    struct batch_task task = batch_next(batch, policy, now_ms);
    cr_assert_eq(task.step, BATCH_INVOKE, "%s: step %d", what, (int)task.step);
    cr_assert_eq(task.first, first, "%s: first %zu", what, task.first);
    cr_assert_eq(task.end, end, "%s: end %zu", what, task.end);
}

Test(batch, gives_records_back_as_they_were_written)
{
    struct batch batch;
    batch_init(&batch);
    struct json_writer w = batch_begin_record(&batch);
    json_write_string(&w, SLICE("first"));
    cr_expect(slice_is(batch_open_record(&batch), "\"first\""));
    batch_keep_record(&batch, SLICE("7"), 1);
    w = batch_begin_record(&batch);
    json_write_string(&w, SLICE("dropped"));
    batch_drop_record(&batch);
    w = batch_begin_record(&batch);
    json_write_string(&w, SLICE("second"));
    batch_keep_record(&batch, SLICE("12"), 2);
    cr_expect_eq(batch.count, 2);
    cr_expect(slice_is(batch_record_json(&batch, 0), "\"first\""));
    cr_expect(slice_is(batch_record_json(&batch, 1), "\"second\""));
    cr_expect(slice_is(batch_sequence(&batch, 0), "7"));
    cr_expect(slice_is(batch_sequence(&batch, 1), "12"));
    cr_expect_eq(batch.json_len, sizeof "\"first\"," - 1 + sizeof "\"second\"," - 1);
    batch_finish(&batch);
}

Test(batch, finds_a_record_by_its_sequence_number_inside_the_part_only)
{
    struct batch batch;
    fill(&batch, 9, 0);
    cr_expect_eq(batch_find(&batch, 0, 9, SLICE("100")), 0);
    cr_expect_eq(batch_find(&batch, 0, 9, SLICE("108")), 8);
    cr_expect_eq(batch_find(&batch, 2, 5, SLICE("104")), 4);
    cr_expect_eq(batch_find(&batch, 2, 5, SLICE("101")), BATCH_WHOLE);
    cr_expect_eq(batch_find(&batch, 2, 5, SLICE("105")), BATCH_WHOLE);
    cr_expect_eq(batch_find(&batch, 0, 9, SLICE("99")), BATCH_WHOLE);
    cr_expect_eq(batch_find(&batch, 0, 9, SLICE("1000")), BATCH_WHOLE);
    batch_finish(&batch);
}

Test(batch, is_done_after_one_success)
{
    struct batch batch;
    fill(&batch, 3, 0);
    expect_invoke(&batch, &patient, NOW_MS, 0, 3, "fresh");
    batch_succeeded(&batch);
    cr_expect_eq(batch.first, 3);
    cr_expect_eq(batch_next(&batch, &patient, NOW_MS).step, BATCH_DONE);
    batch_finish(&batch);
}

Test(batch, waits_twice_as_long_after_each_failure_up_to_a_minute)
{
    static const int64_t waits_ms[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
    struct batch batch;
    int64_t now_ms = NOW_MS;
    fill(&batch, 2, 0);
    for (size_t i = 0; i < COUNT_OF(waits_ms); i++) {
        expect_invoke(&batch, &patient, now_ms, 0, 2, "again");
        batch_failed(&batch, &patient, BATCH_WHOLE, false, now_ms);
        struct batch_task task = batch_next(&batch, &patient, now_ms);
        cr_assert_eq(task.step, BATCH_WAIT);
        cr_expect_eq(task.at_ms - now_ms, waits_ms[i], "failure %zu", i + 1);
        now_ms = task.at_ms;
    }
    batch_finish(&batch);
}

Test(batch, is_tried_once_more_often_than_it_may_be_retried)
{
    for (int32_t retries = 0; retries < 4; retries++) {
        const struct batch_policy policy = {.retries_max = retries, .retention_ms = 86400000};
        struct batch batch;
        int64_t now_ms = NOW_MS;
        fill(&batch, 2, 0);
        for (int32_t tries = 0; tries <= retries; tries++, now_ms += 60000) {
            expect_invoke(&batch, &policy, now_ms, 0, 2, "try");
            batch_failed(&batch, &policy, BATCH_WHOLE, false, now_ms);
        }
        struct batch_task task = batch_next(&batch, &policy, now_ms);
        cr_expect_eq(task.step, BATCH_DISCARD, "%d retries", retries);
        cr_expect_eq(task.condition, DISCARD_RETRIES_EXHAUSTED);
        cr_expect_eq(task.invocations, (uint32_t)retries + 1);
        cr_expect_eq(task.end, 2);
        batch_discarded(&batch, task.end);
        cr_expect_eq(batch_next(&batch, &policy, now_ms).step, BATCH_DONE);
        batch_finish(&batch);
    }
}

Test(batch, throttles_cost_no_retry)
{
    const struct batch_policy policy = {.retries_max = 0, .retention_ms = 86400000};
    struct batch batch;
    int64_t now_ms = NOW_MS;
    fill(&batch, 1, 0);
    for (int i = 0; i < 20; i++) {
        expect_invoke(&batch, &policy, now_ms, 0, 1, "throttled");
        batch_throttled(&batch, now_ms);
        struct batch_task task = batch_next(&batch, &policy, now_ms);
        cr_assert_eq(task.step, BATCH_WAIT);
        cr_assert_gt(task.at_ms, now_ms);
        cr_assert_leq(task.at_ms - now_ms, 10000);
        now_ms = task.at_ms;
    }
    batch_failed(&batch, &policy, BATCH_WHOLE, false, now_ms);
    cr_expect_eq(batch_next(&batch, &policy, now_ms).step, BATCH_DISCARD);
    batch_finish(&batch);
}

/* The function fails whenever the part holds the poison; what is invoked, part by part. */
Test(batch, bisecting_isolates_a_poison_record_at_no_cost_of_retries)
{
    const struct batch_policy policy = {
        .bisects = true, .retries_max = 1, .retention_ms = 86400000};
    for (size_t count = 1; count <= 40; count++) {
        for (size_t poison = 0; poison < count; poison++) {
            struct batch batch;
            size_t finished = 0, discarded = SIZE_MAX, lone_tries = 0;
            int64_t now_ms = NOW_MS;
            fill(&batch, count, 0);
            for (;;) {
                struct batch_task task = batch_next(&batch, &policy, now_ms);
                if (task.step == BATCH_DONE) {
                    break;
                }
                if (task.step == BATCH_WAIT) {
                    now_ms = task.at_ms;
                } else if (task.step == BATCH_DISCARD) {
                    cr_assert_eq(task.end - task.first, 1, "%zu of %zu", poison, count);
                    cr_assert_eq(task.invocations, 2);
                    discarded = task.first;
                    batch_discarded(&batch, task.end);
                    finished = task.end;
                } else if (task.first <= poison && poison < task.end) {
                    cr_assert_eq(task.first, finished, "in order");
                    lone_tries += task.end - task.first == 1;
                    batch_failed(&batch, &policy, BATCH_WHOLE, false, now_ms);
                } else {
                    cr_assert_eq(task.first, finished, "in order");
                    finished = task.end;
                    batch_succeeded(&batch);
                }
            }
            cr_expect_eq(discarded, poison, "%zu of %zu: %zu", poison, count, discarded);
            cr_expect_eq(finished, count);
            cr_expect_eq(lone_tries, 2);
            batch_finish(&batch);
        }
    }
}

Test(batch, bisects_in_halves_front_first)
{
    const struct batch_policy policy = {
        .bisects = true, .retries_max = 0, .retention_ms = 86400000};
    static const struct {
        size_t first, end;
        bool fails;
    } rows[] = {{0, 8, true},
                {0, 4, false},
                {4, 8, true},
                {4, 6, true},
                {4, 5, false},
                {5, 6, true},
                /* given up */ {6, 8, false}};
    struct batch batch;
    fill(&batch, 8, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct batch_task task = batch_next(&batch, &policy, NOW_MS);
        if (task.step == BATCH_DISCARD) {
            cr_expect_eq(task.first, 5);
            batch_discarded(&batch, task.end);
            task = batch_next(&batch, &policy, NOW_MS);
        }
        cr_assert_eq(task.step, BATCH_INVOKE, "case %zu", i);
        cr_expect_eq(task.first, rows[i].first, "case %zu: %zu", i, task.first);
        cr_expect_eq(task.end, rows[i].end, "case %zu: %zu", i, task.end);
        if (rows[i].fails) {
            batch_failed(&batch, &policy, BATCH_WHOLE, false, NOW_MS);
        } else {
            batch_succeeded(&batch);
        }
    }
    cr_expect_eq(batch_next(&batch, &policy, NOW_MS).step, BATCH_DONE);
    batch_finish(&batch);
}

Test(batch, goes_on_at_the_record_that_a_partial_answer_names)
{
    static const struct {
        bool bisects;
        size_t at;         /* first failure of a part of [0, 6) */
        size_t first, end; /* of the next attempt */
        bool waits;        /* a retry was used */
    } rows[] = {
        {false, 3, 3, 6, true},
        {false, 0, 0, 6, true},
        {true, 3, 3, 6, false}, /* split there */
        {true, 0, 0, 3, false}, /* nothing finished: in halves */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct batch_policy policy = {
            .bisects = rows[i].bisects, .retries_max = 1, .retention_ms = 86400000};
        struct batch batch;
        int64_t now_ms = NOW_MS;
        fill(&batch, 6, 0);
        expect_invoke(&batch, &policy, now_ms, 0, 6, "fresh");
        batch_failed(&batch, &policy, rows[i].at, false, now_ms);
        struct batch_task task = batch_next(&batch, &policy, now_ms);
        cr_expect_eq(task.step == BATCH_WAIT, rows[i].waits, "case %zu", i);
        if (task.step == BATCH_WAIT) {
            now_ms = task.at_ms;
        }
        expect_invoke(&batch, &policy, now_ms, rows[i].first, rows[i].end, "next");
        batch_finish(&batch);
    }
}

Test(batch, partial_answers_without_bisecting_use_up_the_retries)
{
    const struct batch_policy policy = {.retries_max = 1, .retention_ms = 86400000};
    struct batch batch;
    fill(&batch, 6, 0);
    batch_failed(&batch, &policy, 2, false, NOW_MS);
    expect_invoke(&batch, &policy, NOW_MS + 1000, 2, 6, "second");
    batch_failed(&batch, &policy, 4, false, NOW_MS + 1000);
    struct batch_task task = batch_next(&batch, &policy, NOW_MS + 1000);
    cr_assert_eq(task.step, BATCH_DISCARD);
    cr_expect_eq(task.first, 4);
    cr_expect_eq(task.end, 6);
    cr_expect_eq(task.invocations, 2);
    batch_finish(&batch);
}

Test(batch, what_cannot_be_helped_is_given_up_at_once)
{
    struct batch batch;
    fill(&batch, 1, 0);
    batch_failed(&batch, &patient, BATCH_WHOLE, true, NOW_MS);
    cr_expect_eq(batch_next(&batch, &patient, NOW_MS).step, BATCH_DISCARD);
    batch_finish(&batch);
}

Test(batch, discards_what_is_too_old_from_the_front)
{
    const struct batch_policy policy = {
        .retries_max = -1, .age_max_ms = 60000, .retention_ms = 86400000};
    struct batch batch;
    fill(&batch, 4, 10000); /* at 0, 10, 20 and 30 s */
    expect_invoke(&batch, &policy, NOW_MS + 60000, 0, 4, "just not too old");
    batch_failed(&batch, &policy, BATCH_WHOLE, false, NOW_MS + 60000);
    struct batch_task task = batch_next(&batch, &policy, NOW_MS + 75000);
    cr_assert_eq(task.step, BATCH_DISCARD);
    cr_expect_eq(task.condition, DISCARD_TOO_OLD);
    cr_expect_eq(task.first, 0);
    cr_expect_eq(task.end, 2);
    batch_discarded(&batch, task.end);
    expect_invoke(&batch, &policy, NOW_MS + 75000, 2, 4, "the younger ones");
    batch_finish(&batch);
}

Test(batch, notices_age_during_a_wait)
{
    const struct batch_policy policy = {
        .retries_max = -1, .age_max_ms = 60000, .retention_ms = 86400000};
    struct batch batch;
    fill(&batch, 1, 0);
    for (int i = 0; i < 6; i++) {
        batch_failed(&batch, &policy, BATCH_WHOLE, false, NOW_MS + 50000);
    }
    struct batch_task task = batch_next(&batch, &policy, NOW_MS + 50000);
    cr_assert_eq(task.step, BATCH_WAIT);
    cr_expect_eq(task.at_ms, NOW_MS + 60001, "not only after the 32 s of the wait");
    cr_expect_eq(batch_next(&batch, &policy, task.at_ms).step, BATCH_DISCARD);
    batch_finish(&batch);
}

Test(batch, retention_ends_only_what_was_tried)
{
    struct batch batch;
    int64_t late_ms = NOW_MS + 3 * 86400000;
    fill(&batch, 1, 0);
    expect_invoke(&batch, &patient, late_ms, 0, 1, "found by a restart, days later");
    batch_failed(&batch, &patient, BATCH_WHOLE, false, late_ms);
    cr_expect_eq(batch_next(&batch, &patient, late_ms).step, BATCH_DISCARD);
    batch_finish(&batch);
}

Test(batch, the_last_invocation_of_a_window_has_no_records_and_is_retried_like_others)
{
    const struct batch_policy policy = {
        .bisects = true, .retries_max = 1, .retention_ms = 86400000};
    struct batch batch;
    batch_init(&batch);
    batch_start_final(&batch, NOW_MS);
    expect_invoke(&batch, &policy, NOW_MS, 0, 0, "final");
    batch_failed(&batch, &policy, BATCH_WHOLE, false, NOW_MS);
    expect_invoke(&batch, &policy, NOW_MS + 1000, 0, 0, "again");
    batch_failed(&batch, &policy, BATCH_WHOLE, false, NOW_MS + 1000);
    cr_expect_eq(batch_next(&batch, &policy, NOW_MS + 1000).step, BATCH_DISCARD);
    batch_discarded(&batch, 0);
    cr_expect_eq(batch_next(&batch, &policy, NOW_MS + 1000).step, BATCH_DONE);
    batch_clear(&batch);
    batch_start_final(&batch, NOW_MS);
    batch_succeeded(&batch);
    cr_expect_eq(batch_next(&batch, &policy, NOW_MS).step, BATCH_DONE);
    batch_finish(&batch);
}

/* Whatever the function answers: each record is finished exactly once, in order, and it ends. */
Test(batch, ends_whatever_the_answers_are)
{
    for (unsigned seed = 1; seed <= 300; seed++) {
        srand(seed);
        const struct batch_policy policy = {.bisects = rand() % 2 == 0,
                                            .retries_max = rand() % 4,
                                            .age_max_ms = rand() % 3 == 0 ? 60000 : 0,
                                            .retention_ms = 86400000};
        struct batch batch;
        size_t count = 1 + (size_t)rand() % 60, finished = 0;
        int64_t now_ms = NOW_MS;
        fill(&batch, count, rand() % 1000);
        for (int steps = 0;; steps++) {
            cr_assert_lt(steps, 2000, "seed %u does not end", seed);
            struct batch_task task = batch_next(&batch, &policy, now_ms);
            if (task.step == BATCH_DONE) {
                break;
            }
            if (task.step == BATCH_WAIT) {
                cr_assert_gt(task.at_ms, now_ms, "seed %u", seed);
                now_ms = task.at_ms;
                continue;
            }
            cr_assert_eq(task.first, finished, "seed %u", seed);
            cr_assert_gt(task.end, task.first, "seed %u", seed);
            if (task.step == BATCH_DISCARD) {
                batch_discarded(&batch, task.end);
            } else if (rand() % 3 == 0) {
                batch_succeeded(&batch);
            } else if (rand() % 8 == 0) {
                batch_throttled(&batch, now_ms);
            } else {
                size_t at = rand() % 2 == 0 ? BATCH_WHOLE
                                            : task.first + (size_t)rand() % (task.end - task.first);
                batch_failed(&batch, &policy, at, false, now_ms);
            }
            cr_assert_geq(batch.first, finished, "seed %u", seed);
            finished = batch.first;
        }
        cr_expect_eq(finished, count, "seed %u", seed);
        batch_finish(&batch);
    }
}
