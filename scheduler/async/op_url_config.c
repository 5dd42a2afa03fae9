#include "scheduler/async/async_model.h"
#include "scheduler/async/async_private.h"

#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "scheduler/arn.h"

#define REPLY_MAX (1024u * 1024)
#define PROPERTIES_MAX (256u * 1024)
#define PAGE_MAX 50

static const char no_function[] = "Function does not exist";
static const char nothing[] = "The resource you requested does not exist.";

static struct slice qualified_arn(struct arena *arena, const struct named_function *function)
{
    return function->qualifier.len == 0
               ? function->facts.arn
               : arena_printf(arena, "%.*s:%.*s", SLICE_ARG(function->facts.arn),
                              SLICE_ARG(function->qualifier));
}

/* URLs are of functions and aliases, never of versions. */
static bool read_target(struct api_call *call, const struct async *async,
                        const struct record *input, const char *words,
                        struct named_function *ret_function)
{
    uint64_t number;
    struct slice name, qualifier = record_text(input, MEMBER_QUALIFIER);
    if (qualifier.len == 0) {
        function_name_parse(record_text(input, MEMBER_FUNCTION_NAME), &name, &qualifier);
    }
    if (slice_is(qualifier, "$LATEST") || slice_to_u64(qualifier, &number)) {
        api_reply_error(call, 400, "ValidationException",
                        arena_printf(api_arena(call),
                                     "1 validation error detected: Value '%.*s' at 'qualifier' "
                                     "failed to satisfy constraint: Member must satisfy regular "
                                     "expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)",
                                     SLICE_ARG(qualifier)));
        return false;
    }
    return read_function(call, async, input, words, ret_function);
}

static void reply_nothing(struct api_call *call)
{
    api_reply_error(call, 404, "ResourceNotFoundException", slice_from(nothing));
}

/* --- replies --- */

enum url_reply { REPLY_CREATED, REPLY_WHOLE };

static void print_url(struct json_writer *w, struct api_call *call, const struct async *async,
                      const struct named_function *function, const struct url_config *config,
                      enum url_reply reply)
{
    struct arena *arena = api_arena(call);
    struct slice arn = qualified_arn(arena, function);
    struct slice mode = json_text_member(arena, config->properties, "InvokeMode");
    struct slice cors = json_raw_member(config->properties, "Cors");
    char id[URL_ID_MAX], time[TIME_TEXT_MAX];
    json_open(w, '{');
    json_put_string(w, "FunctionUrl",
                    arena_printf(arena, "%s/_aws/lambda-url/%s/",
                                 async->scheduler->options.edge_url, url_config_id(id, arn)));
    json_put_string(w, "FunctionArn", arn);
    json_put_string(w, "AuthType", json_text_member(arena, config->properties, "AuthType"));
    if (cors.ptr != NULL) {
        json_put_raw(w, "Cors", cors);
    }
    json_put_text(w, "CreationTime", time_iso8601_ms(time, config->created_ms));
    if (reply != REPLY_CREATED) {
        json_put_text(w, "LastModifiedTime", time_iso8601_ms(time, config->modified_ms));
    }
    if (reply != REPLY_CREATED || mode.len > 0) { /* as the service was recorded */
        json_put_string(w, "InvokeMode", mode.len > 0 ? mode : SLICE("BUFFERED"));
    }
    json_close(w, '}');
}

static void reply_url(struct api_call *call, const struct async *async,
                      const struct named_function *function, const struct url_config *config,
                      enum url_reply reply)
{
    AUTO_BUF body = BUF_INIT(REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    print_url(&w, call, async, function, config, reply);
    api_reply_json(call, reply == REPLY_CREATED ? 201 : 200, buf_slice(&body));
}

/* --- changing --- */

struct url_call {
    struct api_call *call;
    const struct async *async;
    struct named_function function; /* texts are in the call's arena */
    enum url_reply reply;
};

static void on_written(void *ctx, enum status status)
{
    struct url_call *waiting = ctx;
    const struct url_config *config = url_config_find(
        waiting->async->urls, waiting->function.facts.name, waiting->function.qualifier);
    if (status != STATUS_OK) {
        reply_storage_failed(waiting->call);
    } else if (config == NULL) { /* deleted meanwhile */
        reply_nothing(waiting->call);
    } else {
        reply_url(waiting->call, waiting->async, &waiting->function, config, waiting->reply);
    }
}

/* What the request says, over what there was. */
static struct slice properties_of(struct arena *arena, const struct record *input,
                                  struct slice before)
{
    static const struct {
        int member;
        const char *name;
    } rows[] = {
        {MEMBER_AUTH_TYPE, "AuthType"}, {MEMBER_INVOKE_MODE, "InvokeMode"}, {MEMBER_CORS, "Cors"}};
    AUTO_BUF json = BUF_INIT(PROPERTIES_MAX);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct field *field = record_get(input, rows[i].member);
        struct slice value = field->is_set ? field->raw : json_raw_member(before, rows[i].name);
        if (value.ptr != NULL) {
            json_put_raw(&w, rows[i].name, value);
        }
    }
    json_close(&w, '}');
    return arena_copy(arena, buf_slice(&json));
}

