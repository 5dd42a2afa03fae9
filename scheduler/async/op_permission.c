#include "scheduler/async/async_model.h"
#include "scheduler/async/async_private.h"

#include "core/json_writer.h"

#define STATEMENT_MAX (64U << 10)

/* --- statements --- */

static bool is_service(struct slice principal)
{
    return slice_search(principal, SLICE(".amazonaws.com")) != SLICE_NPOS;
}

static void print_principal(struct json_writer *w, struct slice principal)
{
    uint64_t account;
    AUTO_ARENA arena = ARENA_INIT;
    if (slice_is(principal, "*")) {
        json_put_text(w, "Principal", "*");
        return;
    }
    json_key_text(w, "Principal");
    json_open(w, '{');
    if (is_service(principal)) {
        json_put_string(w, "Service", principal);
    } else if (principal.len == 12 && slice_to_u64(principal, &account)) {
        json_put_string(w, "AWS",
                        arena_printf(&arena, "arn:aws:iam::%.*s:root", SLICE_ARG(principal)));
    } else {
        json_put_string(w, "AWS", principal);
    }
    json_close(w, '}');
}

static void print_condition(struct json_writer *w, const char *operator, const char * key,
                            struct slice value)
{
    json_key_text(w, operator);
    json_open(w, '{');
    json_put_string(w, key, value);
    json_close(w, '}');
}

static void print_equals(struct json_writer *w, const struct permission_spec *spec)
{
    const struct {
        const char *key;
        struct slice value;
    } rows[] = {
        {"AWS:SourceAccount", spec->source_account},
        {"lambda:EventSourceToken", spec->token},
        {"lambda:FunctionUrlAuthType", spec->auth_type},
        {"aws:PrincipalOrgID", spec->org_id},
    };
    bool is_open = false;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].value.len == 0) {
            continue;
        }
        if (!is_open) {
            json_key_text(w, "StringEquals");
            json_open(w, '{');
            is_open = true;
        }
        json_put_string(w, rows[i].key, rows[i].value);
    }
    if (is_open) {
        json_close(w, '}');
    }
}

void permission_print(struct buf *json, const struct permission_spec *spec)
{
    struct json_writer w = json_writer_init(json);
    json_open(&w, '{');
    json_put_string(&w, "Sid", spec->sid);
    json_put_text(&w, "Effect", "Allow");
    print_principal(&w, spec->principal);
    json_put_string(&w, "Action", spec->action);
    json_put_string(&w, "Resource", spec->function_arn);
    if (spec->source_arn.len + spec->source_account.len + spec->token.len + spec->auth_type.len +
                spec->org_id.len >
            0 ||
        spec->is_via_url) {
        json_key_text(&w, "Condition");
        json_open(&w, '{');
        print_equals(&w, spec);
        if (spec->is_via_url) {
            json_key_text(&w, "Bool");
            json_open(&w, '{');
            json_put_text(&w, "lambda:InvokedViaFunctionUrl", "true");
            json_close(&w, '}');
        }
        if (spec->source_arn.len > 0) {
            print_condition(&w, "ArnLike", "AWS:SourceArn", spec->source_arn);
        }
        json_close(&w, '}');
    }
    json_close(&w, '}');
}

/* --- operations --- */

static struct slice qualified(struct arena *arena, const struct named_function *function)
{
    return function->qualifier.len == 0
               ? function->facts.arn
               : arena_printf(arena, "%.*s:%.*s", SLICE_ARG(function->facts.arn),
                              SLICE_ARG(function->qualifier));
}

struct added {
    struct api_call *call;
    struct slice statement;
};

