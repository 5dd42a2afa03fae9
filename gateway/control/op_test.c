/* TestInvokeMethod, TestInvokeAuthorizer. */
#include "core/calendar.h"
#include "core/encode.h"
#include "gateway/control/operations.h"
#include "gateway/control/record.h"
#include "gateway/control/trial.h"

#define LOG_MAX (4U << 20)
#define HEADERS_TOLD_MAX 998 /* bytes of them in a log */
#define METHOD_STAGE "test-invoke-stage"
#define AUTHORIZER_STAGE "ESTestInvoke-stage"

/* --- the API of a test: what there is now of it, with one method --- */

struct trial_api {
    struct request *r;
    struct resource *items;
    size_t count;
};

static void add(struct trial_api *api, enum kind_id kind, struct slice id, struct slice properties)
{
    api->items[api->count++] = (struct resource){
        .logical_id = id,
        .type = slice_from(kinds[kind].type),
        .physical_id = id,
        .properties = properties,
    };
}

static bool is_wanted(enum kind_id kind, bool is_authorizer)
{
    return is_authorizer ? kind == KIND_REST_API || kind == KIND_AUTHORIZER
                         : kind == KIND_REST_API || kind == KIND_RESOURCE || kind == KIND_MODEL ||
                               kind == KIND_VALIDATOR || kind == KIND_GATEWAY_RESPONSE;
}

static struct trial_api begin_api(struct request *r, const char *stage, bool is_authorizer)
{
    struct trial_api api = {r, arena_array(r->arena, r->registry->count + 8, sizeof *api.items), 0};
    for (size_t i = 0; i < r->registry->count; i++) {
        const struct entry *entry = r->registry->entries[i];
        enum kind_id kind = kind_id(entry->kind);
        bool is_its = kind == KIND_REST_API ? slice_eq(entry->id, r->owner)
                                            : slice_eq(entry->owner, r->owner);
        if (!entry->is_gone && is_its && is_wanted(kind, is_authorizer)) {
            /* A test passes by the resource policy, as by authorizers and keys. */
            add(&api, kind, entry->id,
                edit_member(r->arena, entry->properties, SLICE("Policy"), SLICE_NULL));
        }
    }
    struct slice variables = json_raw_member(r->body, "stageVariables");
    struct slice properties = edit_text(r->arena, SLICE("{}"), "RestApiId", r->owner);
    properties = edit_text(r->arena, properties, "StageName", slice_from(stage));
    if (variables.ptr != NULL && json_raw_kind(variables) == JSON_OBJECT) {
        properties = edit_member(r->arena, properties, SLICE("Variables"), variables);
    }
    add(&api, KIND_STAGE, slice_from(stage), properties);
    return api;
}

/* --- headers and path --- */

struct header_list {
    struct http_header *items;
    size_t count, cap;
};

static bool add_header(struct request *r, struct header_list *list, struct slice name,
                       struct slice value)
{
    if (!http_header_is_valid(name, value)) {
        return objection_bad(&r->objection, "Invalid header specified: %.*s", SLICE_ARG(name));
    }
    if (list->count < list->cap) {
        list->items[list->count++] = (struct http_header){name, value};
    }
    return true;
}

static bool read_headers(struct request *r, struct header_list *list)
{
    struct slice one = json_raw_member(r->body, "headers");
    struct slice many = json_raw_member(r->body, "multiValueHeaders");
    struct slice key, value, name, each;
    *list = (struct header_list){arena_array(r->arena, 256, sizeof *list->items), 0, 256};
    for (struct json_scan scan = json_scan_object(one); json_scan_member(&scan, &key, &value);) {
        if (json_raw_key(r->arena, key, &name) &&
            !add_header(r, list, name, json_text_of(r->arena, value))) {
            return false;
        }
    }
    for (struct json_scan scan = json_scan_object(many); json_scan_member(&scan, &key, &value);) {
        struct json_scan values = json_scan_array(value);
        while (json_raw_key(r->arena, key, &name) && json_scan_element(&values, &each)) {
            if (!add_header(r, list, name, json_text_of(r->arena, each))) {
                return false;
            }
        }
    }
    return true;
}

