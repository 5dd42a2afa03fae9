/* The patches of UpdateX of version 1: what they do to properties.
 *
 *     {"patchOperations": [{"op": "replace", "path": "/variables/a~1b", "value": "c"}]}
 *
 * Source  API Gateway API reference, "Patch operations"; the service's words as they were recorded. */
#ifndef SLS_GATEWAY_CONTROL_PATCH_H
#define SLS_GATEWAY_CONTROL_PATCH_H

#include "gateway/control/kind.h"

struct patch {
    struct arena *arena;
    struct objection *objection;
    bool lists_paths; /* as the kind refuses paths */
    const struct attributes *attributes;
    struct slice op, path;
    struct slice value, from; /* SLICE_NULL: none */
};

enum patched { PATCH_DONE, PATCH_NOT_MINE, PATCH_REFUSED };
/* What a kind does otherwise; asked first. */
typedef enum patched patch_fn(const struct patch *patch, struct slice *properties);

/* Applies all patches of a request to `*properties`. `special` may be NULL. */
MUST_CHECK bool patch_all(struct arena *arena, const struct kind *kind,
                          const struct attributes *attributes, struct slice body, patch_fn *special,
                          struct slice *properties, struct objection *objection);
/* The same for one. */
MUST_CHECK bool patch_one(const struct patch *patch, struct slice *properties);

/* The next segment of a path without its escapes ("a/b" of "a~1b"); false at the end. `*rest` is "/a~1b/c" before and
 * "/c" after. */
MUST_CHECK bool patch_segment(struct arena *arena, struct slice *rest, struct slice *ret_segment);
bool patch_is(const struct patch *patch, const char *op);
/* Each returns false. */
bool patch_refuse_path(const struct patch *patch);
bool patch_refuse_op(const struct patch *patch, unsigned allowed);

#endif
