#include "core/alarm.h"

#include "core/mem.h"

#include <assert.h>

/* The timer looks again so often: the wall clock may be set, and a machine that slept has counted less. */
#define TIMER_MAX_MS INT64_C(60000)
#define QUIET_TURNS 3 /* of the loop without a hold: what is at rest stays so */

struct alarms {
    uv_loop_t *loop;
    struct clock *clock;
    uv_timer_t timer;
    uv_idle_t idle; /* active while a turn looks whether all is at rest */
    struct alarm **heap;
    size_t count;
    size_t cap;
    uint64_t next_number;
    struct alarm_source *sources;
    size_t holds;
    struct {
        bool is_on;
        int64_t until_ms;
        size_t ran;
        unsigned quiet; /* turns of the loop in a row */
        alarms_turned_fn *on_turned;
        void *ctx;
    } turn;
    void (*on_moved)(void *ctx);
    void *moved_ctx;
    size_t open_handles;
};

/* --- the heap: heap[0] is the earliest, places count from 1 --- */

static bool is_before(const struct alarm *a, const struct alarm *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->number < b->number;
}

static void put_at(struct alarms *alarms, size_t index, struct alarm *alarm)
{
    alarms->heap[index] = alarm;
    alarm->place = index + 1;
}

static void sift_up(struct alarms *alarms, size_t index, struct alarm *alarm)
{
    while (index > 0 && is_before(alarm, alarms->heap[(index - 1) / 2])) {
        put_at(alarms, index, alarms->heap[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    put_at(alarms, index, alarm);
}

static void sift_down(struct alarms *alarms, size_t index, struct alarm *alarm)
{
    for (size_t child = 2 * index + 1; child < alarms->count; child = 2 * index + 1) {
        if (child + 1 < alarms->count && is_before(alarms->heap[child + 1], alarms->heap[child])) {
            child++;
        }
        if (!is_before(alarms->heap[child], alarm)) {
            break;
        }
        put_at(alarms, index, alarms->heap[child]);
        index = child;
    }
    put_at(alarms, index, alarm);
}

static void take_out(struct alarms *alarms, struct alarm *alarm)
{
    size_t index = alarm->place - 1;
    assert(alarms->heap[index] == alarm);
    struct alarm *last = alarms->heap[--alarms->count];
    alarm->place = 0;
    if (last == alarm) {
        return;
    }
    if (index > 0 && is_before(last, alarms->heap[(index - 1) / 2])) {
        sift_up(alarms, index, last);
    } else {
        sift_down(alarms, index, last);
    }
}

/* --- running what is due --- */

static void run_due(struct alarms *alarms, int64_t now_ms)
{
    uint64_t end = alarms->next_number; /* what is set meanwhile waits for the next round */
    while (alarms->count > 0 && alarms->heap[0]->at_ms <= now_ms && alarms->heap[0]->number < end) {
        struct alarm *alarm = alarms->heap[0];
        take_out(alarms, alarm);
        alarm->on_due(alarm);
    }
}

static void on_timer(uv_timer_t *timer);

static void arm(struct alarms *alarms)
{
    if (alarms->turn.is_on || uv_is_closing((const uv_handle_t *)&alarms->timer)) {
        return;
    }
    if (alarms->count == 0) {
        uv_timer_stop(&alarms->timer);
        return;
    }
    int64_t wait_ms = alarms->heap[0]->at_ms - clock_epoch_ms(alarms->clock);
    wait_ms = wait_ms < 0 ? 0 : wait_ms > TIMER_MAX_MS ? TIMER_MAX_MS : wait_ms;
    uv_update_time(alarms->loop);
    uv_timer_start(&alarms->timer, on_timer, (uint64_t)wait_ms, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct alarms *alarms = CONTAINER_OF(timer, struct alarms, timer);
    run_due(alarms, clock_epoch_ms(alarms->clock));
    arm(alarms);
}

void alarm_set(struct alarms *alarms, struct alarm *alarm, int64_t at_ms)
{
    if (alarm_is_set(alarm)) {
        take_out(alarms, alarm);
    }
    if (alarms->count == alarms->cap) {
        alarms->cap = alarms->cap != 0 ? 2 * alarms->cap : 16;
        alarms->heap = mem_realloc(alarms->heap, alarms->cap * sizeof(struct alarm *));
    }
    alarm->at_ms = at_ms;
    alarm->number = alarms->next_number++;
    sift_up(alarms, alarms->count++, alarm);
    if (alarms->heap[0] == alarm) {
        arm(alarms);
    }
}

void alarm_clear(struct alarms *alarms, struct alarm *alarm)
{
    if (alarm_is_set(alarm)) {
        bool was_first = alarm->place == 1;
        take_out(alarms, alarm);
        if (was_first) {
            arm(alarms);
        }
    }
}

/* --- turning the clock --- */

void alarms_add_source(struct alarms *alarms, struct alarm_source *source)
{
    source->next = alarms->sources;
    alarms->sources = source;
}

void alarms_remove_source(struct alarms *alarms, struct alarm_source *source)
{
    struct alarm_source **at = &alarms->sources;
    while (*at != NULL && *at != source) {
        at = &(*at)->next;
    }
    if (*at == source) {
        *at = source->next;
    }
}

static void on_idle(uv_idle_t *handle);

void alarms_hold(struct alarms *alarms)
{
    if (alarms != NULL) {
        alarms->holds++;
        alarms->turn.quiet = 0;
        uv_idle_stop(&alarms->idle);
    }
}

void alarms_release(struct alarms *alarms)
{
    if (alarms == NULL) {
        return;
    }
    assert(alarms->holds > 0);
    if (--alarms->holds == 0 && alarms->turn.is_on) {
        uv_idle_start(&alarms->idle, on_idle);
    }
}

static int64_t next_instant(const struct alarms *alarms)
{
    int64_t next_ms = alarms->count > 0 ? alarms->heap[0]->at_ms : ALARM_NEVER;
    for (struct alarm_source *each = alarms->sources; each != NULL; each = each->next) {
        int64_t own_ms = each->next_ms(each);
        next_ms = own_ms < next_ms ? own_ms : next_ms;
    }
    return next_ms;
}

static void turn_to(struct alarms *alarms, int64_t at_ms)
{
    int64_t now_ms = clock_epoch_ms(alarms->clock);
    if (at_ms > now_ms) {
        clock_advance(alarms->clock, at_ms - now_ms);
        if (alarms->on_moved != NULL) {
            alarms->on_moved(alarms->moved_ctx);
        }
    }
}

static void run_sources(struct alarms *alarms, int64_t now_ms)
{
    for (struct alarm_source *each = alarms->sources, *next; each != NULL; each = next) {
        next = each->next;
        if (each->next_ms(each) <= now_ms) {
            each->run(each);
        }
    }
}

void alarms_end_turn(struct alarms *alarms)
{
    if (!alarms->turn.is_on) {
        return;
    }
    alarms->turn.is_on = false;
    uv_idle_stop(&alarms->idle);
    arm(alarms);
    alarms->turn.on_turned(alarms->turn.ctx, alarms->turn.ran);
}

/* One turn of the loop while the clock is being turned and nothing holds. */
static void on_idle(uv_idle_t *handle)
{
    struct alarms *alarms = CONTAINER_OF(handle, struct alarms, idle);
    if (++alarms->turn.quiet < QUIET_TURNS) {
        return;
    }
    alarms->turn.quiet = 0;
    int64_t next_ms = next_instant(alarms);
    if (next_ms > alarms->turn.until_ms) {
        turn_to(alarms, alarms->turn.until_ms);
        alarms_end_turn(alarms);
        return;
    }
    /* What an instant made due at once belongs to it. */
    alarms->turn.ran += next_ms > clock_epoch_ms(alarms->clock) || alarms->turn.ran == 0;
    turn_to(alarms, next_ms);
    int64_t now_ms = clock_epoch_ms(alarms->clock);
    run_due(alarms, now_ms);
    run_sources(alarms, now_ms);
}

enum status alarms_turn(struct alarms *alarms, int64_t ms, alarms_turned_fn *on_turned, void *ctx)
{
    assert(ms >= 0);
    if (alarms->turn.is_on) {
        return STATUS_CONFLICT;
    }
    alarms->turn.is_on = true;
    alarms->turn.until_ms = clock_epoch_ms(alarms->clock) + ms;
    alarms->turn.ran = 0;
    alarms->turn.quiet = 0;
    alarms->turn.on_turned = on_turned;
    alarms->turn.ctx = ctx;
    uv_timer_stop(&alarms->timer);
    if (alarms->holds == 0) {
        uv_idle_start(&alarms->idle, on_idle);
    }
    return STATUS_OK;
}

bool alarms_is_turning(const struct alarms *alarms)
{
    return alarms->turn.is_on;
}

void alarms_observe(struct alarms *alarms, void (*on_moved)(void *ctx), void *ctx)
{
    alarms->on_moved = on_moved;
    alarms->moved_ctx = ctx;
}

/* --- life --- */

struct alarms *alarms_create(uv_loop_t *loop, struct clock *clock)
{
    struct alarms *alarms = mem_zalloc(sizeof *alarms);
    alarms->loop = loop;
    alarms->clock = clock;
    uv_timer_init(loop, &alarms->timer);
    uv_idle_init(loop, &alarms->idle);
    alarms->open_handles = 2;
    return alarms;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct alarms *alarms = handle->data;
    if (--alarms->open_handles == 0) {
        mem_free(alarms->heap);
        mem_free(alarms);
    }
}

void alarms_destroy(struct alarms *alarms)
{
    if (alarms == NULL) {
        return;
    }
    assert(alarms->count == 0);
    alarms->timer.data = alarms;
    alarms->idle.data = alarms;
    uv_close((uv_handle_t *)&alarms->timer, on_handle_closed);
    uv_close((uv_handle_t *)&alarms->idle, on_handle_closed);
}
