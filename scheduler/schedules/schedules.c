#include "scheduler/schedules/schedules.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/schedules/limits.h"

#define TEXTS_BLOCK 512

struct schedules {
    struct scheduler *scheduler;
    struct name_index schedules; /* struct schedule */
    struct name_index groups;    /* struct schedule_group */
};

/* --- finding --- */

struct schedule *schedule_find(const struct schedules *schedules, struct slice group,
                               struct slice name)
{
    AUTO_ARENA arena = ARENA_INIT;
    return name_index_find(&schedules->schedules, schedule_key(&arena, group, name));
}

struct schedule_group *schedule_group_find(const struct schedules *schedules, struct slice name)
{
    return name_index_find(&schedules->groups, name);
}

const struct name_index *schedules_index(const struct schedules *schedules)
{
    return &schedules->schedules;
}

const struct name_index *schedule_groups_index(const struct schedules *schedules)
{
    return &schedules->groups;
}

struct scheduler *schedules_scheduler(const struct schedules *schedules)
{
    return schedules->scheduler;
}

/* --- a kept schedule and its ticker --- */

static struct schedule_expression expression_of(const struct schedule *schedule)
{
    struct schedule_expression expression = {.kind = SCHEDULE_AT, .at_local_s = 0};
    (void)!schedule_expression_parse(schedule->expression, DIALECT_SCHEDULER, &expression);
    return expression;
}

/* From when on it ticks: a rate from its start, at once when there is none; the others after now. */
static void begin(struct schedule *schedule, int64_t now_ms)
{
    bool has_start = schedule->start_ms != INSTANT_NEVER;
    schedule->anchor_ms = now_ms;
    schedule->since_ms = now_ms;
    switch (expression_of(schedule).kind) {
    case SCHEDULE_RATE:
        schedule->anchor_ms = has_start ? schedule->start_ms : now_ms;
        schedule->since_ms = (schedule->anchor_ms > now_ms ? schedule->anchor_ms : now_ms) - 1;
        break;
    case SCHEDULE_CRON:
        if (has_start && schedule->start_ms > now_ms) {
            schedule->since_ms = schedule->start_ms - 1;
        }
        break;
    case SCHEDULE_AT: /* knows no start */
        break;
    }
}

/* The same as `old` says, unless the expression is another: then it begins anew. */
static void go_on(struct schedule *schedule, const struct schedule *old, int64_t now_ms)
{
    if (!slice_eq(schedule->expression, old->expression) || !slice_eq(schedule->zone, old->zone) ||
        schedule->start_ms != old->start_ms) {
        begin(schedule, now_ms);
        return;
    }
    schedule->anchor_ms = old->anchor_ms;
    schedule->since_ms = old->is_disabled && now_ms > old->since_ms ? now_ms : old->since_ms;
}

static void tick(struct schedule *schedule)
{
    struct scheduler *scheduler = schedule->schedules->scheduler;
    struct fault fault;
    struct ticker_spec spec = {
        .name = schedule->key,
        .expression = schedule->expression,
        .dialect = DIALECT_SCHEDULER,
        .zone_name = schedule->zone,
        .anchor_ms = schedule->anchor_ms,
        .since_ms = schedule->since_ms,
        .end_ms = schedule->end_ms,
        .window_ms = schedule->is_flexible ? (uint32_t)schedule->window_min * 60000 : 0,
        .is_disabled = schedule->is_disabled,
    };
    if (zones_find(tickers_zones(scheduler->tickers), schedule->zone, &spec.zone, &fault) !=
        STATUS_OK) { /* it was there when the schedule was made */
        scheduler_notice(scheduler, schedule->name, "does not run: %s", fault.text);
        spec.zone = NULL;
        spec.is_disabled = true;
    }
    if (expression_of(schedule).kind == SCHEDULE_AT) {
        spec.end_ms = INSTANT_NEVER;
    }
    if (schedule->ticker != NULL) {
        ticker_change(schedule->ticker, &spec);
    } else {
        schedule->ticker = ticker_add(scheduler->tickers, &schedule_ticker_kind, schedule, &spec);
    }
}

