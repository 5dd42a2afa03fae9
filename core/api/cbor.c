#include "core/api/cbor.h"

#include "core/encode.h"
#include "core/json_scan.h"
#include "core/json_writer.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum major {
    MAJOR_UNSIGNED,
    MAJOR_NEGATIVE,
    MAJOR_BYTES,
    MAJOR_TEXT,
    MAJOR_ARRAY,
    MAJOR_MAP,
    MAJOR_TAG,
    MAJOR_SIMPLE
};

/* The low five bits of an item's first byte. */
enum {
    INFO_U8 = 24,
    INFO_U16,
    INFO_U32,
    INFO_U64,
    INFO_INDEFINITE = 31,
    SIMPLE_FALSE = 20,
    SIMPLE_TRUE,
    SIMPLE_NULL,
    SIMPLE_UNDEFINED,
    SIMPLE_HALF = 25,
    SIMPLE_FLOAT,
    SIMPLE_DOUBLE
};

#define BREAK 0xff
#define TAG_TIME 1
#define NUMBER_TEXT_MAX 32

/* --- from CBOR --- */

struct reader {
    struct slice rest;
    struct json_writer w;
    enum cbor_time time;
    struct fault *reterr;
    size_t depth;
    struct arena arena; /* of strings that came in pieces */
};

struct head {
    enum major major;
    unsigned info;
    uint64_t value;
};

static bool fail(struct reader *reader, const char *why)
{
    (void)fault_set(reader->reterr, STATUS_INVALID, "The CBOR is malformed: %s", why);
    return false;
}

static bool take_number(struct reader *reader, size_t len, uint64_t *ret_value)
{
    if (reader->rest.len < len) {
        return fail(reader, "it ends too early");
    }
    *ret_value = 0;
    for (size_t i = 0; i < len; i++) {
        *ret_value = *ret_value << 8 | (uint8_t)reader->rest.ptr[i];
    }
    reader->rest = slice_skip(reader->rest, len);
    return true;
}

static bool read_head(struct reader *reader, struct head *head)
{
    uint64_t first;
    if (!take_number(reader, 1, &first)) {
        return false;
    }
    *head = (struct head){(enum major)(first >> 5), first & 31, first & 31};
    if (head->info >= INFO_U8 && head->info <= INFO_U64) {
        return take_number(reader, (size_t)1 << (head->info - INFO_U8), &head->value);
    }
    if (head->info > INFO_U64 && head->info < INFO_INDEFINITE) {
        return fail(reader, "a length that does not exist");
    }
    return true;
}

static bool at_break(struct reader *reader)
{
    if (reader->rest.len == 0 || (uint8_t)reader->rest.ptr[0] != BREAK) {
        return false;
    }
    reader->rest = slice_skip(reader->rest, 1);
    return true;
}

static bool take_bytes(struct reader *reader, uint64_t len, struct slice *ret_bytes)
{
    if (len > reader->rest.len) {
        return fail(reader, "it ends too early");
    }
    *ret_bytes = slice_take(reader->rest, (size_t)len);
    reader->rest = slice_skip(reader->rest, (size_t)len);
    return true;
}

/* A string; one of indefinite length is joined in the arena. */
static bool read_string(struct reader *reader, const struct head *head, struct slice *ret_bytes)
{
    if (head->info != INFO_INDEFINITE) {
        return take_bytes(reader, head->value, ret_bytes);
    }
    AUTO_BUF joined = BUF_INIT(reader->rest.len);
    while (!at_break(reader)) {
        struct head piece;
        struct slice bytes;
        if (!read_head(reader, &piece)) {
            return false;
        }
        if (piece.major != head->major || piece.info == INFO_INDEFINITE) {
            return fail(reader, "a piece of a string is none");
        }
        if (!take_bytes(reader, piece.value, &bytes)) {
            return false;
        }
        buf_append(&joined, bytes);
    }
    *ret_bytes = arena_copy(&reader->arena, buf_slice(&joined));
    return true;
}

static bool read_text(struct reader *reader, const struct head *head, struct slice *ret_text)
{
    if (!read_string(reader, head, ret_text)) {
        return false;
    }
    return slice_is_utf8(*ret_text) || fail(reader, "text that is not UTF-8");
}

