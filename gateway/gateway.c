#include "gateway/gateway.h"

#include "core/http/server.h"
#include "core/mem.h"
#include "gateway/answer/refusal.h"
#include "gateway/api.h"
#include "gateway/auth/authorizer.h"
#include "gateway/call/call.h"
#include "gateway/edge_address.h"
#include "gateway/limits.h"
#include "gateway/served.h"
#include "gateway/stage/response_cache.h"
#include "gateway/stage/usage.h"
#include "gateway/websocket/sessions.h"

/* Requests of an API that left the template may end within this time. */
#define REMOVED_DRAIN_MS 2000u

/* One API and its listener. */
struct listener {
    struct gateway *gateway;
    struct listener *next;
    struct http_server *server;
    struct api_config *config;
    uint16_t port;
};

struct gateway {
    struct context *context;
    struct calls *calls;
    struct ws_sessions *sessions;
    struct usage *usage;
    struct function_directory functions;
    void (*on_warning)(void *ctx, struct slice position, struct slice text);
    struct tls *tls;
    void (*on_tls_trouble)(void *ctx, enum tls_trouble trouble);
    void *ctx;
    struct slice (*signed_service)(struct http_exchange *exchange);
    struct served *served; /* as it was deployed last; NULL: none yet */
    char *host;
    char *account_id;
    struct listener *listeners;
    size_t open_servers; /* those that are being closed included */
    bool is_closing;
    uint64_t drain_end_ms; /* of uv_now(): from is_closing on */
    void (*on_closed)(void *ctx);
    void *close_ctx;
};

struct gateway *gateway_create(struct context *context, const struct gateway_options *options)
{
    struct gateway *gateway = mem_zalloc(sizeof(*gateway));
    gateway->context = context;
    gateway->host = mem_strdup(options->host);
    gateway->account_id = mem_strdup(options->account_id);
    gateway->functions = options->functions;
    gateway->on_warning = options->on_warning;
    gateway->tls = options->tls;
    gateway->on_tls_trouble = options->on_tls_trouble;
    gateway->ctx = options->ctx;
    gateway->usage = usage_create(options->throttles);
    gateway->calls = calls_create(context, options, gateway->usage);
    gateway->signed_service = options->signed_service;
    gateway->sessions = gateway->calls->sessions;
    return gateway;
}

/* --- closing --- */

static void on_calls_closed(void *ctx)
{
    struct gateway *gateway = ctx;
    void (*on_closed)(void *) = gateway->on_closed;
    void *close_ctx = gateway->close_ctx;
    usage_destroy(gateway->usage);
    served_destroy(gateway->served);
    mem_free(gateway->host);
    mem_free(gateway->account_id);
    mem_free(gateway);
    if (on_closed != NULL) {
        on_closed(close_ctx);
    }
}

static void on_sessions_closed(void *ctx)
{
    struct gateway *gateway = ctx;
    calls_close(gateway->calls, on_calls_closed, gateway);
}

/* What the last connections have to tell goes on for the rest of the drain. */
static void close_sessions(struct gateway *gateway)
{
    uint64_t now = uv_now(gateway->context->loop);
    uint64_t left_ms = gateway->drain_end_ms > now ? gateway->drain_end_ms - now : 0;
    ws_sessions_close(gateway->sessions, (uint32_t)left_ms, on_sessions_closed, gateway);
}

static void on_server_closed(void *ctx)
{
    struct listener *listener = ctx;
    struct gateway *gateway = listener->gateway;
    api_config_unref(listener->config);
    mem_free(listener);
    if (--gateway->open_servers == 0 && gateway->is_closing) {
        close_sessions(gateway);
    }
}

static void close_listener(struct listener *listener, uint32_t drain_ms)
{
    http_server_destroy(listener->server, drain_ms, on_server_closed, listener);
}

void gateway_destroy(struct gateway *gateway, uint32_t drain_ms, void (*on_closed)(void *ctx),
                     void *ctx)
{
    if (gateway == NULL) {
        return;
    }
    gateway->is_closing = true;
    gateway->drain_end_ms = uv_now(gateway->context->loop) + drain_ms;
    gateway->on_closed = on_closed;
    gateway->close_ctx = ctx;
    struct listener *listener = gateway->listeners;
    gateway->listeners = NULL;
    while (listener != NULL) {
        struct listener *next = listener->next;
        close_listener(listener, drain_ms);
        listener = next;
    }
    if (gateway->open_servers == 0) {
        close_sessions(gateway);
    }
}

