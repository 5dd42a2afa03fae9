/* The tables of a template: made, or brought up to date as CloudFormation would, one after the other.
 *
 *     spec -> CreateTable's checks -> draft -> change of the schema -> indexes filled -> next spec
 *
 * A deployment that was started is finished even while the store closes. */
#include "store/store.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "store/stream.h"
#include "store/table/catalog_codec.h"
#include "store/table/control.h"
#include "store/table/destination.h"
#include "store/table/index_fill.h"
#include "store/table/table_update.h"
#include "store/table/tags.h"

#define DESCRIPTION_LEN_MAX (4 * 1024 * 1024)
#define RECOVERY_DAYS 35

struct deployment {
    struct store *store;
    struct arena arena;
    struct store_table_spec *specs;
    size_t count, at;
    store_deployed_fn *on_done;
    void *ctx;
    struct fault fault;
    int64_t now_ms;
    /* The spec at work: */
    struct table *draft;
    struct tags tags;
    bool is_replacing; /* an empty table with another key goes first */
    bool is_filled;    /* by run_fill() */
    struct table *filling;
    struct catalog_change change;
    struct write_job job;
};

static void next_spec(struct deployment *deployment);

static void finish(struct deployment *deployment, enum status status)
{
    table_unref(deployment->draft);
    deployment->on_done(deployment->ctx, status, status != STATUS_OK ? &deployment->fault : NULL);
    arena_finish(&deployment->arena);
    mem_free(deployment);
}

static void fail(struct deployment *deployment, enum status status, struct slice text)
{
    struct slice name = SLICE("?"), value;
    if (deployment->draft != NULL) {
        name = deployment->draft->name;
    } else if (json_raw_find(deployment->specs[deployment->at].create_json, "TableName", &value)) {
        (void)!json_raw_string(&deployment->arena, value, &name);
    }
    finish(deployment, fault_set(&deployment->fault, status, "table '%.*s': %.*s", SLICE_ARG(name),
                                 SLICE_ARG(text)));
}

/* --- an existing table, brought up to date (writer thread) --- */

static bool is_same_part(const struct key_part *a, const struct key_part *b)
{
    return a->type == b->type && slice_eq(a->name, b->name);
}

static bool is_same_schema(const struct key_schema *a, const struct key_schema *b)
{
    if (a->hash_count != b->hash_count || a->range_count != b->range_count) {
        return false;
    }
    for (size_t i = 0; i < key_part_count(a); i++) {
        if (!is_same_part(&a->parts[i], &b->parts[i])) {
            return false;
        }
    }
    return true;
}

static bool is_same_index(const struct table_index *a, const struct table_index *b)
{
    if (a->is_global != b->is_global || a->projection != b->projection ||
        a->included_count != b->included_count || !is_same_schema(&a->keys, &b->keys)) {
        return false;
    }
    for (size_t i = 0; i < a->included_count; i++) {
        if (!slice_eq(a->included[i], b->included[i])) {
            return false;
        }
    }
    return true;
}

/* Keys and local indexes are for a table's life. */
static bool must_be_replaced(const struct table *newest, const struct table *draft)
{
    size_t locals = 0;
    for (size_t i = 0; i < newest->index_count; i++) {
        const struct table_index *index = &newest->indexes[i];
        const struct table_index *wanted = table_index_find(draft, index->name);
        if (!index->is_global && (wanted == NULL || !is_same_index(index, wanted))) {
            return true;
        }
        locals += index->is_global ? 0 : 1;
    }
    for (size_t i = 0; i < draft->index_count; i++) {
        locals -= draft->indexes[i].is_global ? 0 : 1; /* 0 when they are as many */
    }
    return locals != 0 || !is_same_schema(&newest->keys, &draft->keys);
}

static const struct problem *has_changed_keys(struct arena *arena, const struct table *newest,
                                              const struct table *draft)
{
    return problem_invalid(
        arena,
        "its %s changed and it has items; delete it with aws dynamodb delete-table --table-name "
        "%.*s",
        is_same_schema(&newest->keys, &draft->keys) ? "local secondary indexes have"
                                                    : "key schema has",
        SLICE_ARG(newest->name));
}

