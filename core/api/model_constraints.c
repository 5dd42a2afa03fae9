/* What the model asks of values that have the right type, and the words in which a violation is told. */
#include "core/api/model_private.h"

#include <ctype.h>

#define VIOLATIONS_MAX 10
#define ECHO_MAX 65536 /* of a value in a message */
#define MESSAGE_MAX (16U * 1024 * 1024)

static bool is_number(const struct shape *shape)
{
    return shape->type == FIELD_INTEGER || shape->type == FIELD_LONG || shape->type == FIELD_DOUBLE;
}

/* --- paths and values in messages --- */

static void print_name(struct buf *buf, const struct model *model, int id, bool is_upper)
{
    struct slice name = model->names[id];
    buf_append_char(buf, is_upper ? name.ptr[0] : (char)tolower((unsigned char)name.ptr[0]));
    buf_append(buf, slice_skip(name, 1));
}

void model_print_path(struct buf *buf, const struct model *model, const struct model_path *path,
                      bool is_upper)
{
    if (path->parent != NULL) {
        model_print_path(buf, model, path->parent, is_upper);
        buf_append_char(buf, '.');
    }
    if (path->number != 0) {
        buf_append_u64(buf, path->number);
        buf_append_text(buf, ".member");
    } else if (path->key.ptr != NULL) {
        buf_append(buf, path->key);
        buf_append_text(buf, ".member");
    } else {
        print_name(buf, model, path->member, is_upper);
    }
}

static void print_value(struct buf *buf, const struct model *model, const struct shape *shape,
                        const struct field *field);

/* "KeySchemaElement(attributeName=a, keyType=HASH)", as the service's classes print themselves. */
static void print_record(struct buf *buf, const struct model *model, const struct record *record)
{
    const struct shape *shape = record->shape;
    buf_append_text(buf, shape->name);
    buf_append_char(buf, '(');
    for (size_t i = 0; i < shape->member_count; i++) {
        buf_append_text(buf, i != 0 ? ", " : "");
        print_name(buf, model, shape->members[i].id, false);
        buf_append_char(buf, '=');
        print_value(buf, model, shape->members[i].shape, &record->fields[i]);
    }
    buf_append_char(buf, ')');
}

static void print_items(struct buf *buf, const struct model *model, const struct shape *shape,
                        const struct field *field)
{
    bool is_map = shape->type == FIELD_MAP;
    buf_append_char(buf, is_map ? '{' : '[');
    for (size_t i = 0; i < field->count; i++) {
        buf_append_text(buf, i != 0 ? ", " : "");
        if (is_map) {
            buf_append(buf, field->items[i].key);
            buf_append_char(buf, '=');
        }
        print_value(buf, model, shape->element, &field->items[i]);
    }
    buf_append_char(buf, is_map ? '}' : ']');
}

static void print_value(struct buf *buf, const struct model *model, const struct shape *shape,
                        const struct field *field)
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
    case FIELD_BLOB:
        buf_printf(buf, "java.nio.HeapByteBuffer[pos=0 lim=%zu cap=%zu]", field->text.len,
                   field->text.len);
        break;
    case FIELD_STRUCT:
        print_record(buf, model, field->record);
        break;
    case FIELD_LIST:
    case FIELD_MAP:
        print_items(buf, model, shape, field);
        break;
    case FIELD_DOUBLE:
    case FIELD_BOOL:
    case FIELD_TIMESTAMP:
    case FIELD_DOCUMENT:
    case FIELD_OWN:
        buf_append(buf, field->raw);
        break;
    }
}

/* --- telling a violation --- */

static void append_echo(struct model_check *check, const struct violation *violation)
{
    AUTO_BUF echo = BUF_INIT(MESSAGE_MAX);
    print_value(&echo, check->model, violation->shape, violation->field);
    buf_append(&check->text, slice_take(buf_slice(&echo), ECHO_MAX));
}

void model_tell(struct model_check *check, const struct violation *violation)
{
    struct buf *buf = &check->text;
    const char *quote = violation->field->is_set ? "'" : "";
    buf_append_text(buf, check->count++ != 0 ? "; " : "");
    buf_append_text(buf, "Value ");
    buf_append_text(buf, quote);
    append_echo(check, violation);
    buf_append_text(buf, quote);
    buf_append_text(buf, " at '");
    model_print_path(buf, check->model, violation->path, false);
    buf_append_text(buf, "' failed to satisfy constraint: ");
    buf_append(buf, violation->constraint);
}

/* The rest is left out. */
static bool is_enough(const struct model_check *check)
{
    return check->count >= check->most;
}