/* --- configuring --- */

static struct listener *find_listener(const struct gateway *gateway, struct slice logical_id)
{
    for (struct listener *l = gateway->listeners; l != NULL; l = l->next) {
        if (slice_eq(l->config->logical_id, logical_id)) {
            return l;
        }
    }
    return NULL;
}

static void on_exchange(void *ctx, struct http_exchange *exchange)
{
    struct listener *listener = ctx;
    struct slice path = http_request(exchange)->path;
    calls_handle(listener->gateway->calls, stage_variant(listener->config, path), exchange, path);
}

static void on_tls_trouble(void *ctx, enum tls_trouble trouble)
{
    const struct listener *listener = ctx;
    const struct gateway *gateway = listener->gateway;
    if (gateway->on_tls_trouble != NULL) {
        gateway->on_tls_trouble(gateway->ctx, trouble);
    }
}

/* --- by way of the edge --- */

static struct api_config *find_api(const struct gateway *gateway, struct slice api_id, bool is_url)
{
    for (struct listener *l = gateway->listeners; l != NULL; l = l->next) {
        if (slice_eq(l->config->id, api_id) && (l->config->kind == API_URL) == is_url) {
            return l->config;
        }
    }
    return NULL;
}

/* Of that connection; of any WebSocket API when it is gone, which has the words for it. */
static struct api_config *find_api_of_connection(const struct gateway *gateway, struct slice id)
{
    const struct ws_connection *connection =
        ws_connections_find(ws_sessions_connections(gateway->sessions), SLICE_NULL, SLICE_NULL, id);
    struct api_config *found =
        connection != NULL ? find_api(gateway, connection->api_id, false) : NULL;
    for (struct listener *l = gateway->listeners; found == NULL && l != NULL; l = l->next) {
        found = l->config->kind == API_WEBSOCKET ? l->config : NULL;
    }
    return found;
}

static void refuse_api(struct http_exchange *exchange, bool is_url)
{
    const struct refusal_text *text = is_url ? refusal_text(API_URL, REFUSAL_NO_ROUTE)
                                             : refusal_text(API_REST, REFUSAL_FORBIDDEN);
    const struct http_header headers[] = {{SLICE("Content-Type"), SLICE("application/json")},
                                          {SLICE("x-amzn-ErrorType"), text->error_type}};
    http_respond(exchange, text->status, (struct http_headers){headers, COUNT_OF(headers)},
                 text->body);
}

bool gateway_take(struct gateway *gateway, struct http_exchange *exchange)
{
    struct edge_address address;
    struct api_config *config;
    if (!edge_address_read(http_arena(exchange), http_request(exchange), &address)) {
        return false;
    }
    if (address.api_id.len != 0) {
        config = find_api(gateway, address.api_id, address.is_url);
    } else {
        struct slice service =
            gateway->signed_service != NULL ? gateway->signed_service(exchange) : SLICE("");
        config = service.len == 0 || slice_is(service, "execute-api")
                     ? find_api_of_connection(gateway, address.connection_id)
                     : NULL;
        if (config == NULL) {
            return false;
        }
    }
    if (config != NULL) {
        calls_handle(gateway->calls, stage_variant(config, address.path), exchange, address.path);
    } else {
        refuse_api(exchange, address.is_url);
    }
    return true;
}

static void set_port_text(struct api_config *config, uint16_t port)
{
    for (; config != NULL; config = config->variant) {
        (void)snprintf(config->port, sizeof(config->port), "%u", (unsigned)port);
    }
}

/* A listener for a new API; `config` stays the caller's on failure. */
static enum status open_listener(struct gateway *gateway, const struct api_spec *spec,
                                 struct api_config *config, struct listener **ret,
                                 struct fault *reterr)
{
    struct listener *listener = mem_zalloc(sizeof(*listener));
    listener->gateway = gateway;
    struct http_server_options options = {
        .on_request = on_exchange,
        .ctx = listener,
        .limits = {.head_len = REQUEST_HEAD_MAX, .body_len = REQUEST_BODY_MAX},
        .on_reject = spec->kind == API_HTTP  ? refusal_by_server_http
                     : spec->kind == API_URL ? refusal_by_server_url
                                             : refusal_by_server_rest,
        .tls = gateway->tls,
        .on_tls_trouble = on_tls_trouble,
    };
    listener->server = http_server_create(gateway->context, &options);
    gateway->open_servers++;
    enum status status =
        http_server_listen(listener->server, gateway->host, spec->port, &listener->port, reterr);
    if (status != STATUS_OK) {
        close_listener(listener, 0);
        return status;
    }
    listener->config = config;
    set_port_text(config, listener->port);
    *ret = listener;
    return STATUS_OK;
}

