/* AuthParameters of a connection: read, told without their secrets, and kept. */
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/events/http_connection.h"

/* --- reading --- */

static struct http_parameters parse_list(struct arena *arena, struct slice json)
{
    struct http_parameter *items = arena_array(arena, json_raw_count(json), sizeof *items);
    struct http_parameters list = {items, 0};
    struct json_scan scan = json_scan_array(json);
    struct slice item;
    while (json_scan_element(&scan, &item)) {
        items[list.count++] =
            (struct http_parameter){.key = json_text_member(arena, item, "Key"),
                                    .value = json_text_member(arena, item, "Value"),
                                    .is_secret = json_bool_member(item, "IsValueSecret")};
    }
    return list;
}

static struct connection_http parse_http(struct arena *arena, struct slice json)
{
    return (struct connection_http){
        .headers = parse_list(arena, json_raw_member(json, "HeaderParameters")),
        .queries = parse_list(arena, json_raw_member(json, "QueryStringParameters")),
        .bodies = parse_list(arena, json_raw_member(json, "BodyParameters")),
    };
}

struct connection_auth http_connection_auth_parse(struct arena *arena, struct slice json)
{
    struct slice basic = json_raw_member(json, "BasicAuthParameters");
    struct slice api_key = json_raw_member(json, "ApiKeyAuthParameters");
    struct slice oauth = json_raw_member(json, "OAuthParameters");
    struct slice client = json_raw_member(oauth, "ClientParameters");
    return (struct connection_auth){
        .username = json_text_member(arena, basic, "Username"),
        .password = json_text_member(arena, basic, "Password"),
        .api_key_name = json_text_member(arena, api_key, "ApiKeyName"),
        .api_key_value = json_text_member(arena, api_key, "ApiKeyValue"),
        .client_id = json_text_member(arena, client, "ClientID"),
        .client_secret = json_text_member(arena, client, "ClientSecret"),
        .token_endpoint = json_text_member(arena, oauth, "AuthorizationEndpoint"),
        .token_method = json_text_member(arena, oauth, "HttpMethod"),
        .token_http = parse_http(arena, json_raw_member(oauth, "OAuthHttpParameters")),
        .http = parse_http(arena, json_raw_member(json, "InvocationHttpParameters")),
    };
}

/* --- printing --- */

static void put_list(struct json_writer *w, const char *name, const struct http_parameters *list,
                     bool with_secrets)
{
    if (list->count == 0) {
        return;
    }
    json_key_text(w, name);
    json_open(w, '[');
    for (size_t i = 0; i < list->count; i++) {
        const struct http_parameter *item = &list->items[i];
        json_open(w, '{');
        json_put_string(w, "Key", item->key);
        if (with_secrets || !item->is_secret) {
            json_put_string(w, "Value", item->value);
        }
        json_put_bool(w, "IsValueSecret", item->is_secret);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void put_http(struct json_writer *w, const char *name, const struct connection_http *http,
                     bool with_secrets)
{
    if (http->headers.count + http->queries.count + http->bodies.count == 0) {
        return;
    }
    json_key_text(w, name);
    json_open(w, '{');
    put_list(w, "HeaderParameters", &http->headers, with_secrets);
    put_list(w, "QueryStringParameters", &http->queries, with_secrets);
    put_list(w, "BodyParameters", &http->bodies, with_secrets);
    json_close(w, '}');
}

static void put_pair(struct json_writer *w, const char *open, const char *name, struct slice value,
                     const char *secret_name, struct slice secret, bool with_secrets)
{
    json_key_text(w, open);
    json_open(w, '{');
    json_put_string(w, name, value);
    if (with_secrets) {
        json_put_string(w, secret_name, secret);
    }
    json_close(w, '}');
}

struct slice http_connection_auth_print(struct arena *arena, struct slice authorization_type,
                                        const struct connection_auth *auth, bool with_secrets)
{
    AUTO_BUF buf = BUF_INIT(RECORD_MAX / 2);
    struct json_writer w = json_writer_init(&buf);
    json_open(&w, '{');
    if (slice_is(authorization_type, "BASIC")) {
        put_pair(&w, "BasicAuthParameters", "Username", auth->username, "Password", auth->password,
                 with_secrets);
    } else if (slice_is(authorization_type, "API_KEY")) {
        put_pair(&w, "ApiKeyAuthParameters", "ApiKeyName", auth->api_key_name, "ApiKeyValue",
                 auth->api_key_value, with_secrets);
    } else {
        json_key_text(&w, "OAuthParameters");
        json_open(&w, '{');
        put_pair(&w, "ClientParameters", "ClientID", auth->client_id, "ClientSecret",
                 auth->client_secret, with_secrets);
        json_put_string(&w, "AuthorizationEndpoint", auth->token_endpoint);
        json_put_string(&w, "HttpMethod", auth->token_method);
        put_http(&w, "OAuthHttpParameters", &auth->token_http, with_secrets);
        json_close(&w, '}');
    }
    put_http(&w, "InvocationHttpParameters", &auth->http, with_secrets);
    json_close(&w, '}');
    return buf_status(&buf) == STATUS_OK ? arena_copy(arena, buf_slice(&buf)) : SLICE_NULL;
}
