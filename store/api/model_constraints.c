/* What the model asks of values that have the right type, and the words in which a violation is told. */
#include "store/api/model_shapes.h"

#include <ctype.h>

#define VIOLATIONS_MAX 10
#define ECHO_MAX 65536 /* of a value in a message */
#define MESSAGE_MAX (16U * 1024 * 1024)

/* The way to a value: "keySchema", 2, "keyType". */
struct path {
    const struct path *parent;
    enum member_id member;
    size_t number;    /* of an element, from 1; 0: none */
    struct slice key; /* of an entry; ptr NULL: none */
};

struct check {
    struct arena *arena;
    bool in_new_words;
    size_t count;
    struct buf text;             /* "Value ...; Value ..." */
    const struct problem *moved; /* the first one that is told in the newer words in any case */
};

static bool is_number(const struct shape *shape)
{
    return shape->type == FIELD_INTEGER || shape->type == FIELD_LONG;
}

/* --- paths and values in messages --- */

static void print_name(struct buf *buf, enum member_id id, bool is_upper)
{
    const char *name = member_name(id);
    buf_append_char(buf, is_upper ? name[0] : (char)tolower((unsigned char)name[0]));
    buf_append_text(buf, name + 1);
}

static void print_path(struct buf *buf, const struct path *path, bool is_upper)
{
    if (path->parent != NULL) {
        print_path(buf, path->parent, is_upper);
        buf_append_char(buf, '.');
    }
    if (path->number != 0) {
        buf_append_u64(buf, path->number);
        buf_append_text(buf, ".member");
    } else if (path->key.ptr != NULL) {
        buf_append(buf, path->key);
        buf_append_text(buf, ".member");
    } else {
        print_name(buf, path->member, is_upper);
    }
}

static void print_value(struct buf *buf, const struct shape *shape, const struct field *field);

/* "KeySchemaElement(attributeName=a, keyType=HASH)", as the service's classes print themselves. */
static void print_record(struct buf *buf, const struct record *record)
{
    const struct shape *shape = record->shape;
    buf_append_text(buf, shape->name);
    buf_append_char(buf, '(');
    for (size_t i = 0; i < shape->member_count; i++) {
        buf_append_text(buf, i != 0 ? ", " : "");
        print_name(buf, shape->members[i].id, false);
        buf_append_char(buf, '=');
        print_value(buf, shape->members[i].shape, &record->fields[i]);
    }
    buf_append_char(buf, ')');
}

static void print_items(struct buf *buf, const struct shape *shape, const struct field *field)
{
    bool is_map = shape->type == FIELD_MAP;
    buf_append_char(buf, is_map ? '{' : '[');
    for (size_t i = 0; i < field->count; i++) {
        buf_append_text(buf, i != 0 ? ", " : "");
        if (is_map) {
            buf_append(buf, field->items[i].key);
            buf_append_char(buf, '=');
        }
        print_value(buf, shape->element, &field->items[i]);
    }
    buf_append_char(buf, is_map ? '}' : ']');
}

static void print_value(struct buf *buf, const struct shape *shape, const struct field *field)
{
    if (!field->is_set) {
        buf_append_text(buf, "null");
        return;
    }
    switch (shape->type) {
    case FIELD_STRING:
        buf_append(buf, field->text);
        break;
    case FIELD_INTEGER:
    case FIELD_LONG:
        buf_append_i64(buf, field->number);
        break;
    case FIELD_STRUCT:
        print_record(buf, field->record);
        break;
    case FIELD_LIST:
    case FIELD_MAP:
        print_items(buf, shape, field);
        break;
    case FIELD_DOUBLE:
    case FIELD_BOOL:
    case FIELD_TIMESTAMP:
    case FIELD_ATTR:
    case FIELD_ITEM:
        buf_append(buf, field->raw);
        break;
    }
}

/* --- telling a violation --- */

