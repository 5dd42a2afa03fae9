/* What the files of asynchronous invocations share. Private to scheduler/async. */
#ifndef SLS_SCHEDULER_ASYNC_PRIVATE_H
#define SLS_SCHEDULER_ASYNC_PRIVATE_H

#include "scheduler/async/async.h"
#include "scheduler/async/invoke_config.h"
#include "scheduler/async/permission.h"
#include "scheduler/async/url_config.h"

#include "core/api/model.h"

#define LOOPS_TOLD_MAX 64 /* functions whose loop is told; further ones are only stopped */

struct async {
    struct scheduler *scheduler;
    struct invoke_configs *configs;
    struct permissions *permissions;
    struct url_configs *urls;
    uint64_t loops[LOOPS_TOLD_MAX]; /* hashes of the functions that were found in a loop */
    size_t loop_count;
};

extern const struct api_service async_service; /* a part of "lambda" */

/* A function as a request names it; false: the call was answered, there is no such function or version. With `words` of
 * that, or with AWS's usual ones when they are NULL. */
struct named_function {
    struct function_facts facts;
    struct slice qualifier; /* of the name or the Qualifier parameter; may be empty */
};
MUST_CHECK bool read_function(struct api_call *call, const struct async *async,
                              const struct record *input, const char *words,
                              struct named_function *ret_function);

/* What a write that failed is answered with. */
void reply_storage_failed(struct api_call *call);

/* The operations. */
void op_put_invoke_config(struct api_call *call, void *ctx);
void op_update_invoke_config(struct api_call *call, void *ctx);
void op_get_invoke_config(struct api_call *call, void *ctx);
void op_delete_invoke_config(struct api_call *call, void *ctx);
void op_list_invoke_configs(struct api_call *call, void *ctx);
void op_add_permission(struct api_call *call, void *ctx);
void op_remove_permission(struct api_call *call, void *ctx);
void op_get_policy(struct api_call *call, void *ctx);
void op_get_recursion(struct api_call *call, void *ctx);
void op_put_recursion(struct api_call *call, void *ctx);
void op_create_url_config(struct api_call *call, void *ctx);
void op_update_url_config(struct api_call *call, void *ctx);
void op_get_url_config(struct api_call *call, void *ctx);
void op_delete_url_config(struct api_call *call, void *ctx);
void op_list_url_configs(struct api_call *call, void *ctx);

/* The statement of a permission, as GetPolicy shows it. Texts that are empty were not given. */
struct permission_spec {
    struct slice sid, action, principal, source_arn, source_account, token, auth_type, org_id;
    struct slice function_arn; /* qualified */
    bool is_via_url;
};
void permission_print(struct buf *json, const struct permission_spec *spec);

/* The destinations of `config`: of services that take records (a bucket those of failures only), and not the function
 * itself. INVALID with AWS's words. */
MUST_CHECK enum status destinations_check(const struct invoke_config *config, struct fault *reterr);

#endif
