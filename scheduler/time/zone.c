#include "scheduler/time/zone.h"

#include "core/file.h"
#include "core/mem.h"
#include "scheduler/time/limits.h"
#include "scheduler/time/zone_rule.h"

#include <stdio.h>

#define MACHINE_DIRECTORY "/usr/share/zoneinfo"
#define PATH_LEN_MAX 4096

struct zone {
    struct zone *next; /* of the cache */
    char name[ZONE_NAME_MAX + 1];
    size_t count;       /* transitions */
    int64_t *times_s;   /* ascending */
    int32_t *offsets_s; /* from that time on; [-1] exists: before the first */
    struct zone_rule rule;
    bool has_rule; /* goes on behind the last transition */
};

/* --- the file --- */

#define HEADER_LEN 44
#define TYPE_LEN 6

struct reader {
    struct slice rest;
    bool has_failed;
};

static struct slice take(struct reader *reader, size_t len)
{
    if (len > reader->rest.len) {
        reader->has_failed = true;
        return SLICE_NULL;
    }
    struct slice taken = slice_take(reader->rest, len);
    reader->rest = slice_skip(reader->rest, len);
    return taken;
}

/* Big-endian two's complement. */
static int64_t number_at(struct slice bytes, size_t offset, size_t len)
{
    uint64_t value = (uint8_t)bytes.ptr[offset] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < len; i++) {
        value = value << 8 | (uint8_t)bytes.ptr[offset + i];
    }
    return (int64_t)value;
}

struct block {
    char version;
    struct slice times, indexes, types;
    size_t time_len; /* of one: 4 bytes in the first block, 8 in the second */
    size_t count, type_count, leap_count;
};

static struct block read_block(struct reader *reader, size_t time_len)
{
    struct block block = {.time_len = time_len};
    struct slice header = take(reader, HEADER_LEN);
    if (reader->has_failed || !slice_starts_with(header, SLICE("TZif"))) {
        reader->has_failed = true;
        return block;
    }
    uint32_t counts[6]; /* UT marks, standard marks, leaps, transitions, types, characters */
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        counts[i] = (uint32_t)number_at(header, 20 + 4 * i, 4);
        if (counts[i] > ZONE_FILE_MAX) {
            reader->has_failed = true;
            return block;
        }
    }
    block.version = header.ptr[4];
    block.count = counts[3];
    block.type_count = counts[4];
    block.leap_count = counts[2];
    block.times = take(reader, block.count * time_len);
    block.indexes = take(reader, block.count);
    block.types = take(reader, block.type_count * TYPE_LEN);
    (void)take(reader, counts[5]);
    (void)take(reader, block.leap_count * (time_len + 4));
    (void)take(reader, counts[1]);
    (void)take(reader, counts[0]);
    return block;
}

/* The block that counts, and the footer behind it. Times with leap seconds ("right/") are another scale. */
static bool read_file(struct slice file, struct block *ret_block, struct slice *ret_footer)
{
    struct reader reader = {file, false};
    *ret_block = read_block(&reader, 4);
    *ret_footer = SLICE("");
    if (!reader.has_failed && ret_block->version != '\0') {
        *ret_block = read_block(&reader, 8);
        size_t end = slice_rfind(reader.rest, '\n');
        if (reader.has_failed || end == SLICE_NPOS || end == 0 || reader.rest.ptr[0] != '\n') {
            return false;
        }
        *ret_footer = slice_skip(slice_take(reader.rest, end), 1);
    }
    return !reader.has_failed && ret_block->type_count > 0 && ret_block->leap_count == 0 &&
           ret_block->count <= ZONE_TRANSITIONS_MAX;
}

static bool read_offset(const struct block *block, size_t type, int32_t *ret_offset_s)
{
    if (type >= block->type_count) {
        return false;
    }
    int64_t offset_s = number_at(block->types, type * TYPE_LEN, 4);
    *ret_offset_s = (int32_t)offset_s;
    return offset_s >= ZONE_OFFSET_MIN_S && offset_s <= ZONE_OFFSET_MAX_S;
}

static bool read_transitions(const struct block *block, struct zone *zone)
{
    zone->count = block->count;
    zone->times_s = mem_array(block->count + 1, sizeof *zone->times_s);
    int32_t *offsets_s = mem_array(block->count + 1, sizeof *zone->offsets_s);
    zone->offsets_s = offsets_s + 1;
    if (!read_offset(block, 0, &offsets_s[0])) {
        return false;
    }
    for (size_t i = 0; i < block->count; i++) {
        zone->times_s[i] = number_at(block->times, i * block->time_len, block->time_len);
        if ((i > 0 && zone->times_s[i] <= zone->times_s[i - 1]) ||
            !read_offset(block, (uint8_t)block->indexes.ptr[i], &zone->offsets_s[i])) {
            return false;
        }
    }
    return true;
}

struct zone *zone_parse(struct slice file)
{
    struct block block;
    struct slice footer;
    if (!read_file(file, &block, &footer)) {
        return NULL;
    }
    struct zone *zone = mem_zalloc(sizeof *zone);
    zone->has_rule = footer.len > 0;
    if (!read_transitions(&block, zone) ||
        (zone->has_rule && !zone_rule_parse(footer, &zone->rule))) {
        zone_free(zone);
        return NULL;
    }
    return zone;
}