static void change(struct api_call *call, struct async *async, const struct record *input,
                   const struct named_function *function, const struct url_config *before)
{
    struct arena *arena = api_arena(call);
    int64_t now_ms = scheduler_now_ms(async->scheduler);
    struct url_call *waiting = arena_alloc(arena, sizeof *waiting);
    *waiting =
        (struct url_call){call, async, *function, before == NULL ? REPLY_CREATED : REPLY_WHOLE};
    waiting->function.facts.name = arena_copy(arena, function->facts.name);
    waiting->function.facts.arn = arena_copy(arena, function->facts.arn);
    const struct url_config config = {
        .function = waiting->function.facts.name,
        .qualifier = function->qualifier,
        .properties = properties_of(arena, input, before != NULL ? before->properties : SLICE_NULL),
        .logical_id = SLICE(""),
        .created_ms = before != NULL ? before->created_ms : now_ms,
        .modified_ms = now_ms,
    };
    url_config_put(async->urls, &config, on_written, waiting);
}

void op_create_url_config(struct api_call *call, void *ctx)
{
    struct async *async = ctx;
    const struct record *input;
    struct named_function function;
    if (!model_read(&async_model, call, &input) ||
        !read_target(call, async, input, no_function, &function)) {
        return;
    }
    if (url_config_find(async->urls, function.facts.name, function.qualifier) != NULL) {
        struct slice arn = qualified_arn(api_arena(call), &function);
        api_reply_error(call, 409, "ResourceConflictException",
                        arena_printf(api_arena(call),
                                     "Failed to create function url config for [functionArn = "
                                     "%.*s]. Error message:  FunctionUrlConfig exists for this "
                                     "Lambda function",
                                     SLICE_ARG(arn)));
        return;
    }
    change(call, async, input, &function, NULL);
}

/* The URL that the request is of; NULL: the call was answered. */
static const struct url_config *read_url(struct api_call *call, const struct async *async,
                                         const char *words, const struct record **ret_input,
                                         struct named_function *ret_function)
{
    if (!model_read(&async_model, call, ret_input) ||
        !read_target(call, async, *ret_input, words, ret_function)) {
        return NULL;
    }
    const struct url_config *config =
        url_config_find(async->urls, ret_function->facts.name, ret_function->qualifier);
    if (config == NULL) {
        reply_nothing(call);
    }
    return config;
}

void op_update_url_config(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct named_function function;
    const struct url_config *config = read_url(call, ctx, no_function, &input, &function);
    if (config != NULL) {
        change(call, ctx, input, &function, config);
    }
}

/* --- reading and deleting --- */

void op_get_url_config(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct named_function function;
    const struct url_config *config = read_url(call, ctx, nothing, &input, &function);
    if (config != NULL) {
        reply_url(call, ctx, &function, config, REPLY_WHOLE);
    }
}

static void on_deleted(void *ctx, enum status status)
{
    if (status == STATUS_OK) {
        api_reply_empty(ctx, 204);
    } else {
        reply_storage_failed(ctx);
    }
}

void op_delete_url_config(struct api_call *call, void *ctx)
{
    const struct async *async = ctx;
    const struct record *input;
    struct named_function function;
    if (read_url(call, async, nothing, &input, &function) != NULL) {
        (void)url_config_delete(async->urls, function.facts.name, function.qualifier, on_deleted,
                                call);
    }
}

void op_list_url_configs(struct api_call *call, void *ctx)
{
    const struct async *async = ctx;
    const struct record *input;
    struct named_function function;
    if (!model_read(&async_model, call, &input) ||
        !read_function(call, async, input, no_function, &function)) {
        return;
    }
    const struct field *most = record_get(input, MEMBER_MAX_ITEMS);
    int64_t left = most->is_set ? most->number : PAGE_MAX;
    struct slice last = record_text(input, MEMBER_MARKER);
    AUTO_BUF body = BUF_INIT(REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_key_text(&w, "FunctionUrlConfigs");
    json_open(&w, '[');
    /* A marker is never empty: ":" is the one without a qualifier. */
    if (last.len > 0) {
        last = slice_skip(last, 1);
    }
    const struct url_config *config = url_config_after(async->urls, function.facts.name, last);
    for (; config != NULL && left > 0; left--) {
        struct named_function of = {function.facts, config->qualifier};
        print_url(&w, call, async, &of, config, REPLY_WHOLE);
        last = config->qualifier;
        config = url_config_after(async->urls, function.facts.name, last);
    }
    json_close(&w, ']');
    if (config != NULL) {
        json_put_string(&w, "NextMarker", arena_printf(api_arena(call), ":%.*s", SLICE_ARG(last)));
    }
    json_close(&w, '}');
    api_reply_json(call, 200, buf_slice(&body));
}
