/* HTTP endpoints: a server on the same loop notes what it is sent. */
#include "fixture.h"

#include "core/http/server.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>

#define ORDERS TOPIC_OF("orders")
#define REQUESTS_MAX 64

struct endpoint {
    struct bus bus;
    struct http_server *server;
    char url[64];
    struct arena arena; /* of what came */
    struct {
        struct slice body;
        struct http_headers headers;
    } requests[REQUESTS_MAX];
    size_t count;
    size_t failures_left; /* how often it still answers 500 */
    bool is_closed;
};

static void on_body(void *ctx, struct http_exchange *exchange, enum status status,
                    struct slice body)
{
    struct endpoint *endpoint = ctx;
    cr_assert_eq(status, STATUS_OK);
    cr_assert_lt(endpoint->count, REQUESTS_MAX);
    endpoint->requests[endpoint->count++].body = arena_copy(&endpoint->arena, body);
    bool fails = endpoint->failures_left > 0;
    endpoint->failures_left -= fails;
    http_respond(exchange, fails ? 500 : 200, (struct http_headers){NULL, 0}, SLICE(""));
}

static void on_request(void *ctx, struct http_exchange *exchange)
{
    struct endpoint *endpoint = ctx;
    struct http_headers from = http_request(exchange)->headers;
    struct http_header *to = arena_array(&endpoint->arena, from.count, sizeof *to);
    for (size_t i = 0; i < from.count; i++) {
        to[i].name = arena_copy(&endpoint->arena, from.items[i].name);
        to[i].value = arena_copy(&endpoint->arena, from.items[i].value);
    }
    endpoint->requests[endpoint->count].headers = (struct http_headers){to, from.count};
    http_read_all(exchange, on_body, endpoint);
}

static void endpoint_open(struct endpoint *endpoint)
{
    struct fault fault;
    uint16_t port;
    *endpoint = (struct endpoint){.count = 0};
    arena_init(&endpoint->arena, 65536);
    sns_open(&endpoint->bus);
    make_topic(&endpoint->bus, "orders");
    const struct http_server_options options = {.on_request = on_request, .ctx = endpoint};
    endpoint->server = http_server_create(&endpoint->bus.context, &options);
    cr_assert_eq(http_server_listen(endpoint->server, "127.0.0.1", 0, &port, &fault), STATUS_OK);
    (void)snprintf(endpoint->url, sizeof endpoint->url, "http://127.0.0.1:%u/hook", port);
}

static void endpoint_close(struct endpoint *endpoint)
{
    http_server_destroy(endpoint->server, 0, NULL, NULL);
    sns_close(&endpoint->bus);
    arena_finish(&endpoint->arena);
}

/* Subscribes the endpoint; what it is asked is its request 0. */
static void subscribe(struct endpoint *endpoint, const char *attributes)
{
    char body[1024];
    (void)snprintf(body, sizeof body,
                   "{'TopicArn':'" ORDERS "','Protocol':'http','Endpoint':'%s','Attributes':{%s}}",
                   endpoint->url, attributes);
    bus_ok(&endpoint->bus, "sns", "Subscribe", body);
    rest(&endpoint->bus);
}

/* Confirms with the token of a request. */
static void confirm(struct endpoint *endpoint, size_t at)
{
    char body[1024];
    (void)snprintf(body, sizeof body, "{'TopicArn':'" ORDERS "','Token':%.*s}",
                   SLICE_ARG(json_at(endpoint->requests[at].body, "Token")));
    bus_ok(&endpoint->bus, "sns", "ConfirmSubscription", body);
}

static void expect_header(struct endpoint *endpoint, size_t at, const char *name, const char *value)
{
    struct slice got = http_header_get(endpoint->requests[at].headers, name);
    cr_expect(value == NULL ? got.ptr == NULL : slice_is(got, value), "%s: %.*s", name,
              SLICE_ARG(got));
}

