/* What the operations of the Lambda API share. Private to lambda_api*.c. */
#ifndef SLS_RUNTIME_LAMBDA_API_PRIVATE_H
#define SLS_RUNTIME_LAMBDA_API_PRIVATE_H

#include "runtime/lambda_api.h"
#include "runtime/limits.h"

/* Bytes; Lambda Developer Guide, "Lambda quotas". Synchronous events: REQUEST_LEN_MAX. */
#define EVENT_LEN_MAX 1048576
#define INVOKE_ASYNC_LEN_MAX 262144
#define CLIENT_CONTEXT_LEN_MAX 3583 /* as base64 */

/* A function as a request names it. */
struct function_ref {
    struct slice name;           /* logical ids come out as the name when the function exists */
    struct slice qualifier;      /* empty when not given */
    struct slice version;        /* "$LATEST" or "1"; empty when there is no such qualifier */
    bool exists;                 /* function and qualifier */
    struct function_state state; /* when the function exists; until the next deploy */
};

/* Reads FunctionName and Qualifier. False: the call was answered (malformed, other region or
 * account, contradicting qualifiers). A function that does not exist is not yet an error. */
MUST_CHECK bool function_ref_read(struct api_call *call, const struct lambda_api *api,
                                  struct function_ref *ret_ref);
/* The same for a name that stands elsewhere; `field` is for the message. */
MUST_CHECK bool function_ref_parse(struct api_call *call, const struct lambda_api *api,
                                   struct slice text, const char *field,
                                   struct function_ref *ret_ref);
/* As above, and 404 unless it exists. */
MUST_CHECK bool function_ref_find(struct api_call *call, const struct lambda_api *api,
                                  struct function_ref *ret_ref);
/* "Function not found: ARN"; `qualifier` may be empty. */
void reply_function_not_found(struct api_call *call, struct slice name, struct slice qualifier);

/* "1 validation error detected: Value 'X' at 'field' failed to satisfy constraint: C" */
void reply_constraint(struct api_call *call, struct slice value, const char *field,
                      const char *constraint);

/* What Invoke and InvokeWithResponseStream read alike. */
struct invoke_input {
    struct function_ref ref;
    bool is_event;
    bool is_dry_run;
    struct invoke_request request; /* payload is the call's body */
};
/* False: the call was answered. */
MUST_CHECK bool invoke_input_read(struct api_call *call, const struct lambda_api *api,
                                  bool is_streaming, struct invoke_input *ret_input);
/* Answers an outcome that is no invocation: not found, throttled, too large, unavailable. */
void reply_not_invoked(struct api_call *call, const struct lambda_api *api,
                       const struct function_ref *ref, const struct invoke_result *result);
/* Base64 of a log tail, for X-Amz-Log-Result and LogResult. */
struct slice log_result(struct arena *arena, struct slice tail);

/* Why `text` is not JSON, in the words of the parser that AWS uses (Jackson). */
struct slice json_complaint(struct arena *arena, struct slice text);

/* The operations. */
void lambda_op_invoke(struct api_call *call, void *ctx);
void lambda_op_invoke_async(struct api_call *call, void *ctx);
void lambda_op_invoke_with_response_stream(struct api_call *call, void *ctx);
void lambda_op_list_functions(struct api_call *call, void *ctx);
void lambda_op_get_function(struct api_call *call, void *ctx);
void lambda_op_get_function_configuration(struct api_call *call, void *ctx);
void lambda_op_get_function_concurrency(struct api_call *call, void *ctx);
void lambda_op_list_versions(struct api_call *call, void *ctx);
void lambda_op_list_aliases(struct api_call *call, void *ctx);
void lambda_op_get_alias(struct api_call *call, void *ctx);
void lambda_op_list_tags(struct api_call *call, void *ctx);
void lambda_op_get_account_settings(struct api_call *call, void *ctx);

#endif
