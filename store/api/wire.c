#include "store/api/wire.h"

#include "core/api/sigv4.h"
#include "core/encode.h"
#include "core/json_scan.h"
#include "store/api/operation.h"

#define ERROR_LEN_MAX (64U * 1024)

static void reply_problem(struct api_call *call, const struct problem *problem)
{
    AUTO_BUF body = BUF_INIT(ERROR_LEN_MAX);
    struct json_writer w = json_writer_init(&body);
    problem_print(&w, problem);
    api_reply_json(call, problem_wire(problem->kind)->http_status, buf_slice(&body));
}

/* --- what is no API request --- */

static void reply_no_api(struct api_call *call)
{
    api_reply_raw(call, 404, (struct http_headers){NULL, 0},
                  SLICE("<UnknownOperationException/>\n"));
}

/* What load balancers and compose files look at. */
static void reply_healthy(struct api_call *call)
{
    struct http_header type = {SLICE("Content-Type"), SLICE("text/plain")};
    struct slice text =
        arena_printf(api_arena(call), "healthy: dynamodb.%s.amazonaws.com ", api_region(call));
    api_reply_raw(call, 200, (struct http_headers){&type, 1}, text);
}

/* The reply has the type of the request, or plain JSON when that has none. False when the type is
 * neither of the two that are spoken. */
static bool choose_type(struct api_call *call)
{
    static const struct slice spoken[] = {SLICE_INIT("application/json"),
                                          SLICE_INIT("application/x-amz-json-1.0")};
    struct slice type = mime_essence(api_header(call, "content-type"));
    bool is_needed = api_body(call).len != 0;
    api_set_json_type(call, spoken[0]);
    for (size_t i = 0; i < sizeof(spoken) / sizeof(spoken[0]); i++) {
        if (slice_ieq(type, spoken[i])) {
            api_set_json_type(call, spoken[i]);
            return true;
        }
    }
    return !is_needed;
}

/* --- authorization --- */

static const struct problem *incomplete(struct api_call *call, struct slice words)
{
    return words.ptr == NULL ? NULL
                             : problem_make(api_arena(call), PROBLEM_INCOMPLETE_SIGNATURE, "%.*s",
                                            SLICE_ARG(words));
}

static const struct problem *check_authorization(struct api_call *call)
{
    struct slice header = api_header(call, "authorization");
    bool is_presigned = api_query_param(call, "X-Amz-Algorithm").ptr != NULL;
    if (is_presigned && header.len != 0) {
        return problem_make(api_arena(call), PROBLEM_INVALID_SIGNATURE, "%.*s",
                            SLICE_ARG(sigv4_both));
    }
    if (is_presigned) {
        return incomplete(call, sigv4_query_lacks(api_arena(call), api_query_params(call)));
    }
    if (!slice_starts_with(header, SLICE("AWS4-"))) {
        return problem_make(api_arena(call), PROBLEM_MISSING_AUTHENTICATION,
                            "Request is missing Authentication Token");
    }
    return incomplete(call, sigv4_header_lacks(api_arena(call), api_headers(call)));
}

bool wire_check(struct api_call *call, void *service_ctx)
{
    (void)service_ctx;
    struct slice method = api_method(call);
    if (slice_is(method, "GET") && slice_is(api_path(call), "/")) {
        reply_healthy(call);
        return true;
    }
    if (!slice_is(method, "POST") || !choose_type(call)) {
        reply_no_api(call);
        return true;
    }
    const struct problem *problem = api_operation(call) != NULL
                                        ? check_authorization(call)
                                        : problem_bare(PROBLEM_UNKNOWN_OPERATION);
    if (problem == NULL) {
        return false;
    }
    if (api_body(call).len != 0 && !json_validate(api_body(call), NULL)) {
        problem = problem_bare(PROBLEM_SERIALIZATION);
    }
    reply_problem(call, problem);
    return true;
}

bool wire_error(struct api_call *call, int http_status, const char *code, struct slice message)
{
    struct problem problem = {.kind = PROBLEM_VALIDATION, .text = message};
    if (http_status == 413) {
        api_reply_raw(call, 413, (struct http_headers){NULL, 0}, SLICE(""));
        return true;
    }
    if (slice_is(slice_from(code), "UnknownOperationException")) {
        problem.kind = PROBLEM_UNKNOWN_OPERATION;
    } else if (slice_is(slice_from(code), "SerializationException") || http_status == 415 ||
               http_status >= 500) {
        problem.kind = PROBLEM_INTERNAL; /* a body that cannot be decoded is one, on this service */
    }
    reply_problem(call, &problem);
    return true;
}
