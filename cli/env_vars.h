/* Local values for the environment variables that a template declares.
 *
 * Precedence  As SAM CLI has it: --env-vars for the function > --env-vars "Parameters" > the
 *             shell's variable of the same name > .env beside the template > the template. Names
 *             the template does not declare are ignored: the function would not have them on AWS
 *             either.
 * File        {"Parameters": {"K": V}, "LogicalIdOrFunctionName": {"K": V}}; true/false and numbers
 *             become text, maps, lists and null become "".
 * Source      SAM Developer Guide, "sam local invoke", environment variable file. */
#ifndef SLS_CLI_ENV_VARS_H
#define SLS_CLI_ENV_VARS_H

#include "core/arena.h"
#include "core/buf.h"

struct env_vars {
    struct arena arena;
    struct buf json;   /* the file, as read */
    struct buf dotenv; /* .env, as read */
};

/* `path` NULL: no file. `dotenv_path` NULL or absent: none. */
MUST_CHECK enum status env_vars_load(struct env_vars *env, const char *path,
                                     const char *dotenv_path, struct fault *reterr);
void env_vars_finish(struct env_vars *env);
/* True with the local value, in `arena` or in `env`. */
bool env_vars_find(const struct env_vars *env, struct arena *arena, struct slice logical_id,
                   struct slice function_name, struct slice variable, struct slice *ret_value);

#endif
