/* PutBucketNotificationConfiguration: the targets are looked for one by one, then hear of it, then it is kept. */
#include "core/json_writer.h"
#include "scheduler/arn.h"
#include "scheduler/delivery/delivery.h"
#include "scheduler/deploy.h"
#include "scheduler/s3/bucket_write.h"
#include "scheduler/s3/config.h"
#include "scheduler/s3/notification.h"
#include "scheduler/s3/operations.h"

struct putting {
    struct request *request;
    struct slice text;
    struct notifications *read; /* of the text */
    size_t at;                  /* the rule whose target is being looked for */
};

static void look_on(struct putting *putting);

static void end(struct putting *putting, const struct refusal *refusal)
{
    notifications_destroy(putting->read);
    if (refusal != NULL) {
        request_refuse(putting->request, refusal);
    }
}

static void on_saved(void *ctx, enum status status)
{
    struct request *request = ctx;
    if (status != STATUS_OK) {
        request_refuse_status(request, status);
    } else {
        request_reply(request, 200, SLICE(""));
    }
}

/* --- s3:TestEvent, for queues and topics --- */

static void send_test_event(struct putting *putting, const struct notification_rule *rule)
{
    struct request *request = putting->request;
    struct scheduler *scheduler = request->s3->scheduler;
    AUTO_BUF out = BUF_INIT(4096);
    struct json_writer w = json_writer_init(&out);
    char time[TIME_TEXT_MAX];
    struct slice id = slice_from(api_request_id(request->call));
    json_open(&w, '{');
    json_put_text(&w, "Service", "Amazon S3");
    json_put_text(&w, "Event", "s3:TestEvent");
    json_put_text(&w, "Time", time_iso8601_ms(time, request_now_ms(request)));
    json_put_string(&w, "Bucket", request->bucket_name);
    json_put_string(&w, "RequestId", id);
    json_put_string(&w, "HostId", id);
    json_close(&w, '}');
    const struct delivery delivery = {
        .target = rule->target,
        .payload = buf_slice(&out),
        .parameters =
            rule->kind == TO_TOPIC ? SLICE("{\"Subject\":\"Amazon S3 Notification\"}") : SLICE(""),
        .group = SLICE(""),
        .source = arena_printf(request->arena, "bucket %.*s", SLICE_ARG(request->bucket_name)),
        .source_arn =
            arena_printf(request->arena, "arn:aws:s3:::%.*s", SLICE_ARG(request->bucket_name)),
        .trace = SLICE(""),
        .retry = {.shape = RETRY_EXPONENTIAL, .max_retries = 10, .max_age_ms = 3600 * 1000},
        .dead_letter_arn = SLICE(""),
    };
    delivery_send(scheduler, &delivery);
}

static void keep(struct putting *putting)
{
    struct request *request = putting->request;
    for (size_t i = 0; i < putting->read->count; i++) {
        if (putting->read->rules[i].kind != TO_FUNCTION) {
            send_test_event(putting, &putting->read->rules[i]);
        }
    }
    bucket_set_config(request->bucket, CONFIG_NOTIFICATION, putting->text);
    bucket_save(request->s3, request->bucket, on_saved, request);
    end(putting, NULL);
}

/* --- is the target there? --- */

static void on_looked(void *ctx, int http_status, struct http_headers headers, struct slice body)
{
    static const char *const missing[NOTIFICATION_TARGET_COUNT] = {
        [TO_FUNCTION] = "The destination Lambda does not exist",
        [TO_QUEUE] = "The destination queue does not exist",
        [TO_TOPIC] = "The destination topic does not exist",
    };
    struct putting *putting = ctx;
    struct arena *arena = putting->request->arena;
    const struct notification_rule *rule = &putting->read->rules[putting->at];
    (void)headers;
    (void)body;
    if (http_status >= 200 && http_status < 300) {
        putting->at++;
        look_on(putting);
        return;
    }
    struct refusal *refusal = refuse_text(
        arena, S3_INVALID_ARGUMENT, "Unable to validate the following destination configurations");
    refusal_tell(arena, refusal, "ArgumentName", rule->target);
    refusal_tell(arena, refusal, "ArgumentValue", slice_from(missing[rule->kind]));
    end(putting, refusal);
}

static void look_for(struct putting *putting, const struct notification_rule *rule)
{
    static const struct {
        const char *service, *operation, *member;
    } forms[NOTIFICATION_TARGET_COUNT] = {
        [TO_FUNCTION] = {"lambda", "GetFunction", NULL},
        [TO_QUEUE] = {"sqs", "GetQueueAttributes", "QueueUrl"},
        [TO_TOPIC] = {"sns", "GetTopicAttributes", "TopicArn"},
    };
    struct request *request = putting->request;
    const struct scheduler *scheduler = request->s3->scheduler;
    const struct http_header path_params[] = {{SLICE("FunctionName"), rule->target},
                                              {SLICE_NULL, SLICE_NULL}};
    AUTO_BUF body = BUF_INIT(65536);
    struct arn arn;
    if (forms[rule->kind].member != NULL) {
        struct json_writer w = json_writer_init(&body);
        bool is_parsed = arn_parse(rule->target, &arn);
        json_open(&w, '{');
        json_put_string(&w, forms[rule->kind].member,
                        rule->kind == TO_QUEUE && is_parsed
                            ? arena_printf(request->arena, "%s/%.*s/%.*s",
                                           scheduler->options.edge_url, SLICE_ARG(arn.account),
                                           SLICE_ARG(arn.resource))
                            : rule->target);
        json_close(&w, '}');
    }
    const struct api_internal_request call = {
        .service = slice_from(forms[rule->kind].service),
        .operation = slice_from(forms[rule->kind].operation),
        .path_params = path_params,
        .body = buf_slice(&body),
    };
    api_internal_call(scheduler->edge, &call, on_looked, putting);
}

static void look_on(struct putting *putting)
{
    if (putting->at == putting->read->count) {
        keep(putting);
    } else {
        look_for(putting, &putting->read->rules[putting->at]);
    }
}

const struct refusal *op_put_notification(struct request *request)
{
    struct putting *putting = arena_alloc(request->arena, sizeof(*putting));
    putting->request = request;
    const struct refusal *refusal =
        config_check(request->arena, request->bucket, CONFIG_NOTIFICATION, api_body(request->call),
                     &putting->text);
    if (refusal != NULL) {
        return refusal;
    }
    putting->read = notifications_create(putting->text);
    if (slice_ieq(request_header(request, "x-amz-skip-destination-validation"), SLICE("true"))) {
        keep(putting);
    } else {
        look_on(putting);
    }
    return NULL;
}