/* Whether "/pets/1" is a path of "/pets/{id}"; the values go into the log. */
static bool match_path(struct request *r, struct slice template, struct slice path,
                       struct slice *ret_params)
{
    AUTO_BUF params = BUF_INIT(LOG_MAX);
    struct slice left = slice_skip(template, 1), right = slice_skip(path, 1), name, value;
    buf_append_char(&params, '{');
    while (left.len > 0 && slice_split(&left, '/', &name)) {
        bool is_variable = name.len > 2 && name.ptr[0] == '{';
        bool is_greedy = is_variable && name.ptr[name.len - 2] == '+';
        if (right.ptr == NULL || (right.len == 0 && name.len > 0)) {
            return false;
        }
        if (is_greedy) {
            value = right;
            right = SLICE("");
        } else if (!slice_split(&right, '/', &value)) {
            return false;
        }
        if (!is_variable && !slice_eq(name, value)) {
            return false;
        }
        if (is_variable) {
            buf_printf(&params, "%s%.*s=%.*s", params.len > 1 ? ", " : "",
                       (int)(name.len - (is_greedy ? 3 : 2)), name.ptr + 1, SLICE_ARG(value));
        }
    }
    buf_append_char(&params, '}');
    *ret_params = arena_copy(r->arena, buf_slice(&params));
    return right.len == 0;
}

/* --- logs --- */

struct trial_log {
    struct buf text;
    char date[64];
};

static void log_begin(struct request *r, struct trial_log *log, struct slice request_id)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct civil now = civil_of(clock_epoch_ms(r->control->context->clock));
    buf_init(&log->text, LOG_MAX);
    (void)snprintf(log->date, sizeof log->date, "%s %s %02d %02d:%02d:%02d UTC %04d",
                   days[now.weekday], months[now.month - 1], now.day, now.hour, now.minute,
                   now.second, now.year);
    buf_printf(&log->text, "Execution log for request %.*s\n", SLICE_ARG(request_id));
}

static void log_put(struct trial_log *log, const char *what, struct slice text)
{
    buf_printf(&log->text, "%s : %s%.*s\n", log->date, what, SLICE_ARG(text));
}

/* {a=b, c=d} */
static struct slice headers_text(struct request *r, struct http_headers headers)
{
    AUTO_BUF text = BUF_INIT(LOG_MAX);
    buf_append_char(&text, '{');
    for (size_t i = 0; i < headers.count; i++) {
        buf_printf(&text, "%s%.*s=%.*s", i > 0 ? ", " : "", SLICE_ARG(headers.items[i].name),
                   SLICE_ARG(headers.items[i].value));
    }
    buf_append_char(&text, '}');
    struct slice all = arena_copy(r->arena, buf_slice(&text));
    return all.len <= HEADERS_TOLD_MAX
               ? all
               : arena_printf(r->arena, "%.*s [TRUNCATED]", HEADERS_TOLD_MAX, all.ptr);
}

/* What a request through the network has, and a test on AWS has not. */
static bool is_told(struct slice name)
{
    static const char *const left_out[] = {"content-length", "connection",       "keep-alive",
                                           "date",           "server",           "x-amzn-requestid",
                                           "x-amz-apigw-id", "transfer-encoding"};
    for (size_t i = 0; i < COUNT_OF(left_out); i++) {
        if (slice_ieq(name, slice_from(left_out[i]))) {
            return false;
        }
    }
    return true;
}

static struct http_headers told_headers(struct request *r, struct http_headers all)
{
    struct http_header *items = arena_array(r->arena, all.count, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; i < all.count; i++) {
        if (is_told(all.items[i].name)) {
            items[count++] = all.items[i];
        }
    }
    return (struct http_headers){items, count};
}

