#include "store/value/attr.h"

#include <assert.h>

static const char *const type_names[ATTR_TYPE_COUNT] = {
    [ATTR_S] = "S",   [ATTR_N] = "N", [ATTR_B] = "B", [ATTR_SS] = "SS",     [ATTR_NS] = "NS",
    [ATTR_BS] = "BS", [ATTR_M] = "M", [ATTR_L] = "L", [ATTR_NULL] = "NULL", [ATTR_BOOL] = "BOOL",
};

static const char *const type_long_names[ATTR_TYPE_COUNT] = {
    [ATTR_S] = "STRING",      [ATTR_N] = "NUMBER",      [ATTR_B] = "BINARY",
    [ATTR_SS] = "STRING_SET", [ATTR_NS] = "NUMBER_SET", [ATTR_BS] = "BINARY_SET",
    [ATTR_M] = "MAP",         [ATTR_L] = "LIST",        [ATTR_NULL] = "NULL",
    [ATTR_BOOL] = "BOOLEAN",
};

const char *attr_type_name(enum attr_type type)
{
    assert(type > ATTR_NONE && type < ATTR_TYPE_COUNT);
    return type_names[type];
}

const char *attr_type_long_name(enum attr_type type)
{
    assert(type > ATTR_NONE && type < ATTR_TYPE_COUNT);
    return type_long_names[type];
}

static enum attr_type type_of_letter(char c)
{
    switch (c) {
    case 'S':
        return ATTR_S;
    case 'N':
        return ATTR_N;
    case 'B':
        return ATTR_B;
    case 'M':
        return ATTR_M;
    case 'L':
        return ATTR_L;
    default:
        return ATTR_NONE;
    }
}

/* Asked for every value of a request. */
bool attr_type_of_name(struct slice name, enum attr_type *ret_type)
{
    enum attr_type type = ATTR_NONE;
    if (name.len == 1) {
        type = type_of_letter(name.ptr[0]);
    } else if (name.len == 2 && name.ptr[1] == 'S') {
        char c = name.ptr[0];
        type = c == 'S' ? ATTR_SS : c == 'N' ? ATTR_NS : c == 'B' ? ATTR_BS : ATTR_NONE;
    } else if (name.len == 4) {
        type = memcmp(name.ptr, "BOOL", 4) == 0   ? ATTR_BOOL
               : memcmp(name.ptr, "NULL", 4) == 0 ? ATTR_NULL
                                                  : ATTR_NONE;
    }
    if (type == ATTR_NONE) {
        return false;
    }
    *ret_type = type;
    return true;
}

bool attr_is_set(enum attr_type type)
{
    return type == ATTR_SS || type == ATTR_NS || type == ATTR_BS;
}

static enum attr_type member_type(enum attr_type set)
{
    return set == ATTR_SS ? ATTR_S : set == ATTR_NS ? ATTR_N : ATTR_B;
}

int attr_compare(struct attr a, struct attr b)
{
    assert(a.type == b.type && (a.type == ATTR_S || a.type == ATTR_N || a.type == ATTR_B));
    return slice_compare(a.raw, b.raw);
}

/* --- reading --- */

