#include "cli/application.h"

#include "cli/address.h"
#include "cli/addresses.h"
#include "cli/api_records.h"
#include "cli/clock_page.h"
#include "cli/credentials.h"
#include "cli/deploy.h"
#include "cli/duration.h"
#include "cli/issuer_page.h"
#include "cli/project.h"
#include "cli/resources.h"
#include "cli/tables.h"
#include "cli/template_watch.h"
#include "cli/why_page.h"
#include "core/api/api.h"
#include "core/mem.h"
#include "gateway/cdn/service.h"
#include "gateway/control/limits.h"
#include "gateway/jwt/local_issuer.h"
#include "runtime/lambda_api.h"
#include "scheduler/logs/log_store.h"
#include "scheduler/metrics/lambda_metrics.h"
#include "templates/document_json.h"

#include <inttypes.h>

#define DEBUG_PORT 5858
#define DISTRIBUTION_PORTS 100 /* from the first port of the APIs on */
#define FLUSH_AGAIN_MS 10
#define RELOAD_WAIT_MS 100 /* for a reader of stderr, when a reload has something to say */

struct application {
    struct context *context;
    struct application_options options;
    struct page *page;
    char edge_url[URL_MAX];
    uint16_t edge_port;
    struct edge *edge;
    struct clock_page clock_page;
    struct issuer_page issuer_page;
    struct why_page why_page;
    struct store *store;
    struct log_store *logs;
    struct scheduler *scheduler;
    struct lambda *lambda;
    struct gateway *gateway;
    struct cdn *cdn;
    struct control_plane *control; /* its AWS APIs */
    char *local_key;               /* file of the local issuer's key */
    struct https https;
    struct arena https_arena;
    struct lambda_api lambda_api;
    struct deployment *deployment;
    struct env_vars env;
    bool has_env;
    struct template_watch *watch;
    struct {
        bool is_running;
        bool again;          /* the template changed meanwhile */
        uint64_t started_ns; /* uv_hrtime() */
        char *path;          /* of the file that changed; NULL at the start */
    } deploying;
    bool is_ready;          /* told once */
    uv_prepare_t flush;     /* writes the page out before the loop sleeps */
    uv_timer_t flush_again; /* active while the page's reader is slow */
    uint64_t drain_end_ms;  /* of uv_now() */
    bool is_stopping;
};

/* --- what the parts tell --- */

static void on_request(void *ctx, const struct request_report *report)
{
    struct application *application = ctx;
    page_request(application->page, report);
    why_page_note(&application->why_page, report);
}

/* An invocation that a route asked for ("GET /hello") is shown with its request. */
static bool is_route(struct slice source)
{
    return slice_search(source, SLICE(" /")) != SLICE_NPOS;
}

static void count_invocation(struct application *application,
                             const struct invocation_report *report)
{
    const struct invoke_result *result = report->result;
    size_t at = slice_search(report->arn, SLICE(":function:"));
    bool is_throttled = result->outcome == INVOKE_THROTTLED;
    bool is_error = result->outcome == INVOKE_FUNCTION_ERROR;
    const struct invocation_facts facts = {
        .function = report->function,
        .resource = at != SLICE_NPOS ? slice_skip(report->arn, at + strlen(":function:"))
                                     : report->function,
        .is_throttled = is_throttled,
        .is_error = is_error,
        .duration_us = result->duration_us,
        .concurrent = report->concurrent,
        .concurrent_all = report->concurrent_all,
        .concurrent_unreserved = report->concurrent_unreserved,
    };
    if (application->scheduler != NULL &&
        (is_throttled || is_error || result->outcome == INVOKE_OK)) {
        lambda_metrics_count(application->scheduler, &facts);
    }
}

static void on_report(void *ctx, const struct invocation_report *report)
{
    struct application *application = ctx;
    count_invocation(application, report);
    if (!is_route(report->source)) {
        page_invocation(application->page, report);
    }
}

static void on_output(void *ctx, struct slice function, struct slice line, bool is_error)
{
    struct application *application = ctx;
    page_output(application->page, function, line, is_error);
}

static void on_notice(void *ctx, struct slice function, struct slice text)
{
    struct application *application = ctx;
    page_notice(application->page, function, text);
}

static void on_warning(void *ctx, struct slice position, struct slice text)
{
    const struct application *application = ctx;
    project_print_warning(position, text, application->is_ready ? 0 : -1);
}

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

