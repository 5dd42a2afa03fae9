#include "gateway/control/patch.h"

#include "core/buf.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/control/edit.h"

#define PATHS_MAX 4096

bool patch_is(const struct patch *patch, const char *op)
{
    return slice_is(patch->op, op);
}

static unsigned op_of(const struct patch *patch)
{
    return patch_is(patch, "replace")  ? PATCH_REPLACE
           : patch_is(patch, "add")    ? PATCH_ADD
           : patch_is(patch, "remove") ? PATCH_REMOVE
                                       : PATCH_NONE;
}

/* --- refusals --- */

/* "[/name, /schema]": what may be replaced. */
static struct slice replaceable(const struct patch *patch)
{
    AUTO_BUF text = BUF_INIT(PATHS_MAX);
    for (size_t i = 0; i < patch->attributes->count; i++) {
        const struct attribute *attribute = &patch->attributes->items[i];
        if (attribute->patch & PATCH_REPLACE) {
            buf_printf(&text, "%s/%s", text.len > 0 ? ", " : "", attribute->name);
        }
    }
    return arena_copy(patch->arena, buf_slice(&text));
}

bool patch_refuse_path(const struct patch *patch)
{
    if (!patch->lists_paths) {
        return objection_bad(patch->objection, "Invalid patch path %.*s", SLICE_ARG(patch->path));
    }
    if (!patch_is(patch, "replace")) {
        return objection_bad(patch->objection,
                             "Invalid patch path  '%.*s' specified for op '%.*s'. Please choose "
                             "supported operations",
                             SLICE_ARG(patch->path), SLICE_ARG(patch->op));
    }
    return objection_bad(patch->objection,
                         "Invalid patch path  '%.*s' specified for op 'replace'. Must be one of: "
                         "[%.*s]",
                         SLICE_ARG(patch->path), SLICE_ARG(replaceable(patch)));
}

bool patch_refuse_op(const struct patch *patch, unsigned allowed)
{
    if (patch->lists_paths || allowed == PATCH_NONE) {
        return patch_refuse_path(patch);
    }
    bool has_all = allowed == PATCH_ALL;
    return objection_bad(patch->objection,
                         has_all ? "Invalid patch operation specified. Must be "
                                   "'add'|'remove'|'replace'"
                         : allowed == PATCH_REPLACE
                             ? "Invalid patch operation specified. Must be one of: [replace]"
                         : allowed == PATCH_REMOVE
                             ? "Invalid patch operation specified. Must be one of: [remove]"
                             : "Invalid patch operation specified. Must be one of: [add, remove]");
}

bool patch_segment(struct arena *arena, struct slice *rest, struct slice *ret_segment)
{
    if (rest->len == 0 || rest->ptr[0] != '/') {
        return false;
    }
    struct slice raw = slice_skip(*rest, 1);
    raw = slice_take(raw, slice_find(raw, '/'));
    *rest = slice_skip(*rest, 1 + raw.len);
    char *text = arena_alloc(arena, raw.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        bool is_escape = raw.ptr[i] == '~' && i + 1 < raw.len &&
                         (raw.ptr[i + 1] == '0' || raw.ptr[i + 1] == '1');
        text[len++] = !is_escape ? raw.ptr[i] : raw.ptr[i + 1] == '1' ? '/' : '~';
        i += is_escape;
    }
    *ret_segment = slice_of(text, len);
    return true;
}

/* --- values --- */

static bool is_among(const char *values, struct slice value)
{
    struct slice rest = slice_skip(slice_from(values), 1), part;
    rest = slice_take(rest, rest.len - 1);
    while (slice_split(&rest, ',', &part)) {
        if (slice_eq(slice_trim(part), value)) {
            return true;
        }
    }
    return false;
}