static void tell(struct model_check *check, enum violation_kind kind, const struct shape *shape,
                 const struct field *field, const struct model_path *path, struct slice constraint)
{
    const struct violation violation = {kind, shape, field, path, constraint};
    const struct model_hooks *hooks = check->model->hooks;
    if (is_enough(check)) {
        return;
    }
    if (hooks != NULL && hooks->tell != NULL) {
        hooks->tell(check, &violation);
    } else {
        model_tell(check, &violation);
    }
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
    case FIELD_BLOB:
        return (int64_t)field->text.len;
    case FIELD_DOUBLE:
    case FIELD_BOOL:
    case FIELD_TIMESTAMP:
    case FIELD_STRUCT:
    case FIELD_DOCUMENT:
    case FIELD_OWN:
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

struct broken {
    bool pattern, least, most, values;
};

static bool is_broken(struct broken broken)
{
    return broken.pattern || broken.least || broken.most || broken.values;
}

static void judge_bounds(const struct shape *shape, const struct field *field,
                         struct broken *broken)
{
    if (shape->type == FIELD_DOUBLE) {
        broken->least = shape->has_min && field->real < (double)shape->min;
        broken->most = shape->has_max && field->real > (double)shape->max;
        return;
    }
    int64_t measured = measure(shape, field);
    broken->least = shape->has_min && measured < shape->min;
    broken->most = shape->has_max && measured > shape->max;
}

static struct broken judge(const struct model_check *check, const struct shape *shape,
                           const struct field *field)
{
    struct broken broken = {false, false, false, false};
    if (!field->is_set) {
        return broken;
    }
    if (shape->traits != 0 && check->model->hooks->judge_by != NULL) {
        shape = check->model->hooks->judge_by(shape, field);
    }
    if (shape->has_min || shape->has_max) {
        judge_bounds(shape, field, &broken);
    }
    broken.pattern = shape->pattern != NULL && !shape->pattern->matches(field->text);
    broken.values = shape->values != NULL && !has_value(shape->values, field->text);
    return broken;
}

static struct slice bound(struct model_check *check, const struct shape *shape, bool is_least)
{
    const char *what = is_number(shape) ? "value" : "length";
    const char *direction = is_least ? "greater" : "less";
    return arena_printf(check->arena, "Member must have %s %s than or equal to %lld", what,
                        direction, (long long)(is_least ? shape->min : shape->max));
}

static struct slice pattern_text(struct model_check *check, const struct shape *shape)
{
    return arena_printf(check->arena, "Member must satisfy regular expression pattern: %s",
                        shape->pattern->text);
}

static struct slice values_text(struct model_check *check, const struct shape *shape)
{
    return arena_printf(check->arena, "Member must satisfy enum value set: [%s]", shape->values);
}

static void check_bounds(struct model_check *check, const struct shape *shape,
                         const struct field *field, const struct model_path *path)
{
    struct broken broken = judge(check, shape, field);
    if (broken.pattern) {
        tell(check, VIOLATION_PATTERN, shape, field, path, pattern_text(check, shape));
    }
    if (broken.least) {
        tell(check, VIOLATION_LEAST, shape, field, path, bound(check, shape, true));
    }
    if (broken.most) {
        tell(check, VIOLATION_MOST, shape, field, path, bound(check, shape, false));
    }
    if (broken.values) {
        tell(check, VIOLATION_VALUES, shape, field, path, values_text(check, shape));
    }
}

/* --- what stands in maps and lists --- */

/* All constraints of a key, value or element together: "[Member must ..., Member must ...]". */
static struct slice list_constraints(struct model_check *check, const struct shape *shape)
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
    if (shape->values != NULL) {
        buf_append_text(&buf, buf.len > 1 ? ", " : "");
        buf_append(&buf, values_text(check, shape));
    }
    buf_append_char(&buf, ']');
    return arena_copy(check->arena, buf_slice(&buf));
}

static void tell_inside(struct model_check *check, const struct shape *shape,
                        const struct field *field, const struct model_path *path, const char *what,
                        const struct shape *inside)
{
    if (is_enough(check)) {
        return;
    }
    struct slice constraints = list_constraints(check, inside);
    struct slice text = arena_printf(check->arena, "%s must satisfy constraint: %.*s", what,
                                     SLICE_ARG(constraints));
    tell(check, VIOLATION_INSIDE, shape, field, path, text);
}

static void check_keys(struct model_check *check, const struct shape *shape,
                       const struct field *field, const struct model_path *path)
{
    for (size_t i = 0; i < field->count; i++) {
        struct field key = {.is_set = true, .text = field->items[i].key};
        if (is_broken(judge(check, shape->key, &key))) {
            tell_inside(check, shape, field, path, "Map keys", shape->key);
        }
    }
}