static void on_tls_trouble(void *ctx, enum tls_trouble trouble)
{
    struct application *application = ctx;
    AUTO_ARENA arena = ARENA_INIT;
    struct slice text = https_trouble(&application->https, trouble, &arena);
    if (text.len != 0) {
        page_notice(application->page, SLICE("tls"), text);
    }
}

/* --- deploying --- */

static struct addresses_source addresses_source_of(const struct application *application)
{
    return (struct addresses_source){
        .gateway = application->gateway,
        .cdn = application->cdn,
        .deployment = application->deployment,
        .host = application->options.host,
        .edge_url = application->edge_url,
        .ca_file = application->https.ca_file,
    };
}

static enum status load_env(struct application *application, struct fault *reterr)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct env_vars env;
    struct slice dotenv =
        arena_printf(&arena, "%.*s/.env", SLICE_ARG(application->deployment->directory));
    enum status status =
        env_vars_load(&env, application->options.env_vars, arena_cstr(&arena, dotenv), reterr);
    if (status != STATUS_OK) {
        return status;
    }
    if (application->has_env) {
        env_vars_finish(&application->env);
    }
    application->env = env;
    application->has_env = true;
    return STATUS_OK;
}

static struct deploy_target deploy_target_of(struct application *application)
{
    return (struct deploy_target){
        .lambda = application->lambda,
        .control = application->control,
        .scheduler = application->scheduler,
        .env = &application->env,
        .first_port = application->options.port,
    };
}

/* Behind the APIs, whatever a reload adds to those. */
static enum status deploy_distributions(struct application *application, struct fault *reterr)
{
    AUTO_ARENA arena = ARENA_INIT;
    uint16_t port = application->options.port;
    if (port > UINT16_MAX - DISTRIBUTION_PORTS) {
        port = 0;
    }
    size_t count;
    struct resource *resources = resources_of(&arena, application->deployment, cdn_deploys, &count);
    return cdn_deploy(application->cdn, resources, count,
                      port == 0 ? 0 : (uint16_t)(port + DISTRIBUTION_PORTS), reterr);
}

static enum status deploy(struct application *application, struct fault *reterr)
{
    enum status status = load_env(application, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    struct deploy_target target = deploy_target_of(application);
    status = deploy_apply(&target, application->deployment, reterr);
    return status == STATUS_OK ? deploy_distributions(application, reterr) : status;
}

static enum status announce(struct application *application, struct fault *reterr)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct addresses_source source = addresses_source_of(application);
    struct addresses addresses = addresses_of(&arena, &source);
    struct banner banner = {.deployment = application->deployment,
                            .addresses = addresses.items,
                            .address_count = addresses.count};
    banner.apis = gateway_apis(application->gateway, &banner.api_count);
    banner.usage = gateway_usage(application->gateway);
    banner.ca_file = application->https.ca_file;
    page_banner(application->page, &banner);
    return addresses_write(&addresses, &source, application->options.data_dir, reterr);
}

static enum status tell_addresses(struct application *application, struct fault *reterr)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct addresses_source source = addresses_source_of(application);
    struct addresses addresses = addresses_of(&arena, &source);
    return addresses_write(&addresses, &source, application->options.data_dir, reterr);
}

static bool read_document(void *ctx, struct arena *arena, struct slice text, struct slice *ret_json)
{
    struct fault ignored; /* AWS does not say what is wrong with it either */
    (void)ctx;
    return document_json(arena, text, CONTROL_JSON_MAX, ret_json, &ignored) == STATUS_OK;
}

/* API Gateway's APIs have made, changed or deleted an API. */
static void on_api_change(void *ctx)
{
    struct application *application = ctx;
    struct fault fault;
    if (application->is_ready && !application->is_stopping &&
        tell_addresses(application, &fault) != STATUS_OK) {
        page_notice(application->page, SLICE("APIs"), slice_from(fault.text));
    }
}

/* The Lambda API has made, changed or deleted a function URL. */
static void on_function_urls(void *ctx)
{
    struct application *application = ctx;
    struct fault fault;
    if (!application->is_ready || application->is_stopping) {
        return; /* the deployment to come has them, or nobody */
    }
    struct deploy_target target = deploy_target_of(application);
    enum status status = deploy_apis(&target, application->deployment, &fault);
    if (status == STATUS_OK) {
        status = tell_addresses(application, &fault);
    }
    if (status != STATUS_OK) {
        page_notice(application->page, SLICE("function URLs"), slice_from(fault.text));
    }
}

