#include "scheduler/sns/delivery_policy.h"

#include "core/json.h"
#include "core/mem.h"
#include "scheduler/sns/limits.h"

#define DEFAULT_CONTENT_TYPE "text/plain; charset=UTF-8"

static const char *const field_names[] = {
    [RETRY_MIN_DELAY] = "minDelayTarget",
    [RETRY_MAX_DELAY] = "maxDelayTarget",
    [RETRY_RETRIES] = "numRetries",
    [RETRY_MAX_DELAY_RETRIES] = "numMaxDelayRetries",
    [RETRY_NO_DELAY_RETRIES] = "numNoDelayRetries",
    [RETRY_MIN_DELAY_RETRIES] = "numMinDelayRetries",
};

static const uint32_t field_defaults[] = {
    [RETRY_MIN_DELAY] = 20,
    [RETRY_MAX_DELAY] = 20,
    [RETRY_RETRIES] = 3,
    [RETRY_MIN_DELAY_RETRIES] = 0,
};

static const char *const backoff_names[] = {
    [BACKOFF_LINEAR] = "linear",
    [BACKOFF_ARITHMETIC] = "arithmetic",
    [BACKOFF_GEOMETRIC] = "geometric",
    [BACKOFF_EXPONENTIAL] = "exponential",
};

static const char *const content_types[] = {
    DEFAULT_CONTENT_TYPE,
    "text/plain",
    "text/css",
    "text/csv",
    "text/html",
    "text/xml",
    "application/atom+xml",
    "application/json",
    "application/octet-stream",
    "application/soap+xml",
    "application/x-www-form-urlencoded",
    "application/xhtml+xml",
    "application/xml",
};

/* --- parsing --- */

static uint32_t field_of(const struct delivery_policy *policy, enum retry_field field)
{
    return policy != NULL && policy->has_field[field] ? policy->fields[field]
                                                      : field_defaults[field];
}

static enum status check_retry(const struct delivery_policy *policy, struct fault *reterr)
{
    uint64_t least = field_of(policy, RETRY_MIN_DELAY);
    uint64_t most = field_of(policy, RETRY_MAX_DELAY);
    uint64_t retries = field_of(policy, RETRY_RETRIES);
    uint64_t phases = field_of(policy, RETRY_MAX_DELAY_RETRIES);
    phases += field_of(policy, RETRY_MIN_DELAY_RETRIES);
    phases += field_of(policy, RETRY_NO_DELAY_RETRIES);
    if (least < 1 || least > most || most > SNS_RETRY_SECONDS_MAX) {
        return fault_set(reterr, STATUS_INVALID,
                         "minDelayTarget must be between 1 and maxDelayTarget, maxDelayTarget at "
                         "most %d",
                         SNS_RETRY_SECONDS_MAX);
    }
    if (retries > SNS_RETRIES_MAX) {
        return fault_set(reterr, STATUS_INVALID, "numRetries must be between 0 and %d",
                         SNS_RETRIES_MAX);
    }
    if (phases > retries) {
        return fault_set(reterr, STATUS_INVALID,
                         "numNoDelayRetries, numMinDelayRetries and numMaxDelayRetries together "
                         "must not exceed numRetries");
    }
    return STATUS_OK;
}

static enum status read_backoff(const struct json *json, struct delivery_policy *policy,
                                struct fault *reterr)
{
    struct slice name = SLICE_NULL;
    enum status status = json_read_text(json, "backoffFunction", &name, reterr);
    if (status != STATUS_OK || name.ptr == NULL) {
        return status;
    }
    for (size_t i = 0; i < COUNT_OF(backoff_names); i++) {
        if (slice_is(name, backoff_names[i])) {
            policy->has_backoff = true;
            policy->backoff = (enum retry_phase_function)i;
            return STATUS_OK;
        }
    }
    return fault_set(reterr, STATUS_INVALID,
                     "backoffFunction must be one of linear, arithmetic, geometric, exponential");
}

static enum status read_retry(const struct json *json, struct delivery_policy *policy,
                              struct fault *reterr)
{
    if (json_kind(json) == JSON_NULL) {
        return STATUS_OK;
    }
    policy->has_retry = true;
    for (size_t i = 0; i < RETRY_FIELD_COUNT; i++) {
        int64_t value = -1;
        enum status status = json_read_i64(json, field_names[i], &value, reterr);
        if (status != STATUS_OK) {
            return status;
        }
        if (json_kind(json_get(json, field_names[i])) == JSON_NULL) {
            continue;
        }
        if (value < 0 || value > UINT32_MAX) {
            return fault_set(reterr, STATUS_INVALID, "%s is out of range", field_names[i]);
        }
        policy->has_field[i] = true;
        policy->fields[i] = (uint32_t)value;
    }
    enum status status = read_backoff(json, policy, reterr);
    return status == STATUS_OK ? check_retry(policy, reterr) : status;
}

