/* AWS::Serverless::Connector: permissions between two resources. IAM has no effect locally; what
 * counts is that the resources exist under their ids and that wrong connectors are told. */
#include "templates/sam/sam.h"

#include "core/mem.h"

static const struct property_rule connector_rules[] = {
    {"Source", PROPERTY_MAP, PROPERTY_REQUIRED},
    {"Destination", PROPERTY_MAPS, PROPERTY_REQUIRED},
    {"Permissions", PROPERTY_STRINGS, PROPERTY_REQUIRED},
};
const struct property_rules connector_properties = PROPERTY_RULES(connector_rules);

enum grant { GRANT_ROLE_POLICY, GRANT_QUEUE_POLICY, GRANT_TOPIC_POLICY, GRANT_INVOKE };
enum { ACCESS_READ = 1, ACCESS_WRITE = 2 };

#define TABLE "AWS::DynamoDB::Table"
#define FUNCTION "AWS::Lambda::Function"
#define RULE "AWS::Events::Rule"
#define BUS "AWS::Events::EventBus"
#define TOPIC "AWS::SNS::Topic"
#define QUEUE "AWS::SQS::Queue"
#define BUCKET "AWS::S3::Bucket"
#define MACHINE "AWS::StepFunctions::StateMachine"
#define HTTP_API "AWS::ApiGatewayV2::Api"
#define REST_API "AWS::ApiGateway::RestApi"
#define GRAPHQL_API "AWS::AppSync::GraphQLApi"
#define DATA_SOURCE "AWS::AppSync::DataSource"

static const struct profile {
    const char *source, *destination;
    enum grant grant;
    unsigned access;
    bool needs_both; /* Read and Write together only */
    bool needs_read; /* Read, alone or with Write */
    bool is_source_role;
    const char *principal; /* of GRANT_INVOKE */
} profiles[] = {
    {TABLE, FUNCTION, GRANT_ROLE_POLICY, ACCESS_READ, false, false, false, NULL},
    {RULE, TOPIC, GRANT_TOPIC_POLICY, ACCESS_WRITE, false, false, false, NULL},
    {RULE, BUS, GRANT_ROLE_POLICY, ACCESS_WRITE, false, false, true, NULL},
    {RULE, MACHINE, GRANT_ROLE_POLICY, ACCESS_WRITE, false, false, true, NULL},
    {RULE, FUNCTION, GRANT_INVOKE, ACCESS_WRITE, false, false, false, "events.amazonaws.com"},
    {RULE, QUEUE, GRANT_QUEUE_POLICY, ACCESS_WRITE, false, false, false, NULL},
    {FUNCTION, FUNCTION, GRANT_ROLE_POLICY, ACCESS_WRITE, false, false, true, NULL},
    {FUNCTION, BUCKET, GRANT_ROLE_POLICY, ACCESS_READ | ACCESS_WRITE, false, false, true, NULL},
    {FUNCTION, TABLE, GRANT_ROLE_POLICY, ACCESS_READ | ACCESS_WRITE, false, false, true, NULL},
    {FUNCTION, QUEUE, GRANT_ROLE_POLICY, ACCESS_READ | ACCESS_WRITE, false, false, true, NULL},
    {FUNCTION, TOPIC, GRANT_ROLE_POLICY, ACCESS_WRITE, false, false, true, NULL},
    {FUNCTION, MACHINE, GRANT_ROLE_POLICY, ACCESS_READ | ACCESS_WRITE, false, false, true, NULL},
    {FUNCTION, BUS, GRANT_ROLE_POLICY, ACCESS_WRITE, false, false, true, NULL},
    {FUNCTION, "AWS::Location::PlaceIndex", GRANT_ROLE_POLICY, ACCESS_READ, false, false, true,
     NULL},
    {HTTP_API, FUNCTION, GRANT_INVOKE, ACCESS_WRITE, false, false, false,
     "apigateway.amazonaws.com"},
    {REST_API, FUNCTION, GRANT_INVOKE, ACCESS_WRITE, false, false, false,
     "apigateway.amazonaws.com"},
    {TOPIC, QUEUE, GRANT_QUEUE_POLICY, ACCESS_WRITE, false, false, false, NULL},
    {TOPIC, FUNCTION, GRANT_INVOKE, ACCESS_WRITE, false, false, false, "sns.amazonaws.com"},
    {QUEUE, FUNCTION, GRANT_ROLE_POLICY, ACCESS_READ | ACCESS_WRITE, true, false, false, NULL},
    {BUCKET, FUNCTION, GRANT_INVOKE, ACCESS_WRITE, false, false, false, "s3.amazonaws.com"},
    {MACHINE, FUNCTION, GRANT_ROLE_POLICY, ACCESS_WRITE, false, false, true, NULL},
    {MACHINE, TOPIC, GRANT_ROLE_POLICY, ACCESS_WRITE, false, false, true, NULL},
    {MACHINE, QUEUE, GRANT_ROLE_POLICY, ACCESS_WRITE, false, false, true, NULL},
    {MACHINE, BUCKET, GRANT_ROLE_POLICY, ACCESS_READ | ACCESS_WRITE, false, false, true, NULL},
    {MACHINE, TABLE, GRANT_ROLE_POLICY, ACCESS_READ | ACCESS_WRITE, false, false, true, NULL},
    {MACHINE, MACHINE, GRANT_ROLE_POLICY, ACCESS_READ | ACCESS_WRITE, false, true, true, NULL},
    {MACHINE, BUS, GRANT_ROLE_POLICY, ACCESS_WRITE, false, false, true, NULL},
    {DATA_SOURCE, TABLE, GRANT_ROLE_POLICY, ACCESS_READ | ACCESS_WRITE, false, false, true, NULL},
    {DATA_SOURCE, FUNCTION, GRANT_ROLE_POLICY, ACCESS_WRITE, false, false, true, NULL},
    {DATA_SOURCE, BUS, GRANT_ROLE_POLICY, ACCESS_WRITE, false, false, true, NULL},
    {GRAPHQL_API, FUNCTION, GRANT_INVOKE, ACCESS_WRITE, false, false, false,
     "appsync.amazonaws.com"},
};

