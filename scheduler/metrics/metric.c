#include "scheduler/metrics/metric.h"

#include "core/mem.h"

#include <assert.h>
#include <md5.h>
#include <stdlib.h>

static const char *const unit_names[UNIT_NUMBER_OF_UNITS] = {
    [UNIT_NONE] = "None",
    [UNIT_SECONDS] = "Seconds",
    [UNIT_MICROSECONDS] = "Microseconds",
    [UNIT_MILLISECONDS] = "Milliseconds",
    [UNIT_BYTES] = "Bytes",
    [UNIT_KILOBYTES] = "Kilobytes",
    [UNIT_MEGABYTES] = "Megabytes",
    [UNIT_GIGABYTES] = "Gigabytes",
    [UNIT_TERABYTES] = "Terabytes",
    [UNIT_BITS] = "Bits",
    [UNIT_KILOBITS] = "Kilobits",
    [UNIT_MEGABITS] = "Megabits",
    [UNIT_GIGABITS] = "Gigabits",
    [UNIT_TERABITS] = "Terabits",
    [UNIT_PERCENT] = "Percent",
    [UNIT_COUNT] = "Count",
    [UNIT_BYTES_PER_SECOND] = "Bytes/Second",
    [UNIT_KILOBYTES_PER_SECOND] = "Kilobytes/Second",
    [UNIT_MEGABYTES_PER_SECOND] = "Megabytes/Second",
    [UNIT_GIGABYTES_PER_SECOND] = "Gigabytes/Second",
    [UNIT_TERABYTES_PER_SECOND] = "Terabytes/Second",
    [UNIT_BITS_PER_SECOND] = "Bits/Second",
    [UNIT_KILOBITS_PER_SECOND] = "Kilobits/Second",
    [UNIT_MEGABITS_PER_SECOND] = "Megabits/Second",
    [UNIT_GIGABITS_PER_SECOND] = "Gigabits/Second",
    [UNIT_TERABITS_PER_SECOND] = "Terabits/Second",
    [UNIT_COUNT_PER_SECOND] = "Count/Second",
};

const char *metric_unit_name(enum metric_unit unit)
{
    return (unsigned)unit < UNIT_NUMBER_OF_UNITS ? unit_names[unit] : NULL;
}

bool metric_unit_parse(struct slice text, enum metric_unit *ret_unit)
{
    for (int i = 0; i < UNIT_NUMBER_OF_UNITS; i++) {
        if (slice_is(text, unit_names[i])) {
            *ret_unit = (enum metric_unit)i;
            return true;
        }
    }
    return false;
}

/* --- identity --- */

static int compare_dimensions(const void *a, const void *b)
{
    const struct metric_dimension *left = a, *right = b;
    return slice_compare(left->name, right->name);
}

struct metric_id metric_id_copy(struct arena *arena, const struct metric_id *id)
{
    struct metric_dimension *dimensions =
        arena_array(arena, id->dimension_count, sizeof *dimensions);
    for (size_t i = 0; i < id->dimension_count; i++) {
        dimensions[i] = (struct metric_dimension){arena_copy(arena, id->dimensions[i].name),
                                                  arena_copy(arena, id->dimensions[i].value)};
    }
    if (id->dimension_count > 1) {
        qsort(dimensions, id->dimension_count, sizeof *dimensions, compare_dimensions);
    }
    return (struct metric_id){.namespace_name = arena_copy(arena, id->namespace_name),
                              .name = arena_copy(arena, id->name),
                              .dimensions = dimensions,
                              .dimension_count = id->dimension_count};
}

const struct metric_dimension *metric_dimension_of(const struct metric_id *id, struct slice name)
{
    for (size_t i = 0; i < id->dimension_count; i++) {
        if (slice_eq(id->dimensions[i].name, name)) {
            return &id->dimensions[i];
        }
    }
    return NULL;
}

bool metric_id_eq(const struct metric_id *a, const struct metric_id *b)
{
    if (a->dimension_count != b->dimension_count || !slice_eq(a->name, b->name) ||
        !slice_eq(a->namespace_name, b->namespace_name)) {
        return false;
    }
    for (size_t i = 0; i < a->dimension_count; i++) {
        const struct metric_dimension *other = metric_dimension_of(b, a->dimensions[i].name);
        if (other == NULL || !slice_eq(other->value, a->dimensions[i].value)) {
            return false;
        }
    }
    return true;
}

/* A text with its length in front, so that "ab", "c" and "a", "bc" differ. */
static void hash_text(MD5_CTX *md5, struct slice text)
{
    uint8_t len[4] = {(uint8_t)(text.len >> 24), (uint8_t)(text.len >> 16),
                      (uint8_t)(text.len >> 8), (uint8_t)text.len};
    MD5Update(md5, len, sizeof len);
    MD5Update(md5, (const uint8_t *)text.ptr, text.len);
}