void zone_free(struct zone *zone)
{
    if (zone != NULL) {
        mem_free(zone->times_s);
        mem_free(zone->offsets_s - 1);
        mem_free(zone);
    }
}

/* --- local time --- */

/* How many transitions are not later. */
static size_t count_until(const struct zone *zone, int64_t utc_s)
{
    size_t low = 0;
    size_t high = zone->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->times_s[middle] <= utc_s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct zone_span span_at(const struct zone *zone, int64_t utc_s)
{
    size_t passed = count_until(zone, utc_s);
    struct zone_span span = {
        .begin_s = passed > 0 ? zone->times_s[passed - 1] : INT64_MIN,
        .end_s = passed < zone->count ? zone->times_s[passed] : INT64_MAX,
        .offset_s = zone->offsets_s[(ptrdiff_t)passed - 1],
    };
    if (passed == zone->count && zone->has_rule) {
        struct zone_span ruled = zone_rule_span(&zone->rule, utc_s);
        ruled.begin_s = ruled.begin_s > span.begin_s ? ruled.begin_s : span.begin_s;
        return ruled;
    }
    return span;
}

int64_t zone_local_s(const struct zone *zone, int64_t utc_s)
{
    return zone != NULL ? utc_s + span_at(zone, utc_s).offset_s : utc_s;
}

bool zone_utc_s(const struct zone *zone, int64_t local_s, int64_t *ret_utc_s)
{
    if (zone == NULL) {
        *ret_utc_s = local_s;
        return true;
    }
    struct zone_span span = span_at(zone, local_s - ZONE_OFFSET_MAX_S);
    for (;;) {
        int64_t utc_s = local_s - span.offset_s;
        if (utc_s < span.begin_s) { /* the jump into this span passed it over */
            *ret_utc_s = span.begin_s;
            return false;
        }
        if (utc_s < span.end_s) {
            *ret_utc_s = utc_s;
            return true;
        }
        span = span_at(zone, span.end_s);
    }
}

/* --- the cache --- */

struct zones {
    const char *directory;
    struct zone *first;
};

struct zones *zones_create(const char *directory)
{
    struct zones *zones = mem_zalloc(sizeof *zones);
    zones->directory = directory != NULL ? directory : MACHINE_DIRECTORY;
    return zones;
}

void zones_destroy(struct zones *zones)
{
    if (zones == NULL) {
        return;
    }
    for (struct zone *zone = zones->first, *next; zone != NULL; zone = next) {
        next = zone->next;
        zone_free(zone);
    }
    mem_free(zones);
}

/* A name of the database, and nothing else that lies in its folder or near it. */
static bool is_name(struct slice name)
{
    static const struct slice others[] = {SLICE_INIT("posix/"), SLICE_INIT("right/"),
                                          SLICE_INIT("localtime"), SLICE_INIT("posixrules")};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        if (slice_starts_with(name, others[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_inner = c == '/' || c == '_' || c == '-' || c == '+' || (c >= '0' && c <= '9');
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(i > 0 && is_inner)) {
            return false;
        }
    }
    return name.len > 0 && name.len <= ZONE_NAME_MAX;
}

static struct zone *read_zone(const struct zones *zones, struct slice name, struct fault *reterr)
{
    AUTO_BUF file = BUF_INIT(ZONE_FILE_MAX);
    char path[PATH_LEN_MAX];
    struct zone *zone = NULL;
    snprintf(path, sizeof path, "%s/%.*s", zones->directory, SLICE_ARG(name));
    if (file_is_regular(path) && file_read(path, &file, NULL) == STATUS_OK) {
        zone = zone_parse(buf_slice(&file));
    }
    if (zone == NULL) {
        (void)fault_set(reterr, STATUS_NOT_FOUND, "no time zone is called %.*s", SLICE_ARG(name));
    }
    return zone;
}

enum status zones_find(struct zones *zones, struct slice name, const struct zone **ret_zone,
                       struct fault *reterr)
{
    if (name.len == 0 || slice_is(name, "UTC")) {
        *ret_zone = NULL;
        return STATUS_OK;
    }
    for (struct zone *zone = zones->first; zone != NULL; zone = zone->next) {
        if (slice_is(name, zone->name)) {
            *ret_zone = zone;
            return STATUS_OK;
        }
    }
    if (!file_is_dir(zones->directory)) {
        return fault_set(reterr, STATUS_UNAVAILABLE,
                         "%s is not there: install the package tzdata, which knows time zones",
                         zones->directory);
    }
    if (!is_name(name)) {
        return fault_set(reterr, STATUS_NOT_FOUND, "no time zone is called %.*s", SLICE_ARG(name));
    }
    struct zone *zone = read_zone(zones, name, reterr);
    if (zone == NULL) {
        return STATUS_NOT_FOUND;
    }
    memcpy(zone->name, name.ptr, name.len);
    zone->next = zones->first;
    zones->first = zone;
    *ret_zone = zone;
    return STATUS_OK;
}