static void write_headers(struct request *r, struct http_headers headers)
{
    json_key_text(&r->w, "headers");
    json_open(&r->w, '{');
    for (size_t i = 0; i < headers.count; i++) {
        json_write_key(&r->w, headers.items[i].name);
        json_write_string(&r->w, headers.items[i].value);
    }
    json_close(&r->w, '}');
    json_key_text(&r->w, "multiValueHeaders");
    json_open(&r->w, '{');
    for (size_t i = 0; i < headers.count; i++) {
        bool is_first = true;
        for (size_t k = 0; k < i; k++) {
            is_first &= !slice_ieq(headers.items[k].name, headers.items[i].name);
        }
        if (!is_first) {
            continue;
        }
        json_write_key(&r->w, headers.items[i].name);
        json_open(&r->w, '[');
        for (size_t k = i; k < headers.count; k++) {
            if (slice_ieq(headers.items[k].name, headers.items[i].name)) {
                json_write_string(&r->w, headers.items[k].value);
            }
        }
        json_close(&r->w, ']');
    }
    json_close(&r->w, '}');
}

/* --- methods --- */

struct method_test {
    struct request *r;
    struct slice method, path, params, query;
    struct http_headers headers;
    struct slice body;
};

static struct slice query_text(struct request *r, struct slice query)
{
    AUTO_BUF text = BUF_INIT(LOG_MAX);
    struct slice part;
    buf_append_char(&text, '{');
    while (query.len > 0 && slice_split(&query, '&', &part)) {
        size_t equals = slice_find(part, '=');
        struct slice value = equals != SLICE_NPOS ? slice_skip(part, equals + 1) : SLICE("");
        buf_printf(&text, "%s%.*s=%.*s", text.len > 1 ? ", " : "",
                   SLICE_ARG(slice_take(part, equals)),
                   SLICE_ARG(percent_decode(r->arena, value, true)));
    }
    buf_append_char(&text, '}');
    return arena_copy(r->arena, buf_slice(&text));
}

static void log_method(const struct method_test *test, const struct trial_result *result,
                       struct http_headers told, struct trial_log *log)
{
    struct request *r = test->r;
    log_begin(r, log, result->request_id);
    log_put(log, "Starting execution for request: ", result->request_id);
    log_put(log, "HTTP Method: ",
            arena_printf(r->arena, "%.*s, Resource Path: %.*s", SLICE_ARG(test->method),
                         SLICE_ARG(test->path)));
    log_put(log, "Method request path: ", test->params);
    log_put(log, "Method request query string: ", query_text(r, test->query));
    log_put(log, "Method request headers: ", headers_text(r, test->headers));
    log_put(log, "Method request body before transformations: ", test->body);
    if (result->has_invoked) {
        log_put(log, "Endpoint response body before transformations: ", result->payload);
    }
    if (result->reason.len > 0) {
        log_put(log, "Execution failed due to configuration error: ", result->reason);
    } else {
        log_put(log, "Method response body after transformations: ", result->body);
        log_put(log, "Method response headers: ", headers_text(r, told));
        log_put(log, "Successfully completed execution", SLICE(""));
    }
    log_put(log,
            "Method completed with status: ", arena_printf(r->arena, "%d", result->http_status));
}

static bool refuse_result(struct request *r, const struct trial_result *result)
{
    if (result->fault.status == STATUS_OK) {
        return false;
    }
    buf_finish(&r->out);
    api_reply_error(r->call, result->fault.status == STATUS_CANCELLED ? 503 : 500,
                    result->fault.status == STATUS_CANCELLED ? "ServiceUnavailableException"
                                                             : "InternalFailure",
                    slice_from(result->fault.text));
    return true;
}

