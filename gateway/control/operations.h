/* The operations, by family. Each is an operation_fn. */
#ifndef SLS_GATEWAY_CONTROL_OPERATIONS_H
#define SLS_GATEWAY_CONTROL_OPERATIONS_H

#include "gateway/control/control_private.h"

/* op_read.c: of any kind. Lists want the API (plan) of the path, single things only themselves. */
operation_fn op_list, op_get, op_get_account;

/* op_read_rest.c */
operation_fn op_list_resources, op_get_resource, op_get_method_part, op_list_stages, op_get_model,
    op_list_gateway_responses, op_get_gateway_response, op_get_deployment, op_flush_authorizers,
    op_flush_cache;
/* The method of the path {owner}, {resource}, {method}; NULL: refused. */
struct entry *request_method(struct request *r);
/* Whether the resource {resource} is there; refused otherwise. */
bool request_has_resource(struct request *r);

/* op_keys.c */
operation_fn op_list_keys, op_get_key, op_list_plans, op_list_plan_keys;

/* op_change_keys.c */
operation_fn op_create_key, op_update_key, op_delete_key, op_create_plan, op_update_plan,
    op_delete_plan, op_create_plan_key, op_delete_plan_key;

/* op_usage.c */
operation_fn op_get_usage, op_update_usage;

/* op_test.c */
operation_fn op_test_method, op_test_authorizer;

/* op_export.c */
operation_fn op_get_export, op_export_api;

/* op_change.c: of any kind, by their rules */
operation_fn op_create, op_update, op_delete;

/* op_change_method.c */
operation_fn op_put_method, op_update_method, op_delete_method, op_put_integration,
    op_update_integration, op_delete_integration, op_put_response, op_update_response,
    op_delete_response, op_put_gateway_response, op_update_gateway_response,
    op_delete_gateway_response;

/* rules_stage.c, rules_v2.c */
operation_fn op_create_deployment, op_create_v2_deployment, op_delete_part;

/* op_import.c */
operation_fn op_import_api, op_put_api;

/* op_tags.c */
operation_fn op_get_tags, op_tag, op_untag;
/* What {arn} names; NULL: refused. */
struct entry *request_tagged(struct request *r);

#endif
