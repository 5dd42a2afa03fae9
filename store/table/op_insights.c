/* Contributor insights: whether they are on is kept and told (DB_META 'c' id -> a list, one for the table and each
 * index that was ever asked about), no rules run. */
#include "core/json_scan.h"
#include "store/table/control.h"
#include "store/table/describe.h"
#include "store/table/meta.h"

#define SETTINGS_LEN_MAX (64 * 1024)

struct setting {
    struct slice index; /* empty: the table */
    struct slice mode;
    bool is_enabled;
    int64_t changed_ms;
};

struct settings {
    struct setting items[TABLE_INDEXES_MAX + 1];
    size_t count;
};

static struct settings read_settings(struct txn *txn, struct arena *arena, uint32_t id)
{
    struct settings all = {.count = 0};
    struct json_scan scan = json_scan_init(meta_get_of_id(txn, arena, 'c', id));
    struct slice element, value;
    if (!json_scan_enter(&scan, '[')) {
        return all;
    }
    while (all.count <= TABLE_INDEXES_MAX && json_scan_element(&scan, &element)) {
        struct setting *setting = &all.items[all.count];
        if (json_raw_find(element, "Index", &value) &&
            json_raw_string(arena, value, &setting->index) &&
            json_raw_find(element, "Mode", &value) &&
            json_raw_string(arena, value, &setting->mode) &&
            json_raw_find(element, "ChangedMs", &value) &&
            json_raw_i64(value, &setting->changed_ms) &&
            json_raw_find(element, "Enabled", &value)) {
            setting->is_enabled = slice_is(value, "true");
            all.count++;
        }
    }
    return all;
}

static void write_settings(struct txn *txn, uint32_t id, const struct settings *all)
{
    AUTO_BUF json = BUF_INIT(SETTINGS_LEN_MAX);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '[');
    for (size_t i = 0; i < all->count; i++) {
        json_open(&w, '{');
        json_put_string(&w, "Index", all->items[i].index);
        json_put_string(&w, "Mode", all->items[i].mode);
        json_put_i64(&w, "ChangedMs", all->items[i].changed_ms);
        json_put_bool(&w, "Enabled", all->items[i].is_enabled);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    meta_put_of_id(txn, 'c', id, buf_slice(&json));
}

static struct setting *find(struct settings *all, struct slice index)
{
    for (size_t i = 0; i < all->count; i++) {
        if (slice_eq(all->items[i].index, index)) {
            return &all->items[i];
        }
    }
    return NULL;
}

static const struct problem *find_target(struct operation *operation, struct table **ret_table)
{
    const struct problem *problem =
        control_table(operation, record_text(operation->input, MEMBER_TABLE_NAME), true, ret_table);
    struct slice name = record_text(operation->input, MEMBER_INDEX_NAME);
    if (problem == NULL && name.len != 0) {
        const struct table_index *index = table_index_find(*ret_table, name);
        if (index == NULL || !index->is_global || index->state != TABLE_ACTIVE) {
            problem = problem_make(operation->arena, PROBLEM_RESOURCE_NOT_FOUND,
                                   "Requested resource not found: Index: %.*s not found for table: "
                                   "%.*s",
                                   SLICE_ARG(name), SLICE_ARG((*ret_table)->name));
        }
    }
    return problem;
}

static void put_target(struct json_writer *w, struct slice table, struct slice index)
{
    json_put_string(w, "TableName", table);
    if (index.len != 0) {
        json_put_string(w, "IndexName", index);
    }
}

/* --- UpdateContributorInsights --- */

static bool enables(const struct operation *operation)
{
    return slice_is(record_text(operation->input, MEMBER_CONTRIBUTOR_INSIGHTS_ACTION), "ENABLE");
}

static void apply(struct control_write *write, struct txn *txn)
{
    struct operation *operation = write->operation;
    const struct table *newest = table_newest(write->table);
    struct slice index = record_text(operation->input, MEMBER_INDEX_NAME);
    struct slice mode = record_text(operation->input, MEMBER_CONTRIBUTOR_INSIGHTS_MODE);
    if (newest == NULL) {
        write->problem = control_not_found(operation->arena, write->table->name);
        return;
    }
    struct settings all = read_settings(txn, operation->arena, newest->id);
    struct setting *setting = find(&all, index);
    if (setting == NULL) {
        /* Indexes come and go; what was said of those that are gone makes room. */
        setting = all.count <= TABLE_INDEXES_MAX ? &all.items[all.count++]
                                                 : &all.items[TABLE_INDEXES_MAX];
        *setting = (struct setting){.index = index, .mode = SLICE("ACCESSED_AND_THROTTLED_KEYS")};
    }
    setting->mode = mode.len != 0 ? mode : setting->mode;
    setting->is_enabled = enables(operation);
    setting->changed_ms = store_now_ms(operation->store);
    write_settings(txn, newest->id, &all);
}

