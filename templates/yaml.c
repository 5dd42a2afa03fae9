/* libyaml's events into values: anchors, aliases and merge keys, short tags, and the limits that
 * keep a hostile file small. */
#include "templates/load.h"

#include "core/buf.h"
#include "core/mem.h"
#include "templates/limits.h"
#include "templates/reader.h"

#include <yaml.h>

struct anchor {
    struct value *value; /* NULL while its node is being read: an alias inside itself */
    size_t nodes;        /* values below it, aliases expanded */
    size_t height;       /* levels below it */
};

struct yaml_reader {
    struct load *load;
    struct arena *arena;
    yaml_parser_t parser;
    yaml_event_t event; /* the current one, owned */
    uint16_t file;
    enum dialect dialect;
    struct slice text;
    struct value *anchor_index; /* name -> number */
    struct anchor *anchors;
    size_t anchor_count, anchor_cap;
};

static enum status read_node(struct yaml_reader *reader, size_t depth, struct value **ret_value,
                             size_t *ret_height);

enum status reader_count(struct load *load, struct source_pos pos, size_t depth, size_t nodes)
{
    load->node_count += nodes;
    if (load->node_count > TEMPLATE_NODES_MAX) {
        load_error(load, pos, "more than %u values, aliases expanded", TEMPLATE_NODES_MAX);
        return STATUS_LIMIT;
    }
    if (depth > TEMPLATE_DEPTH_MAX) {
        load_error(load, pos, "nested deeper than %u levels", TEMPLATE_DEPTH_MAX);
        return STATUS_LIMIT;
    }
    return STATUS_OK;
}

enum status reader_put(struct load *load, enum dialect dialect, struct value *map, struct slice key,
                       struct source_pos key_pos, struct value *value)
{
    size_t count = value_count(map);
    value_set_at(load->arena, map, key, key_pos, value);
    if (value_count(map) != count) {
        return STATUS_OK;
    }
    if (dialect == DIALECT_SERVERLESS) {
        load_error(load, key_pos, "duplicated mapping key '%.*s'", SLICE_ARG(key));
        return STATUS_INVALID;
    }
    load_warning(load, key_pos, "duplicate key '%.*s': the last one wins", SLICE_ARG(key));
    return STATUS_OK;
}

static struct source_pos position(const struct yaml_reader *reader, yaml_mark_t mark)
{
    return (struct source_pos){reader->file, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1};
}

/* libyaml's words where they help, ours where people trip most. */
static enum status yaml_failed(struct yaml_reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    struct source_pos pos = position(reader, parser->problem_mark);
    size_t offset = parser->problem_mark.index;
    if (parser->error == YAML_READER_ERROR) {
        /* Only a byte offset is known here. */
        offset = parser->problem_offset;
        pos.line = 1;
        pos.column = 1;
        for (size_t i = 0; i < offset && i < reader->text.len; i++) {
            pos.column++;
            if (reader->text.ptr[i] == '\n') {
                pos.line++;
                pos.column = 1;
            }
        }
    }
    const char *problem = parser->problem != NULL ? parser->problem : "unknown problem";
    if (parser->error == YAML_SCANNER_ERROR && offset < reader->text.len &&
        reader->text.ptr[offset] == '\t') {
        problem = "a tab: YAML wants blanks for indentation";
    } else if (parser->error == YAML_SCANNER_ERROR && offset < reader->text.len &&
               strcmp(problem, "found character that cannot start any token") == 0) {
        load_error(reader->load, pos,
                   "Template format error: YAML not well-formed: a value cannot start with '%c'; "
                   "put it in quotes",
                   reader->text.ptr[offset]);
        return STATUS_INVALID;
    }
    if (parser->context != NULL) {
        load_error(reader->load, pos,
                   "Template format error: YAML not well-formed: %s, %s (line %zu)", problem,
                   parser->context, parser->context_mark.line + 1);
    } else {
        load_error(reader->load, pos, "Template format error: YAML not well-formed: %s", problem);
    }
    return STATUS_INVALID;
}

