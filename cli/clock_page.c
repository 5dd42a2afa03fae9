#include "cli/clock_page.h"

#include "cli/duration.h"
#include "cli/edge_page.h"
#include "core/file.h"
#include "core/json_scan.h"
#include "core/json_writer.h"

#define CLOCK_FILE "clock.json"
#define CLOCK_FILE_MAX 1024
#define BODY_MAX 4096
#define ANSWER_LEN_MAX 2048

/* --- the file --- */

static const char *file_of(struct arena *arena, const struct data_dir *data_dir)
{
    return data_dir_file(arena, data_dir, CLOCK_FILE);
}

void clock_page_resume(struct clock *clock, const struct data_dir *data_dir)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF text = BUF_INIT(CLOCK_FILE_MAX);
    struct slice number;
    int64_t ahead_ms;
    if (file_read(file_of(&arena, data_dir), &text, NULL) == STATUS_OK &&
        json_raw_find(buf_slice(&text), "aheadMs", &number) && json_raw_i64(number, &ahead_ms) &&
        ahead_ms > 0 && ahead_ms <= CLOCK_AHEAD_MAX_MS) {
        clock_advance(clock, ahead_ms);
    }
}

static void on_moved(void *ctx)
{
    struct clock_page *page = ctx;
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF text = BUF_INIT(CLOCK_FILE_MAX);
    struct json_writer w = json_writer_init(&text);
    json_open(&w, '{');
    json_put_i64(&w, "aheadMs", clock_ahead_ms(page->context->clock));
    json_close(&w, '}');
    page->fault.status = STATUS_OK;
    if (file_write(file_of(&arena, page->data_dir), buf_slice(&text), &page->fault) != STATUS_OK) {
        log_line(page->context->log, LOG_WARN, "cannot remember the clock reason=\"%s\", ignoring",
                 page->fault.text);
    }
}

void clock_page_init(struct clock_page *page, struct context *context,
                     const struct data_dir *data_dir)
{
    page->context = context;
    page->data_dir = data_dir;
    alarms_observe(context->alarms, on_moved, page);
}

void clock_page_stop(struct clock_page *page)
{
    page->is_stopping = true;
    if (page->context != NULL) {
        alarms_end_turn(page->context->alarms);
    }
}

/* --- answers --- */

static void tell_time(const struct clock_page *page, struct json_writer *w)
{
    char now[TIME_TEXT_MAX];
    const struct clock *clock = page->context->clock;
    json_put_text(w, "now", time_iso8601_ms(now, clock_epoch_ms(clock)));
    json_put_i64(w, "aheadMs", clock_ahead_ms(clock));
    json_put_bool(w, "isTurning", alarms_is_turning(page->context->alarms));
}

static void answer_time(const struct clock_page *page, struct http_exchange *exchange)
{
    AUTO_BUF body = BUF_INIT(ANSWER_LEN_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    tell_time(page, &w);
    json_close(&w, '}');
    edge_page_respond(exchange, 200, &body);
}

/* The request that asked for the turn under way. */
struct turning {
    struct clock_page *page;
    struct http_exchange *exchange;
};

static void on_turned(void *ctx, size_t ran)
{
    struct turning *turning = ctx; /* of the exchange */
    const struct fault *fault = &turning->page->fault;
    AUTO_BUF body = BUF_INIT(ANSWER_LEN_MAX);
    if (fault->status != STATUS_OK) {
        buf_printf(&body, "the clock was turned, but the next start will not know it: %s",
                   fault->text);
        edge_page_refuse(turning->exchange, 500, buf_cstr(&body));
        return;
    }
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    tell_time(turning->page, &w);
    json_put_i64(&w, "ran", (int64_t)ran);
    json_close(&w, '}');
    edge_page_respond(turning->exchange, 200, &body);
}

static enum status read_request(struct arena *arena, struct slice body, int64_t *ret_ms,
                                struct fault *reterr)
{
    struct slice value, text;
    if (!json_validate(body, NULL) || !json_raw_find(body, "advance", &value)) {
        return fault_set(reterr, STATUS_INVALID, "the body must be {\"advance\":\"90m\"}");
    }
    if (json_raw_kind(value) == JSON_NUMBER) {
        return duration_parse(value, ret_ms, reterr);
    }
    if (!json_raw_string(arena, value, &text)) {
        return fault_set(reterr, STATUS_INVALID,
                         "'advance' must be a duration, or a number of seconds");
    }
    return duration_parse(text, ret_ms, reterr);
}

static void on_body(void *ctx, struct http_exchange *exchange, enum status status,
                    struct slice body)
{
    struct clock_page *page = ctx;
    struct alarms *alarms = page->context->alarms;
    struct fault fault;
    int64_t ms;
    if (status == STATUS_LIMIT) {
        edge_page_refuse(exchange, 413, "the body must be {\"advance\":\"90m\"}");
    } else if (status != STATUS_OK) {
        edge_page_refuse(exchange, 400, "the body was cut off");
    } else if (read_request(http_arena(exchange), body, &ms, &fault) != STATUS_OK) {
        edge_page_refuse(exchange, 400, fault.text);
    } else if (page->is_stopping) {
        edge_page_refuse(exchange, 503, "sls-local is ending");
    } else if (clock_ahead_ms(page->context->clock) + ms > CLOCK_AHEAD_MAX_MS) {
        edge_page_refuse(exchange, 400, "the clock would be more than a hundred years ahead");
    } else {
        struct turning *turning = arena_alloc(http_arena(exchange), sizeof *turning);
        *turning = (struct turning){page, exchange};
        if (alarms_turn(alarms, ms, on_turned, turning) != STATUS_OK) {
            edge_page_refuse(exchange, 409, "the clock is being turned already");
        }
    }
}

bool clock_page_answer(struct clock_page *page, struct http_exchange *exchange)
{
    const struct http_request *request = http_request(exchange);
    if (page->context == NULL || !slice_is(request->path, "/_sls/clock")) {
        return false;
    }
    if (edge_page_is_read(exchange)) {
        answer_time(page, exchange);
    } else if (slice_is(request->method, "POST")) {
        http_read_all_max(exchange, BODY_MAX, on_body, page);
    } else {
        edge_page_refuse(exchange, 405, "GET tells the time, POST turns the clock");
    }
    return true;
}
