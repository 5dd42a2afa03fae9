/* AWS::Serverless::GraphQLApi: an AppSync API with its schema, data sources, functions and
 * resolvers. AppSync is not emulated; the resources keep their ids. */
#include "templates/sam/sam.h"

#include "core/mem.h"

static const struct property_rule graphql_api_rules[] = {
    {"Name", PROPERTY_ANY, 0},
    {"Tags", PROPERTY_MAP, PROPERTY_LITERAL},
    {"XrayEnabled", PROPERTY_ANY, 0},
    {"Auth", PROPERTY_MAP, PROPERTY_REQUIRED | PROPERTY_LITERAL},
    {"SchemaInline", PROPERTY_STRING, PROPERTY_LITERAL},
    {"SchemaUri", PROPERTY_STRING, PROPERTY_LITERAL},
    {"Logging", PROPERTY_BOOL_OR_MAP, PROPERTY_LITERAL},
    {"DataSources", PROPERTY_MAP, PROPERTY_LITERAL},
    {"Functions", PROPERTY_MAP, PROPERTY_LITERAL},
    {"Resolvers", PROPERTY_MAP, PROPERTY_LITERAL},
    {"ApiKeys", PROPERTY_MAP, PROPERTY_LITERAL},
    {"DomainName", PROPERTY_MAP, PROPERTY_LITERAL},
    {"Cache", PROPERTY_MAP, PROPERTY_LITERAL},
    {"Visibility", PROPERTY_ANY, 0},
    {"OwnerContact", PROPERTY_ANY, 0},
    {"IntrospectionConfig", PROPERTY_ANY, 0},
    {"QueryDepthLimit", PROPERTY_ANY, 0},
    {"ResolverCountLimit", PROPERTY_ANY, 0},
};
const struct property_rules graphql_api_properties = PROPERTY_RULES(graphql_api_rules);

struct graphql {
    struct macro *macro;
    struct value *api_id;
    struct value *source_names; /* author's name -> name of the data source */
    struct value *function_ids;
    bool has_none_source;
};

static struct slice id_of(const struct graphql *graphql, const char *format, struct slice part)
{
    struct sam *sam = graphql->macro->sam;
    struct slice suffix = slice_from(format);
    return arena_printf(sam->arena, "%.*s%.*s%.*s", SLICE_ARG(graphql->macro->id), SLICE_ARG(part),
                        SLICE_ARG(suffix));
}

static struct value *add(struct graphql *graphql, struct slice id, const char *type,
                         struct source_pos pos)
{
    struct macro *macro = graphql->macro;
    struct value *properties = macro_emit_main(macro, id, type);
    macro_generated(macro, id)->pos = pos;
    sam_put(macro->sam, properties, "ApiId", graphql->api_id);
    return properties;
}

static struct value *auth_config(struct graphql *graphql, const struct value *auth,
                                 bool is_additional, const char **ret_name)
{
    static const struct {
        const char *type, *given, *written;
    } kinds[] = {{"AWS_LAMBDA", "LambdaAuthorizer", "LambdaAuthorizerConfig"},
                 {"OPENID_CONNECT", "OpenIDConnect", "OpenIDConnectConfig"},
                 {"AMAZON_COGNITO_USER_POOLS", "UserPool", "UserPoolConfig"}};
    struct macro *macro = graphql->macro;
    struct sam *sam = macro->sam;
    struct value *type = sam_get(auth, "Type");
    *ret_name = NULL;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (!value_is(type, kinds[i].type)) {
            continue;
        }
        struct value *config = sam_get(auth, kinds[i].given);
        if (!sam_is_map(config)) {
            macro_error(macro, auth->pos, "'%s' must be defined if type is '%s'.", kinds[i].given,
                        kinds[i].type);
            return NULL;
        }
        *ret_name = kinds[i].written;
        if (i == 2) {
            config = value_clone(sam->arena, config);
            if (is_additional) {
                value_remove(config, SLICE("DefaultAction"));
            } else if (sam_get(config, "DefaultAction") == NULL) {
                sam_put_text(sam, config, "DefaultAction", "ALLOW");
            }
            if (sam_get(config, "AwsRegion") == NULL) {
                sam_put(sam, config, "AwsRegion",
                        value_ref(sam->arena, config->pos, SLICE("AWS::Region")));
            }
        }
        return config;
    }
    return NULL;
}

