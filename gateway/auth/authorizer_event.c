/* What an authorizer's function gets, and what the integration's events say of who was let in. */
#include "gateway/auth/authorizer.h"

#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "gateway/jwt/claims.h"

#define FACTS_MAX (1024u * 1024)

/* --- events of functions --- */

static void put_member(struct buf *buf, const char *key, struct slice text)
{
    buf_printf(buf, "\"%s\":", key);
    event_put_string(buf, text);
    EVENT_PUT(buf, ",");
}

static struct slice joined(struct arena *arena, const struct slice *identities, size_t count)
{
    struct slice all = count > 0 ? identities[0] : SLICE("");
    for (size_t i = 1; i < count; i++) {
        all = arena_printf(arena, "%.*s,%.*s", SLICE_ARG(all), SLICE_ARG(identities[i]));
    }
    return all;
}

static void write_v2(struct buf *buf, const struct authorizer *authorizer,
                     const struct event_input *in, const struct slice *identities, struct slice arn)
{
    EVENT_PUT(buf, "{\"version\":\"2.0\",\"type\":\"REQUEST\",");
    put_member(buf, "routeArn", arn);
    EVENT_PUT(buf, "\"identitySource\":");
    if (authorizer->source_count == 0) {
        EVENT_PUT(buf, "null");
    }
    for (size_t i = 0; i < authorizer->source_count; i++) {
        event_put(buf, i == 0 ? SLICE("[") : SLICE(","));
        event_put_string(buf, identities[i]);
    }
    event_put(buf, authorizer->source_count > 0 ? SLICE("],") : SLICE(","));
    event_put_v2_request(buf, in);
    buf->len--; /* the comma before what an integration's event goes on with */
    EVENT_PUT(buf, "}");
}

void authorizer_write_event(struct buf *buf, const struct authorizer *authorizer,
                            const struct event_input *in, const struct slice *identities,
                            struct slice arn)
{
    bool is_http = in->config->kind == API_HTTP;
    if (authorizer->kind == AUTHORIZER_TOKEN) {
        EVENT_PUT(buf, "{\"type\":\"TOKEN\",");
        put_member(buf, "methodArn", arn);
        EVENT_PUT(buf, "\"authorizationToken\":");
        event_put_string(buf, identities[0]);
        EVENT_PUT(buf, "}");
        return;
    }
    if (is_http && !authorizer->is_payload_v1) {
        write_v2(buf, authorizer, in, identities, arn);
        return;
    }
    EVENT_PUT(buf, "{");
    if (is_http) {
        struct slice all = joined(in->arena, identities, authorizer->source_count);
        EVENT_PUT(buf, "\"version\":\"1.0\",");
        put_member(buf, "identitySource", all);
        put_member(buf, "authorizationToken", all);
    }
    EVENT_PUT(buf, "\"type\":\"REQUEST\",");
    put_member(buf, "methodArn", arn);
    event_put_authorizer_request(buf, in);
    EVENT_PUT(buf, "}");
}

/* --- what the others get --- */

/* "key":value of each member; REST and format 1.0 know strings only. */
static void put_context(struct arena *arena, struct json_writer *w, struct slice context,
                        bool as_text)
{
    struct slice key, value, name;
    for (struct json_scan scan = json_scan_object(context);
         json_scan_member(&scan, &key, &value);) {
        enum json_kind kind = json_raw_kind(value);
        if (!json_raw_key(arena, key, &name) || (as_text && kind == JSON_NULL)) {
            continue;
        }
        json_write_key(w, name);
        if (as_text && (kind == JSON_NUMBER || kind == JSON_BOOL)) {
            json_write_string(w, slice_trim(value));
        } else {
            json_write_raw(w, value);
        }
    }
}

struct event_authorizer authorizer_facts(const struct authorizer_answer *answer,
                                         const struct event_input *in, uint64_t latency_ms)
{
    struct arena *arena = in->arena;
    bool is_http = in->config->kind == API_HTTP;
    AUTO_BUF out = BUF_INIT(FACTS_MAX);
    struct json_writer w = json_writer_init(&out);
    json_open(&w, '{');
    if (!is_http || answer->principal.ptr != NULL) {
        json_put_string(&w, "principalId", answer->principal);
    }
    if (!is_http) {
        json_put_i64(&w, "integrationLatency", (int64_t)latency_ms);
    }
    put_context(arena, &w, answer->context, true);
    json_close(&w, '}');
    struct event_authorizer facts = {.facts = arena_copy(arena, buf_slice(&out))};
    facts.event = facts.facts;
    if (is_http && !in->route->is_payload_v1) {
        facts.event =
            arena_printf(arena, "{\"lambda\":%.*s}", SLICE_ARG(slice_trim(answer->context)));
    }
    return facts;
}

static void put_scopes(struct json_writer *w, const struct jwt_answer *answer, bool has_scopes)
{
    json_key_text(w, "scopes");
    if (!has_scopes) {
        json_write_null(w);
        return;
    }
    json_open(w, '[');
    for (size_t i = 0; i < answer->scope_count; i++) {
        json_write_string(w, answer->scopes[i]);
    }
    json_close(w, ']');
}

struct event_authorizer authorizer_token_facts(const struct authorizer *authorizer,
                                               const struct jwt_answer *answer,
                                               const struct event_input *in, bool has_scopes)
{
    bool is_cognito = authorizer->kind == AUTHORIZER_COGNITO;
    AUTO_BUF out = BUF_INIT(FACTS_MAX);
    struct json_writer w = json_writer_init(&out);
    json_open(&w, '{');
    json_key_text(&w, "claims");
    claims_write(in->arena, &w, answer->claims, is_cognito ? CLAIMS_REST : CLAIMS_HTTP);
    if (!is_cognito) {
        put_scopes(&w, answer, has_scopes);
    }
    json_close(&w, '}');
    struct event_authorizer facts = {.facts = arena_copy(in->arena, buf_slice(&out))};
    facts.event = facts.facts;
    if (!is_cognito && !in->route->is_payload_v1) {
        facts.event = arena_printf(in->arena, "{\"jwt\":%.*s}", SLICE_ARG(facts.facts));
    }
    return facts;
}