static void on_method(void *ctx, const struct trial_result *result)
{
    const struct method_test *test = ctx;
    struct request *r = test->r;
    struct trial_log log;
    if (refuse_result(r, result)) {
        return;
    }
    struct http_headers told = told_headers(r, result->headers);
    log_method(test, result, told, &log);
    json_open(&r->w, '{');
    json_put_i64(&r->w, "status", result->http_status);
    json_put_string(&r->w, "body", result->body);
    write_headers(r, told);
    json_put_string(&r->w, "log", buf_slice(&log.text));
    json_put_i64(&r->w, "latency", (int64_t)(result->duration_us / 1000));
    json_close(&r->w, '}');
    buf_finish(&log.text);
    request_answer(r);
}

static enum outcome start(struct request *r, const struct trial_api *api, struct slice method,
                          struct slice target, struct http_headers headers, struct slice body,
                          trial_done_fn *on_done, void *ctx)
{
    struct fault fault;
    const struct trial_request request = {
        .options = r->control->options.gateway,
        .resources = api->items,
        .resource_count = api->count,
        .logical_id = r->owner,
        .method = method,
        .target = target,
        .headers = headers,
        .body = body,
    };
    if (trial_start(r->control->context, control_client(r->control), &request, on_done, ctx,
                    &fault) != STATUS_OK) {
        (void)objection_bad(&r->objection, "%s", fault.text);
        return OUTCOME_REFUSED;
    }
    return OUTCOME_PENDING;
}

/* The path as it is asked for, where the resource has it; else the resource's own, as if it was. */
static struct slice target_of(struct request *r, struct method_test *test, struct slice template)
{
    struct slice asked = json_text_member(r->arena, r->body, "pathWithQueryString");
    size_t question = slice_find(asked, '?');
    struct slice path = slice_take(asked, question);
    test->query = question != SLICE_NPOS ? slice_skip(asked, question + 1) : SLICE("");
    test->path = path.len > 0 ? path : template;
    if (!slice_starts_with(test->path, SLICE("/"))) {
        test->path = arena_printf(r->arena, "/%.*s", SLICE_ARG(test->path));
    }
    struct slice sent = test->path;
    if (path.len == 0 || !match_path(r, template, test->path, &test->params)) {
        AUTO_BUF encoded = BUF_INIT(CONTROL_JSON_MAX);
        percent_encode(&encoded, template, true);
        sent = arena_copy(r->arena, buf_slice(&encoded));
        test->params = SLICE("{}");
    }
    return arena_printf(r->arena, "/" METHOD_STAGE "%.*s%s%.*s", SLICE_ARG(sent),
                        test->query.len > 0 ? "?" : "", SLICE_ARG(test->query));
}

/* Nothing but an absolute path may follow the address. */
static bool check_target(struct request *r, struct slice target)
{
    for (size_t i = 0; i < target.len; i++) {
        unsigned char c = (unsigned char)target.ptr[i];
        if (c <= ' ' || c >= 127 || c == '#') {
            return objection_bad(&r->objection, "Invalid pathWithQueryString specified");
        }
    }
    return true;
}

enum outcome op_test_method(struct request *r)
{
    const struct entry *method = request_method(r);
    struct method_test *test = arena_alloc(r->arena, sizeof *test);
    struct header_list headers;
    struct slice template;
    if (method == NULL) {
        return OUTCOME_REFUSED;
    }
    if (json_raw_member(method->properties, "Integration").ptr == NULL) {
        (void)objection_bad(&r->objection, "No integration defined for method");
        return OUTCOME_REFUSED;
    }
    if (!registry_path(r->registry, r->arena, r->owner, entry_text(r->arena, method, "ResourceId"),
                       &template) ||
        !read_headers(r, &headers)) {
        return OUTCOME_REFUSED;
    }
    struct slice name = entry_text(r->arena, method, "HttpMethod");
    *test = (struct method_test){.r = r,
                                 .method = slice_is(name, "ANY") ? SLICE("GET") : name,
                                 .headers = {headers.items, headers.count},
                                 .body = json_text_member(r->arena, r->body, "body")};
    struct slice target = target_of(r, test, template);
    if (!check_target(r, target)) {
        return OUTCOME_REFUSED;
    }
    struct trial_api api = begin_api(r, METHOD_STAGE, false);
    struct slice open = edit_text(r->arena, method->properties, "AuthorizationType", SLICE("NONE"));
    open = edit_member(r->arena, open, SLICE("ApiKeyRequired"), SLICE("false"));
    add(&api, KIND_METHOD, method->id, open);
    return start(r, &api, test->method, target, test->headers, test->body, on_method, test);
}

