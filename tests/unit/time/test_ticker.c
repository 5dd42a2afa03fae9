#include "core/mem.h"
#include "scheduler/state.h"
#include "scheduler/time/limits.h"
#include "scheduler/time/ticker.h"
#include "tests/support/bus.h"
#include "tests/unit/time/reference_table.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sys/resource.h>

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define FIRED_MAX 4096

/* An owner that keeps what its ticker told: ticks as minutes since the start. */
struct owner {
    struct bus bus;
    struct ticker *ticker;
    size_t count;
    int64_t ticks_ms[FIRED_MAX]; /* nominal, since the start */
    int64_t nows_ms[FIRED_MAX];
    size_t ends;
    bool has_run; /* by hand */
    bool removes_at_end;
};

static void on_tick(void *ctx, const struct tick *tick, struct arena *arena,
                    struct prepared_delivery **list)
{
    struct owner *owner = ctx;
    (void)arena;
    (void)list;
    cr_assert_lt(owner->count, FIRED_MAX);
    owner->ticks_ms[owner->count] = tick->at_ms - BUS_START_MS;
    owner->nows_ms[owner->count++] = tick->now_ms - BUS_START_MS;
}

static void on_end(void *ctx)
{
    struct owner *owner = ctx;
    owner->ends++;
    if (owner->removes_at_end) {
        ticker_remove(owner->ticker);
        owner->ticker = NULL;
    }
}

static struct slice target(void *ctx, struct arena *arena)
{
    (void)ctx;
    return arena_copy(arena, SLICE("function hello"));
}

static const struct ticker_kind kind = {"rule", on_tick, on_end, target};

static struct ticker_spec spec_of(const char *expression)
{
    return (struct ticker_spec){.name = SLICE("nightly"),
                                .expression = slice_from(expression),
                                .dialect = DIALECT_SCHEDULER,
                                .anchor_ms = BUS_START_MS,
                                .since_ms = BUS_START_MS,
                                .end_ms = INSTANT_NEVER};
}

static void begin(struct owner *owner, enum catch_up catch_up)
{
    *owner = (struct owner){.bus.catch_up = catch_up};
    bus_open(&owner->bus);
    scheduler_start(owner->bus.scheduler);
}

static void add(struct owner *owner, const struct ticker_spec *spec)
{
    owner->ticker = ticker_add(owner->bus.scheduler->tickers, &kind, owner, spec);
}

/* A stop, some time without anybody, and the next start. */
static void restart(struct owner *owner, int64_t down_ms, const struct ticker_spec *spec)
{
    ticker_remove(owner->ticker);
    clock_advance(&owner->bus.clock, down_ms);
    bus_reopen(&owner->bus);
    owner->count = 0;
    buf_clear(&owner->bus.notices);
    add(owner, spec);
    scheduler_start(owner->bus.scheduler);
    bus_advance(&owner->bus, 0);
}

static void end(struct owner *owner)
{
    ticker_remove(owner->ticker);
    bus_close(&owner->bus);
}

static bool has_notice(struct owner *owner, const char *text)
{
    return slice_search(buf_slice(&owner->bus.notices), slice_from(text)) != SLICE_NPOS;
}

Test(ticker, fires_once_for_each_due_time_of_a_turned_clock)
{
    struct owner owner;
    struct ticker_spec spec = spec_of("cron(0 * * * ? *)");
    begin(&owner, CATCH_UP_ONE);
    add(&owner, &spec);
    bus_advance(&owner.bus, 24 * HOUR_MS);
    cr_assert_eq(owner.count, 24);
    for (size_t i = 0; i < owner.count; i++) {
        cr_expect_eq(owner.ticks_ms[i], (int64_t)(i + 1) * HOUR_MS);
        cr_expect_eq(owner.nows_ms[i], owner.ticks_ms[i]);
    }
    cr_expect_eq(ticker_view(owner.ticker).last_ms, BUS_START_MS + 24 * HOUR_MS);
    end(&owner);
}

