/* The SAM macros: AWS::Serverless::* resources to the CloudFormation resources that AWS's
 * translator makes, with the same logical ids. Private to templates/sam; the one entry is
 * sam_transform() of templates/load.h.
 *
 *     document checks -> default definitions -> implicit APIs -> Globals
 *         -> functions -> state machines -> APIs -> the rest -> connectors -> references
 *
 * Ownership  `root` is a clone of the author's tree, so macros may change it; what they share
 *            with the result is shared for good. Everything lives in the load's arena.
 * Errors     Diagnostics in SAM's wording; a macro that reports one goes on as far as it can and
 *            its resources are dropped.
 * Source     AWS SAM specification. */
#ifndef SLS_TEMPLATES_SAM_SAM_H
#define SLS_TEMPLATES_SAM_SAM_H

#include "core/buf.h"
#include "templates/load.h"

#define SAM_HASH_HEX 10 /* digits of a content hash in a logical id */

struct sam {
    struct load *load;
    struct arena *arena;
    struct value *root;        /* the template; its Resources gain the implicit APIs */
    struct value *resources;   /* of root */
    struct value *out;         /* Resources of the result */
    struct value *parameters;  /* name -> value, given or default; AWS::Region, AWS::Partition */
    struct value *renamed;     /* logical id -> new one, as text */
    struct value *references;  /* "Fn" -> {"Alias": logical id} */
    struct value *record_sets; /* RecordSetGroup id -> its RecordSets list */
    struct value *shared_plan; /* of all APIs with a SHARED usage plan; NULL before the first */
    struct value *refused;     /* events told as wrong while the implicit APIs were made */
    struct value *connectors;  /* id -> the resources it generated */
    struct value *preferences; /* function id -> its enabled DeploymentPreference */
    struct slice partition;
};

/* One SAM resource on its way. */
struct macro {
    struct sam *sam;
    struct slice id;
    struct slice type;
    struct source_pos pos;
    struct value *resource;
    struct value *properties; /* never NULL */
    /* Condition, DeletionPolicy, UpdatePolicy, UpdateReplacePolicy, Metadata */
    struct value *attributes;
    struct value *inherited; /* of those, what generated resources get too */
    struct value *depends_on;
    struct value *generated; /* logical id -> resource */
    struct slice role_id;    /* of the generated execution role; empty: none */
    bool has_failed;
};

/* What an event source invokes: a function, its alias, or a state machine. */
struct target {
    struct slice id;
    struct value *arn;
    struct value *name;      /* for permissions and mappings: {"Ref": ...} */
    struct value *inherited; /* attributes */
    struct value *condition; /* NULL: unconditional */
};

struct event {
    struct macro *macro;
    const struct target *target;
    struct slice id;         /* as the author wrote it */
    struct slice logical_id; /* resource + event */
    struct slice type;
    struct source_pos pos;
    struct value *properties;
    struct source_pos function_pos;
};