Test(http_endpoints, are_asked_for_their_consent)
{
    struct endpoint endpoint;
    endpoint_open(&endpoint);
    struct bus *bus = &endpoint.bus;
    subscribe(&endpoint, "");
    cr_expect(bus_is(bus, "SubscriptionArn", "'pending confirmation'"));
    cr_assert_eq(endpoint.count, 1);
    struct slice asked = endpoint.requests[0].body;
    cr_expect(json_is(asked, "Type", "'SubscriptionConfirmation'"));
    cr_expect(json_is(asked, "Message",
                      "'You have chosen to subscribe to the topic " ORDERS
                      ".\\nTo confirm the subscription, visit the SubscribeURL included in this "
                      "message.'"));
    cr_expect(json_is(asked, "TopicArn", "'" ORDERS "'"));
    cr_expect_eq(json_at(asked, "Token").len, 288 + 2);
    cr_expect_neq(json_at(asked, "Signature").len, 0);
    expect_header(&endpoint, 0, "Content-Type", "text/plain; charset=UTF-8");
    expect_header(&endpoint, 0, "User-Agent", "Amazon Simple Notification Service Agent");
    expect_header(&endpoint, 0, "x-amz-sns-message-type", "SubscriptionConfirmation");
    expect_header(&endpoint, 0, "x-amz-sns-topic-arn", ORDERS);
    expect_header(&endpoint, 0, "x-amz-sns-subscription-arn", NULL);
    publish_to(bus, "orders", "too early", "");
    rest(bus);
    cr_expect_eq(endpoint.count, 1);
    subscribe(&endpoint, "");
    cr_expect_eq(endpoint.count, 2, "asked again, with the same token");
    cr_expect(slice_eq(json_at(endpoint.requests[1].body, "Token"), json_at(asked, "Token")));
    confirm(&endpoint, 0);
    publish_to(bus, "orders", "now", "");
    rest(bus);
    cr_assert_eq(endpoint.count, 3);
    cr_expect(json_is(endpoint.requests[2].body, "Type", "'Notification'"));
    cr_expect(json_is(endpoint.requests[2].body, "Message", "'now'"));
    expect_header(&endpoint, 2, "x-amz-sns-message-type", "Notification");
    expect_header(&endpoint, 2, "x-amz-sns-rawdelivery", NULL);
    cr_expect(slice_starts_with(
        http_header_get(endpoint.requests[2].headers, "x-amz-sns-subscription-arn"),
        SLICE(ORDERS ":")));
    confirm(&endpoint, 0); /* once more is well */
    endpoint_close(&endpoint);
}

Test(http_endpoints, that_do_not_consent_for_two_days_are_forgotten)
{
    struct endpoint endpoint;
    endpoint_open(&endpoint);
    subscribe(&endpoint, "");
    bus_advance(&endpoint.bus, INT64_C(47) * 3600000);
    bus_ok(&endpoint.bus, "sns", "ListSubscriptions", "{}");
    cr_expect(bus_is(&endpoint.bus, "Subscriptions.0.SubscriptionArn", "'PendingConfirmation'"));
    bus_advance(&endpoint.bus, INT64_C(2) * 3600000);
    bus_ok(&endpoint.bus, "sns", "ListSubscriptions", "{}");
    cr_expect_str_eq(buf_cstr(&endpoint.bus.reply), "{\"Subscriptions\":[]}");
    char body[1024];
    (void)snprintf(body, sizeof body, "{'TopicArn':'" ORDERS "','Token':%.*s}",
                   SLICE_ARG(json_at(endpoint.requests[0].body, "Token")));
    expect_refusal(&endpoint.bus, "ConfirmSubscription", body, "InvalidParameter", "Invalid token");
    endpoint_close(&endpoint);
}

