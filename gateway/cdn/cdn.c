#include "gateway/cdn/cdn.h"

#include "core/mem.h"
#include "gateway/cdn/call.h"
#include "gateway/cdn/invalidation.h"

#define REMOVED_DRAIN_MS 2000u

/* Where edge locations are said to be, and how long a request takes there: those of --edges, in this order. */
static const struct {
    const char *pop;
    uint32_t latency_ms;
} places[CDN_EDGES_MAX] = {
    {"IAD89-C1", 0},  {"FRA56-P1", 40},  {"NRT57-P2", 120}, {"SYD62-P1", 160},
    {"GRU3-C1", 110}, {"BOM78-P4", 180}, {"SFO53-P1", 60},  {"CPT52-C1", 220},
};

struct cdn_config *cdn_config_ref(struct cdn_config *config)
{
    config->refs++;
    return config;
}

void cdn_config_unref(struct cdn_config *config)
{
    if (config != NULL && --config->refs == 0) {
        cdn_model_destroy(config->model);
        mem_free(config);
    }
}

struct cdn *cdn_create(struct context *context, const struct cdn_options *options)
{
    struct cdn *cdn = mem_zalloc(sizeof *cdn);
    cdn->context = context;
    cdn->options = *options;
    cdn->options.edges = options->edges == 0 ? 1 : options->edges;
    cdn->client = http_client_create(context);
    return cdn;
}

bool cdn_deploys(struct slice type)
{
    return cdn_model_takes(type);
}

/* --- closing --- */

static void end(struct cdn *cdn)
{
    void (*on_closed)(void *) = cdn->on_closed;
    void *ctx = cdn->close_ctx;
    cdn_config_unref(cdn->config);
    invalidations_free(cdn);
    mem_free(cdn);
    if (on_closed != NULL) {
        on_closed(ctx);
    }
}

/* Fetches that are left are cancelled, which ends the last locations. */
static void check_closed(struct cdn *cdn)
{
    if (cdn->is_closing && cdn->open_servers == 0 && cdn->client != NULL) {
        struct http_client *client = cdn->client;
        cdn->client = NULL;
        cdn->open_locations++; /* while they end */
        http_client_destroy(client);
        cdn->open_locations--;
    }
    if (cdn->is_closing && cdn->open_servers == 0 && cdn->open_locations == 0) {
        end(cdn);
    }
}

void location_unref(struct location *location)
{
    if (--location->refs > 0) {
        return;
    }
    struct cdn *cdn = location->cdn;
    lru_flush(&location->cache);
    cdn_config_unref(location->config);
    mem_free(location->logical_id);
    mem_free(location);
    cdn->open_locations--;
    check_closed(cdn);
}

static void on_server_closed(void *ctx)
{
    struct location *location = ctx;
    struct cdn *cdn = location->cdn;
    location->server = NULL;
    cdn->open_servers--;
    cdn->open_locations++; /* while it may end */
    location_unref(location);
    cdn->open_locations--;
    check_closed(cdn);
}

static void close_location(struct location *location, uint32_t drain_ms)
{
    http_server_destroy(location->server, drain_ms, on_server_closed, location);
}

void cdn_destroy(struct cdn *cdn, uint32_t drain_ms, void (*on_closed)(void *ctx), void *ctx)
{
    if (cdn == NULL) {
        return;
    }
    cdn->is_closing = true;
    cdn->on_closed = on_closed;
    cdn->close_ctx = ctx;
    struct location *location = cdn->locations;
    cdn->locations = NULL;
    while (location != NULL) {
        struct location *next = location->next;
        close_location(location, drain_ms);
        location = next;
    }
    check_closed(cdn);
}

/* --- deployments --- */

static void on_exchange(void *ctx, struct http_exchange *exchange)
{
    cdn_call_start(ctx, exchange);
}

static void on_tls_trouble(void *ctx, enum tls_trouble trouble)
{
    const struct location *location = ctx;
    const struct cdn_options *options = &location->cdn->options;
    if (options->on_tls_trouble != NULL) {
        options->on_tls_trouble(options->ctx, trouble);
    }
}

static enum status open_location(struct cdn *cdn, const struct distribution_spec *spec,
                                 size_t number, uint16_t port, struct location **ret,
                                 struct fault *reterr)
{
    struct location *location = mem_zalloc(sizeof *location);
    AUTO_ARENA arena = ARENA_INIT;
    location->cdn = cdn;
    location->logical_id = mem_strdup(arena_cstr(&arena, spec->logical_id));
    location->number = number;
    location->pop = places[number].pop;
    location->latency_ms = places[number].latency_ms;
    location->cache.size_max = CDN_CACHE_MAX;
    location->cache.count_max = CDN_CACHE_COUNT_MAX;
    location->refs = 1;
    struct http_server_options options = {
        .on_request = on_exchange,
        .ctx = location,
        .limits = {.head_len = CDN_REQUEST_HEAD_MAX, .body_len = CDN_REQUEST_BODY_MAX},
        .tls = cdn->options.tls,
        .on_tls_trouble = on_tls_trouble,
    };
    location->server = http_server_create(cdn->context, &options);
    cdn->open_servers++;
    cdn->open_locations++;
    enum status status =
        http_server_listen(location->server, cdn->options.host, port, &location->port, reterr);
    if (status != STATUS_OK) {
        close_location(location, 0);
        return status;
    }
    *ret = location;
    return STATUS_OK;
}

