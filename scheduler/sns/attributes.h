/* The attributes of a topic or of a subscription: texts by number, as clients set and read them.
 *
 * Ownership  attributes_set() copies; attributes_finish() frees. Names are static. */
#ifndef SLS_SCHEDULER_SNS_ATTRIBUTES_H
#define SLS_SCHEDULER_SNS_ATTRIBUTES_H

#include "core/json_writer.h"

#define ATTRIBUTES_MAX 28

struct attributes {
    const char *const *names;            /* NULL-terminated */
    struct slice values[ATTRIBUTES_MAX]; /* ptr NULL: not set */
};

/* The place of `name`; -1 when there is no such attribute. */
int attributes_find(const char *const *names, struct slice name);
void attributes_set(struct attributes *attributes, int at, struct slice value);
void attributes_copy(struct attributes *attributes, const struct attributes *from);
void attributes_finish(struct attributes *attributes);

/* {"DisplayName":"x", ...}: those that are set. Names that are not known any more are left out. */
void attributes_write(const struct attributes *attributes, struct json_writer *w);
void attributes_read(struct attributes *attributes, struct slice json);

#endif
