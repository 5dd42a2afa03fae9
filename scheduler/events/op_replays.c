/* StartReplay, CancelReplay, DescribeReplay, ListReplays. */
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/events/lookup.h"
#include "scheduler/events/replay.h"

static struct replay *lookup_replay(struct events *events, struct api_call *call, struct slice name)
{
    struct replay *replay = name_index_find(&events->replays, name);
    if (replay == NULL) {
        events_refuse(call, EVENTS_NOT_FOUND, "Replay %.*s does not exist.", SLICE_ARG(name));
    }
    return replay;
}

static size_t count_active(const struct events *events)
{
    size_t count = 0;
    for (size_t i = 0; i < events->replays.count; i++) {
        count += replay_is_active(events->replays.items[i]);
    }
    return count;
}

/* The archive that is replayed, or a refusal. In AWS's order: destination, archive, that both are of one bus, times. */
static const struct archive *check_start(struct events *events, struct api_call *call,
                                         const struct record *input)
{
    const struct record *destination = record_get(input, MEMBER_DESTINATION)->record;
    struct slice source = record_text(input, MEMBER_EVENT_SOURCE_ARN);
    const struct event_bus *bus = lookup_bus(events, call, record_text(destination, MEMBER_ARN));
    if (bus == NULL) {
        return NULL;
    }
    const struct archive *archive = archive_find_by_arn(events, source);
    if (archive == NULL) {
        events_refuse(call, EVENTS_INVALID,
                      "Parameter EventSourceArn is not valid. Reason: Archive %.*s does not exist.",
                      SLICE_ARG(slice_skip(source, slice_rfind(source, '/') + 1)));
        return NULL;
    }
    if (!slice_eq(archive->record.event_source_arn, bus->arn)) {
        events_refuse(call, EVENTS_INVALID,
                      "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is "
                      "not permitted.");
        return NULL;
    }
    if (record_get(input, MEMBER_EVENT_START_TIME)->number >=
        record_get(input, MEMBER_EVENT_END_TIME)->number) {
        events_refuse(call, EVENTS_INVALID,
                      "Parameter EventEndTime is not valid. Reason: EventStartTime must be before "
                      "EventEndTime.");
        return NULL;
    }
    return archive;
}

/* {"Arn":...,"FilterArns":[...]}: from what was understood, not from what was sent. */
static struct slice print_destination(struct arena *arena, const struct record *destination)
{
    AUTO_BUF buf = BUF_INIT(RECORD_MAX / 2);
    struct json_writer w = json_writer_init(&buf);
    const struct field *arns = record_get(destination, MEMBER_FILTER_ARNS);
    json_open(&w, '{');
    json_put_string(&w, "Arn", record_text(destination, MEMBER_ARN));
    if (arns->is_set) {
        json_key_text(&w, "FilterArns");
        json_open(&w, '[');
        for (size_t i = 0; i < arns->count; i++) {
            json_write_string(&w, arns->items[i].text);
        }
        json_close(&w, ']');
    }
    json_close(&w, '}');
    return buf_status(&buf) == STATUS_OK ? arena_copy(arena, buf_slice(&buf)) : SLICE_NULL;
}

void events_op_start_replay(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    const struct archive *archive;
    if (!model_read(&events_model, call, &input) ||
        (archive = check_start(events, call, input)) == NULL) {
        return;
    }
    struct slice name = record_text(input, MEMBER_REPLAY_NAME);
    if (name_index_find(&events->replays, name) != NULL) {
        events_refuse(call, EVENTS_EXISTS, "Replay %.*s already exists.", SLICE_ARG(name));
        return;
    }
    struct slice destination =
        print_destination(api_arena(call), record_get(input, MEMBER_DESTINATION)->record);
    if (count_active(events) >= ACTIVE_REPLAYS_MAX || destination.ptr == NULL) {
        events_refuse(call, EVENTS_LIMIT,
                      "The requested resource exceeds the maximum number allowed.");
        return;
    }
    const struct replay_record record = {
        .description = record_text(input, MEMBER_DESCRIPTION),
        .state = SLICE("STARTING"),
        .event_source_arn = archive->arn,
        .destination = destination,
        .archive_id = archive->record.id,
        .event_start_ms = record_get(input, MEMBER_EVENT_START_TIME)->number,
        .event_end_ms = record_get(input, MEMBER_EVENT_END_TIME)->number,
        .started_ms = scheduler_now_ms(events->scheduler),
    };
    struct replay *replay = replay_create(events, name);
    replay_apply(replay, &record);
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&buf);
    json_open(&w, '{');
    json_put_string(&w, "ReplayArn", replay->arn);
    stored_put_time(&w, "ReplayStartTime", record.started_ms);
    json_put_text(&w, "State", "STARTING");
    json_close(&w, '}');
    events_write(events, call, STATE_REPLAY, name, replay_print(api_arena(call), &replay->record),
                 arena_copy(api_arena(call), buf_slice(&buf)));
    replay_go_on(replay);
}

