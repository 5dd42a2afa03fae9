/* What a template says of logs: AWS::Logs::LogGroup, LogStream, SubscriptionFilter and MetricFilter. */
#include "scheduler/arn.h"
#include "scheduler/logs/logs_private.h"
#include "scheduler/property.h"

#define REQUEST_MAX (64U << 10)

static void put_if_set(struct json_writer *w, const char *name, struct slice text)
{
    if (text.len > 0) {
        json_put_string(w, name, text);
    }
}

/* --- telling whoever deploys --- */

struct write {
    resource_done_fn *on_done;
    void *ctx;
};

static struct write *write_new(resource_done_fn *on_done, void *ctx)
{
    struct write *write = mem_alloc(sizeof *write);
    *write = (struct write){on_done, ctx};
    return write;
}

static void on_written(void *ctx, enum status status)
{
    struct write *write = ctx;
    struct fault fault = {.status = STATUS_OK};
    if (status != STATUS_OK) {
        (void)fault_set(&fault, status, "it could not be kept");
    }
    write->on_done(write->ctx, status, &fault);
    mem_free(write);
}

static void on_reply(void *ctx, enum status status, struct slice body, const struct fault *fault)
{
    struct write *write = ctx;
    (void)body;
    write->on_done(write->ctx, status, fault);
    mem_free(write);
}

/* What is to go and is not there is gone. */
static void on_deleted(void *ctx, enum status status, struct slice body, const struct fault *fault)
{
    const struct fault none = {.status = STATUS_OK};
    (void)status;
    (void)fault;
    on_reply(ctx, STATUS_OK, body, &none);
}

static void be_done(resource_done_fn *on_done, void *ctx)
{
    const struct fault none = {.status = STATUS_OK};
    on_done(ctx, STATUS_OK, &none);
}

/* --- groups --- */

static void replace_text(char **kept, struct slice text)
{
    AUTO_ARENA arena = ARENA_INIT;
    mem_free(*kept);
    *kept = text.len > 0 ? mem_strdup(arena_cstr(&arena, text)) : NULL;
}

static void set_properties(struct group *group, struct slice properties)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice log_class = property_text(&arena, properties, "LogGroupClass");
    int64_t days;
    group->retention_days = property_i64(properties, "RetentionInDays", &days) ? days : 0;
    group->is_protected = property_bool(properties, "DeletionProtectionEnabled", false);
    replace_text(&group->log_class, log_class.len > 0 ? log_class : SLICE("STANDARD"));
    replace_text(&group->kms_key_id, property_text(&arena, properties, "KmsKeyId"));
    struct tags tags = tags_of_list(&arena, json_raw_member(properties, "Tags"));
    group_set_tags(group, &tags);
}

/* Settings follow the template; filters are resources of their own. */
static void deploy_group(struct scheduler *scheduler, const struct resource *resource,
                         resource_done_fn *on_done, void *ctx)
{
    struct logs *logs = scheduler->logs;
    struct group *group = group_find(logs, resource->physical_id);
    AUTO_BUF before = BUF_INIT(LOG_GROUP_RECORD_MAX);
    AUTO_BUF after = BUF_INIT(LOG_GROUP_RECORD_MAX);
    if (group == NULL) {
        group = group_add(logs, resource->physical_id);
    } else {
        group_print(&before, group);
    }
    set_properties(group, resource->properties);
    group_print(&after, group);
    if (slice_eq(buf_slice(&before), buf_slice(&after))) {
        be_done(on_done, ctx);
    } else {
        group_save(group, on_written, write_new(on_done, ctx));
    }
}

/* --- streams --- */

/* The group of a property; a template may name one that comes with its function's first event. */
static struct group *group_named(struct logs *logs, const struct resource *resource)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice name = property_text(&arena, resource->properties, "LogGroupName");
    struct group *group = group_find(logs, name);
    if (group == NULL && name.len > 0) {
        group = group_add(logs, name);
        group_save(group, NULL, NULL);
    }
    return group;
}

static void refuse(resource_done_fn *on_done, void *ctx, enum status status, const char *text)
{
    struct fault fault;
    (void)fault_set(&fault, status, "%s", text);
    on_done(ctx, status, &fault);
}

static void deploy_stream(struct scheduler *scheduler, const struct resource *resource,
                          resource_done_fn *on_done, void *ctx)
{
    struct group *group = group_named(scheduler->logs, resource);
    if (group == NULL) {
        refuse(on_done, ctx, STATUS_INVALID, "LogGroupName is missing");
    } else if (log_stream_find(group->events, resource->physical_id) != NULL) {
        be_done(on_done, ctx);
    } else if (log_stream_create(group->events, resource->physical_id) != STATUS_OK ||
               log_group_flush(group->events) != STATUS_OK) {
        refuse(on_done, ctx, STATUS_UNAVAILABLE, "the log stream could not be written");
    } else {
        log_group_sync(group->events, on_written, write_new(on_done, ctx));
    }
}

/* --- filters --- */

static void begin_filter(struct json_writer *w, struct arena *arena,
                         const struct resource *resource)
{
    json_open(w, '{');
    json_put_string(w, "logGroupName", property_text(arena, resource->properties, "LogGroupName"));
    json_put_string(w, "filterName", resource->physical_id);
}

