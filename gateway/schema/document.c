#include "gateway/schema/document.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/schema/decimal.h"

struct reader {
    struct arena *arena;
    const char *at;
    const char *end;
    /* What was read of the containers that are not closed yet: two stacks. */
    struct json_value *elements;
    size_t element_count, element_room;
    struct json_member *members;
    size_t member_count, member_room;
};

/* The text was validated: what follows reads it, and does not check it. */

static void skip_space(struct reader *reader)
{
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\n' ||
                                        *reader->at == '\r' || *reader->at == '\t')) {
        reader->at++;
    }
}

static bool read_value(struct reader *reader, struct json_value *ret_value);

static bool read_string(struct reader *reader, struct slice *ret_text)
{
    const char *start = reader->at++;
    while (*reader->at != '"') {
        reader->at += *reader->at == '\\' ? 2 : 1;
    }
    reader->at++;
    return json_raw_string(reader->arena, slice_of(start, (size_t)(reader->at - start)), ret_text);
}

static bool read_number(struct reader *reader, struct slice *ret_text)
{
    const char *start = reader->at;
    while (reader->at < reader->end && *reader->at != '\0' &&
           strchr("+-.eE0123456789", *reader->at) != NULL) {
        reader->at++;
    }
    struct decimal decimal;
    *ret_text = slice_of(start, (size_t)(reader->at - start));
    return number_read(*ret_text, &decimal);
}

static void push_element(struct reader *reader, const struct json_value *element)
{
    if (reader->element_count == reader->element_room) {
        reader->element_room = reader->element_room == 0 ? 64 : reader->element_room * 2;
        reader->elements =
            mem_realloc(reader->elements, reader->element_room * sizeof *reader->elements);
    }
    reader->elements[reader->element_count++] = *element;
}

static void push_member(struct reader *reader, const struct json_member *member)
{
    if (reader->member_count == reader->member_room) {
        reader->member_room = reader->member_room == 0 ? 64 : reader->member_room * 2;
        reader->members =
            mem_realloc(reader->members, reader->member_room * sizeof *reader->members);
    }
    reader->members[reader->member_count++] = *member;
}

/* Whether another item follows; over the comma before it, or the closing bracket. */
static bool has_item(struct reader *reader, char close)
{
    skip_space(reader);
    char c = *reader->at;
    reader->at += c == ',' || c == close ? 1 : 0;
    skip_space(reader);
    return c != close;
}

static bool read_array(struct reader *reader, struct json_value *ret_value)
{
    size_t first = reader->element_count;
    struct json_value element;
    reader->at++;
    while (has_item(reader, ']')) {
        if (!read_value(reader, &element)) {
            return false;
        }
        push_element(reader, &element);
    }
    size_t count = reader->element_count - first;
    struct json_value *elements = arena_array(reader->arena, count, sizeof *elements);
    if (count > 0) {
        memcpy(elements, &reader->elements[first], count * sizeof *elements);
    }
    reader->element_count = first;
    *ret_value =
        (struct json_value){.kind = JSON_ARRAY, .len = (uint32_t)count, .elements = elements};
    return true;
}

/* --- members in order --- */

int name_compare(struct slice a, struct slice b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < len; i++) {
        unsigned x = (unsigned char)a.ptr[i];
        unsigned y = (unsigned char)b.ptr[i];
        if (x != y) {
            /* Characters beyond 16 bits begin with F0 to F4; as surrogates they are before EE and EF. */
            x = x == 0xee || x == 0xef ? x + 16 : x;
            y = y == 0xee || y == 0xef ? y + 16 : y;
            return x < y ? -1 : 1;
        }
    }
    return a.len == b.len ? 0 : a.len < b.len ? -1 : 1;
}

static int compare_members(const void *left, const void *right)
{
    const struct json_member *a = *(const struct json_member *const *)left;
    const struct json_member *b = *(const struct json_member *const *)right;
    int order = name_compare(a->name, b->name);
    return order != 0 ? order : a < b ? -1 : 1;
}

static void sort_members(const struct json_member *members, size_t count,
                         const struct json_member **sorted)
{
    for (size_t i = 0; i < count; i++) {
        sorted[i] = &members[i];
    }
    if (count > 1) {
        qsort(sorted, count, sizeof(struct json_member *), compare_members);
    }
}

