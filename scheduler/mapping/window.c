#include "scheduler/mapping/window.h"

#include "core/clock.h"
#include "core/json_scan.h"
#include "scheduler/mapping/limits.h"

void window_init(struct window *window)
{
    *window = (struct window){.state = BUF_INIT(BATCH_EVENT_MAX)};
}

void window_finish(struct window *window)
{
    buf_finish(&window->state);
}

int64_t window_end_of(int64_t arrived_ms, uint32_t length_s)
{
    int64_t length_ms = (int64_t)length_s * 1000;
    return arrived_ms - arrived_ms % length_ms + length_ms;
}

void window_open(struct window *window, int64_t arrived_ms, uint32_t length_s)
{
    window->is_open = true;
    window->is_terminated = false;
    window->end_ms = window_end_of(arrived_ms, length_s);
    window->start_ms = window->end_ms - (int64_t)length_s * 1000;
    buf_clear(&window->state);
}

void window_close(struct window *window)
{
    window->is_open = false;
    window->is_terminated = false;
    buf_finish(&window->state);
}

struct slice window_state(const struct window *window)
{
    return window->state.len > 0 ? buf_slice(&window->state) : SLICE("{}");
}

bool window_take_state(struct window *window, struct slice response)
{
    struct slice state;
    response = slice_trim(response);
    if (!json_validate(response, NULL) || json_raw_kind(response) != JSON_OBJECT ||
        !json_raw_find(response, "state", &state)) {
        return false;
    }
    buf_clear(&window->state);
    buf_append(&window->state, state);
    window->is_terminated = state.len > WINDOW_STATE_LEN_MAX;
    return true;
}

void window_renew(struct window *window)
{
    window->is_terminated = false;
    buf_finish(&window->state);
}

static void put_instant(struct json_writer *w, const char *key, int64_t epoch_ms)
{
    char text[TIME_TEXT_MAX];
    json_put_text(w, key, time_iso8601(text, epoch_ms));
}

void window_print(struct json_writer *w, const struct window *window, struct slice shard_id,
                  struct slice source_arn, bool is_final)
{
    json_key_text(w, "window");
    json_open(w, '{');
    put_instant(w, "start", window->start_ms);
    put_instant(w, "end", window->end_ms);
    json_close(w, '}');
    json_put_raw(w, "state", window_state(window));
    json_put_string(w, "shardId", shard_id);
    json_put_string(w, "eventSourceARN", source_arn);
    json_put_bool(w, "isFinalInvokeForWindow", is_final && !window->is_terminated);
    json_put_bool(w, "isWindowTerminatedEarly", window->is_terminated);
}
