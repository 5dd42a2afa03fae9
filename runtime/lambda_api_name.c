#include "runtime/lambda_api_private.h"

#define NAME_PATTERN                                                                               \
    "(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?"            \
    "(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
#define QUALIFIER_PATTERN "\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"
#define NAME_LEN_MAX 256 /* of all forms */
#define BARE_NAME_LEN_MAX 64

/* The parts of a name, those that were not given with ptr NULL. */
struct name_parts {
    struct slice region;
    struct slice account;
    struct slice name;
    struct slice qualifier;
};

static bool is_partition(struct slice text)
{
    if (text.len == 0) {
        return true; /* as the pattern has it */
    }
    for (size_t i = 3; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-')) {
            return false;
        }
    }
    return slice_starts_with(text, SLICE("aws"));
}

/* "us-east-1", "us-gov-west-1": two letters, words, one digit. */
static bool is_region(struct slice text)
{
    size_t dash = slice_rfind(text, '-');
    if (text.len < 6 || slice_find(text, '-') != 2 || dash < 4 || dash + 2 != text.len) {
        return false;
    }
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.ptr[i] != '-' && (text.ptr[i] < 'a' || text.ptr[i] > 'z')) {
            return false;
        }
    }
    return text.ptr[text.len - 1] >= '0' && text.ptr[text.len - 1] <= '9';
}

static bool is_account(struct slice text)
{
    uint64_t number;
    return text.len == 12 && slice_to_u64(text, &number);
}

/* The next part up to ':', when it is `accepted` and something follows. */
static bool take_part(struct slice *rest, bool (*accepts)(struct slice), struct slice *ret_part)
{
    size_t colon = slice_find(*rest, ':');
    if (colon == SLICE_NPOS || !accepts(slice_take(*rest, colon))) {
        return false;
    }
    *ret_part = slice_take(*rest, colon);
    *rest = slice_skip(*rest, colon + 1);
    return true;
}

static bool is_function_word(struct slice text)
{
    return slice_is(text, "function");
}

static bool is_lambda_word(struct slice text)
{
    return slice_is(text, "lambda");
}

/* The grammar of NAME_PATTERN, read from the left as its greedy groups would. */
static bool parse_name(struct slice text, struct name_parts *ret_parts)
{
    struct name_parts parts = {.region = SLICE_NULL};
    struct slice ignored;
    struct slice rest = text;
    if (slice_starts_with(rest, SLICE("arn:"))) {
        rest = slice_skip(rest, 4);
        if (!take_part(&rest, is_partition, &ignored) ||
            !take_part(&rest, is_lambda_word, &ignored)) {
            return false;
        }
    }
    (void)take_part(&rest, is_region, &parts.region);
    (void)take_part(&rest, is_account, &parts.account);
    (void)take_part(&rest, is_function_word, &ignored);
    size_t colon = slice_find(rest, ':');
    parts.name = slice_take(rest, colon);
    if (!slice_is_alnum(parts.name, "-_.")) {
        return false;
    }
    if (colon != SLICE_NPOS) {
        parts.qualifier = slice_skip(rest, colon + 1);
        if (!slice_is_alnum(parts.qualifier, "-_") && !slice_is(parts.qualifier, "$LATEST") &&
            !slice_is(parts.qualifier, "$LATEST.PUBLISHED")) {
            return false;
        }
    }
    *ret_parts = parts;
    return true;
}

void reply_function_not_found(struct api_call *call, struct slice name, struct slice qualifier)
{
    struct slice text = arena_printf(api_arena(call),
                                     "Function not found: arn:aws:lambda:%s:%s:function:%.*s%s%.*s",
                                     api_region(call), api_account_id(call), SLICE_ARG(name),
                                     qualifier.len != 0 ? ":" : "", SLICE_ARG(qualifier));
    api_reply_error(call, 404, "ResourceNotFoundException", text);
}

