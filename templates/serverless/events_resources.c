/* Events that come from a resource the framework makes or the author has: s3, sns, cognitoUserPool,
 * alb, alexa. */
#include "templates/serverless/events.h"

/* The author's own resource of `type` whose `property` is `name`; NULL when there is none. */
static struct value *own_resource(struct service *service, const char *type, const char *property,
                                  struct slice name, struct slice *ret_id)
{
    for (size_t i = 0; i < value_count(service->own_resources); i++) {
        struct value_entry *entry = &service->own_resources->as.map.entries[i];
        const struct value *given = value_path(entry->value, "Properties", property, NULL);
        bool is_named = given != NULL && given->kind == VALUE_STRING && slice_eq(given->text, name);
        if (value_is(value_get(entry->value, "Type"), type) && is_named) {
            *ret_id = entry->key;
            return entry->value;
        }
    }
    return NULL;
}

/* map[key], made when it is not there. */
static struct value *child(struct service *service, struct value *map, const char *key,
                           bool is_list)
{
    struct value *value = value_get(map, key);
    if (value == NULL || value->kind != (is_list ? VALUE_LIST : VALUE_MAP)) {
        value =
            is_list ? value_list(service->arena, map->pos) : value_map(service->arena, map->pos);
        value_set(service->arena, map, slice_from(key), value);
    }
    return value;
}

/* --- s3 --- */

/* "bucketEncryption" -> "BucketEncryption", as provider.s3 spells properties. */
static struct slice capitalised(struct service *service, struct slice key)
{
    char *text = arena_cstr(service->arena, key);
    if (key.len > 0 && text[0] >= 'a' && text[0] <= 'z') {
        text[0] = (char)(text[0] - 'a' + 'A');
    }
    return slice_of(text, key.len);
}

/* The bucket resource to put the notification on: the author's with that name, else the
 * framework's. */
static struct value *bucket_resource(struct service *service, const struct service_event *event,
                                     const struct value *bucket, struct slice *ret_name)
{
    struct slice ref;
    struct value *arg;
    struct slice id;
    if (value_is_intrinsic(bucket, &ref, &arg)) {
        struct value *own =
            slice_is(ref, "Ref") ? value_find(service->own_resources, text_of(arg)) : NULL;
        if (own == NULL) {
            load_error(
                service->load, bucket->pos,
                "an s3 event's bucket must be a name, a key of provider.s3 or a Ref to a bucket "
                "under resources");
        }
        *ret_name = text_of(arg);
        return own;
    }
    const struct value *settings = value_find(value_get(service->provider, "s3"), text_of(bucket));
    const struct value *given_name = value_get(settings, "name");
    struct slice name = given_name != NULL ? text_of(given_name) : text_of(bucket);
    *ret_name = text_of(bucket);
    struct value *own = own_resource(service, "AWS::S3::Bucket", "BucketName", name, &id);
    if (own != NULL) {
        return own;
    }
    id = arena_printf(service->arena, "S3Bucket%.*s",
                      SLICE_ARG(naming_alphanumeric(service->arena, *ret_name)));
    if (value_find(service->resources, id) == NULL) {
        struct value *properties = shape(service->arena, event->pos, "{BucketName: %S}", name);
        for (size_t i = 0; i < value_count(settings); i++) {
            const struct value_entry *entry = &settings->as.map.entries[i];
            if (!slice_is(entry->key, "name")) {
                value_set(service->arena, properties, capitalised(service, entry->key),
                          copy_of(service, entry->value));
            }
        }
        add_resource(service, id, "AWS::S3::Bucket", event->pos, properties);
        if (is_truthy(value_get(event->config, "existing"))) {
            load_notice(
                service->load, event->pos,
                "the existing bucket \"%.*s\" is not in this template: an empty one is made "
                "locally",
                SLICE_ARG(name));
        }
    }
    return value_find(service->resources, id);
}