static struct slice echo(struct check *check, const struct shape *shape, const struct field *field)
{
    AUTO_BUF buf = BUF_INIT(MESSAGE_MAX);
    print_value(&buf, shape, field);
    return arena_copy(check->arena, slice_take(buf_slice(&buf), ECHO_MAX));
}

static void tell_new(struct buf *buf, const struct path *path, struct slice constraint)
{
    buf_append_text(buf, "Value at '");
    print_path(buf, path, true);
    buf_append_text(buf, "' failed to satisfy constraint: ");
    buf_append(buf, constraint);
}

static void tell_moved(struct check *check, const struct path *path, struct slice constraint)
{
    if (check->moved != NULL) {
        return;
    }
    AUTO_BUF buf = BUF_INIT(MESSAGE_MAX);
    buf_append_text(&buf, "1 validation error detected: ");
    tell_new(&buf, path, constraint);
    struct slice text = arena_copy(check->arena, buf_slice(&buf));
    check->moved = problem_of(check->arena, PROBLEM_VALIDATION, text);
}

/* The rest is left out: ten violations, in the newer words one. */
static bool is_enough(const struct check *check)
{
    return check->count == (check->in_new_words ? 1 : VIOLATIONS_MAX);
}

static void tell(struct check *check, const struct shape *shape, const struct field *field,
                 const struct path *path, struct slice constraint)
{
    struct buf *buf = &check->text;
    if (is_enough(check)) {
        return;
    }
    buf_append_text(buf, check->count++ != 0 ? "; " : "");
    if (check->in_new_words) {
        tell_new(buf, path, constraint);
        return;
    }
    const char *quote = field->is_set ? "'" : "";
    buf_append_text(buf, "Value ");
    buf_append_text(buf, quote);
    buf_append(buf, echo(check, shape, field));
    buf_append_text(buf, quote);
    buf_append_text(buf, " at '");
    print_path(buf, path, false);
    buf_append_text(buf, "' failed to satisfy constraint: ");
    buf_append(buf, constraint);
}

/* --- single constraints --- */

/* As Java counts: two for what lies beyond the basic plane. */
static int64_t count_characters(struct slice text)
{
    int64_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        count += (c & 0xc0) != 0x80;
        count += c >= 0xf0;
    }
    return count;
}

/* What the bounds of a shape are held against. */
static int64_t measure(const struct shape *shape, const struct field *field)
{
    switch (shape->type) {
    case FIELD_INTEGER:
    case FIELD_LONG:
        return field->number;
    case FIELD_LIST:
    case FIELD_MAP:
        return (int64_t)field->count;
    case FIELD_STRING:
        return count_characters(field->text);
    case FIELD_DOUBLE:
    case FIELD_BOOL:
    case FIELD_TIMESTAMP:
    case FIELD_STRUCT:
    case FIELD_ATTR:
    case FIELD_ITEM:
        break;
    }
    return 0;
}

static bool has_value(const char *values, struct slice text)
{
    struct slice rest = slice_from(values);
    struct slice value;
    while (slice_split(&rest, ',', &value)) {
        if (slice_eq(slice_trim(value), text)) {
            return true;
        }
    }
    return false;
}

static bool is_arn(const struct shape *shape, const struct field *field)
{
    return shape->is_table && slice_starts_with(field->text, SLICE("arn:"));
}

#define TABLE_ARN_LEN_MAX 1024

struct broken {
    bool pattern, least, most, values;
};

static bool is_broken(struct broken broken)
{
    return broken.pattern || broken.least || broken.most || broken.values;
}

static struct broken judge(const struct shape *shape, const struct field *field)
{
    struct broken broken = {false, false, false, false};
    if (!field->is_set) {
        return broken;
    }
    bool is_long = is_arn(shape, field);
    int64_t most = is_long ? TABLE_ARN_LEN_MAX : shape->max;
    if (shape->has_min || shape->has_max) {
        int64_t measured = measure(shape, field);
        broken.least = shape->has_min && measured < shape->min;
        broken.most = shape->has_max && measured > most;
    }
    /* Since a table may be named by its ARN, an empty name is only too short. */
    bool is_free = is_long || (shape->is_table && field->text.len == 0);
    broken.pattern = shape->pattern != NULL && !is_free && !shape->pattern->matches(field->text);
    broken.values = shape->values != NULL && !has_value(shape->values, field->text);
    return broken;
}