/* Loads the template into application->deployment; what it has to say goes to stderr. */
static enum status load(struct application *application, struct fault *reterr)
{
    struct deployment *deployment = NULL;
    enum status status = template_load(&application->options.template_options, &deployment, reterr);
    (void)page_flush(application->page);
    if (deployment != NULL) {
        bool is_reload = application->deployment != NULL; /* requests are waiting */
        project_print_diagnostics(deployment, SEVERITY_NOTICE, is_reload ? RELOAD_WAIT_MS : -1);
    }
    if (status != STATUS_OK) {
        if (deployment == NULL || deployment->diagnostic_count == 0) {
            fprintf(stderr, "sls-local: %s\n", reterr->text);
        }
        deployment_destroy(deployment);
        return status;
    }
    deployment_destroy(application->deployment);
    application->deployment = deployment;
    return STATUS_OK;
}

static void watch_template(struct application *application)
{
    if (application->watch != NULL) {
        template_watch_set(application->watch, &application->deployment->files,
                           application->options.env_vars);
    }
}

static void tell_turned_clock(struct application *application)
{
    AUTO_ARENA arena = ARENA_INIT;
    char ahead[DURATION_TEXT_MAX];
    int64_t ahead_ms = clock_ahead_ms(application->context->clock);
    if (ahead_ms > 0) {
        page_notice(application->page, SLICE("clock"),
                    arena_printf(&arena, "%s ahead of the machine, as it was turned before",
                                 duration_text(ahead, ahead_ms)));
    }
}

static void tell_ready(struct application *application)
{
    tell_turned_clock(application);
    scheduler_start(application->scheduler);
    page_ready(application->page, (uv_hrtime() - application->options.started_ns) / 1000);
    (void)page_flush(application->page);
    application->is_ready = true;
    mem_settle();
}

static void tell_redeployed(struct application *application, enum status status,
                            const struct fault *fault)
{
    AUTO_ARENA arena = ARENA_INIT;
    uint64_t now = uv_hrtime();
    double ms = (double)(now - application->deploying.started_ns) / 1e6;
    page_notice(application->page, slice_from(application->deploying.path),
                status == STATUS_OK ? arena_printf(&arena, "deployed again in %.1f ms", ms)
                                    : slice_from(fault->text));
}

static void redeploy(struct application *application);

/* Everything the template describes is there, or not: the end of every deployment. */
static void on_deployed(void *ctx, enum status status, const struct fault *fault)
{
    struct application *application = ctx;
    struct fault own = *fault;
    application->deploying.is_running = false;
    if (application->is_stopping) {
        return;
    }
    if (status == STATUS_OK) {
        status = announce(application, &own);
    }
    watch_template(application); /* before "ready": who reads it may edit at once */
    if (application->is_ready) {
        tell_redeployed(application, status, &own);
    } else if (status == STATUS_OK) {
        tell_ready(application);
    } else {
        (void)page_flush(application->page);
        fprintf(stderr, "sls-local: %s\n", own.text);
        application->options.on_end(application->options.ctx);
        application_stop(application, 0);
        return;
    }
    if (application->deploying.again) {
        application->deploying.again = false;
        redeploy(application);
    }
}

static void on_tables_deployed(void *ctx, enum status status, const struct fault *fault)
{
    struct application *application = ctx;
    if (status != STATUS_OK || application->is_stopping) {
        on_deployed(application, status, fault);
        return;
    }
    AUTO_ARENA arena = ARENA_INIT;
    size_t count;
    struct resource *resources =
        resources_of(&arena, application->deployment, scheduler_deploys, &count);
    scheduler_deploy(application->scheduler, resources, count, on_deployed, application);
}

static void deploy_resources(struct application *application)
{
    application->deploying.is_running = true;
    if (!tables_deploy(application->store, application->deployment, on_tables_deployed,
                       application)) {
        struct fault none = {.status = STATUS_OK};
        on_tables_deployed(application, STATUS_OK, &none);
    }
}

static void redeploy(struct application *application)
{
    struct fault fault;
    application->deploying.started_ns = uv_hrtime();
    if (load(application, &fault) != STATUS_OK) {
        page_notice(application->page, slice_from(application->deploying.path),
                    SLICE("does not load; the application goes on as it was"));
        return;
    }
    if (deploy(application, &fault) != STATUS_OK) {
        tell_redeployed(application, fault.status, &fault);
        watch_template(application);
        return;
    }
    deploy_resources(application);
}

static void on_template_change(void *ctx, struct slice path)
{
    struct application *application = ctx;
    AUTO_ARENA arena = ARENA_INIT;
    mem_free(application->deploying.path);
    application->deploying.path = mem_strdup(arena_cstr(&arena, path));
    if (application->deploying.is_running) {
        application->deploying.again = true;
    } else {
        redeploy(application);
    }
}