static void drop_old_indexes(struct txn *txn, struct table *table, const struct table *draft)
{
    for (size_t i = 0; i < table->index_count;) {
        struct table_index *index = &table->indexes[i];
        const struct table_index *wanted = table_index_find(draft, index->name);
        if (wanted != NULL && is_same_index(index, wanted) && index->state != TABLE_DELETING) {
            i++;
            continue;
        }
        catalog_discard(txn, DB_ENTRIES, index->id);
        table_remove_index(table, i);
    }
}

static void add_new_indexes(struct txn *txn, struct table *table, const struct table *draft,
                            int64_t now_ms)
{
    for (size_t i = 0; i < draft->index_count; i++) {
        const struct table_index *wanted = &draft->indexes[i];
        for (size_t j = 0; j < table->index_count; j++) {
            if (slice_eq(table->indexes[j].name, wanted->name)) {
                throughput_change(&table->indexes[j].throughput, &wanted->throughput, now_ms);
                table->indexes[j].on_demand_throughput = wanted->on_demand_throughput;
                table->indexes[j].warm_throughput = wanted->warm_throughput;
            }
        }
        if (table_index_find(table, wanted->name) == NULL) {
            struct table_index *index = table_add_index(table, true);
            *index = *wanted;
            table_start_index(txn, table, index);
            index->state = fill_start(txn, table, index->id, false) ? TABLE_ACTIVE : TABLE_CREATING;
        }
    }
}

static void set_stream(struct txn *txn, struct table *table, enum stream_view view,
                       struct slice label, int64_t now_ms)
{
    if (table->stream_view == view) {
        return;
    }
    if (table->stream_view != STREAM_OFF) {
        stream_record_close(txn, table, now_ms);
        table->stream_view = STREAM_OFF;
    }
    if (view != STREAM_OFF) {
        stream_record_open(txn, table, view, label, now_ms);
    }
}

static void set_recovery(struct table *table, bool has_recovery, int64_t now_ms)
{
    if (table->has_recovery == has_recovery) {
        return;
    }
    table->has_recovery = has_recovery;
    table->recovery_since_ms = has_recovery ? now_ms : 0;
    table->recovery_days = has_recovery ? RECOVERY_DAYS : 0;
}

static bool is_destination(const struct destination *destination,
                           const struct store_table_spec *spec)
{
    return slice_eq(destination->arn, spec->destination_arn) &&
           slice_eq(destination->precision, spec->destination_precision);
}

/* The one that the template names, or none. True when that has changed something. */
static bool set_destination(struct txn *txn, struct table *table,
                            const struct store_table_spec *spec)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct destinations all = destinations_get(txn, &arena, table->id);
    struct destination *active = destinations_active(&all);
    table->has_destination = spec->destination_arn.len != 0;
    if (active != NULL ? is_destination(active, spec) : !table->has_destination) {
        return false;
    }
    if (active != NULL && slice_eq(active->arn, spec->destination_arn)) {
        active->precision = spec->destination_precision;
    } else {
        if (active != NULL) {
            destination_disable(txn, active, table);
        }
        if (table->has_destination) {
            destinations_enable(txn, &all, table, spec->destination_arn,
                                spec->destination_precision);
        }
    }
    destinations_put(txn, table->id, &all);
    return true;
}

/* What stands beside the description in CloudFormation's properties, too. True when something has changed that the
 * description does not show. */
static bool set_extras(struct txn *txn, struct table *table, const struct deployment *deployment)
{
    const struct store_table_spec *spec = &deployment->specs[deployment->at];
    if (!slice_eq(table->ttl_attribute, spec->ttl_attribute)) {
        table_set_ttl(txn, table, spec->ttl_attribute);
    }
    set_recovery(table, spec->has_recovery, deployment->now_ms);
    table_tags_put(txn, table->id, &deployment->tags);
    return set_destination(txn, table, spec);
}

static void set_options(struct table *table, const struct table *draft, int64_t now_ms)
{
    if (draft->is_on_demand && !table->is_on_demand) {
        table->on_demand_ms = now_ms;
    }
    table->is_on_demand = draft->is_on_demand;
    throughput_change(&table->throughput, &draft->throughput, now_ms);
    table->is_protected = draft->is_protected;
    table->is_infrequent = draft->is_infrequent;
    table->sse = draft->sse;
    table->on_demand_throughput = draft->on_demand_throughput;
    table->warm_throughput = draft->warm_throughput;
}