static struct value *s3_filter(struct service *service, const struct service_event *event)
{
    const struct value *rules = value_get(event->config, "rules");
    if (rules == NULL || rules->kind != VALUE_LIST || value_count(rules) == 0) {
        return NULL;
    }
    struct value *list = value_list(service->arena, rules->pos);
    for (size_t i = 0; i < value_count(rules); i++) {
        const struct value *rule = value_at(rules, i);
        for (size_t j = 0; rule->kind == VALUE_MAP && j < value_count(rule); j++) {
            const struct value_entry *entry = &rule->as.map.entries[j];
            value_push(service->arena, list,
                       shape(service->arena, entry->key_pos, "{Name: %S, Value: %v}", entry->key,
                             copy_of(service, entry->value)));
        }
    }
    return shape(service->arena, rules->pos, "{S3Key: {Rules: %v}}", list);
}

void compile_s3(struct service *service, const struct service_event *event)
{
    const struct value *config = event->config;
    const struct value *bucket = value_get(config, "bucket");
    const struct value *name = value_get(config, "event");
    struct slice bucket_name;
    if (config->kind == VALUE_STRING || value_is_intrinsic(config, NULL, NULL)) {
        bucket = config;
    }
    if (!is_truthy(bucket)) {
        load_error(service->load, event->pos,
                   "Configuration error at 'functions.%.*s.events[%zu].s3': must have required "
                   "property 'bucket'",
                   SLICE_ARG(event->function->key), event->position);
        return;
    }
    struct value *resource = bucket_resource(service, event, bucket, &bucket_name);
    if (resource == NULL) {
        return;
    }
    struct value *properties = child(service, resource, "Properties", false);
    struct value *notifications = child(service, properties, "NotificationConfiguration", false);
    value_push(service->arena, child(service, notifications, "LambdaConfigurations", true),
               shape(service->arena, event->pos, "{Event: %v, Function: %v, Filter: %v}",
                     is_truthy(name)
                         ? copy_of(service, name)
                         : value_string(service->arena, event->pos, SLICE("s3:ObjectCreated:*")),
                     function_arn(service, event->function, event->pos),
                     s3_filter(service, event)));
    add_permission(service, event,
                   arena_printf(service->arena, "%.*sLambdaPermission%.*sS3",
                                SLICE_ARG(event->function->normalized),
                                SLICE_ARG(naming_alphanumeric(service->arena, bucket_name))),
                   "s3.amazonaws.com", NULL);
}

/* --- sns --- */

static struct value *sns_redrive(struct service *service, const struct value *config)
{
    const struct value *policy = value_get(config, "redrivePolicy");
    const struct value *arn = value_get(policy, "deadLetterTargetArn");
    const struct value *ref = value_get(policy, "deadLetterTargetRef");
    const struct value *import = value_path(policy, "deadLetterTargetImport", "arn", NULL);
    struct value *target = NULL;
    if (arn != NULL) {
        target = copy_of(service, arn);
    } else if (ref != NULL) {
        target = value_getatt(service->arena, ref->pos, text_of(ref), "Arn");
    } else if (import != NULL) {
        target =
            shape(service->arena, import->pos, "{Fn::ImportValue: %v}", copy_of(service, import));
    }
    return target != NULL ? shape(service->arena, policy->pos, "{deadLetterTargetArn: %v}", target)
                          : NULL;
}

static void subscribe(struct service *service, const struct service_event *event, struct slice name,
                      struct value *topic)
{
    const struct value *config = event->config;
    add_resource(service,
                 arena_printf(service->arena, "%.*sSnsSubscription%.*s",
                              SLICE_ARG(event->function->normalized),
                              SLICE_ARG(naming_alphanumeric(service->arena, name))),
                 "AWS::SNS::Subscription", event->pos,
                 shape(service->arena, event->pos,
                       "{TopicArn: %v, Protocol: lambda, Endpoint: %v, FilterPolicy: %v, "
                       "FilterPolicyScope: %v, RedrivePolicy: %v}",
                       topic, function_arn(service, event->function, event->pos),
                       copy_of(service, value_get(config, "filterPolicy")),
                       copy_of(service, value_get(config, "filterPolicyScope")),
                       sns_redrive(service, config)));
}

