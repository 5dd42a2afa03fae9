#include "scheduler/time/ticker.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/state.h"
#include "scheduler/time/limits.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define RECORD_LEN_MAX 64

struct tickers {
    struct scheduler *scheduler;
    struct zones *zones;
    struct ticker *first, *last; /* in the order they were added */
    size_t count;
    size_t firings; /* with the writer */
    bool is_started;
    bool is_destroyed;
    int64_t created_ms; /* what was due before was missed */
};

struct ticker {
    struct ticker *next, *prev;
    struct tickers *tickers;
    const struct ticker_kind *kind;
    void *owner;
    struct arena texts; /* of the spec */
    struct ticker_spec spec;
    struct schedule_expression expression;
    int64_t last_ms; /* tick that fired, or was skipped, last; INT64_MIN: none */
    int64_t tick_ms; /* the next; INSTANT_NEVER: there is none */
    /* Missed ticks up to here are decided to run; INT64_MIN: none is. */
    int64_t made_up_ms;
    struct alarm alarm;    /* set while `tick_ms` is waited for */
    struct firing *firing; /* due, and with the writer; NULL: none */
};

/* --- the record --- */

static struct slice record_key(char *key, const struct ticker_kind *kind, struct slice name)
{
    int len = snprintf(key, STATE_KEY_MAX, "%s:%.*s", kind->name, SLICE_ARG(name));
    assert(len > 0 && len < STATE_KEY_MAX);
    return slice_of(key, (size_t)len);
}

static struct slice record_text(char *text, int64_t last_ms)
{
    int len = snprintf(text, RECORD_LEN_MAX, "{\"Last\":%" PRId64 "}", last_ms);
    return slice_of(text, (size_t)len);
}

void tick_forget(struct txn *txn, const struct ticker_kind *kind, struct slice name)
{
    char key[STATE_KEY_MAX];
    state_delete(txn, STATE_TICK, record_key(key, kind, name));
}

void tick_forget_under(struct txn *txn, const struct ticker_kind *kind, struct slice prefix)
{
    char key[STATE_KEY_MAX];
    state_delete_under(txn, STATE_TICK, record_key(key, kind, prefix));
}

/* A record far ahead of the clock is of a clock that has been set back since. */
static int64_t read_last(const struct ticker *ticker)
{
    struct scheduler *scheduler = ticker->tickers->scheduler;
    struct txn *txn = engine_read_begin(scheduler->engine, 0);
    char key[STATE_KEY_MAX];
    struct slice json;
    int64_t last_ms = INT64_MIN;
    if (state_get(txn, STATE_TICK, record_key(key, ticker->kind, ticker->spec.name), &json)) {
        last_ms = json_i64_member(json, "Last", INT64_MIN);
    }
    engine_read_end(scheduler->engine, txn);
    int64_t now_ms = scheduler_now_ms(scheduler);
    return last_ms > now_ms + SET_BACK_MS ? now_ms : last_ms;
}

/* --- which tick is next --- */

static int64_t floor_of(const struct ticker *ticker)
{
    int64_t since_ms = ticker->spec.since_ms;
    return ticker->last_ms > since_ms ? ticker->last_ms : since_ms;
}

static int64_t next_after(const struct ticker *ticker, int64_t after_ms)
{
    int64_t ms = schedule_expression_next(&ticker->expression, ticker->spec.zone,
                                          ticker->spec.anchor_ms, after_ms);
    return ms <= ticker->spec.end_ms ? ms : INSTANT_NEVER;
}

/* The newest tick of (after, until]. */
static int64_t last_before(const struct ticker *ticker, int64_t after_ms, int64_t until_ms)
{
    int64_t end_ms = ticker->spec.end_ms < until_ms ? ticker->spec.end_ms : until_ms;
    return schedule_expression_last(&ticker->expression, ticker->spec.zone, ticker->spec.anchor_ms,
                                    after_ms, end_ms);
}

