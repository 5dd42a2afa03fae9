#include "scheduler/pattern/event_fields.h"

#include "core/buf.h"
#include "scheduler/pattern/limits.h"
#include "scheduler/pattern/number.h"
#include "scheduler/pattern/token.h"

/* An element of an array, itself an object or an array. */
struct scope {
    uint32_t parent;
    uint32_t array;
    uint32_t depth;
};

struct event_fields {
    struct arena *arena;
    const struct paths *paths;
    struct event_field **first; /* by path id */
    struct event_field **last;
    struct scope *scopes;
    uint32_t scope_count;
    uint32_t scope_capacity;
    uint32_t array_count;
};

struct event_fields *event_fields_create(struct arena *arena, const struct paths *paths)
{
    struct event_fields *fields = arena_alloc(arena, sizeof *fields);
    size_t count = paths_count(paths);
    fields->arena = arena;
    fields->paths = paths;
    fields->first = arena_array(arena, count, sizeof(struct event_field *));
    fields->last = arena_array(arena, count, sizeof(struct event_field *));
    fields->scope_capacity = 8;
    fields->scopes = arena_array(arena, fields->scope_capacity, sizeof *fields->scopes);
    fields->scope_count = 1; /* SCOPE_EVENT */
    return fields;
}

const struct event_field *event_fields_first(const struct event_fields *fields, uint32_t path_id)
{
    return fields->first[path_id];
}

bool event_fields_agree(const struct event_fields *fields, uint32_t scope, uint32_t other)
{
    const struct scope *scopes = fields->scopes;
    while (scopes[scope].depth > scopes[other].depth) {
        scope = scopes[scope].parent;
    }
    while (scopes[other].depth > scopes[scope].depth) {
        other = scopes[other].parent;
    }
    if (scope == other) {
        return true;
    }
    while (scopes[scope].parent != scopes[other].parent) {
        scope = scopes[scope].parent;
        other = scopes[other].parent;
    }
    return scopes[scope].array != scopes[other].array;
}

static uint32_t add_scope(struct event_fields *fields, uint32_t parent, uint32_t array)
{
    if (fields->scope_count == fields->scope_capacity) {
        struct scope *old = fields->scopes;
        fields->scope_capacity *= 2;
        fields->scopes = arena_array(fields->arena, fields->scope_capacity, sizeof *fields->scopes);
        memcpy(fields->scopes, old, fields->scope_count * sizeof *old);
    }
    fields->scopes[fields->scope_count] =
        (struct scope){.parent = parent, .array = array, .depth = fields->scopes[parent].depth + 1};
    return fields->scope_count++;
}

static struct event_field *add_field(struct event_fields *fields, uint32_t path_id,
                                     enum field_kind kind, uint32_t scope)
{
    struct event_field *field = arena_alloc(fields->arena, sizeof *field);
    field->kind = kind;
    field->scope = scope;
    if (fields->last[path_id] != NULL) {
        fields->last[path_id]->next = field;
    } else {
        fields->first[path_id] = field;
    }
    fields->last[path_id] = field;
    return field;
}

static void add_number(struct event_fields *fields, uint32_t path_id, struct slice text,
                       uint32_t scope)
{
    struct event_field *field = add_field(fields, path_id, FIELD_NUMBER, scope);
    field->text = text;
    field->is_comparable = millionths_parse(text, &field->millionths);
}

static void add_token(struct event_fields *fields, uint32_t path_id, struct token token,
                      uint32_t scope)
{
    if (token.kind == TOKEN_NUMBER) {
        add_number(fields, path_id, token.raw, scope);
        return;
    }
    enum field_kind kind = token.kind == TOKEN_STRING  ? FIELD_TEXT
                           : token.kind == TOKEN_TRUE  ? FIELD_TRUE
                           : token.kind == TOKEN_FALSE ? FIELD_FALSE
                                                       : FIELD_NULL;
    struct event_field *field = add_field(fields, path_id, kind, scope);
    field->text = kind == FIELD_TEXT ? token_text(fields->arena, token) : SLICE("");
}

/* --- walking over an event --- */

struct walk {
    struct event_fields *fields;
    struct token_reader reader;
    struct buf path;
    const struct pattern_part *hidden; /* members that other parts stand for */
    size_t hidden_count;
    unsigned depth;
};

static void walk_value(struct walk *walk, struct token token, struct path_facts facts,
                       uint32_t scope);

static bool is_hidden(const struct walk *walk, struct slice name)
{
    if (walk->depth > 1) {
        return false;
    }
    for (size_t i = 0; i < walk->hidden_count; i++) {
        if (slice_eq(walk->hidden[i].member, name)) {
            return true;
        }
    }
    return false;
}

