#include "scheduler/async/async_model.h"
#include "scheduler/async/async_private.h"

#include "core/api/page_token.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "scheduler/arn.h"

#define REPLY_MAX (256U << 10)
#define PAGE_MAX 50

static const char no_function[] = "The function doesn't exist.";

/* By its name and qualifier, wherever they were given. */
static bool find_version(const struct async *async, struct arena *arena, struct slice name,
                         struct slice qualifier, struct function_facts *ret_facts)
{
    const struct function_directory *functions = &async->scheduler->options.functions;
    struct slice text = qualifier.len == 0 ? name
                                           : arena_printf(arena, "%.*s:%.*s", SLICE_ARG(name),
                                                          SLICE_ARG(qualifier));
    return functions->find != NULL && functions->find(functions->ctx, text, ret_facts) &&
           !ret_facts->has_no_such_version;
}

bool read_function(struct api_call *call, const struct async *async, const struct record *input,
                   const char *words, struct named_function *ret_function)
{
    struct slice name;
    function_name_parse(record_text(input, MEMBER_FUNCTION_NAME), &name, &ret_function->qualifier);
    struct slice asked = record_text(input, MEMBER_QUALIFIER);
    if (asked.len > 0 && ret_function->qualifier.len > 0 &&
        !slice_eq(asked, ret_function->qualifier)) {
        api_reply_error(call, 400, "InvalidParameterValueException",
                        SLICE("The derived qualifier from the function name does not match the "
                              "specified qualifier."));
        return false;
    }
    struct slice qualifier = asked.len > 0 ? asked : ret_function->qualifier;
    ret_function->qualifier = qualifier;
    if (!find_version(async, api_arena(call), name, qualifier, &ret_function->facts)) {
        struct slice text =
            words != NULL
                ? slice_from(words)
                : arena_printf(api_arena(call),
                               "Function not found: arn:aws:lambda:%s:%s:function:%.*s%s%.*s",
                               api_region(call), api_account_id(call), SLICE_ARG(name),
                               qualifier.len > 0 ? ":" : "", SLICE_ARG(qualifier));
        api_reply_error(call, 404, "ResourceNotFoundException", text);
        return false;
    }
    return true;
}

/* --- replies --- */

static void print_destination(struct json_writer *w, const char *name, struct slice destination)
{
    json_key_text(w, name);
    json_open(w, '{');
    if (destination.len > 0) {
        json_put_string(w, "Destination", destination);
    }
    json_close(w, '}');
}

static void print_config(struct json_writer *w, const struct invoke_config *config,
                         struct slice arn)
{
    json_open(w, '{');
    json_key_text(w, "LastModified");
    json_write_double(w, (double)config->modified_ms / 1000);
    AUTO_ARENA arena = ARENA_INIT;
    json_put_string(
        w, "FunctionArn",
        arena_printf(&arena, "%.*s:%.*s", SLICE_ARG(arn), SLICE_ARG(config->qualifier)));
    if (config->max_retries >= 0) {
        json_put_i64(w, "MaximumRetryAttempts", config->max_retries);
    }
    if (config->max_age_s >= 0) {
        json_put_i64(w, "MaximumEventAgeInSeconds", config->max_age_s);
    }
    json_key_text(w, "DestinationConfig");
    json_open(w, '{');
    print_destination(w, "OnSuccess", config->on_success);
    print_destination(w, "OnFailure", config->on_failure);
    json_close(w, '}');
    json_close(w, '}');
}

