/* What a metric is: a namespace, a name, dimensions; and the keys of its datapoints in DB_RECORDS.
 *
 *     series     'm' 's' namespace hash (8) | id (16)                        -> metric_encode()
 *     datapoint  'm' 'p' id (16) | resolution u8 | unit u8 | seconds u32 BE  -> aggregate.h
 *
 * id          MD5 over the namespace, the name and the dimensions in the order of their names.
 * resolution  60, or 1 for high resolution; the datapoint begins at `seconds`.
 * unit        Data of different units are kept apart, as CloudWatch does.
 *
 * Ownership   A metric_id borrows its texts. */
#ifndef SLS_SCHEDULER_METRICS_METRIC_H
#define SLS_SCHEDULER_METRICS_METRIC_H

#include "core/arena.h"
#include "core/buf.h"
#include "scheduler/metrics/limits.h"
#include "scheduler/metrics/metrics.h"

#define METRIC_HASH_LEN 16
#define METRIC_KEY_MAX 32
#define METRIC_MINUTE 60
#define METRIC_SECOND 1

struct metric_id {
    struct slice namespace_name;
    struct slice name;
    const struct metric_dimension *dimensions;
    size_t dimension_count;
};

/* NULL and false for what is not one. */
const char *metric_unit_name(enum metric_unit unit);
MUST_CHECK bool metric_unit_parse(struct slice text, enum metric_unit *ret_unit);

/* Copies, with the dimensions sorted. */
struct metric_id metric_id_copy(struct arena *arena, const struct metric_id *id);
/* Whatever the order of the dimensions. */
bool metric_id_eq(const struct metric_id *a, const struct metric_id *b);
const struct metric_dimension *metric_dimension_of(const struct metric_id *id, struct slice name);
/* Of sorted dimensions. */
void metric_hash(const struct metric_id *sorted, uint8_t ret_hash[METRIC_HASH_LEN]);

struct metric_key {
    char bytes[METRIC_KEY_MAX];
    size_t len;
};
static inline struct slice metric_key_slice(const struct metric_key *key)
{
    return slice_of(key->bytes, key->len);
}
/* NULL hash: the prefix of a namespace; an empty namespace as well: of all. */
void series_key(struct metric_key *key, struct slice namespace_name, const uint8_t *hash);
/* The prefix of a series' datapoints of one resolution. */
void datapoints_prefix(struct metric_key *key, const uint8_t hash[METRIC_HASH_LEN],
                       uint8_t resolution_s);
void datapoint_key(struct metric_key *key, const uint8_t hash[METRIC_HASH_LEN],
                   uint8_t resolution_s, enum metric_unit unit, int64_t at_s);
/* Of a key that begins with a datapoints_prefix(). */
enum metric_unit datapoint_unit(struct slice key);
int64_t datapoint_seconds(struct slice key);
/* The hash of a series key. */
const uint8_t *series_hash(struct slice key);

/* A series' record: its texts and when it had data last. */
void series_encode(struct buf *buf, const struct metric_id *sorted, int64_t last_s);
/* The texts point into `bytes`, the array of dimensions is in the arena. */
MUST_CHECK bool series_decode(struct arena *arena, struct slice bytes, struct metric_id *ret_id,
                              int64_t *ret_last_s);

#endif