/* A Lambda authorizer is connected: the API may invoke it. */
static void connect_authorizer(struct graphql *graphql, struct value *config, size_t number)
{
    struct macro *macro = graphql->macro;
    struct sam *sam = macro->sam;
    struct source_pos pos = config->pos;
    struct value *source_arn = sam_sub(
        sam, pos,
        "arn:${AWS::Partition}:appsync:${AWS::Region}:${AWS::AccountId}:apis/${SourceResourceId}",
        sam_map(sam, pos, "SourceResourceId", graphql->api_id, NULL));
    struct slice id = arena_printf(sam->arena, "%.*sToLambdaAuthConnector%zuWriteLambdaPermission",
                                   SLICE_ARG(macro->id), number);
    macro_emit_permission(macro, id, pos, NULL, sam_get(config, "AuthorizerUri"),
                          "appsync.amazonaws.com", source_arn);
}

static void add_auth(struct graphql *graphql, struct value *api)
{
    struct macro *macro = graphql->macro;
    struct sam *sam = macro->sam;
    struct value *auth = macro_get(macro, "Auth");
    struct value *additional = sam_get(auth, "Additional");
    const char *name;
    size_t authorizers = 0;
    if (sam_get(auth, "Type") == NULL) {
        macro_error(macro, auth->pos, "Property 'Auth.Type' is required.");
        return;
    }
    struct value *config = auth_config(graphql, auth, false, &name);
    sam_put(sam, api, "AuthenticationType", sam_get(auth, "Type"));
    if (config != NULL) {
        sam_put(sam, api, name, config);
        if (slice_is(slice_from(name), "LambdaAuthorizerConfig")) {
            connect_authorizer(graphql, config, ++authorizers);
        }
    }
    struct value *providers = value_list(sam->arena, auth->pos);
    for (size_t i = 0; i < sam_items(additional); i++) {
        struct value *one = value_at(additional, i);
        struct value *provider =
            sam_map(sam, one->pos, "AuthenticationType", sam_get(one, "Type"), NULL);
        config = auth_config(graphql, one, true, &name);
        if (config != NULL) {
            sam_put(sam, provider, name, config);
            if (slice_is(slice_from(name), "LambdaAuthorizerConfig")) {
                connect_authorizer(graphql, config, ++authorizers);
            }
        }
        value_push(sam->arena, providers, provider);
    }
    if (value_count(providers) > 0) {
        sam_put(sam, api, "AdditionalAuthenticationProviders", providers);
    }
}

static void add_logging(struct graphql *graphql, struct value *api)
{
    struct macro *macro = graphql->macro;
    struct sam *sam = macro->sam;
    struct value *logging = macro_get(macro, "Logging");
    if (logging != NULL && logging->kind == VALUE_BOOL && !logging->as.boolean) {
        return;
    }
    struct value *level = sam_is_map(logging) ? sam_get(logging, "FieldLogLevel") : NULL;
    struct value *role = sam_is_map(logging) ? sam_get(logging, "CloudWatchLogsRoleArn") : NULL;
    struct value *excludes = sam_is_map(logging) ? sam_get(logging, "ExcludeVerboseContent") : NULL;
    if (role == NULL) {
        struct slice id = id_of(graphql, "CloudWatchRole", SLICE(""));
        macro_emit_role(macro, id, macro->pos, "appsync.amazonaws.com", macro->attributes);
        sam_put(sam, macro_generated(macro, id), "DependsOn", macro->depends_on);
        role = value_getatt(sam->arena, macro->pos, id, "Arn");
    }
    sam_put(sam, api, "LogConfig",
            sam_map(sam, macro->pos, "ExcludeVerboseContent", excludes, "FieldLogLevel",
                    level != NULL ? level : sam_text(sam, macro->pos, "ALL"),
                    "CloudWatchLogsRoleArn", role, NULL));
}

