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

/* What is to go and is not there is gone. */
static void on_deleted(void *ctx, enum status status, struct slice body, const struct fault *fault)
{
    (void)status;
    (void)body;
    (void)fault;
    resource_done(ctx);
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
                         struct resource_run *run)
{
    struct logs *logs = scheduler->logs;
    struct group *group = group_find(logs, resource->physical_id);
    AUTO_BUF before = BUF_INIT(LOG_GROUP_RECORD_MAX);
    AUTO_BUF after = BUF_INIT(LOG_GROUP_RECORD_MAX);
    if (group_is_leaving(logs, resource->physical_id)) {
        resource_refuse(run, STATUS_CONFLICT, "the log group of that name is being deleted");
        return;
    }
    if (group == NULL) {
        group = group_add(logs, resource->physical_id);
    } else {
        group_print(&before, group);
    }
    set_properties(group, resource->properties);
    group_print(&after, group);
    if (slice_eq(buf_slice(&before), buf_slice(&after))) {
        resource_done(run);
    } else {
        group_save(group, resource_written, run);
    }
}

/* --- streams --- */

/* The group of a property; a template may name one that comes with its function's first event. */
static struct group *group_named(struct logs *logs, const struct resource *resource)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice name = property_text(&arena, resource->properties, "LogGroupName");
    struct group *group = group_find(logs, name);
    if (group == NULL && name.len > 0 && !group_is_leaving(logs, name)) {
        group = group_add(logs, name);
        group_save(group, NULL, NULL);
    }
    return group;
}

static void deploy_stream(struct scheduler *scheduler, const struct resource *resource,
                          struct resource_run *run)
{
    struct group *group = group_named(scheduler->logs, resource);
    if (group == NULL) {
        resource_refuse(run, STATUS_INVALID, "LogGroupName names no log group");
    } else if (log_stream_find(group->events, resource->physical_id) != NULL) {
        resource_done(run);
    } else if (log_stream_create(group->events, resource->physical_id) != STATUS_OK ||
               log_group_flush(group->events) != STATUS_OK) {
        log_stream_take_back(group->events, resource->physical_id);
        resource_refuse(run, STATUS_UNAVAILABLE, "the log stream could not be written");
    } else {
        log_group_sync(group->events, resource_written, run);
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
                          const char *operation, struct resource_run *run)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF body = BUF_INIT(REQUEST_MAX);
    struct json_writer w = json_writer_init(&body);
    begin_filter(&w, &arena, resource);
    json_close(&w, '}');
    service_call(scheduler, "logs", operation, buf_slice(&body), on_deleted, run);
}

static void put_filter(struct scheduler *scheduler, const struct resource *resource,
                       const char *operation, const struct buf *body, struct resource_run *run)
{
    if (group_named(scheduler->logs, resource) == NULL) {
        resource_refuse(run, STATUS_INVALID, "LogGroupName names no log group");
        return;
    }
    service_call(scheduler, "logs", operation, buf_slice(body), resource_replied, run);
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
                                struct resource_run *run)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF body = BUF_INIT(REQUEST_MAX);
    struct slice properties = resource->properties;
    struct slice destination = property_text(&arena, properties, "DestinationArn");
    struct json_writer w = json_writer_init(&body);
    if (!is_here(scheduler, destination)) {
        resource_refuse(run, STATUS_NOT_FOUND,
                        "log events do not go to %.*s, which is no function or stream here",
                        SLICE_ARG(destination));
        return;
    }
    begin_filter(&w, &arena, resource);
    json_put_string(&w, "filterPattern", property_text(&arena, properties, "FilterPattern"));
    json_put_string(&w, "destinationArn", destination);
    put_if_set(&w, "roleArn", property_text(&arena, properties, "RoleArn"));
    put_if_set(&w, "distribution", property_text(&arena, properties, "Distribution"));
    json_close(&w, '}');
    put_filter(scheduler, resource, "PutSubscriptionFilter", &body, run);
}

static void withdraw_subscription(struct scheduler *scheduler, const struct resource *resource,
                                  struct resource_run *run)
{
    delete_filter(scheduler, resource, "DeleteSubscriptionFilter", run);
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
                                 struct resource_run *run)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF body = BUF_INIT(REQUEST_MAX);
    struct json_writer w = json_writer_init(&body);
    begin_filter(&w, &arena, resource);
    json_put_string(&w, "filterPattern",
                    property_text(&arena, resource->properties, "FilterPattern"));
    print_transformations(&w, &arena, resource->properties);
    json_close(&w, '}');
    put_filter(scheduler, resource, "PutMetricFilter", &body, run);
}

static void withdraw_metric_filter(struct scheduler *scheduler, const struct resource *resource,
                                   struct resource_run *run)
{
    delete_filter(scheduler, resource, "DeleteMetricFilter", run);
}

const struct resource_type logs_resources[] = {
    {"AWS::Logs::LogGroup", PHASE_THINGS, deploy_group, NULL},
    {"AWS::Logs::LogStream", PHASE_WIRING, deploy_stream, NULL},
    {"AWS::Logs::SubscriptionFilter", PHASE_WIRING, deploy_subscription, withdraw_subscription},
    {"AWS::Logs::MetricFilter", PHASE_WIRING, deploy_metric_filter, withdraw_metric_filter},
    {NULL, PHASE_THINGS, NULL, NULL},
};
