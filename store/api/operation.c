#include "store/api/operation.h"

#include "store/table/catalog.h"
#include "store/value/attr_json.h"

#include <stdio.h>

#define REPLY_LEN_MAX                                                                              \
    (512U * 1024 * 1024) /* 16 MiB of items, every byte of them escaped, and more */

/* A table that an operation works on until its reply. */
struct table_use {
    struct table *table;
    struct table_use *next;
};

void operation_start(struct store *store, struct api_call *call, const struct shape *input,
                     operation_fn *run)
{
    struct arena *arena = api_arena(call);
    struct operation *operation = arena_alloc(arena, sizeof(*operation));
    operation->store = store;
    operation->call = call;
    operation->arena = arena;
    operation->name = slice_from(api_operation(call)->name);
    buf_init(&operation->body, REPLY_LEN_MAX);
    operation->w = json_writer_init(&operation->body);
    const struct problem *problem = dynamodb_parse(arena, input, api_body(call), &operation->input);
    if (problem == NULL) {
        problem = run(operation);
    }
    if (problem != NULL) {
        operation_refuse(operation, problem);
    }
}

/* The operation is over with its reply; what it holds beyond its arena goes first. */
static void reply(struct operation *operation, int http_status)
{
    struct buf body = operation->body;
    for (struct table_use *use = operation->tables; use != NULL; use = use->next) {
        table_unref(use->table);
    }
    if (body.len != 0) {
        api_reply_json(operation->call, http_status, buf_slice(&body));
    } else {
        api_reply_empty(operation->call, http_status);
    }
    buf_finish(&body);
}

void operation_reply(struct operation *operation)
{
    if (buf_status(&operation->body) != STATUS_OK) {
        operation_refuse(operation, operation_storage_problem(operation));
        return;
    }
    if (operation->body.len == 0) {
        buf_append(&operation->body, SLICE("{}"));
    }
    reply(operation, 200);
}

void operation_reply_empty(struct operation *operation)
{
    buf_clear(&operation->body);
    reply(operation, 200);
}

void operation_refuse(struct operation *operation, const struct problem *problem)
{
    buf_clear(&operation->body);
    operation->w = json_writer_init(&operation->body);
    problem_print(&operation->w, problem);
    reply(operation, problem_wire(problem->kind)->http_status);
}

const struct problem *operation_storage_problem(struct operation *operation)
{
    return problem_make(operation->arena, PROBLEM_INTERNAL, "Internal server error");
}

const struct problem *operation_table(struct operation *operation, struct slice name_or_arn,
                                      struct table **ret_table)
{
    struct table *table;
    const struct problem *problem = catalog_find_for_data(store_catalog(operation->store),
                                                          operation->arena, name_or_arn, &table);
    if (problem != NULL) {
        return problem;
    }
    operation_hold(operation, table_ref(table));
    *ret_table = table;
    return NULL;
}

void operation_hold(struct operation *operation, struct table *table)
{
    struct table_use *use = arena_alloc(operation->arena, sizeof(*use));
    use->table = table;
    use->next = operation->tables;
    operation->tables = use;
}

/* --- errors on the wire --- */

static void print_item(struct json_writer *w, const struct problem *problem)
{
    if (problem->item.ptr != NULL) {
        json_key_text(w, "Item");
        item_print(w, problem->item);
    }
}

static void print_reason(struct json_writer *w, const struct problem *reason)
{
    json_open(w, '{');
    if (reason == NULL) {
        json_put_text(w, "Code", "None");
    } else {
        json_put_text(w, "Code", problem_wire(reason->kind)->reason_code);
        if (reason->text.ptr != NULL) {
            json_put_string(w, "Message", reason->text);
        }
        print_item(w, reason);
    }
    json_close(w, '}');
}

void problem_print(struct json_writer *w, const struct problem *problem)
{
    const struct problem_wire *wire = problem_wire(problem->kind);
    json_open(w, '{');
    char type[128];
    (void)snprintf(type, sizeof(type), "%s%s", wire->type_prefix, wire->name);
    json_put_text(w, "__type", type);
    if (problem->reason_count != 0) {
        json_key_text(w, "CancellationReasons");
        json_open(w, '[');
        for (size_t i = 0; i < problem->reason_count; i++) {
            print_reason(w, problem->reasons[i]);
        }
        json_close(w, ']');
    }
    print_item(w, problem);
    if (problem->text.ptr != NULL) {
        json_put_string(w, wire->text_key, problem->text);
    }
    json_close(w, '}');
}
