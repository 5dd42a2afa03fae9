#include "scheduler/time/ticker_page.h"

#include "core/encode.h"
#include "core/json_writer.h"
#include "core/mem.h"

#include <inttypes.h>

#define LIST_LEN_MAX (128u << 20) /* bytes: of a hundred thousand */
#define NAMES_MAX 20000           /* that a wrong one is compared with */
#define UPCOMING 5

#define LIST_PATH "/_sls/schedules"
#define RUN_WORD "/run"

/* --- answers --- */

static void respond(struct http_exchange *exchange, int status, struct slice body)
{
    struct http_header type = {SLICE("Content-Type"), SLICE("application/json")};
    http_respond(exchange, status, (struct http_headers){&type, 1}, body);
}

static void refuse(struct http_exchange *exchange, int status, struct slice message)
{
    AUTO_BUF body = BUF_INIT(65536);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_put_string(&w, "message", slice_take(message, 4096));
    json_close(&w, '}');
    respond(exchange, status, buf_slice(&body));
}

/* "2026-12-01T02:00:00+01:00"; 'Z' in UTC. */
static struct slice local_time(struct arena *arena, const struct zone *zone, int64_t ms)
{
    char text[TIME_TEXT_MAX];
    if (zone == NULL) {
        return arena_copy(arena, slice_from(time_iso8601(text, ms)));
    }
    int64_t offset_s = zone_local_s(zone, ms / 1000) - ms / 1000;
    int64_t minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;
    struct slice local = slice_from(time_iso8601(text, ms + offset_s * 1000));
    return arena_printf(arena, "%.*s%c%02" PRId64 ":%02" PRId64, (int)local.len - 1, local.ptr,
                        offset_s < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

/* --- the list --- */

static void print_ticker(void *ctx, struct ticker *ticker)
{
    struct json_writer *w = ctx;
    AUTO_ARENA arena = ARENA_INIT;
    struct ticker_view view = ticker_view(ticker);
    char time[TIME_TEXT_MAX];
    int64_t instants[UPCOMING];
    size_t count = ticker_upcoming(ticker, instants, UPCOMING);
    json_open(w, '{');
    json_put_text(w, "kind", view.kind);
    json_put_string(w, "name", view.name);
    json_put_string(w, "expression", view.expression);
    json_put_string(w, "timeZone", view.zone_name.len > 0 ? view.zone_name : SLICE("UTC"));
    json_put_text(w, "state", view.is_disabled ? "DISABLED" : "ENABLED");
    json_put_string(w, "target", ticker_target(ticker, &arena));
    if (view.last_ms != INSTANT_NEVER) {
        json_put_text(w, "last", time_iso8601(time, view.last_ms));
    }
    json_key_text(w, "next");
    json_open(w, '[');
    for (size_t i = 0; i < count; i++) {
        json_write_string(w, local_time(&arena, view.zone, instants[i]));
    }
    json_close(w, ']');
    json_close(w, '}');
}

static void answer_list(struct tickers *tickers, struct http_exchange *exchange)
{
    AUTO_BUF body = BUF_INIT(LIST_LEN_MAX);
    struct json_writer w = json_writer_init(&body);
    char now[TIME_TEXT_MAX];
    json_open(&w, '{');
    json_put_text(&w, "now", time_iso8601(now, tickers_now_ms(tickers)));
    json_key_text(&w, "schedules");
    json_open(&w, '[');
    tickers_each(tickers, print_ticker, &w);
    json_close(&w, ']');
    json_close(&w, '}');
    if (buf_status(&body) != STATUS_OK) {
        refuse(exchange, 500, SLICE("there are too many schedules for one list"));
    } else {
        respond(exchange, 200, buf_slice(&body));
    }
}

/* --- who is meant --- */

struct search {
    struct slice name;
    struct ticker *found;
    size_t count;
    struct buf others; /* "schedule:default/x, rule:x" */
    struct slice *names;
    size_t name_count;
};

/* By its name, that without the group, or with the kind in front. */
static bool is_called(const struct ticker_view *view, struct slice name)
{
    struct slice kind = slice_from(view->kind);
    if (name.len > kind.len && slice_starts_with(name, kind) && name.ptr[kind.len] == ':') {
        return slice_eq(view->name, slice_skip(name, kind.len + 1));
    }
    size_t slash = slice_find(view->name, '/');
    return slice_eq(view->name, name) ||
           (slash != SLICE_NPOS && slice_eq(slice_skip(view->name, slash + 1), name));
}

static void look_at(void *ctx, struct ticker *ticker)
{
    struct search *search = ctx;
    struct ticker_view view = ticker_view(ticker);
    if (is_called(&view, search->name)) {
        buf_printf(&search->others, "%s%s:%.*s", search->count > 0 ? ", " : "", view.kind,
                   SLICE_ARG(view.name));
        search->found = ticker;
        search->count++;
    }
    if (search->name_count < NAMES_MAX) {
        size_t slash = slice_find(view.name, '/');
        search->names[search->name_count++] =
            slash != SLICE_NPOS ? slice_skip(view.name, slash + 1) : view.name;
    }
}

/* NULL: the request was answered. */
static struct ticker *find(struct tickers *tickers, struct http_exchange *exchange,
                           struct slice name)
{
    struct arena *arena = http_arena(exchange);
    struct search search = {.name = name,
                            .others = BUF_INIT(4096),
                            .names = mem_array(NAMES_MAX, sizeof(struct slice))};
    tickers_each(tickers, look_at, &search);
    if (search.count == 0) {
        struct slice near = slice_nearest(name, search.names, search.name_count);
        refuse(exchange, 404,
               arena_printf(arena, "no rule or schedule is called '%.*s'%s%.*s%s", SLICE_ARG(name),
                            near.len > 0 ? "; did you mean '" : "", SLICE_ARG(near),
                            near.len > 0 ? "'?" : ""));
    } else if (search.count > 1) {
        refuse(exchange, 409,
               arena_printf(arena, "'%.*s' may be %.*s", SLICE_ARG(name),
                            SLICE_ARG(buf_slice(&search.others))));
    }
    buf_finish(&search.others);
    mem_free(search.names);
    return search.count == 1 ? search.found : NULL;
}

/* --- a firing by hand --- */

/* Lives in the exchange's arena. */
struct running {
    struct http_exchange *exchange;
    const char *kind;
    struct slice name;
    int64_t fired_ms;
};

static void on_fired(void *ctx, enum status status)
{
    const struct running *running = ctx;
    char time[TIME_TEXT_MAX];
    if (status != STATUS_OK) {
        refuse(running->exchange, 500, SLICE("its firing could not be written"));
        return;
    }
    AUTO_BUF body = BUF_INIT(4096);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_put_text(&w, "kind", running->kind);
    json_put_string(&w, "name", running->name);
    json_put_text(&w, "firedAt", time_iso8601(time, running->fired_ms));
    json_close(&w, '}');
    respond(running->exchange, 200, buf_slice(&body));
}

static void run(struct tickers *tickers, struct http_exchange *exchange, struct slice name)
{
    struct arena *arena = http_arena(exchange);
    struct ticker *ticker = find(tickers, exchange, percent_decode(arena, name, false));
    if (ticker == NULL) {
        return;
    }
    struct ticker_view view = ticker_view(ticker);
    struct running *running = arena_alloc(arena, sizeof *running);
    *running = (struct running){exchange, view.kind, arena_copy(arena, view.name),
                                tickers_now_ms(tickers)};
    ticker_run(ticker, on_fired, running);
}

bool ticker_page_answer(struct tickers *tickers, struct http_exchange *exchange)
{
    const struct http_request *request = http_request(exchange);
    struct slice rest = request->path;
    if (!slice_starts_with(rest, SLICE(LIST_PATH))) {
        return false;
    }
    rest = slice_skip(rest, sizeof LIST_PATH - 1);
    bool is_read = slice_is(request->method, "GET") || slice_is(request->method, "HEAD");
    if (rest.len == 0 && is_read) {
        answer_list(tickers, exchange);
    } else if (rest.len == 0) {
        refuse(exchange, 405, SLICE("GET lists the schedules"));
    } else if (rest.ptr[0] != '/' || !slice_ends_with(rest, SLICE(RUN_WORD)) ||
               rest.len < sizeof RUN_WORD + 1) {
        return false;
    } else if (!slice_is(request->method, "POST")) {
        refuse(exchange, 405, SLICE("POST runs a schedule"));
    } else {
        run(tickers, exchange, slice_take(slice_skip(rest, 1), rest.len - sizeof RUN_WORD));
    }
    return true;
}
