/* Between the files of the application. Functions with `ctx` take the application as it. */
#ifndef SLS_CLI_APPLICATION_PRIVATE_H
#define SLS_CLI_APPLICATION_PRIVATE_H

#include "cli/address.h"
#include "cli/addresses.h"
#include "cli/application.h"
#include "cli/clock_page.h"
#include "cli/env_vars.h"
#include "cli/issuer_page.h"
#include "cli/template_watch.h"
#include "cli/why_page.h"
#include "gateway/control/control.h"
#include "runtime/lambda_api.h"
#include "scheduler/logs/log_store.h"

struct application {
    struct context *context;
    struct application_options options;
    struct page *page;
    const char *region; /* static, or the options' */
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
    int probe; /* lambda_probe()'s */
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
    struct arena told_arena;
    struct addresses told; /* on the page; their names alone */
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

/* application_report.c: what the parts tell goes to the page */
void application_on_request(void *ctx, const struct request_report *report);
void application_on_report(void *ctx, const struct invocation_report *report);
void application_on_output(void *ctx, struct slice function, struct slice line, bool is_error);
void application_on_notice(void *ctx, struct slice function, struct slice text);
void application_on_warning(void *ctx, struct slice position, struct slice text);
void application_on_tls_trouble(void *ctx, enum tls_trouble trouble);

/* application_deploy.c */
/* Loads the template into application->deployment; what it has to say goes to stderr. */
MUST_CHECK enum status application_load(struct application *application, struct fault *reterr);
/* Functions, APIs and distributions; at once. */
MUST_CHECK enum status application_deploy(struct application *application, struct fault *reterr);
/* Then tables and event sources; told when they are there. */
void application_deploy_resources(struct application *application);
void application_on_template_change(void *ctx, struct slice path);
/* API Gateway's APIs have made, changed or deleted an API. */
void application_on_api_change(void *ctx);
/* The Lambda API has made, changed or deleted a function URL. */
void application_on_function_urls(void *ctx);

#endif
