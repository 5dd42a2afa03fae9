#include "client.h"

#include "core/api/api.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void client_begin(struct client *client, struct world *world)
{
    const struct edge_options options = {.region = "us-east-1", .account_id = "000000000000"};
    *client = (struct client){.world = world, .body = ""};
    client->edge = edge_create(&world->context, &options);
    edge_register(client->edge, store_service(), world->store);
}

static void on_edge_closed(void *ctx)
{
    struct client *client = ctx;
    client->is_done = true;
}

void client_end(struct client *client)
{
    client->is_done = false;
    edge_destroy(client->edge, 0, on_edge_closed, client);
    while (!client->is_done) {
        (void)uv_run(&client->world->loop, UV_RUN_ONCE);
    }
}

static void on_reply(void *ctx, int http_status, struct http_headers headers, struct slice body)
{
    struct client *client = ctx;
    (void)headers;
    char *text = arena_cstr(&client->world->arena, body);
    for (char *c = text; *c != '\0'; c++) {
        *c = *c == '"' ? '\'' : *c;
    }
    client->status = http_status;
    client->body = text;
    client->is_done = true;
}

const char *client_call(struct client *client, const char *operation, const char *json)
{
    const struct api_internal_request request = {
        .service = SLICE("dynamodb"),
        .operation = slice_from(operation),
        .body = world_json(client->world, json),
    };
    client->is_done = false;
    api_internal_call(client->edge, &request, on_reply, client);
    while (!client->is_done) {
        (void)uv_run(&client->world->loop, UV_RUN_ONCE);
    }
    return client->body;
}

const char *client_callf(struct client *client, const char *operation, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *json = arena_alloc(&client->world->arena, (size_t)len + 1);
    va_start(args, format);
    (void)vsnprintf(json, (size_t)len + 1, format, args);
    va_end(args);
    return client_call(client, operation, json);
}

/* To the end of the value that starts at `at`. */
static size_t value_len(const char *at)
{
    size_t len = 0;
    int depth = 0;
    bool is_text = false;
    for (; at[len] != '\0'; len++) {
        char c = at[len];
        is_text = is_text != (c == '\'');
        if (!is_text && depth == 0 && (c == ',' || c == '}' || c == ']')) {
            break;
        }
        depth += !is_text && (c == '{' || c == '[');
        depth -= !is_text && (c == '}' || c == ']');
    }
    return len;
}

const char *client_value(const struct client *client, const char *key)
{
    char pattern[80];
    (void)snprintf(pattern, sizeof(pattern), "'%s':", key);
    const char *at = strstr(client->body, pattern);
    if (at == NULL) {
        return "";
    }
    at += strlen(pattern);
    struct slice value = slice_of(at, value_len(at));
    if (value.len >= 2 && value.ptr[0] == '\'') {
        value = slice_of(value.ptr + 1, value.len - 2);
    }
    return arena_cstr(&client->world->arena, value);
}

const char *client_take_numbers(const struct client *client, int *numbers, size_t *count)
{
    const char *at = client->body;
    cr_assert_eq(client->status, 200, "%.300s", client->body);
    while ((at = strstr(at, "'n':{'N':'")) != NULL) {
        at += strlen("'n':{'N':'");
        numbers[(*count)++] = (int)strtol(at, NULL, 10);
        cr_assert_leq(*count, KEYS_MAX * 2);
    }
    return client_value(client, "LastEvaluatedKey");
}

struct slice repeated(struct arena *arena, char c, size_t len, const char *tail)
{
    char *text = arena_alloc(arena, len + strlen(tail) + 1);
    memset(text, c, len);
    memcpy(text + len, tail, strlen(tail));
    return slice_of(text, len + strlen(tail));
}
