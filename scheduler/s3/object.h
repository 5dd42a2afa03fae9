/* A version of an object as it is stored, and where: the one place that knows the keys and records of DB_OBJECTS.
 *
 *     'c'  wide key: the object's key                              -> the current version, when it is no marker
 *     'v'  wide key: the object's key | 00 | ~number u64 BE        -> every other version, newest first
 *     'n'  wide key: the object's key                              -> number of the version "null", when it is in 'v'
 *
 * The space of a wide key is the bucket's. The newest version is the current one; when there is none in 'c', it is the
 * first in 'v', a delete marker: so a page of keys reads nothing but objects that are there. Keys hold no NUL.
 *
 * number      counts all versions of all buckets, from 1: their order, and the sequencer of events.
 * version id  32 characters that hold the number and 16 random bytes; "null" in buckets without versions.
 *
 * Ownership  A decoded object points into the record; its lists lie in the arena.
 * Thread     object_* of a txn: the writer thread when it is a write transaction. */
#ifndef SLS_SCHEDULER_S3_OBJECT_H
#define SLS_SCHEDULER_S3_OBJECT_H

#include "core/http/http.h"
#include "scheduler/s3/bodies.h"
#include "scheduler/s3/checksum.h"
#include "scheduler/s3/wide_key.h"

#define OBJECT_CURRENT 'c'
#define OBJECT_OLDER 'v'
#define OBJECT_NULL 'n'

#define VERSION_ID_LEN 32
#define SALT_LEN 16
#define OBJECT_RECORD_MAX                                                                          \
    (4U << 20) /* 10,000 parts with their checksums, and what headers may hold */

enum lock_mode { LOCK_NONE, LOCK_GOVERNANCE, LOCK_COMPLIANCE };

struct object_part {
    struct body body;
    uint32_t number;
    struct slice checksum; /* base64; empty when the object has no composite one */
};

struct object {
    uint64_t number;
    int64_t modified_ms;
    uint64_t size;
    char salt[SALT_LEN]; /* of the version id */
    bool is_marker;
    bool is_null;      /* its version id is "null" */
    bool is_multipart; /* was uploaded in parts */
    bool is_composite; /* its checksum is of the parts' checksums */
    enum checksum algorithm;
    struct slice checksum;      /* base64, with "-N" when composite */
    struct slice etag;          /* without quotes */
    struct slice storage_class; /* empty: STANDARD */
    enum lock_mode lock_mode;
    int64_t lock_until_ms;
    bool has_legal_hold;
    struct slice acl;            /* XML as it was put; empty: private */
    struct http_headers headers; /* to be told with it: lower-case names */
    struct http_headers tags;
    const struct object_part *parts; /* at least one, unless it is a marker */
    size_t part_count;
};

void object_encode(struct buf *buf, const struct object *object);
/* All but headers, tags and parts: what a list tells. False when the record is damaged. */
MUST_CHECK bool object_decode_head(struct slice record, struct object *ret_object);
MUST_CHECK bool object_decode(struct arena *arena, struct slice record, struct object *ret_object);

/* The bodies of its parts, as bodies.h takes them. */
struct body *object_bodies(struct arena *arena, const struct object *object);

void version_id_write(char out[VERSION_ID_LEN + 1], uint64_t number, const char salt[SALT_LEN]);
MUST_CHECK bool version_id_parse(struct slice id, uint64_t *ret_number, char ret_salt[SALT_LEN]);
/* "null", or its 32 characters. */
struct slice object_version_id(struct arena *arena, const struct object *object);

/* A key of 'v' and what is in it. `bytes` has WIDE_KEY_MAX. */
struct slice older_key(char *bytes, struct slice key, uint64_t number);
MUST_CHECK bool older_key_split(struct slice wide, struct slice *ret_key, uint64_t *ret_number);

/* --- looking things up --- */

/* The current version; false when there is none. */
bool object_find(struct txn *txn, uint64_t space, struct slice key, struct slice *ret_record);
/* The newest of 'v'. */
bool object_find_older(struct txn *txn, uint64_t space, struct slice key, struct slice *ret_record);
/* By version id ("null" included), wherever it is. `*ret_is_current`: in 'c'. */
bool object_find_version(struct txn *txn, uint64_t space, struct slice key, struct slice version_id,
                         struct slice *ret_record, bool *ret_is_current);

#endif