/* --- errors.c --- */
void sam_error(struct sam *sam, struct source_pos pos, const char *format, ...) PRINTF_LIKE(3, 4);
/* "Structure of the SAM template is invalid. ..." */
void sam_structure_error(struct sam *sam, struct source_pos pos, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* "Resource with id [F] is invalid. ..." */
void macro_error(struct macro *macro, struct source_pos pos, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* "Resource with id [F] is invalid. Event with id [E] is invalid. ..." */
void event_error(const struct event *event, struct source_pos pos, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* Where `key` stands in `map`; `otherwise` when it does not. */
struct source_pos sam_pos_of(const struct value *map, const char *key, struct source_pos otherwise);

/* --- build.c: reading and making values --- */
struct value *sam_get(const struct value *map, const char *key); /* NULL for null too */
bool sam_is_truthy(const struct value *value); /* not null, false, 0, "", [], {} */
bool sam_is_true(const struct value *value);   /* the boolean */
/* How many entries a map has, or items a list: 0 for everything else, which authors write too. */
size_t sam_entries(const struct value *map);
size_t sam_items(const struct value *list);
bool sam_is_map(const struct value *value);
bool sam_is_list(const struct value *value);
bool sam_is_string(const struct value *value);
bool sam_is_intrinsic(const struct value *value);
bool sam_is_no_value(const struct value *value);       /* {"Ref": "AWS::NoValue"} */
struct value *sam_if_items(const struct value *value); /* the list of an Fn::If, else NULL */
/* The logical id in {"Ref": id} or {"Fn::GetAtt": [id, x]}; SLICE_NULL for the rest. */
struct slice sam_referred_id(const struct value *value);
struct slice sam_ref_id(const struct value *value); /* only of {"Ref": id} */
void sam_put(struct sam *sam, struct value *map, const char *key,
             struct value *value); /* NULL: not at all */
void sam_put_text(struct sam *sam, struct value *map, const char *key, const char *text);
void sam_copy(struct sam *sam, struct value *to, const struct value *from, const char *key);
struct value *sam_string(struct sam *sam, struct source_pos pos, struct slice text);
struct value *sam_text(struct sam *sam, struct source_pos pos, const char *text);
/* sam_map(sam, pos, "Effect", a, "Action", b, NULL); NULL values are left out. */
struct value *sam_map(struct sam *sam, struct source_pos pos, ...) __attribute__((sentinel));
struct value *sam_list(struct sam *sam, struct source_pos pos, ...) __attribute__((sentinel));
struct value *sam_sub(struct sam *sam, struct source_pos pos, const char *text,
                      struct value *variables);
struct value *sam_if(struct sam *sam, struct value *condition,
                     struct value *then); /* else NoValue */
struct value *sam_if_else(struct sam *sam, struct value *condition, struct value *then,
                          struct value *otherwise);
struct value *sam_tags(struct sam *sam, struct source_pos pos, const char *mark,
                       const char *mark_value,
                       const struct value *tags); /* list of {Key, Value}; `mark` may be NULL */
struct value *sam_conditions(struct sam *sam);    /* the Conditions section, made when absent */
/* {"Fn::Or": [...]} under `name`, nested when there are more than ten. */
void sam_add_combined_condition(struct sam *sam, struct slice name, const struct value *conditions);
struct slice sam_lower(struct sam *sam, struct slice text); /* ASCII */
struct slice sam_upper(struct sam *sam, struct slice text);

/* --- hash.c --- */
/* A JSON string with everything but ASCII escaped, as Python writes it. */
void sam_write_ascii_string(struct buf *buf, struct slice text);
struct slice sam_hash_text(struct sam *sam, struct slice text, size_t digits);
struct slice sam_hash(struct sam *sam, const struct value *value); /* of its JSON, or of its text */
/* prefix + suffix when that is alphanumeric, else prefix + its hash; an empty suffix adds nothing.
 */
struct slice sam_suffixed(struct sam *sam, struct slice prefix, struct slice suffix);

/* --- parameters.c --- */
void sam_load_parameters(struct sam *sam);
/* The tree with references to parameters replaced, also inside Fn::Sub; shares what did not change.
 */
struct value *sam_resolve(struct sam *sam, struct value *value);

/* --- property.c --- */
enum property_kind {
    PROPERTY_ANY,
    PROPERTY_STRING,
    PROPERTY_MAP,
    PROPERTY_LIST,
    PROPERTY_BOOL,
    PROPERTY_INT,
    PROPERTY_STRING_OR_MAP,
    PROPERTY_BOOL_OR_MAP,
    PROPERTY_STRINGS,     /* string or list of strings */
    PROPERTY_LIST_OF_IDS, /* list of strings or maps */
    PROPERTY_POLICIES,    /* string, map or list of those */
    PROPERTY_MAP_OF_MAPS,
    PROPERTY_MAP_OF_STRINGS,
    PROPERTY_MAP_OF_INTS, /* or maps */
    PROPERTY_MAPS         /* map or list of maps */
};

enum { PROPERTY_REQUIRED = 1, PROPERTY_LITERAL = 2 }; /* flags; LITERAL: no intrinsic instead */

struct property_rule {
    const char *name;
    enum property_kind kind;
    unsigned flags;
};

struct property_rules {
    const struct property_rule *rules;
    size_t count;
};

#define PROPERTY_RULES(array)                                                                      \
    {                                                                                              \
        array, sizeof(array) / sizeof((array)[0])                                                  \
    }

/* Reports unknown, missing and ill-typed properties. False when there was one. */
bool sam_check_properties(struct sam *sam, struct slice logical_id, struct slice type,
                          struct source_pos pos, const struct value *properties,
                          const struct property_rules *rules, const struct property_rules *more);

/* --- macro.c --- */
bool macro_init(struct macro *macro, struct sam *sam, struct slice id, struct source_pos pos,
                struct value *resource);
struct value *macro_get(const struct macro *macro, const char *property);
struct source_pos macro_pos_of(const struct macro *macro, const char *property);
/* Each gives the Properties of a new generated resource to fill. */
struct value *macro_emit(struct macro *macro, struct slice id, const char *type,
                         struct source_pos pos, const struct value *attributes);
struct value *macro_emit_main(struct macro *macro, struct slice id, const char *type);
struct value *macro_generated(const struct macro *macro, struct slice id); /* the resource */
void macro_depend(struct macro *macro, struct slice id, struct slice on);
struct value *macro_emit_role(struct macro *macro, struct slice id, struct source_pos pos,
                              const char *service, const struct value *attributes);
struct value *macro_emit_permission(struct macro *macro, struct slice id, struct source_pos pos,
                                    const struct value *attributes, struct value *function_name,
                                    const char *principal, struct value *source_arn);
void macro_propagate_tags(struct macro *macro);
void macro_finish(struct macro *macro); /* hands the generated resources to the result */

/* --- globals.c, implicit.c, references.c --- */
void sam_merge_globals(struct sam *sam);
void sam_default_definitions(struct sam *sam);
void sam_implicit_apis(struct sam *sam);
void sam_rewrite_references(struct sam *sam, struct value *template_root);

/* --- code.c --- */
/* {"S3Bucket": ..., "S3Key": ...} of an s3:// location or {Bucket, Key, Version} map, else
 * {"SlsLocalPath": as written}. */
struct value *sam_code_location(struct macro *macro, const char *property, struct value *location);
/* DefinitionUri of an API: a local file is read and becomes its Body, S3 stays where it is. */
void sam_put_definition(struct macro *macro, struct value *api, struct value *uri,
                        struct source_pos pos);
/* A definition that is an AWS::Include of a local file: its content, with what stands beside the
 * include. The value itself when it is none or the file is not there (the resolver tells that). */
struct value *sam_included(struct sam *sam, struct value *definition);
/* {"Bucket": ..., "Key": ...} of "s3://bucket/key?versionId=v"; NULL for other text. */
struct value *sam_s3_pointer(struct sam *sam, struct source_pos pos, struct slice uri);

/* --- one function per resource type --- */
void sam_function(struct macro *macro);
void sam_api(struct macro *macro);
void sam_http_api(struct macro *macro);
void sam_websocket_api(struct macro *macro);
void sam_simple_table(struct macro *macro);
void sam_layer_version(struct macro *macro);
void sam_application(struct macro *macro);
void sam_state_machine(struct macro *macro);
void sam_connector(struct macro *macro);
void sam_graphql_api(struct macro *macro);
void sam_capacity_provider(struct macro *macro);
void sam_embedded_connectors(struct sam *sam);
/* DependsOn of a connector means what it generated. */
void sam_finish_connectors(struct sam *sam);

extern const struct property_rules function_properties, api_properties, http_api_properties,
    websocket_api_properties, simple_table_properties, layer_version_properties,
    application_properties, state_machine_properties, connector_properties, graphql_api_properties,
    capacity_provider_properties;

/* --- function_version.c, function_url.c, function_destinations.c, deployment_preference.c --- */
/* Adds version and alias; fills `ret_target` with the alias. */
void function_publish(struct macro *macro, struct value *function, struct target *ret_target);
void function_url(struct macro *macro, const struct target *alias);
void function_event_invoke_config(struct macro *macro, struct slice alias_id,
                                  struct slice alias_name);
void function_deployment_preference(struct macro *macro, struct slice alias_id);
void sam_finish_deployment_preferences(struct sam *sam);

/* --- events.c: the Events of functions and state machines --- */
void sam_function_events(struct macro *macro, const struct target *target);
void sam_state_machine_events(struct macro *macro, const struct target *target);
struct value *event_get(const struct event *event, const char *property);
struct source_pos event_pos_of(const struct event *event, const char *property);
/* FEPermission + suffix */
struct value *event_permission(const struct event *event, const char *principal,
                               struct value *source_arn, struct slice suffix);
void event_rule(struct event *event);     /* Schedule, EventBridgeRule, CloudWatchEvent */
void event_schedule(struct event *event); /* ScheduleV2 */
void event_mapping(
    struct event *event); /* SQS, DynamoDB, Kinesis, MSK, MQ, SelfManagedKafka, DocumentDB */
void event_mapping_of_queue(struct event *event, struct slice id, struct value *queue_arn,
                            struct value *batch_size);
void event_s3(struct event *event);
void event_sns(struct event *event);
void event_cognito(struct event *event);
void event_logs(struct event *event);
void event_iot(struct event *event);
void event_alexa(struct event *event);
void event_api(struct event *event);
void event_http_api(struct event *event);
void event_state_machine_api(struct event *event);
/* RequestModel and RequestParameters, into the method that `body` has for the event. */
void event_api_request(struct event *event, const struct value *api, struct value *body,
                       struct slice path, struct slice method);

/* --- openapi.c: definitions of both API kinds --- */
struct value *openapi_skeleton(struct sam *sam, struct source_pos pos, bool is_rest);
bool openapi_is_swagger(const struct value *body); /* a REST definition we may edit: 2.0 or 3.x */
bool openapi_is_version_3(const struct value *body);
bool openapi_version_matches(const struct value *version, char major);
bool openapi_version_matches_3(const struct value *version);
/* The item itself, or the branches of its Fn::If that are not NoValue. */
size_t openapi_alternatives(struct value *item, struct value *ret_items[2]);
struct slice openapi_method(struct sam *sam, struct slice method); /* lower case; "any" spelt out */
bool openapi_has_integration(const struct value *paths, struct slice path, struct slice method);
void openapi_add_path(struct sam *sam, struct value *body, struct slice path, struct slice method,
                      struct source_pos pos);
typedef void openapi_method_fn(void *ctx, struct slice path, struct slice method,
                               struct value *definition);
/* Every method definition with an integration, of every path (SLICE_NULL) or of one path and
 * method. */
void openapi_each_method(struct value *body, struct slice path, struct slice method,
                         openapi_method_fn *fn, void *ctx);
/* A path with its {variables} as '*', for ARNs. */
struct slice openapi_arn_path(struct sam *sam, struct slice path, bool is_rest);
struct value *openapi_lambda_uri(struct sam *sam, const struct target *target,
                                 struct source_pos pos, const char *partition, bool streams);
/* Adds one security requirement {name: scopes} behind those there are. */
void openapi_require(struct sam *sam, struct value *definition, const char *name,
                     struct value *scopes);
/* Adds text to `map[key]` where the definition keeps them, making the maps on the way. */
struct value *openapi_section(struct sam *sam, struct value *map, const char *key);

/* --- api_*.c --- */
void api_add_cors(struct macro *macro, struct value *body);
void api_add_auth(struct macro *macro, struct value *auth, struct value *body);
void api_add_resource_policy(struct macro *macro, struct value *body, const struct value *policy,
                             struct slice path, struct value *stage);
void api_add_custom_statements(struct sam *sam, struct value *body, struct value *statements);
void api_method_auth(struct event *event, struct value *api, struct slice api_id,
                     struct value *body, struct slice path, struct slice method,
                     struct slice stage);
void api_add_key_security(struct sam *sam, struct value *body);
void api_add_iam_security(struct sam *sam, struct value *body);
void api_add_gateway_responses(struct macro *macro, struct value *body);
void api_authorizer_permissions(struct macro *macro, struct value *auth);
void api_usage_plan(struct macro *macro, struct value *auth, struct slice stage_id);
void api_domain(struct macro *macro, struct value *domain);
void http_api_add_auth(struct macro *macro, struct value *auth, struct value *body);
void http_api_authorizer_permissions(struct macro *macro, struct value *auth);
void api_v2_domain(struct macro *macro, struct value *domain, const char *tag);
struct value *api_authorizer_permission(struct macro *macro, struct slice id,
                                        struct value *function_arn, const char *partition,
                                        struct source_pos pos);

#endif