static void reply_config(struct api_call *call, const struct invoke_config *config,
                         struct slice arn)
{
    AUTO_BUF body = BUF_INIT(REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    print_config(&w, config, arn);
    api_reply_json(call, 200, buf_slice(&body));
}

static const char *no_config_of(struct api_call *call, struct slice name, struct slice qualifier)
{
    struct slice version = qualifier.len > 0 ? qualifier : SLICE("$LATEST");
    struct slice text =
        arena_printf(api_arena(call),
                     "The function arn:aws:lambda:%s:%s:function:%.*s:%.*s doesn't "
                     "have an EventInvokeConfig",
                     api_region(call), api_account_id(call), SLICE_ARG(name), SLICE_ARG(version));
    return arena_cstr(api_arena(call), text);
}

static void reply_no_config(struct api_call *call, const struct named_function *function)
{
    api_reply_error(call, 404, "ResourceNotFoundException",
                    slice_from(no_config_of(call, function->facts.name, function->qualifier)));
}

/* A function or version that is not there has no configuration either. */
static bool read_configured(struct api_call *call, const struct async *async,
                            const struct record *input, struct named_function *ret_function)
{
    struct slice name, qualifier;
    struct slice asked = record_text(input, MEMBER_QUALIFIER);
    function_name_parse(record_text(input, MEMBER_FUNCTION_NAME), &name, &qualifier);
    return read_function(call, async, input,
                         no_config_of(call, name, asked.len > 0 ? asked : qualifier), ret_function);
}

void reply_storage_failed(struct api_call *call)
{
    api_reply_error(call, 500, "ServiceException", SLICE("The change could not be kept."));
}

/* --- changing --- */

struct config_call {
    struct api_call *call;
    const struct async *async;
    struct named_function function; /* texts are in the call's arena */
};

static void on_config_written(void *ctx, enum status status)
{
    struct config_call *waiting = ctx;
    const struct invoke_config *config = invoke_config_find(
        waiting->async->configs, waiting->function.facts.name, waiting->function.qualifier);
    if (status != STATUS_OK) {
        reply_storage_failed(waiting->call);
    } else if (config == NULL) { /* deleted meanwhile */
        reply_no_config(waiting->call, &waiting->function);
    } else {
        reply_config(waiting->call, config, waiting->function.facts.arn);
    }
}

static struct config_call *wait_for(struct api_call *call, const struct async *async,
                                    const struct named_function *function)
{
    struct arena *arena = api_arena(call);
    struct config_call *waiting = arena_alloc(arena, sizeof *waiting);
    *waiting = (struct config_call){call, async, *function};
    waiting->function.facts.name = arena_copy(arena, function->facts.name);
    waiting->function.facts.arn = arena_copy(arena, function->facts.arn);
    return waiting;
}

static bool takes_records(struct slice destination, bool is_of_failures)
{
    static const char *const services[] = {"sqs", "sns", "lambda", "events"};
    struct arn arn;
    if (!arn_parse(destination, &arn)) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(services); i++) {
        if (slice_is(arn.service, services[i])) {
            return true;
        }
    }
    return is_of_failures && slice_is(arn.service, "s3");
}

static bool is_function(struct slice destination, struct slice function)
{
    struct arn arn;
    struct slice name, qualifier;
    if (!arn_parse(destination, &arn) || !slice_is(arn.service, "lambda")) {
        return false;
    }
    function_name_parse(destination, &name, &qualifier);
    return slice_eq(name, function);
}

/* "OnSuccess(destination=ARN)", as AWS prints its own record. */
static struct slice print_part(struct arena *arena, const char *name, struct slice destination)
{
    return destination.len == 0
               ? SLICE("null")
               : arena_printf(arena, "%s(destination=%.*s)", name, SLICE_ARG(destination));
}

enum status destinations_check(const struct invoke_config *config, struct fault *reterr)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice success = config->on_success, failure = config->on_failure;
    if (is_function(success, config->function) || is_function(failure, config->function)) {
        return fault_set(reterr, STATUS_INVALID,
                         "You can't specify the function as a destination for itself.");
    }
    if ((success.len > 0 && !takes_records(success, false)) ||
        (failure.len > 0 && !takes_records(failure, true))) {
        struct slice parts[] = {print_part(&arena, "OnSuccess", success),
                                print_part(&arena, "OnFailure", failure)};
        return fault_set(reterr, STATUS_INVALID,
                         "The provided destination config DestinationConfig(onSuccess=%.*s, "
                         "onFailure=%.*s) is invalid.",
                         SLICE_ARG(parts[0]), SLICE_ARG(parts[1]));
    }
    return STATUS_OK;
}

/* A function that is given as a destination must be there. */
static bool is_there(const struct async *async, struct slice destination)
{
    const struct function_directory *functions = &async->scheduler->options.functions;
    struct function_facts facts;
    struct arn arn;
    return !arn_parse(destination, &arn) || !slice_is(arn.service, "lambda") ||
           functions->find(functions->ctx, destination, &facts);
}

static bool check_config(struct api_call *call, const struct async *async,
                         const struct invoke_config *config)
{
    const struct slice destinations[] = {config->on_failure, config->on_success};
    struct fault fault;
    if (destinations_check(config, &fault) != STATUS_OK) {
        api_reply_error(call, 400, "InvalidParameterValueException", slice_from(fault.text));
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(destinations); i++) {
        if (!is_there(async, destinations[i])) {
            api_reply_error(call, 400, "InvalidParameterValueException",
                            arena_printf(api_arena(call), "The destination ARN %.*s is invalid.",
                                         SLICE_ARG(destinations[i])));
            return false;
        }
    }
    return true;
}