static const struct {
    const char *type;
    const char *arn; /* attribute; "": Ref is the ARN */
    const char *role;
} resource_types[] = {
    {FUNCTION, "Arn", "Role"},
    {MACHINE, "", "RoleArn"},
    {RULE, "Arn", NULL},
    {DATA_SOURCE, "", "ServiceRoleArn"},
    {GRAPHQL_API, "", NULL},
    {TOPIC, "", NULL},
    {QUEUE, "Arn", NULL},
    {BUCKET, "Arn", NULL},
    {TABLE, "Arn", NULL},
    {BUS, "Arn", NULL},
    {"AWS::Location::PlaceIndex", "Arn", NULL},
};

/* One end of a connector: a resource by id, or described by the author. */
struct end {
    struct slice id; /* empty: described */
    struct slice type;
    struct value *arn, *role, *queue_url, *resource_id, *qualifier;
};

static struct slice cloudformation_type(struct slice type)
{
    static const struct {
        const char *sam, *plain;
    } types[] = {{"AWS::Serverless::Function", FUNCTION},
                 {"AWS::Serverless::StateMachine", MACHINE},
                 {"AWS::Serverless::Api", REST_API},
                 {"AWS::Serverless::HttpApi", HTTP_API},
                 {"AWS::Serverless::SimpleTable", TABLE}};
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (slice_is(type, types[i].sam)) {
            return slice_from(types[i].plain);
        }
    }
    return type;
}

/* A rule's role is that of the target which is the connector's other end. */
static struct value *rule_role(const struct value *properties, const struct value *other)
{
    struct value *targets = sam_get(properties, "Targets");
    struct value *other_id = sam_get(other, "Id");
    for (size_t i = 0; i < sam_items(targets); i++) {
        struct value *arn = sam_get(value_at(targets, i), "Arn");
        struct slice id = sam_referred_id(arn);
        if ((id.ptr != NULL && slice_eq(id, value_scalar_text(other_id))) ||
            (sam_get(other, "Arn") != NULL && value_equal(arn, sam_get(other, "Arn")))) {
            return sam_get(value_at(targets, i), "RoleArn");
        }
    }
    return NULL;
}

