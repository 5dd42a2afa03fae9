/* Which stage a request means, and what its path is below the stage.
 *
 * HTTP APIs  A first segment that names a stage selects it and is taken off; everything else
 *            belongs to $default. On AWS an API without $default answers 404 to a path without a
 *            stage; here its first stage serves it, because locally nobody writes the stage.
 * REST APIs  The stage is always in the URL on AWS; here `/{stage}/path` and `/path` are both
 *            served, as `sam local` and `serverless offline` users expect.
 *
 * The prefix is tried first; when no route matches below it, the whole path is tried (not with
 * $default, where AWS answers 404).
 *
 * Source  API Gateway Developer Guide, "Manage stages for HTTP APIs" and "Set up a stage". */
#ifndef SLS_GATEWAY_STAGE_STAGE_H
#define SLS_GATEWAY_STAGE_STAGE_H

#include "gateway/api.h"

struct stage_path {
    const struct stage *stage;
    struct slice path; /* to be routed; begins with '/' */
    bool has_prefix;   /* the client wrote the stage */
};

#define STAGE_PATHS_MAX 2

/* Of an API and its variants, the one that has the stage `path` begins with; else the one that has $default. For a share
 * of the requests to a stage with a canary that was deployed, the variant that the canary is of. */
struct api_config *stage_variant(struct api_config *config, struct slice path);

/* Fills in what to try, in order; returns how many. `path` begins with '/' (stage_clean_path). */
size_t stage_paths(const struct api_config *config, struct slice path,
                   struct stage_path out[STAGE_PATHS_MAX]);

/* The stage of that name, $default excepted; NULL: there is none. */
const struct stage *stage_named(const struct api_config *config, struct slice name);

/* The stage itself, or for its share of requests the canary of it that has the same routes. */
const struct stage *stage_draw(const struct stage *stage);

/* The path that the gateway goes by: for REST APIs leading slashes become one. */
struct slice stage_clean_path(const struct api_config *config, struct slice path);

/* `path` (as the client wrote it) with the stage's name in front, as AWS would have received it;
 * the stage $default has no name in paths. */
struct slice stage_full_path(struct arena *arena, const struct stage_path *chosen,
                             struct slice path);

#endif