static void write_double(struct reader *reader, double value)
{
    if (isnan(value)) {
        json_write_string(&reader->w, SLICE("NaN"));
    } else if (isinf(value)) {
        json_write_string(&reader->w, value > 0 ? SLICE("Infinity") : SLICE("-Infinity"));
    } else {
        json_write_double(&reader->w, value);
    }
}

static void write_integer(struct reader *reader, const struct head *head)
{
    if (head->major == MAJOR_UNSIGNED) {
        char text[NUMBER_TEXT_MAX];
        int len = snprintf(text, sizeof(text), "%llu", (unsigned long long)head->value);
        json_write_raw(&reader->w, slice_of(text, (size_t)len));
    } else if (head->value <= INT64_MAX) {
        json_write_i64(&reader->w, -1 - (int64_t)head->value);
    } else {
        write_double(reader, -1 - (double)head->value); /* beyond an int64 */
    }
}

static double half_of(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 31);
    double mantissa = (double)(bits & 1023);
    double value;
    if (exponent == 0) {
        value = ldexp(mantissa, -24);
    } else if (exponent == 31) {
        value = mantissa == 0 ? (double)INFINITY : (double)NAN;
    } else {
        value = ldexp(mantissa + 1024, exponent - 25);
    }
    return (bits & 0x8000) != 0 ? -value : value;
}

static double float_of(const struct head *head)
{
    if (head->info == SIMPLE_HALF) {
        return half_of(head->value);
    }
    if (head->info == SIMPLE_FLOAT) {
        uint32_t bits = (uint32_t)head->value;
        float value;
        memcpy(&value, &bits, sizeof(value));
        return (double)value;
    }
    double value;
    memcpy(&value, &head->value, sizeof(value));
    return value;
}

static bool is_float(const struct head *head)
{
    return head->major == MAJOR_SIMPLE && head->info >= SIMPLE_HALF && head->info <= SIMPLE_DOUBLE;
}

static bool read_simple(struct reader *reader, const struct head *head)
{
    if (is_float(head)) {
        write_double(reader, float_of(head));
        return true;
    }
    switch (head->info) {
    case SIMPLE_FALSE:
    case SIMPLE_TRUE:
        json_write_bool(&reader->w, head->info == SIMPLE_TRUE);
        return true;
    case SIMPLE_NULL:
    case SIMPLE_UNDEFINED:
        json_write_null(&reader->w);
        return true;
    default:
        return fail(reader, "a simple value that does not exist");
    }
}

static bool read_time(struct reader *reader)
{
    struct head head;
    double value;
    if (!read_head(reader, &head)) {
        return false;
    }
    if (head.major == MAJOR_UNSIGNED) {
        value = (double)head.value;
    } else if (head.major == MAJOR_NEGATIVE) {
        value = -1 - (double)head.value;
    } else if (is_float(&head)) {
        value = float_of(&head);
    } else {
        return fail(reader, "a time that is no number");
    }
    write_double(reader, reader->time == CBOR_MILLISECONDS ? value / 1000 : value);
    return true;
}

static bool read_item(struct reader *reader);

static bool read_key(struct reader *reader)
{
    struct head head;
    struct slice key;
    if (!read_head(reader, &head)) {
        return false;
    }
    if (head.major != MAJOR_TEXT) {
        return fail(reader, "a key that is no text");
    }
    if (!read_text(reader, &head, &key)) {
        return false;
    }
    json_write_key(&reader->w, key);
    return true;
}

static bool read_container(struct reader *reader, const struct head *head)
{
    bool is_map = head->major == MAJOR_MAP;
    bool is_endless = head->info == INFO_INDEFINITE;
    if (++reader->depth > JSON_DEPTH_MAX) {
        return fail(reader, "it is nested too deeply");
    }
    json_open(&reader->w, is_map ? '{' : '[');
    for (uint64_t left = head->value; is_endless ? !at_break(reader) : left != 0; left--) {
        if ((is_map && !read_key(reader)) || !read_item(reader)) {
            return false;
        }
    }
    json_close(&reader->w, is_map ? '}' : ']');
    reader->depth--;
    return true;
}

