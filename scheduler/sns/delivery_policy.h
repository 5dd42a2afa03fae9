/* Delivery policies: how HTTP(S) endpoints are retried and which Content-Type they get.
 *
 *     topic         {"http":{"defaultHealthyRetryPolicy":{...},"disableSubscriptionOverrides":false,
 *                            "defaultThrottlePolicy":{...},"defaultRequestPolicy":{...}}}
 *     subscription  {"healthyRetryPolicy":{...},"throttlePolicy":{...},"requestPolicy":{...}}
 *
 * A subscription's own parts go before the topic's, unless that forbids it; what neither has is AWS's default: three
 * retries, 20 seconds apart.
 *
 * Ownership  A policy lives in the arena it was parsed into.
 * Throttle   maxReceivesPerSecond is kept and told, not obeyed.
 * Source     SNS Developer Guide, "Creating an HTTP/S delivery policy"; forms recorded by LocalStack. */
#ifndef SLS_SCHEDULER_SNS_DELIVERY_POLICY_H
#define SLS_SCHEDULER_SNS_DELIVERY_POLICY_H

#include "core/arena.h"
#include "core/json_writer.h"
#include "scheduler/delivery/retry.h"

enum retry_field {
    RETRY_MIN_DELAY,
    RETRY_MAX_DELAY,
    RETRY_RETRIES,
    RETRY_MAX_DELAY_RETRIES,
    RETRY_NO_DELAY_RETRIES,
    RETRY_MIN_DELAY_RETRIES,
    RETRY_FIELD_COUNT
};

struct delivery_policy {
    bool has_retry;
    bool has_field[RETRY_FIELD_COUNT];
    uint32_t fields[RETRY_FIELD_COUNT];
    bool has_backoff;
    enum retry_phase_function backoff;
    bool has_throttle;
    uint32_t receives_per_second;
    struct slice content_type; /* ptr NULL: none */
    bool has_request;          /* a request policy, with a content type or without */
    bool forbids_overrides;    /* a topic's */
};

/* INVALID with the words behind "DeliveryPolicy: ". An empty text is the empty policy. */
MUST_CHECK enum status delivery_policy_parse(struct arena *arena, struct slice text, bool is_topic,
                                             struct delivery_policy *ret_policy,
                                             struct fault *reterr);

/* What holds for a subscription; `subscription` may be NULL. */
struct retry_http delivery_policy_retry(const struct delivery_policy *topic,
                                        const struct delivery_policy *subscription);
struct slice delivery_policy_content_type(const struct delivery_policy *topic,
                                          const struct delivery_policy *subscription);

/* As the service prints it: with `is_effective`, what is not given is there as well. */
void delivery_policy_write_topic(struct json_writer *w, const struct delivery_policy *policy,
                                 bool is_effective);
/* `topic` NULL: only what the subscription says itself. */
void delivery_policy_write_subscription(struct json_writer *w, const struct delivery_policy *policy,
                                        const struct delivery_policy *topic);

#endif