/* When a tick fires: within its window, but before the next one. */
static int64_t due_of(const struct ticker *ticker, int64_t tick_ms)
{
    int64_t window_s = ticker->spec.window_ms / 1000;
    if (window_s == 0) {
        return tick_ms;
    }
    int64_t next_ms = next_after(ticker, tick_ms);
    if (next_ms != INSTANT_NEVER && (next_ms - tick_ms) / 1000 < window_s) {
        window_s = (next_ms - tick_ms) / 1000;
    }
    char text[STATE_KEY_MAX + RECORD_LEN_MAX];
    int len = snprintf(text, sizeof text, "%.*s@%" PRId64, SLICE_ARG(ticker->spec.name), tick_ms);
    uint64_t point = slice_hash(slice_of(text, (size_t)len)) >> 16;
    return tick_ms + (int64_t)(point % (uint64_t)window_s) * 1000;
}

/* --- firing --- */

struct firing {
    struct write_job job;
    struct tickers *tickers;
    struct ticker *ticker; /* NULL: removed meanwhile */
    struct tick tick;
    char key[STATE_KEY_MAX];
    size_t key_len;
    struct arena arena;
    struct prepared_delivery *deliveries;
    ticker_fired_fn *on_fired; /* of a run by hand */
    void *ctx;
};

static void run_firing(struct write_job *job, struct txn *txn)
{
    struct firing *firing = CONTAINER_OF(job, struct firing, job);
    if (!firing->tick.is_by_hand) {
        char text[RECORD_LEN_MAX];
        state_put(txn, STATE_TICK, slice_of(firing->key, firing->key_len),
                  record_text(text, firing->tick.at_ms));
    }
    delivery_put(txn, firing->deliveries);
}

static void plan(struct ticker *ticker);

static void set_alarm(struct ticker *ticker, int64_t at_ms)
{
    alarm_set(ticker->tickers->scheduler->context->alarms, &ticker->alarm, at_ms);
}

static void maybe_free(struct tickers *tickers)
{
    if (tickers->is_destroyed && tickers->firings == 0) {
        struct scheduler *scheduler = tickers->scheduler;
        zones_destroy(tickers->zones);
        mem_free(tickers);
        scheduler_part_closed(scheduler);
    }
}

static void on_due_committed(struct ticker *ticker, const struct tick *tick, enum status status)
{
    struct scheduler *scheduler = ticker->tickers->scheduler;
    ticker->firing = NULL;
    if (status == STATUS_OK) {
        ticker->last_ms = tick->at_ms > ticker->last_ms ? tick->at_ms : ticker->last_ms;
        plan(ticker);
        return;
    }
    scheduler_notice(scheduler, ticker->spec.name, "cannot write its firing; trying again in %d s",
                     FIRE_AGAIN_MS / 1000);
    if (ticker->tickers->is_started && !ticker->spec.is_disabled) {
        set_alarm(ticker, scheduler_now_ms(scheduler) + FIRE_AGAIN_MS);
    }
}

static void on_firing_done(struct write_job *job, enum status status)
{
    struct firing *firing = CONTAINER_OF(job, struct firing, job);
    struct tickers *tickers = firing->tickers;
    tickers->firings--;
    if (status == STATUS_OK && !tickers->is_destroyed) {
        delivery_committed(tickers->scheduler, firing->deliveries);
    }
    if (firing->on_fired != NULL) {
        firing->on_fired(firing->ctx, status);
    } else if (firing->ticker != NULL) {
        on_due_committed(firing->ticker, &firing->tick, status);
    }
    arena_finish(&firing->arena);
    mem_free(firing);
    maybe_free(tickers);
}

