/* What the parts of the application tell. */
#include "cli/application_private.h"
#include "cli/project.h"
#include "scheduler/metrics/lambda_metrics.h"

void application_on_request(void *ctx, const struct request_report *report)
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

void application_on_report(void *ctx, const struct invocation_report *report)
{
    struct application *application = ctx;
    count_invocation(application, report);
    if (!is_route(report->source)) {
        page_invocation(application->page, report);
    }
}

void application_on_output(void *ctx, struct slice function, struct slice line, bool is_error)
{
    struct application *application = ctx;
    page_output(application->page, function, line, is_error);
}

void application_on_notice(void *ctx, struct slice function, struct slice text)
{
    struct application *application = ctx;
    page_notice(application->page, function, text);
}

void application_on_warning(void *ctx, struct slice position, struct slice text)
{
    const struct application *application = ctx;
    project_print_warning(position, text, application->is_ready ? 0 : -1);
}

void application_on_tls_trouble(void *ctx, enum tls_trouble trouble)
{
    struct application *application = ctx;
    AUTO_ARENA arena = ARENA_INIT;
    struct slice text = https_trouble(&application->https, trouble, &arena);
    if (text.len != 0) {
        page_notice(application->page, SLICE("tls"), text);
    }
}
