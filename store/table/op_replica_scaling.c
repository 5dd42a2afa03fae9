/* DescribeTableReplicaAutoScaling and its update, of global tables of 2019: their replicas are told, scaling there is
 * none. */
#include "core/json_scan.h"
#include "store/table/control.h"

static const struct problem *no_global_table(struct operation *operation, struct table **ret_table)
{
    struct slice name = record_text(operation->input, MEMBER_TABLE_NAME);
    struct table *table = catalog_find_any(store_catalog(operation->store), name);
    if (table == NULL || table->replicas.len == 0) {
        return problem_make(operation->arena, PROBLEM_RESOURCE_NOT_FOUND,
                            "Global table with name: '%.*s' does not exist.", SLICE_ARG(name));
    }
    *ret_table = table;
    return NULL;
}

const struct problem *op_describe_table_replica_auto_scaling(struct operation *operation)
{
    struct table *table = NULL;
    const struct problem *problem = no_global_table(operation, &table);
    if (problem != NULL) {
        return problem;
    }
    struct json_writer *w = &operation->w;
    struct json_scan scan = json_scan_init(table->replicas);
    struct slice element, region;
    json_open(w, '{');
    json_key_text(w, "TableAutoScalingDescription");
    json_open(w, '{');
    json_put_string(w, "TableName", table->name);
    json_put_text(w, "TableStatus", table_state_name(table->state));
    json_key_text(w, "Replicas");
    json_open(w, '[');
    if (json_scan_enter(&scan, '[')) {
        while (json_scan_element(&scan, &element)) {
            json_open(w, '{');
            if (json_raw_find(element, "RegionName", &region)) {
                json_put_raw(w, "RegionName", region);
            }
            json_put_text(w, "ReplicaStatus", "ACTIVE");
            json_close(w, '}');
        }
    }
    json_close(w, ']');
    json_close(w, '}');
    json_close(w, '}');
    operation_reply(operation);
    return NULL;
}

const struct problem *op_update_table_replica_auto_scaling(struct operation *operation)
{
    struct table *table = NULL;
    const struct problem *problem = no_global_table(operation, &table);
    return problem != NULL
               ? problem
               : problem_invalid(operation->arena, "sls-local does not emulate auto scaling");
}