void compile_sns(struct service *service, const struct service_event *event)
{
    const struct value *config = event->config;
    const struct value *arn = value_get(config, "arn");
    const struct value *given = value_get(config, "topicName");
    if (value_is_intrinsic(config, NULL, NULL) ||
        (config->kind == VALUE_STRING && slice_starts_with(config->text, SLICE("arn:")))) {
        arn = config;
    } else if (config->kind == VALUE_STRING) {
        given = config;
    }
    struct slice name = is_truthy(given) ? text_of(given) : arn_name(service, arn, ':');
    if (name.len == 0) {
        load_error(
            service->load, event->pos,
            "Missing \"sns.topicName\" setting (it needs to be provided if \"sns.arn\" is not "
            "provided as plain ARN string)");
        return;
    }
    struct slice topic_id = arena_printf(service->arena, "SNSTopic%.*s",
                                         SLICE_ARG(naming_alphanumeric(service->arena, name)));
    struct slice permission_id = arena_printf(service->arena, "%.*sLambdaPermission%.*sSNS",
                                              SLICE_ARG(event->function->normalized),
                                              SLICE_ARG(naming_alphanumeric(service->arena, name)));
    if (is_truthy(arn)) {
        subscribe(service, event, name, copy_of(service, arn));
        add_permission(service, event, permission_id, "sns.amazonaws.com", copy_of(service, arn));
        return;
    }
    if (value_find(service->resources, topic_id) == NULL) {
        add_resource(service, topic_id, "AWS::SNS::Topic", event->pos,
                     shape(service->arena, event->pos, "{TopicName: %S, DisplayName: %v}", name,
                           copy_of(service, value_get(config, "displayName"))));
    }
    if (is_truthy(value_get(config, "filterPolicy")) ||
        is_truthy(value_get(config, "redrivePolicy"))) {
        subscribe(service, event, name, value_ref(service->arena, event->pos, topic_id));
    } else {
        struct value *topic = value_find(service->resources, topic_id);
        struct value *subscriptions =
            child(service, value_get(topic, "Properties"), "Subscription", true);
        value_push(service->arena, subscriptions,
                   shape(service->arena, event->pos, "{Endpoint: %v, Protocol: lambda}",
                         function_arn(service, event->function, event->pos)));
    }
    add_permission(service, event, permission_id, "sns.amazonaws.com",
                   value_ref(service->arena, event->pos, topic_id));
}

/* --- cognitoUserPool --- */

void compile_cognito(struct service *service, const struct service_event *event)
{
    const struct value *config = event->config;
    const struct value *pool = value_get(config, "pool");
    const struct value *trigger = value_get(config, "trigger");
    if (!is_truthy(pool) || !is_truthy(trigger)) {
        load_error(service->load, event->pos,
                   "Configuration error at 'functions.%.*s.events[%zu].cognitoUserPool': must have "
                   "required properties 'pool' and 'trigger'",
                   SLICE_ARG(event->function->key), event->position);
        return;
    }
    struct slice pool_name = text_of(pool);
    struct slice trigger_name = text_of(trigger);
    struct slice id;
    struct value *resource =
        own_resource(service, "AWS::Cognito::UserPool", "UserPoolName", pool_name, &id);
    if (resource == NULL) {
        id = arena_printf(service->arena, "CognitoUserPool%.*s",
                          SLICE_ARG(naming_alphanumeric(service->arena, pool_name)));
        if (value_find(service->resources, id) == NULL) {
            add_resource(service, id, "AWS::Cognito::UserPool", event->pos,
                         shape(service->arena, event->pos, "{UserPoolName: %S}", pool_name));
        }
        resource = value_find(service->resources, id);
    }
    struct value *triggers =
        child(service, child(service, resource, "Properties", false), "LambdaConfig", false);
    value_set(service->arena, triggers, trigger_name,
              function_arn(service, event->function, event->pos));
    add_permission(
        service, event,
        arena_printf(service->arena, "%.*sLambdaPermissionCognitoUserPool%.*sTriggerSource%.*s",
                     SLICE_ARG(event->function->normalized),
                     SLICE_ARG(naming_alphanumeric(service->arena, pool_name)),
                     SLICE_ARG(naming_alphanumeric(service->arena, trigger_name))),
        "cognito-idp.amazonaws.com", value_getatt(service->arena, event->pos, id, "Arn"));
}

