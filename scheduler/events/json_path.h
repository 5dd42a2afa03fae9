/* JSON paths of EventBridge: InputPath, InputPathsMap, PartitionKeyPath.
 *
 *     path := "$" step*          step := "." name | ".*" | "[" number "]" | "[*]" | "['" name "']"
 *
 * Ownership  A parsed path lives in the arena and points into the text.
 * Limits     JSON_PATH_STEPS_MAX steps.
 * Source     EventBridge User Guide, "Amazon EventBridge input transformation". */
#ifndef SLS_SCHEDULER_EVENTS_JSON_PATH_H
#define SLS_SCHEDULER_EVENTS_JSON_PATH_H

#include "core/arena.h"

struct json_path;

MUST_CHECK bool json_path_parse(struct arena *arena, struct slice text,
                                const struct json_path **ret_path);
/* The value in `json` as it stands there; with "*" an array of all there are, made in the arena. False: nothing is
 * there. */
MUST_CHECK bool json_path_find(struct arena *arena, const struct json_path *path, struct slice json,
                               struct slice *ret_value);

#endif