static void add_schema(struct graphql *graphql)
{
    struct macro *macro = graphql->macro;
    struct value *text = macro_get(macro, "SchemaInline");
    struct value *uri = macro_get(macro, "SchemaUri");
    if (!sam_is_truthy(text) && !sam_is_truthy(uri)) {
        macro_error(macro, macro->pos, "One of 'SchemaInline' or 'SchemaUri' must be set.");
    } else if (sam_is_truthy(text) && sam_is_truthy(uri)) {
        macro_error(macro, macro_pos_of(macro, "SchemaUri"),
                    "Both 'SchemaInline' and 'SchemaUri' cannot be defined at the same time.");
    }
    struct value *schema = add(graphql, id_of(graphql, "Schema", SLICE("")),
                               "AWS::AppSync::GraphQLSchema", macro->pos);
    sam_put(macro->sam, schema, "Definition", text);
    sam_put(macro->sam, schema, "DefinitionS3Location", uri);
}

static void add_api_keys(struct graphql *graphql)
{
    struct value *keys = macro_get(graphql->macro, "ApiKeys");
    for (size_t i = 0; i < sam_entries(keys); i++) {
        const struct value_entry *entry = &keys->as.map.entries[i];
        struct value *key =
            add(graphql, id_of(graphql, "", entry->key), "AWS::AppSync::ApiKey", entry->key_pos);
        sam_copy(graphql->macro->sam, key, entry->value, "ApiKeyId");
        sam_copy(graphql->macro->sam, key, entry->value, "Description");
        sam_put(graphql->macro->sam, key, "Expires", sam_get(entry->value, "ExpiresOn"));
    }
}

static void add_cache(struct graphql *graphql)
{
    static const char *const same[] = {"ApiCachingBehavior", "Type", "Ttl",
                                       "AtRestEncryptionEnabled", "TransitEncryptionEnabled"};
    struct value *given = macro_get(graphql->macro, "Cache");
    if (!sam_is_truthy(given)) {
        return;
    }
    struct value *cache =
        add(graphql, id_of(graphql, "ApiCache", SLICE("")), "AWS::AppSync::ApiCache", given->pos);
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        sam_copy(graphql->macro->sam, cache, given, same[i]);
    }
}

static void add_domain_name(struct graphql *graphql)
{
    struct macro *macro = graphql->macro;
    struct sam *sam = macro->sam;
    struct value *given = macro_get(macro, "DomainName");
    if (!sam_is_truthy(given)) {
        return;
    }
    struct slice id = id_of(graphql, "DomainName", SLICE(""));
    struct value *domain = macro_emit_main(macro, id, "AWS::AppSync::DomainName");
    sam_copy(sam, domain, given, "CertificateArn");
    sam_copy(sam, domain, given, "DomainName");
    sam_copy(sam, domain, given, "Description");
    struct value *association = add(graphql, id_of(graphql, "DomainNameApiAssociation", SLICE("")),
                                    "AWS::AppSync::DomainNameApiAssociation", given->pos);
    sam_put(sam, association, "DomainName", value_ref(sam->arena, given->pos, id));
}

static void add_source_policy(struct graphql *graphql, struct slice source_id, struct slice role_id,
                              const char *connector)
{
    struct macro *macro = graphql->macro;
    struct sam *sam = macro->sam;
    struct slice id = arena_printf(sam->arena, "%.*s%sPolicy", SLICE_ARG(source_id), connector);
    struct value *policy = macro_emit(macro, id, "AWS::IAM::ManagedPolicy", macro->pos, NULL);
    sam_put(sam, policy, "PolicyDocument",
            sam_map(sam, macro->pos, "Version", sam_text(sam, macro->pos, "2012-10-17"),
                    "Statement", value_list(sam->arena, macro->pos), NULL));
    sam_put(sam, policy, "Roles",
            sam_list(sam, macro->pos, value_ref(sam->arena, macro->pos, role_id), NULL));
}

