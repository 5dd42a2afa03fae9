/* /_sls/why: what decided that a request was not let through.
 *
 *     GET /_sls/why                -> the newest refusals, newest first
 *     GET /_sls/why/<request-id>   -> {"requestId":..., "status":403, "chain":["route GET /a", "authorizer Gate: ..."], ...}
 *
 * The id is the one that the answer carried (x-amzn-RequestId, Apigw-Requestid). Only what a gateway answered itself is kept;
 * a function's own answers have their log.
 *
 * Limits  WHY_KEPT refusals; an older one is forgotten: 404. */
#ifndef SLS_CLI_WHY_PAGE_H
#define SLS_CLI_WHY_PAGE_H

#include "core/context.h"
#include "core/http/server.h"
#include "gateway/gateway.h"

#define WHY_KEPT 256

struct why_page {
    struct context *context;
    char *texts[WHY_KEPT]; /* JSON objects; a ring */
    uint64_t count;        /* ever kept */
};

/* Keeps it when the gateway said why. */
void why_page_note(struct why_page *page, const struct request_report *report);
/* True when the request was this page's: it is answered. */
bool why_page_answer(struct why_page *page, struct http_exchange *exchange);
void why_page_finish(struct why_page *page);

#endif