/* --- authorizers --- */

struct authorizer_test {
    struct request *r;
    bool is_token; /* a user pool's: no function is asked */
    struct slice token;
};

/* {"k": ["v"]} of a function's context, {"k": "v"} of a token's claims. */
static void write_values(struct request *r, const char *name, struct slice object, bool is_list)
{
    struct slice key, value, text;
    json_key_text(&r->w, name);
    json_open(&r->w, '{');
    for (struct json_scan scan = json_scan_object(object); json_scan_member(&scan, &key, &value);) {
        if (!json_raw_key(r->arena, key, &text)) {
            continue;
        }
        json_write_key(&r->w, text);
        if (is_list) {
            json_open(&r->w, '[');
        }
        json_write_string(&r->w, json_text_of(r->arena, value));
        if (is_list) {
            json_close(&r->w, ']');
        }
    }
    json_close(&r->w, '}');
}

/* Of a token that was found good. */
static struct slice claims_of(struct request *r, struct slice token)
{
    AUTO_BUF json = BUF_INIT(65536);
    size_t blank = slice_rfind(token, ' ');
    struct slice rest = blank != SLICE_NPOS ? slice_skip(token, blank + 1) : token, part;
    (void)slice_split(&rest, '.', &part);
    if (!slice_split(&rest, '.', &part) || !base64_decode(&json, part)) {
        return SLICE_NULL;
    }
    return arena_copy(r->arena, buf_slice(&json));
}

/* What it says is told, whether it lets the test in or not. */
static int client_status(const struct trial_result *result)
{
    bool has_answer = result->has_invoked && result->outcome == INVOKE_OK &&
                      (result->http_status == 200 || result->http_status == 403);
    return has_answer ? 200 : result->http_status;
}

static void log_authorizer(const struct authorizer_test *test, const struct trial_result *result,
                           struct slice principal, struct trial_log *log)
{
    struct request *r = test->r;
    log_begin(r, log, result->request_id);
    log_put(log, "Starting authorizer: ",
            arena_printf(r->arena, "%.*s for request: %.*s", SLICE_ARG(r->id),
                         SLICE_ARG(result->request_id)));
    if (result->has_invoked) {
        log_put(log, "Endpoint response body before transformations: ", result->payload);
    }
    if (client_status(result) != 200) {
        log_put(log, "Unauthorized request: ", result->reason);
        return;
    }
    if (principal.len > 0) {
        log_put(log, "Using valid authorizer policy for principal: ", principal);
    }
    log_put(log, "Successfully completed authorizer execution", SLICE(""));
}

static void on_authorizer(void *ctx, const struct trial_result *result)
{
    const struct authorizer_test *test = ctx;
    struct request *r = test->r;
    struct trial_log log;
    if (refuse_result(r, result)) {
        return;
    }
    int status = client_status(result);
    bool has_answer = status == 200 && result->has_invoked;
    struct slice answer = has_answer ? result->payload : SLICE_NULL;
    struct slice principal = json_text_member(r->arena, answer, "principalId");
    struct slice policy = json_raw_member(answer, "policyDocument");
    log_authorizer(test, result, principal, &log);
    json_open(&r->w, '{');
    json_put_i64(&r->w, "clientStatus", status);
    json_put_string(&r->w, "log", buf_slice(&log.text));
    json_put_i64(&r->w, "latency", (int64_t)(result->duration_us / 1000));
    if (has_answer) {
        json_put_string(&r->w, "principalId", principal);
        json_put_string(&r->w, "policy", policy);
        write_values(r, "authorization", json_raw_member(answer, "context"), true);
    } else if (status == 200 && test->is_token) {
        write_values(r, "claims", claims_of(r, test->token), false);
    }
    json_close(&r->w, '}');
    buf_finish(&log.text);
    request_answer(r);
}