static void add_data_source(struct graphql *graphql, const struct value_entry *entry, bool is_table)
{
    struct macro *macro = graphql->macro;
    struct sam *sam = macro->sam;
    struct value *given = entry->value;
    struct slice id =
        id_of(graphql, is_table ? "DynamoDBDataSource" : "LambdaDataSource", entry->key);
    struct value *source = add(graphql, id, "AWS::AppSync::DataSource", entry->key_pos);
    struct value *name = sam_get(given, "Name");
    struct value *role = sam_get(given, "ServiceRoleArn");
    sam_put(sam, source, "Name",
            sam_is_truthy(name) ? name : sam_string(sam, entry->key_pos, entry->key));
    sam_put_text(sam, source, "Type", is_table ? "AMAZON_DYNAMODB" : "AWS_LAMBDA");
    sam_copy(sam, source, given, "Description");
    if (is_table) {
        struct value *region = sam_get(given, "Region");
        struct value *config = sam_map(
            sam, given->pos, "AwsRegion",
            region != NULL ? region : value_ref(sam->arena, given->pos, SLICE("AWS::Region")),
            "TableName", sam_get(given, "TableName"), "UseCallerCredentials",
            sam_get(given, "UseCallerCredentials"), "Versioned", sam_get(given, "Versioned"),
            "DeltaSyncConfig", sam_get(given, "DeltaSync"), NULL);
        sam_put(sam, source, "DynamoDBConfig", config);
    } else {
        sam_put(sam, source, "LambdaConfig",
                sam_map(sam, given->pos, "LambdaFunctionArn", sam_get(given, "FunctionArn"), NULL));
    }
    if (role == NULL) {
        struct slice role_id = arena_printf(sam->arena, "%.*sRole", SLICE_ARG(id));
        macro_emit_role(macro, role_id, entry->key_pos, "appsync.amazonaws.com", macro->attributes);
        sam_put(sam, macro_generated(macro, role_id), "DependsOn", macro->depends_on);
        add_source_policy(graphql, id, role_id,
                          is_table ? "ToTableConnector" : "ToLambdaConnector");
        role = value_getatt(sam->arena, entry->key_pos, role_id, "Arn");
    }
    sam_put(sam, source, "ServiceRoleArn", role);
    value_set(sam->arena, graphql->source_names, entry->key,
              value_getatt(sam->arena, entry->key_pos, id, "Name"));
}

static void add_data_sources(struct graphql *graphql)
{
    struct value *sources = macro_get(graphql->macro, "DataSources");
    struct value *tables = sam_get(sources, "DynamoDb");
    struct value *functions = sam_get(sources, "Lambda");
    for (size_t i = 0; i < sam_entries(tables); i++) {
        add_data_source(graphql, &tables->as.map.entries[i], true);
    }
    for (size_t i = 0; i < sam_entries(functions); i++) {
        add_data_source(graphql, &functions->as.map.entries[i], false);
    }
}

static struct value *source_name(struct graphql *graphql, const struct value_entry *entry)
{
    struct macro *macro = graphql->macro;
    struct sam *sam = macro->sam;
    struct value *given = sam_get(entry->value, "DataSource");
    if (!sam_is_truthy(given)) {
        macro_error(macro, entry->key_pos, "'DataSource' must be set in '%.*s'.",
                    SLICE_ARG(entry->key));
        return NULL;
    }
    if (!sam_is_string(given)) {
        return given;
    }
    if (slice_ieq(given->text, SLICE("none"))) {
        struct slice id = id_of(graphql, "NoneDataSource", SLICE(""));
        if (!graphql->has_none_source) {
            struct value *none = add(graphql, id, "AWS::AppSync::DataSource", given->pos);
            sam_put(sam, none, "Name", sam_string(sam, given->pos, id));
            sam_put_text(sam, none, "Type", "NONE");
            graphql->has_none_source = true;
        }
        return value_getatt(sam->arena, given->pos, id, "Name");
    }
    struct value *name = value_find(graphql->source_names, given->text);
    if (name == NULL) {
        macro_error(
            macro, given->pos,
            "Either define DataSource '%.*s' in 'DataSources' or use intrinsic function like "
            "GetAtt, ImportValue, Sub or another one to reference a DataSource defined "
            "outside of this GraphQLApi resource.",
            SLICE_ARG(given->text));
    }
    return name;
}

