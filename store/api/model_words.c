/* Where this service's words differ from those of most: wrong types, tables named by their ARN, and the newer
 * generation of messages. */
#include "store/api/model_shapes.h"
#include "store/value/attr_json_parse.h"

#define SHAPES "com.amazonaws.dynamodb.v20120810."
#define MESSAGE_MAX (16U * 1024 * 1024)

/* --- wrong types --- */

static bool is_structure(const struct shape *shape)
{
    return shape->type == FIELD_STRUCT || shape->own == &attr_type;
}

/* The Java name of what a map holds. */
static struct slice element_class(struct arena *arena, const struct shape *shape)
{
    if (shape->type == FIELD_STRUCT) {
        return arena_printf(arena, SHAPES "%s", shape->name);
    }
    if (shape->own == &attr_type) {
        return SLICE(SHAPES "AttributeValue");
    }
    if (shape->type == FIELD_LIST) {
        return arena_printf(arena, "java.util.List<%.*s>",
                            SLICE_ARG(element_class(arena, shape->element)));
    }
    return SLICE("java.lang.String");
}

/* A scalar where a list, map or structure should be. */
static struct slice words_for_plain(const struct shape *shape, bool is_element)
{
    static const char cast[] =
        "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to "
        "class java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and "
        "java.lang.Class are in module java.base of loader 'bootstrap')";
    if (!is_element) {
        return SLICE("Unexpected field type");
    }
    return is_structure(shape) ? SLICE("Unexpected value type in payload") : slice_from(cast);
}

static struct slice words_for_list(struct arena *arena, const struct shape *shape)
{
    if (is_structure(shape)) {
        return arena_printf(arena, "Unrecognized collection type class %.*s",
                            SLICE_ARG(element_class(arena, shape)));
    }
    struct slice of = shape->own == &item_type ? SLICE(SHAPES "AttributeValue")
                                               : element_class(arena, shape->element);
    return arena_printf(arena, "Unrecognized collection type java.util.Map<java.lang.String, %.*s>",
                        SLICE_ARG(of));
}

static const char *java_type(const struct shape *shape)
{
    static const char *const types[] = {
        [FIELD_STRING] = "String", [FIELD_INTEGER] = "Integer", [FIELD_LONG] = "Long",
        [FIELD_DOUBLE] = "Double", [FIELD_BOOL] = "Boolean",    [FIELD_TIMESTAMP] = "Date",
        [FIELD_OWN] = NULL, /* the highest */
    };
    return types[shape->type]; /* NULL: no scalar */
}

static struct slice wrong_type(struct arena *arena, const struct shape *shape, bool is_element,
                               struct slice raw)
{
    const char *type = java_type(shape);
    if (raw.ptr[0] == '{') {
        return SLICE("Start of structure or map found where not expected");
    }
    if (type == NULL) {
        return raw.ptr[0] == '[' ? words_for_list(arena, shape)
                                 : words_for_plain(shape, is_element);
    }
    if (raw.ptr[0] == '[') {
        return arena_printf(arena, "Unrecognized collection type class java.lang.%s", type);
    }
    if (shape->type == FIELD_BOOL && raw.ptr[0] == '"') {
        return SLICE("Unexpected token received from parser");
    }
    return arena_printf(arena, "%s cannot be converted to %s", attr_json_token_name(raw), type);
}

/* A boolean may be a word. */
static bool convert(const struct shape *shape, struct slice raw, struct field *field)
{
    static const char *const words[] = {"false", "0", "no", "true", "1", "yes"};
    if (shape->type != FIELD_BOOL || raw.ptr[0] != '"') {
        return false;
    }
    struct slice word = slice_of(raw.ptr + 1, raw.len - 2);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (slice_ieq(word, slice_from(words[i]))) {
            field->flag = i >= 3;
            return true;
        }
    }
    return false;
}

/* --- constraints --- */

/* Since a table may be named by its ARN, an empty name is only too short. */
static const struct shape *judge_by(const struct shape *shape, const struct field *field)
{
    static const struct shape arn = {.type = FIELD_STRING, BETWEEN(1, 1024)};
    if (!(shape->traits & SHAPE_IS_TABLE)) {
        return shape;
    }
    return field->text.len == 0 || slice_starts_with(field->text, SLICE("arn:")) ? &arn : shape;
}

static bool is_in_new_words(const struct model_check *check)
{
    return wording_is_new() && !(check->input->traits & SHAPE_STAYS_OLD);
}

/* In the newer words the first violation is told alone. */
static void begin(struct model_check *check)
{
    if (is_in_new_words(check)) {
        check->most = 1;
    }
}

static void tell_new(struct buf *buf, const struct model *model, const struct violation *violation)
{
    buf_append_text(buf, "Value at '");
    model_print_path(buf, model, violation->path, true);
    buf_append_text(buf, "' failed to satisfy constraint: ");
    buf_append(buf, violation->constraint);
}

static void tell_moved(struct model_check *check, const struct violation *violation)
{
    if (check->aside != NULL) {
        return;
    }
    AUTO_BUF buf = BUF_INIT(MESSAGE_MAX);
    buf_append_text(&buf, "1 validation error detected: ");
    tell_new(&buf, check->model, violation);
    check->aside =
        model_fault_of(check->arena, MODEL_VALIDATION, arena_copy(check->arena, buf_slice(&buf)));
}

static void tell(struct model_check *check, const struct violation *violation)
{
    unsigned traits = violation->shape->traits;
    bool is_bound = violation->kind == VIOLATION_LEAST || violation->kind == VIOLATION_MOST;
    bool is_new = is_in_new_words(check);
    if (violation->kind == VIOLATION_LEAST && traits & SHAPE_IS_ASKED_FOR && !is_new) {
        return;
    }
    if (is_bound && traits & SHAPE_IS_MOVED) {
        tell_moved(check, violation);
    } else if (is_new) {
        check->count++;
        tell_new(&check->text, check->model, violation);
    } else {
        model_tell(check, violation);
    }
}

const struct model_hooks dynamodb_hooks = {
    .convert = convert,
    .wrong_type = wrong_type,
    .judge_by = judge_by,
    .begin = begin,
    .tell = tell,
};