/* Takes over what is given; false: the call was answered. */
static bool read_config(struct api_call *call, const struct async *async,
                        const struct record *input, struct invoke_config *config)
{
    const struct field *retries = record_get(input, MEMBER_MAXIMUM_RETRY_ATTEMPTS);
    const struct field *age = record_get(input, MEMBER_MAXIMUM_EVENT_AGE_IN_SECONDS);
    const struct record *destinations = record_get(input, MEMBER_DESTINATION_CONFIG)->record;
    if (retries->is_set) {
        config->max_retries = (int32_t)retries->number;
    }
    if (age->is_set) {
        config->max_age_s = (int32_t)age->number;
    }
    if (record_has(destinations, MEMBER_ON_SUCCESS)) {
        config->on_success =
            record_text(record_get(destinations, MEMBER_ON_SUCCESS)->record, MEMBER_DESTINATION);
    }
    if (record_has(destinations, MEMBER_ON_FAILURE)) {
        config->on_failure =
            record_text(record_get(destinations, MEMBER_ON_FAILURE)->record, MEMBER_DESTINATION);
    }
    if (!retries->is_set && !age->is_set && destinations == NULL) {
        api_reply_error(call, 400, "InvalidParameterValueException",
                        SLICE("You must specify at least one of error handling or destination "
                              "setting."));
        return false;
    }
    return check_config(call, async, config);
}

/* Put replaces, Update keeps what it does not name. */
static void change_config(struct api_call *call, struct async *async, bool is_update)
{
    const struct record *input;
    struct named_function function;
    if (!model_read(&async_model, call, &input) ||
        !read_function(call, async, input, no_function, &function)) {
        return;
    }
    struct invoke_config config = {
        .max_retries = -1, .max_age_s = -1, .on_success = SLICE(""), .on_failure = SLICE("")};
    const struct invoke_config *old =
        invoke_config_find(async->configs, function.facts.name, function.qualifier);
    if (is_update && old == NULL) {
        reply_no_config(call, &function);
        return;
    }
    if (is_update) {
        config = *old;
    }
    config.function = function.facts.name;
    config.qualifier = function.qualifier;
    if (!read_config(call, async, input, &config)) {
        return;
    }
    config.modified_ms = scheduler_now_ms(async->scheduler);
    invoke_config_put(async->configs, &config, on_config_written, wait_for(call, async, &function));
}

void op_put_invoke_config(struct api_call *call, void *ctx)
{
    change_config(call, ctx, false);
}

void op_update_invoke_config(struct api_call *call, void *ctx)
{
    change_config(call, ctx, true);
}

/* --- reading and deleting --- */

void op_get_invoke_config(struct api_call *call, void *ctx)
{
    const struct async *async = ctx;
    const struct record *input;
    struct named_function function;
    if (!model_read(&async_model, call, &input) ||
        !read_configured(call, async, input, &function)) {
        return;
    }
    const struct invoke_config *config =
        invoke_config_find(async->configs, function.facts.name, function.qualifier);
    if (config == NULL) {
        reply_no_config(call, &function);
    } else {
        reply_config(call, config, function.facts.arn);
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

void op_delete_invoke_config(struct api_call *call, void *ctx)
{
    const struct async *async = ctx;
    const struct record *input;
    struct named_function function;
    if (model_read(&async_model, call, &input) && read_configured(call, async, input, &function) &&
        !invoke_config_delete(async->configs, function.facts.name, function.qualifier, on_deleted,
                              call)) {
        reply_no_config(call, &function);
    }
}

void op_list_invoke_configs(struct api_call *call, void *ctx)
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
    struct slice marker = record_text(input, MEMBER_MARKER), last = SLICE("");
    const char *list = api_operation(call)->name;
    if (marker.ptr != NULL && !page_token_read(api_arena(call), list, marker, &last)) {
        api_reply_error(call, 400, "InvalidParameterValueException",
                        SLICE("The provided Marker is invalid."));
        return;
    }
    AUTO_BUF body = BUF_INIT(REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_key_text(&w, "FunctionEventInvokeConfigs");
    json_open(&w, '[');
    const struct invoke_config *config =
        invoke_config_after(async->configs, function.facts.name, last);
    for (; config != NULL && left > 0; left--) {
        print_config(&w, config, function.facts.arn);
        last = config->qualifier;
        config = invoke_config_after(async->configs, function.facts.name, last);
    }
    json_close(&w, ']');
    if (config != NULL) {
        json_put_string(&w, "NextMarker", page_token_make(api_arena(call), list, last));
    }
    json_close(&w, '}');
    api_reply_json(call, 200, buf_slice(&body));
}