static struct location *find_location(const struct cdn *cdn, struct slice logical_id, size_t number)
{
    for (struct location *l = cdn->locations; l != NULL; l = l->next) {
        if (l->number == number && slice_is(logical_id, l->logical_id)) {
            return l;
        }
    }
    return NULL;
}

/* All that the new deployment has; those it opened are closed again when one fails. */
struct plan {
    struct location **locations;
    bool *is_new;
    size_t count;
};

static enum status make_plan(struct cdn *cdn, const struct cdn_model *model, uint16_t first_port,
                             struct plan *plan, struct fault *reterr)
{
    size_t port = first_port;
    for (size_t i = 0; i < model->count; i++) {
        for (size_t k = 0; k < cdn->options.edges; k++, port += first_port != 0) {
            const struct distribution_spec *spec = &model->items[i];
            struct location **location = &plan->locations[plan->count];
            *location = find_location(cdn, spec->logical_id, k);
            enum status status = STATUS_OK;
            if (port > UINT16_MAX) {
                status = fault_set(reterr, STATUS_INVALID, "--port leaves no port for %.*s",
                                   SLICE_ARG(spec->logical_id));
            } else if (*location == NULL) {
                status = open_location(cdn, spec, k, (uint16_t)port, location, reterr);
                plan->is_new[plan->count] = status == STATUS_OK;
            }
            if (status != STATUS_OK) {
                return status;
            }
            plan->count++;
        }
    }
    return STATUS_OK;
}

static void apply_plan(struct cdn *cdn, const struct plan *plan, struct cdn_config *config)
{
    struct location *old = cdn->locations;
    struct location **link = &cdn->locations;
    for (size_t i = 0; i < plan->count; i++) {
        struct location *location = plan->locations[i];
        struct location **known = &old;
        while (*known != NULL && *known != location) {
            known = &(*known)->next;
        }
        if (*known != NULL) {
            *known = location->next;
        }
        cdn_config_unref(location->config);
        location->config = cdn_config_ref(config);
        location->spec = &config->model->items[i / cdn->options.edges];
        *link = location;
        link = &location->next;
    }
    *link = NULL;
    while (old != NULL) {
        struct location *next = old->next;
        close_location(old, REMOVED_DRAIN_MS);
        old = next;
    }
}

static enum status apply(struct cdn *cdn, struct cdn_config *config, uint16_t first_port,
                         struct fault *reterr)
{
    size_t max = config->model->count * cdn->options.edges;
    struct plan plan = {.locations = mem_array(max, sizeof *plan.locations),
                        .is_new = mem_array(max, sizeof *plan.is_new)};
    enum status status = make_plan(cdn, config->model, first_port, &plan, reterr);
    if (status == STATUS_OK) {
        apply_plan(cdn, &plan, config);
        cdn_config_unref(cdn->config);
        cdn->config = cdn_config_ref(config);
        cdn->deployed_ms = clock_epoch_ms(cdn->context->clock);
    }
    for (size_t i = 0; i < plan.count && status != STATUS_OK; i++) {
        if (plan.is_new[i]) {
            close_location(plan.locations[i], 0);
        }
    }
    mem_free(plan.locations);
    mem_free(plan.is_new);
    return status;
}

static void warn_of_plain_http(const struct cdn *cdn, const struct cdn_model *model)
{
    const struct cdn_options *options = &cdn->options;
    AUTO_ARENA arena = ARENA_INIT;
    for (size_t i = 0; i < model->count && options->on_warning != NULL && options->tls == NULL;
         i++) {
        const struct distribution_spec *spec = &model->items[i];
        bool insists = false;
        for (size_t k = 0; k < spec->behavior_count; k++) {
            insists = insists || spec->behaviors[k].viewer_protocol != VIEWER_ANY;
        }
        if (insists) {
            options->on_warning(options->ctx, spec->position,
                                arena_printf(&arena,
                                             "ViewerProtocolPolicy of '%.*s' asks for HTTPS: plain "
                                             "HTTP is served without --tls",
                                             SLICE_ARG(spec->logical_id)));
        }
    }
}

enum status cdn_deploy(struct cdn *cdn, const struct resource *resources, size_t count,
                       uint16_t first_port, struct fault *reterr)
{
    const struct model_options options = {.on_warning = cdn->options.on_warning,
                                          .ctx = cdn->options.ctx};
    struct cdn_model *model;
    enum status status = cdn_model_create(resources, count, &options, &model, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    warn_of_plain_http(cdn, model);
    struct cdn_config *config = mem_zalloc(sizeof *config);
    config->refs = 1;
    config->model = model;
    status = apply(cdn, config, first_port, reterr);
    cdn_config_unref(config);
    return status;
}

bool cdn_address(const struct cdn *cdn, struct arena *arena, size_t index,
                 struct cdn_address *ret_address)
{
    const struct location *location = cdn->locations;
    for (; location != NULL && index > 0; index--) {
        location = location->next;
    }
    if (location == NULL) {
        return false;
    }
    *ret_address = (struct cdn_address){
        .name = location->number == 0
                    ? arena_copy(arena, slice_from(location->logical_id))
                    : arena_printf(arena, "%s:%zu", location->logical_id, location->number + 1),
        .pop = slice_from(location->pop),
        .latency_ms = location->latency_ms,
        .port = location->port,
        .is_only = cdn->options.edges == 1,
    };
    return true;
}
