#include "templates/sam/sam.h"

#include "core/mem.h"

static const char *const main_attributes[] = {"Condition", "DeletionPolicy", "UpdatePolicy",
                                              "UpdateReplacePolicy", "Metadata"};
static const char *const inherited_attributes[] = {"Condition", "DeletionPolicy",
                                                   "UpdateReplacePolicy"};

static struct value *pick(struct sam *sam, const struct value *resource, const char *const *names,
                          size_t count)
{
    struct value *attributes = value_map(sam->arena, resource->pos);
    for (size_t i = 0; i < count; i++) {
        sam_copy(sam, attributes, resource, names[i]);
    }
    return attributes;
}

bool macro_init(struct macro *macro, struct sam *sam, struct slice id, struct source_pos pos,
                struct value *resource)
{
    *macro = (struct macro){.sam = sam, .id = id, .pos = pos, .resource = resource};
    macro->type = value_scalar_text(value_get(resource, "Type"));
    macro->attributes = pick(sam, resource, main_attributes, COUNT_OF(main_attributes));
    macro->inherited = pick(sam, resource, inherited_attributes, COUNT_OF(inherited_attributes));
    macro->depends_on = sam_get(resource, "DependsOn");
    macro->generated = value_map(sam->arena, pos);
    macro->properties = sam_get(resource, "Properties");
    if (macro->properties == NULL) {
        macro->properties = value_map(sam->arena, pos);
        sam_put(sam, resource, "Properties", macro->properties);
    }
    if (!slice_is_alnum(id, "")) {
        macro_error(macro, pos, "Logical ids must be alphanumeric.");
    }
    struct value *condition = value_get(resource, "Condition");
    if (condition != NULL && !sam_is_string(condition)) {
        sam_structure_error(sam, condition->pos, "Every Condition member must be a string.");
        macro->has_failed = true;
    }
    return !macro->has_failed;
}

struct value *macro_get(const struct macro *macro, const char *property)
{
    return sam_get(macro->properties, property);
}

struct source_pos macro_pos_of(const struct macro *macro, const char *property)
{
    return sam_pos_of(macro->properties, property, macro->pos);
}

/* Ids that a macro may give again, because they are the SAM resource itself. */
static bool may_replace(const char *type, const struct value *existing)
{
    static const struct {
        const char *after, *before;
    } pairs[] = {
        {"AWS::Lambda::Function", "AWS::Serverless::Function"},
        {"AWS::Lambda::LayerVersion", "AWS::Serverless::LayerVersion"},
        {"AWS::Lambda::CapacityProvider", "AWS::Serverless::CapacityProvider"},
        {"AWS::ApiGateway::RestApi", "AWS::Serverless::Api"},
        {"AWS::ApiGatewayV2::Api", "AWS::Serverless::HttpApi"},
        {"AWS::ApiGatewayV2::Api", "AWS::Serverless::WebSocketApi"},
        {"AWS::DynamoDB::Table", "AWS::Serverless::SimpleTable"},
        {"AWS::CloudFormation::Stack", "AWS::Serverless::Application"},
        {"AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine"},
        {"AWS::AppSync::GraphQLApi", "AWS::Serverless::GraphQLApi"},
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        if (slice_is(slice_from(type), pairs[i].after) &&
            value_is(value_get(existing, "Type"), pairs[i].before)) {
            return true;
        }
    }
    return false;
}

static struct value *emit(struct macro *macro, struct slice id, const char *type,
                          struct source_pos pos, const struct value *attributes,
                          struct value *depends_on)
{
    struct sam *sam = macro->sam;
    const struct value *existing = value_find(sam->resources, id);
    if (existing != NULL && !may_replace(type, existing)) {
        sam_error(sam, pos,
                  "Transforming resource with id [%.*s] attempts to create a new resource with id "
                  "[%.*s] and type \"%s\". A resource with that id already exists within this "
                  "template. Please use a different id for that resource.",
                  SLICE_ARG(macro->id), SLICE_ARG(id), type);
        macro->has_failed = true;
    }
    struct value *resource = value_map(sam->arena, pos);
    struct value *properties = value_map(sam->arena, pos);
    sam_put_text(sam, resource, "Type", type);
    sam_put(sam, resource, "DependsOn", depends_on);
    for (size_t i = 0; i < sam_entries(attributes); i++) {
        const struct value_entry *entry = &attributes->as.map.entries[i];
        value_set(sam->arena, resource, entry->key, entry->value);
    }
    sam_put(sam, resource, "Properties", properties);
    value_set_at(sam->arena, macro->generated, id, pos, resource);
    return properties;
}

struct value *macro_emit(struct macro *macro, struct slice id, const char *type,
                         struct source_pos pos, const struct value *attributes)
{
    return emit(macro, id, type, pos, attributes, NULL);
}

struct value *macro_emit_main(struct macro *macro, struct slice id, const char *type)
{
    return emit(macro, id, type, macro->pos, macro->attributes, macro->depends_on);
}

struct value *macro_generated(const struct macro *macro, struct slice id)
{
    return value_find(macro->generated, id);
}

void macro_depend(struct macro *macro, struct slice id, struct slice on)
{
    struct value *resource = macro_generated(macro, id);
    sam_put(macro->sam, resource, "DependsOn",
            sam_list(macro->sam, resource->pos, sam_string(macro->sam, resource->pos, on), NULL));
}

