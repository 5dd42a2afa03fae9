/* ExecuteStatement: one PartiQL statement. A write is one action; a SELECT is one page, which may go through several
 * partitions and ranges one after the other. */
#include "store/background.h"
#include "store/item/capacity.h"
#include "store/item/read_page.h"
#include "store/item/write_done.h"
#include "store/item/write_throttle.h"
#include "store/partiql/next_token.h"
#include "store/partiql/partiql_run.h"

struct execution {
    struct operation *operation;
    const struct partiql *partiql;
    struct partiql_parameters parameters;
    struct table *table;
    /* writes */
    struct write_action action;
    struct write_request request;
    /* reads */
    const struct table_index *index;
    const struct expr *filter;
    enum page_select select;
    bool is_consistent;
    struct partiql_reads reads;
    uint32_t at; /* the range under way */
    struct slice start_key;
    uint64_t limit; /* 0: none */
    uint64_t scanned, bytes, boundary, count;
    struct capacity capacity;
    struct page page;
};

/* --- writes --- */

static void on_written(struct write_request *request, enum status status)
{
    struct execution *execution = request->ctx;
    struct operation *operation = execution->operation;
    struct json_writer *w = &operation->w;
    if (!write_is_done(operation, request, status)) {
        return;
    }
    if (execution->action.problem != NULL) {
        operation_refuse(operation, execution->action.problem);
        return;
    }
    struct slice row = partiql_returned(operation->arena, execution->partiql, &execution->action);
    json_open(w, '{');
    json_key_text(w, "Items");
    json_open(w, '[');
    if (row.ptr != NULL) {
        item_print(w, row);
    }
    json_close(w, ']');
    execution->capacity.table = execution->table;
    capacity_add_action(&execution->capacity, &execution->action, 1);
    capacity_print(w, capacity_detail(operation->input), &execution->capacity, 1, false);
    json_close(w, '}');
    operation_reply(operation);
}

static const struct problem *start_write(struct execution *execution)
{
    struct operation *operation = execution->operation;
    bool is_mismatch;
    const struct problem *problem = partiql_action(
        operation->arena, execution->partiql, execution->table, &execution->action, &is_mismatch);
    if (problem == NULL) {
        problem = write_throttle_check(operation->store, operation->arena, &execution->action);
    }
    if (problem != NULL) {
        return problem;
    }
    execution->action.returns_old_on_failure = slice_is(
        record_text(operation->input, MEMBER_RETURN_VALUES_ON_CONDITION_CHECK_FAILURE), "ALL_OLD");
    execution->request = (struct write_request){.actions = &execution->action,
                                                .count = 1,
                                                .arena = operation->arena,
                                                .done = on_written,
                                                .ctx = execution};
    write_submit(operation->store, &execution->request);
    return NULL;
}

/* --- what an index does not have --- */

static void append_name(struct buf *list, struct slice name)
{
    buf_append_text(list, list->len != 0 ? ", " : "");
    buf_append(list, name);
}

static const struct problem *check_columns(const struct execution *execution)
{
    const struct partiql *partiql = execution->partiql;
    const struct table_index *index = execution->index;
    AUTO_BUF missing = BUF_INIT(1 << 20);
    for (size_t i = 0; i < partiql->column_count; i++) {
        struct slice name = partiql->columns[i].steps[0].name;
        if (!index_projects(index, name)) {
            append_name(&missing, name);
        }
    }
    if (missing.len == 0 || !index->is_global) {
        return NULL;
    }
    return problem_bad_parameter(execution->operation->arena,
                                 "Global secondary index %.*s does not project [%.*s]",
                                 SLICE_ARG(index->name), SLICE_ARG(buf_slice(&missing)));
}

struct name_list {
    struct slice *names;
    size_t count;
};

/* Attributes of a filter that the index does not have, each once, in the order of the text. */
static void find_unprojected(struct arena *arena, const struct table_index *index,
                             const struct expr *expr, struct name_list *list)
{
    for (size_t i = 0; i < expr->arg_count; i++) {
        find_unprojected(arena, index, expr->args[i], list);
    }
    if (expr->kind != EXPR_PATH || index_projects(index, expr->path.steps[0].name)) {
        return;
    }
    struct slice name = expr->path.steps[0].name;
    for (size_t i = 0; i < list->count; i++) {
        if (slice_eq(list->names[i], name)) {
            return;
        }
    }
    if ((list->count & (list->count + 1)) == 0) { /* full at 0, 1, 3, 7, ... */
        struct slice *grown = arena_array(arena, 2 * list->count + 1, sizeof(*grown));
        for (size_t i = 0; i < list->count; i++) {
            grown[i] = list->names[i];
        }
        list->names = grown;
    }
    list->names[list->count++] = name;
}