static bool described_end(struct macro *macro, const struct value *given, struct end *ret_end)
{
    struct value *type = sam_get(given, "Type");
    if (!sam_is_string(type) || type->text.len == 0) {
        macro_error(macro, given->pos, "'Type' is missing or not a string.");
        return false;
    }
    *ret_end = (struct end){.type = cloudformation_type(type->text),
                            .arn = sam_get(given, "Arn"),
                            .role = sam_get(given, "RoleName"),
                            .queue_url = sam_get(given, "QueueUrl"),
                            .resource_id = sam_get(given, "ResourceId"),
                            .qualifier = sam_get(given, "Qualifier")};
    return true;
}

static bool find_end(struct macro *macro, struct value *given, const struct value *other,
                     struct end *ret_end)
{
    struct sam *sam = macro->sam;
    struct value *id = sam_get(given, "Id");
    size_t others = 0;
    for (size_t i = 0; i < sam_entries(given); i++) {
        struct slice key = given->as.map.entries[i].key;
        others += !slice_is(key, "Id") && !slice_is(key, "Qualifier");
    }
    if ((value_get(given, "Id") != NULL) == (others > 0)) {
        macro_error(macro, given->pos,
                    "Must provide 'Id' (with optional 'Qualifier') or a supported combination of "
                    "other properties.");
        return false;
    }
    if (!sam_is_truthy(id)) {
        return described_end(macro, given, ret_end);
    }
    if (!sam_is_string(id)) {
        macro_error(macro, id->pos, "'Id' is missing or not a string.");
        return false;
    }
    struct value *resource = value_find(sam->out, id->text);
    if (resource == NULL) {
        macro_error(macro, id->pos, "Unable to find resource with logical ID '%.*s'.",
                    SLICE_ARG(id->text));
        return false;
    }
    struct value *properties = sam_get(resource, "Properties");
    struct end end = {.id = id->text,
                      .type = value_scalar_text(value_get(resource, "Type")),
                      .resource_id = value_ref(sam->arena, id->pos, id->text),
                      .queue_url = value_ref(sam->arena, id->pos, id->text),
                      .qualifier = sam_get(given, "Qualifier")};
    struct value *role = NULL;
    for (size_t i = 0; i < COUNT_OF(resource_types); i++) {
        if (!slice_is(end.type, resource_types[i].type)) {
            continue;
        }
        end.arn = resource_types[i].arn[0] == '\0'
                      ? value_ref(sam->arena, id->pos, id->text)
                      : value_getatt(sam->arena, id->pos, id->text, resource_types[i].arn);
        role = resource_types[i].role != NULL ? sam_get(properties, resource_types[i].role) : NULL;
    }
    if (slice_is(end.type, RULE)) {
        role = rule_role(properties, other);
    }
    if (slice_is(end.type, GRAPHQL_API)) {
        end.resource_id = value_getatt(sam->arena, id->pos, id->text, "ApiId");
    }
    if (end.qualifier == NULL) {
        end.qualifier = sam_text(sam, id->pos, "*");
    }
    struct slice role_id = sam_referred_id(role);
    end.role = role_id.ptr != NULL ? value_ref(sam->arena, id->pos, role_id) : NULL;
    *ret_end = end;
    return true;
}

static const struct profile *find_profile(struct slice source, struct slice destination)
{
    for (size_t i = 0; i < COUNT_OF(profiles); i++) {
        if (slice_is(source, profiles[i].source) &&
            slice_is(destination, profiles[i].destination)) {
            return &profiles[i];
        }
    }
    return NULL;
}