static enum status read_throttle(const struct json *json, struct delivery_policy *policy,
                                 struct fault *reterr)
{
    int64_t value = 0;
    if (json_kind(json) == JSON_NULL) {
        return STATUS_OK;
    }
    enum status status = json_read_i64(json, "maxReceivesPerSecond", &value, reterr);
    if (status == STATUS_OK && (value < 1 || value > UINT32_MAX)) {
        return fault_set(reterr, STATUS_INVALID, "maxReceivesPerSecond must be at least 1");
    }
    policy->has_throttle = true;
    policy->receives_per_second = (uint32_t)value;
    return status;
}

static enum status read_request(struct arena *arena, const struct json *json,
                                struct delivery_policy *policy, struct fault *reterr)
{
    struct slice type = SLICE_NULL;
    if (json_kind(json) == JSON_NULL) {
        return STATUS_OK;
    }
    policy->has_request = true;
    enum status status = json_read_text(json, "headerContentType", &type, reterr);
    if (status != STATUS_OK || type.ptr == NULL) {
        return status;
    }
    struct slice essence = slice_trim(slice_take(type, slice_find(type, ';')));
    for (size_t i = 0; i < COUNT_OF(content_types); i++) {
        if (slice_eq(essence, slice_from(content_types[i])) || slice_is(type, content_types[i])) {
            policy->content_type = arena_copy(arena, type);
            return STATUS_OK;
        }
    }
    return fault_set(reterr, STATUS_INVALID, "headerContentType '%.*s' is not supported",
                     SLICE_ARG(type));
}

/* Members that nobody knows would be kept and never obeyed. */
static enum status check_members(const struct json *json, const char *const *known,
                                 struct fault *reterr)
{
    for (const struct json *each = json_first(json); each != NULL; each = json_next(each)) {
        size_t i = 0;
        while (known[i] != NULL && !slice_is(json_key(each), known[i])) {
            i++;
        }
        if (known[i] == NULL) {
            return fault_set(reterr, STATUS_INVALID, "unrecognized JSON property: %.*s",
                             SLICE_ARG(json_key(each)));
        }
    }
    return STATUS_OK;
}

static enum status read_topic(struct arena *arena, const struct json *root,
                              struct delivery_policy *policy, struct fault *reterr)
{
    static const char *const outer[] = {"http", NULL};
    static const char *const inner[] = {"defaultHealthyRetryPolicy", "disableSubscriptionOverrides",
                                        "defaultThrottlePolicy",     "defaultRequestPolicy",
                                        "defaultSicklyRetryPolicy",  NULL};
    const struct json *http = json_get(root, "http");
    enum status status = check_members(root, outer, reterr);
    if (status == STATUS_OK) {
        status = check_members(http, inner, reterr);
    }
    if (status == STATUS_OK) {
        status = json_read_bool(http, "disableSubscriptionOverrides", &policy->forbids_overrides,
                                reterr);
    }
    if (status == STATUS_OK) {
        status = read_retry(json_get(http, "defaultHealthyRetryPolicy"), policy, reterr);
    }
    if (status == STATUS_OK) {
        status = read_throttle(json_get(http, "defaultThrottlePolicy"), policy, reterr);
    }
    return status == STATUS_OK
               ? read_request(arena, json_get(http, "defaultRequestPolicy"), policy, reterr)
               : status;
}

static enum status read_subscription(struct arena *arena, const struct json *root,
                                     struct delivery_policy *policy, struct fault *reterr)
{
    static const char *const known[] = {"healthyRetryPolicy", "sicklyRetryPolicy", "throttlePolicy",
                                        "requestPolicy",      "guaranteed",        NULL};
    enum status status = check_members(root, known, reterr);
    if (status == STATUS_OK) {
        status = read_retry(json_get(root, "healthyRetryPolicy"), policy, reterr);
    }
    if (status == STATUS_OK) {
        status = read_throttle(json_get(root, "throttlePolicy"), policy, reterr);
    }
    return status == STATUS_OK
               ? read_request(arena, json_get(root, "requestPolicy"), policy, reterr)
               : status;
}

enum status delivery_policy_parse(struct arena *arena, struct slice text, bool is_topic,
                                  struct delivery_policy *ret_policy, struct fault *reterr)
{
    AUTO_JSON *root = NULL;
    struct delivery_policy policy = {.content_type = SLICE_NULL};
    if (slice_trim(text).len == 0) {
        *ret_policy = policy;
        return STATUS_OK;
    }
    struct fault broken;
    if (json_parse(text, &root, &broken) != STATUS_OK || json_kind(root) != JSON_OBJECT) {
        return fault_set(reterr, STATUS_INVALID, "failed to parse JSON");
    }
    enum status status = is_topic ? read_topic(arena, root, &policy, reterr)
                                  : read_subscription(arena, root, &policy, reterr);
    if (status == STATUS_OK) {
        *ret_policy = policy;
    }
    return status;
}