static struct value *runtime_of(struct graphql *graphql, const struct value_entry *entry)
{
    struct sam *sam = graphql->macro->sam;
    struct value *given = sam_get(entry->value, "Runtime");
    if (!sam_is_truthy(given)) {
        macro_error(graphql->macro, entry->key_pos,
                    "'Runtime' must be defined as a property in %.*s.", SLICE_ARG(entry->key));
        return NULL;
    }
    return sam_map(sam, given->pos, "Name", sam_get(given, "Name"), "RuntimeVersion",
                   sam_get(given, "Version"), NULL);
}

static void set_code(struct graphql *graphql, struct value *properties,
                     const struct value_entry *entry)
{
    struct value *text = sam_get(entry->value, "InlineCode");
    struct value *uri = sam_get(entry->value, "CodeUri");
    if (sam_is_truthy(text) && sam_is_truthy(uri)) {
        macro_error(graphql->macro, entry->key_pos,
                    "Both 'InlineCode' and 'CodeUri' cannot be defined at the same time.");
    }
    sam_put(graphql->macro->sam, properties, "Code", text);
    sam_put(graphql->macro->sam, properties, "CodeS3Location", uri);
}

static void add_functions(struct graphql *graphql)
{
    struct macro *macro = graphql->macro;
    struct sam *sam = macro->sam;
    struct value *functions = macro_get(macro, "Functions");
    for (size_t i = 0; i < sam_entries(functions); i++) {
        const struct value_entry *entry = &functions->as.map.entries[i];
        struct value *given_id = sam_get(entry->value, "Id");
        if (given_id != NULL) {
            if (value_count(entry->value) != 1) {
                macro_error(macro, entry->key_pos,
                            "'Id' cannot be defined with other properties in Function.");
            }
            value_set(sam->arena, graphql->function_ids, entry->key, given_id);
            continue;
        }
        struct slice id = id_of(graphql, "", entry->key);
        struct value *function =
            add(graphql, id, "AWS::AppSync::FunctionConfiguration", entry->key_pos);
        struct value *name = sam_get(entry->value, "Name");
        sam_put(sam, function, "Name",
                name != NULL ? name : sam_string(sam, entry->key_pos, entry->key));
        set_code(graphql, function, entry);
        if (sam_get(function, "Code") == NULL && sam_get(function, "CodeS3Location") == NULL) {
            macro_error(macro, entry->key_pos, "One of 'InlineCode' or 'CodeUri' must be set.");
        }
        sam_put(sam, function, "DataSourceName", source_name(graphql, entry));
        sam_copy(sam, function, entry->value, "MaxBatchSize");
        sam_copy(sam, function, entry->value, "Description");
        sam_put(sam, function, "Runtime", runtime_of(graphql, entry));
        sam_put(sam, function, "SyncConfig", sam_get(entry->value, "Sync"));
        value_set(sam->arena, graphql->function_ids, entry->key,
                  value_getatt(sam->arena, entry->key_pos, id, "FunctionId"));
    }
}

static struct value *pipeline(struct graphql *graphql, const struct value_entry *entry)
{
    struct macro *macro = graphql->macro;
    struct sam *sam = macro->sam;
    struct value *given = sam_get(entry->value, "Pipeline");
    if (!sam_is_truthy(given)) {
        macro_error(
            macro, entry->key_pos,
            "Resolver '%.*s' must have Pipeline defined. Unit resolvers are not supported. If "
            "you need a Unit resolver you can use AppSync resource.",
            SLICE_ARG(entry->key));
        return NULL;
    }
    struct value *ids = value_list(sam->arena, given->pos);
    for (size_t i = 0; i < sam_items(given); i++) {
        struct slice name = value_scalar_text(value_at(given, i));
        struct value *id = value_find(graphql->function_ids, name);
        if (id == NULL) {
            macro_error(macro, value_at(given, i)->pos, "Function '%.*s' does not exist.",
                        SLICE_ARG(name));
            continue;
        }
        value_push(sam->arena, ids, id);
    }
    return sam_map(sam, given->pos, "Functions", ids, NULL);
}