static bool check_permissions(struct macro *macro, const struct profile *profile,
                              unsigned *ret_access)
{
    struct value *list = macro_get(macro, "Permissions");
    struct source_pos pos = macro_pos_of(macro, "Permissions");
    const char *valid = profile->access == ACCESS_READ    ? "Read"
                        : profile->access == ACCESS_WRITE ? "Write"
                                                          : "Read, Write";
    unsigned access = 0;
    for (size_t i = 0; i < sam_items(list); i++) {
        struct value *item = value_at(list, i);
        unsigned one = value_is(item, "Read")    ? ACCESS_READ
                       : value_is(item, "Write") ? ACCESS_WRITE
                                                 : 0;
        if (one == 0 || (profile->access & one) == 0) {
            macro_error(macro, item->pos,
                        "Unsupported 'Permissions' provided for connector from %s to %s; valid "
                        "values are: %s.",
                        profile->source, profile->destination, valid);
            return false;
        }
        access |= one;
    }
    if (access == 0) {
        macro_error(macro, pos, "'Permissions' cannot be empty; valid values are: %s.", valid);
        return false;
    }
    if ((profile->needs_both && access != (ACCESS_READ | ACCESS_WRITE)) ||
        (profile->needs_read && (access & ACCESS_READ) == 0)) {
        macro_error(macro, pos,
                    "Unsupported 'Permissions' provided for connector from %s to %s; valid "
                    "combinations are: %s.",
                    profile->source, profile->destination,
                    profile->needs_both ? "Read + Write" : "Read, Read + Write");
        return false;
    }
    *ret_access = access;
    return true;
}

/* Where the generated resource goes: below the connector's id, numbered when Destination is a list.
 */
static struct slice grant_id(struct macro *macro, const char *suffix, size_t index, bool is_list)
{
    return is_list ? arena_printf(macro->sam->arena, "%.*s%sDestination%zu", SLICE_ARG(macro->id),
                                  suffix, index)
                   : arena_printf(macro->sam->arena, "%.*s%s", SLICE_ARG(macro->id), suffix);
}

static struct value *source_arn(struct macro *macro, const struct end *source)
{
    struct sam *sam = macro->sam;
    struct source_pos pos = macro->pos;
    bool is_graphql = slice_is(source->type, GRAPHQL_API);
    if (!is_graphql && !slice_is(source->type, HTTP_API) && !slice_is(source->type, REST_API)) {
        return source->arn;
    }
    const char *text = is_graphql
                           ? "arn:${AWS::Partition}:appsync:${AWS::Region}:${AWS::AccountId}:apis/"
                             "${SourceResourceId}"
                           : "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:"
                             "${SourceResourceId}/${SourceQualifier}";
    return sam_sub(sam, pos, text,
                   sam_map(sam, pos, "SourceResourceId", source->resource_id, "SourceQualifier",
                           is_graphql ? NULL : source->qualifier, NULL));
}

static void emit_main(struct macro *macro, struct slice id, const char *type, struct value **ret)
{
    *ret = macro_emit_main(macro, id, type);
}

static void add_role_policy(struct macro *macro, const struct profile *profile,
                            const struct end *source, const struct end *destination, size_t index,
                            bool is_list)
{
    struct sam *sam = macro->sam;
    const struct end *holder = profile->is_source_role ? source : destination;
    if (holder->role == NULL) {
        macro_error(macro, macro->pos, "Unable to get IAM role name from '%s' resource.",
                    profile->is_source_role ? "Source" : "Destination");
        return;
    }
    struct value *policy;
    emit_main(macro, grant_id(macro, "Policy", index, is_list), "AWS::IAM::ManagedPolicy", &policy);
    sam_put(sam, policy, "PolicyDocument",
            sam_map(sam, macro->pos, "Version", sam_text(sam, macro->pos, "2012-10-17"),
                    "Statement", value_list(sam->arena, macro->pos), NULL));
    sam_put(sam, policy, "Roles", sam_list(sam, macro->pos, holder->role, NULL));
}