void events_op_cancel_replay(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    struct replay *replay;
    if (!model_read(&events_model, call, &input) ||
        (replay = lookup_replay(events, call, record_text(input, MEMBER_REPLAY_NAME))) == NULL) {
        return;
    }
    if (!replay_is_active(replay) || slice_is(replay->record.state, "CANCELLING")) {
        events_refuse(call, EVENTS_ILLEGAL_STATUS,
                      "Replay %.*s is not in a valid state for this operation.",
                      SLICE_ARG(replay->name));
        return;
    }
    struct replay_record record = replay->record;
    record.state = SLICE("CANCELLING");
    replay_apply(replay, &record);
    struct slice json =
        arena_printf(api_arena(call), "{\"ReplayArn\":\"%.*s\",\"State\":\"CANCELLING\"}",
                     SLICE_ARG(replay->arn));
    events_write(events, call, STATE_REPLAY, replay->name,
                 replay_print(api_arena(call), &replay->record), json);
    replay_go_on(replay);
}

/* --- reading --- */

void events_op_describe_replay(struct api_call *call, void *ctx)
{
    static const char *const told[] = {"Description",
                                       "Destination",
                                       "EventEndTime",
                                       "EventLastReplayedTime",
                                       "EventSourceArn",
                                       "EventStartTime",
                                       "ReplayEndTime",
                                       "ReplayStartTime",
                                       "State",
                                       "StateReason",
                                       NULL};
    const struct record *input;
    struct replay *replay;
    if (!model_read(&events_model, call, &input) ||
        (replay = lookup_replay(ctx, call, record_text(input, MEMBER_REPLAY_NAME))) == NULL) {
        return;
    }
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&buf);
    json_open(&w, '{');
    json_put_string(&w, "ReplayArn", replay->arn);
    json_put_string(&w, "ReplayName", replay->name);
    replay_tell(&w, replay, told);
    json_close(&w, '}');
    api_reply_json(call, 200, buf_slice(&buf));
}

void events_op_list_replays(struct api_call *call, void *ctx)
{
    static const char *const told[] = {"EventEndTime",   "EventLastReplayedTime", "EventSourceArn",
                                       "EventStartTime", "ReplayEndTime",         "ReplayStartTime",
                                       "State",          "StateReason",           NULL};
    struct events *events = ctx;
    const struct record *input;
    struct list_page page;
    if (!model_read(&events_model, call, &input) ||
        !list_page_begin(&page, call, input, &events->replays, "Replays")) {
        return;
    }
    struct slice source = record_text(input, MEMBER_EVENT_SOURCE_ARN);
    struct slice state = record_text(input, MEMBER_STATE);
    struct slice prefix = record_text(input, MEMBER_NAME_PREFIX);
    const struct replay *replay;
    while ((replay = list_page_next(&page)) != NULL) {
        bool is_wanted =
            slice_starts_with(replay->name, prefix) &&
            (source.ptr == NULL || slice_eq(source, replay->record.event_source_arn)) &&
            (state.ptr == NULL || slice_eq(state, replay->record.state));
        if (is_wanted && list_page_takes(&page)) {
            json_open(&page.w, '{');
            json_put_string(&page.w, "ReplayName", replay->name);
            replay_tell(&page.w, replay, told);
            json_close(&page.w, '}');
        }
    }
    list_page_reply(&page);
}