/* --- alb, alexa --- */

void compile_alb(struct service *service, const struct service_event *event)
{
    const struct value *config = event->config;
    const struct value *conditions = value_get(config, "conditions");
    const struct value *listener = value_get(config, "listenerArn");
    struct slice normalized = event->function->normalized;
    struct slice rest =
        listener != NULL && listener->kind == VALUE_STRING ? listener->text : SLICE("");
    struct slice alb_id = SLICE("");
    for (struct slice part; rest.len > 0 && slice_split(&rest, '/', &part);) {
        alb_id = rest.ptr != NULL ? part : alb_id; /* .../app/NAME/ALB-ID/LISTENER-ID */
    }
    alb_id = alb_id.len > 0 ? alb_id : arn_name(service, listener, '/');
    struct slice group_id =
        arena_printf(service->arena, "%.*sAlbTargetGroup%.*s", SLICE_ARG(normalized),
                     SLICE_ARG(naming_alphanumeric(service->arena, alb_id)));
    add_resource(service, group_id, "AWS::ElasticLoadBalancingV2::TargetGroup", event->pos,
                 shape(service->arena, event->pos, "{TargetType: lambda, Targets: [{Id: %v}]}",
                       function_arn(service, event->function, event->pos)));
    struct value *list = value_list(service->arena, event->pos);
    struct value *path = as_list(service, value_get(conditions, "path"));
    struct value *host = as_list(service, value_get(conditions, "host"));
    struct value *method = as_list(service, value_get(conditions, "method"));
    if (path != NULL) {
        value_push(service->arena, list,
                   shape(service->arena, event->pos, "{Field: path-pattern, Values: %v}", path));
    }
    if (host != NULL) {
        value_push(service->arena, list,
                   shape(service->arena, event->pos, "{Field: host-header, Values: %v}", host));
    }
    if (method != NULL) {
        value_push(service->arena, list,
                   shape(service->arena, event->pos,
                         "{Field: http-request-method, HttpRequestMethodConfig: {Values: %v}}",
                         method));
    }
    add_resource(service,
                 arena_printf(service->arena, "%.*sAlbListenerRule%zu", SLICE_ARG(normalized),
                              event->ordinal),
                 "AWS::ElasticLoadBalancingV2::ListenerRule", event->pos,
                 shape(service->arena, event->pos,
                       "{Actions: [{Type: forward, TargetGroupArn: {Ref: %S}}], Conditions: %v, "
                       "ListenerArn: %v, Priority: %v}",
                       group_id, list, copy_of(service, listener),
                       copy_of(service, value_get(config, "priority"))));
    add_permission(service, event,
                   arena_printf(service->arena, "%.*sLambdaPermissionAlb", SLICE_ARG(normalized)),
                   "elasticloadbalancing.amazonaws.com", NULL);
}

void compile_alexa(struct service *service, const struct service_event *event)
{
    bool is_home = event_is(event, "alexaSmartHome");
    add_permission(service, event,
                   arena_printf(service->arena, "%.*sLambdaPermission%s%zu",
                                SLICE_ARG(event->function->normalized),
                                is_home ? "AlexaSmartHome" : "AlexaSkill", event->ordinal),
                   is_home ? "alexa-connectedhome.amazon.com" : "alexa-appkit.amazon.com", NULL);
}