struct value *macro_emit_role(struct macro *macro, struct slice id, struct source_pos pos,
                              const char *service, const struct value *attributes)
{
    struct sam *sam = macro->sam;
    struct value *properties = macro_emit(macro, id, "AWS::IAM::Role", pos, attributes);
    struct value *principal =
        sam_map(sam, pos, "Service", sam_list(sam, pos, sam_text(sam, pos, service), NULL), NULL);
    struct value *statement =
        sam_map(sam, pos, "Action", sam_list(sam, pos, sam_text(sam, pos, "sts:AssumeRole"), NULL),
                "Effect", sam_text(sam, pos, "Allow"), "Principal", principal, NULL);
    sam_put(sam, properties, "AssumeRolePolicyDocument",
            sam_map(sam, pos, "Version", sam_text(sam, pos, "2012-10-17"), "Statement",
                    sam_list(sam, pos, statement, NULL), NULL));
    return properties;
}

struct value *macro_emit_permission(struct macro *macro, struct slice id, struct source_pos pos,
                                    const struct value *attributes, struct value *function_name,
                                    const char *principal, struct value *source_arn)
{
    struct value *properties = macro_emit(macro, id, "AWS::Lambda::Permission", pos, attributes);
    sam_put_text(macro->sam, properties, "Action", "lambda:InvokeFunction");
    sam_put(macro->sam, properties, "FunctionName", function_name);
    sam_put_text(macro->sam, properties, "Principal", principal);
    sam_put(macro->sam, properties, "SourceArn", source_arn);
    return properties;
}

/* PropagateTags: what it generates carries the tags of the SAM resource. */
void macro_propagate_tags(struct macro *macro)
{
    static const struct {
        const char *type;
        bool is_map;
    } tagged[] = {
        {"AWS::Lambda::Function", false},
        {"AWS::IAM::Role", false},
        {"AWS::SQS::Queue", false},
        {"AWS::SNS::Topic", false},
        {"AWS::ApiGateway::RestApi", false},
        {"AWS::ApiGateway::Stage", false},
        {"AWS::ApiGateway::DomainName", false},
        {"AWS::ApiGateway::DomainNameV2", false},
        {"AWS::ApiGateway::UsagePlan", false},
        {"AWS::ApiGateway::ApiKey", false},
        {"AWS::StepFunctions::StateMachine", false},
        {"AWS::ApiGatewayV2::Stage", true},
        {"AWS::ApiGatewayV2::DomainName", true},
    };
    struct value *tags = macro_get(macro, "Tags");
    if (!sam_is_truthy(tags)) {
        return;
    }
    for (size_t i = 0; i < sam_entries(macro->generated); i++) {
        struct value *resource = macro->generated->as.map.entries[i].value;
        for (size_t k = 0; k < COUNT_OF(tagged); k++) {
            if (value_is(value_get(resource, "Type"), tagged[k].type)) {
                sam_put(macro->sam, value_get(resource, "Properties"), "Tags",
                        tagged[k].is_map ? tags
                                         : sam_tags(macro->sam, tags->pos, NULL, NULL, tags));
            }
        }
    }
}

/* "F.Alias", "A.Stage": what authors may refer to by SAM resource and kind. */
static void note_reference(struct macro *macro, struct slice id, struct slice type)
{
    static const struct {
        const char *macro, *name, *type;
    } referable[] = {
        {"AWS::Serverless::Function", "Alias", "AWS::Lambda::Alias"},
        {"AWS::Serverless::Function", "Version", "AWS::Lambda::Version"},
        {"AWS::Serverless::Function", "DestinationTopic", "AWS::SNS::Topic"},
        {"AWS::Serverless::Function", "DestinationQueue", "AWS::SQS::Queue"},
        {"AWS::Serverless::Api", "Stage", "AWS::ApiGateway::Stage"},
        {"AWS::Serverless::Api", "Deployment", "AWS::ApiGateway::Deployment"},
        {"AWS::Serverless::Api", "DomainName", "AWS::ApiGateway::DomainName"},
        {"AWS::Serverless::Api", "DomainNameV2", "AWS::ApiGateway::DomainNameV2"},
        {"AWS::Serverless::Api", "UsagePlan", "AWS::ApiGateway::UsagePlan"},
        {"AWS::Serverless::Api", "UsagePlanKey", "AWS::ApiGateway::UsagePlanKey"},
        {"AWS::Serverless::Api", "ApiKey", "AWS::ApiGateway::ApiKey"},
        {"AWS::Serverless::HttpApi", "Stage", "AWS::ApiGatewayV2::Stage"},
        {"AWS::Serverless::HttpApi", "DomainName", "AWS::ApiGatewayV2::DomainName"},
        {"AWS::Serverless::WebSocketApi", "Stage", "AWS::ApiGatewayV2::Stage"},
        {"AWS::Serverless::WebSocketApi", "DomainName", "AWS::ApiGatewayV2::DomainName"},
    };
    for (size_t i = 0; i < COUNT_OF(referable); i++) {
        if (!slice_is(macro->type, referable[i].macro) || !slice_is(type, referable[i].type)) {
            continue;
        }
        struct sam *sam = macro->sam;
        struct value *names = value_find(sam->references, macro->id);
        if (names == NULL) {
            names = value_map(sam->arena, macro->pos);
            value_set(sam->arena, sam->references, macro->id, names);
        }
        sam_put(sam, names, referable[i].name, sam_string(sam, macro->pos, id));
    }
}

void macro_finish(struct macro *macro)
{
    if (macro->has_failed) {
        return;
    }
    for (size_t i = 0; i < sam_entries(macro->generated); i++) {
        const struct value_entry *entry = &macro->generated->as.map.entries[i];
        value_set_at(macro->sam->arena, macro->sam->out, entry->key, entry->key_pos, entry->value);
        note_reference(macro, entry->key, value_scalar_text(value_get(entry->value, "Type")));
    }
}
