#include "cli/edge_client.h"

#include "cli/data_dir.h"
#include "core/json_scan.h"
#include "core/mem.h"

enum status edge_client_find(struct arena *arena, const struct args *args, struct slice *ret_edge,
                             struct fault *reterr)
{
    struct data_dir dir;
    struct endpoints endpoints;
    if (args_text(args, "edge") != NULL) {
        *ret_edge = slice_from(args_text(args, "edge"));
        return STATUS_OK;
    }
    enum status status = data_dir_find(args_text(args, "data"), &dir, reterr);
    if (status == STATUS_OK) {
        status = endpoints_read(arena, &dir, &endpoints, reterr);
    }
    if (status == STATUS_OK) {
        *ret_edge = endpoints.edge;
    }
    return status;
}

struct waiting {
    struct arena *arena;
    struct http_client *client;
    struct http_client_response response;
    struct fault fault;
};

static void on_done(void *ctx, enum status status, const struct http_client_response *response,
                    const struct fault *fault)
{
    struct waiting *waiting = ctx;
    waiting->fault.status = status;
    if (status != STATUS_OK) {
        waiting->fault = *fault;
    } else {
        struct http_headers headers = response->headers;
        struct http_header *items =
            arena_array(waiting->arena, headers.count, sizeof(struct http_header));
        for (size_t i = 0; i < headers.count; i++) {
            items[i] = (struct http_header){arena_copy(waiting->arena, headers.items[i].name),
                                            arena_copy(waiting->arena, headers.items[i].value)};
        }
        waiting->response = (struct http_client_response){
            response->status, {items, headers.count}, arena_copy(waiting->arena, response->body)};
    }
    http_client_destroy(waiting->client);
}

enum status edge_client_send(struct arena *arena, const struct http_client_request *request,
                             struct http_client_response *ret_response, struct fault *reterr)
{
    uv_loop_t loop;
    struct clock clock;
    struct log log;
    uv_loop_init(&loop);
    clock_init_system(&clock);
    log_init(&log, &clock, LOG_WARN);
    struct context context = {&loop, &clock, &log, NULL, NULL};
    struct waiting waiting = {.arena = arena, .client = http_client_create(&context)};
    http_client_send(waiting.client, request, on_done, &waiting);
    uv_run(&loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&loop);
    if (waiting.fault.status != STATUS_OK) {
        *reterr = waiting.fault;
        return waiting.fault.status;
    }
    *ret_response = waiting.response;
    return STATUS_OK;
}

enum status edge_client_ask(struct arena *arena, const struct args *args,
                            const struct http_client_request *request, struct slice *ret_body,
                            struct fault *reterr)
{
    struct http_client_request whole = *request;
    struct http_client_response response;
    struct slice edge;
    enum status status = edge_client_find(arena, args, &edge, reterr);
    if (status == STATUS_OK) {
        whole.url = arena_printf(arena, "%.*s%.*s", SLICE_ARG(edge), SLICE_ARG(request->url));
        status = edge_client_send(arena, &whole, &response, reterr);
    }
    if (status == STATUS_OK && response.status != 200) {
        struct slice message = json_text_member(arena, response.body, "message");
        return fault_set(reterr, STATUS_INVALID, "%.*s", SLICE_ARG(message));
    }
    if (status == STATUS_OK) {
        *ret_body = response.body;
    }
    return status;
}