/* Members of one name become one, in place; returns how many are left. */
static size_t merge_members(struct json_member *members, size_t count,
                            const struct json_member **sorted)
{
    size_t kept = 0;
    for (size_t i = 0, first = 0; i < count; i++) {
        struct json_member *member = &members[sorted[i] - members];
        if (i > first && slice_eq(sorted[first]->name, member->name)) {
            members[sorted[first] - members].value = member->value;
            member->name = SLICE_NULL; /* gone; an empty name has a place */
        } else {
            first = i;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (members[i].name.ptr != NULL) {
            members[kept++] = members[i];
        }
    }
    return kept;
}

/* Takes the members from `first` on off the stack: sorted in an array behind them. */
static void close_object(struct reader *reader, size_t first, struct json_value *ret_value)
{
    size_t count = reader->member_count - first;
    struct json_member *members =
        arena_alloc(reader->arena, count * (sizeof *members + sizeof(struct json_member *)));
    const struct json_member **sorted = (const struct json_member **)(void *)(members + count);
    if (count > 0) {
        memcpy(members, &reader->members[first], count * sizeof *members);
    }
    reader->member_count = first;
    sort_members(members, count, sorted);
    size_t kept = merge_members(members, count, sorted);
    if (kept < count) {
        sort_members(members, kept, (const struct json_member **)(void *)(members + kept));
    }
    *ret_value =
        (struct json_value){.kind = JSON_OBJECT, .len = (uint32_t)kept, .members = members};
}

static bool read_object(struct reader *reader, struct json_value *ret_value)
{
    size_t first = reader->member_count;
    struct json_member member;
    reader->at++;
    while (has_item(reader, '}')) {
        if (!read_string(reader, &member.name)) {
            return false;
        }
        skip_space(reader);
        reader->at++; /* the colon */
        skip_space(reader);
        if (!read_value(reader, &member.value)) {
            return false;
        }
        push_member(reader, &member);
    }
    close_object(reader, first, ret_value);
    return true;
}

static bool read_text(struct reader *reader, enum json_kind kind, struct json_value *ret_value)
{
    struct slice text;
    if (!(kind == JSON_STRING ? read_string(reader, &text) : read_number(reader, &text))) {
        return false;
    }
    *ret_value = (struct json_value){.kind = kind, .len = (uint32_t)text.len, .chars = text.ptr};
    return true;
}

static bool read_value(struct reader *reader, struct json_value *ret_value)
{
    switch (*reader->at) {
    case '{':
        return read_object(reader, ret_value);
    case '[':
        return read_array(reader, ret_value);
    case '"':
        return read_text(reader, JSON_STRING, ret_value);
    case 't':
        reader->at += 4;
        *ret_value = (struct json_value){.kind = JSON_BOOL, .len = 1};
        return true;
    case 'f':
        reader->at += 5;
        *ret_value = (struct json_value){.kind = JSON_BOOL};
        return true;
    case 'n':
        reader->at += 4;
        *ret_value = (struct json_value){.kind = JSON_NULL};
        return true;
    default:
        return read_text(reader, JSON_NUMBER, ret_value);
    }
}

bool document_read(struct arena *arena, struct slice text, struct json_value *ret_value)
{
    if (text.len > UINT32_MAX || !json_validate(text, NULL)) {
        return false;
    }
    struct reader reader = {.arena = arena, .at = text.ptr, .end = text.ptr + text.len};
    skip_space(&reader);
    bool is_read = read_value(&reader, ret_value);
    mem_free(reader.elements);
    mem_free(reader.members);
    return is_read;
}

/* --- looking --- */

const struct json_value *value_member(const struct json_value *object, struct slice name)
{
    if (object->kind != JSON_OBJECT) {
        return NULL;
    }
    const struct json_member *const *sorted = value_sorted(object);
    size_t low = 0, high = object->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = name_compare(sorted[middle]->name, name);
        if (order == 0) {
            return &sorted[middle]->value;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const struct json_value *value_member_of(const struct json_value *object, const char *name,
                                         enum json_kind kind)
{
    const struct json_value *value = value_member(object, slice_from(name));
    return value != NULL && value->kind == kind ? value : NULL;
}

static int compare_numbers(struct slice a, struct slice b)
{
    struct decimal x, y;
    return number_read(a, &x) && number_read(b, &y) ? number_compare(&x, &y) : 0;
}

static int compare_objects(const struct json_value *a, const struct json_value *b)
{
    const struct json_member *const *x = value_sorted(a);
    const struct json_member *const *y = value_sorted(b);
    for (size_t i = 0; i < a->len; i++) {
        int order = name_compare(x[i]->name, y[i]->name);
        if (order == 0) {
            order = value_compare(&x[i]->value, &y[i]->value);
        }
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

int value_compare(const struct json_value *a, const struct json_value *b)
{
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    if (a->kind == JSON_STRING) {
        return slice_compare(value_text(a), value_text(b));
    }
    if (a->kind == JSON_NUMBER) {
        return compare_numbers(value_text(a), value_text(b));
    }
    if (a->len != b->len) {
        return a->len < b->len ? -1 : 1;
    }
    if (a->kind == JSON_OBJECT) {
        return compare_objects(a, b);
    }
    for (size_t i = 0; a->kind == JSON_ARRAY && i < a->len; i++) {
        int order = value_compare(&a->elements[i], &b->elements[i]);
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

/* --- printing --- */

static void print_number(struct json_writer *w, const struct json_value *value)
{
    AUTO_BUF text = BUF_INIT(w->buf->max);
    struct decimal decimal;
    if (number_read(value_text(value), &decimal)) {
        number_print(&text, &decimal);
    }
    json_write_raw(w, buf_slice(&text));
}

void value_print_string(struct json_writer *w, struct slice text)
{
    size_t from = w->buf->len;
    json_write_string(w, text);
    for (size_t i = from; i + 5 < w->buf->len; i++) {
        char *at = w->buf->ptr + i;
        if (at[0] == '\\' && at[1] == 'u') {
            at[5] = (char)(at[5] >= 'a' ? at[5] - 'a' + 'A' : at[5]);
        }
        i += at[0] == '\\' ? 1 : 0;
    }
}

static void print(struct json_writer *w, const struct json_value *value)
{
    switch (value->kind) {
    case JSON_NULL:
        json_write_null(w);
        return;
    case JSON_BOOL:
        json_write_bool(w, value->len != 0);
        return;
    case JSON_STRING:
        value_print_string(w, value_text(value));
        return;
    case JSON_NUMBER:
        print_number(w, value);
        return;
    case JSON_ARRAY:
        json_open(w, '[');
        for (size_t i = 0; i < value->len && !w->buf->is_full; i++) {
            print(w, &value->elements[i]);
        }
        json_close(w, ']');
        return;
    case JSON_OBJECT:
        json_open(w, '{');
        for (size_t i = 0; i < value->len && !w->buf->is_full; i++) {
            json_write_key(w, value->members[i].name);
            print(w, &value->members[i].value);
        }
        json_close(w, '}');
        return;
    }
}

void value_print(struct buf *buf, const struct json_value *value)
{
    struct json_writer w = json_writer_init(buf);
    print(&w, value);
}
