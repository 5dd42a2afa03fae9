/* A bus, and what the tests of this folder do with its streams. */
#ifndef SLS_TESTS_UNIT_KINESIS_CLIENT_H
#define SLS_TESTS_UNIT_KINESIS_CLIENT_H

#include "scheduler/kinesis/kinesis_private.h"
#include "tests/support/bus.h"

#define STREAM_OF(name) "arn:aws:kinesis:us-east-1:000000000000:stream/" name
#define HOUR_MS INT64_C(3600000)

/* `'` in `body` stands for `"`. */
const char *ask(struct bus *bus, const char *operation, const char *body, ...) PRINTF_LIKE(3, 4);
/* The same, and it must succeed. */
const char *ask_ok(struct bus *bus, const char *operation, const char *body, ...) PRINTF_LIKE(3, 4);
/* The last call was refused so. */
void expect_refusal(struct bus *bus, const char *code, const char *message);

void make_stream(struct bus *bus, const char *name, int shards);
/* A record of `data`; its sequence number, valid until the next call. */
struct slice put(struct bus *bus, const char *stream, const char *data, const char *hash_key);
struct slice get_iterator(struct bus *bus, const char *stream, int shard, const char *type);
/* "a b c": the data of a shard from its oldest record on, in the arena. */
const char *data_of(struct bus *bus, struct arena *arena, const char *stream, int shard);
/* "0 1 2": the shards that ListShards names, with `more` members in its request. */
const char *shards_of(struct bus *bus, struct arena *arena, const char *stream, const char *more);

#endif