static struct slice bound(struct check *check, const struct shape *shape, bool is_least)
{
    const char *what = is_number(shape) ? "value" : "length";
    const char *direction = is_least ? "greater" : "less";
    return arena_printf(check->arena, "Member must have %s %s than or equal to %lld", what,
                        direction, (long long)(is_least ? shape->min : shape->max));
}

static struct slice pattern_text(struct check *check, const struct shape *shape)
{
    return arena_printf(check->arena, "Member must satisfy regular expression pattern: %s",
                        shape->pattern->text);
}

static void check_bounds(struct check *check, const struct shape *shape, const struct field *field,
                         const struct path *path)
{
    struct broken broken = judge(shape, field);
    broken.least = broken.least && (check->in_new_words || !shape->is_asked_for);
    if (broken.pattern) {
        tell(check, shape, field, path, pattern_text(check, shape));
    }
    if (shape->is_moved && broken.least) {
        tell_moved(check, path, bound(check, shape, true));
    } else if (broken.least) {
        tell(check, shape, field, path, bound(check, shape, true));
    }
    if (shape->is_moved && broken.most) {
        tell_moved(check, path, bound(check, shape, false));
    } else if (broken.most) {
        tell(check, shape, field, path, bound(check, shape, false));
    }
    if (broken.values) {
        struct slice text =
            arena_printf(check->arena, "Member must satisfy enum value set: [%s]", shape->values);
        tell(check, shape, field, path, text);
    }
}

/* --- what stands in maps and lists --- */

/* All constraints of a key, value or element together: "[Member must ..., Member must ...]". */
static struct slice list_constraints(struct check *check, const struct shape *shape)
{
    AUTO_BUF buf = BUF_INIT(4096);
    buf_append_char(&buf, '[');
    if (shape->has_max) {
        buf_append(&buf, bound(check, shape, false));
    }
    if (shape->has_min) {
        buf_append_text(&buf, buf.len > 1 ? ", " : "");
        buf_append(&buf, bound(check, shape, true));
    }
    if (shape->pattern != NULL) {
        buf_append_text(&buf, buf.len > 1 ? ", " : "");
        buf_append(&buf, pattern_text(check, shape));
    }
    buf_append_char(&buf, ']');
    return arena_copy(check->arena, buf_slice(&buf));
}

static void tell_inside(struct check *check, const struct shape *shape, const struct field *field,
                        const struct path *path, const char *what, const struct shape *inside)
{
    if (is_enough(check)) {
        return;
    }
    struct slice constraints = list_constraints(check, inside);
    struct slice text = arena_printf(check->arena, "%s must satisfy constraint: %.*s", what,
                                     SLICE_ARG(constraints));
    tell(check, shape, field, path, text);
}

static void check_keys(struct check *check, const struct shape *shape, const struct field *field,
                       const struct path *path)
{
    for (size_t i = 0; i < field->count; i++) {
        struct field key = {.is_set = true, .text = field->items[i].key};
        if (is_broken(judge(shape->key, &key))) {
            tell_inside(check, shape, field, path, "Map keys", shape->key);
        }
    }
}

/* Bounds of lists in a map and of plain elements are told at what holds them. */
static void check_held(struct check *check, const struct shape *shape, const struct field *field,
                       const struct path *path)
{
    const char *what = shape->type == FIELD_MAP ? "Map value" : "Member";
    for (size_t i = 0; i < field->count; i++) {
        if (is_broken(judge(shape->element, &field->items[i]))) {
            tell_inside(check, shape, field, path, what, shape->element);
        }
    }
}

