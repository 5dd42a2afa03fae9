#include "scheduler/async/async_model.h"

#include "scheduler/arn.h"
#include "scheduler/async/invoke_config.h"

/* --- patterns --- */

static bool is_statement_id(struct slice text)
{
    return slice_is_alnum(text, "-_");
}

static bool is_action(struct slice text)
{
    return slice_is(text, "*") || slice_is(text, "lambda:*") ||
           (slice_starts_with(text, SLICE("lambda:")) && slice_is_alnum(slice_skip(text, 7), ""));
}

static bool is_principal(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr(" \t\r\n\f\v", text.ptr[i]) != NULL) {
            return false;
        }
    }
    return text.len > 0;
}

static bool is_arn(struct slice text)
{
    struct arn arn;
    return arn_parse(text, &arn);
}

static bool is_destination(struct slice text)
{
    return text.len == 0 || is_arn(text) || slice_starts_with(text, SLICE("kafka://"));
}

static bool is_account(struct slice text)
{
    uint64_t number;
    return text.len == 12 && slice_to_u64(text, &number);
}

static bool is_token(struct slice text)
{
    return slice_is_alnum(text, "._-");
}

static bool is_organization(struct slice text)
{
    return slice_starts_with(text, SLICE("o-")) && slice_is_alnum(slice_skip(text, 2), "");
}

static const struct pattern statement_id_pattern = {"([a-zA-Z0-9-_]+)", is_statement_id};
static const struct pattern action_pattern = {"(lambda:[*]|lambda:[a-zA-Z]+|[*])", is_action};
static const struct pattern principal_pattern = {"[^\\s]+", is_principal};
static const struct pattern arn_pattern = {
    "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:"
    "(\\d{12})?:(.*)",
    is_arn};
static const struct pattern destination_pattern = {
    "^$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:([a-z]{2}"
    "((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)",
    is_destination};
static const struct pattern account_pattern = {"\\d{12}", is_account};
static const struct pattern token_pattern = {"[a-zA-Z0-9._\\-]+", is_token};
static const struct pattern organization_pattern = {"o-[a-z0-9]{10,32}", is_organization};

/* --- shapes --- */

static PLAIN(text, FIELD_STRING);
static PLAIN(flag, FIELD_BOOL);
static STRING(function, BETWEEN(1, 256));
static STRING(qualifier, BETWEEN(1, 128));
static INTEGER(retries, BETWEEN(0, 2));
static INTEGER(event_age, BETWEEN(60, 21600));
static INTEGER(page, BETWEEN(1, 50));
static STRING(destination, BETWEEN(0, DESTINATION_ARN_MAX), PATTERN(destination_pattern));
static STRUCTURE(on_success, "OnSuccess", MAY(DESTINATION, destination));
static STRUCTURE(on_failure, "OnFailure", MAY(DESTINATION, destination));
static STRUCTURE(destinations, "DestinationConfig", MAY(ON_SUCCESS, on_success),
                 MAY(ON_FAILURE, on_failure));
static STRING(statement_id, BETWEEN(1, 100), PATTERN(statement_id_pattern));
static STRING(action, PATTERN(action_pattern));
static STRING(principal, PATTERN(principal_pattern));
static STRING(arn, PATTERN(arn_pattern));
static STRING(account, PATTERN(account_pattern));
static STRING(token, BETWEEN(0, 256), PATTERN(token_pattern));
static STRING(organization, BETWEEN(12, 34), PATTERN(organization_pattern));
static STRING(auth_type, VALUES("NONE, AWS_IAM"));
static STRING(invoke_mode, VALUES("RESPONSE_STREAM, BUFFERED"));
static STRING(cors_method, BETWEEN(0, 6));
static STRING(cors_origin, BETWEEN(1, 253));
static STRING(cors_header, BETWEEN(0, 1024));
static BOUNDED_LIST(cors_methods, cors_method, BETWEEN(0, 6));
static BOUNDED_LIST(cors_origins, cors_origin, BETWEEN(0, 100));
static BOUNDED_LIST(cors_headers, cors_header, BETWEEN(0, 100));
static INTEGER(max_age, BETWEEN(0, 86400));
static STRUCTURE(cors, "Cors", MAY(ALLOW_CREDENTIALS, flag), MAY(ALLOW_HEADERS, cors_headers),
                 MAY(ALLOW_METHODS, cors_methods), MAY(ALLOW_ORIGINS, cors_origins),
                 MAY(EXPOSE_HEADERS, cors_headers), MAY(MAX_AGE, max_age));