static void add_invoke_permissions(struct macro *macro, const struct profile *profile,
                                   const struct end *source, const struct end *destination,
                                   unsigned access, size_t index, bool is_list)
{
    struct sam *sam = macro->sam;
    if (destination->arn == NULL) {
        macro_error(macro, macro->pos,
                    "Unable to get Lambda function ARN from 'Destination' resource.");
        return;
    }
    if ((access & ACCESS_WRITE) == 0) {
        return;
    }
    struct value *permission;
    emit_main(macro, grant_id(macro, "WriteLambdaPermission", index, is_list),
              "AWS::Lambda::Permission", &permission);
    sam_put_text(sam, permission, "Action", "lambda:InvokeFunction");
    sam_put(sam, permission, "FunctionName", destination->arn);
    sam_put_text(sam, permission, "Principal", profile->principal);
    sam_put(sam, permission, "SourceArn", source_arn(macro, source));
    if (slice_is(source->type, BUCKET)) {
        sam_put(sam, permission, "SourceAccount",
                sam_sub(sam, macro->pos, "${AWS::AccountId}", NULL));
    }
}

static void add_resource_policy(struct macro *macro, const struct profile *profile,
                                const struct end *destination, size_t index, bool is_list)
{
    struct sam *sam = macro->sam;
    bool is_queue = profile->grant == GRANT_QUEUE_POLICY;
    struct value *target = is_queue ? destination->queue_url : destination->arn;
    if (target == NULL) {
        macro_error(macro, macro->pos, "Unable to get %s from 'Destination' resource.",
                    is_queue ? "SQS queue URL" : "SNS topic ARN");
        return;
    }
    struct value *policy;
    emit_main(macro, grant_id(macro, is_queue ? "QueuePolicy" : "TopicPolicy", index, is_list),
              is_queue ? "AWS::SQS::QueuePolicy" : "AWS::SNS::TopicPolicy", &policy);
    sam_put(sam, policy, "PolicyDocument",
            sam_map(sam, macro->pos, "Version", sam_text(sam, macro->pos, "2012-10-17"),
                    "Statement", value_list(sam->arena, macro->pos), NULL));
    sam_put(sam, policy, is_queue ? "Queues" : "Topics", sam_list(sam, macro->pos, target, NULL));
}

static void connect(struct macro *macro, struct value *destination_given, size_t index,
                    bool is_list)
{
    struct value *source_given = macro_get(macro, "Source");
    struct end source, destination;
    unsigned access;
    if (!find_end(macro, destination_given, source_given, &destination) ||
        !find_end(macro, source_given, destination_given, &source)) {
        return;
    }
    const struct profile *profile = find_profile(source.type, destination.type);
    if (profile == NULL) {
        macro_error(macro, macro->pos,
                    "Unable to create connector from %.*s to %.*s; it's not supported or the "
                    "template is invalid.",
                    SLICE_ARG(source.type), SLICE_ARG(destination.type));
        return;
    }
    if (!check_permissions(macro, profile, &access)) {
        return;
    }
    switch (profile->grant) {
    case GRANT_ROLE_POLICY:
        add_role_policy(macro, profile, &source, &destination, index, is_list);
        break;
    case GRANT_INVOKE:
        add_invoke_permissions(macro, profile, &source, &destination, access, index, is_list);
        break;
    case GRANT_QUEUE_POLICY:
    case GRANT_TOPIC_POLICY:
        add_resource_policy(macro, profile, &destination, index, is_list);
        break;
    }
}

void sam_connector(struct macro *macro)
{
    struct value *destination = macro_get(macro, "Destination");
    bool is_list = sam_is_list(destination);
    if (is_list && value_count(destination) == 0) {
        macro_error(macro, macro->pos, "'Destination' is an empty list");
        return;
    }
    for (size_t i = 0; i < (is_list ? sam_items(destination) : 1); i++) {
        connect(macro, is_list ? value_at(destination, i) : destination, i, is_list);
    }
    if (!macro->has_failed) {
        value_set(macro->sam->arena, macro->sam->connectors, macro->id, macro->generated);
    }
}