static bool read_tagged(struct reader *reader, uint64_t tag)
{
    if (tag == TAG_TIME) {
        return read_time(reader);
    }
    if (++reader->depth > JSON_DEPTH_MAX) { /* tags of tags of tags */
        return fail(reader, "it is nested too deeply");
    }
    bool is_read = read_item(reader);
    reader->depth--;
    return is_read;
}

static bool read_item(struct reader *reader)
{
    struct head head;
    struct slice bytes;
    if (!read_head(reader, &head)) {
        return false;
    }
    bool has_length = head.major != MAJOR_UNSIGNED && head.major != MAJOR_NEGATIVE &&
                      head.major != MAJOR_TAG && head.major != MAJOR_SIMPLE;
    if (head.info == INFO_INDEFINITE && !has_length) {
        return fail(reader, "an end where none is due");
    }
    switch (head.major) {
    case MAJOR_UNSIGNED:
    case MAJOR_NEGATIVE:
        write_integer(reader, &head);
        return true;
    case MAJOR_BYTES:
        if (!read_string(reader, &head, &bytes)) {
            return false;
        }
        json_write_raw(&reader->w, SLICE("\""));
        base64_encode(reader->w.buf, bytes);
        buf_append_char(reader->w.buf, '"');
        return true;
    case MAJOR_TEXT:
        if (!read_text(reader, &head, &bytes)) {
            return false;
        }
        json_write_string(&reader->w, bytes);
        return true;
    case MAJOR_ARRAY:
    case MAJOR_MAP:
        return read_container(reader, &head);
    case MAJOR_TAG:
        return read_tagged(reader, head.value);
    case MAJOR_SIMPLE:
        return read_simple(reader, &head);
    }
    assert(0);
    return false;
}

enum status cbor_to_json(struct buf *json, struct slice cbor, enum cbor_time time,
                         struct fault *reterr)
{
    struct reader reader = {
        .rest = cbor, .w = json_writer_init(json), .time = time, .reterr = reterr};
    arena_init(&reader.arena, 256);
    bool is_read = read_item(&reader);
    if (is_read && reader.rest.len != 0) {
        is_read = fail(&reader, "something follows it");
    }
    arena_finish(&reader.arena);
    return is_read ? STATUS_OK : STATUS_INVALID;
}

/* --- to CBOR --- */

enum kind { KIND_PLAIN, KIND_BLOB, KIND_TIME };

struct writer {
    struct buf *buf;
    const struct cbor_members *members;
    enum cbor_time time;
    struct arena arena;
};

static void put_big_endian(struct buf *buf, uint64_t value, size_t len)
{
    for (size_t i = len; i > 0; i--) {
        buf_append_char(buf, (char)(value >> (8 * (i - 1))));
    }
}

static void put_head(struct buf *buf, enum major major, uint64_t value)
{
    unsigned info = value < INFO_U8       ? (unsigned)value
                    : value <= UINT8_MAX  ? INFO_U8
                    : value <= UINT16_MAX ? INFO_U16
                    : value <= UINT32_MAX ? INFO_U32
                                          : INFO_U64;
    buf_append_char(buf, (char)((unsigned)major << 5 | info));
    if (info >= INFO_U8) {
        put_big_endian(buf, value, (size_t)1 << (info - INFO_U8));
    }
}

static void put_i64(struct buf *buf, int64_t value)
{
    if (value >= 0) {
        put_head(buf, MAJOR_UNSIGNED, (uint64_t)value);
    } else {
        put_head(buf, MAJOR_NEGATIVE, (uint64_t)(-1 - value));
    }
}

static void put_double(struct buf *buf, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    buf_append_char(buf, (char)((unsigned)MAJOR_SIMPLE << 5 | SIMPLE_DOUBLE));
    put_big_endian(buf, bits, 8);
}

static double double_of(struct writer *writer, struct slice raw)
{
    return strtod(arena_cstr(&writer->arena, raw), NULL);
}

static void put_number(struct writer *writer, struct slice raw)
{
    int64_t integer;
    uint64_t natural;
    if (json_raw_i64(raw, &integer)) {
        put_i64(writer->buf, integer);
    } else if (slice_to_u64(raw, &natural)) {
        put_head(writer->buf, MAJOR_UNSIGNED, natural);
    } else {
        put_double(writer->buf, double_of(writer, raw));
    }
}