/* Texts as JSON of the attribute's type; SLICE_NULL: it goes away. */
static bool read_value(const struct patch *patch, const struct attribute *attribute,
                       struct slice *ret_raw)
{
    struct slice value = patch->value;
    double number;
    *ret_raw = SLICE_NULL;
    switch (attribute->form) {
    case FORM_BOOL:
        *ret_raw = slice_ieq(value, SLICE("true")) ? SLICE("true") : SLICE("false");
        return true;
    case FORM_INTEGER:
    case FORM_DOUBLE:
        if (value.len > 0 && !slice_to_double(value, &number)) {
            return objection_bad(patch->objection, "Invalid value specified for %s: %.*s",
                                 attribute->name, SLICE_ARG(value));
        }
        *ret_raw = value.len > 0 ? value : SLICE_NULL;
        return true;
    case FORM_TEXT:
    case FORM_COMMA_TEXT:
        if (value.len > 0 && attribute->values != NULL && !is_among(attribute->values, value)) {
            return objection_bad(patch->objection, "Invalid %s specified. Valid options are %s",
                                 attribute->name, attribute->values);
        }
        break;
    case FORM_JSON_TEXT:
        if (json_validate(value, NULL) && json_raw_kind(slice_trim(value)) == JSON_OBJECT) {
            *ret_raw = slice_trim(value);
            return true;
        }
        break;
    case FORM_TEXTS:
    case FORM_TEXT_MAP:
    case FORM_BOOL_MAP:
    case FORM_STRUCT:
    case FORM_LIST:
    case FORM_MAP:
    case FORM_KEYED:
    case FORM_SETTINGS:
    case FORM_TAGS:
    case FORM_DESTINATIONS:
        return patch_refuse_path(patch);
    }
    *ret_raw = value.ptr != NULL && value.len > 0 ? edit_quote(patch->arena, value) : SLICE_NULL;
    return true;
}

/* --- members --- */

/* A list whose elements the path does not name: the value does. */
static bool is_by_value(const struct attribute *attribute)
{
    return attribute->form == FORM_TEXTS && !(attribute->patch & PATCH_REPLACE);
}

static bool patch_whole(const struct patch *patch, const struct attribute *attribute,
                        struct slice old, struct slice *ret_raw)
{
    unsigned op = op_of(patch);
    if (attribute->form == FORM_TEXTS && !is_by_value(attribute)) {
        return patch_refuse_path(patch);
    }
    if (attribute->form == FORM_TEXT_MAP || attribute->form == FORM_BOOL_MAP) {
        return patch_refuse_path(patch);
    }
    if (attribute->patch == PATCH_NONE) {
        return patch_refuse_path(patch);
    }
    if (!(attribute->patch & op)) {
        return patch_refuse_op(patch, attribute->patch);
    }
    if (is_by_value(attribute)) {
        *ret_raw = op == PATCH_ADD ? edit_list_add(patch->arena, old, patch->value)
                                   : edit_list_remove(patch->arena, old, patch->value);
        return true;
    }
    if (op == PATCH_REMOVE) {
        *ret_raw = SLICE_NULL;
        return true;
    }
    return read_value(patch, attribute, ret_raw);
}

/* One element of a list, which the path names. */
static bool patch_element(const struct patch *patch, const struct attribute *attribute,
                          struct slice old, struct slice element, struct slice *ret_raw)
{
    unsigned op = op_of(patch);
    if (!(attribute->patch & op)) {
        return patch_refuse_op(patch, attribute->patch);
    }
    if (op != PATCH_REMOVE && attribute->values != NULL &&
        !is_among(attribute->values, op == PATCH_ADD ? element : patch->value)) {
        return objection_bad(patch->objection, "Invalid EndpointTypes specified. Valid options are "
                                               "REGIONAL,EDGE,PRIVATE");
    }
    struct slice without = op == PATCH_ADD ? old : edit_list_remove(patch->arena, old, element);
    *ret_raw = op == PATCH_REMOVE
                   ? without
                   : edit_list_add(patch->arena, without, op == PATCH_ADD ? element : patch->value);
    return true;
}

/* What is replaced or removed has to be there, but for variables. */
static bool is_upserted(const struct attribute *attribute)
{
    struct slice name = slice_from(attribute->name);
    return slice_is(name, "variables") || slice_is(name, "stageVariableOverrides") ||
           slice_is(name, "requestModels") || slice_is(name, "responseModels");
}