/* --- what holds --- */

static const struct delivery_policy *choose_retry(const struct delivery_policy *topic,
                                                  const struct delivery_policy *subscription)
{
    bool is_overridden = subscription != NULL && subscription->has_retry;
    return is_overridden && !topic->forbids_overrides ? subscription : topic;
}

struct retry_http delivery_policy_retry(const struct delivery_policy *topic,
                                        const struct delivery_policy *subscription)
{
    const struct delivery_policy *policy = choose_retry(topic, subscription);
    return (struct retry_http){
        .min_delay_s = field_of(policy, RETRY_MIN_DELAY),
        .max_delay_s = field_of(policy, RETRY_MAX_DELAY),
        .retries = field_of(policy, RETRY_RETRIES),
        .no_delay_retries = field_of(policy, RETRY_NO_DELAY_RETRIES),
        .min_delay_retries = field_of(policy, RETRY_MIN_DELAY_RETRIES),
        .max_delay_retries = field_of(policy, RETRY_MAX_DELAY_RETRIES),
        .function = policy->has_backoff ? policy->backoff : BACKOFF_LINEAR,
    };
}

struct slice delivery_policy_content_type(const struct delivery_policy *topic,
                                          const struct delivery_policy *subscription)
{
    if (subscription != NULL && subscription->content_type.ptr != NULL &&
        !topic->forbids_overrides) {
        return subscription->content_type;
    }
    return topic->content_type.ptr != NULL ? topic->content_type : SLICE(DEFAULT_CONTENT_TYPE);
}

/* --- printing --- */

static void write_retry(struct json_writer *w, const struct delivery_policy *policy,
                        bool is_effective)
{
    json_open(w, '{');
    for (size_t i = 0; i < RETRY_FIELD_COUNT; i++) {
        if (is_effective || policy->has_field[i]) {
            json_put_i64(w, field_names[i], field_of(policy, (enum retry_field)i));
        }
    }
    if (is_effective || policy->has_backoff) {
        json_put_text(w, "backoffFunction",
                      backoff_names[policy->has_backoff ? policy->backoff : BACKOFF_LINEAR]);
    }
    json_close(w, '}');
}

static void put_throttle(struct json_writer *w, const char *key,
                         const struct delivery_policy *policy)
{
    json_key_text(w, key);
    json_open(w, '{');
    json_put_i64(w, "maxReceivesPerSecond", policy->receives_per_second);
    json_close(w, '}');
}

static void put_request(struct json_writer *w, const char *key, struct slice content_type)
{
    json_key_text(w, key);
    json_open(w, '{');
    if (content_type.ptr != NULL) {
        json_put_string(w, "headerContentType", content_type);
    }
    json_close(w, '}');
}

void delivery_policy_write_topic(struct json_writer *w, const struct delivery_policy *policy,
                                 bool is_effective)
{
    json_open(w, '{');
    json_key_text(w, "http");
    json_open(w, '{');
    if (is_effective || policy->has_retry) {
        json_key_text(w, "defaultHealthyRetryPolicy");
        write_retry(w, policy, is_effective);
    }
    json_put_bool(w, "disableSubscriptionOverrides", policy->forbids_overrides);
    if (policy->has_throttle) {
        put_throttle(w, "defaultThrottlePolicy", policy);
    }
    if (is_effective || policy->has_request) {
        struct slice type =
            is_effective ? delivery_policy_content_type(policy, NULL) : policy->content_type;
        put_request(w, "defaultRequestPolicy", type);
    }
    json_close(w, '}');
    json_close(w, '}');
}

void delivery_policy_write_subscription(struct json_writer *w, const struct delivery_policy *policy,
                                        const struct delivery_policy *topic)
{
    bool is_effective = topic != NULL;
    json_open(w, '{');
    if (is_effective || policy->has_retry) {
        json_key_text(w, "healthyRetryPolicy");
        write_retry(w, is_effective ? choose_retry(topic, policy) : policy, true);
    } else {
        json_put_null(w, "healthyRetryPolicy");
    }
    json_put_null(w, "sicklyRetryPolicy");
    if (policy->has_throttle) {
        put_throttle(w, "throttlePolicy", policy);
    } else {
        json_put_null(w, "throttlePolicy");
    }
    if (is_effective || policy->has_request) {
        struct slice type =
            is_effective ? delivery_policy_content_type(topic, policy) : policy->content_type;
        put_request(w, "requestPolicy", type);
    } else {
        json_put_null(w, "requestPolicy");
    }
    json_put_bool(w, "guaranteed", false);
    json_close(w, '}');
}