static void put_time(struct writer *writer, struct slice raw)
{
    int64_t integer;
    put_head(writer->buf, MAJOR_TAG, TAG_TIME);
    if (writer->time == CBOR_MILLISECONDS) {
        put_i64(writer->buf, (int64_t)llround(double_of(writer, raw) * 1000));
    } else if (json_raw_i64(raw, &integer)) {
        put_i64(writer->buf, integer);
    } else {
        put_double(writer->buf, double_of(writer, raw));
    }
}

static void put_string(struct writer *writer, struct slice raw, enum kind kind)
{
    struct slice text;
    bool is_string = json_raw_string(&writer->arena, raw, &text);
    assert(is_string);
    (void)is_string;
    AUTO_BUF bytes = BUF_INIT(text.len + 1);
    if (kind == KIND_BLOB && base64_decode(&bytes, text)) {
        put_head(writer->buf, MAJOR_BYTES, bytes.len);
        buf_append(writer->buf, buf_slice(&bytes));
    } else {
        put_head(writer->buf, MAJOR_TEXT, text.len);
        buf_append(writer->buf, text);
    }
}

static bool is_among(const char *const *names, struct slice name)
{
    for (; names != NULL && *names != NULL; names++) {
        if (slice_is(name, *names)) {
            return true;
        }
    }
    return false;
}

static enum kind kind_of(const struct writer *writer, struct slice name)
{
    if (is_among(writer->members->blobs, name)) {
        return KIND_BLOB;
    }
    return is_among(writer->members->times, name) ? KIND_TIME : KIND_PLAIN;
}

static void put_value(struct writer *writer, struct slice raw, enum kind kind);

static void put_object(struct writer *writer, struct slice raw)
{
    struct json_scan scan = json_scan_init(raw);
    struct slice key;
    struct slice value;
    buf_append_char(writer->buf, (char)((unsigned)MAJOR_MAP << 5 | INFO_INDEFINITE));
    if (json_scan_enter(&scan, '{')) {
        while (json_scan_member(&scan, &key, &value)) {
            struct slice name;
            bool is_key = json_raw_key(&writer->arena, key, &name);
            assert(is_key);
            (void)is_key;
            put_head(writer->buf, MAJOR_TEXT, name.len);
            buf_append(writer->buf, name);
            put_value(writer, value, kind_of(writer, name));
        }
    }
    buf_append_char(writer->buf, (char)BREAK);
}

static void put_array(struct writer *writer, struct slice raw, enum kind kind)
{
    struct json_scan scan = json_scan_init(raw);
    struct slice element;
    buf_append_char(writer->buf, (char)((unsigned)MAJOR_ARRAY << 5 | INFO_INDEFINITE));
    if (json_scan_enter(&scan, '[')) {
        while (json_scan_element(&scan, &element)) {
            put_value(writer, element, kind);
        }
    }
    buf_append_char(writer->buf, (char)BREAK);
}

static void put_value(struct writer *writer, struct slice raw, enum kind kind)
{
    switch (json_raw_kind(raw)) {
    case JSON_OBJECT:
        put_object(writer, raw);
        break;
    case JSON_ARRAY:
        put_array(writer, raw, kind);
        break;
    case JSON_STRING:
        put_string(writer, raw, kind);
        break;
    case JSON_NUMBER:
        if (kind == KIND_TIME) {
            put_time(writer, raw);
        } else {
            put_number(writer, raw);
        }
        break;
    case JSON_BOOL:
        buf_append_char(writer->buf, (char)((unsigned)MAJOR_SIMPLE << 5 |
                                            (raw.ptr[0] == 't' ? SIMPLE_TRUE : SIMPLE_FALSE)));
        break;
    case JSON_NULL:
        buf_append_char(writer->buf, (char)((unsigned)MAJOR_SIMPLE << 5 | SIMPLE_NULL));
        break;
    }
}

void cbor_from_json(struct buf *cbor, struct slice json, const struct cbor_members *members,
                    enum cbor_time time)
{
    struct writer writer = {.buf = cbor, .members = members, .time = time};
    arena_init(&writer.arena, 1024);
    put_value(&writer, json, KIND_PLAIN);
    arena_finish(&writer.arena);
}
