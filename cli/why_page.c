#include "cli/why_page.h"

#include "cli/edge_page.h"
#include "core/encode.h"
#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"

#define TEXT_MAX (16u * 1024)
#define LIST_MAX (1024u * 1024)

static void write_chain(struct json_writer *w, struct arena *arena,
                        const struct request_report *report)
{
    json_key_text(w, "chain");
    json_open(w, '[');
    if (report->route_key.len > 0) {
        json_write_string(w, arena_printf(arena, "route %.*s", SLICE_ARG(report->route_key)));
    }
    json_write_string(w, report->reason);
    json_close(w, ']');
}

void why_page_note(struct why_page *page, const struct request_report *report)
{
    if (report->reason.len == 0) {
        return;
    }
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF text = BUF_INIT(TEXT_MAX);
    char time[TIME_TEXT_MAX];
    struct json_writer w = json_writer_init(&text);
    json_open(&w, '{');
    json_put_string(&w, "requestId", report->request_id);
    json_put_text(&w, "time", time_iso8601_ms(time, clock_epoch_ms(page->context->clock)));
    json_put_string(&w, "api", report->api);
    json_put_string(&w, "method", report->method);
    json_put_string(&w, "path", report->path);
    json_put_i64(&w, "status", report->status);
    write_chain(&w, &arena, report);
    json_close(&w, '}');
    if (buf_status(&text) == STATUS_OK) {
        char **place = &page->texts[page->count++ % WHY_KEPT];
        mem_free(*place);
        *place = mem_strdup(buf_cstr(&text));
    }
}

/* Newest first; NULL behind the oldest. */
static const char *kept(const struct why_page *page, uint64_t age)
{
    return age < page->count && age < WHY_KEPT ? page->texts[(page->count - 1 - age) % WHY_KEPT]
                                               : NULL;
}

static void answer_list(const struct why_page *page, struct http_exchange *exchange)
{
    AUTO_BUF list = BUF_INIT(LIST_MAX);
    struct json_writer w = json_writer_init(&list);
    const char *text;
    json_open(&w, '{');
    json_key_text(&w, "refused");
    json_open(&w, '[');
    for (uint64_t age = 0; (text = kept(page, age)) != NULL && list.len < LIST_MAX / 2; age++) {
        json_write_raw(&w, slice_from(text));
    }
    json_close(&w, ']');
    json_close(&w, '}');
    edge_page_respond(exchange, 200, &list);
}

static void answer_one(const struct why_page *page, struct http_exchange *exchange, struct slice id)
{
    struct arena *arena = http_arena(exchange);
    const char *text;
    for (uint64_t age = 0; (text = kept(page, age)) != NULL; age++) {
        if (slice_eq(json_text_member(arena, slice_from(text), "requestId"), id)) {
            AUTO_BUF one = BUF_INIT(TEXT_MAX);
            buf_append(&one, slice_from(text));
            edge_page_respond(exchange, 200, &one);
            return;
        }
    }
    edge_page_refuse(
        exchange, 404,
        "no request of this id was refused, or it is too long ago; GET /_sls/why lists");
}

bool why_page_answer(struct why_page *page, struct http_exchange *exchange)
{
    static const struct slice path = SLICE_INIT("/_sls/why"), below = SLICE_INIT("/_sls/why/");
    struct slice asked = http_request(exchange)->path;
    if (!slice_eq(asked, path) && !slice_starts_with(asked, below)) {
        return false;
    }
    if (!edge_page_is_read(exchange)) {
        edge_page_refuse(exchange, 405, "only GET is for this page");
    } else if (asked.len <= below.len) {
        answer_list(page, exchange);
    } else {
        answer_one(page, exchange,
                   percent_decode(http_arena(exchange), slice_skip(asked, below.len), false));
    }
    return true;
}

void why_page_finish(struct why_page *page)
{
    for (size_t i = 0; i < WHY_KEPT; i++) {
        mem_free(page->texts[i]);
    }
}
