/* Function URLs as the Lambda API sees them: which function or alias has one, and how it is configured. The gateway
 * serves them; what the API makes or changes reaches it as resources of a template do.
 *
 *     STATE_FUNCTION_URL   function ':' qualifier -> AuthType, InvokeMode, Cors, Created, Modified: those of the API
 *
 * A template says its own again at each deployment: what the API changed of them lasts until then, and is not kept.
 *
 * Lifecycle  Read at creation, written behind (state.h).
 * Source     Lambda API reference, "CreateFunctionUrlConfig". */
#ifndef SLS_SCHEDULER_URL_CONFIG_H
#define SLS_SCHEDULER_URL_CONFIG_H

#include "core/resource.h"
#include "scheduler/parts.h"
#include "scheduler/state.h"

#define URL_ID_MAX 33 /* bytes, NUL included */

struct url_config {
    struct slice function;   /* name */
    struct slice qualifier;  /* an alias; empty: unqualified */
    struct slice properties; /* JSON object: AuthType, InvokeMode, Cors */
    struct slice logical_id; /* of the template's resource; empty: the API made it */
    int64_t created_ms, modified_ms;
};

struct url_configs;

struct url_configs *url_configs_create(struct scheduler *scheduler);
void url_configs_destroy(struct url_configs *configs);

/* NULL when there is none. Valid until the next change. */
const struct url_config *url_config_find(const struct url_configs *configs, struct slice function,
                                         struct slice qualifier);
/* The next of a function's by qualifier, behind `after`; SLICE_NULL: the first. */
const struct url_config *url_config_after(const struct url_configs *configs, struct slice function,
                                          struct slice after);
/* The API's: takes effect at once, and is kept when `on_written` says so. */
void url_config_put(struct url_configs *configs, const struct url_config *config,
                    state_written_fn *on_written, void *ctx);
bool url_config_delete(struct url_configs *configs, struct slice function, struct slice qualifier,
                       state_written_fn *on_written, void *ctx);
/* The template's. */
void url_config_deploy(struct url_configs *configs, const struct url_config *config);
void url_config_withdraw(struct url_configs *configs, struct slice function, struct slice qualifier,
                         struct slice logical_id);

/* What an AWS::Lambda::Url is of. */
void url_config_target(struct arena *arena, struct slice properties, struct slice *ret_function,
                       struct slice *ret_qualifier);
/* The id that the URL of an ARN (with the alias) always has; gateway/model/url.c makes the same. */
const char *url_config_id(char out[URL_ID_MAX], struct slice arn);

/* `resources` with what the API has changed of the URLs among them, and those it has made. In the arena. */
struct resource *url_configs_merge(const struct url_configs *configs, struct arena *arena,
                                   const struct resource *resources, size_t count,
                                   size_t *ret_count);

#endif