void metric_hash(const struct metric_id *sorted, uint8_t ret_hash[METRIC_HASH_LEN])
{
    MD5_CTX md5;
    MD5Init(&md5);
    hash_text(&md5, sorted->namespace_name);
    hash_text(&md5, sorted->name);
    for (size_t i = 0; i < sorted->dimension_count; i++) {
        hash_text(&md5, sorted->dimensions[i].name);
        hash_text(&md5, sorted->dimensions[i].value);
    }
    MD5Final(ret_hash, &md5);
}

/* --- keys --- */

static void put_bytes(struct metric_key *key, const void *bytes, size_t len)
{
    assert(key->len + len <= METRIC_KEY_MAX);
    memcpy(key->bytes + key->len, bytes, len);
    key->len += len;
}

static void put_number(struct metric_key *key, uint64_t number, size_t len)
{
    for (size_t i = len; i > 0; i--) {
        key->bytes[key->len++] = (char)(number >> (8 * (i - 1)));
    }
}

void series_key(struct metric_key *key, struct slice namespace_name, const uint8_t *hash)
{
    key->len = 0;
    put_bytes(key, "ms", 2);
    if (namespace_name.len > 0) {
        put_number(key, slice_hash(namespace_name), 8);
    }
    if (hash != NULL) {
        put_bytes(key, hash, METRIC_HASH_LEN);
    }
}

const uint8_t *series_hash(struct slice key)
{
    return (const uint8_t *)key.ptr + key.len - METRIC_HASH_LEN;
}

void datapoints_prefix(struct metric_key *key, const uint8_t hash[METRIC_HASH_LEN],
                       uint8_t resolution_s)
{
    key->len = 0;
    put_bytes(key, "mp", 2);
    put_bytes(key, hash, METRIC_HASH_LEN);
    put_number(key, resolution_s, 1);
}

void datapoint_key(struct metric_key *key, const uint8_t hash[METRIC_HASH_LEN],
                   uint8_t resolution_s, enum metric_unit unit, int64_t at_s)
{
    datapoints_prefix(key, hash, resolution_s);
    put_number(key, unit, 1);
    put_number(key, at_s > 0 ? (uint64_t)at_s : 0, 4);
}

enum metric_unit datapoint_unit(struct slice key)
{
    return (enum metric_unit)(uint8_t)key.ptr[key.len - 5];
}

int64_t datapoint_seconds(struct slice key)
{
    int64_t seconds = 0;
    for (size_t i = key.len - 4; i < key.len; i++) {
        seconds = seconds << 8 | (uint8_t)key.ptr[i];
    }
    return seconds;
}

/* --- the record of a series: last_s (i64), then each text with its length (u16) --- */

static void append_text(struct buf *buf, struct slice text)
{
    uint16_t len = (uint16_t)text.len;
    buf_append(buf, slice_of((const char *)&len, sizeof len));
    buf_append(buf, text);
}

void series_encode(struct buf *buf, const struct metric_id *sorted, int64_t last_s)
{
    buf_append(buf, slice_of((const char *)&last_s, sizeof last_s));
    append_text(buf, sorted->namespace_name);
    append_text(buf, sorted->name);
    for (size_t i = 0; i < sorted->dimension_count; i++) {
        append_text(buf, sorted->dimensions[i].name);
        append_text(buf, sorted->dimensions[i].value);
    }
}

static bool read_text(struct slice *rest, struct slice *ret_text)
{
    uint16_t len;
    if (rest->len < sizeof len) {
        return false;
    }
    memcpy(&len, rest->ptr, sizeof len);
    *rest = slice_skip(*rest, sizeof len);
    if (rest->len < len) {
        return false;
    }
    *ret_text = slice_take(*rest, len);
    *rest = slice_skip(*rest, len);
    return true;
}

bool series_decode(struct arena *arena, struct slice bytes, struct metric_id *ret_id,
                   int64_t *ret_last_s)
{
    struct metric_dimension dimensions[METRIC_DIMENSIONS_MAX];
    size_t count = 0;
    if (bytes.len < sizeof *ret_last_s) {
        return false;
    }
    memcpy(ret_last_s, bytes.ptr, sizeof *ret_last_s);
    struct slice rest = slice_skip(bytes, sizeof *ret_last_s);
    *ret_id = (struct metric_id){.dimension_count = 0};
    if (!read_text(&rest, &ret_id->namespace_name) || !read_text(&rest, &ret_id->name)) {
        return false;
    }
    for (; rest.len > 0; count++) {
        if (count == METRIC_DIMENSIONS_MAX || !read_text(&rest, &dimensions[count].name) ||
            !read_text(&rest, &dimensions[count].value)) {
            return false;
        }
    }
    struct metric_dimension *kept = arena_array(arena, count, sizeof *kept);
    memcpy(kept, dimensions, count * sizeof *kept);
    ret_id->dimensions = kept;
    ret_id->dimension_count = count;
    return true;
}
