#include "scheduler/events/envelope.h"

#include "core/json_scan.h"
#include "core/json_writer.h"
#include "scheduler/events/limits.h"

#include <assert.h>

#define MEMBERS_MAX 8192 /* of an envelope beside resources and detail, escaped */

const char *event_time_text(char out[TIME_TEXT_MAX], int64_t epoch_ms)
{
    (void)time_iso8601_ms(out, epoch_ms);
    char *dot = strchr(out, '.');
    assert(dot != NULL);
    dot[0] = 'Z';
    dot[1] = '\0';
    return out;
}

struct slice envelope_print(struct arena *arena, const struct envelope *envelope)
{
    /* Escaping makes up to six bytes of one. */
    AUTO_BUF buf = BUF_INIT(6 * (envelope->source.len + envelope->detail_type.len) +
                            envelope->resources.len + envelope->detail.len + MEMBERS_MAX);
    struct json_writer w = json_writer_init(&buf);
    char time[TIME_TEXT_MAX];
    json_open(&w, '{');
    json_put_text(&w, "version", "0");
    json_put_string(&w, "id", envelope->id);
    json_put_string(&w, "detail-type", envelope->detail_type);
    json_put_string(&w, "source", envelope->source);
    json_put_string(&w, "account", envelope->account);
    json_put_text(&w, "time", event_time_text(time, envelope->time_ms));
    json_put_string(&w, "region", envelope->region);
    if (envelope->replay_name.len > 0) {
        json_put_string(&w, "replay-name", envelope->replay_name);
    }
    json_put_raw(&w, "resources", envelope->resources.len > 0 ? envelope->resources : SLICE("[]"));
    json_put_raw(&w, "detail", envelope->detail);
    json_close(&w, '}');
    assert(buf_status(&buf) == STATUS_OK);
    return arena_copy(arena, buf_slice(&buf));
}

bool envelope_is_replayed(struct slice event)
{
    struct slice value;
    return json_raw_find(event, "replay-name", &value);
}

struct slice envelope_replay(struct arena *arena, struct slice event, struct slice replay_name)
{
    struct slice resources;
    if (!json_raw_find(event, "resources", &resources)) {
        return event;
    }
    /* What we wrote: `"resources":` stands right before its value. */
    size_t at = (size_t)(resources.ptr - event.ptr) - strlen("\"resources\":");
    return arena_printf(arena, "%.*s\"replay-name\":\"%.*s\",%.*s", (int)at, event.ptr,
                        SLICE_ARG(replay_name), SLICE_ARG(slice_skip(event, at)));
}