static void reply_denied(struct api_call *call, struct slice text)
{
    const char *operation = api_operation(call)->name;
    bool is_invoke = slice_starts_with(slice_from(operation), SLICE("Invoke"));
    const char *action = is_invoke ? "InvokeFunction" : operation;
    struct slice message =
        arena_printf(api_arena(call),
                     "User: arn:aws:iam::%s:root is not authorized to perform: lambda:%s on "
                     "resource: %.*s because no resource-based policy allows the lambda:%s action",
                     api_account_id(call), action, SLICE_ARG(text), action);
    api_reply_error(call, 403, "AccessDeniedException", message);
}

/* One edge is one region and one account. */
static bool is_ours(struct api_call *call, struct slice text, const struct name_parts *parts)
{
    if (parts->region.ptr != NULL && !slice_is(parts->region, api_region(call))) {
        struct slice message = arena_printf(
            api_arena(call), "Functions from '%.*s' are not reachable in this region ('%s')",
            SLICE_ARG(parts->region), api_region(call));
        api_reply_error(call, 404, "ResourceNotFoundException", message);
        return false;
    }
    if (parts->account.ptr != NULL && !slice_is(parts->account, api_account_id(call))) {
        reply_denied(call, text);
        return false;
    }
    return true;
}

bool function_ref_parse(struct api_call *call, const struct lambda_api *api, struct slice text,
                        const char *field, struct function_ref *ret_ref)
{
    struct name_parts parts;
    if (!parse_name(text, &parts)) {
        reply_constraint(call, text, field,
                         "Member must satisfy regular expression pattern: " NAME_PATTERN);
        return false;
    }
    bool is_bare = parts.region.ptr == NULL && parts.account.ptr == NULL;
    if (text.len > NAME_LEN_MAX || (is_bare && parts.name.len > BARE_NAME_LEN_MAX)) {
        reply_constraint(call, text, field,
                         is_bare ? "Member must have length less than or equal to 64"
                                 : "Member must have length less than or equal to 256");
        return false;
    }
    if (!is_ours(call, text, &parts)) {
        return false;
    }
    struct function_ref ref = {.name = parts.name, .qualifier = parts.qualifier};
    if (lambda_function_find(api->lambda, ref.name, &ref.state)) {
        ref.name = arena_copy(api_arena(call), ref.state.spec->name); /* outlives a deploy */
        ref.version = function_version(ref.state.spec, ref.qualifier);
        ref.exists = ref.version.ptr != NULL;
    }
    *ret_ref = ref;
    return true;
}

bool function_ref_read(struct api_call *call, const struct lambda_api *api,
                       struct function_ref *ret_ref)
{
    struct slice given = api_query_param(call, "Qualifier");
    struct function_ref ref;
    if (given.len != 0 && !slice_is_alnum(given, "-_$.")) {
        reply_constraint(call, given, "qualifier",
                         "Member must satisfy regular expression pattern: " QUALIFIER_PATTERN);
        return false;
    }
    if (!function_ref_parse(call, api, api_path_param(call, "FunctionName"), "functionName",
                            &ref)) {
        return false;
    }
    if (given.len != 0 && ref.qualifier.len != 0 && !slice_eq(given, ref.qualifier)) {
        api_reply_error(call, 400, "InvalidParameterValueException",
                        SLICE("The derived qualifier from the function name does not match the "
                              "specified qualifier."));
        return false;
    }
    if (ref.qualifier.len == 0 && given.len != 0) {
        ref.qualifier = given;
        bool has_function = ref.exists; /* unqualified, it exists whenever the function does */
        ref.version = has_function ? function_version(ref.state.spec, given) : SLICE_NULL;
        ref.exists = ref.version.ptr != NULL;
    }
    *ret_ref = ref;
    return true;
}

bool function_ref_find(struct api_call *call, const struct lambda_api *api,
                       struct function_ref *ret_ref)
{
    if (!function_ref_read(call, api, ret_ref)) {
        return false;
    }
    if (!ret_ref->exists) {
        reply_function_not_found(call, ret_ref->name, ret_ref->qualifier);
    }
    return ret_ref->exists;
}
