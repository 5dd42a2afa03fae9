/* Documentation pages: GET /_sls/apis, /_sls/apis/{id}, and the document behind it as openapi.json and openapi.yaml. */
#include "gateway/control/control_private.h"
#include "gateway/control/export.h"
#include "gateway/control/html.h"
#include "gateway/control/reprint.h"

static const struct slice front = SLICE_INIT("/_sls/apis");

/* The stage that a reader would call: the first. */
static struct slice stage_of(const struct registry *registry, const struct entry *api)
{
    size_t at = 0;
    enum kind_id kind = kind_id(api->kind) == KIND_REST_API ? KIND_STAGE : KIND_V2_STAGE;
    const struct entry *stage = registry_next(registry, kind, api->id, &at);
    return stage != NULL ? stage->id : SLICE("");
}

static void write_document(struct control_plane *control, struct arena *arena,
                           const struct entry *api, struct buf *out)
{
    const struct registry *registry = control_registry(control);
    const struct export_options options = {
        .has_integrations = true,
        .has_authorizers = true,
        .stage = stage_of(registry, api),
        .servers = arena_printf(arena, "%s/_aws/execute-api/%.*s", control->options.edge_url,
                                SLICE_ARG(api->id)),
        .region = control->options.region,
    };
    export_api(out, arena, registry, api, &options);
}

/* --- one API --- */

static void write_texts(struct buf *out, struct arena *arena, struct slice list, const char *before)
{
    struct json_scan scan = json_scan_array(list);
    for (struct slice requirement; json_scan_element(&scan, &requirement);) {
        struct slice key, value, name;
        struct json_scan one = json_scan_object(requirement);
        while (json_scan_member(&one, &key, &value)) {
            if (json_raw_key(arena, key, &name)) {
                html_printf(out, "<span class=%s>%.*s</span> ", before, SLICE_ARG(name));
            }
        }
    }
}

static void write_parameters(struct buf *out, struct arena *arena, struct slice list)
{
    struct json_scan scan = json_scan_array(list);
    if (json_raw_count(list) == 0) {
        return;
    }
    buf_append_text(out, "<table><tr><th>Parameter<th>In<th>Required</tr>");
    for (struct slice each; json_scan_element(&scan, &each);) {
        html_printf(out, "<tr><td><code>%.*s</code><td>%.*s<td>%s</tr>",
                    SLICE_ARG(json_text_member(arena, each, "name")),
                    SLICE_ARG(json_text_member(arena, each, "in")),
                    json_bool_member(each, "required") ? "yes" : "");
    }
    buf_append_text(out, "</table>");
}

/* "Pet" of {"schema": {"$ref": ".../Pet"}}, as a link to it. */
static void write_model(struct buf *out, struct arena *arena, struct slice json)
{
    struct slice reference = json_text_member(arena, json_raw_member(json, "schema"), "$ref");
    size_t slash = slice_rfind(reference, '/');
    if (slash != SLICE_NPOS) {
        struct slice name = slice_skip(reference, slash + 1);
        html_printf(out, " <a href=\"#model-%.*s\">%.*s</a>", SLICE_ARG(name), SLICE_ARG(name));
    }
}

static void write_content(struct buf *out, struct arena *arena, struct slice content)
{
    struct slice key, json, type;
    for (struct json_scan scan = json_scan_object(content); json_scan_member(&scan, &key, &json);) {
        if (json_raw_key(arena, key, &type)) {
            html_printf(out, " <code>%.*s</code>", SLICE_ARG(type));
            write_model(out, arena, json);
        }
    }
}

static void write_responses(struct buf *out, struct arena *arena, struct slice responses)
{
    struct slice key, json, status;
    struct json_scan scan = json_scan_object(responses);
    while (json_scan_member(&scan, &key, &json)) {
        if (json_raw_key(arena, key, &status) && !slice_is(status, "default")) {
            html_printf(out, "<p>Answers <b>%.*s</b>", SLICE_ARG(status));
            write_content(out, arena, json_raw_member(json, "content"));
            buf_append_text(out, "</p>");
        }
    }
}

static void write_integration(struct buf *out, struct arena *arena, struct slice json)
{
    struct slice uri = json_text_member(arena, json, "uri");
    static const struct slice mark = SLICE_INIT(":function:");
    size_t at = slice_search(uri, mark);
    if (json.ptr == NULL) {
        return;
    }
    if (at != SLICE_NPOS) {
        uri = slice_skip(uri, at + mark.len);
        uri = slice_take(uri, slice_find(uri, '/'));
    }
    html_printf(out, "<p>Integration <b>%.*s</b> <code>%.*s</code></p>",
                SLICE_ARG(json_text_member(arena, json, "type")), SLICE_ARG(uri));
}