static void on_added(void *ctx, enum status status)
{
    struct added *added = ctx;
    if (status != STATUS_OK) {
        reply_storage_failed(added->call);
        return;
    }
    AUTO_BUF body = BUF_INIT(2 * STATEMENT_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_put_string(&w, "Statement", added->statement);
    json_close(&w, '}');
    api_reply_json(added->call, 201, buf_slice(&body));
}

static size_t policy_len(const struct permissions *permissions,
                         const struct named_function *function)
{
    size_t len = 0;
    size_t at = 0;
    const struct permission *each;
    while ((each = permission_next(permissions, function->facts.name, function->qualifier, &at)) !=
           NULL) {
        len += each->statement.len;
    }
    return len;
}

void op_add_permission(struct api_call *call, void *ctx)
{
    const struct async *async = ctx;
    const struct record *input;
    struct named_function function;
    if (!model_read(&async_model, call, &input) ||
        !read_function(call, async, input, NULL, &function)) {
        return;
    }
    struct arena *arena = api_arena(call);
    struct permission permission = {.function = function.facts.name,
                                    .qualifier = function.qualifier,
                                    .sid = record_text(input, MEMBER_STATEMENT_ID)};
    if (permission_find(async->permissions, permission.function, permission.qualifier,
                        permission.sid) != NULL) {
        struct slice text = arena_printf(
            arena,
            "The statement id (%.*s) provided already exists. Please provide a new statement id, "
            "or remove the existing statement.",
            SLICE_ARG(permission.sid));
        api_reply_error(call, 409, "ResourceConflictException", text);
        return;
    }
    const struct permission_spec spec = {
        .sid = permission.sid,
        .action = record_text(input, MEMBER_ACTION),
        .principal = record_text(input, MEMBER_PRINCIPAL),
        .source_arn = record_text(input, MEMBER_SOURCE_ARN),
        .source_account = record_text(input, MEMBER_SOURCE_ACCOUNT),
        .token = record_text(input, MEMBER_EVENT_SOURCE_TOKEN),
        .auth_type = record_text(input, MEMBER_FUNCTION_URL_AUTH_TYPE),
        .org_id = record_text(input, MEMBER_PRINCIPAL_ORG_ID),
        .is_via_url = record_get(input, MEMBER_INVOKED_VIA_FUNCTION_URL)->flag,
        .function_arn = qualified(arena, &function),
    };
    AUTO_BUF statement = BUF_INIT(STATEMENT_MAX);
    permission_print(&statement, &spec);
    size_t len = policy_len(async->permissions, &function) + statement.len;
    if (buf_status(&statement) != STATUS_OK || len > POLICY_LEN_MAX) {
        struct slice text =
            arena_printf(arena, "The final policy size (%zu) is bigger than the limit (%d).", len,
                         POLICY_LEN_MAX);
        api_reply_error(call, 400, "PolicyLengthExceededException", text);
        return;
    }
    struct added *added = arena_alloc(arena, sizeof *added);
    *added = (struct added){call, arena_copy(arena, buf_slice(&statement))};
    permission.statement = added->statement;
    permission_put(async->permissions, &permission, on_added, added);
}

static void on_removed(void *ctx, enum status status)
{
    if (status == STATUS_OK) {
        api_reply_empty(ctx, 204);
    } else {
        reply_storage_failed(ctx);
    }
}

void op_remove_permission(struct api_call *call, void *ctx)
{
    const struct async *async = ctx;
    const struct record *input;
    struct named_function function;
    if (!model_read(&async_model, call, &input) ||
        !read_function(call, async, input, NULL, &function)) {
        return;
    }
    struct slice sid = record_text(input, MEMBER_STATEMENT_ID);
    if (!permission_delete(async->permissions, function.facts.name, function.qualifier, sid,
                           on_removed, call)) {
        struct slice text = arena_printf(
            api_arena(call), "Statement %.*s is not found in resource policy.", SLICE_ARG(sid));
        api_reply_error(call, 404, "ResourceNotFoundException", text);
    }
}

void op_get_policy(struct api_call *call, void *ctx)
{
    const struct async *async = ctx;
    const struct record *input;
    struct named_function function;
    if (!model_read(&async_model, call, &input) ||
        !read_function(call, async, input, NULL, &function)) {
        return;
    }
    AUTO_BUF policy = BUF_INIT(2 * POLICY_LEN_MAX);
    struct json_writer w = json_writer_init(&policy);
    json_open(&w, '{');
    json_put_text(&w, "Version", "2012-10-17");
    json_put_text(&w, "Id", "default");
    json_key_text(&w, "Statement");
    json_open(&w, '[');
    size_t at = 0, count = 0;
    const struct permission *each;
    while ((each = permission_next(async->permissions, function.facts.name, function.qualifier,
                                   &at)) != NULL) {
        json_write_raw(&w, each->statement);
        count++;
    }
    json_close(&w, ']');
    json_close(&w, '}');
    if (count == 0) {
        api_reply_error(call, 404, "ResourceNotFoundException",
                        SLICE("The resource you requested does not exist."));
        return;
    }
    char revision[ID_UUID_MAX];
    id_derived_uuid(revision, buf_slice(&policy));
    AUTO_BUF body = BUF_INIT(4 * POLICY_LEN_MAX);
    struct json_writer out = json_writer_init(&body);
    json_open(&out, '{');
    json_put_string(&out, "Policy", buf_slice(&policy));
    json_put_text(&out, "RevisionId", revision);
    json_close(&out, '}');
    api_reply_json(call, 200, buf_slice(&body));
}

/* --- RecursiveLoop --- */

static void reply_recursion(struct api_call *call, bool allows_loops)
{
    api_reply_json(call, 200,
                   allows_loops ? SLICE("{\"RecursiveLoop\":\"Allow\"}")
                                : SLICE("{\"RecursiveLoop\":\"Terminate\"}"));
}

void op_get_recursion(struct api_call *call, void *ctx)
{
    const struct async *async = ctx;
    const struct record *input;
    struct named_function function;
    if (model_read(&async_model, call, &input) &&
        read_function(call, async, input, NULL, &function)) {
        reply_recursion(call, async_allows_loops(async, function.facts.name));
    }
}

struct recursion_call {
    struct api_call *call;
    bool allows_loops;
};

static void on_recursion_written(void *ctx, enum status status)
{
    struct recursion_call *waiting = ctx;
    if (status == STATUS_OK) {
        reply_recursion(waiting->call, waiting->allows_loops);
    } else {
        reply_storage_failed(waiting->call);
    }
}

void op_put_recursion(struct api_call *call, void *ctx)
{
    const struct async *async = ctx;
    const struct record *input;
    struct named_function function;
    if (!model_read(&async_model, call, &input) ||
        !read_function(call, async, input, NULL, &function)) {
        return;
    }
    struct recursion_call *waiting = arena_alloc(api_arena(call), sizeof *waiting);
    *waiting =
        (struct recursion_call){call, slice_is(record_text(input, MEMBER_RECURSIVE_LOOP), "Allow")};
    function_loops_put(async->configs, function.facts.name,
                       waiting->allows_loops ? LOOPS_ALLOWED : LOOPS_TERMINATED,
                       on_recursion_written, waiting);
}