static bool is_unchanged(const struct table *newest, const struct table *table)
{
    AUTO_BUF before = BUF_INIT(DESCRIPTION_LEN_MAX);
    AUTO_BUF after = BUF_INIT(DESCRIPTION_LEN_MAX);
    catalog_encode(&before, newest);
    catalog_encode(&after, table);
    return slice_eq(buf_slice(&before), buf_slice(&after));
}

static struct table *bring_up_to_date(const struct deployment *deployment, struct txn *txn,
                                      const struct table *newest)
{
    const struct table *draft = deployment->draft;
    const struct store_table_spec *spec = &deployment->specs[deployment->at];
    struct table *table = table_copy(newest);
    table->definitions = draft->definitions;
    table->definition_count = draft->definition_count;
    set_options(table, draft, deployment->now_ms);
    drop_old_indexes(txn, table, draft);
    add_new_indexes(txn, table, draft, deployment->now_ms);
    set_stream(txn, table, draft->stream_view, spec->stream_label, deployment->now_ms);
    bool has_changed = set_extras(txn, table, deployment);
    struct table *own = table_copy(table); /* without the draft's texts */
    table_unref(table);
    if (!has_changed && is_unchanged(newest, own)) {
        table_unref(own);
        return NULL;
    }
    return own;
}

/* --- one spec --- */

static struct table *change_table(struct catalog_change *change, struct txn *txn,
                                  const struct table *newest)
{
    struct deployment *deployment = change->ctx;
    const struct store_table_spec *spec = &deployment->specs[deployment->at];
    deployment->is_replacing = false;
    if (newest == NULL) {
        struct table_place place = store_place(deployment->store);
        struct table *table = table_from_draft(txn, deployment->draft, &place, spec->stream_label,
                                               deployment->now_ms);
        (void)set_extras(txn, table, deployment);
        return table;
    }
    if (!must_be_replaced(newest, deployment->draft)) {
        return bring_up_to_date(deployment, txn, newest);
    }
    struct table_stats stats;
    catalog_stats(txn, newest->id, &stats);
    if (stats.items != 0) {
        change->problem = has_changed_keys(change->arena, newest, deployment->draft);
        return NULL;
    }
    deployment->is_replacing = true;
    control_delete(change, txn, newest, deployment->now_ms);
    return NULL;
}

static struct table *settle_table(struct catalog_change *change, struct txn *txn,
                                  const struct table *newest)
{
    const struct deployment *deployment = change->ctx;
    return control_settle(change, txn, newest, deployment->now_ms);
}

static void go_on_filling(struct deployment *deployment);

static void on_changed(struct catalog_change *change, enum status status)
{
    struct deployment *deployment = change->ctx;
    if (status != STATUS_OK) {
        fail(deployment, STATUS_UNAVAILABLE, SLICE("it cannot be written, see the log"));
    } else if (change->problem != NULL) {
        fail(deployment, STATUS_CONFLICT, change->problem->text);
    } else if (deployment->is_replacing) {
        next_spec(deployment); /* the same again, without the table */
    } else {
        go_on_filling(deployment);
    }
}

static void submit_change(struct deployment *deployment,
                          struct table *(*change)(struct catalog_change *, struct txn *,
                                                  const struct table *),
                          struct table *table)
{
    deployment->change = (struct catalog_change){
        .table = table,
        .name = deployment->draft->name,
        .arena = &deployment->arena,
        .change = change,
        .done = on_changed,
        .ctx = deployment,
    };
    catalog_change(store_catalog(deployment->store), &deployment->change);
}

static void run_fill(struct write_job *job, struct txn *txn)
{
    struct deployment *deployment = CONTAINER_OF(job, struct deployment, job);
    const struct table *newest = table_newest(deployment->filling);
    deployment->is_filled = true;
    for (size_t i = 0; newest != NULL && i < newest->index_count; i++) {
        if (newest->indexes[i].state == TABLE_CREATING) {
            deployment->is_filled = fill_go_on(txn, newest, newest->indexes[i].id);
            if (!deployment->is_filled) {
                return;
            }
        }
    }
}