/* What a resource depends on, with what connectors generated in their place. */
static struct value *without_connectors(struct sam *sam, struct value *depends_on)
{
    struct value *others = value_list(sam->arena, depends_on->pos);
    struct value *generated = value_list(sam->arena, depends_on->pos);
    bool has_connector = false;
    for (size_t i = 0; i < (sam_is_list(depends_on) ? sam_items(depends_on) : 1); i++) {
        struct value *item = sam_is_list(depends_on) ? value_at(depends_on, i) : depends_on;
        struct value *connector = value_find(sam->connectors, value_scalar_text(item));
        for (size_t k = 0; k < sam_entries(connector); k++) {
            value_push(sam->arena, generated,
                       sam_string(sam, connector->pos, connector->as.map.entries[k].key));
        }
        if (connector != NULL) {
            has_connector = true;
        } else {
            value_push(sam->arena, others, item);
        }
    }
    if (!has_connector) {
        return depends_on;
    }
    for (size_t i = 0; i < sam_items(generated); i++) {
        value_push(sam->arena, others, value_at(generated, i));
    }
    return others;
}

void sam_finish_connectors(struct sam *sam)
{
    for (size_t i = 0; value_count(sam->connectors) > 0 && i < sam_entries(sam->out); i++) {
        struct value *resource = sam->out->as.map.entries[i].value;
        struct value *depends_on = sam_get(resource, "DependsOn");
        if (depends_on != NULL) {
            sam_put(sam, resource, "DependsOn", without_connectors(sam, depends_on));
        }
    }
}

static void add_embedded(struct sam *sam, const struct value_entry *source,
                         const struct value_entry *connector)
{
    struct slice id =
        arena_printf(sam->arena, "%.*s%.*s", SLICE_ARG(source->key), SLICE_ARG(connector->key));
    struct value *given = sam_get(connector->value, "Properties");
    if (!sam_is_map(connector->value) || !sam_is_map(given)) {
        sam_error(
            sam, connector->key_pos,
            "Resource with id [%.*s] is invalid. Attribute 'Connectors.%.*s.Properties' should "
            "be a map.",
            SLICE_ARG(source->key), SLICE_ARG(connector->key));
        return;
    }
    struct value *copy = value_clone(sam->arena, connector->value);
    struct value *properties = sam_get(copy, "Properties");
    struct value *end = sam_map(sam, connector->key_pos, "Id",
                                sam_string(sam, connector->key_pos, source->key), NULL);
    struct value *reference = sam_get(properties, "SourceReference");
    for (size_t i = 0; i < sam_entries(reference); i++) {
        const struct value_entry *entry = &reference->as.map.entries[i];
        if (slice_is(entry->key, "Id")) {
            sam_error(sam, entry->key_pos,
                      "Resource with id [%.*s] is invalid. 'Id' shouldn't be defined in "
                      "'SourceReference'.",
                      SLICE_ARG(connector->key));
            continue;
        }
        value_set_at(sam->arena, end, entry->key, entry->key_pos, entry->value);
    }
    value_remove(properties, SLICE("SourceReference"));
    sam_put(sam, properties, "Source", end);
    sam_put_text(sam, copy, "Type", "AWS::Serverless::Connector");
    if (value_find(sam->resources, id) != NULL) {
        sam_error(sam, connector->key_pos,
                  "Transforming resource with id [%.*s] attempts to create a new resource with id "
                  "[%.*s] and type \"AWS::Serverless::Connector\". A resource with that id already "
                  "exists within this template. Please use a different id for that resource.",
                  SLICE_ARG(source->key), SLICE_ARG(id));
        return;
    }
    value_set_at(sam->arena, sam->resources, id, connector->key_pos, copy);
}

void sam_embedded_connectors(struct sam *sam)
{
    size_t count = value_count(sam->resources);
    for (size_t i = 0; i < count; i++) {
        struct value_entry source = sam->resources->as.map.entries[i];
        struct value *connectors = value_get(source.value, "Connectors");
        if (connectors == NULL) {
            continue;
        }
        if (!sam_is_map(connectors)) {
            sam_error(sam, sam_pos_of(source.value, "Connectors", source.key_pos),
                      "Resource with id [%.*s] is invalid. Attribute '%.*s.Connectors' should be a "
                      "map.",
                      SLICE_ARG(source.key), SLICE_ARG(source.key));
        }
        for (size_t k = 0; k < sam_entries(connectors); k++) {
            add_embedded(sam, &source, &connectors->as.map.entries[k]);
        }
        value_remove(source.value, SLICE("Connectors"));
    }
}