static void reply(struct control_write *write)
{
    struct operation *operation = write->operation;
    struct slice mode = record_text(operation->input, MEMBER_CONTRIBUTOR_INSIGHTS_MODE);
    json_open(&operation->w, '{');
    put_target(&operation->w, write->table->name, record_text(operation->input, MEMBER_INDEX_NAME));
    json_put_text(&operation->w, "ContributorInsightsStatus",
                  enables(operation) ? "ENABLING" : "DISABLING");
    if (mode.len != 0) {
        json_put_string(&operation->w, "ContributorInsightsMode", mode);
    }
    json_close(&operation->w, '}');
    operation_reply(operation);
}

const struct problem *op_update_contributor_insights(struct operation *operation)
{
    struct table *table = NULL;
    const struct problem *problem = find_target(operation, &table);
    if (problem == NULL) {
        control_write(operation, table, apply, reply, NULL);
    }
    return problem;
}

/* --- DescribeContributorInsights --- */

static void put_rules(struct operation *operation, const struct table *table,
                      const struct key_schema *keys, const struct setting *setting)
{
    static const char *const kinds[] = {"PKC", "PKT", "SKC", "SKT"};
    json_key_text(&operation->w, "ContributorInsightsRuleList");
    json_open(&operation->w, '[');
    for (size_t i = 0; i < (keys->range_count != 0 ? 4U : 2U) && setting->is_enabled; i++) {
        struct slice rule =
            arena_printf(operation->arena, "DynamoDBContributorInsights-%s-%.*s%s%.*s-%lld",
                         kinds[i], SLICE_ARG(table->name), setting->index.len != 0 ? "-" : "",
                         SLICE_ARG(setting->index), (long long)setting->changed_ms);
        json_write_string(&operation->w, rule);
    }
    json_close(&operation->w, ']');
}

const struct problem *op_describe_contributor_insights(struct operation *operation)
{
    struct table *table = NULL;
    const struct problem *problem = find_target(operation, &table);
    if (problem != NULL) {
        return problem;
    }
    struct slice name = record_text(operation->input, MEMBER_INDEX_NAME);
    struct engine *engine = store_engine(operation->store);
    struct txn *txn = engine_read_begin(engine, 0);
    struct settings all = read_settings(txn, operation->arena, table->id);
    engine_read_end(engine, txn);
    const struct setting *setting = find(&all, name);
    const struct table_index *index = name.len != 0 ? table_index_find(table, name) : NULL;
    struct json_writer *w = &operation->w;
    json_open(w, '{');
    put_target(w, table->name, name);
    if (setting != NULL) {
        put_rules(operation, table, index != NULL ? &index->keys : &table->keys, setting);
        describe_time(w, "LastUpdateDateTime", setting->changed_ms);
        json_put_string(w, "ContributorInsightsMode", setting->mode);
    }
    json_put_text(w, "ContributorInsightsStatus",
                  setting != NULL && setting->is_enabled ? "ENABLED" : "DISABLED");
    json_close(w, '}');
    operation_reply(operation);
    return NULL;
}

/* --- ListContributorInsights: in one page, whatever MaxResults says (the service may, too) --- */

static void list_of_table(struct operation *operation, struct txn *txn, const struct table *table)
{
    struct settings all = read_settings(txn, operation->arena, table->id);
    for (size_t i = 0; i < all.count; i++) {
        json_open(&operation->w, '{');
        put_target(&operation->w, table->name, all.items[i].index);
        json_put_text(&operation->w, "ContributorInsightsStatus",
                      all.items[i].is_enabled ? "ENABLED" : "DISABLED");
        json_put_string(&operation->w, "ContributorInsightsMode", all.items[i].mode);
        json_close(&operation->w, '}');
    }
}

const struct problem *op_list_contributor_insights(struct operation *operation)
{
    struct slice name = record_text(operation->input, MEMBER_TABLE_NAME);
    struct table *table = NULL;
    if (name.len != 0) {
        const struct problem *problem = control_table(operation, name, true, &table);
        if (problem != NULL) {
            return problem;
        }
    }
    const struct catalog *catalog = store_catalog(operation->store);
    struct engine *engine = store_engine(operation->store);
    struct txn *txn = engine_read_begin(engine, 0);
    json_open(&operation->w, '{');
    json_key_text(&operation->w, "ContributorInsightsSummaries");
    json_open(&operation->w, '[');
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        if (table == NULL || table == catalog_at(catalog, i)) {
            list_of_table(operation, txn, catalog_at(catalog, i));
        }
    }
    json_close(&operation->w, ']');
    json_close(&operation->w, '}');
    engine_read_end(engine, txn);
    operation_reply(operation);
    return NULL;
}
