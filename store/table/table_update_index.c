/* The indexes and units of UpdateTable. */
#include "store/table/table_update.h"

/* --- units --- */

void throughput_change(struct throughput *throughput, const struct throughput *wanted,
                       int64_t now_ms)
{
    if (wanted->read_units > throughput->read_units ||
        wanted->write_units > throughput->write_units) {
        throughput->increased_ms = now_ms;
    }
    if (wanted->read_units < throughput->read_units ||
        wanted->write_units < throughput->write_units) {
        throughput->decreased_ms = now_ms;
    }
    throughput->read_units = wanted->read_units;
    throughput->write_units = wanted->write_units;
}

static const struct problem *check_differs(struct arena *arena, const struct throughput *now,
                                           const struct throughput *wanted, struct slice index)
{
    if (now->read_units != wanted->read_units || now->write_units != wanted->write_units) {
        return NULL;
    }
    const char *what = index.len != 0 ? "index" : "table";
    return problem_invalid(
        arena,
        "The provisioned throughput for the %s%s%.*s will not change. The requested value equals "
        "the current value. Current ReadCapacityUnits provisioned for the %s: %lld. Requested "
        "ReadCapacityUnits: %lld. Current WriteCapacityUnits provisioned for the %s: %lld. "
        "Requested WriteCapacityUnits: %lld. Refer to the Amazon DynamoDB Developer Guide for "
        "current limits and how to request higher limits.",
        what, index.len != 0 ? " " : "", SLICE_ARG(index), what, (long long)now->read_units,
        (long long)wanted->read_units, what, (long long)now->write_units,
        (long long)wanted->write_units);
}

static const struct record *index_update_of(const struct field *updates, struct slice name)
{
    for (size_t i = 0; i < updates->count; i++) {
        const struct record *update = record_get(updates->items[i].record, MEMBER_UPDATE)->record;
        if (update != NULL && slice_eq(record_text(update, MEMBER_INDEX_NAME), name)) {
            return update;
        }
    }
    return NULL;
}

static void switch_to_on_demand(struct table_update *update, struct table *table)
{
    table->is_on_demand = true;
    table->on_demand_ms = update->now_ms;
    table->throughput.read_units = table->throughput.write_units = 0;
    for (size_t i = 0; i < table->index_count; i++) {
        table->indexes[i].throughput.read_units = 0;
        table->indexes[i].throughput.write_units = 0;
    }
}

static const struct problem *switch_to_provisioned(struct table_update *update, struct table *table)
{
    const struct field *updates = record_get(update->input, MEMBER_GLOBAL_SECONDARY_INDEX_UPDATES);
    for (size_t i = 0; i < table->index_count; i++) {
        const struct table_index *index = &table->indexes[i];
        if (index->is_global &&
            !record_has(index_update_of(updates, index->name), MEMBER_PROVISIONED_THROUGHPUT)) {
            return problem_bad_parameter(update->arena,
                                         "ProvisionedThroughput must be specified for index: %.*s",
                                         SLICE_ARG(index->name));
        }
    }
    table->is_on_demand = false;
    table->on_demand_throughput = SLICE_NULL;
    return NULL;
}

const struct problem *update_billing(struct table_update *update, struct table *table)
{
    const struct field *throughput = record_get(update->input, MEMBER_PROVISIONED_THROUGHPUT);
    struct slice mode = record_text(update->input, MEMBER_BILLING_MODE);
    bool was_on_demand = table->is_on_demand;
    const struct problem *problem = NULL;
    if (slice_is(mode, "PAY_PER_REQUEST") && !was_on_demand) {
        switch_to_on_demand(update, table);
    } else if (slice_is(mode, "PROVISIONED") && was_on_demand) {
        problem = switch_to_provisioned(update, table);
    }
    if (problem != NULL || !throughput->is_set) {
        return problem;
    }
    if (table->is_on_demand) {
        return problem_bad_parameter(update->arena,
                                     "Neither ReadCapacityUnits nor WriteCapacityUnits can be "
                                     "specified when BillingMode is PAY_PER_REQUEST");
    }
    struct throughput wanted;
    problem = input_throughput(update->arena, throughput, SLICE_NULL, &wanted);
    if (problem == NULL && !was_on_demand &&
        !record_has(update->input, MEMBER_GLOBAL_SECONDARY_INDEX_UPDATES)) {
        problem = check_differs(update->arena, &table->throughput, &wanted, SLICE_NULL);
    }
    throughput_change(&table->throughput, &wanted, update->now_ms);
    return problem;
}