/* What a configuration will change, made completely before anything changes. */
struct plan {
    struct api_config **configs; /* one for each spec; NULL for a variant, which its API has */
    struct listener **listeners; /* known ones and new ones */
    bool *is_new;
    size_t count;
};

static enum status plan_one(struct gateway *gateway, const struct api_spec *specs, size_t i,
                            struct plan *plan, struct fault *reterr)
{
    struct api_config *whole = NULL, *config;
    for (size_t k = 0; k < i; k++) {
        if (!slice_eq(specs[k].logical_id, specs[i].logical_id)) {
            continue;
        }
        if (!specs[i].is_variant) {
            return fault_set(reterr, STATUS_INVALID, "there are two APIs called %.*s",
                             SLICE_ARG(specs[i].logical_id));
        }
        whole = whole != NULL ? whole : plan->configs[k];
    }
    enum status status = api_config_create(&specs[i], gateway->account_id, &config, reterr);
    if (status == STATUS_OK && whole != NULL) {
        api_config_add_variant(whole, config);
    } else if (status == STATUS_OK) {
        plan->configs[i] = config;
    }
    return status;
}

static enum status make_plan(struct gateway *gateway, const struct api_spec *specs, size_t count,
                             struct plan *plan, struct fault *reterr)
{
    enum status status = STATUS_OK;
    for (; plan->count < count && status == STATUS_OK; plan->count++) {
        status = plan_one(gateway, specs, plan->count, plan, reterr);
    }
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        if (plan->configs[i] == NULL) {
            continue;
        }
        struct listener *known = find_listener(gateway, specs[i].logical_id);
        if (known != NULL) { /* its port stays, even when the kind of the API changes */
            plan->listeners[i] = known;
            continue;
        }
        status = open_listener(gateway, &specs[i], plan->configs[i], &plan->listeners[i], reterr);
        plan->is_new[i] = status == STATUS_OK;
    }
    return status;
}

static void drop_plan(struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->is_new[i]) {
            close_listener(plan->listeners[i], 0); /* takes its config along */
        } else {
            api_config_unref(plan->configs[i]);
        }
    }
}

static void apply_plan(struct gateway *gateway, struct plan *plan)
{
    struct listener *old = gateway->listeners;
    gateway->listeners = NULL;
    for (size_t i = 0; i < plan->count; i++) {
        struct listener *listener = plan->listeners[i];
        if (listener == NULL) {
            continue;
        }
        if (!plan->is_new[i]) {
            struct listener **link = &old;
            while (*link != listener) {
                link = &(*link)->next;
            }
            *link = listener->next;
            set_port_text(plan->configs[i], listener->port);
            ws_sessions_redeploy(gateway->sessions, listener->config, plan->configs[i]);
            api_config_unref(listener->config);
            listener->config = plan->configs[i];
        }
        listener->next = gateway->listeners;
        gateway->listeners = listener;
    }
    while (old != NULL) {
        struct listener *next = old->next;
        ws_sessions_redeploy(gateway->sessions, old->config, NULL);
        close_listener(old, REMOVED_DRAIN_MS);
        old = next;
    }
}

enum status gateway_configure(struct gateway *gateway, const struct api_spec *specs, size_t count,
                              struct fault *reterr)
{
    struct plan plan = {
        .configs = mem_array(count, sizeof(struct api_config *)),
        .listeners = mem_array(count, sizeof(struct listener *)),
        .is_new = mem_array(count, sizeof(bool)),
    };
    enum status status = make_plan(gateway, specs, count, &plan, reterr);
    if (status == STATUS_OK) {
        apply_plan(gateway, &plan);
    } else {
        drop_plan(&plan);
    }
    mem_free(plan.configs);
    mem_free(plan.listeners);
    mem_free(plan.is_new);
    return status;
}