static struct schedule *schedule_new(struct schedules *schedules, const struct schedule *value)
{
    struct schedule *schedule = mem_zalloc(sizeof *schedule);
    struct arena texts;
    arena_init(&texts, schedule_texts_len(value)); /* there may be very many */
    schedule_copy(&texts, value, schedule);
    schedule->texts = texts;
    schedule->schedules = schedules;
    return schedule;
}

static void schedule_free(struct schedule *schedule)
{
    ticker_remove(schedule->ticker);
    arena_finish(&schedule->texts);
    mem_free(schedule);
}

/* In the place of `old`, whose ticker goes on; NULL: there is none. */
static void install(struct schedule *schedule, struct schedule *old)
{
    struct name_index *all = &schedule->schedules->schedules;
    if (old != NULL) {
        name_index_remove(all, &old->key);
        schedule->ticker = old->ticker;
        old->ticker = NULL;
        ticker_set_owner(schedule->ticker, schedule);
        schedule_free(old);
    }
    name_index_add(all, &schedule->key);
    tick(schedule);
}

static void remove_schedule(struct schedule *schedule)
{
    name_index_remove(&schedule->schedules->schedules, &schedule->key);
    schedule_free(schedule);
}

/* --- changing schedules --- */

void schedule_put(struct schedules *schedules, const struct schedule *value,
                  state_written_fn *on_written, void *ctx)
{
    struct scheduler *scheduler = schedules->scheduler;
    int64_t now_ms = scheduler_now_ms(scheduler);
    struct schedule *old = schedule_find(schedules, value->group, value->name);
    struct schedule *schedule = schedule_new(schedules, value);
    schedule->modified_ms = now_ms;
    if (old != NULL) {
        schedule->created_ms = old->created_ms;
        go_on(schedule, old, now_ms);
    } else {
        schedule->created_ms = now_ms;
        begin(schedule, now_ms);
    }
    install(schedule, old);
    AUTO_BUF json = BUF_INIT(SCHEDULE_RECORD_MAX);
    schedule_write_record(&json, schedule);
    state_write(scheduler, STATE_SCHEDULE, schedule->key, buf_slice(&json), on_written, ctx);
}

static void forget_ticks(struct txn *txn, struct slice key)
{
    tick_forget(txn, &schedule_ticker_kind, key);
}

void schedule_delete(struct schedule *schedule, state_written_fn *on_written, void *ctx)
{
    state_erase(schedule->schedules->scheduler, STATE_SCHEDULE, schedule->key, forget_ticks,
                on_written, ctx);
    remove_schedule(schedule);
}

/* --- groups --- */

static struct schedule_group *group_new(const struct schedule_group *value)
{
    struct schedule_group *group = mem_zalloc(sizeof *group);
    *group = *value;
    arena_init(&group->texts, TEXTS_BLOCK);
    group->name = arena_copy(&group->texts, value->name);
    group->tags = arena_copy(&group->texts, value->tags);
    group->client_token = arena_copy(&group->texts, value->client_token);
    return group;
}

static void group_free(struct schedule_group *group)
{
    arena_finish(&group->texts);
    mem_free(group);
}

static void install_group(struct schedules *schedules, const struct schedule_group *value)
{
    struct schedule_group *old = schedule_group_find(schedules, value->name);
    struct schedule_group *group = group_new(value);
    if (old != NULL) {
        name_index_remove(&schedules->groups, &old->name);
        group_free(old);
    }
    name_index_add(&schedules->groups, &group->name);
}

/* With its schedules. */
static void remove_group(struct schedules *schedules, struct schedule_group *group)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct name_index *all = &schedules->schedules;
    struct slice prefix = schedule_key(&arena, group->name, SLICE(""));
    size_t place = name_index_place(all, prefix);
    while (place < all->count && slice_starts_with(name_index_name(all, place), prefix)) {
        remove_schedule(all->items[place]);
    }
    name_index_remove(&schedules->groups, &group->name);
    group_free(group);
}