static enum status next_event(struct yaml_reader *reader)
{
    yaml_event_delete(&reader->event);
    memset(&reader->event, 0, sizeof(reader->event));
    return yaml_parser_parse(&reader->parser, &reader->event) ? STATUS_OK : yaml_failed(reader);
}

static struct slice text_of(const yaml_char_t *text)
{
    return slice_from((const char *)text);
}

/* --- tags --- */

static const char *const serverless_tags[] = {
    "And",    "Base64", "Cidr",        "Condition", "Equals",       "FindInMap", "GetAtt",
    "GetAZs", "If",     "ImportValue", "Join",      "Length",       "Not",       "Or",
    "Ref",    "Select", "Split",       "Sub",       "ToJsonString", "Transform",
};

static struct value *short_form(struct yaml_reader *reader, struct source_pos pos,
                                struct slice name, struct value *arg)
{
    struct arena *arena = reader->arena;
    if (slice_is(name, "GetAtt") && arg->kind == VALUE_STRING) {
        size_t dot = slice_find(arg->text, '.');
        if (dot != SLICE_NPOS) {
            struct value *list = value_list(arena, arg->pos);
            value_push(arena, list, value_string(arena, arg->pos, slice_take(arg->text, dot)));
            value_push(arena, list, value_string(arena, arg->pos, slice_skip(arg->text, dot + 1)));
            arg = list;
        }
    }
    struct slice key = slice_is(name, "Ref") || slice_is(name, "Condition")
                           ? arena_copy(arena, name)
                           : arena_printf(arena, "Fn::%.*s", SLICE_ARG(name));
    struct value *map = value_map(arena, pos);
    value_set_at(arena, map, key, pos, arg);
    return map;
}

static enum status apply_tag(struct yaml_reader *reader, struct slice tag, struct source_pos pos,
                             struct value **value)
{
    if (tag.len < 2 || tag.ptr[0] != '!') {
        if (tag.len < 2 || slice_is(tag, "tag:yaml.org,2002:map") ||
            slice_is(tag, "tag:yaml.org,2002:seq")) {
            return STATUS_OK;
        }
        load_error(reader->load, pos, "unsupported tag '%.*s'", SLICE_ARG(tag));
        return STATUS_INVALID;
    }
    struct slice name = slice_skip(tag, 1);
    bool is_known = reader->dialect == DIALECT_CLOUDFORMATION;
    for (size_t i = 0; i < COUNT_OF(serverless_tags) && !is_known; i++) {
        is_known = slice_is(name, serverless_tags[i]);
    }
    if (!is_known) {
        load_error(reader->load, pos, "unknown tag '!%.*s'", SLICE_ARG(name));
        return STATUS_INVALID;
    }
    *value = short_form(reader, pos, name, *value);
    return STATUS_OK;
}

static enum status read_scalar(struct yaml_reader *reader, struct slice tag, struct source_pos pos,
                               struct value **ret_value)
{
    static const struct slice core = SLICE_INIT("tag:yaml.org,2002:");
    struct slice text =
        slice_of((const char *)reader->event.data.scalar.value, reader->event.data.scalar.length);
    bool is_plain = reader->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (slice_starts_with(tag, core)) {
        struct slice type = slice_skip(tag, core.len);
        bool is_text =
            slice_is(type, "str") || slice_is(type, "binary") || slice_is(type, "timestamp");
        if (!is_text && !slice_is(type, "int") && !slice_is(type, "float") &&
            !slice_is(type, "bool") && !slice_is(type, "null")) {
            load_error(reader->load, pos, "unsupported tag '!!%.*s'", SLICE_ARG(type));
            return STATUS_INVALID;
        }
        is_plain = !is_text;
        tag = SLICE_NULL;
    } else if (tag.len > 0) {
        /* `!Sub 80` and the like: the argument of a function is typed like any other; "!" means
         * text. */
        is_plain = is_plain && tag.len > 1;
    }
    *ret_value = is_plain ? scalar_plain(reader->arena, reader->dialect, pos, text)
                          : value_string(reader->arena, pos, arena_copy(reader->arena, text));
    if (tag.len > 1 && (*ret_value)->kind == VALUE_NULL && text.len == 0) {
        *ret_value =
            value_string(reader->arena, pos, SLICE("")); /* `!GetAZs` with nothing behind it */
    }
    return apply_tag(reader, tag, pos, ret_value);
}

