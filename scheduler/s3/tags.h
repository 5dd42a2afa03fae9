/* Tags of buckets and objects.
 *
 * Source  Amazon S3 User Guide, "Categorizing your storage using tags". */
#ifndef SLS_SCHEDULER_S3_TAGS_H
#define SLS_SCHEDULER_S3_TAGS_H

#include "core/api/xml_read.h"
#include "core/http/http.h"
#include "scheduler/s3/refusal.h"

/* "a=1&b=2": x-amz-tagging. */
MUST_CHECK const struct refusal *tags_of_header(struct arena *arena, struct slice text,
                                                struct http_headers *ret_tags);
/* <Tagging><TagSet><Tag><Key/><Value/></Tag>... */
MUST_CHECK const struct refusal *tags_of_xml(struct arena *arena, const struct xml_node *tagging,
                                             size_t max, struct http_headers *ret_tags);
/* <Tagging>...</Tagging> */
void tags_write(struct buf *xml, struct http_headers tags);

#endif
