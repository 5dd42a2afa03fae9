/* What may be made, changed and taken away, kind by kind: beyond what its attributes say.
 *
 * Ownership  Static tables. */
#ifndef SLS_GATEWAY_CONTROL_RULES_H
#define SLS_GATEWAY_CONTROL_RULES_H

#include "gateway/control/operations.h"
#include "gateway/control/patch.h"
#include "gateway/control/record.h"

/* Whether the entry may be so; `old` is what is there now, NULL for a new one. May fill in what the service fills in. */
typedef bool check_fn(struct request *r, struct entry *entry, const struct entry *old);
/* Whether it may be taken away; takes away what goes with it. */
typedef bool delete_fn(struct request *r, struct entry *entry);

struct rules {
    check_fn *check;       /* NULL: whatever its attributes allow */
    patch_fn *patch;       /* what UpdateX does beyond attributes; version 1 */
    delete_fn *may_delete; /* NULL: always */
};

extern const struct rules rules[KIND_COUNT];

/* rules_rest.c, rules_method.c */
bool check_integration(struct request *r, struct slice json); /* op_change_method.c */
/* Each of the map's values is a model of the API. */
bool check_models(struct request *r, struct slice api_id, struct slice models);
check_fn check_rest_api, check_resource, check_method, check_authorizer, check_model,
    check_validator, check_gateway_response;
delete_fn delete_rest_api, delete_resource, delete_authorizer, delete_model, delete_validator;
/* rules_stage.c */
check_fn check_stage;
patch_fn patch_stage;
delete_fn delete_stage, delete_deployment;
/* rules_v2.c */
check_fn check_v2_api, check_v2_route, check_v2_integration, check_v2_authorizer, check_v2_stage,
    check_v2_model, check_v2_route_response, check_v2_integration_response;
delete_fn delete_v2_api, delete_v2_integration, delete_v2_route, delete_v2_authorizer;

/* --- for them --- */

struct slice entry_member(const struct entry *entry, const char *property); /* raw */
/* Another entry of its kind and owner with this text; NULL: there is none. */
const struct entry *find_namesake(struct request *r, const struct entry *entry,
                                  const char *property, struct slice text);
/* Between them, when it is there. */
bool is_between(const struct entry *entry, const char *property, int64_t least, int64_t most);
bool consists_of_name(struct slice text, const char *others); /* letters, digits and `others` */
/* The id of a new API, when the tag "_custom_id_" has one: how emulators let people choose. */
bool choose_api_id(struct request *r, struct entry *api);
/* All that `goes` says go, looked at before the first of them does. */
typedef bool goes_fn(struct request *r, const struct entry *entry, const void *ctx);
void delete_those(struct request *r, goes_fn *goes, const void *ctx);
/* Everything of an owner's goes. */
void delete_all_of(struct request *r, struct slice owner);
/* The stage is in no usage plan any more. */
void leave_plans(struct request *r, struct slice api_id, struct slice stage);
/* What is served of the API changes with what it is: a stage of it deploys by itself. */
enum change_effect effect_on(struct request *r, struct slice api_id, enum kind_id kind);
/* Makes a deployment of what the API is now. */
bool deploy_now(struct request *r, const struct entry *api, struct slice description,
                struct entry **ret_deployment);

#endif