/* A list of texts has no room for null, which elsewhere counts as absent. */
static void check_texts(struct check *check, const struct shape *shape, const struct field *field,
                        const struct path *path)
{
    for (size_t i = 0; i < field->count; i++) {
        if (!field->items[i].is_set) {
            struct path step = {.parent = path, .number = i + 1};
            tell(check, shape->element, &field->items[i], &step, SLICE("Member must not be null"));
        }
    }
}

static void check_record(struct check *check, const struct record *record,
                         const struct path *parent);

static void check_inside(struct check *check, const struct shape *shape, const struct field *field,
                         const struct path *path)
{
    bool is_map = shape->type == FIELD_MAP;
    for (size_t i = 0; i < field->count; i++) {
        const struct field *item = &field->items[i];
        struct path step = {.parent = path, .number = is_map ? 0 : i + 1, .key = item->key};
        if (!item->is_set) {
            continue;
        }
        if (shape->element->type == FIELD_STRUCT) {
            check_record(check, item->record, &step);
        } else {
            check_inside(check, shape->element, item, &step);
        }
    }
}

static bool is_collection(const struct shape *shape)
{
    return shape->type == FIELD_LIST || shape->type == FIELD_MAP;
}

static void check_collection(struct check *check, const struct shape *shape,
                             const struct field *field, const struct path *path)
{
    const struct shape *element = shape->element;
    if (shape->key != NULL) {
        check_keys(check, shape, field, path);
    }
    if (element->has_min || element->has_max || element->pattern != NULL) {
        check_held(check, shape, field, path);
    }
    if (shape->type == FIELD_LIST && element->type == FIELD_STRING) {
        check_texts(check, shape, field, path);
    }
    if (element->type == FIELD_STRUCT || is_collection(element)) {
        check_inside(check, shape, field, path);
    }
}

static void check_member(struct check *check, const struct member *member,
                         const struct field *field, const struct path *path)
{
    const struct shape *shape = member->shape;
    if (!field->is_set) {
        if (member->need == NEEDED) {
            tell(check, shape, field, path, SLICE("Member must not be null"));
        }
        return;
    }
    check_bounds(check, shape, field, path);
    if (shape->type == FIELD_STRUCT) {
        check_record(check, field->record, path);
    } else if (is_collection(shape)) {
        check_collection(check, shape, field, path);
    }
}

static void check_record(struct check *check, const struct record *record,
                         const struct path *parent)
{
    const struct shape *shape = record->shape;
    for (size_t i = 0; i < shape->member_count; i++) {
        struct path path = {.parent = parent, .member = shape->members[i].id};
        check_member(check, &shape->members[i], &record->fields[i], &path);
    }
}

static const struct problem *find_first_needed(struct arena *arena, const struct record *record)
{
    const struct shape *shape = record->shape;
    for (size_t i = 0; i < shape->member_count; i++) {
        if (shape->members[i].need == NEEDED_FIRST && !record->fields[i].is_set) {
            return problem_invalid(
                arena, "The parameter '%s' is required but was not present in the request",
                member_name(shape->members[i].id));
        }
    }
    return NULL;
}

const struct problem *constraints_check(struct arena *arena, const struct shape *shape,
                                        const struct record *record)
{
    struct check check = {
        .arena = arena,
        .in_new_words = wording_is_new() && !shape->stays_old,
        .text = BUF_INIT(MESSAGE_MAX),
    };
    const struct problem *problem = find_first_needed(arena, record);
    if (problem != NULL) {
        return problem;
    }
    check_record(&check, record, NULL);
    if (check.count == 0) {
        return check.moved;
    }
    AUTO_BUF message = BUF_INIT(2 * MESSAGE_MAX);
    buf_printf(&message, "%zu validation error%s detected: ", check.count,
               check.count == 1 ? "" : "s");
    buf_append(&message, buf_slice(&check.text));
    buf_finish(&check.text);
    return problem_of(arena, PROBLEM_VALIDATION, arena_copy(arena, buf_slice(&message)));
}