static const struct problem *check_filter(const struct execution *execution)
{
    struct operation *operation = execution->operation;
    struct name_list list = {.count = 0};
    AUTO_BUF missing = BUF_INIT(1 << 20);
    if (execution->index == NULL || execution->reads.is_scan || execution->partiql->where == NULL) {
        return NULL;
    }
    find_unprojected(operation->arena, execution->index, execution->partiql->where, &list);
    for (size_t i = 0; i < list.count; i++) {
        append_name(&missing, list.names[i]);
    }
    if (list.count == 0) {
        return NULL;
    }
    return problem_bad_parameter(operation->arena,
                                 "Secondary index %.*s does not project one or more filter "
                                 "attributes: [%.*s]",
                                 SLICE_ARG(execution->index->name), SLICE_ARG(buf_slice(&missing)));
}

/* --- NextToken --- */

static struct next_token token_of(const struct execution *execution)
{
    struct next_token token = {.at = execution->at};
    next_token_digest(record_text(execution->operation->input, MEMBER_STATEMENT),
                      execution->parameters.values, execution->parameters.count, token.digest);
    return token;
}

static void print_token(struct execution *execution, struct slice last_key)
{
    struct json_writer *w = &execution->operation->w;
    struct next_token token = token_of(execution);
    token.key = last_key;
    json_key_text(w, "NextToken");
    next_token_print(w, &token);
    json_key_text(w, "LastEvaluatedKey");
    item_print(w, last_key);
}

static const struct problem *read_token(struct execution *execution)
{
    struct arena *arena = execution->operation->arena;
    struct slice text = record_text(execution->operation->input, MEMBER_NEXT_TOKEN);
    struct next_token wanted = token_of(execution), token;
    if (text.ptr == NULL) {
        return NULL;
    }
    if (!next_token_read(arena, text, &token)) {
        return problem_invalid(arena, "Invalid NextToken");
    }
    if (memcmp(wanted.digest, token.digest, sizeof(token.digest)) != 0) {
        return problem_invalid(arena, "NextToken does not match request");
    }
    if (token.at >= (execution->reads.is_scan ? 1 : execution->reads.count)) {
        return problem_invalid(arena, "Invalid NextToken");
    }
    execution->at = token.at;
    execution->start_key = token.key;
    return NULL;
}

/* --- pages --- */

static void on_row(struct page *page, struct slice item)
{
    const struct execution *execution = page->ctx;
    struct json_writer w = json_writer_init(&page->items);
    w.needs_comma = page->count > 1;
    partiql_print_row(&w, execution->partiql, item);
}

static struct page make_page(struct execution *execution)
{
    struct page page;
    page_begin(&page, execution->operation->arena);
    page.table = execution->table;
    page.index = execution->index;
    page.is_query = !execution->reads.is_scan;
    if (page.is_query) {
        page.range = execution->reads.ranges[execution->at];
    }
    page.is_reverse = execution->reads.is_reverse;
    page.start_key = execution->start_key;
    page.limit = execution->limit != 0 ? execution->limit - execution->scanned : 0;
    page.filter = execution->filter;
    page.select = execution->select;
    page.on_item = execution->partiql->is_star ? NULL : on_row;
    page.ctx = execution;
    /* One page in the client's eyes: what earlier ranges filled counts. */
    page.count = execution->count;
    page.bytes = execution->bytes;
    page.boundary = execution->boundary;
    return page;
}

static void count_capacity(struct execution *execution, uint64_t bytes)
{
    struct capacity *capacity = &execution->capacity;
    const struct page *page = &execution->page;
    double units = capacity_read_units(bytes, execution->is_consistent);
    if (execution->index == NULL) {
        capacity->read += units;
        return;
    }
    capacity->index_read[execution->index - execution->table->indexes] += units;
    if (page->fetched_bytes != 0) {
        capacity->read += capacity_read_units(page->fetched_bytes, execution->is_consistent);
    }
}

static void finish_read(struct execution *execution, struct slice last_key)
{
    struct operation *operation = execution->operation;
    operation->w.needs_comma = execution->count != 0;
    json_close(&operation->w, ']');
    if (last_key.ptr != NULL) {
        print_token(execution, last_key);
    }
    read_meter(operation, &execution->capacity, 1, false);
    json_close(&operation->w, '}');
    operation_reply(operation);
}

static void read_range(struct execution *execution);