/* --- anchors --- */

static size_t anchor_open(struct yaml_reader *reader, struct slice name)
{
    if (reader->anchor_count == reader->anchor_cap) {
        size_t cap = reader->anchor_cap == 0 ? 8 : reader->anchor_cap * 2;
        struct anchor *larger = arena_array(reader->arena, cap, sizeof(struct anchor));
        if (reader->anchor_count > 0) {
            memcpy(larger, reader->anchors, reader->anchor_count * sizeof(struct anchor));
        }
        reader->anchors = larger;
        reader->anchor_cap = cap;
    }
    if (reader->anchor_index == NULL) {
        reader->anchor_index = value_map(reader->arena, (struct source_pos){0});
    }
    size_t number = reader->anchor_count++;
    reader->anchors[number] = (struct anchor){0};
    value_set(reader->arena, reader->anchor_index, arena_copy(reader->arena, name),
              value_int(reader->arena, (struct source_pos){0}, (int64_t)number));
    return number;
}

static enum status read_alias(struct yaml_reader *reader, struct source_pos pos, size_t depth,
                              struct value **ret_value, size_t *ret_height)
{
    struct slice name = text_of(reader->event.data.alias.anchor);
    const struct value *number = value_find(reader->anchor_index, name);
    if (number == NULL) {
        load_error(reader->load, pos, "unidentified alias '%.*s'", SLICE_ARG(name));
        return STATUS_INVALID;
    }
    const struct anchor *anchor = &reader->anchors[number->as.integer];
    if (anchor->value == NULL) {
        load_error(reader->load, pos, "alias '%.*s' stands inside what it names", SLICE_ARG(name));
        return STATUS_INVALID;
    }
    *ret_value = anchor->value;
    *ret_height = anchor->height;
    return reader_count(reader->load, pos, depth + anchor->height, anchor->nodes);
}

/* --- collections --- */

static enum status read_list(struct yaml_reader *reader, struct source_pos pos, size_t depth,
                             struct value **ret_value, size_t *ret_height)
{
    struct value *list = value_list(reader->arena, pos);
    *ret_height = 0;
    for (;;) {
        enum status status = next_event(reader);
        if (status != STATUS_OK) {
            return status;
        }
        if (reader->event.type == YAML_SEQUENCE_END_EVENT) {
            *ret_value = list;
            return STATUS_OK;
        }
        struct value *item;
        size_t height;
        status = read_node(reader, depth + 1, &item, &height);
        if (status != STATUS_OK) {
            return status;
        }
        value_push(reader->arena, list, item);
        *ret_height = height + 1 > *ret_height ? height + 1 : *ret_height;
    }
}

/* `<<: *base` or `<<: [*a, *b]`: entries that the map does not have itself; the first of a list
 * wins. */
static enum status merge(struct yaml_reader *reader, struct value *map, const struct value *merged)
{
    if (merged->kind == VALUE_LIST) {
        for (size_t i = 0; i < merged->as.list.count; i++) {
            enum status status = merged->as.list.items[i]->kind == VALUE_MAP
                                     ? merge(reader, map, merged->as.list.items[i])
                                     : STATUS_INVALID;
            if (status != STATUS_OK) {
                load_error(reader->load, merged->pos,
                           "a merge key '<<' takes mappings, this list has something else");
                return status;
            }
        }
        return STATUS_OK;
    }
    if (merged->kind != VALUE_MAP) {
        load_error(reader->load, merged->pos, "a merge key '<<' takes a mapping");
        return STATUS_INVALID;
    }
    for (size_t i = 0; i < merged->as.map.count; i++) {
        const struct value_entry *entry = &merged->as.map.entries[i];
        if (value_entry(map, entry->key) == NULL) {
            value_set_at(reader->arena, map, entry->key, entry->key_pos, entry->value);
        }
    }
    return STATUS_OK;
}