/* --- start and stop --- */

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
    const char *region = application->options.template_options.region;
    struct https_options options = application->options.https;
    options.data_dir = application->options.data_dir->path;
    options.host = application->options.host;
    options.region = region != NULL ? region : "us-east-1";
    enum status status =
        https_open(&options, &application->https_arena, &application->https, reterr);
    if (status == STATUS_OK && application->https.notice != NULL) {
        page_notice(application->page, SLICE("tls"), slice_from(application->https.notice));
    }
    return status;
}

static enum status start_edge(struct application *application, struct fault *reterr)
{
    const struct application_options *options = &application->options;
    const char *region = options->template_options.region;
    struct edge_options edge_options = {
        .region = region != NULL ? region : "us-east-1",
        .account_id = "000000000000",
        .allows_foreign_hosts = !address_is_loopback(options->host),
        .on_own_path = on_own_path,
        .tls = application->https.tls,
        .on_tls_trouble = on_tls_trouble,
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
    const char *region = application->options.template_options.region;
    options.data_dir = application->options.data_dir->path;
    options.is_volatile = application->options.data_dir->is_temporary;
    options.account_id = "000000000000";
    options.region = region != NULL ? region : "us-east-1";
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
    const char *region = application->options.template_options.region;
    const struct control_options options = {
        .region = region != NULL ? region : "us-east-1",
        .account_id = "000000000000",
        .edge_url = application->edge_url,
        .gateway = gateway_options,
        .records = api_records(application->store),
        .read_document = read_document,
        .on_change = on_api_change,
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
    const char *region = options->template_options.region;
    struct lambda_options lambda_options = {
        .data_dir = options->data_dir->path,
        .region = region != NULL ? region : "us-east-1",
        .account_id = "000000000000",
        .endpoint_url = application->edge_url,
        .ca_file = application->https.ca_file,
        .ca_bundle = application->https.bundle_file,
        .observer = {on_report, on_output, on_notice, application},
        .log_sink = log_store_sink(application->logs),
        .default_concurrency = options->concurrency,
        .has_spares = true,
        .watches = options->watches,
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
        .on_warning = on_warning,
        .throttles = options->store.throttles,
        .log_sink = log_store_sink(application->logs),
        .tokens = {application->local_key, options->key_files, options->key_file_count},
        .iam = {.find = credentials_find, .is_strict = options->is_iam_strict},
        .signed_service = edge_signed_service,
        .on_request = on_request,
        .tls = application->https.tls,
        .on_tls_trouble = on_tls_trouble,
        .ctx = application,
    };
    application->gateway = gateway_create(application->context, &gateway_options);
    const struct cdn_options cdn_options = {
        .host = options->host,
        .edge_url = application->edge_url,
        .edges = options->edges,
        .tls = application->https.tls,
        .on_tls_trouble = on_tls_trouble,
        .on_warning = on_warning,
        .on_request = on_request,
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
    const char *region = options->template_options.region;
    struct scheduler_options scheduler_options = {
        .data_dir = options->data_dir->path,
        .region = region != NULL ? region : "us-east-1",
        .account_id = "000000000000",
        .edge_url = application->edge_url,
        .is_volatile = options->data_dir->is_temporary,
        .catch_up = options->catch_up,
        .mirrors = options->mirrors,
        .mirror_count = options->mirror_count,
        .invoker = lambda_invoker(application->lambda),
        .functions = lambda_directory(application->lambda),
        .logs = application->logs,
        .on_notice = on_notice,
        .on_function_urls = on_function_urls,
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
    application->options = *options;
    application->page = options->page;
    uv_prepare_init(context->loop, &application->flush);
    application->flush.data = application;
    uv_prepare_start(&application->flush, on_prepare);
    uv_unref((uv_handle_t *)&application->flush);
    uv_timer_init(context->loop, &application->flush_again);
    uv_unref((uv_handle_t *)&application->flush_again);
    application->flush_again.data = application;

    struct fault fault;
    arena_init(&application->https_arena, 256);
    enum status status = start_https(application, &fault);
    if (status == STATUS_OK) {
        status = start_edge(application, &fault);
    }
    bool is_told = false;
    if (status == STATUS_OK) {
        status = load(application, &fault);
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
        application->watch = template_watch_create(context, on_template_change, application);
    }
    if (status == STATUS_OK) {
        status = deploy(application, &fault);
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
    deploy_resources(application);
    return STATUS_OK;
}

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