void gateway_configure_usage(struct gateway *gateway, const struct usage_spec *usage)
{
    usage_configure(gateway->usage, usage);
}

void gateway_set_async(struct gateway *gateway, struct async_invoker async)
{
    gateway->calls->backends.async = async;
}

uint16_t gateway_port(const struct gateway *gateway, struct slice logical_id)
{
    const struct listener *listener = find_listener(gateway, logical_id);
    return listener != NULL ? listener->port : 0;
}

/* --- what stages have kept --- */

static const struct stage *find_stage(const struct gateway *gateway, struct slice api_id,
                                      struct slice name, struct api_config **ret_config)
{
    for (struct api_config *each = find_api(gateway, api_id, false); each != NULL;
         each = each->variant) {
        for (size_t i = 0; i < each->stage_count; i++) {
            if (slice_eq(each->stages[i].name, name)) {
                *ret_config = each;
                return &each->stages[i];
            }
        }
    }
    return NULL;
}

bool gateway_flush_authorizers(struct gateway *gateway, struct slice api_id, struct slice stage)
{
    struct api_config *config;
    if (find_stage(gateway, api_id, stage, &config) == NULL) {
        return false;
    }
    for (size_t i = 0; i < config->authorizer_count; i++) {
        authorizer_forget(&config->authorizers[i], stage);
    }
    return true;
}

bool gateway_flush_cache(struct gateway *gateway, struct slice api_id, struct slice stage)
{
    struct api_config *config;
    const struct stage *found = find_stage(gateway, api_id, stage, &config);
    if (found != NULL && found->cache != NULL) {
        response_cache_flush(found->cache);
    }
    if (found != NULL && found->canary != NULL && found->canary->cache != NULL) {
        response_cache_flush(found->canary->cache);
    }
    return found != NULL;
}

/* --- deployments --- */

bool gateway_deploys(struct slice type)
{
    return model_takes(type);
}

static enum status configure(struct gateway *gateway, const struct served *served,
                             struct fault *reterr)
{
    struct api_spec *specs = mem_array(served->api_count, sizeof *specs);
    size_t count = 0;
    for (size_t i = 0; i < served->api_count; i++) {
        if (served_has_stage(&served->apis[i])) {
            specs[count++] = served->apis[i];
        }
    }
    enum status status = gateway_configure(gateway, specs, count, reterr);
    mem_free(specs);
    return status;
}

static struct model_options model_options_of(const struct gateway *gateway)
{
    return (struct model_options){
        .functions = gateway->functions.find != NULL ? &gateway->functions : NULL,
        .on_warning = gateway->on_warning,
        .ctx = gateway->ctx,
    };
}

enum status gateway_deploy_lists(struct gateway *gateway, const struct resource_list *lists,
                                 size_t count, uint16_t first_port, struct fault *reterr)
{
    const struct model_options options = model_options_of(gateway);
    struct served *served;
    enum status status = served_create(lists, count, &options, first_port, &served, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    status = configure(gateway, served, reterr);
    if (status != STATUS_OK) {
        served_destroy(served);
        return status;
    }
    usage_configure(gateway->usage, served_usage(served));
    served_destroy(gateway->served);
    gateway->served = served;
    return STATUS_OK;
}

enum status gateway_deploy(struct gateway *gateway, const struct resource *resources, size_t count,
                           uint16_t first_port, struct fault *reterr)
{
    const struct resource_list list = {resources, count};
    return gateway_deploy_lists(gateway, &list, 1, first_port, reterr);
}

enum status gateway_deploy_usage(struct gateway *gateway, const struct resource *resources,
                                 size_t count, struct fault *reterr)
{
    const struct model_options options = model_options_of(gateway);
    enum status status = served_change_usage(gateway->served, resources, count, &options, reterr);
    if (status == STATUS_OK) {
        usage_configure(gateway->usage, gateway_usage(gateway));
    }
    return status;
}

const struct usage_spec *gateway_usage(const struct gateway *gateway)
{
    return served_usage(gateway->served);
}

struct usage *gateway_used(struct gateway *gateway)
{
    return gateway->usage;
}

const struct api_spec *gateway_apis(const struct gateway *gateway, size_t *ret_count)
{
    *ret_count = gateway->served != NULL ? gateway->served->api_count : 0;
    return gateway->served != NULL ? gateway->served->apis : NULL;
}
