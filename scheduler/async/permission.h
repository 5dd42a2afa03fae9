/* Resource policies of functions: who may invoke them. Nothing is refused for want of a permission; what AWS would
 * refuse is told once, so that it does not come as a surprise there.
 *
 *     STATE_POLICY   function ':' qualifier ':' sid -> the statement, as GetPolicy shows it
 *
 * Source  Lambda API reference, "AddPermission"; the texts are recorded from the service. */
#ifndef SLS_SCHEDULER_PERMISSION_H
#define SLS_SCHEDULER_PERMISSION_H

#include "scheduler/parts.h"
#include "scheduler/state.h"

#define POLICY_LEN_MAX 20480 /* bytes of a function's policy; "Lambda quotas" */

struct permissions;

struct permission {
    struct slice function;  /* name */
    struct slice qualifier; /* empty: unqualified */
    struct slice sid;
    struct slice statement; /* JSON */
};

struct permissions *permissions_create(struct scheduler *scheduler);
void permissions_destroy(struct permissions *permissions);

/* NULL when absent. Valid until the next change. */
const struct permission *permission_find(const struct permissions *permissions,
                                         struct slice function, struct slice qualifier,
                                         struct slice sid);
/* The statements of a function in the order they were added: `*at` from 0 on; NULL at the end. */
const struct permission *permission_next(const struct permissions *permissions,
                                         struct slice function, struct slice qualifier, size_t *at);
/* Replaces one of the same sid. */
void permission_put(struct permissions *permissions, const struct permission *permission,
                    state_written_fn *on_written, void *ctx);
bool permission_delete(struct permissions *permissions, struct slice function,
                       struct slice qualifier, struct slice sid, state_written_fn *on_written,
                       void *ctx);

/* Whether some statement lets `service` ("sns.amazonaws.com") invoke the function on behalf of `source_arn`. */
bool permission_allows(const struct permissions *permissions, struct slice function,
                       struct slice service, struct slice source_arn);
/* Tells once for each function and source what AWS would refuse. */
void permission_warn(struct permissions *permissions, struct slice function,
                     struct slice source_arn);

#endif
