/* When a delivery that failed is tried again, and when it is given up: one engine for every service.
 *
 * Source  Lambda Developer Guide, "Asynchronous invocation error handling"; EventBridge User Guide, "Retrying event
 *         delivery"; SNS Developer Guide, "Message delivery retries". */
#ifndef SLS_SCHEDULER_RETRY_H
#define SLS_SCHEDULER_RETRY_H

#include "core/slice.h"

enum retry_shape {
    RETRY_FUNCTION, /* asynchronous invocations: 1 and 2 minutes after errors; throttles 1 s doubling to 5 min */
    RETRY_EXPONENTIAL, /* EventBridge, Scheduler: doubling with jitter */
    RETRY_TOPIC, /* SNS to SQS and Lambda: 3 at once, 2 each second, 10 from 1 to 20 s, 100,000 each 20 s */
    RETRY_HTTP /* SNS to HTTP(S): the delivery policy's phases */
};

enum retry_phase_function {
    BACKOFF_LINEAR,
    BACKOFF_ARITHMETIC,
    BACKOFF_GEOMETRIC,
    BACKOFF_EXPONENTIAL
};

/* A delivery policy of SNS, with its defaults filled in. Seconds; source: "Creating an HTTP/S delivery policy". */
struct retry_http {
    uint32_t min_delay_s, max_delay_s;
    uint32_t retries, no_delay_retries, min_delay_retries, max_delay_retries;
    enum retry_phase_function function;
};

struct retry_policy {
    enum retry_shape shape;
    uint32_t max_retries;   /* beyond the first attempt */
    int64_t max_age_ms;     /* since the delivery was accepted; 0: none */
    struct retry_http http; /* RETRY_HTTP */
};

/* Why an attempt failed. */
enum retry_cause {
    RETRY_AFTER_ERROR,    /* the target took it and failed, or answered with a server error */
    RETRY_AFTER_THROTTLE, /* it was not tried: costs no attempt where the service says so */
    RETRY_NEVER           /* trying again cannot help: no such target, a client error */
};

enum retry_verdict {
    RETRY_AGAIN,     /* `*ret_at_ms` says when */
    RETRY_EXHAUSTED, /* all attempts are used up */
    RETRY_TOO_OLD,   /* the next attempt would come after the maximum age */
    RETRY_GIVEN_UP   /* RETRY_NEVER */
};

/* `attempts`: made so far, the failed one included, throttled ones not; `throttles`: of them in a row. `seed` makes
 * the jitter reproducible. */
enum retry_verdict retry_next(const struct retry_policy *policy, enum retry_cause cause,
                              uint32_t attempts, uint32_t throttles, uint64_t seed,
                              int64_t accepted_ms, int64_t now_ms, int64_t *ret_at_ms);

#endif
