/* The printed forms are those that LocalStack recorded from AWS (test_topic_delivery_policy_crud,
 * test_subscribe_external_http_endpoint_content_type). */
#include "core/mem.h"
#include "scheduler/sns/delivery_policy.h"

#include <criterion/criterion.h>

static struct delivery_policy parse(struct arena *arena, const char *text, bool is_topic)
{
    struct delivery_policy policy;
    struct fault fault = {.text = ""};
    cr_assert_eq(delivery_policy_parse(arena, slice_from(text), is_topic, &policy, &fault),
                 STATUS_OK, "%s: %s", text, fault.text);
    return policy;
}

#define DEFAULTS                                                                                   \
    "{\"minDelayTarget\":20,\"maxDelayTarget\":20,\"numRetries\":3,\"numMaxDelayRetries\":0,"      \
    "\"numNoDelayRetries\":0,\"numMinDelayRetries\":0,\"backoffFunction\":\"linear\"}"

Test(delivery_policy, of_a_topic_prints_what_was_given_and_what_holds)
{
    static const struct {
        const char *text, *given, *effective;
    } rows[] = {
        {"", "{\"http\":{\"disableSubscriptionOverrides\":false}}",
         "{\"http\":{\"defaultHealthyRetryPolicy\":" DEFAULTS
         ",\"disableSubscriptionOverrides\":false,\"defaultRequestPolicy\":"
         "{\"headerContentType\":\"text/plain; charset=UTF-8\"}}}"},
        {"{\"http\":{\"defaultRequestPolicy\":{\"headerContentType\":\"application/json\"}}}",
         "{\"http\":{\"disableSubscriptionOverrides\":false,\"defaultRequestPolicy\":"
         "{\"headerContentType\":\"application/json\"}}}",
         "{\"http\":{\"defaultHealthyRetryPolicy\":" DEFAULTS
         ",\"disableSubscriptionOverrides\":false,\"defaultRequestPolicy\":"
         "{\"headerContentType\":\"application/json\"}}}"},
        {"{\"http\":{\"defaultHealthyRetryPolicy\":{\"minDelayTarget\":5,\"maxDelayTarget\":6,"
         "\"numRetries\":1}}}",
         "{\"http\":{\"defaultHealthyRetryPolicy\":{\"minDelayTarget\":5,\"maxDelayTarget\":6,"
         "\"numRetries\":1},\"disableSubscriptionOverrides\":false}}",
         "{\"http\":{\"defaultHealthyRetryPolicy\":{\"minDelayTarget\":5,\"maxDelayTarget\":6,"
         "\"numRetries\":1,\"numMaxDelayRetries\":0,\"numNoDelayRetries\":0,"
         "\"numMinDelayRetries\":0,\"backoffFunction\":\"linear\"},"
         "\"disableSubscriptionOverrides\":false,\"defaultRequestPolicy\":"
         "{\"headerContentType\":\"text/plain; charset=UTF-8\"}}}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        AUTO_BUF json = BUF_INIT(4096);
        struct delivery_policy policy = parse(&arena, rows[i].text, true);
        struct json_writer w = json_writer_init(&json);
        delivery_policy_write_topic(&w, &policy, false);
        cr_expect_str_eq(buf_cstr(&json), rows[i].given, "case %zu", i);
        buf_clear(&json);
        w = json_writer_init(&json);
        delivery_policy_write_topic(&w, &policy, true);
        cr_expect_str_eq(buf_cstr(&json), rows[i].effective, "case %zu", i);
    }
}

Test(delivery_policy, of_a_subscription_prints_null_for_what_it_leaves_to_the_topic)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF json = BUF_INIT(4096);
    struct delivery_policy topic = parse(&arena, "", true);
    struct delivery_policy policy =
        parse(&arena, "{\"requestPolicy\":{\"headerContentType\":\"text/csv\"}}", false);
    struct json_writer w = json_writer_init(&json);
    delivery_policy_write_subscription(&w, &policy, NULL);
    cr_expect_str_eq(buf_cstr(&json),
                     "{\"healthyRetryPolicy\":null,\"sicklyRetryPolicy\":null,\"throttlePolicy\":"
                     "null,\"requestPolicy\":{\"headerContentType\":\"text/csv\"},\"guaranteed\":"
                     "false}");
    buf_clear(&json);
    w = json_writer_init(&json);
    delivery_policy_write_subscription(&w, &policy, &topic);
    cr_expect_str_eq(buf_cstr(&json),
                     "{\"healthyRetryPolicy\":" DEFAULTS
                     ",\"sicklyRetryPolicy\":null,\"throttlePolicy\":null,\"requestPolicy\":"
                     "{\"headerContentType\":\"text/csv\"},\"guaranteed\":false}");
}

