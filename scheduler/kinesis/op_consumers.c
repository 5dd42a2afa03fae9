#include "scheduler/kinesis/limits.h"
#include "scheduler/kinesis/operations.h"

static void print_consumer(struct json_writer *w, struct arena *arena,
                           const struct kinesis_stream *stream, const struct consumer *consumer)
{
    json_put_string(w, "ConsumerName", consumer->name);
    json_put_string(w, "ConsumerARN", consumer_arn(arena, stream, consumer));
    json_put_text(w, "ConsumerStatus", "ACTIVE");
    print_time(w, "ConsumerCreationTimestamp", consumer->created_ms / 1000 * 1000);
}

void kinesis_op_register_consumer(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct kinesis_stream *stream;
    if (!read_input(call, &input) || !read_stream(call, ctx, input, &stream)) {
        return;
    }
    struct consumer consumer = {
        .name = record_text(input, MEMBER_CONSUMER_NAME),
        .created_ms = kinesis_now_ms(stream->kinesis),
    };
    if (stream_consumer(stream, consumer.name) != NULL) {
        kinesis_refuse(call, REFUSE_IN_USE,
                       "Consumer %.*s under stream %.*s already exists for account %s.",
                       SLICE_ARG(consumer.name), SLICE_ARG(stream->arn), api_account_id(call));
        return;
    }
    if (stream->settings.consumer_count == CONSUMERS_MAX) {
        kinesis_refuse(call, REFUSE_LIMIT, "Stream %.*s has %d consumers registered already.",
                       SLICE_ARG(stream->arn), CONSUMERS_MAX);
        return;
    }
    if (!read_tags(call, record_get(input, MEMBER_TAGS), SLICE_NULL, &consumer.tags)) {
        return;
    }
    struct stream_settings settings =
        settings_with_consumer(call, stream, stream->settings.consumer_count, &consumer);
    AUTO_BUF body = BUF_INIT(REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_key_text(&w, "Consumer");
    json_open(&w, '{');
    print_consumer(&w, api_arena(call), stream, &consumer);
    json_close(&w, '}');
    json_close(&w, '}');
    stream_change(stream, &settings, answer_when_written, answer_keep(call, &body));
}

/* By ConsumerARN, or by StreamARN and ConsumerName. */
static bool read_consumer(struct api_call *call, struct kinesis *kinesis,
                          const struct record *input, struct kinesis_stream **ret_stream,
                          const struct consumer **ret_consumer)
{
    struct slice arn = record_text(input, MEMBER_CONSUMER_ARN);
    struct slice name = record_text(input, MEMBER_CONSUMER_NAME);
    struct slice named = arn.len != 0 ? arn : name;
    *ret_consumer = NULL;
    if (arn.len != 0) {
        *ret_stream = stream_find_arn(kinesis, arn, ret_consumer);
    } else if (name.len == 0 || !record_has(input, MEMBER_STREAM_ARN)) {
        kinesis_refuse(call, REFUSE_ARGUMENT,
                       "Either ConsumerARN, or StreamARN and ConsumerName, should be provided.");
        return false;
    } else if (!read_stream(call, kinesis, input, ret_stream)) {
        return false;
    } else {
        *ret_consumer = stream_consumer(*ret_stream, name);
    }
    if (*ret_consumer == NULL) {
        kinesis_refuse(call, REFUSE_NOT_FOUND, "Consumer %.*s, account %s not found.",
                       SLICE_ARG(named), api_account_id(call));
    }
    return *ret_consumer != NULL;
}

void kinesis_op_deregister_consumer(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct kinesis_stream *stream;
    const struct consumer *consumer;
    if (!read_input(call, &input) || !read_consumer(call, ctx, input, &stream, &consumer)) {
        return;
    }
    struct slice name = arena_copy(api_arena(call), consumer->name);
    size_t index = (size_t)(consumer - stream->settings.consumers);
    struct stream_settings settings = settings_with_consumer(call, stream, index, NULL);
    stream_change(stream, &settings, reply_when_written, call);
    subscriptions_end(stream, name);
}

void kinesis_op_describe_consumer(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct kinesis_stream *stream;
    const struct consumer *consumer;
    if (!read_input(call, &input) || !read_consumer(call, ctx, input, &stream, &consumer)) {
        return;
    }
    AUTO_BUF body = BUF_INIT(REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_key_text(&w, "ConsumerDescription");
    json_open(&w, '{');
    print_consumer(&w, api_arena(call), stream, consumer);
    json_put_string(&w, "StreamARN", stream->arn);
    json_close(&w, '}');
    json_close(&w, '}');
    reply_buf(call, &body);
}

/* Where the page begins. */
static bool read_place(struct api_call *call, const struct kinesis_stream *stream,
                       const struct record *input, size_t *ret_first)
{
    struct token token;
    *ret_first = 0;
    if (!record_has(input, MEMBER_NEXT_TOKEN)) {
        return true;
    }
    if (!read_page_token(call, stream->kinesis, TOKEN_CONSUMERS, input, &token)) {
        return false;
    }
    if (token.stream_id != stream->id) {
        refuse_token(call);
        return false;
    }
    for (size_t i = 0; i < stream->settings.consumer_count; i++) {
        if (slice_eq(stream->settings.consumers[i].name, token.text)) {
            *ret_first = i + 1;
        }
    }
    return true;
}

void kinesis_op_list_consumers(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct kinesis_stream *stream;
    size_t first;
    if (!read_input(call, &input) || !read_stream(call, ctx, input, &stream) ||
        !read_place(call, stream, input, &first)) {
        return;
    }
    size_t limit = read_page_size(input, MEMBER_MAX_RESULTS, LIST_CONSUMERS_MAX);
    const struct stream_settings *settings = &stream->settings;
    size_t end =
        settings->consumer_count - first > limit ? first + limit : settings->consumer_count;
    AUTO_BUF body = BUF_INIT(REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_key_text(&w, "Consumers");
    json_open(&w, '[');
    for (size_t i = first; i < end; i++) {
        json_open(&w, '{');
        print_consumer(&w, api_arena(call), stream, &settings->consumers[i]);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    if (end < settings->consumer_count) {
        const struct token token = {.kind = TOKEN_CONSUMERS,
                                    .issued_ms = kinesis_now_ms(stream->kinesis),
                                    .stream_id = stream->id,
                                    .text = settings->consumers[end - 1].name};
        json_put_string(&w, "NextToken", token_print(api_arena(call), &token));
    }
    json_close(&w, '}');
    reply_buf(call, &body);
}