/* Appends `name` to the path; false when nobody can ask for so long a one. */
static bool enter_name(struct walk *walk, struct slice name)
{
    if (walk->path.len + name.len + 1 > PATTERN_LEN_MAX) {
        return false;
    }
    if (walk->depth > 1) {
        buf_append_char(&walk->path, '.');
    }
    buf_append(&walk->path, name);
    return true;
}

static void walk_object(struct walk *walk, uint32_t scope)
{
    size_t path_len = walk->path.len;
    struct token name = token_next(&walk->reader);
    for (; name.kind == TOKEN_KEY; name = token_next(&walk->reader)) {
        struct slice text = token_text(walk->fields->arena, name);
        struct token value = token_next(&walk->reader);
        struct path_facts facts = {.id = PATH_NONE};
        if (!is_hidden(walk, text) && enter_name(walk, text)) {
            facts = paths_find(walk->fields->paths, buf_slice(&walk->path));
        }
        walk_value(walk, value, facts, scope);
        walk->path.len = path_len;
    }
}

static void walk_array(struct walk *walk, struct path_facts facts, uint32_t scope)
{
    uint32_t array = walk->fields->array_count++;
    struct token element = token_next(&walk->reader);
    for (; element.kind != TOKEN_ARRAY_END && element.kind != TOKEN_END;
         element = token_next(&walk->reader)) {
        bool is_container = element.kind == TOKEN_OBJECT || element.kind == TOKEN_ARRAY;
        walk_value(walk, element, facts,
                   is_container ? add_scope(walk->fields, scope, array) : scope);
    }
}

static void walk_value(struct walk *walk, struct token token, struct path_facts facts,
                       uint32_t scope)
{
    bool is_of_interest = facts.id != PATH_NONE || facts.has_deeper;
    if (!is_of_interest || walk->depth == JSON_DEPTH_MAX ||
        (token.kind == TOKEN_OBJECT && !facts.has_deeper)) {
        token_skip(&walk->reader, token);
        return;
    }
    if (token.kind == TOKEN_OBJECT || token.kind == TOKEN_ARRAY) {
        walk->depth++;
        if (token.kind == TOKEN_OBJECT) {
            walk_object(walk, scope);
        } else {
            walk_array(walk, facts, scope);
        }
        walk->depth--;
    } else if (facts.id != PATH_NONE && token.kind >= TOKEN_STRING) {
        add_token(walk->fields, facts.id, token, scope);
    }
}

/* The event itself is an object, or has no fields. */
static void walk_event(struct walk *walk)
{
    if (token_next(&walk->reader).kind == TOKEN_OBJECT) {
        walk->depth = 1;
        walk_object(walk, SCOPE_EVENT);
    }
}

static void walk_member(struct walk *walk, struct slice member)
{
    buf_append(&walk->path, member);
    walk->depth = 1;
    walk_value(walk, token_next(&walk->reader), paths_find(walk->fields->paths, member),
               SCOPE_EVENT);
}

void event_fields_add_parts(struct event_fields *fields, const struct pattern_part *parts,
                            size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct walk walk = {
            .fields = fields,
            .reader = token_reader_init(parts[i].json),
            .path = BUF_INIT(2 * PATTERN_LEN_MAX),
            .hidden = parts,
            .hidden_count = count,
        };
        if (parts[i].member.len == 0) {
            walk_event(&walk);
        } else {
            walk_member(&walk, parts[i].member);
        }
        buf_finish(&walk.path);
    }
}

/* --- attributes --- */

static void add_elements(struct event_fields *fields, uint32_t path_id, struct slice json)
{
    if (!json_validate(json, NULL) || json_raw_kind(json) != JSON_ARRAY) {
        return;
    }
    struct token_reader reader = token_reader_init(json);
    struct token token = token_next(&reader); /* the bracket */
    for (token = token_next(&reader); token.kind != TOKEN_ARRAY_END && token.kind != TOKEN_END;
         token = token_next(&reader)) {
        if (token.kind >= TOKEN_STRING) {
            add_token(fields, path_id, token, SCOPE_EVENT);
        }
        token_skip(&reader, token);
    }
}

/* "Number" of "Number.int". */
static bool has_type(struct slice type, struct slice wanted)
{
    return slice_starts_with(type, wanted) &&
           (type.len == wanted.len || type.ptr[wanted.len] == '.');
}

void event_fields_add_attribute(struct event_fields *fields,
                                const struct pattern_attribute *attribute)
{
    uint32_t id = paths_find(fields->paths, attribute->name).id;
    if (id == PATH_NONE || has_type(attribute->type, SLICE("Binary"))) {
        return;
    }
    if (slice_is(attribute->type, "String.Array")) {
        add_elements(fields, id, attribute->value);
    } else if (has_type(attribute->type, SLICE("Number"))) {
        add_number(fields, id, attribute->value, SCOPE_EVENT);
    } else {
        add_field(fields, id, FIELD_TEXT, SCOPE_EVENT)->text = attribute->value;
    }
}
