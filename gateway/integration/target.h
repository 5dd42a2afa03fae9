/* The function that a route or an authorizer asks: by its name, an ARN or an invocation URI, any of which may have stage
 * variables in it ("${stageVariables.fn}"), and those may say any of the three, too.
 *
 * Ownership  Results are parts of the text, or live in the arena.
 * Source     API Gateway Developer Guide, "Use stage variables for a REST API", "... for HTTP APIs". */
#ifndef SLS_GATEWAY_INTEGRATION_TARGET_H
#define SLS_GATEWAY_INTEGRATION_TARGET_H

#include "core/arena.h"

struct target {
    struct slice function; /* a name; SLICE_NULL: the stage has no variable that it takes */
    struct slice qualifier;
};

/* False when the text means no function. */
bool target_read(struct slice text, struct target *ret_target);
bool target_has_variables(struct target target);
/* `variables` is a JSON object, or empty. */
struct target target_fill(struct arena *arena, struct target target, struct slice variables);

#endif
