/* The template as it becomes the application, at the start and whenever it changes. */
#include "cli/application_private.h"
#include "cli/deploy.h"
#include "cli/duration.h"
#include "cli/project.h"
#include "cli/resources.h"
#include "cli/tables.h"
#include "core/mem.h"

#include <inttypes.h>

#define DISTRIBUTION_PORTS 100 /* from the first port of the APIs on */
#define RELOAD_WAIT_MS 100     /* for a reader of stderr, when a reload has something to say */

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

enum status application_deploy(struct application *application, struct fault *reterr)
{
    enum status status = load_env(application, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    struct deploy_target target = deploy_target_of(application);
    status = deploy_apply(&target, application->deployment, reterr);
    return status == STATUS_OK ? deploy_distributions(application, reterr) : status;
}

/* Writes endpoints.json, and keeps what was told. */
static enum status keep_addresses(struct application *application,
                                  const struct addresses *addresses, struct fault *reterr)
{
    struct addresses_source source = addresses_source_of(application);
    struct arena arena = ARENA_INIT;
    struct addresses told = {arena_array(&arena, addresses->count, sizeof *told.items),
                             addresses->count};
    for (size_t i = 0; i < told.count; i++) {
        told.items[i].name = arena_copy(&arena, addresses->items[i].name);
    }
    arena_finish(&application->told_arena);
    application->told_arena = arena;
    application->told = told;
    return addresses_write(addresses, &source, application->options.data_dir, reterr);
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
    return keep_addresses(application, &addresses, reterr);
}

static bool is_told(const struct application *application, struct slice name)
{
    for (size_t i = 0; i < application->told.count; i++) {
        if (slice_eq(application->told.items[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* What requests have made stands on the page when it is there. */
static enum status tell_addresses(struct application *application, struct fault *reterr)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct addresses_source source = addresses_source_of(application);
    struct addresses addresses = addresses_of(&arena, &source);
    for (size_t i = 0; i < addresses.count; i++) {
        const struct page_address *address = &addresses.items[i];
        if (!is_told(application, address->name)) {
            page_notice(application->page, address->name,
                        arena_printf(&arena, "%s at %.*s", address->what, SLICE_ARG(address->url)));
        }
    }
    return keep_addresses(application, &addresses, reterr);
}

/* API Gateway's APIs have made, changed or deleted an API. */
void application_on_api_change(void *ctx)
{
    struct application *application = ctx;
    struct fault fault;
    if (application->is_ready && !application->is_stopping &&
        tell_addresses(application, &fault) != STATUS_OK) {
        page_notice(application->page, SLICE("APIs"), slice_from(fault.text));
    }
}

/* The Lambda API has made, changed or deleted a function URL. */
void application_on_function_urls(void *ctx)
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
enum status application_load(struct application *application, struct fault *reterr)
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

void application_deploy_resources(struct application *application)
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
    if (application_load(application, &fault) != STATUS_OK) {
        page_notice(application->page, slice_from(application->deploying.path),
                    SLICE("does not load; the application goes on as it was"));
        return;
    }
    if (application_deploy(application, &fault) != STATUS_OK) {
        tell_redeployed(application, fault.status, &fault);
        watch_template(application);
        return;
    }
    application_deploy_resources(application);
}

void application_on_template_change(void *ctx, struct slice path)
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
