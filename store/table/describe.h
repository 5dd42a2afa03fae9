/* A table as the service describes it: TableDescription and its parts, in JSON.
 *
 * Source  reference/dynamodb.md sections 7.1 and 19. */
#ifndef SLS_STORE_DESCRIBE_H
#define SLS_STORE_DESCRIBE_H

#include "core/json_writer.h"
#include "store/table/catalog.h"

/* What a reply says that differs from how the table is. Zeroed: just as it is. */
struct describe {
    const char *status;             /* of the table; NULL: its own */
    const char *index_status;       /* of all GSIs; NULL: their own */
    struct slice building;          /* name of a GSI that is shown CREATING */
    const struct throughput *units; /* of the table; NULL: its own */
    struct txn *txn;                /* for item counts and sizes; NULL: zeros */
    bool is_leaving;                /* DeleteTable's reply: without keys and indexes */
};

/* A whole object. */
void describe_table(struct json_writer *w, const struct table *table, const struct describe *how);

/* `"KeySchema":[...]` and the like, into an open object. */
void describe_keys(struct json_writer *w, const struct key_schema *keys);
void describe_projection(struct json_writer *w, const struct table_index *index);
/* ProvisionedThroughputDescription. */
void describe_throughput(struct json_writer *w, const struct throughput *throughput);
void describe_time(struct json_writer *w, const char *key, int64_t epoch_ms); /* seconds */

#endif
