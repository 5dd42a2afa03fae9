#include "gateway/integration/service_request.h"

#include "core/clock.h"
#include "core/mem.h"

void service_request_action(struct message *message, struct slice service, struct slice action)
{
    static const struct {
        const char *service, *target, *type;
    } json_services[] = {
        {"dynamodb", "DynamoDB_20120810.", "application/x-amz-json-1.0"},
        {"events", "AWSEvents.", "application/x-amz-json-1.1"},
        {"kinesis", "Kinesis_20131202.", "application/x-amz-json-1.1"},
        {"logs", "Logs_20140328.", "application/x-amz-json-1.1"},
        {"sqs", "AmazonSQS.", "application/x-amz-json-1.0"},
    };
    for (size_t i = 0; i < COUNT_OF(json_services); i++) {
        if (slice_is(service, json_services[i].service)) {
            message_set(
                message, SLICE("X-Amz-Target"),
                arena_printf(message->arena, "%s%.*s", json_services[i].target, SLICE_ARG(action)));
            if (message_get(message, SLICE("Content-Type")).ptr == NULL) {
                message_add(message, SLICE("Content-Type"), slice_from(json_services[i].type));
            }
            return;
        }
    }
    message_add_query(message, SLICE("Action"), action); /* query protocols: SNS */
}

void service_request_sign(struct message *message, struct slice region, struct slice service,
                          int64_t now_ms)
{
    char date[TIME_TEXT_MAX];
    message_set(
        message, SLICE("Authorization"),
        arena_printf(message->arena,
                     "AWS4-HMAC-SHA256 Credential=apigateway/20000101/%.*s/%.*s/aws4_request, "
                     "SignedHeaders=host, Signature=0",
                     SLICE_ARG(region), SLICE_ARG(service)));
    message_set(message, SLICE("Date"),
                arena_copy(message->arena, slice_from(time_http_date(date, now_ms))));
}