struct reader {
    struct buf *out;
    struct arena *arena;
    struct slice base; /* address of the first stage */
    bool is_websocket;
};

static void write_call(const struct reader *reader, struct slice method, struct slice path,
                       struct slice security)
{
    bool has_key = slice_search(security, SLICE("\"api_key\"")) != SLICE_NPOS;
    html_printf(reader->out, "<pre>curl%s%.*s '%.*s%.*s'%s</pre>",
                slice_is(method, "GET") || slice_is(method, "ANY") ? "" : " -X ",
                slice_is(method, "GET") || slice_is(method, "ANY") ? 0 : (int)method.len,
                method.ptr, SLICE_ARG(reader->base), SLICE_ARG(path),
                has_key ? " -H 'x-api-key: ...'" : "");
}

static void write_operation(const struct reader *reader, struct slice method, struct slice path,
                            struct slice json)
{
    struct buf *out = reader->out;
    struct slice name = json_text_member(reader->arena, json, "operationId");
    struct slice body = json_raw_member(json_raw_member(json, "requestBody"), "content");
    html_printf(out, "<section><h2><b>%.*s</b> <code>%.*s</code></h2>", SLICE_ARG(method),
                SLICE_ARG(reader->is_websocket ? slice_skip(path, 1) : path));
    if (name.len > 0) {
        html_printf(out, "<p>%.*s</p>", SLICE_ARG(name));
    }
    write_texts(out, reader->arena, json_raw_member(json, "security"), "lock");
    write_parameters(out, reader->arena, json_raw_member(json, "parameters"));
    if (body.ptr != NULL) {
        buf_append_text(out, "<p>Body");
        write_content(out, reader->arena, body);
        buf_append_text(out, "</p>");
    }
    write_responses(out, reader->arena, json_raw_member(json, "responses"));
    write_integration(out, reader->arena, json_raw_member(json, "x-amazon-apigateway-integration"));
    if (!reader->is_websocket) {
        write_call(reader, method, slice_is(path, "/$default") ? SLICE("/") : path,
                   json_raw_member(json, "security"));
    }
    buf_append_text(out, "</section>");
}

static struct slice method_of(struct arena *arena, struct slice key)
{
    char *copy = arena_cstr(arena, key);
    for (size_t i = 0; i < key.len; i++) {
        copy[i] = (char)(copy[i] >= 'a' && copy[i] <= 'z' ? copy[i] - ('a' - 'A') : copy[i]);
    }
    return slice_of(copy, key.len);
}

static void write_paths(const struct reader *reader, struct slice paths)
{
    struct slice path_key, methods, key, json, path, name;
    struct json_scan all = json_scan_object(paths);
    while (json_scan_member(&all, &path_key, &methods)) {
        struct json_scan scan = json_scan_object(methods);
        while (json_raw_key(reader->arena, path_key, &path) &&
               json_scan_member(&scan, &key, &json)) {
            bool is_any =
                json_raw_key(reader->arena, key, &name) && slice_starts_with(name, SLICE("x-"));
            struct slice method = reader->is_websocket ? SLICE("")
                                  : is_any             ? SLICE("ANY")
                                                       : method_of(reader->arena, name);
            write_operation(reader, method, path, json);
        }
    }
}

static void write_models(const struct reader *reader, struct slice schemas)
{
    struct slice key, schema, name;
    struct json_scan scan = json_scan_object(schemas);
    while (json_scan_member(&scan, &key, &schema)) {
        AUTO_BUF text = BUF_INIT(CONTROL_JSON_MAX);
        if (json_raw_key(reader->arena, key, &name)) {
            reprint_json(&text, schema);
            html_printf(reader->out,
                        "<section id=\"model-%.*s\"><h2>%.*s</h2><pre>%.*s</pre></section>",
                        SLICE_ARG(name), SLICE_ARG(name), SLICE_ARG(buf_slice(&text)));
        }
    }
}

static void write_page(struct control_plane *control, struct arena *arena, const struct entry *api,
                       struct buf *out)
{
    AUTO_BUF document = BUF_INIT(CONTROL_JSON_MAX);
    write_document(control, arena, api, &document);
    struct slice json = buf_slice(&document), info = json_raw_member(json, "info");
    struct slice stage = stage_of(control_registry(control), api);
    bool has_prefix = stage.len > 0 && !slice_is(stage, "$default");
    const struct reader reader = {
        .out = out,
        .arena = arena,
        .base = arena_printf(arena, "%s/_aws/execute-api/%.*s%s%.*s", control->options.edge_url,
                             SLICE_ARG(api->id), has_prefix ? "/" : "",
                             has_prefix ? (int)stage.len : 0, stage.ptr),
        .is_websocket = slice_is(entry_text(arena, api, "ProtocolType"), "WEBSOCKET"),
    };
    html_begin(out, json_text_member(arena, info, "title"));
    html_printf(out, "<h1>%.*s <small>%.*s</small></h1><p>%.*s</p>",
                SLICE_ARG(json_text_member(arena, info, "title")),
                SLICE_ARG(json_text_member(arena, info, "version")),
                SLICE_ARG(json_text_member(arena, info, "description")));
    html_printf(out,
                "<p><code>%.*s</code> &middot; <a href=\"%.*s/%.*s/openapi.json\">OpenAPI</a> "
                "&middot; <a href=\"%.*s/%.*s/openapi.yaml\">YAML</a></p>",
                SLICE_ARG(reader.base), SLICE_ARG(front), SLICE_ARG(api->id), SLICE_ARG(front),
                SLICE_ARG(api->id));
    write_paths(&reader, json_raw_member(json, "paths"));
    write_models(&reader, json_raw_member(json_raw_member(json, "components"), "schemas"));
}