static enum status read_key(struct yaml_reader *reader, struct slice *ret_key,
                            struct source_pos *ret_pos, bool *ret_is_merge)
{
    *ret_pos = position(reader, reader->event.start_mark);
    *ret_is_merge = false;
    if (reader->event.type == YAML_ALIAS_EVENT) {
        struct value *value;
        size_t height;
        enum status status = read_alias(reader, *ret_pos, 0, &value, &height);
        if (status == STATUS_OK && value_is_scalar(value)) {
            *ret_key = value_scalar_text(value);
            return STATUS_OK;
        }
    }
    if (reader->event.type != YAML_SCALAR_EVENT) {
        load_error(reader->load, *ret_pos, "a key must be text");
        return STATUS_INVALID;
    }
    struct slice tag = text_of(reader->event.data.scalar.tag);
    if (tag.len > 1 && tag.ptr[0] == '!') {
        load_error(
            reader->load, *ret_pos,
            "a short tag ('%.*s') cannot stand before a key: write the long form on a line of "
            "its own",
            SLICE_ARG(tag));
        return STATUS_INVALID;
    }
    *ret_key = arena_copy(reader->arena, slice_of((const char *)reader->event.data.scalar.value,
                                                  reader->event.data.scalar.length));
    *ret_is_merge =
        slice_is(*ret_key, "<<") && reader->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (reader->event.data.scalar.anchor != NULL) {
        size_t number = anchor_open(reader, text_of(reader->event.data.scalar.anchor));
        reader->anchors[number].value = value_string(reader->arena, *ret_pos, *ret_key);
        reader->anchors[number].nodes = 1;
    }
    return STATUS_OK;
}

static enum status read_map(struct yaml_reader *reader, struct source_pos pos, size_t depth,
                            struct value **ret_value, size_t *ret_height)
{
    struct value *map = value_map(reader->arena, pos);
    struct value *merged =
        NULL; /* after the map's own entries, whose order of precedence is first */
    enum status result = STATUS_OK;
    *ret_height = 0;
    for (;;) {
        enum status status = next_event(reader);
        if (status != STATUS_OK) {
            return status;
        }
        if (reader->event.type == YAML_MAPPING_END_EVENT) {
            break;
        }
        struct slice key;
        struct source_pos key_pos;
        bool is_merge;
        status = read_key(reader, &key, &key_pos, &is_merge);
        if (status == STATUS_OK) {
            status = next_event(reader);
        }
        struct value *value = NULL;
        size_t height = 0;
        if (status == STATUS_OK) {
            status = read_node(reader, depth + 1, &value, &height);
        }
        if (status != STATUS_OK) {
            return status;
        }
        if (is_merge) {
            if (merged == NULL) {
                merged = value_list(reader->arena, value->pos);
            }
            value_push(reader->arena, merged, value);
        } else if (reader_put(reader->load, reader->dialect, map, key, key_pos, value) !=
                   STATUS_OK) {
            result = STATUS_INVALID; /* go on: the next duplicate is worth telling too */
        }
        *ret_height = height + 1 > *ret_height ? height + 1 : *ret_height;
    }
    for (size_t i = 0; i < value_count(merged); i++) {
        enum status status = merge(reader, map, merged->as.list.items[i]);
        if (status != STATUS_OK) {
            return status;
        }
    }
    *ret_value = map;
    return result;
}

