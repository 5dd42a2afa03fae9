/* The tags of event source mappings, kept beside their configurations, and TagResource, UntagResource and ListTags of
 * service "lambda" for their ARNs. Those of functions belong to the runtime, which passes on what it does not have
 * (api_pass_on()).
 *
 * Source  Lambda Developer Guide, "Using tags on event source mappings"; LocalStack's recordings of tags. */
#ifndef SLS_SCHEDULER_MAPPING_TAGS_H
#define SLS_SCHEDULER_MAPPING_TAGS_H

#include "core/api/model.h"
#include "scheduler/mapping/mapping.h"

/* `tags`: a JSON object or SLICE_NULL; copied. In whatever state, which stays. `on_written` may be NULL. */
void mapping_set_tags(struct mapping *mapping, struct slice tags, mapping_written_fn *on_written,
                      void *ctx);

/* For mapping.c: of all that are there, as the records say; and in memory alone. */
void mapping_tags_load(struct mappings *mappings);
void mapping_adopt_tags(struct mapping *mapping, struct slice tags);

/* `added` (a map; unset: none) to `tags`, in the call's arena. False: the call was answered, there are too many. */
MUST_CHECK bool mapping_tags_read(struct api_call *call, struct slice tags,
                                  const struct field *added, struct slice *ret_tags);

void mapping_reply_not_found(struct api_call *call); /* api.c */

void mapping_op_tag(struct api_call *call, void *ctx);
void mapping_op_untag(struct api_call *call, void *ctx);
void mapping_op_list_tags(struct api_call *call, void *ctx);

#endif
