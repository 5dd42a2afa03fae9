#include "scheduler/async/outcome.h"

#include "core/clock.h"
#include "core/json_scan.h"
#include "core/json_writer.h"

#define ERROR_MESSAGE_MAX 1024 /* bytes of the dead letter's attribute */

static const char *condition_name(enum outcome_condition condition)
{
    static const char *const names[] = {
        [OUTCOME_SUCCESS] = "Success",
        [OUTCOME_RETRIES_EXHAUSTED] = "RetriesExhausted",
        [OUTCOME_EVENT_TOO_OLD] = "EventAgeExceeded",
        [OUTCOME_NO_CONCURRENCY] = "ZeroReservedConcurrency",
        [OUTCOME_LOOP] = "RecursiveInvocation",
    };
    return names[condition];
}

/* The function's bytes as they are; what is no JSON (a binary answer) as a string. */
static void put_bytes(struct json_writer *w, const char *key, struct slice bytes)
{
    if (bytes.len > 0 && json_validate(bytes, NULL)) {
        json_put_raw(w, key, slice_trim(bytes));
    } else if (bytes.len > 0) {
        json_put_string(w, key, bytes);
    } else {
        json_put_null(w, key);
    }
}

static void print_record(struct json_writer *w, const struct outcome *outcome, bool has_payloads)
{
    char time[TIME_TEXT_MAX];
    json_open(w, '{');
    json_put_text(w, "version", "1.0");
    json_put_text(w, "timestamp", time_iso8601_ms(time, outcome->now_ms));
    json_key_text(w, "requestContext");
    json_open(w, '{');
    json_put_string(w, "requestId", outcome->request_id);
    json_put_string(w, "functionArn", outcome->function_arn);
    json_put_text(w, "condition", condition_name(outcome->condition));
    json_put_i64(w, "approximateInvokeCount", outcome->attempts);
    json_close(w, '}');
    if (has_payloads) {
        put_bytes(w, "requestPayload", outcome->payload.len > 0 ? outcome->payload : SLICE("{}"));
    }
    if (outcome->has_response) {
        json_key_text(w, "responseContext");
        json_open(w, '{');
        json_put_i64(w, "statusCode", 200);
        json_put_string(w, "executedVersion", outcome->executed_version);
        if (outcome->has_failed) {
            json_put_text(w, "functionError", "Unhandled");
        }
        json_close(w, '}');
    }
    if (outcome->has_response && has_payloads) {
        put_bytes(w, "responsePayload", outcome->response);
    }
    json_close(w, '}');
}

void outcome_print(struct buf *json, const struct outcome *outcome)
{
    struct json_writer w = json_writer_init(json);
    print_record(&w, outcome, true);
}

void outcome_print_for_topic(struct buf *json, const struct outcome *outcome)
{
    outcome_print(json, outcome);
    if (json->len > OUTCOME_TOPIC_MAX && outcome->condition != OUTCOME_SUCCESS) {
        buf_clear(json);
        struct json_writer w = json_writer_init(json);
        print_record(&w, outcome, false);
    }
}

void outcome_print_event(struct buf *json, const struct outcome *outcome, struct slice bus_arn)
{
    struct json_writer w = json_writer_init(json);
    json_open(&w, '{');
    json_put_text(&w, "source", "lambda");
    json_put_text(&w, "detail-type",
                  outcome->condition == OUTCOME_SUCCESS
                      ? "Lambda Function Invocation Result - Success"
                      : "Lambda Function Invocation Result - Failure");
    json_key_text(&w, "resources");
    json_open(&w, '[');
    json_write_string(&w, bus_arn);
    json_write_string(&w, outcome->function_arn);
    json_close(&w, ']');
    json_key_text(&w, "detail");
    print_record(&w, outcome, true);
    json_close(&w, '}');
}

/* --- dead letters --- */

static void put_attribute(struct json_writer *w, const char *name, const char *type,
                          struct slice value)
{
    json_key_text(w, name);
    json_open(w, '{');
    json_put_text(w, "DataType", type);
    json_put_string(w, "StringValue", value);
    json_close(w, '}');
}

/* The function's errorMessage, cut to what fits without breaking a character. */
static struct slice error_message(struct arena *arena, const struct outcome *outcome)
{
    struct slice raw;
    struct slice text;
    if (!outcome->has_response || !json_raw_find(outcome->response, "errorMessage", &raw) ||
        !json_raw_string(arena, raw, &text)) {
        return SLICE("");
    }
    if (text.len > ERROR_MESSAGE_MAX) {
        size_t len = ERROR_MESSAGE_MAX;
        while (len > 0 && ((unsigned char)text.ptr[len] & 0xc0) == 0x80) {
            len--;
        }
        text = slice_take(text, len);
    }
    return text;
}

void outcome_print_attributes(struct buf *json, const struct outcome *outcome)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct json_writer w = json_writer_init(json);
    struct slice message = error_message(&arena, outcome);
    json_open(&w, '{');
    json_key_text(&w, "MessageAttributes");
    json_open(&w, '{');
    put_attribute(&w, "RequestID", "String", outcome->request_id);
    put_attribute(&w, "ErrorCode", "Number", outcome->has_response ? SLICE("200") : SLICE("429"));
    if (message.len > 0) { /* an attribute may not be empty */
        put_attribute(&w, "ErrorMessage", "String", message);
    }
    json_close(&w, '}');
    json_close(&w, '}');
}

/* aws/lambda/async/NAME/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-RANDOM */
struct slice outcome_object_key(struct arena *arena, const struct outcome *outcome,
                                struct slice function, const char *random)
{
    char day[TIME_TEXT_MAX];
    char time[TIME_TEXT_MAX];
    time_path_date(day, outcome->now_ms);
    time_iso8601_ms(time, outcome->now_ms);
    time[13] = '.';
    time[16] = '.';
    time[19] = '\0';
    return arena_printf(arena, "aws/lambda/async/%.*s/%s/%s-%s", SLICE_ARG(function), day, time,
                        random);
}
