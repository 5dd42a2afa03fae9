/* Streams, encryption, class, protection, limits and replicas of UpdateTable. */
#include "store/table/table_update.h"

#include "core/json_scan.h"
#include "core/json_writer.h"

static const struct problem *check_stream(struct table_update *update, const struct table *table,
                                          const struct record *stream)
{
    bool enables = record_get(stream, MEMBER_STREAM_ENABLED)->flag;
    bool has_view = record_has(stream, MEMBER_STREAM_VIEW_TYPE);
    if (enables && !has_view) {
        return problem_bad_parameter(update->arena,
                                     "If stream is being enabled then UpdateViewType is required");
    }
    if (!enables && has_view) {
        return problem_bad_parameter(
            update->arena,
            "If stream is being disabled, then UpdateViewType must not be specified");
    }
    if (enables == (table->stream_view != STREAM_OFF)) {
        return problem_invalid(update->arena,
                               enables ? "Table already has an enabled stream: TableName: %.*s"
                                       : "Table has no stream to disable: TableName: %.*s",
                               SLICE_ARG(table->name));
    }
    if (!enables && table->replicas.len != 0) {
        return problem_bad_parameter(update->arena,
                                     "Disabling Stream is not allowed for a Global Table replica.");
    }
    return NULL;
}

static const struct problem *update_sse(struct table_update *update, struct table *table,
                                        const struct record *sse)
{
    struct slice json;
    const struct problem *problem = input_sse(update->arena, sse, &update->place, &json);
    if (problem == NULL && json.len == 0 && table->sse.len == 0) {
        problem = problem_bad_parameter(update->arena, "Table is already encrypted by default");
    } else if (problem == NULL && slice_eq(json, table->sse)) {
        problem = problem_bad_parameter(
            update->arena, "Table is already encrypted with given KMSMasterKeyId. Use "
                           "KMSMasterKeyId parameter if you want to change Master Key");
    }
    table->sse = json;
    return problem;
}

/* What was asked for once does not shrink. */
static const struct problem *check_warm_grows(struct table_update *update,
                                              const struct table *table, const struct record *warm)
{
    static const enum member_id ids[] = {MEMBER_READ_UNITS_PER_SECOND,
                                         MEMBER_WRITE_UNITS_PER_SECOND};
    for (size_t i = 0; i < 2; i++) {
        const struct field *wanted = record_get(warm, ids[i]);
        struct slice value;
        int64_t now = 0;
        if (wanted->is_set && table->warm_throughput.len != 0 &&
            json_raw_find(table->warm_throughput, member_name(ids[i]), &value) &&
            json_raw_i64(value, &now) && wanted->number < now) {
            return problem_bad_parameter(update->arena,
                                         "Requested %s for WarmThroughput for table is lower than "
                                         "current WarmThroughput, decreasing WarmThroughput is not "
                                         "supported",
                                         member_name(ids[i]));
        }
    }
    return NULL;
}

static const struct problem *update_limits(struct table_update *update, struct table *table)
{
    const struct field *on_demand = record_get(update->input, MEMBER_ON_DEMAND_THROUGHPUT);
    const struct field *warm = record_get(update->input, MEMBER_WARM_THROUGHPUT);
    const struct problem *problem = NULL;
    if (on_demand->is_set) {
        problem = input_on_demand(update->arena, on_demand->record, table->is_on_demand, SLICE_NULL,
                                  &table->on_demand_throughput);
    }
    if (problem == NULL && warm->is_set) {
        problem = check_warm_grows(update, table, warm->record);
    }
    if (problem == NULL && warm->is_set) {
        problem =
            input_warm(update->arena, warm->record, table->is_on_demand ? NULL : &table->throughput,
                       SLICE_NULL, &table->warm_throughput);
    }
    return problem;
}

const struct problem *update_options(struct table_update *update, struct table *table)
{
    const struct field *stream = record_get(update->input, MEMBER_STREAM_SPECIFICATION);
    const struct field *sse = record_get(update->input, MEMBER_SSE_SPECIFICATION);
    const struct field *protected = record_get(update->input, MEMBER_DELETION_PROTECTION_ENABLED);
    struct slice table_class = record_text(update->input, MEMBER_TABLE_CLASS);
    const struct problem *problem = NULL;
    if (stream->is_set) {
        problem = check_stream(update, table, stream->record);
    }
    if (problem == NULL && sse->is_set) {
        problem = update_sse(update, table, sse->record);
    }
    if (protected->is_set) {
        table->is_protected = protected->flag;
    }
    if (table_class.len != 0) {
        table->is_infrequent = slice_is(table_class, "STANDARD_INFREQUENT_ACCESS");
    }
    return problem != NULL ? problem : update_limits(update, table);
}

/* --- replicas: kept and shown as ACTIVE, nothing is copied anywhere --- */

#define REPLICAS_TEXT_MAX (256 * 1024) /* as JSON */