static void on_fill_done(struct write_job *job, enum status status)
{
    struct deployment *deployment = CONTAINER_OF(job, struct deployment, job);
    struct table *table = deployment->filling;
    deployment->filling = NULL;
    if (status != STATUS_OK) {
        fail(deployment, STATUS_UNAVAILABLE, SLICE("its indexes cannot be filled, see the log"));
    } else if (deployment->is_filled) {
        submit_change(deployment, settle_table, table);
    } else {
        go_on_filling(deployment);
    }
    table_unref(table);
}

/* Until all its indexes are ACTIVE; backfill.c may be doing the same. */
static void go_on_filling(struct deployment *deployment)
{
    struct table *table = catalog_find(store_catalog(deployment->store), deployment->draft->name);
    if (table == NULL || control_is_settled(table)) {
        deployment->at++;
        next_spec(deployment);
        return;
    }
    deployment->filling = table_ref(table);
    deployment->job = (struct write_job){.run = run_fill, .done = on_fill_done};
    engine_submit(store_engine(deployment->store), &deployment->job);
}

static const struct problem *read_spec(struct deployment *deployment)
{
    struct arena *arena = &deployment->arena;
    const struct store_table_spec *spec = &deployment->specs[deployment->at];
    struct table_place place = store_place(deployment->store);
    const struct record *input = NULL;
    const struct problem *problem =
        dynamodb_parse(arena, dynamodb_input(SLICE("CreateTable")), spec->create_json, &input);
    if (problem == NULL) {
        problem = table_input(arena, input, &place, &deployment->draft);
    }
    if (problem == NULL) {
        problem = table_tags_input(arena, record_get(input, MEMBER_TAGS), &deployment->tags);
    }
    if (problem == NULL && !destination_precision_is_known(spec->destination_precision)) {
        problem = problem_invalid(arena, "ApproximateCreationDateTimePrecision is MILLISECOND or "
                                         "MICROSECOND");
    }
    return problem;
}

static void next_spec(struct deployment *deployment)
{
    table_unref(deployment->draft);
    deployment->draft = NULL;
    if (deployment->at == deployment->count) {
        finish(deployment, STATUS_OK);
        return;
    }
    deployment->now_ms = store_now_ms(deployment->store);
    const struct problem *problem = read_spec(deployment);
    if (problem != NULL) {
        fail(deployment, STATUS_INVALID,
             problem->text.ptr != NULL ? problem->text : SLICE("its properties cannot be read"));
        return;
    }
    submit_change(deployment, change_table,
                  catalog_find(store_catalog(deployment->store), deployment->draft->name));
}

/* --- start --- */

static void run_nothing(struct write_job *job, struct txn *txn)
{
    (void)job;
    (void)txn;
}

static void on_started(struct write_job *job, enum status status)
{
    struct deployment *deployment = CONTAINER_OF(job, struct deployment, job);
    (void)status; /* the first change meets the same */
    next_spec(deployment);
}

void store_deploy(struct store *store, const struct store_table_spec *specs, size_t count,
                  store_deployed_fn *on_done, void *ctx)
{
    struct deployment *deployment = mem_zalloc(sizeof(*deployment));
    arena_init(&deployment->arena, 4096);
    deployment->store = store;
    deployment->on_done = on_done;
    deployment->ctx = ctx;
    deployment->count = count;
    deployment->specs = arena_array(&deployment->arena, count, sizeof(*deployment->specs));
    for (size_t i = 0; i < count; i++) {
        deployment->specs[i] = (struct store_table_spec){
            .create_json = arena_copy(&deployment->arena, specs[i].create_json),
            .ttl_attribute = arena_copy(&deployment->arena, specs[i].ttl_attribute),
            .has_recovery = specs[i].has_recovery,
            .destination_arn = arena_copy(&deployment->arena, specs[i].destination_arn),
            .destination_precision = arena_copy(&deployment->arena, specs[i].destination_precision),
            .stream_label = arena_copy(&deployment->arena, specs[i].stream_label),
        };
    }
    /* Never done inside this call. */
    deployment->job = (struct write_job){.run = run_nothing, .done = on_started};
    engine_submit(store_engine(store), &deployment->job);
}