/* Row 55 of reference/events.md: each instant of the worked examples, once, and nothing between them. */
Test(ticker, fires_at_the_instants_of_the_reference_table)
{
    const int64_t start_ms = instant(REFERENCE_START);
    const int64_t end_ms = instant("2100-01-01T00:00:00Z");
    for (size_t i = 0; i < COUNT_OF(reference_table); i++) {
        const struct reference_row *row = &reference_table[i];
        int64_t wanted_ms[COUNT_OF(row->instants)];
        size_t count = 0;
        while (row->instants[count] != NULL && reference_instant(row->instants[count]) < end_ms) {
            wanted_ms[count] = reference_instant(row->instants[count]) - BUS_START_MS;
            count++;
        }
        struct owner owner;
        struct ticker_spec spec = spec_of(row->expression);
        spec.anchor_ms = spec.since_ms = start_ms;
        begin(&owner, CATCH_UP_ONE);
        bus_advance(&owner.bus, start_ms - BUS_START_MS);
        add(&owner, &spec);
        bus_advance(&owner.bus, 0);
        int64_t now_ms = start_ms - BUS_START_MS;
        for (size_t k = 0; k < count; k++) {
            bus_advance(&owner.bus, wanted_ms[k] - now_ms - 1);
            cr_expect_eq(owner.count, k, "%s before %s", row->expression, row->instants[k]);
            bus_advance(&owner.bus, 1);
            now_ms = wanted_ms[k];
            cr_assert_eq(owner.count, k + 1, "%s at %s", row->expression, row->instants[k]);
            cr_expect_eq(owner.ticks_ms[k], wanted_ms[k], "%s", row->expression);
        }
        end(&owner);
    }
}

Test(ticker, does_not_tick_before_the_start)
{
    struct owner owner = {.count = 0};
    struct ticker_spec spec = spec_of("rate(1 minute)");
    bus_open(&owner.bus);
    add(&owner, &spec);
    bus_advance(&owner.bus, 0);
    cr_expect_eq(owner.count, 0);
    end(&owner);
}

Test(ticker, leaves_what_falls_due_at_the_end_to_the_next_start)
{
    struct owner owner;
    struct ticker_spec spec = spec_of("rate(1 minute)");
    begin(&owner, CATCH_UP_ONE);
    add(&owner, &spec);
    scheduler_stop(owner.bus.scheduler);
    bus_advance(&owner.bus, 90000);
    cr_expect_eq(owner.count, 0);
    restart(&owner, 0, &spec);
    cr_assert_eq(owner.count, 1);
    cr_expect_eq(owner.ticks_ms[0], MINUTE_MS);
    end(&owner);
}

Test(ticker, repeats_a_rate_from_its_anchor_not_on_the_clocks_hours)
{
    struct owner owner;
    struct ticker_spec spec = spec_of("rate(45 minutes)");
    spec.anchor_ms += 30000;
    begin(&owner, CATCH_UP_ONE);
    add(&owner, &spec);
    bus_advance(&owner.bus, 2 * HOUR_MS);
    cr_assert_eq(owner.count, 3); /* the anchor is later than since_ms, so it fires too */
    cr_expect_eq(owner.ticks_ms[0], 30000);
    cr_expect_eq(owner.ticks_ms[1], 30000 + 45 * MINUTE_MS);
    cr_expect_eq(owner.ticks_ms[2], 30000 + 90 * MINUTE_MS);
    end(&owner);
}

Test(ticker, fires_nothing_twice_after_a_restart)
{
    struct owner owner;
    struct ticker_spec spec = spec_of("rate(1 minute)");
    begin(&owner, CATCH_UP_ALL);
    add(&owner, &spec);
    bus_advance(&owner.bus, 3 * MINUTE_MS);
    cr_expect_eq(owner.count, 3);
    restart(&owner, 0, &spec);
    cr_expect_eq(owner.count, 0);
    bus_advance(&owner.bus, MINUTE_MS);
    cr_assert_eq(owner.count, 1);
    cr_expect_eq(owner.ticks_ms[0], 4 * MINUTE_MS);
    end(&owner);
}