/* The element of this region; false when there is none. */
static bool find_replica(struct slice replicas, struct slice region, struct slice *ret_replica)
{
    struct json_scan scan = json_scan_init(replicas);
    AUTO_ARENA arena = ARENA_INIT;
    struct slice element, value, name;
    if (replicas.len == 0 || !json_scan_enter(&scan, '[')) {
        return false;
    }
    while (json_scan_element(&scan, &element)) {
        if (json_raw_find(element, "RegionName", &value) && json_raw_string(&arena, value, &name) &&
            slice_eq(name, region)) {
            *ret_replica = element;
            return true;
        }
    }
    return false;
}

static void print_replica(struct json_writer *w, const struct record *action)
{
    static const enum member_id kept[] = {MEMBER_PROVISIONED_THROUGHPUT_OVERRIDE,
                                          MEMBER_ON_DEMAND_THROUGHPUT_OVERRIDE,
                                          MEMBER_GLOBAL_SECONDARY_INDEXES};
    json_open(w, '{');
    json_put_string(w, "RegionName", record_text(action, MEMBER_REGION_NAME));
    json_put_text(w, "ReplicaStatus", "ACTIVE");
    if (record_has(action, MEMBER_KMS_MASTER_KEY_ID)) {
        json_put_string(w, "KMSMasterKeyId", record_text(action, MEMBER_KMS_MASTER_KEY_ID));
    }
    if (record_has(action, MEMBER_TABLE_CLASS_OVERRIDE)) {
        json_key_text(w, "ReplicaTableClassSummary");
        json_open(w, '{');
        json_put_string(w, "TableClass", record_text(action, MEMBER_TABLE_CLASS_OVERRIDE));
        json_close(w, '}');
    }
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        if (record_has(action, kept[i])) {
            json_put_raw(w, member_name(kept[i]), record_get(action, kept[i])->raw);
        }
    }
    json_close(w, '}');
}

/* The list without `without`, and with what `added` says (NULL: nothing). */
static const struct problem *replace_replica(struct arena *arena, struct slice *replicas,
                                             struct slice without, const struct record *added)
{
    AUTO_BUF text = BUF_INIT(REPLICAS_TEXT_MAX);
    struct json_writer w = json_writer_init(&text);
    struct json_scan scan = json_scan_init(*replicas);
    struct slice element;
    size_t count = 0;
    json_open(&w, '[');
    if (replicas->len != 0 && json_scan_enter(&scan, '[')) {
        while (json_scan_element(&scan, &element)) {
            if (element.ptr != without.ptr) {
                json_write_raw(&w, element);
                count++;
            }
        }
    }
    if (added != NULL) {
        print_replica(&w, added);
        count++;
    }
    json_close(&w, ']');
    if (buf_status(&text) != STATUS_OK) {
        return problem_invalid(arena, "sls-local keeps at most %d bytes about a table's replicas",
                               REPLICAS_TEXT_MAX);
    }
    *replicas = count != 0 ? arena_copy(arena, buf_slice(&text)) : SLICE_NULL;
    return NULL;
}

static const struct problem *update_replica(struct table_update *update, struct table *table,
                                            const struct record *item)
{
    const struct record *create = record_get(item, MEMBER_CREATE)->record;
    const struct record *change = record_get(item, MEMBER_UPDATE)->record;
    const struct record *delete = record_get(item, MEMBER_DELETE)->record;
    const struct record *action = create != NULL ? create : change != NULL ? change : delete;
    struct slice region = record_text(action, MEMBER_REGION_NAME), replica = SLICE_NULL;
    if (action == NULL) {
        return problem_invalid(
            update->arena,
            "There are no actions specified in the Replica Update Action of the request.");
    }
    if (change == NULL && slice_eq(region, table->region)) {
        return problem_invalid(update->arena,
                               "Cannot add or delete the local region through ReplicaUpdates. Use "
                               "CreateTable and DeleteTable as required.");
    }
    bool is_there = find_replica(table->replicas, region, &replica);
    if (create != NULL && is_there) {
        return problem_invalid(update->arena,
                               "Failed to create a the new replica of table with name: ‘%.*s’ "
                               "because one or more replicas already existed as tables.",
                               SLICE_ARG(table->name));
    }
    if (create == NULL && !is_there) {
        return problem_invalid(update->arena,
                               "Update global table operation failed because one or more replicas "
                               "were not part of the global table. Please retry the request "
                               "without these replicas: [%.*s].",
                               SLICE_ARG(region));
    }
    return replace_replica(update->arena, &table->replicas, replica,
                           delete == NULL ? action : NULL);
}

const struct problem *update_replicas(struct table_update *update, struct table *table)
{
    const struct field *list = record_get(update->input, MEMBER_REPLICA_UPDATES);
    const struct problem *problem = NULL;
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        count += record_has(list->items[i].record, MEMBER_UPDATE) ? 0 : 1;
    }
    if (count > 1) {
        return problem_invalid(
            update->arena,
            "Update table operation with more than one create or delete replica actions not "
            "allowed");
    }
    for (size_t i = 0; i < list->count && problem == NULL; i++) {
        problem = update_replica(update, table, list->items[i].record);
    }
    return problem;
}