Test(http_endpoints, get_the_message_alone_when_they_want_it_raw)
{
    struct endpoint endpoint;
    endpoint_open(&endpoint);
    subscribe(&endpoint, "'RawMessageDelivery':'true','DeliveryPolicy':'{\\'requestPolicy\\':"
                         "{\\'headerContentType\\':\\'application/json\\'}}'");
    expect_header(&endpoint, 0, "Content-Type", "text/plain; charset=UTF-8");
    confirm(&endpoint, 0);
    publish_to(&endpoint.bus, "orders", "{\\'a\\':1}",
               ",'MessageAttributes':{'k':{'DataType':'String','StringValue':'v'}}");
    rest(&endpoint.bus);
    cr_assert_eq(endpoint.count, 2);
    cr_expect(slice_is(endpoint.requests[1].body, "{\"a\":1}"));
    expect_header(&endpoint, 1, "Content-Type", "application/json");
    expect_header(&endpoint, 1, "x-amz-sns-rawdelivery", "true");
    endpoint_close(&endpoint);
}

Test(http_endpoints, are_tried_again_and_given_up_in_the_end)
{
    struct endpoint endpoint;
    endpoint_open(&endpoint);
    struct bus *bus = &endpoint.bus;
    make_queue(bus, "dead");
    subscribe(&endpoint,
              "'RedrivePolicy':'{\\'deadLetterTargetArn\\':\\'" QUEUE_OF("dead") "\\'}'");
    confirm(&endpoint, 0);
    endpoint.failures_left = 1;
    publish_to(bus, "orders", "second try", "");
    rest(bus);
    cr_expect_eq(endpoint.count, 2);
    bus_advance(bus, 19999);
    cr_expect_eq(endpoint.count, 2);
    bus_advance(bus, 1);
    cr_expect_eq(endpoint.count, 3);
    cr_expect(slice_eq(endpoint.requests[1].body, endpoint.requests[2].body));
    endpoint.failures_left = 99;
    publish_to(bus, "orders", "never", "");
    rest(bus);
    bus_advance(bus, 59000);
    cr_expect(is_empty(bus, "dead"));
    bus_advance(bus, 1000);
    cr_expect_eq(endpoint.count, 7, "one and three more");
    expect_message(bus, "dead", "never");
    bus_advance(bus, 600000);
    cr_expect_eq(endpoint.count, 7);
    endpoint_close(&endpoint);
}

Test(http_endpoints, may_take_back_that_they_were_unsubscribed)
{
    struct endpoint endpoint;
    char body[1024];
    endpoint_open(&endpoint);
    struct bus *bus = &endpoint.bus;
    subscribe(&endpoint, "");
    confirm(&endpoint, 0);
    (void)snprintf(body, sizeof body, "{'SubscriptionArn':%.*s}",
                   SLICE_ARG(bus_at(bus, "SubscriptionArn")));
    bus_ok(bus, "sns", "Unsubscribe", body);
    rest(bus);
    cr_assert_eq(endpoint.count, 2);
    cr_expect(json_is(endpoint.requests[1].body, "Type", "'UnsubscribeConfirmation'"));
    expect_header(&endpoint, 1, "x-amz-sns-message-type", "UnsubscribeConfirmation");
    cr_expect(!slice_eq(json_at(endpoint.requests[0].body, "Token"),
                        json_at(endpoint.requests[1].body, "Token")));
    bus_ok(bus, "sns", "ListSubscriptionsByTopic", "{'TopicArn':'" ORDERS "'}");
    cr_expect_str_eq(buf_cstr(&bus->reply), "{\"Subscriptions\":[]}");
    bus_ok(bus, "sns", "GetTopicAttributes", "{'TopicArn':'" ORDERS "'}");
    cr_expect(bus_is(bus, "Attributes.SubscriptionsDeleted", "'1'"));
    publish_to(bus, "orders", "unheard", "");
    rest(bus);
    cr_expect_eq(endpoint.count, 2);
    confirm(&endpoint, 1);
    publish_to(bus, "orders", "heard", "");
    rest(bus);
    cr_assert_eq(endpoint.count, 3);
    cr_expect(json_is(endpoint.requests[2].body, "Message", "'heard'"));
    endpoint_close(&endpoint);
}
