/* Tags, kept as one JSON object with its keys in order: {"k":"v"}. Private to scheduler/kinesis.
 *
 * Ownership  Results are in the arena. */
#ifndef SLS_SCHEDULER_KINESIS_TAGS_H
#define SLS_SCHEDULER_KINESIS_TAGS_H

#include "core/api/model.h"
#include "core/json_writer.h"

struct tag {
    struct slice key;
    struct slice value;
};

struct tags {
    struct tag *items; /* in the order of their keys */
    size_t count;
};

struct tags stream_tags_parse(struct arena *arena, struct slice json);
struct slice stream_tags_print(struct arena *arena, const struct tags *tags);
/* `tags` with the entries of a map added or replaced. */
struct tags stream_tags_with(struct arena *arena, const struct tags *tags,
                             const struct field *added);
/* Without those of a list of keys. */
struct tags stream_tags_without(struct arena *arena, const struct tags *tags,
                                const struct field *keys);
/* Letters, digits, white space and _ . : / = + - @ */
bool tag_text_is_valid(struct slice text);

#endif