/* A method that answers by itself, behind the authorizer. */
static void add_guarded(struct trial_api *api, struct slice resource_id,
                        const struct entry *authorizer)
{
    struct request *r = api->r;
    bool is_pool = slice_is(entry_text(r->arena, authorizer, "Type"), "COGNITO_USER_POOLS");
    struct slice properties =
        SLICE("{\"HttpMethod\":\"ANY\",\"Integration\":{\"Type\":\"MOCK\",\"RequestTemplates\":{"
              "\"application/json\":\"{statusCode: 200}\"},\"IntegrationResponses\":[{"
              "\"StatusCode\":\"200\"}]},\"MethodResponses\":[{\"StatusCode\":\"200\"}]}");
    properties = edit_text(r->arena, properties, "RestApiId", r->owner);
    properties = edit_text(r->arena, properties, "ResourceId", resource_id);
    properties = edit_text(r->arena, properties, "AuthorizationType",
                           is_pool ? SLICE("COGNITO_USER_POOLS") : SLICE("CUSTOM"));
    properties = edit_text(r->arena, properties, "AuthorizerId", authorizer->id);
    add(api, KIND_METHOD, resource_id, properties);
}

static struct slice authorizer_target(struct request *r)
{
    struct slice asked = json_text_member(r->arena, r->body, "pathWithQueryString");
    bool has_slash = slice_starts_with(asked, SLICE("/"));
    return arena_printf(r->arena, "/" AUTHORIZER_STAGE "%s%.*s", has_slash ? "" : "/",
                        SLICE_ARG(asked));
}

enum outcome op_test_authorizer(struct request *r)
{
    if (request_api(r, KIND_REST_API) ==
        NULL) { /* tokens of HTTP APIs cannot be tried, as on AWS */
        return OUTCOME_REFUSED;
    }
    const struct entry *authorizer = request_entry(r);
    struct authorizer_test *test = arena_alloc(r->arena, sizeof *test);
    struct header_list headers;
    struct slice target = authorizer_target(r), header;
    if (authorizer == NULL || !read_headers(r, &headers) || !check_target(r, target)) {
        return OUTCOME_REFUSED;
    }
    struct slice source = entry_text(r->arena, authorizer, "IdentitySource");
    size_t dot = slice_rfind(source, '.');
    header = dot != SLICE_NPOS ? slice_skip(source, dot + 1) : SLICE("Authorization");
    *test = (struct authorizer_test){
        .r = r,
        .is_token = slice_is(entry_text(r->arena, authorizer, "Type"), "COGNITO_USER_POOLS")};
    for (size_t i = 0; i < headers.count; i++) {
        if (slice_ieq(headers.items[i].name, header)) {
            test->token = headers.items[i].value;
        }
    }
    struct trial_api api = begin_api(r, AUTHORIZER_STAGE, true);
    struct slice below = SLICE("{\"PathPart\":\"{proxy+}\"}");
    below = edit_text(r->arena, below, "RestApiId", r->owner);
    below = edit_text(r->arena, below, "ParentId", registry_root(r->arena, r->owner));
    add(&api, KIND_RESOURCE, SLICE("proxy"), below);
    add_guarded(&api, registry_root(r->arena, r->owner), authorizer);
    add_guarded(&api, SLICE("proxy"), authorizer);
    return start(r, &api, SLICE("GET"), target, (struct http_headers){headers.items, headers.count},
                 SLICE(""), on_authorizer, test);
}