/* --- index updates without a table --- */

static const struct record *action_of(const struct record *update, enum member_id *ret_action)
{
    static const enum member_id ids[] = {MEMBER_UPDATE, MEMBER_CREATE, MEMBER_DELETE};
    for (size_t i = 0; i < 3; i++) {
        if (record_has(update, ids[i])) {
            *ret_action = ids[i];
            return record_get(update, ids[i])->record;
        }
    }
    return NULL;
}

static const struct problem *check_index_update(struct arena *arena, const struct field *updates,
                                                size_t at)
{
    const struct record *update = updates->items[at].record;
    enum member_id action = MEMBER_UPDATE;
    const struct record *record = action_of(update, &action);
    if (record == NULL) {
        return problem_bad_parameter(
            arena, "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                   "GlobalSecondaryIndexUpdate.Delete must not be null");
    }
    if (record_has(update, MEMBER_UPDATE) + record_has(update, MEMBER_CREATE) +
            record_has(update, MEMBER_DELETE) >
        1) {
        return problem_bad_parameter(arena, "Only one global secondary index action is allowed "
                                            "per GlobalSecondaryIndexUpdate object");
    }
    struct slice name = record_text(record, MEMBER_INDEX_NAME);
    for (size_t i = 0; i < at; i++) {
        enum member_id other_action = MEMBER_UPDATE;
        const struct record *other = action_of(updates->items[i].record, &other_action);
        if (slice_eq(record_text(other, MEMBER_INDEX_NAME), name)) {
            return problem_bad_parameter(arena,
                                         "Only one global secondary index update per index is "
                                         "allowed simultaneously. Index: %.*s",
                                         SLICE_ARG(name));
        }
    }
    const struct field *throughput = record_get(record, MEMBER_PROVISIONED_THROUGHPUT);
    struct throughput units;
    return throughput->is_set ? input_throughput(arena, throughput, name, &units) : NULL;
}

const struct problem *check_index_updates(struct arena *arena, const struct field *updates)
{
    const struct problem *problem = NULL;
    if (updates->count > TABLE_GSI_MAX) {
        return problem_make(arena, PROBLEM_LIMIT_EXCEEDED,
                            "Subscriber limit exceeded: Number of global secondary indexes exceeds "
                            "per-table limit of %d",
                            TABLE_GSI_MAX);
    }
    for (size_t i = 0; i < updates->count && problem == NULL; i++) {
        problem = check_index_update(arena, updates, i);
    }
    return problem;
}

const struct problem *check_index_limit(struct arena *arena, const struct table *newest,
                                        const struct field *updates)
{
    size_t count = 0;
    for (size_t i = 0; i < updates->count; i++) {
        count += record_has(updates->items[i].record, MEMBER_UPDATE) ? 0 : 1;
    }
    bool is_busy = count > 1;
    for (size_t i = 0; i < newest->index_count && count > 0; i++) {
        is_busy = is_busy || newest->indexes[i].state != TABLE_ACTIVE;
    }
    return !is_busy ? NULL
                    : problem_make(arena, PROBLEM_LIMIT_EXCEEDED,
                                   "Subscriber limit exceeded: Only 1 online index can be created "
                                   "or deleted simultaneously per table");
}

/* --- Update and Delete --- */

static struct table_index *find_global(struct table_update *update, struct table *table,
                                       struct slice name, const char *verb,
                                       const struct problem **ret_problem)
{
    for (size_t i = 0; i < table->index_count; i++) {
        if (slice_eq(table->indexes[i].name, name) && table->indexes[i].is_global) {
            return &table->indexes[i];
        }
    }
    *ret_problem =
        table_index_find(table, name) != NULL
            ? problem_invalid(update->arena,
                              "Cannot %s an index that is not a GlobalSecondaryIndex: %.*s", verb,
                              SLICE_ARG(name))
            : problem_make(update->arena, PROBLEM_RESOURCE_NOT_FOUND,
                           "Requested resource not found: Index %.*s for table %.*s",
                           SLICE_ARG(name), SLICE_ARG(table->name));
    return NULL;
}

static const struct problem *change_units(struct table_update *update, struct table *table,
                                          struct table_index *index, const struct field *field)
{
    if (table->is_on_demand) {
        return wording_is_new()
                   ? problem_bad_parameter(
                         update->arena,
                         "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for "
                         "index: %.*s when BillingMode is PAY_PER_REQUEST",
                         SLICE_ARG(index->name))
                   : problem_invalid(update->arena,
                                     "This operation cannot be performed with given input values. "
                                     "Please contact DynamoDB service team for more info: Action "
                                     "Blocked: IndexUpdate");
    }
    struct throughput wanted;
    const struct problem *problem = input_throughput(update->arena, field, index->name, &wanted);
    if (problem == NULL) {
        problem = check_differs(update->arena, &index->throughput, &wanted, index->name);
    }
    throughput_change(&index->throughput, &wanted, update->now_ms);
    return problem;
}

static const struct problem *change_index(struct table_update *update, struct table *table,
                                          const struct record *record)
{
    const struct problem *problem = NULL;
    struct table_index *index =
        find_global(update, table, record_text(record, MEMBER_INDEX_NAME), "update", &problem);
    if (index == NULL) {
        return problem;
    }
    const struct field *units = record_get(record, MEMBER_PROVISIONED_THROUGHPUT);
    const struct field *on_demand = record_get(record, MEMBER_ON_DEMAND_THROUGHPUT);
    const struct field *warm = record_get(record, MEMBER_WARM_THROUGHPUT);
    if (units->is_set) {
        problem = change_units(update, table, index, units);
    }
    if (problem == NULL && on_demand->is_set) {
        problem = input_on_demand(update->arena, on_demand->record, table->is_on_demand,
                                  index->name, &index->on_demand_throughput);
    }
    if (problem == NULL && warm->is_set) {
        problem =
            input_warm(update->arena, warm->record, table->is_on_demand ? NULL : &index->throughput,
                       index->name, &index->warm_throughput);
    }
    return problem;
}

static const struct problem *delete_index(struct table_update *update, struct table *table,
                                          const struct record *record)
{
    const struct problem *problem = NULL;
    struct table_index *index =
        find_global(update, table, record_text(record, MEMBER_INDEX_NAME), "delete", &problem);
    if (index != NULL) {
        index->state = TABLE_DELETING;
    }
    return problem;
}

/* --- Create --- */

/* The definitions of this request for a new index's keys join the table's. */
static const struct problem *add_definitions(struct table_update *update, struct table *table,
                                             const struct table_index *index)
{
    size_t count = table->definition_count;
    struct key_part *parts = arena_array(table->arena, count + KEY_PARTS_MAX, sizeof(*parts));
    for (size_t i = 0; i < count; i++) {
        parts[i] = table->definitions[i];
    }
    for (size_t i = 0; i < key_part_count(&index->keys); i++) {
        const struct key_part *wanted = &index->keys.parts[i];
        const struct key_part *same =
            definition_find((struct definitions){parts, count}, wanted->name);
        if (same == NULL) {
            parts[count] = *wanted;
            parts[count++].name = arena_copy(table->arena, wanted->name);
        } else if (same->type != wanted->type) {
            return problem_bad_parameter(update->arena,
                                         "Attributes cannot be redefined. Please check that your "
                                         "attribute has the same type as previously defined. "
                                         "Existing schema: %.*s:%s New schema: %.*s:%s",
                                         SLICE_ARG(same->name), attr_type_name(same->type),
                                         SLICE_ARG(wanted->name), attr_type_name(wanted->type));
        }
    }
    table->definitions = parts;
    table->definition_count = count;
    return NULL;
}

static const struct problem *check_room(struct table_update *update, const struct table *table,
                                        const struct table_index *index)
{
    size_t globals = 0, included = index->included_count;
    for (size_t i = 0; i < table->index_count; i++) {
        globals += table->indexes[i].is_global ? 1 : 0;
        included += table->indexes[i].included_count;
    }
    if (globals >= TABLE_GSI_MAX) {
        return problem_make(update->arena, PROBLEM_LIMIT_EXCEEDED,
                            "Subscriber limit exceeded: Number of global secondary indexes exceeds "
                            "per-table limit of %d",
                            TABLE_GSI_MAX);
    }
    if (included > INCLUDED_ALL_INDEXES_MAX) {
        return problem_bad_parameter(
            update->arena, "Number of NonKeyAttributes of all indexes exceeds the limit of %d",
            INCLUDED_ALL_INDEXES_MAX);
    }
    return NULL;
}

static const struct problem *new_index_units(struct table_update *update, const struct table *table,
                                             const struct record *record, struct table_index *index)
{
    const struct field *units = record_get(record, MEMBER_PROVISIONED_THROUGHPUT);
    if (table->is_on_demand && units->is_set) {
        return problem_bad_parameter(update->arena,
                                     "ProvisionedThroughput should not be specified for index: "
                                     "%.*s when BillingMode is PAY_PER_REQUEST",
                                     SLICE_ARG(index->name));
    }
    if (!table->is_on_demand && !units->is_set) {
        return problem_bad_parameter(update->arena,
                                     "ProvisionedThroughput must be specified for index: %.*s",
                                     SLICE_ARG(index->name));
    }
    const struct problem *problem =
        units->is_set ? input_throughput(update->arena, units, index->name, &index->throughput)
                      : NULL;
    if (problem == NULL) {
        problem =
            input_on_demand(update->arena, record_get(record, MEMBER_ON_DEMAND_THROUGHPUT)->record,
                            table->is_on_demand, index->name, &index->on_demand_throughput);
    }
    if (problem == NULL) {
        problem = input_warm(update->arena, record_get(record, MEMBER_WARM_THROUGHPUT)->record,
                             table->is_on_demand ? NULL : &index->throughput, index->name,
                             &index->warm_throughput);
    }
    return problem;
}

static const struct problem *create_index(struct table_update *update, struct table *table,
                                          const struct record *record)
{
    const struct field *list = record_get(update->input, MEMBER_ATTRIBUTE_DEFINITIONS);
    struct definitions definitions = {0};
    struct table_index index = {.is_global = true};
    const struct problem *problem = input_definitions(update->arena, list, &definitions);
    if (problem == NULL && definitions.count == 0) {
        problem = problem_bad_parameter(update->arena,
                                        "AttributeDefinitions is not specified for index: %.*s",
                                        SLICE_ARG(record_text(record, MEMBER_INDEX_NAME)));
    }
    if (problem == NULL) {
        problem = input_index(update->arena, record, definitions, &index);
    }
    if (problem == NULL && table_index_find(table, index.name) != NULL) {
        problem =
            problem_invalid(update->arena, "Attempting to create an index which already exists");
    }
    if (problem == NULL) {
        problem = new_index_units(update, table, record, &index);
    }
    if (problem == NULL) {
        problem = check_room(update, table, &index);
    }
    if (problem == NULL) {
        problem = add_definitions(update, table, &index);
    }
    if (problem == NULL) {
        *table_add_index(table, true) = index; /* id 0: not started yet */
        update->building = index.name;
    }
    return problem;
}

const struct problem *update_indexes(struct table_update *update, struct table *table)
{
    const struct field *updates = record_get(update->input, MEMBER_GLOBAL_SECONDARY_INDEX_UPDATES);
    const struct problem *problem = NULL;
    for (size_t i = 0; i < updates->count && problem == NULL; i++) {
        enum member_id action = MEMBER_UPDATE;
        const struct record *record = action_of(updates->items[i].record, &action);
        problem = action == MEMBER_UPDATE   ? change_index(update, table, record)
                  : action == MEMBER_DELETE ? delete_index(update, table, record)
                                            : create_index(update, table, record);
    }
    return problem;
}