static bool patch_entry(const struct patch *patch, const struct attribute *attribute,
                        struct slice old, struct slice key, struct slice *ret_raw)
{
    unsigned op = op_of(patch);
    struct slice name = slice_from(attribute->name), value = SLICE_NULL;
    bool is_there = json_raw_member(old, arena_cstr(patch->arena, key)).ptr != NULL;
    if (!(attribute->patch & op)) {
        return patch_refuse_op(patch, attribute->patch);
    }
    if (!is_there && op != PATCH_ADD && !is_upserted(attribute)) {
        return objection_missing(patch->objection, slice_ends_with(name, SLICE("Templates"))
                                                       ? "Content-Type specified was not found"
                                                       : "Invalid parameter name specified");
    }
    if (attribute->form == FORM_BOOL_MAP && op != PATCH_REMOVE) {
        value = slice_ieq(patch->value, SLICE("true")) ? SLICE("true") : SLICE("false");
    } else if (op != PATCH_REMOVE) {
        if (patch->value.ptr == NULL ||
            (patch->value.len == 0 && slice_starts_with(name, SLICE("response")))) {
            return objection_bad(patch->objection, "Invalid null or empty value in %s",
                                 attribute->name);
        }
        value = edit_quote(patch->arena, patch->value);
    }
    struct slice map = edit_member(patch->arena, old, key, value);
    *ret_raw = map;
    return true;
}

static bool patch_object(const struct patch *patch, const struct attributes *attributes,
                         struct slice rest, struct slice *object)
{
    struct slice name, key;
    if (!patch_segment(patch->arena, &rest, &name)) {
        return patch_refuse_path(patch);
    }
    const struct attribute *attribute = attribute_named(attributes, name);
    if (attribute == NULL) {
        return patch_refuse_path(patch);
    }
    const char *property = attribute_property(patch->arena, attribute);
    struct slice raw = json_raw_member(*object, property);
    bool is_patched = false;
    if (rest.len == 0) {
        is_patched = patch_whole(patch, attribute, raw, &raw);
    } else if (attribute->form == FORM_STRUCT) {
        is_patched = patch_object(patch, attribute->inside, rest, &raw);
    } else if (!patch_segment(patch->arena, &rest, &key) || rest.len > 0) {
        return patch_refuse_path(patch);
    } else if (attribute->form == FORM_TEXTS && !is_by_value(attribute)) {
        is_patched = patch_element(patch, attribute, raw, key, &raw);
    } else if (attribute->form == FORM_TEXT_MAP || attribute->form == FORM_BOOL_MAP) {
        is_patched = patch_entry(patch, attribute, raw, key, &raw);
    } else {
        return patch_refuse_path(patch);
    }
    if (is_patched) {
        *object = edit_member(patch->arena, *object, slice_from(property), raw);
    }
    return is_patched;
}

bool patch_one(const struct patch *patch, struct slice *properties)
{
    return patch_object(patch, patch->attributes, patch->path, properties);
}

/* --- all of them --- */

static bool check_op(const struct patch *patch, const struct kind *kind, size_t number)
{
    static const char ops[] = "[add, remove, move, test, replace, copy]";
    if (is_among(ops, patch->op)) {
        return true;
    }
    return objection_value(patch->objection, patch->op,
                           arena_printf(patch->arena, "update%sInput.patchOperations.%zu.member.op",
                                        kind->word, number),
                           ops);
}

bool patch_all(struct arena *arena, const struct kind *kind, const struct attributes *attributes,
               struct slice body, patch_fn *special, struct slice *properties,
               struct objection *objection)
{
    struct json_scan scan = json_scan_array(json_raw_member(body, "patchOperations"));
    size_t number = 0;
    for (struct slice json; json_scan_element(&scan, &json);) {
        const struct patch patch = {
            .arena = arena,
            .objection = objection,
            .lists_paths = kind->lists_paths,
            .attributes = attributes,
            .op = json_text_member(arena, json, "op"),
            .path = json_text_member(arena, json, "path"),
            .value = json_text_member(arena, json, "value"),
            .from = json_text_member(arena, json, "from"),
        };
        if (!check_op(&patch, kind, ++number)) {
            return false;
        }
        if (patch.path.ptr == NULL) {
            return objection_bad(objection, "Invalid patch path null");
        }
        enum patched done = special != NULL ? special(&patch, properties) : PATCH_NOT_MINE;
        if (done == PATCH_REFUSED || (done == PATCH_NOT_MINE && !patch_one(&patch, properties))) {
            return false;
        }
    }
    return true;
}