static struct firing *fire(struct ticker *ticker, struct tick tick)
{
    struct tickers *tickers = ticker->tickers;
    struct firing *firing = mem_zalloc(sizeof *firing);
    firing->job.run = run_firing;
    firing->job.done = on_firing_done;
    firing->tickers = tickers;
    firing->tick = tick;
    firing->key_len = record_key(firing->key, ticker->kind, ticker->spec.name).len;
    arena_init(&firing->arena, 1024);
    ticker->kind->on_tick(ticker->owner, &tick, &firing->arena, &firing->deliveries);
    tickers->firings++;
    engine_submit(tickers->scheduler->engine, &firing->job);
    return firing;
}

void ticker_run(struct ticker *ticker, ticker_fired_fn *on_fired, void *ctx)
{
    int64_t now_ms = scheduler_now_ms(ticker->tickers->scheduler);
    struct firing *firing =
        fire(ticker, (struct tick){.at_ms = now_ms, .now_ms = now_ms, .is_by_hand = true});
    firing->on_fired = on_fired;
    firing->ctx = ctx;
}

/* --- what was missed --- */

static void skip_until(struct ticker *ticker, int64_t first_ms, int64_t last_ms)
{
    struct scheduler *scheduler = ticker->tickers->scheduler;
    char first[TIME_TEXT_MAX];
    char last[TIME_TEXT_MAX];
    char key[STATE_KEY_MAX];
    char text[RECORD_LEN_MAX];
    ticker->last_ms = last_ms;
    /* Written, so that the next start does not tell it again. */
    state_write(scheduler, STATE_TICK, record_key(key, ticker->kind, ticker->spec.name),
                record_text(text, last_ms), NULL, NULL);
    if (first_ms == last_ms) {
        scheduler_notice(scheduler, ticker->spec.name, "missed its firing of %s: skipped",
                         time_iso8601(first, first_ms));
    } else {
        scheduler_notice(scheduler, ticker->spec.name, "missed its firings from %s to %s: skipped",
                         time_iso8601(first, first_ms), time_iso8601(last, last_ms));
    }
}

/* The oldest of the newest CATCH_UP_MAX ticks of [first, newest]. */
static int64_t first_of_newest(const struct ticker *ticker, int64_t first_ms, int64_t newest_ms)
{
    int64_t from_ms = newest_ms;
    for (size_t count = 1; count < CATCH_UP_MAX && from_ms > first_ms; count++) {
        from_ms = last_before(ticker, first_ms - 1, from_ms - 1);
    }
    return from_ms;
}

/* Decides what becomes of the missed ticks from `first_ms` on: those that run are made up for, the others skipped. */
static void catch_up(struct ticker *ticker, int64_t first_ms, int64_t now_ms)
{
    int64_t newest_ms = last_before(ticker, first_ms - 1, now_ms);
    if (due_of(ticker, newest_ms) > now_ms) { /* still waits in its window */
        newest_ms = last_before(ticker, first_ms - 1, newest_ms - 1);
    }
    int64_t run_ms = INSTANT_NEVER; /* the first that runs */
    switch (ticker->tickers->scheduler->options.catch_up) {
    case CATCH_UP_NONE:
        break;
    case CATCH_UP_ONE:
        run_ms = now_ms - due_of(ticker, newest_ms) <= CATCH_UP_AGE_MS ? newest_ms : INSTANT_NEVER;
        break;
    case CATCH_UP_ALL:
        run_ms = first_of_newest(ticker, first_ms, newest_ms);
        break;
    }
    if (run_ms == INSTANT_NEVER) {
        skip_until(ticker, first_ms, newest_ms);
    } else {
        ticker->made_up_ms = newest_ms;
        if (run_ms > first_ms) {
            skip_until(ticker, first_ms, last_before(ticker, first_ms - 1, run_ms - 1));
        }
    }
}

static bool is_missed(const struct ticker *ticker, int64_t due_ms, int64_t now_ms)
{
    return due_ms < ticker->tickers->created_ms || now_ms - due_ms > CATCH_UP_AGE_MS;
}