/* A resolver without code only runs its pipeline. */
#define PASS_THROUGH_CODE                                                                          \
    "\nexport function request(ctx) {\n    return {};\n}\n\nexport function response(ctx) {\n"     \
    "    return ctx.prev.result;\n}\n"

static void add_resolver(struct graphql *graphql, struct slice type,
                         const struct value_entry *entry)
{
    struct macro *macro = graphql->macro;
    struct sam *sam = macro->sam;
    struct source_pos pos = entry->key_pos;
    struct slice id = arena_printf(sam->arena, "%.*s%.*s%.*s", SLICE_ARG(macro->id),
                                   SLICE_ARG(type), SLICE_ARG(entry->key));
    struct value *resolver = add(graphql, id, "AWS::AppSync::Resolver", pos);
    struct value *field = sam_get(entry->value, "FieldName");
    macro_depend(macro, id, id_of(graphql, "Schema", SLICE("")));
    set_code(graphql, resolver, entry);
    if (sam_get(resolver, "Code") == NULL && sam_get(resolver, "CodeS3Location") == NULL) {
        sam_put_text(sam, resolver, "Code", PASS_THROUGH_CODE);
        sam_put(sam, resolver, "Runtime",
                sam_map(sam, pos, "Name", sam_text(sam, pos, "APPSYNC_JS"), "RuntimeVersion",
                        sam_text(sam, pos, "1.0.0"), NULL));
    } else {
        sam_put(sam, resolver, "Runtime", runtime_of(graphql, entry));
    }
    sam_put(sam, resolver, "FieldName", field != NULL ? field : sam_string(sam, pos, entry->key));
    sam_put(sam, resolver, "TypeName", sam_string(sam, pos, type));
    sam_put_text(sam, resolver, "Kind", "PIPELINE");
    sam_put(sam, resolver, "PipelineConfig", pipeline(graphql, entry));
    sam_put(sam, resolver, "CachingConfig", sam_get(entry->value, "Caching"));
    sam_copy(sam, resolver, entry->value, "MaxBatchSize");
}

void sam_graphql_api(struct macro *macro)
{
    static const char *const same[] = {"Visibility",      "OwnerContact",
                                       "XrayEnabled",     "IntrospectionConfig",
                                       "QueryDepthLimit", "ResolverCountLimit"};
    struct sam *sam = macro->sam;
    struct graphql graphql = {.macro = macro,
                              .api_id = value_getatt(sam->arena, macro->pos, macro->id, "ApiId"),
                              .source_names = value_map(sam->arena, macro->pos),
                              .function_ids = value_map(sam->arena, macro->pos)};
    struct value *api = macro_emit_main(macro, macro->id, "AWS::AppSync::GraphQLApi");
    struct value *name = macro_get(macro, "Name");
    struct value *tags = value_clone(sam->arena, macro_get(macro, "Tags"));
    sam_put(sam, api, "Name", sam_is_truthy(name) ? name : sam_string(sam, macro->pos, macro->id));
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        sam_copy(sam, api, macro->properties, same[i]);
    }
    tags = tags != NULL ? tags : value_map(sam->arena, macro->pos);
    sam_put_text(sam, tags, "graphqlapi:createdBy", "SAM");
    sam_put(sam, api, "Tags", sam_tags(sam, macro->pos, NULL, NULL, tags));
    add_auth(&graphql, api);
    add_logging(&graphql, api);
    add_schema(&graphql);
    add_api_keys(&graphql);
    add_cache(&graphql);
    add_data_sources(&graphql);
    add_domain_name(&graphql);
    add_functions(&graphql);
    struct value *resolvers = macro_get(macro, "Resolvers");
    for (size_t i = 0; i < sam_entries(resolvers); i++) {
        const struct value_entry *type = &resolvers->as.map.entries[i];
        for (size_t k = 0; k < sam_entries(type->value); k++) {
            add_resolver(&graphql, type->key, &type->value->as.map.entries[k]);
        }
    }
}