/* Bounds of lists in a map and of plain elements are told at what holds them. */
static void check_held(struct model_check *check, const struct shape *shape,
                       const struct field *field, const struct model_path *path)
{
    const char *what = shape->type == FIELD_MAP ? "Map value" : "Member";
    for (size_t i = 0; i < field->count; i++) {
        if (is_broken(judge(check, shape->element, &field->items[i]))) {
            tell_inside(check, shape, field, path, what, shape->element);
        }
    }
}

/* A list of texts has no room for null, which elsewhere counts as absent. */
static void check_texts(struct model_check *check, const struct shape *shape,
                        const struct field *field, const struct model_path *path)
{
    for (size_t i = 0; i < field->count; i++) {
        if (!field->items[i].is_set) {
            struct model_path step = {.parent = path, .number = i + 1};
            tell(check, VIOLATION_NULL, shape->element, &field->items[i], &step,
                 SLICE("Member must not be null"));
        }
    }
}

static bool is_collection(const struct shape *shape)
{
    return shape->type == FIELD_LIST || shape->type == FIELD_MAP;
}

static void check_record(struct model_check *check, const struct record *record,
                         const struct model_path *parent);
static void check_collection(struct model_check *check, const struct shape *shape,
                             const struct field *field, const struct model_path *path);

/* Of structures and collections. */
static void check_inside(struct model_check *check, const struct shape *shape,
                         const struct field *field, const struct model_path *path)
{
    bool is_map = shape->type == FIELD_MAP;
    for (size_t i = 0; i < field->count; i++) {
        const struct field *item = &field->items[i];
        struct model_path step = {.parent = path, .number = is_map ? 0 : i + 1, .key = item->key};
        if (!item->is_set) {
            continue;
        }
        if (shape->element->type == FIELD_STRUCT) {
            check_record(check, item->record, &step);
        } else {
            check_collection(check, shape->element, item, &step);
        }
    }
}

static void check_collection(struct model_check *check, const struct shape *shape,
                             const struct field *field, const struct model_path *path)
{
    const struct shape *element = shape->element;
    if (shape->key != NULL) {
        check_keys(check, shape, field, path);
    }
    if (element->has_min || element->has_max || element->pattern != NULL ||
        element->values != NULL) {
        check_held(check, shape, field, path);
    }
    if (shape->type == FIELD_LIST && element->type == FIELD_STRING) {
        check_texts(check, shape, field, path);
    }
    if (element->type == FIELD_STRUCT || is_collection(element)) {
        check_inside(check, shape, field, path);
    }
}

static void check_member(struct model_check *check, const struct member *member,
                         const struct field *field, const struct model_path *path)
{
    const struct shape *shape = member->shape;
    if (!field->is_set) {
        if (member->need == NEEDED) {
            tell(check, VIOLATION_NULL, shape, field, path, SLICE("Member must not be null"));
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

static void check_record(struct model_check *check, const struct record *record,
                         const struct model_path *parent)
{
    const struct shape *shape = record->shape;
    for (size_t i = 0; i < shape->member_count; i++) {
        struct model_path path = {.parent = parent, .member = shape->members[i].id};
        check_member(check, &shape->members[i], &record->fields[i], &path);
    }
}

static const struct model_fault *find_missing(struct model_check *check,
                                              const struct record *record)
{
    const struct shape *shape = record->shape;
    for (size_t i = 0; i < shape->member_count; i++) {
        if (shape->members[i].need == NEEDED_FIRST && !record->fields[i].is_set) {
            struct slice name = check->model->names[shape->members[i].id];
            struct model_fault *fault = arena_alloc(check->arena, sizeof *fault);
            fault->kind = MODEL_MISSING;
            fault->member = name;
            fault->text = arena_printf(check->arena, "The request must contain the parameter %.*s.",
                                       SLICE_ARG(name));
            return fault;
        }
    }
    return NULL;
}

static const struct model_fault *sum_up(struct model_check *check)
{
    AUTO_BUF message = BUF_INIT(2 * MESSAGE_MAX);
    buf_printf(&message, "%zu validation error%s detected: ", check->count,
               check->count == 1 ? "" : "s");
    buf_append(&message, buf_slice(&check->text));
    buf_finish(&check->text);
    return model_fault_of(check->arena, MODEL_VALIDATION,
                          arena_copy(check->arena, buf_slice(&message)));
}

const struct model_fault *model_constraints(const struct model *model, struct arena *arena,
                                            const struct shape *shape, const struct record *record)
{
    struct model_check check = {
        .model = model,
        .input = shape,
        .arena = arena,
        .most = VIOLATIONS_MAX,
        .text = BUF_INIT(MESSAGE_MAX),
    };
    const struct model_fault *missing = find_missing(&check, record);
    if (missing != NULL) {
        return missing;
    }
    if (model->hooks != NULL && model->hooks->begin != NULL) {
        model->hooks->begin(&check);
    }
    check_record(&check, record, NULL);
    return check.count != 0 ? sum_up(&check) : check.aside;
}
