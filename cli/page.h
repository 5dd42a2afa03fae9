/* What `up` shows: the banner with endpoints and routes, one line a request or invocation, the
 * functions' own output with their names, errors with a readable stack, a summary at the end.
 *
 * On a terminal with colour; plain elsewhere; one JSON object a line with PAGE_JSON. Written
 * through a buffer that page_flush() empties once per turn of the loop, so that printing never
 * slows a request.
 *
 * Slow readers  Nobody waits for them. What the reader has not taken is kept up to 2 MiB; then
 * the newest lines are dropped, and a line tells how many as soon as there is room again. A reader
 * that is gone, or a full disk, costs the lines and nothing else. */
#ifndef SLS_CLI_PAGE_H
#define SLS_CLI_PAGE_H

#include "core/buf.h"
#include "core/clock.h"
#include "gateway/gateway.h"
#include "runtime/lambda.h"
#include "templates/deployment.h"

enum page_format { PAGE_TEXT, PAGE_JSON };

struct page {
    const struct clock *clock;
    enum page_format format;
    bool has_colour;
    bool is_quiet; /* only errors and notices */
    int fd;
    bool owns_fd;
    struct buf out;
    size_t sent;      /* of out, from its front */
    uint64_t dropped; /* lines, not yet told */
    uint64_t requests, invocations, errors;
    size_t name_width;
};

struct page_address {
    struct slice name;
    struct slice url;
    const char *what; /* "HTTP API", "REST API", "WebSocket API", "function URL", "AWS API" */
    bool is_url;      /* of a function */
    bool is_distribution;
};

/* What `up` says first. */
struct banner {
    const struct deployment *deployment;
    const struct api_spec *apis;
    size_t api_count;
    const struct usage_spec *usage;
    const struct page_address *addresses;
    size_t address_count;
    const char *ca_file; /* NULL: HTTPS is not spoken */
};

void page_init(struct page *page, const struct clock *clock, enum page_format format, int fd);
/* Gives a slow reader up to a second for the last lines. */
void page_end(struct page *page);
/* Writes what the reader takes now. False: something is left, come back in a while. */
bool page_flush(struct page *page);

void page_banner(struct page *page, const struct banner *banner);
/* "ready in 8 ms; Ctrl-C ends" */
void page_ready(struct page *page, uint64_t start_us);
void page_request(struct page *page, const struct request_report *report);
/* Of invocations that came from elsewhere than an API's route. */
void page_invocation(struct page *page, const struct invocation_report *report);
void page_output(struct page *page, struct slice function, struct slice line, bool is_error);
void page_notice(struct page *page, struct slice about, struct slice text);
void page_summary(struct page *page);

#endif
