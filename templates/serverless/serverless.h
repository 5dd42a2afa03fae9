/* serverless.yml on its way to CloudFormation: what the files of this folder share.
 *
 *     value tree -> variables.c -> service.c (service, provider, functions)
 *                -> functions*.c, events*.c, rest.c, http_api.c, websocket.c (resources of the
 * framework)
 *                -> resources.c (the author's own resources laid over them) -> plain CloudFormation
 *
 * Generated resources carry the framework's logical ids (naming.h) and the position of what asked
 * for them. Lambda code is {"SlsLocalPath": "."}: a path relative to the service directory.
 *
 * Errors  Diagnostics, in the framework's words where it has some; a stage goes on where it can.
 * Source  Serverless Framework 3 documentation, "serverless.yml reference" and the event pages. */
#ifndef SLS_TEMPLATES_SERVERLESS_SERVERLESS_H
#define SLS_TEMPLATES_SERVERLESS_SERVERLESS_H

#include "templates/load.h"
#include "templates/serverless/naming.h"
#include "templates/serverless/shape.h"

struct service_function {
    struct slice key;        /* as in functions: */
    struct slice logical_id; /* "HelloLambdaFunction" */
    struct slice normalized; /* "Hello" */
    struct slice name;       /* deployed: SERVICE-STAGE-KEY, or name: */
    const struct value *config;
    struct source_pos pos; /* of the key */
};

struct event_kind;

struct service_event {
    const struct service_function *function;
    const struct event_kind *kind;
    const struct value *config; /* never null or false: the framework ignores such events */
    size_t position;            /* among the function's events, from 0 */
    size_t ordinal;             /* among the function's events of this kind, from 1 */
    struct source_pos pos;
};

struct service {
    struct load *load;
    struct arena *arena;
    struct value *root; /* serverless.yml, variables resolved */
    struct slice name, stage, region;
    const struct value *provider; /* a map */
    struct service_function *functions;
    size_t function_count;
    struct service_event *events;
    size_t event_count;
    struct value *own_resources;                  /* Resources of `resources:`, merged; a map */
    struct value *template, *resources, *outputs; /* what is being made */
    bool has_plugins;
};

/* --- reading (service.c) --- */

/* False after an error that leaves nothing to go on with. */
bool service_read(struct service *service);
const struct service_function *service_find_function(const struct service *service,
                                                     struct slice key);
bool service_has_plugin(const struct service *service, const char *part_of_name);
/* JavaScript's idea of a condition: absent, null, false, 0 and "" are false. */
bool is_truthy(const struct value *value);
/* Text of a scalar, else a null slice. */
struct slice text_of(const struct value *value);

/* --- making resources --- */

/* Adds (or replaces) a generated resource. `properties` may be NULL. */
void add_resource(struct service *service, struct slice logical_id, const char *type,
                  struct source_pos pos, struct value *properties);
/* {"Fn::GetAtt": [function, "Arn"]} */
struct value *function_arn(struct service *service, const struct service_function *function,
                           struct source_pos pos);
/* A text that is an ARN or a function key, or an intrinsic, as the author may give for targets. */
struct value *arn_or_function(struct service *service, const struct value *value);
/* The AWS::Lambda::Permission that the framework adds for every trigger. `source_arn` may be NULL.
 */
void add_permission(struct service *service, const struct service_event *event,
                    struct slice logical_id, const char *principal, struct value *source_arn);
/* "arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations" */
struct value *invocation_uri(struct service *service, struct value *arn, struct source_pos pos);
/* The value as JSON text, for Input and filter patterns; NULL gives NULL, text stays. */
struct value *value_json_text(struct service *service, const struct value *value);
/* Copies a value that may be changed or that belongs to the author's tree; NULL gives NULL. */
struct value *copy_of(struct service *service, const struct value *value);
/* A list: itself, or the one value in a list; NULL gives NULL. */
struct value *as_list(struct service *service, const struct value *value);
/* "STAGE-SERVICE", or what the API's settings or `other_name` (may be NULL) say. */
struct slice api_name(struct service *service, const struct value *settings,
                      const struct value *other_name);
/* `source` laid over `target` as lodash's merge does: maps key by key, lists item by item. */
void merge_over(struct arena *arena, struct value *target, const struct value *source);

/* --- the parts --- */

void compile_functions(struct service *service); /* with all that stands around them */
void compile_url(struct service *service, const struct service_function *function);
void compile_event_config(struct service *service, const struct service_function *function);
void compile_role(struct service *service);
void compile_layers(struct service *service);
void read_events(struct service *service);
void compile_events(struct service *service);
void read_own_resources(struct service *service);
void merge_own_resources(struct service *service);
/* stepFunctions.stateMachines of serverless-step-functions. */
void compile_state_machines(struct service *service);
/* `#{AWS::Region}` of serverless-pseudo-parameters becomes Fn::Sub. */
void apply_pseudo_parameters(struct service *service);
/* Warns of keys that the framework does not know, in its words. */
void check_keys(struct service *service);
void check_plugins(struct service *service);

/* --- the ledger (ledger.c) --- */

/* Tells what serverless.yml asks for and no CloudFormation resource shows: events without a
 * resource of their own, packaging, plugins with a section of their own. What becomes a resource is
 * told of as a resource. `root` is the tree that serverless_transform() was given, afterwards. */
void serverless_ledger(struct load *load, const struct value *root);

#endif