static uint32_t load_u32(const char *at)
{
    const unsigned char *bytes = (const unsigned char *)at;
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

static void store_u32(char *at, uint32_t value)
{
    at[0] = (char)(value & 0xff);
    at[1] = (char)(value >> 8 & 0xff);
    at[2] = (char)(value >> 16 & 0xff);
    at[3] = (char)(value >> 24);
}

static uint32_t take_u32(struct slice *rest)
{
    assert(rest->len >= 4);
    uint32_t value = load_u32(rest->ptr);
    rest->ptr += 4;
    rest->len -= 4;
    return value;
}

static struct slice take_bytes(struct slice *rest, size_t len)
{
    assert(rest->len >= len);
    struct slice bytes = slice_of(rest->ptr, len);
    rest->ptr += len;
    rest->len -= len;
    return bytes;
}

/* Length and bytes. */
struct slice attr_read_text(struct slice *rest)
{
    size_t len = 0;
    for (unsigned shift = 0;; shift += 7) {
        assert(rest->len != 0 && shift < 35);
        unsigned char byte = (unsigned char)*rest->ptr;
        rest->ptr++;
        rest->len--;
        len |= (size_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return take_bytes(rest, len);
        }
    }
}

struct attr attr_read(struct slice *rest)
{
    char type_byte = *take_bytes(rest, 1).ptr;
    enum attr_type type = (enum attr_type)type_byte;
    switch (type) {
    case ATTR_S:
    case ATTR_N:
    case ATTR_B:
        return (struct attr){type, attr_read_text(rest)};
    case ATTR_BOOL:
        return (struct attr){type, take_bytes(rest, 1)};
    case ATTR_NULL:
        return (struct attr){type, take_bytes(rest, 0)};
    case ATTR_SS:
    case ATTR_NS:
    case ATTR_BS:
    case ATTR_M:
    case ATTR_L:
        return (struct attr){type, take_bytes(rest, take_u32(rest))};
    case ATTR_NONE:
    case ATTR_TYPE_COUNT:
        break;
    }
    assert(!"an attribute value without a type");
    return ATTR_ABSENT;
}

uint32_t attr_count(struct slice raw)
{
    assert(raw.len >= 4);
    return load_u32(raw.ptr);
}

struct attr_iter attr_iter(struct attr container)
{
    struct attr_iter iter = {.rest = container.raw};
    assert(container.type == ATTR_M || container.type == ATTR_L || attr_is_set(container.type));
    iter.has_names = container.type == ATTR_M;
    iter.of = attr_is_set(container.type) ? member_type(container.type) : ATTR_NONE;
    iter.left = take_u32(&iter.rest);
    return iter;
}

struct attr_iter item_iter(struct slice item)
{
    return attr_iter((struct attr){ATTR_M, item});
}

bool attr_next(struct attr_iter *iter, struct slice *ret_name, struct attr *ret_attr)
{
    if (iter->left == 0) {
        return false;
    }
    iter->left--;
    struct slice name = iter->has_names ? attr_read_text(&iter->rest) : SLICE_NULL;
    if (ret_name != NULL) {
        *ret_name = name;
    }
    *ret_attr = iter->of == ATTR_NONE ? attr_read(&iter->rest)
                                      : (struct attr){iter->of, attr_read_text(&iter->rest)};
    return true;
}

struct attr item_get(struct slice item, struct slice name)
{
    struct attr_iter iter = item_iter(item);
    struct slice found;
    struct attr attr;
    while (attr_next(&iter, &found, &attr)) {
        int order = slice_compare(found, name);
        if (order == 0) {
            return attr;
        }
        if (order > 0) {
            break;
        }
    }
    return ATTR_ABSENT;
}

struct attr attr_element(struct slice list, uint32_t index)
{
    struct attr_iter iter = attr_iter((struct attr){ATTR_L, list});
    struct attr attr;
    if (index >= iter.left) {
        return ATTR_ABSENT;
    }
    for (uint32_t at = 0; attr_next(&iter, NULL, &attr); at++) {
        if (at == index) {
            return attr;
        }
    }
    return ATTR_ABSENT;
}

bool attr_set_has(struct attr set, struct slice member)
{
    struct attr_iter iter = attr_iter(set);
    struct attr attr;
    while (attr_next(&iter, NULL, &attr)) {
        int order = slice_compare(attr.raw, member);
        if (order >= 0) {
            return order == 0;
        }
    }
    return false;
}

/* --- sizes --- */

static size_t members_size(struct attr container, size_t each)
{
    struct attr_iter iter = attr_iter(container);
    struct slice name;
    struct attr attr;
    size_t size = 0;
    while (attr_next(&iter, &name, &attr)) {
        size += each + name.len + attr_size(attr);
    }
    return size;
}

size_t attr_size(struct attr attr)
{
    switch (attr.type) {
    case ATTR_S:
    case ATTR_N:
    case ATTR_B:
        return attr.raw.len;
    case ATTR_SS:
    case ATTR_NS:
    case ATTR_BS:
        return members_size(attr, 0);
    case ATTR_M:
    case ATTR_L:
        return 3 + members_size(attr, 1);
    case ATTR_NULL:
    case ATTR_BOOL:
        return 1;
    case ATTR_NONE:
    case ATTR_TYPE_COUNT:
        break;
    }
    return 0;
}

size_t item_size(struct slice item)
{
    return members_size((struct attr){ATTR_M, item}, 0);
}

/* --- writing --- */

char *attr_write_room(struct buf *buf, size_t len)
{
    char head[5];
    size_t head_len = 0;
    size_t rest = len;
    assert(len <= UINT32_MAX);
    for (; rest >= 0x80; rest >>= 7) {
        head[head_len++] = (char)(rest | 0x80);
    }
    head[head_len++] = (char)rest;
    char *at = buf_reserve(buf, head_len + len);
    if (at == NULL) {
        return NULL;
    }
    memcpy(at, head, head_len);
    buf_advance(buf, head_len + len);
    return at + head_len;
}

static void write_text(struct buf *buf, struct slice bytes)
{
    char *at = attr_write_room(buf, bytes.len);
    if (at != NULL && bytes.len != 0) {
        memcpy(at, bytes.ptr, bytes.len);
    }
}

static void write_u32(struct buf *buf, uint32_t value)
{
    char *at = buf_reserve(buf, 4);
    if (at != NULL) {
        store_u32(at, value);
        buf_advance(buf, 4);
    }
}

void attr_write(struct buf *buf, struct attr attr)
{
    assert(attr.type > ATTR_NONE && attr.type < ATTR_TYPE_COUNT);
    buf_append_char(buf, (char)attr.type);
    if (attr.type == ATTR_S || attr.type == ATTR_N || attr.type == ATTR_B) {
        write_text(buf, attr.raw);
        return;
    }
    if (attr.type != ATTR_BOOL && attr.type != ATTR_NULL) {
        assert(attr.raw.len <= UINT32_MAX);
        write_u32(buf, (uint32_t)attr.raw.len);
    }
    buf_append(buf, attr.raw);
}

void attr_write_member(struct buf *buf, struct slice name, struct attr attr)
{
    write_text(buf, name);
    attr_write(buf, attr);
}

void attr_write_name(struct buf *buf, struct slice name)
{
    write_text(buf, name);
}

void attr_write_set_member(struct buf *buf, struct slice bytes)
{
    write_text(buf, bytes);
}

size_t attr_open(struct buf *buf, enum attr_type type)
{
    if (type != ATTR_NONE) {
        buf_append_char(buf, (char)type);
    }
    size_t mark = buf->len;
    if (type != ATTR_NONE) {
        write_u32(buf, 0);
    }
    write_u32(buf, 0);
    return mark;
}

void attr_close(struct buf *buf, enum attr_type type, size_t mark, uint32_t count)
{
    if (buf->is_full) {
        return; /* told by buf_status() */
    }
    char *at = buf->ptr + mark;
    if (type != ATTR_NONE) {
        size_t len = buf->len - mark - 4;
        assert(len >= 4 && len <= UINT32_MAX);
        store_u32(at, (uint32_t)len);
        at += 4;
    }
    store_u32(at, count);
}

struct stored_item stored_item(struct slice value)
{
    struct stored_item stored = {.size = take_u32(&value)};
    stored.item = value;
    return stored;
}

void stored_item_head(uint32_t size, uint8_t out[4])
{
    char head[4];
    store_u32(head, size);
    memcpy(out, head, sizeof(head));
}
