#include "cli/edge_page.h"

#include "core/json_writer.h"

#define REFUSAL_LEN_MAX 4096

void edge_page_respond(struct http_exchange *exchange, int status, const struct buf *json)
{
    static const struct http_header type = {SLICE_INIT("Content-Type"),
                                            SLICE_INIT("application/json")};
    http_respond(exchange, status, (struct http_headers){&type, 1}, buf_slice(json));
}

void edge_page_refuse(struct http_exchange *exchange, int status, const char *message)
{
    AUTO_BUF body = BUF_INIT(REFUSAL_LEN_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_put_text(&w, "message", message);
    json_close(&w, '}');
    edge_page_respond(exchange, status, &body);
}

bool edge_page_is_read(const struct http_exchange *exchange)
{
    struct slice method = http_request(exchange)->method;
    return slice_is(method, "GET") || slice_is(method, "HEAD");
}