Test(delivery_policy, lets_subscriptions_override_unless_the_topic_forbids_it)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct delivery_policy own = parse(
        &arena,
        "{\"healthyRetryPolicy\":{\"minDelayTarget\":1,\"maxDelayTarget\":9,\"numRetries\":12,"
        "\"numNoDelayRetries\":1,\"numMinDelayRetries\":2,\"numMaxDelayRetries\":3,"
        "\"backoffFunction\":\"geometric\"},\"requestPolicy\":{\"headerContentType\":"
        "\"text/csv\"}}",
        false);
    struct delivery_policy open = parse(&arena, "", true);
    struct delivery_policy closed =
        parse(&arena, "{\"http\":{\"disableSubscriptionOverrides\":true}}", true);
    struct retry_http retry = delivery_policy_retry(&open, &own);
    cr_expect_eq(retry.retries, 12);
    cr_expect_eq(retry.min_delay_s, 1);
    cr_expect_eq(retry.max_delay_s, 9);
    cr_expect_eq(retry.no_delay_retries, 1);
    cr_expect_eq(retry.min_delay_retries, 2);
    cr_expect_eq(retry.max_delay_retries, 3);
    cr_expect_eq(retry.function, BACKOFF_GEOMETRIC);
    cr_expect_eq(delivery_policy_retry(&closed, &own).retries, 3);
    cr_expect(slice_is(delivery_policy_content_type(&open, &own), "text/csv"));
    cr_expect(slice_is(delivery_policy_content_type(&closed, &own), "text/plain; charset=UTF-8"));
    cr_expect_eq(delivery_policy_retry(&open, NULL).min_delay_s, 20);
}

Test(delivery_policy, refuses_what_could_not_be_obeyed)
{
    static const struct {
        const char *text;
        bool is_topic;
        const char *words;
    } rows[] = {
        {"{", true, "failed to parse JSON"},
        {"[]", true, "failed to parse JSON"},
        {"{\"https\":{}}", true, "unrecognized JSON property: https"},
        {"{\"http\":{\"retries\":1}}", true, "unrecognized JSON property: retries"},
        {"{\"http\":{}}", false, "unrecognized JSON property: http"},
        {"{\"healthyRetryPolicy\":{\"numRetries\":101}}", false,
         "numRetries must be between 0 and 100"},
        {"{\"healthyRetryPolicy\":{\"numRetries\":-1}}", false, "numRetries is out of range"},
        {"{\"healthyRetryPolicy\":{\"numRetries\":1,\"numNoDelayRetries\":2}}", false,
         "numNoDelayRetries, numMinDelayRetries and numMaxDelayRetries together must not exceed "
         "numRetries"},
        {"{\"healthyRetryPolicy\":{\"minDelayTarget\":21}}", false,
         "minDelayTarget must be between 1 and maxDelayTarget, maxDelayTarget at most 3600"},
        {"{\"healthyRetryPolicy\":{\"backoffFunction\":\"cubic\"}}", false,
         "backoffFunction must be one of linear, arithmetic, geometric, exponential"},
        {"{\"throttlePolicy\":{\"maxReceivesPerSecond\":0}}", false,
         "maxReceivesPerSecond must be at least 1"},
        {"{\"requestPolicy\":{\"headerContentType\":\"a/b\"}}", false,
         "headerContentType 'a/b' is not supported"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct delivery_policy policy;
        struct fault fault = {.text = ""};
        cr_expect_eq(delivery_policy_parse(&arena, slice_from(rows[i].text), rows[i].is_topic,
                                           &policy, &fault),
                     STATUS_INVALID, "case %zu", i);
        cr_expect_str_eq(fault.text, rows[i].words, "case %zu", i);
    }
}