/* Finds the next tick and waits for it. */
static void plan(struct ticker *ticker)
{
    struct scheduler *scheduler = ticker->tickers->scheduler;
    if (!ticker->tickers->is_started || ticker->spec.is_disabled || ticker->firing != NULL) {
        alarm_clear(scheduler->context->alarms, &ticker->alarm);
        return;
    }
    int64_t now_ms = scheduler_now_ms(scheduler);
    int64_t tick_ms = next_after(ticker, floor_of(ticker));
    int64_t due_ms = tick_ms;
    if (tick_ms != INSTANT_NEVER) {
        due_ms = due_of(ticker, tick_ms);
        if (tick_ms > ticker->made_up_ms && is_missed(ticker, due_ms, now_ms)) {
            catch_up(ticker, tick_ms, now_ms);
            tick_ms = next_after(ticker, floor_of(ticker));
            due_ms = tick_ms != INSTANT_NEVER ? due_of(ticker, tick_ms) : tick_ms;
        }
    }
    ticker->tick_ms = tick_ms;
    if (tick_ms != INSTANT_NEVER) {
        set_alarm(ticker, due_ms);
    } else if (ticker->kind->on_end != NULL) {
        set_alarm(ticker, now_ms);
    }
}

static void on_due(struct alarm *alarm)
{
    struct ticker *ticker = CONTAINER_OF(alarm, struct ticker, alarm);
    int64_t now_ms = scheduler_now_ms(ticker->tickers->scheduler);
    if (ticker->tick_ms == INSTANT_NEVER) {
        ticker->kind->on_end(ticker->owner);
    } else if (ticker->tick_ms > ticker->made_up_ms &&
               is_missed(ticker, due_of(ticker, ticker->tick_ms), now_ms)) {
        plan(ticker); /* the machine slept */
    } else {
        ticker->firing = fire(ticker, (struct tick){.at_ms = ticker->tick_ms, .now_ms = now_ms});
        ticker->firing->ticker = ticker;
    }
}

/* --- life --- */

static void keep_spec(struct ticker *ticker, const struct ticker_spec *spec)
{
    struct arena texts;
    arena_init(&texts, spec->name.len + spec->expression.len + spec->zone_name.len);
    struct ticker_spec kept = *spec;
    kept.name = arena_copy(&texts, spec->name);
    kept.expression = arena_copy(&texts, spec->expression);
    kept.zone_name = arena_copy(&texts, spec->zone_name);
    arena_finish(&ticker->texts);
    ticker->texts = texts;
    ticker->spec = kept;
    bool is_valid = schedule_expression_parse(kept.expression, kept.dialect, &ticker->expression);
    assert(is_valid);
}

struct ticker *ticker_add(struct tickers *tickers, const struct ticker_kind *kind, void *owner,
                          const struct ticker_spec *spec)
{
    struct ticker *ticker = mem_zalloc(sizeof *ticker);
    ticker->tickers = tickers;
    ticker->kind = kind;
    ticker->owner = owner;
    ticker->alarm.on_due = on_due;
    ticker->made_up_ms = INT64_MIN;
    keep_spec(ticker, spec);
    ticker->last_ms = read_last(ticker);
    ticker->prev = tickers->last;
    *(tickers->last != NULL ? &tickers->last->next : &tickers->first) = ticker;
    tickers->last = ticker;
    tickers->count++;
    plan(ticker);
    return ticker;
}

void ticker_change(struct ticker *ticker, const struct ticker_spec *spec)
{
    assert(slice_eq(spec->name, ticker->spec.name));
    keep_spec(ticker, spec);
    plan(ticker);
}

void ticker_wait(struct ticker *ticker)
{
    int64_t now_ms = scheduler_now_ms(ticker->tickers->scheduler);
    if (alarm_is_set(&ticker->alarm) && ticker->alarm.at_ms <= now_ms) {
        set_alarm(ticker, now_ms + FIRE_AGAIN_MS);
    }
}

void ticker_set_owner(struct ticker *ticker, void *owner)
{
    ticker->owner = owner;
}

