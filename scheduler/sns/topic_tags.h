/* The tags of a topic: a JSON object of texts, {"team":"orders"}.
 *
 * Errors  Words of SNS. */
#ifndef SLS_SCHEDULER_SNS_TOPIC_TAGS_H
#define SLS_SCHEDULER_SNS_TOPIC_TAGS_H

#include "core/api/model.h"
#include "scheduler/sns/refusal.h"

/* `tags` (may be NULL: none) with the request's list of Key and Value on top. `*ret_json` is in the arena. */
MUST_CHECK const struct refusal *topic_tags_merge(struct arena *arena, struct slice tags,
                                                  const struct field *list, struct slice *ret_json);
struct slice topic_tags_without(struct arena *arena, struct slice tags, const struct field *keys);
/* Whether each tag of the list is among `tags`, as it is. */
bool topic_tags_have(struct arena *arena, struct slice tags, const struct field *list);
/* Calls `each` for every tag. */
void topic_tags_each(struct arena *arena, struct slice tags,
                     void (*each)(void *ctx, struct slice key, struct slice value), void *ctx);

#endif