static void group_write_record(struct buf *buf, const struct schedule_group *group)
{
    struct json_writer w = json_writer_init(buf);
    json_open(&w, '{');
    json_put_i64(&w, "Created", group->created_ms);
    json_put_i64(&w, "Modified", group->modified_ms);
    if (group->tags.len > 0) {
        json_put_raw(&w, "Tags", group->tags);
    }
    if (group->client_token.len > 0) {
        json_put_string(&w, "ClientToken", group->client_token);
    }
    json_close(&w, '}');
}

void schedule_group_put(struct schedules *schedules, const struct schedule_group *value,
                        state_written_fn *on_written, void *ctx)
{
    AUTO_BUF json = BUF_INIT(SCHEDULE_RECORD_MAX);
    group_write_record(&json, value);
    state_write(schedules->scheduler, STATE_SCHEDULE_GROUP, value->name, buf_slice(&json),
                on_written, ctx);
    install_group(schedules, value);
}

static void forget_schedules(struct txn *txn, struct slice group)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice all = schedule_key(&arena, group, SLICE(""));
    state_delete_under(txn, STATE_SCHEDULE, all);
    tick_forget_under(txn, &schedule_ticker_kind, all);
}

void schedule_group_delete(struct schedules *schedules, struct schedule_group *group,
                           state_written_fn *on_written, void *ctx)
{
    state_erase(schedules->scheduler, STATE_SCHEDULE_GROUP, group->name, forget_schedules,
                on_written, ctx);
    remove_group(schedules, group);
}

/* --- life --- */

static void load_schedule(void *ctx, struct slice key, struct slice json)
{
    struct schedules *schedules = ctx;
    struct schedule value, *old;
    AUTO_ARENA arena = ARENA_INIT;
    old = name_index_find(&schedules->schedules, key);
    if (schedule_read_record(&arena, json, &value)) {
        struct schedule *schedule = schedule_new(schedules, &value);
        install(schedule, old);
        ticker_wait(schedule->ticker);
    } else if (old != NULL) {
        remove_schedule(old);
    }
}

/* With its schedules, when it is new. The default group is there without a record. */
static void load_group(void *ctx, struct slice key, struct slice json)
{
    struct schedules *schedules = ctx;
    AUTO_ARENA arena = ARENA_INIT;
    const struct schedule_group value = {
        .name = key,
        .created_ms = json_i64_member(json, "Created", 0),
        .modified_ms = json_i64_member(json, "Modified", 0),
        .tags = json_raw_member(json, "Tags"),
        .client_token = json_text_member(&arena, json, "ClientToken"),
    };
    struct schedule_group *old = schedule_group_find(schedules, key);
    bool is_there = json.ptr != NULL || slice_is(key, DEFAULT_GROUP);
    if (is_there) {
        install_group(schedules, &value);
    } else if (old != NULL) {
        remove_group(schedules, old);
    }
    if (is_there && old == NULL) {
        state_each_under(schedules->scheduler, STATE_SCHEDULE, schedule_key(&arena, key, SLICE("")),
                         load_schedule, schedules);
    }
}

struct schedules *schedules_create(struct scheduler *scheduler)
{
    struct schedules *schedules = mem_zalloc(sizeof *schedules);
    schedules->scheduler = scheduler;
    state_keep(scheduler, STATE_SCHEDULE_GROUP, load_group, schedules);
    state_keep(scheduler, STATE_SCHEDULE, load_schedule, schedules);
    load_group(schedules, SLICE(DEFAULT_GROUP), SLICE_NULL);
    state_each(scheduler, STATE_SCHEDULE_GROUP, load_group, schedules);
    edge_register(scheduler->edge, &schedules_service, schedules);
    return schedules;
}

void schedules_destroy(struct schedules *schedules)
{
    if (schedules == NULL) {
        return;
    }
    for (size_t i = 0; i < schedules->schedules.count; i++) {
        schedule_free(schedules->schedules.items[i]);
    }
    for (size_t i = 0; i < schedules->groups.count; i++) {
        group_free(schedules->groups.items[i]);
    }
    name_index_finish(&schedules->schedules);
    name_index_finish(&schedules->groups);
    mem_free(schedules);
}