static STRING(recursive_loop, VALUES("Allow, Terminate"));

#define FUNCTION NEED(FUNCTION_NAME, function, .from = FROM_PATH)
#define FUNCTION_AND_QUALIFIER FUNCTION, MAY(QUALIFIER, qualifier, .from = FROM_QUERY)
#define INVOKE_CONFIG                                                                              \
    FUNCTION_AND_QUALIFIER, MAY(MAXIMUM_RETRY_ATTEMPTS, retries),                                  \
        MAY(MAXIMUM_EVENT_AGE_IN_SECONDS, event_age), MAY(DESTINATION_CONFIG, destinations)

static const struct input operations[] = {
    INPUT("PutFunctionEventInvokeConfig", INVOKE_CONFIG),
    INPUT("UpdateFunctionEventInvokeConfig", INVOKE_CONFIG),
    INPUT("GetFunctionEventInvokeConfig", FUNCTION_AND_QUALIFIER),
    INPUT("DeleteFunctionEventInvokeConfig", FUNCTION_AND_QUALIFIER),
    INPUT("ListFunctionEventInvokeConfigs", FUNCTION, MAY(MARKER, text, .from = FROM_QUERY),
          MAY(MAX_ITEMS, page, .from = FROM_QUERY)),
    INPUT("AddPermission", FUNCTION_AND_QUALIFIER, NEED(STATEMENT_ID, statement_id),
          NEED(ACTION, action), NEED(PRINCIPAL, principal), MAY(SOURCE_ARN, arn),
          MAY(SOURCE_ACCOUNT, account), MAY(EVENT_SOURCE_TOKEN, token),
          MAY(FUNCTION_URL_AUTH_TYPE, auth_type), MAY(INVOKED_VIA_FUNCTION_URL, flag),
          MAY(PRINCIPAL_ORG_ID, organization), MAY(REVISION_ID, text)),
    INPUT("RemovePermission", FUNCTION_AND_QUALIFIER, NEED(STATEMENT_ID, text, .from = FROM_PATH),
          MAY(REVISION_ID, text, .from = FROM_QUERY)),
    INPUT("GetPolicy", FUNCTION_AND_QUALIFIER),
    INPUT("CreateFunctionUrlConfig", FUNCTION_AND_QUALIFIER, NEED(AUTH_TYPE, auth_type),
          MAY(CORS, cors), MAY(INVOKE_MODE, invoke_mode)),
    INPUT("UpdateFunctionUrlConfig", FUNCTION_AND_QUALIFIER, MAY(AUTH_TYPE, auth_type),
          MAY(CORS, cors), MAY(INVOKE_MODE, invoke_mode)),
    INPUT("GetFunctionUrlConfig", FUNCTION_AND_QUALIFIER),
    INPUT("DeleteFunctionUrlConfig", FUNCTION_AND_QUALIFIER),
    INPUT("ListFunctionUrlConfigs", FUNCTION, MAY(MARKER, text, .from = FROM_QUERY),
          MAY(MAX_ITEMS, page, .from = FROM_QUERY)),
    INPUT("GetFunctionRecursionConfig", FUNCTION),
    INPUT("PutFunctionRecursionConfig", FUNCTION, NEED(RECURSIVE_LOOP, recursive_loop)),
    INPUTS_END};
static const struct input *const inputs[] = {operations, NULL};
MODEL_NAMES(names, MODEL_MEMBERS);
const struct model async_model = {.names = names, .inputs = inputs};