static void on_page_read(struct page *page)
{
    struct execution *execution = page->ctx;
    struct operation *operation = execution->operation;
    uint64_t bytes = page->bytes - execution->bytes;
    struct slice last_key = page->last_key;
    buf_finish(&operation->body);
    operation->body = page->items;
    page->items = (struct buf)BUF_INIT(0);
    execution->scanned += page->scanned;
    execution->count = page->count;
    execution->bytes = page->bytes;
    execution->boundary = page->boundary;
    execution->start_key = SLICE_NULL;
    count_capacity(execution, bytes);
    bool has_failed = page->has_failed;
    page_finish(page);
    if (has_failed) {
        operation_refuse(operation, operation_storage_problem(operation));
        return;
    }
    if (last_key.ptr != NULL || execution->reads.is_scan ||
        ++execution->at >= execution->reads.count) {
        finish_read(execution, last_key);
        return;
    }
    read_range(execution);
}

/* The rows are printed straight into the reply's body, which the page has meanwhile. */
static void read_range(struct execution *execution)
{
    struct operation *operation = execution->operation;
    execution->page = make_page(execution);
    struct buf body = operation->body;
    operation->body = execution->page.items;
    execution->page.items = body;
    page_read(operation->store, &execution->page, on_page_read);
}

/* --- SELECT --- */

static enum page_select page_select(const struct execution *execution)
{
    const struct partiql *partiql = execution->partiql;
    if (execution->index == NULL) {
        return PAGE_ALL;
    }
    for (size_t i = 0; i < partiql->column_count; i++) {
        if (!index_projects(execution->index, partiql->columns[i].steps[0].name)) {
            return PAGE_ALL; /* a local index fetches */
        }
    }
    return PAGE_PROJECTED;
}

static const struct problem *plan_select(struct execution *execution)
{
    struct operation *operation = execution->operation;
    const struct partiql *partiql = execution->partiql;
    struct partiql_key key;
    const struct problem *problem =
        partiql_index(operation->arena, partiql, execution->table, &execution->index);
    if (problem != NULL) {
        return problem;
    }
    const struct table_index *index = execution->index;
    if (index != NULL && index->is_global && execution->is_consistent) {
        return problem_invalid(
            operation->arena,
            "Strongly consistent read is not supported on Global Secondary Indexes");
    }
    const struct key_schema *keys = index != NULL ? &index->keys : &execution->table->keys;
    problem = index != NULL ? check_columns(execution) : NULL;
    if (problem == NULL) {
        problem =
            partiql_plan_reads(operation->arena, partiql, keys, index != NULL, &execution->reads);
    }
    if (problem == NULL) {
        problem = check_filter(execution);
    }
    partiql_plan_key(operation->arena, keys, partiql->where, false, &key);
    bool is_all_key = key.key.ptr != NULL && key.rest == NULL;
    execution->filter = is_all_key ? NULL : partiql->where;
    execution->select = page_select(execution);
    return problem;
}

static const struct problem *start_select(struct execution *execution)
{
    struct operation *operation = execution->operation;
    execution->is_consistent = record_get(operation->input, MEMBER_CONSISTENT_READ)->flag;
    execution->limit = (uint64_t)record_get(operation->input, MEMBER_LIMIT)->number;
    execution->capacity.table = execution->table;
    const struct problem *problem = plan_select(execution);
    if (problem == NULL) {
        problem = read_token(execution);
    }
    if (problem == NULL && execution->start_key.ptr != NULL) {
        struct page page = make_page(execution);
        problem = page_check_start_key(operation->arena, &page, execution->start_key);
        page_finish(&page);
        problem = problem != NULL ? problem_invalid(operation->arena, "Invalid NextToken") : NULL;
    }
    if (problem == NULL) {
        problem = read_throttle_check(operation, execution->table, execution->index);
    }
    if (problem != NULL) {
        return problem;
    }
    json_open(&operation->w, '{');
    json_key_text(&operation->w, "Items");
    json_open(&operation->w, '[');
    if (!execution->reads.is_scan && execution->reads.count == 0) {
        finish_read(execution, SLICE_NULL);
    } else {
        read_range(execution);
    }
    return NULL;
}

const struct problem *op_execute_statement(struct operation *operation)
{
    struct execution *execution = arena_alloc(operation->arena, sizeof(*execution));
    execution->operation = operation;
    const struct problem *problem =
        partiql_parameters(operation->arena, operation->input, &execution->parameters);
    if (problem == NULL) {
        problem = partiql_prepare(operation->arena, operation->input, &execution->parameters,
                                  &execution->partiql);
    }
    if (problem == NULL && execution->partiql->kind == PARTIQL_EXISTS) {
        problem = problem_invalid(operation->arena, "EXISTS is for ExecuteTransaction only");
    }
    if (problem == NULL) {
        problem = operation_table(operation, execution->partiql->table, &execution->table);
    }
    if (problem != NULL) {
        return problem;
    }
    return partiql_is_read(execution->partiql) ? start_select(execution) : start_write(execution);
}
