#include "world.h"

#define RESOURCES_MAX 64

void world_open(struct world *w)
{
    struct fault fault;
    *w = (struct world){.status = 0};
    fixture_open(&w->f);
    const struct edge_options options = {.region = "us-east-1", .account_id = "000000000000"};
    const struct control_options control = {
        .region = "us-east-1", .account_id = "000000000000", .edge_url = "http://127.0.0.1:4566"};
    w->edge = edge_create(&w->f.context, &options);
    w->control = control_plane_create(&w->f.context, w->f.gateway, &control);
    edge_register(w->edge, &control_rest_service, w->control);
    edge_register(w->edge, &control_v2_service, w->control);
    cr_assert_eq(edge_listen(w->edge, "127.0.0.1", 0, &w->f.port, &fault), STATUS_OK);
}

static void on_edge_closed(void *ctx)
{
    ((struct world *)ctx)->is_edge_closed = true;
}

void world_close(struct world *w)
{
    edge_destroy(w->edge, 0, on_edge_closed, w);
    while (!w->is_edge_closed) {
        (void)uv_run(&w->f.loop, UV_RUN_ONCE);
    }
    fixture_close(&w->f);
    control_plane_destroy(w->control);
}

void world_deploy(struct world *w, const struct described *resources, size_t count)
{
    struct resource list[RESOURCES_MAX];
    char *texts[RESOURCES_MAX];
    struct fault fault = {.text = ""};
    for (size_t i = 0; i < count; i++) {
        texts[i] = json_quoted(resources[i].properties);
        list[i] = (struct resource){
            .logical_id = slice_from(resources[i].id),
            .type = slice_from(resources[i].type),
            .physical_id = slice_from(resources[i].id),
            .properties = slice_from(texts[i]),
            .position = SLICE("template.yaml:1:1"),
        };
    }
    cr_assert_eq(control_plane_deploy(w->control, list, count, 0, &fault), STATUS_OK, "%s",
                 fault.text);
    for (size_t i = 0; i < count; i++) {
        mem_free(texts[i]);
    }
}

struct slice world_ask(struct world *w, const char *method, const char *target, const char *body)
{
    char *text = body != NULL ? json_quoted(body) : NULL;
    AUTO_BUF request = BUF_INIT(32 << 20);
    buf_printf(&request,
               "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
               "Authorization: AWS4-HMAC-SHA256 "
               "Credential=k/20260101/us-east-1/apigateway/aws4_request\r\n",
               method, target);
    if (text != NULL) {
        buf_printf(&request, "Content-Length: %zu\r\n", strlen(text));
    }
    buf_append_text(&request, "\r\n");
    buf_append_text(&request, text != NULL ? text : "");
    mem_free(text);
    const char *answer = fixture_send(&w->f, buf_cstr(&request));
    w->status = response_status(answer);
    return slice_from(response_body(answer));
}

/* Without the white space between its values, in place. */
static struct slice compact(struct slice json)
{
    char *text = (char *)(uintptr_t)json.ptr; /* of the answer's buffer */
    size_t len = 0;
    bool is_text = false;
    for (size_t i = 0; i < json.len; i++) {
        char c = text[i];
        if (is_text && c == '\\') {
            text[len++] = c;
            text[len++] = text[++i];
            continue;
        }
        is_text ^= c == '"';
        if (is_text || (c != ' ' && c != '\n')) {
            text[len++] = c;
        }
    }
    return slice_of(text, len);
}

void world_expect(struct world *w, const char *method, const char *target, int status,
                  const char *path, const char *wanted)
{
    struct slice answer = compact(world_ask(w, method, target, NULL));
    struct slice found = json_at(answer, path);
    cr_expect_eq(w->status, status, "%s %s: %d %.*s", method, target, w->status, SLICE_ARG(answer));
    cr_expect(json_is(answer, path, wanted), "%s %s: %s is %.*s, not %s", method, target, path,
              SLICE_ARG(found), wanted);
}

void world_text(struct world *w, const char *target, const char *path, char text[TEXT_MAX])
{
    struct slice found = json_at(world_ask(w, "GET", target, NULL), path);
    cr_assert(found.len > 2 && found.len < TEXT_MAX, "%s has no %s", target, path);
    (void)snprintf(text, TEXT_MAX, "%.*s", (int)found.len - 2, found.ptr + 1);
}
