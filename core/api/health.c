#include "core/api/edge.h"

#include "core/json_writer.h"

#define HEALTH_LEN_MAX 8192
#define HEALTH_LEN_USUAL 1024

/* The shape that LocalStack's users poll for. */
bool health_answer(struct edge *edge, struct http_exchange *exchange, struct slice cors_origin)
{
    const struct http_request *request = http_request(exchange);
    bool is_health =
        slice_is(request->path, "/_sls/health") || slice_is(request->path, "/_localstack/health");
    bool is_read = slice_is(request->method, "GET") || slice_is(request->method, "HEAD");
    if (!is_health || !is_read) {
        return false;
    }
    AUTO_BUF body = BUF_INIT(HEALTH_LEN_MAX);
    (void)buf_reserve(&body, HEALTH_LEN_USUAL); /* instead of growing to it from nothing */
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_key_text(&w, "services");
    json_open(&w, '{');
    for (const struct registration *each = edge->registrations; each != NULL; each = each->next) {
        json_put_text(&w, each->service->name, "running");
    }
    json_close(&w, '}');
    json_put_text(&w, "edition", "sls-local");
    json_put_text(&w, "version", SLS_VERSION);
    json_close(&w, '}');
    struct http_header items[CORS_HEADERS_MAX + 1] = {
        {SLICE("Content-Type"), SLICE("application/json")}};
    size_t count = 1;
    cors_add_headers(items, &count, cors_origin);
    http_respond(exchange, 200, (struct http_headers){items, count}, buf_slice(&body));
    return true;
}