void ticker_remove(struct ticker *ticker)
{
    if (ticker == NULL) {
        return;
    }
    struct tickers *tickers = ticker->tickers;
    *(ticker->prev != NULL ? &ticker->prev->next : &tickers->first) = ticker->next;
    *(ticker->next != NULL ? &ticker->next->prev : &tickers->last) = ticker->prev;
    tickers->count--;
    if (ticker->firing != NULL) {
        ticker->firing->ticker = NULL;
    }
    alarm_clear(tickers->scheduler->context->alarms, &ticker->alarm);
    arena_finish(&ticker->texts);
    mem_free(ticker);
}

struct tickers *tickers_create(struct scheduler *scheduler)
{
    struct tickers *tickers = mem_zalloc(sizeof *tickers);
    tickers->scheduler = scheduler;
    tickers->zones = zones_create(NULL);
    tickers->created_ms = scheduler_now_ms(scheduler);
    return tickers;
}

static void plan_all(struct tickers *tickers)
{
    for (struct ticker *ticker = tickers->first; ticker != NULL; ticker = ticker->next) {
        plan(ticker);
    }
}

void tickers_start(struct tickers *tickers)
{
    tickers->is_started = true;
    plan_all(tickers);
}

void tickers_stop(struct tickers *tickers)
{
    tickers->is_started = false;
    plan_all(tickers);
}

void tickers_destroy(struct tickers *tickers)
{
    if (tickers == NULL) {
        return;
    }
    assert(tickers->count == 0);
    tickers->is_destroyed = true;
    scheduler_part_opened(tickers->scheduler);
    maybe_free(tickers);
}

struct zones *tickers_zones(struct tickers *tickers)
{
    return tickers->zones;
}

/* --- for pages --- */

int64_t tickers_now_ms(const struct tickers *tickers)
{
    return scheduler_now_ms(tickers->scheduler);
}

static int compare_tickers(const void *a, const void *b)
{
    const struct ticker *left = *(struct ticker *const *)a;
    const struct ticker *right = *(struct ticker *const *)b;
    int by_kind = strcmp(left->kind->name, right->kind->name);
    return by_kind != 0 ? by_kind : slice_compare(left->spec.name, right->spec.name);
}

void tickers_each(struct tickers *tickers, void (*each)(void *ctx, struct ticker *ticker),
                  void *ctx)
{
    struct ticker **sorted = mem_array(tickers->count, sizeof(struct ticker *));
    size_t count = 0;
    for (struct ticker *ticker = tickers->first; ticker != NULL; ticker = ticker->next) {
        sorted[count++] = ticker;
    }
    qsort(sorted, count, sizeof(struct ticker *), compare_tickers);
    for (size_t i = 0; i < count; i++) {
        each(ctx, sorted[i]);
    }
    mem_free(sorted);
}

struct ticker_view ticker_view(const struct ticker *ticker)
{
    bool has_fired = ticker->last_ms > ticker->spec.since_ms;
    return (struct ticker_view){.kind = ticker->kind->name,
                                .name = ticker->spec.name,
                                .expression = ticker->spec.expression,
                                .zone_name = ticker->spec.zone_name,
                                .zone = ticker->spec.zone,
                                .is_disabled = ticker->spec.is_disabled,
                                .last_ms = has_fired ? ticker->last_ms : INSTANT_NEVER};
}

struct slice ticker_target(const struct ticker *ticker, struct arena *arena)
{
    return ticker->kind->target(ticker->owner, arena);
}

size_t ticker_upcoming(const struct ticker *ticker, int64_t *instants, size_t count)
{
    int64_t now_ms = scheduler_now_ms(ticker->tickers->scheduler);
    int64_t at_ms = floor_of(ticker) > now_ms ? floor_of(ticker) : now_ms;
    size_t found = 0;
    while (!ticker->spec.is_disabled && found < count &&
           (at_ms = next_after(ticker, at_ms)) != INSTANT_NEVER) {
        instants[found++] = at_ms;
    }
    return found;
}
