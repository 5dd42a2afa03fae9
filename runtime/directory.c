/* What is known of a function before it is invoked, for the event bus. */
#include "runtime/lambda.h"

/* "hello" and "prod" of "hello", "hello:prod", "000000000000:function:hello" and "arn:...:function:hello:prod". */
static struct slice bare_name(struct slice function, struct slice *ret_qualifier)
{
    size_t marker = slice_search(function, SLICE("function:"));
    if (marker != SLICE_NPOS) {
        function = slice_skip(function, marker + sizeof "function:" - 1);
    }
    size_t colon = slice_find(function, ':');
    *ret_qualifier = colon != SLICE_NPOS ? slice_skip(function, colon + 1) : SLICE("");
    return slice_take(function, colon);
}

static bool find(void *ctx, struct slice function, struct function_facts *ret_facts)
{
    struct function_state state;
    struct slice qualifier;
    if (!lambda_function_find(ctx, bare_name(function, &qualifier), &state)) {
        return false;
    }
    *ret_facts = (struct function_facts){
        .name = state.spec->name,
        .arn = state.arn,
        .timeout_ms = state.spec->timeout_ms,
        .reserved_concurrency = state.spec->reserved_concurrency,
        .concurrency = state.concurrency,
        .has_no_such_version = function_version(state.spec, qualifier).ptr == NULL,
        .available = state.in_flight < state.concurrency ? state.concurrency - state.in_flight : 0,
    };
    return true;
}

static void watch(void *ctx, struct function_watch *one)
{
    lambda_watch(ctx, one);
}

static void unwatch(void *ctx, struct function_watch *one)
{
    lambda_unwatch(ctx, one);
}

struct function_directory lambda_directory(struct lambda *lambda)
{
    return (struct function_directory){find, lambda, watch, unwatch};
}
