#include "cli/application_private.h"

#include "cli/api_records.h"
#include "cli/credentials.h"
#include "core/api/api.h"
#include "core/mem.h"
#include "gateway/cdn/service.h"
#include "gateway/control/limits.h"
#include "gateway/jwt/local_issuer.h"
#include "templates/document_json.h"

#define ACCOUNT_ID "000000000000"
#define DEBUG_PORT 5858
#define FLUSH_AGAIN_MS 10

/* --- the page --- */

/* The timer only ends the loop's sleep: the next turn tries again. */
static void on_flush_again(uv_timer_t *handle)
{
    (void)handle;
}

static void on_prepare(uv_prepare_t *handle)
{
    struct application *application = handle->data;
    if (!page_flush(application->page) &&
        !uv_is_active((const uv_handle_t *)&application->flush_again)) {
        uv_timer_start(&application->flush_again, on_flush_again, FLUSH_AGAIN_MS, 0);
    }
}

/* --- start --- */

static bool read_document(void *ctx, struct arena *arena, struct slice text, struct slice *ret_json)
{
    struct fault ignored; /* AWS does not say what is wrong with it either */
    (void)ctx;
    return document_json(arena, text, CONTROL_JSON_MAX, ret_json, &ignored) == STATUS_OK;
}

static enum status start_debuggers(struct application *application, struct fault *reterr)
{
    const char *const *word = application->options.debug;
    for (uint16_t next = DEBUG_PORT; word != NULL && *word != NULL; word++, next++) {
        struct slice function = slice_from(*word);
        uint64_t port = next;
        size_t equals = slice_find(function, '=');
        if (equals != SLICE_NPOS) {
            if (!slice_to_u64(slice_skip(function, equals + 1), &port) || port == 0 ||
                port > UINT16_MAX) {
                return fault_set(reterr, STATUS_INVALID, "--debug %s: not a port", *word);
            }
            function = slice_take(function, equals);
        }
        enum status status = lambda_debug(application->lambda, function, (uint16_t)port, reterr);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* APIs are reached through the edge, too. */
static bool on_edge_request(void *ctx, struct http_exchange *exchange)
{
    struct application *application = ctx;
    return application->gateway != NULL && gateway_take(application->gateway, exchange);
}

static bool on_own_path(void *ctx, struct http_exchange *exchange)
{
    struct application *application = ctx;
    return clock_page_answer(&application->clock_page, exchange) ||
           issuer_page_answer(&application->issuer_page, exchange) ||
           why_page_answer(&application->why_page, exchange) ||
           (application->scheduler != NULL && !application->is_stopping &&
            scheduler_answer_page(application->scheduler, exchange));
}

static enum status start_https(struct application *application, struct fault *reterr)
{
    struct https_options options = application->options.https;
    options.data_dir = application->options.data_dir->path;
    options.host = application->options.host;
    options.region = application->region;
    enum status status =
        https_open(&options, &application->https_arena, &application->https, reterr);
    const struct https *https = &application->https;
    application->context->ca_file =
        https->bundle_file != NULL ? https->bundle_file : https->ca_file;
    if (status == STATUS_OK && application->https.notice != NULL) {
        page_notice(application->page, SLICE("tls"), slice_from(application->https.notice));
    }
    return status;
}

static enum status start_edge(struct application *application, struct fault *reterr)
{
    const struct application_options *options = &application->options;
    struct edge_options edge_options = {
        .region = application->region,
        .account_id = ACCOUNT_ID,
        .allows_foreign_hosts = !address_is_loopback(options->host),
        .on_own_path = on_own_path,
        .tls = application->https.tls,
        .on_tls_trouble = application_on_tls_trouble,
        .ctx = application,
    };
    clock_page_init(&application->clock_page, application->context, options->data_dir);
    application->why_page.context = application->context;
    application->issuer_page =
        (struct issuer_page){application->context, options->data_dir, application->edge_url};
    application->edge = edge_create(application->context, &edge_options);
    enum status status = edge_listen(application->edge, options->host, options->edge_port,
                                     &application->edge_port, reterr);
    address_url(application->edge_url, options->host, application->edge_port);
    application->options.template_options.edge_url = application->edge_url;
    return status;
}

static enum status start_store(struct application *application, struct fault *reterr)
{
    struct store_options options = application->options.store;
    options.data_dir = application->options.data_dir->path;
    options.is_volatile = application->options.data_dir->is_temporary;
    options.account_id = ACCOUNT_ID;
    options.region = application->region;
    enum status status = store_open(application->context, &options, &application->store, reterr);
    if (status == STATUS_OK) {
        edge_register(application->edge, store_service(), application->store);
    }
    return status;
}

static void start_logs(struct application *application)
{
    const struct data_dir *dir = application->options.data_dir;
    AUTO_ARENA arena = ARENA_INIT;
    application->logs = log_store_create(application->context, data_dir_file(&arena, dir, "logs"),
                                         dir->is_temporary);
}

static void start_control(struct application *application,
                          const struct gateway_options *gateway_options)
{
    const struct control_options options = {
        .region = application->region,
        .account_id = ACCOUNT_ID,
        .edge_url = application->edge_url,
        .gateway = gateway_options,
        .records = api_records(application->store),
        .read_document = read_document,
        .on_change = application_on_api_change,
        .ctx = application,
    };
    application->control =
        control_plane_create(application->context, application->gateway, &options);
    edge_register(application->edge, &control_rest_service, application->control);
    edge_register(application->edge, &control_v2_service, application->control);
    edge_add_page(application->edge, "/_sls/apis", control_plane_answer_page, application->control);
}

static enum status start_lambda(struct application *application, struct fault *reterr)
{
    const struct application_options *options = &application->options;
    struct lambda_options lambda_options = {
        .data_dir = options->data_dir->path,
        .region = application->region,
        .account_id = ACCOUNT_ID,
        .endpoint_url = application->edge_url,
        .ca_file = application->https.ca_file,
        .ca_bundle = application->https.bundle_file,
        .observer = {application_on_report, application_on_output, application_on_notice,
                     application},
        .log_sink = log_store_sink(application->logs),
        .default_concurrency = options->concurrency,
        .has_spares = true,
        .watches = options->watches,
        .probe = application->probe,
    };
    enum status status =
        lambda_create(application->context, &lambda_options, &application->lambda, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    application->lambda_api = (struct lambda_api){.lambda = application->lambda,
                                                  .invoker = lambda_invoker(application->lambda),
                                                  .context = application->context};
    edge_register(application->edge, &lambda_service, &application->lambda_api);
    AUTO_ARENA arena = ARENA_INIT;
    application->local_key =
        mem_strdup(data_dir_file(&arena, options->data_dir, LOCAL_ISSUER_FILE));
    struct gateway_options gateway_options = {
        .host = options->host,
        .region = lambda_options.region,
        .account_id = lambda_options.account_id,
        .edge_url = application->edge_url,
        .invoker = application->lambda_api.invoker,
        .functions = lambda_directory(application->lambda),
        .on_warning = application_on_warning,
        .throttles = options->store.throttles,
        .log_sink = log_store_sink(application->logs),
        .tokens = {application->local_key, options->key_files, options->key_file_count},
        .iam = {.find = credentials_find, .is_strict = options->is_iam_strict},
        .signed_service = edge_signed_service,
        .on_request = application_on_request,
        .tls = application->https.tls,
        .on_tls_trouble = application_on_tls_trouble,
        .ctx = application,
    };
    application->gateway = gateway_create(application->context, &gateway_options);
    const struct cdn_options cdn_options = {
        .host = options->host,
        .edge_url = application->edge_url,
        .edges = options->edges,
        .tls = application->https.tls,
        .on_tls_trouble = application_on_tls_trouble,
        .on_warning = application_on_warning,
        .on_request = application_on_request,
        .ctx = application,
    };
    application->cdn = cdn_create(application->context, &cdn_options);
    edge_register(application->edge, &cloudfront_service, application->cdn);
    edge_set_taker(application->edge, on_edge_request, application);
    start_control(application, &gateway_options);
    return STATUS_OK;
}

static enum status start_scheduler(struct application *application, struct fault *reterr)
{
    const struct application_options *options = &application->options;
    struct scheduler_options scheduler_options = {
        .data_dir = options->data_dir->path,
        .region = application->region,
        .account_id = ACCOUNT_ID,
        .edge_url = application->edge_url,
        .is_volatile = options->data_dir->is_temporary,
        .catch_up = options->catch_up,
        .mirrors = options->mirrors,
        .mirror_count = options->mirror_count,
        .invoker = lambda_invoker(application->lambda),
        .functions = lambda_directory(application->lambda),
        .logs = application->logs,
        .on_notice = application_on_notice,
        .on_function_urls = application_on_function_urls,
        .ctx = application,
    };
    enum status status = scheduler_open(application->context, application->store, application->edge,
                                        &scheduler_options, &application->scheduler, reterr);
    if (status == STATUS_OK) {
        application->lambda_api.async = scheduler_async(application->scheduler);
        gateway_set_async(application->gateway, application->lambda_api.async);
    }
    return status;
}

enum status application_start(struct context *context, const struct application_options *options,
                              struct application **ret_application)
{
    struct application *application = mem_zalloc(sizeof *application);
    application->context = context;
    application->probe = lambda_probe(); /* while the template is read */
    application->options = *options;
    application->page = options->page;
    application->region =
        options->template_options.region != NULL ? options->template_options.region : "us-east-1";
    uv_prepare_init(context->loop, &application->flush);
    application->flush.data = application;
    uv_prepare_start(&application->flush, on_prepare);
    uv_unref((uv_handle_t *)&application->flush);
    uv_timer_init(context->loop, &application->flush_again);
    uv_unref((uv_handle_t *)&application->flush_again);
    application->flush_again.data = application;

    struct fault fault;
    arena_init(&application->https_arena, 256);
    arena_init(&application->told_arena, 256);
    enum status status = start_https(application, &fault);
    if (status == STATUS_OK) {
        status = start_edge(application, &fault);
    }
    bool is_told = false;
    if (status == STATUS_OK) {
        status = application_load(application, &fault);
        is_told = status != STATUS_OK;
    }
    if (status == STATUS_OK) {
        status = start_store(application, &fault);
    }
    if (status == STATUS_OK) {
        start_logs(application);
        status = start_lambda(application, &fault);
    }
    if (status == STATUS_OK) {
        status = start_scheduler(application, &fault);
    }
    if (status == STATUS_OK && options->watches) {
        application->watch =
            template_watch_create(context, application_on_template_change, application);
    }
    if (status == STATUS_OK) {
        status = application_deploy(application, &fault);
    }
    if (status == STATUS_OK) {
        status = start_debuggers(application, &fault);
    }
    if (status != STATUS_OK) {
        if (!is_told) {
            (void)page_flush(application->page);
            fprintf(stderr, "sls-local: %s\n", fault.text);
        }
        application_stop(application, 0);
        return status;
    }
    *ret_application = application;
    application_deploy_resources(application);
    return STATUS_OK;
}

/* --- stop --- */

static void on_flush_closed(uv_handle_t *handle)
{
    struct application *application = handle->data;
    (void)page_flush(application->page);
    if (application->has_env) {
        env_vars_finish(&application->env);
    }
    control_plane_destroy(application->control);
    deployment_destroy(application->deployment);
    mem_free(application->deploying.path);
    arena_finish(&application->told_arena);
    mem_free(application->local_key);
    https_close(&application->https);
    arena_finish(&application->https_arena);
    why_page_finish(&application->why_page);
    mem_free(application);
}

static void on_flush_again_closed(uv_handle_t *handle)
{
    struct application *application = handle->data;
    uv_close((uv_handle_t *)&application->flush, on_flush_closed);
}

static void on_store_closed(void *ctx)
{
    struct application *application = ctx;
    uv_prepare_stop(&application->flush);
    uv_close((uv_handle_t *)&application->flush_again, on_flush_again_closed);
}

static void on_logs_closed(void *ctx)
{
    struct application *application = ctx;
    if (application->store != NULL) {
        store_close(application->store, on_store_closed, application);
    } else {
        on_store_closed(application);
    }
}

static void on_scheduler_closed(void *ctx)
{
    struct application *application = ctx;
    if (application->logs != NULL) {
        log_store_destroy(application->logs, on_logs_closed, application);
    } else {
        on_logs_closed(application);
    }
}

/* Functions call the services and the store, and invocations of the bus end with them; those go after. */
static void on_lambda_closed(void *ctx)
{
    struct application *application = ctx;
    if (application->scheduler != NULL) {
        scheduler_close(application->scheduler, on_scheduler_closed, application);
    } else {
        on_scheduler_closed(application);
    }
}

static void on_edge_closed(void *ctx)
{
    struct application *application = ctx;
    /* Nobody can ask for an invocation any more. */
    if (application->lambda != NULL) {
        lambda_destroy(application->lambda, 0, on_lambda_closed, application);
    } else {
        on_lambda_closed(application);
    }
}

static uint32_t drain_left_ms(const struct application *application)
{
    uint64_t now_ms = uv_now(application->context->loop);
    uint64_t end_ms = application->drain_end_ms;
    return end_ms > now_ms ? (uint32_t)(end_ms - now_ms) : 0;
}

/* The edge goes after the gateway: functions that answer the last requests, and those that are told of the end of a
 * WebSocket, reach services through it. */
static void on_gateway_closed(void *ctx)
{
    struct application *application = ctx;
    application->gateway = NULL;
    if (application->edge != NULL) {
        edge_destroy(application->edge, drain_left_ms(application), on_edge_closed, application);
    } else {
        on_edge_closed(application);
    }
}

/* Distributions go first: APIs and the edge are their origins. */
static void on_cdn_closed(void *ctx)
{
    struct application *application = ctx;
    application->cdn = NULL;
    if (application->gateway != NULL) {
        gateway_destroy(application->gateway, drain_left_ms(application), on_gateway_closed,
                        application);
    } else {
        on_gateway_closed(application);
    }
}

void application_stop(struct application *application, uint32_t drain_ms)
{
    if (application->is_stopping) {
        return;
    }
    application->is_stopping = true;
    clock_page_stop(&application->clock_page);
    scheduler_stop(application->scheduler);
    control_plane_stop(application->control);
    template_watch_destroy(application->watch);
    application->watch = NULL;
    application->drain_end_ms = uv_now(application->context->loop) + drain_ms;
    if (application->cdn != NULL) {
        cdn_destroy(application->cdn, drain_ms, on_cdn_closed, application);
    } else {
        on_cdn_closed(application);
    }
}