static void delete_filter(struct scheduler *scheduler, const struct resource *resource,
                          const char *operation, resource_done_fn *on_done, void *ctx)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF body = BUF_INIT(REQUEST_MAX);
    struct json_writer w = json_writer_init(&body);
    begin_filter(&w, &arena, resource);
    json_close(&w, '}');
    service_call(scheduler, "logs", operation, buf_slice(&body), on_deleted,
                 write_new(on_done, ctx));
}

static void put_filter(struct scheduler *scheduler, const struct resource *resource,
                       const char *operation, const struct buf *body, resource_done_fn *on_done,
                       void *ctx)
{
    if (group_named(scheduler->logs, resource) == NULL) {
        refuse(on_done, ctx, STATUS_INVALID, "LogGroupName is missing");
        return;
    }
    service_call(scheduler, "logs", operation, buf_slice(body), on_reply, write_new(on_done, ctx));
}

/* A template may send events where only AWS has something: the rest of it runs all the same. */
static bool is_here(struct scheduler *scheduler, struct slice destination)
{
    const struct function_directory *functions = &scheduler->options.functions;
    struct function_facts facts;
    struct arn arn;
    if (!arn_parse(destination, &arn)) {
        return false;
    }
    return slice_is(arn.service, "lambda")
               ? functions->find != NULL && functions->find(functions->ctx, destination, &facts)
               : slice_is(arn.service, "kinesis");
}

static void deploy_subscription(struct scheduler *scheduler, const struct resource *resource,
                                resource_done_fn *on_done, void *ctx)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF body = BUF_INIT(REQUEST_MAX);
    struct slice properties = resource->properties;
    struct slice destination = property_text(&arena, properties, "DestinationArn");
    struct json_writer w = json_writer_init(&body);
    if (!is_here(scheduler, destination)) {
        struct slice words = arena_printf(
            &arena, "log events do not go to %.*s, which is no function or stream here",
            SLICE_ARG(destination));
        refuse(on_done, ctx, STATUS_NOT_FOUND, arena_cstr(&arena, words));
        return;
    }
    begin_filter(&w, &arena, resource);
    json_put_string(&w, "filterPattern", property_text(&arena, properties, "FilterPattern"));
    json_put_string(&w, "destinationArn", destination);
    put_if_set(&w, "roleArn", property_text(&arena, properties, "RoleArn"));
    put_if_set(&w, "distribution", property_text(&arena, properties, "Distribution"));
    json_close(&w, '}');
    put_filter(scheduler, resource, "PutSubscriptionFilter", &body, on_done, ctx);
}

static void withdraw_subscription(struct scheduler *scheduler, const struct resource *resource,
                                  resource_done_fn *on_done, void *ctx)
{
    delete_filter(scheduler, resource, "DeleteSubscriptionFilter", on_done, ctx);
}

static void print_dimensions(struct json_writer *w, struct arena *arena, struct slice list)
{
    struct slice dimension;
    struct json_scan scan = json_scan_array(list);
    json_key_text(w, "dimensions");
    json_open(w, '{');
    while (json_scan_element(&scan, &dimension)) {
        json_write_key(w, property_text(arena, dimension, "Key"));
        json_write_string(w, property_text(arena, dimension, "Value"));
    }
    json_close(w, '}');
}

static void print_transformations(struct json_writer *w, struct arena *arena,
                                  struct slice properties)
{
    struct slice list, element, dimensions;
    if (!json_raw_find(properties, "MetricTransformations", &list)) {
        return;
    }
    struct json_scan scan = json_scan_array(list);
    json_key_text(w, "metricTransformations");
    json_open(w, '[');
    while (json_scan_element(&scan, &element)) {
        struct slice absent = property_text(arena, element, "DefaultValue");
        json_open(w, '{');
        put_if_set(w, "metricName", property_text(arena, element, "MetricName"));
        put_if_set(w, "metricNamespace", property_text(arena, element, "MetricNamespace"));
        put_if_set(w, "metricValue", property_text(arena, element, "MetricValue"));
        put_if_set(w, "unit", property_text(arena, element, "Unit"));
        if (json_validate(absent, NULL)) {
            json_put_raw(w, "defaultValue", absent);
        }
        if (json_raw_find(element, "Dimensions", &dimensions)) {
            print_dimensions(w, arena, dimensions);
        }
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void deploy_metric_filter(struct scheduler *scheduler, const struct resource *resource,
                                 resource_done_fn *on_done, void *ctx)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF body = BUF_INIT(REQUEST_MAX);
    struct json_writer w = json_writer_init(&body);
    begin_filter(&w, &arena, resource);
    json_put_string(&w, "filterPattern",
                    property_text(&arena, resource->properties, "FilterPattern"));
    print_transformations(&w, &arena, resource->properties);
    json_close(&w, '}');
    put_filter(scheduler, resource, "PutMetricFilter", &body, on_done, ctx);
}

static void withdraw_metric_filter(struct scheduler *scheduler, const struct resource *resource,
                                   resource_done_fn *on_done, void *ctx)
{
    delete_filter(scheduler, resource, "DeleteMetricFilter", on_done, ctx);
}

const struct resource_type logs_resources[] = {
    {"AWS::Logs::LogGroup", PHASE_THINGS, deploy_group, NULL},
    {"AWS::Logs::LogStream", PHASE_WIRING, deploy_stream, NULL},
    {"AWS::Logs::SubscriptionFilter", PHASE_WIRING, deploy_subscription, withdraw_subscription},
    {"AWS::Logs::MetricFilter", PHASE_WIRING, deploy_metric_filter, withdraw_metric_filter},
    {NULL, PHASE_THINGS, NULL, NULL},
};