/* The node whose first event is the current one. */
static enum status read_node(struct yaml_reader *reader, size_t depth, struct value **ret_value,
                             size_t *ret_height)
{
    const yaml_event_t *event = &reader->event;
    struct source_pos pos = position(reader, event->start_mark);
    *ret_height = 0;
    if (event->type == YAML_ALIAS_EVENT) {
        return read_alias(reader, pos, depth, ret_value, ret_height);
    }
    enum status status = reader_count(reader->load, pos, depth, 1);
    if (status != STATUS_OK) {
        return status;
    }
    size_t nodes_before = reader->load->node_count - 1;
    size_t anchor = SIZE_MAX;
    struct slice tag;
    if (event->type == YAML_SCALAR_EVENT) {
        if (event->data.scalar.anchor != NULL) {
            anchor = anchor_open(reader, text_of(event->data.scalar.anchor));
        }
        tag = text_of(event->data.scalar.tag);
        status = read_scalar(reader, tag, pos, ret_value);
    } else {
        bool is_list = event->type == YAML_SEQUENCE_START_EVENT;
        const yaml_char_t *name =
            is_list ? event->data.sequence_start.anchor : event->data.mapping_start.anchor;
        if (name != NULL) {
            anchor = anchor_open(reader, text_of(name));
        }
        /* The event goes with the first child, so its tag is kept. */
        tag = arena_copy(reader->arena, text_of(is_list ? event->data.sequence_start.tag
                                                        : event->data.mapping_start.tag));
        status = is_list ? read_list(reader, pos, depth, ret_value, ret_height)
                         : read_map(reader, pos, depth, ret_value, ret_height);
        if (status == STATUS_OK) {
            status = apply_tag(reader, tag, pos, ret_value);
        }
    }
    if (status == STATUS_OK && anchor != SIZE_MAX) {
        reader->anchors[anchor] = (struct anchor){
            .value = *ret_value,
            .nodes = reader->load->node_count - nodes_before,
            .height = *ret_height,
        };
    }
    return status;
}

static enum status read_document(struct yaml_reader *reader, struct value **ret_root)
{
    enum status status = next_event(reader); /* stream start */
    if (status == STATUS_OK) {
        status = next_event(reader);
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (reader->event.type == YAML_STREAM_END_EVENT) {
        *ret_root = value_null(reader->arena, (struct source_pos){reader->file, 1, 1});
        return STATUS_OK;
    }
    status = next_event(reader);
    size_t height;
    if (status == STATUS_OK) {
        status = read_node(reader, 1, ret_root, &height);
    }
    if (status == STATUS_OK) {
        status = next_event(reader); /* document end */
    }
    if (status == STATUS_OK) {
        status = next_event(reader);
    }
    if (status == STATUS_OK && reader->event.type != YAML_STREAM_END_EVENT) {
        load_error(reader->load, position(reader, reader->event.start_mark),
                   "a second document begins: a template is one");
        status = STATUS_INVALID;
    }
    return status;
}

enum status yaml_load_text(struct load *load, uint16_t file, struct slice text,
                           enum dialect dialect, struct value **ret_root)
{
    if (slice_starts_with(text, SLICE("\xEF\xBB\xBF"))) {
        text = slice_skip(text, 3);
    }
    struct slice trimmed = slice_trim(text);
    if (trimmed.len > 0 && trimmed.ptr[0] == '{') {
        enum status status = json_load_text(load, file, text, dialect, ret_root);
        if (status != STATUS_INVALID) {
            return status;
        }
    }
    struct yaml_reader reader = {
        .load = load, .arena = load->arena, .file = file, .dialect = dialect, .text = text};
    if (!yaml_parser_initialize(&reader.parser)) {
        load_error(load, (struct source_pos){.file = file}, "no memory for the YAML parser");
        return STATUS_UNAVAILABLE;
    }
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text.ptr, text.len);
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    struct value *root = NULL;
    enum status status = read_document(&reader, &root);
    yaml_event_delete(&reader.event);
    yaml_parser_delete(&reader.parser);
    if (status == STATUS_OK) {
        *ret_root = root;
    }
    return status;
}

enum status yaml_load_file(struct load *load, struct slice path, enum dialect dialect,
                           struct value **ret_root)
{
    AUTO_BUF bytes = BUF_INIT(TEMPLATE_FILE_MAX);
    uint16_t file;
    enum status status = load_read_file(load, path, &bytes, &file);
    return status == STATUS_OK ? yaml_load_text(load, file, buf_slice(&bytes), dialect, ret_root)
                               : status;
}