/* An hour of firings each ten minutes; then nothing runs for `down`. */
Test(ticker, catches_up_as_it_was_told)
{
    static const struct {
        enum catch_up catch_up;
        int64_t down_min;
        size_t count;
        int64_t ticks_min[6];
        const char *notice;
    } rows[] = {
        {CATCH_UP_ONE, 9, 0, {0}, ""},
        {CATCH_UP_ONE, 10, 1, {70}, ""},
        {CATCH_UP_ONE, 15, 1, {70}, ""},
        {CATCH_UP_ONE, 16, 0, {0}, "nightly: missed its firing of 2026-01-01T01:10:00Z: skipped"},
        {CATCH_UP_ONE,
         34,
         1,
         {90},
         "nightly: missed its firings from 2026-01-01T01:10:00Z to 2026-01-01T01:20:00Z: skipped"},
        {CATCH_UP_ONE,
         39,
         0,
         {0},
         "nightly: missed its firings from 2026-01-01T01:10:00Z to 2026-01-01T01:30:00Z: skipped"},
        {CATCH_UP_NONE, 11, 0, {0}, "nightly: missed its firing of 2026-01-01T01:10:00Z: skipped"},
        {CATCH_UP_ALL, 39, 3, {70, 80, 90}, ""},
        {CATCH_UP_ALL, 9, 0, {0}, ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct owner owner;
        struct ticker_spec spec = spec_of("cron(0/10 * * * ? *)");
        begin(&owner, rows[i].catch_up);
        add(&owner, &spec);
        bus_advance(&owner.bus, HOUR_MS);
        cr_expect_eq(owner.count, 6);
        restart(&owner, rows[i].down_min * MINUTE_MS, &spec);
        cr_expect_eq(owner.count, rows[i].count, "row %zu: %zu", i, owner.count);
        for (size_t k = 0; k < rows[i].count && k < owner.count; k++) {
            cr_expect_eq(owner.ticks_ms[k], rows[i].ticks_min[k] * MINUTE_MS, "row %zu: %zu", i, k);
        }
        cr_expect_eq(owner.bus.notices.len > 0, rows[i].notice[0] != '\0', "row %zu: %s", i,
                     buf_cstr(&owner.bus.notices));
        cr_expect(has_notice(&owner, rows[i].notice), "row %zu: %s", i,
                  buf_cstr(&owner.bus.notices));
        /* and it goes on */
        int64_t next_ms = (60 + rows[i].down_min) / 10 * 10 * MINUTE_MS + 10 * MINUTE_MS;
        bus_advance(&owner.bus, 10 * MINUTE_MS);
        cr_expect_eq(owner.count, rows[i].count + 1, "row %zu", i);
        cr_expect_eq(owner.ticks_ms[owner.count - 1], next_ms, "row %zu", i);
        end(&owner);
    }
}

Test(ticker, tells_of_a_skipped_firing_once)
{
    struct owner owner;
    struct ticker_spec spec = spec_of("cron(0 0 * * ? *)");
    begin(&owner, CATCH_UP_ONE);
    add(&owner, &spec);
    restart(&owner, 30 * HOUR_MS, &spec);
    cr_expect(has_notice(&owner, "missed"));
    restart(&owner, HOUR_MS, &spec);
    cr_expect_not(has_notice(&owner, "missed"), "%s", buf_cstr(&owner.bus.notices));
    end(&owner);
}

Test(ticker, makes_up_for_a_thousand_firings_at_most)
{
    struct owner owner;
    struct ticker_spec spec = spec_of("rate(1 minute)");
    begin(&owner, CATCH_UP_ALL);
    add(&owner, &spec);
    restart(&owner, 2000 * MINUTE_MS, &spec);
    cr_assert_eq(owner.count, CATCH_UP_MAX);
    cr_expect_eq(owner.ticks_ms[0], 1001 * MINUTE_MS);
    cr_expect_eq(owner.ticks_ms[CATCH_UP_MAX - 1], 2000 * MINUTE_MS);
    cr_expect(has_notice(&owner, "missed its firings from 2026-01-01T00:01:00Z to "
                                 "2026-01-01T16:40:00Z: skipped"),
              "%s", buf_cstr(&owner.bus.notices));
    end(&owner);
}

Test(ticker, treats_a_machine_that_slept_like_one_that_was_off)
{
    struct owner owner;
    struct ticker_spec spec = spec_of("cron(0/10 * * * ? *)");
    begin(&owner, CATCH_UP_ONE);
    add(&owner, &spec);
    clock_advance(&owner.bus.clock, 10 * MINUTE_MS + 30000); /* late, but not too late */
    bus_advance(&owner.bus, 0);
    cr_assert_eq(owner.count, 1);
    cr_expect_eq(owner.ticks_ms[0], 10 * MINUTE_MS);
    cr_expect_eq(owner.nows_ms[0], 10 * MINUTE_MS + 30000);
    clock_advance(&owner.bus.clock, 8 * HOUR_MS);
    bus_advance(&owner.bus, 0);
    cr_assert_eq(owner.count, 2);
    cr_expect_eq(owner.ticks_ms[1], 490 * MINUTE_MS);
    cr_expect(has_notice(&owner, "missed its firings from 2026-01-01T00:20:00Z to "
                                 "2026-01-01T08:00:00Z: skipped"),
              "%s", buf_cstr(&owner.bus.notices));
    end(&owner);
}

Test(ticker, goes_on_after_the_clock_was_set_back)
{
    struct owner owner;
    struct ticker_spec spec = spec_of("rate(1 hour)");
    begin(&owner, CATCH_UP_ONE);
    add(&owner, &spec);
    bus_advance(&owner.bus, 1000 * HOUR_MS);
    cr_expect_eq(owner.count, 1000);
    ticker_remove(owner.ticker);
    clock_init_manual(&owner.bus.clock, BUS_START_MS + 2 * HOUR_MS);
    bus_reopen(&owner.bus);
    owner.count = 0;
    add(&owner, &spec);
    scheduler_start(owner.bus.scheduler);
    bus_advance(&owner.bus, HOUR_MS);
    cr_expect_eq(owner.count, 1);
    end(&owner);
}

Test(ticker, fires_within_its_window_at_a_point_that_a_restart_finds_again)
{
    struct owner owner;
    struct ticker_spec spec = spec_of("cron(0 * * * ? *)");
    spec.window_ms = 15 * MINUTE_MS;
    begin(&owner, CATCH_UP_ONE);
    add(&owner, &spec);
    bus_advance(&owner.bus, 48 * HOUR_MS + 15 * MINUTE_MS);
    cr_assert_eq(owner.count, 48);
    int64_t late_ms = 0;
    for (size_t i = 0; i < owner.count; i++) {
        int64_t delay_ms = owner.nows_ms[i] - owner.ticks_ms[i];
        cr_expect_eq(owner.ticks_ms[i], (int64_t)(i + 1) * HOUR_MS);
        cr_expect(delay_ms >= 0 && delay_ms < 15 * MINUTE_MS, "%zu: %d", i, (int)delay_ms);
        late_ms += delay_ms;
    }
    cr_expect(late_ms / 48 > 4 * MINUTE_MS && late_ms / 48 < 11 * MINUTE_MS, "%d",
              (int)(late_ms / 48));
    /* the next tick in two ways */
    bus_advance(&owner.bus, HOUR_MS);
    int64_t now_ms = owner.nows_ms[48];
    struct owner other;
    begin(&other, CATCH_UP_ALL);
    add(&other, &spec);
    restart(&other, 49 * HOUR_MS, &spec);
    bus_advance(&other.bus, 15 * MINUTE_MS);
    cr_expect_eq(other.ticks_ms[other.count - 1], 49 * HOUR_MS);
    cr_expect_eq(other.nows_ms[other.count - 1], now_ms);
    end(&other);
    end(&owner);
}

Test(ticker, keeps_a_window_longer_than_the_period_within_it)
{
    struct owner owner;
    struct ticker_spec spec = spec_of("rate(1 minute)");
    spec.window_ms = 60 * MINUTE_MS;
    begin(&owner, CATCH_UP_ONE);
    add(&owner, &spec);
    bus_advance(&owner.bus, HOUR_MS + MINUTE_MS);
    cr_assert_eq(owner.count, 60);
    for (size_t i = 0; i < owner.count; i++) {
        cr_expect_eq(owner.ticks_ms[i], (int64_t)(i + 1) * MINUTE_MS);
        cr_expect_lt(owner.nows_ms[i] - owner.ticks_ms[i], MINUTE_MS);
    }
    end(&owner);
}

Test(ticker, ends_with_its_last_tick)
{
    static const struct {
        const char *expression;
        int64_t end_min;
        size_t count;
    } rows[] = {
        {"rate(1 minute)", 5, 5},          {"at(2026-01-01T00:03:00)", 100, 1},
        {"cron(0 12 * * ? 2025)", 100, 0}, {"at(2025-12-31T00:00:00)", 100, 0},
        {"at(2026-01-01T00:03:00)", 2, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (int removes = 0; removes < 2; removes++) {
            struct owner owner;
            struct ticker_spec spec = spec_of(rows[i].expression);
            spec.end_ms = BUS_START_MS + rows[i].end_min * MINUTE_MS;
            begin(&owner, CATCH_UP_ONE);
            owner.removes_at_end = removes;
            add(&owner, &spec);
            cr_expect_eq(owner.ends, 0, "not inside ticker_add()");
            bus_advance(&owner.bus, HOUR_MS);
            cr_expect_eq(owner.count, rows[i].count, "row %zu: %zu", i, owner.count);
            cr_expect_eq(owner.ends, 1, "row %zu: %zu", i, owner.ends);
            end(&owner);
        }
    }
}

Test(ticker, rests_while_it_is_disabled)
{
    struct owner owner;
    struct ticker_spec spec = spec_of("rate(1 minute)");
    spec.is_disabled = true;
    begin(&owner, CATCH_UP_ALL);
    add(&owner, &spec);
    bus_advance(&owner.bus, 10 * MINUTE_MS);
    cr_expect_eq(owner.count, 0);
    int64_t instants[5];
    cr_expect_eq(ticker_upcoming(owner.ticker, instants, 5), 0);
    spec.is_disabled = false;
    spec.since_ms = BUS_START_MS + 10 * MINUTE_MS;
    ticker_change(owner.ticker, &spec);
    bus_advance(&owner.bus, 2 * MINUTE_MS);
    cr_assert_eq(owner.count, 2);
    cr_expect_eq(owner.ticks_ms[0], 11 * MINUTE_MS);
    spec.is_disabled = true;
    ticker_change(owner.ticker, &spec);
    bus_advance(&owner.bus, 10 * MINUTE_MS);
    cr_expect_eq(owner.count, 2);
    end(&owner);
}

Test(ticker, goes_by_its_new_expression_and_keeps_what_has_fired)
{
    struct owner owner;
    struct ticker_spec spec = spec_of("cron(0/10 * * * ? *)");
    begin(&owner, CATCH_UP_ALL);
    add(&owner, &spec);
    bus_advance(&owner.bus, 10 * MINUTE_MS);
    spec.expression = SLICE("cron(0/2 * * * ? *)");
    ticker_change(owner.ticker, &spec);
    bus_advance(&owner.bus, 3 * MINUTE_MS);
    cr_assert_eq(owner.count, 2);
    cr_expect_eq(owner.ticks_ms[1], 12 * MINUTE_MS);
    end(&owner);
}

static void on_run(void *ctx, enum status status)
{
    struct owner *owner = ctx;
    owner->has_run = status == STATUS_OK;
}

static bool has_run(struct bus *bus)
{
    return CONTAINER_OF(bus, struct owner, bus)->has_run;
}

Test(ticker, fires_by_hand_without_a_record)
{
    struct owner owner;
    struct ticker_spec spec = spec_of("rate(1 hour)");
    begin(&owner, CATCH_UP_ONE);
    add(&owner, &spec);
    bus_advance(&owner.bus, 30 * MINUTE_MS);
    ticker_run(owner.ticker, on_run, &owner);
    bus_wait(&owner.bus, has_run, "the firing is committed");
    cr_assert_eq(owner.count, 1);
    cr_expect_eq(owner.ticks_ms[0], 30 * MINUTE_MS);
    bus_advance(&owner.bus, 30 * MINUTE_MS);
    cr_assert_eq(owner.count, 2);
    cr_expect_eq(owner.ticks_ms[1], HOUR_MS);
    end(&owner);
}

Test(ticker, may_be_removed_while_its_firing_is_with_the_writer)
{
    struct owner owner;
    struct ticker_spec spec = spec_of("rate(1 hour)");
    begin(&owner, CATCH_UP_ONE);
    add(&owner, &spec);
    ticker_run(owner.ticker, on_run, &owner);
    ticker_remove(owner.ticker);
    owner.ticker = NULL;
    bus_wait(&owner.bus, has_run, "the firing is committed");
    end(&owner);
}

Test(ticker, tries_again_when_its_firing_cannot_be_written)
{
    struct owner owner;
    struct ticker_spec spec = spec_of("rate(1 minute)");
    begin(&owner, CATCH_UP_ONE);
    add(&owner, &spec);
    bus_fill_disk(true);
    bus_advance(&owner.bus, MINUTE_MS);
    cr_expect(has_notice(&owner, "nightly: cannot write its firing"));
    cr_expect_eq(ticker_view(owner.ticker).last_ms, INSTANT_NEVER);
    bus_fill_disk(false);
    bus_advance(&owner.bus, FIRE_AGAIN_MS);
    cr_assert_eq(owner.count, 2);
    cr_expect_eq(owner.ticks_ms[1], MINUTE_MS, "the same tick");
    cr_expect_eq(ticker_view(owner.ticker).last_ms, BUS_START_MS + MINUTE_MS);
    bus_advance(&owner.bus, MINUTE_MS - FIRE_AGAIN_MS);
    cr_assert_eq(owner.count, 3);
    cr_expect_eq(owner.ticks_ms[2], 2 * MINUTE_MS);
    end(&owner);
}

struct forgetting {
    struct write_job job;
    bool is_done;
};

static void run_forgetting(struct write_job *job, struct txn *txn)
{
    (void)job;
    tick_forget(txn, &kind, SLICE("nightly"));
}

static void on_forgotten(struct write_job *job, enum status status)
{
    cr_assert_eq(status, STATUS_OK);
    CONTAINER_OF(job, struct forgetting, job)->is_done = true;
}

Test(ticker, forgets_what_has_fired_with_its_owner)
{
    struct owner owner;
    struct ticker_spec spec = spec_of("rate(1 minute)");
    struct forgetting forgetting = {.job = {.run = run_forgetting, .done = on_forgotten}};
    begin(&owner, CATCH_UP_ALL);
    add(&owner, &spec);
    bus_advance(&owner.bus, 2 * MINUTE_MS);
    ticker_remove(owner.ticker);
    engine_submit(owner.bus.scheduler->engine, &forgetting.job);
    while (!forgetting.is_done) {
        bus_turn(&owner.bus);
    }
    add(&owner, &spec); /* as if nothing had been */
    cr_expect_eq(ticker_view(owner.ticker).last_ms, INSTANT_NEVER);
    end(&owner);
}

struct listing {
    char text[256];
};

static void list(void *ctx, struct ticker *ticker)
{
    struct listing *listing = ctx;
    struct ticker_view view = ticker_view(ticker);
    size_t len = strlen(listing->text);
    (void)snprintf(listing->text + len, sizeof listing->text - len, "%s:%.*s ", view.kind,
                   SLICE_ARG(view.name));
}

Test(tickers, are_listed_by_kind_and_name)
{
    static const struct ticker_kind other = {"alarm", on_tick, NULL, target};
    struct owner owner;
    struct listing listing = {.text = ""};
    struct ticker *tickers[3];
    struct ticker_spec spec = spec_of("rate(1 minute)");
    begin(&owner, CATCH_UP_ONE);
    tickers[0] = ticker_add(owner.bus.scheduler->tickers, &kind, &owner, &spec);
    spec.name = SLICE("morning");
    tickers[1] = ticker_add(owner.bus.scheduler->tickers, &kind, &owner, &spec);
    spec.name = SLICE("z");
    tickers[2] = ticker_add(owner.bus.scheduler->tickers, &other, &owner, &spec);
    tickers_each(owner.bus.scheduler->tickers, list, &listing);
    cr_expect_str_eq(listing.text, "alarm:z rule:morning rule:nightly ");
    for (size_t i = 0; i < 3; i++) {
        ticker_remove(tickers[i]);
    }
    end(&owner);
}

Test(ticker, shows_the_instants_to_come)
{
    struct owner owner;
    struct ticker_spec spec = spec_of("cron(0 9 ? * MON-FRI *)");
    int64_t instants[5];
    char text[TIME_TEXT_MAX];
    begin(&owner, CATCH_UP_ONE);
    spec.end_ms = BUS_START_MS + 6 * 24 * HOUR_MS;
    add(&owner, &spec);
    cr_assert_eq(ticker_upcoming(owner.ticker, instants, 5), 4); /* a Thursday */
    cr_expect_str_eq(time_iso8601(text, instants[0]), "2026-01-01T09:00:00Z");
    cr_expect_str_eq(time_iso8601(text, instants[2]), "2026-01-05T09:00:00Z");
    end(&owner);
}