/* --- all of them --- */

static void write_list(struct control_plane *control, struct arena *arena, struct buf *out)
{
    const struct registry *registry = control_registry(control);
    html_begin(out, SLICE("APIs"));
    buf_append_text(out, "<h1>APIs</h1><table><tr><th>Name<th>Id<th>Kind<th>Stage</tr>");
    for (size_t i = 0; i < registry->count; i++) {
        const struct entry *api = registry->entries[i];
        bool is_rest = kind_id(api->kind) == KIND_REST_API;
        struct slice name = entry_text(arena, api, "Name");
        struct slice protocol = entry_text(arena, api, "ProtocolType");
        if (!api->is_gone && (is_rest || kind_id(api->kind) == KIND_V2_API)) {
            html_printf(out,
                        "<tr><td><a href=\"%.*s/%.*s\">%.*s</a><td><code>%.*s</code><td>%.*s<td>"
                        "%.*s</tr>",
                        SLICE_ARG(front), SLICE_ARG(api->id),
                        SLICE_ARG(name.len > 0 ? name : api->logical_id), SLICE_ARG(api->id),
                        SLICE_ARG(is_rest ? SLICE("REST") : protocol),
                        SLICE_ARG(stage_of(registry, api)));
        }
    }
    buf_append_text(out, "</table>");
}

/* --- on the edge --- */

static void respond(struct http_exchange *exchange, const char *type, struct buf *body)
{
    const struct http_header headers[] = {
        {SLICE("Content-Type"), slice_from(type)},
        {SLICE("Content-Security-Policy"), SLICE("default-src 'none'; style-src 'unsafe-inline'")},
    };
    bool is_whole = buf_status(body) == STATUS_OK;
    http_respond(exchange, is_whole ? 200 : 500, (struct http_headers){headers, COUNT_OF(headers)},
                 is_whole ? buf_slice(body) : SLICE(""));
}

static const struct entry *find_api(struct control_plane *control, struct slice id)
{
    const struct registry *registry = control_registry(control);
    const struct entry *api = registry_find(registry, KIND_REST_API, SLICE_NULL, id);
    return api != NULL ? api : registry_find(registry, KIND_V2_API, SLICE_NULL, id);
}

bool control_plane_answer_page(void *ctx, struct http_exchange *exchange)
{
    struct control_plane *control = ctx;
    const struct http_request *request = http_request(exchange);
    struct arena *arena = http_arena(exchange);
    struct slice rest = slice_skip(request->path, front.len);
    AUTO_BUF body = BUF_INIT(CONTROL_JSON_MAX);
    AUTO_BUF json = BUF_INIT(CONTROL_JSON_MAX);
    if (control->gateway == NULL || !slice_is(request->method, "GET") ||
        (rest.len > 0 && rest.ptr[0] != '/')) {
        return false;
    }
    rest = slice_skip(rest, 1);
    if (rest.len == 0) {
        write_list(control, arena, &body);
        respond(exchange, "text/html; charset=utf-8", &body);
        return true;
    }
    size_t slash = slice_find(rest, '/');
    struct slice what = slash != SLICE_NPOS ? slice_skip(rest, slash + 1) : SLICE("");
    const struct entry *api = find_api(control, slice_take(rest, slash));
    if (api == NULL) {
        return false;
    }
    if (what.len == 0) {
        write_page(control, arena, api, &body);
        respond(exchange, "text/html; charset=utf-8", &body);
    } else if (slice_is(what, "openapi.json")) {
        write_document(control, arena, api, &json);
        reprint_json(&body, buf_slice(&json));
        respond(exchange, "application/json", &body);
    } else if (slice_is(what, "openapi.yaml")) {
        write_document(control, arena, api, &json);
        reprint_yaml(&body, arena, buf_slice(&json));
        respond(exchange, "application/yaml", &body);
    } else {
        return false;
    }
    return true;
}
