#include "templates/resource_schema.h"

#include "core/mem.h"

#include <string.h>

#define LEVEL_NAMES_MAX 64 /* names on one level of a schema; the largest level has 28 */

/* One name of a level and what stands below it. */
struct name {
    struct slice text;
    const char *members; /* NULL: anything */
    bool is_list;
};

static bool is_end(char c)
{
    return c == '\0' || c == '}' || c == ']';
}

/* From an opening bracket to behind the closing one. */
static const char *skip_members(const char *at)
{
    size_t depth = 0;
    do {
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        at++;
    } while (depth > 0);
    return at;
}

/* The next name of the level that *at is in; false at its end. */
static bool next_name(const char **at, struct name *ret_name)
{
    const char *start = *at + strspn(*at, " ");
    if (is_end(*start)) {
        return false;
    }
    size_t len = strcspn(start, " {}[]");
    const char *behind = start + len;
    bool has_members = *behind == '{' || *behind == '[';
    *ret_name = (struct name){
        .text = slice_of(start, len),
        .members = has_members ? behind + 1 : NULL,
        .is_list = *behind == '[',
    };
    *at = has_members ? skip_members(behind) : behind;
    return true;
}

static bool find_name(const char *schema, struct slice text, struct name *ret_name)
{
    while (next_name(&schema, ret_name)) {
        if (slice_eq(ret_name->text, text)) {
            return true;
        }
    }
    return false;
}

void schema_each_name(const char *schema, schema_name_fn *on_name, void *ctx)
{
    struct name name;
    while (next_name(&schema, &name)) {
        on_name(ctx, name.text);
    }
}

struct check {
    struct load *load;
    struct slice logical_id;
    struct slice type;
};

static void tell(const struct check *check, const struct value_entry *entry, const char *schema,
                 struct slice path)
{
    struct slice names[LEVEL_NAMES_MAX];
    size_t count = 0;
    struct name name;
    while (count < LEVEL_NAMES_MAX && next_name(&schema, &name)) {
        names[count++] = name.text;
    }
    struct slice near = slice_nearest(entry->key, names, count);
    struct slice text = arena_printf(
        check->load->arena,
        "%.*s: %.*s has no property %.*s%.*s%s%.*s%s; CloudFormation refuses it, here it is "
        "without effect",
        SLICE_ARG(check->logical_id), SLICE_ARG(check->type), SLICE_ARG(path),
        SLICE_ARG(entry->key), near.len > 0 ? " (did you mean " : "", SLICE_ARG(near),
        near.len > 0 ? "?)" : "");
    if (check->load->options->is_strict) {
        load_error(check->load, entry->key_pos, "%.*s", SLICE_ARG(text));
    } else {
        load_warning(check->load, entry->key_pos, "%.*s", SLICE_ARG(text));
    }
}

static void check_members(const struct check *check, const struct value *map, const char *schema,
                          struct slice path);

static void check_below(const struct check *check, const struct value *value,
                        const struct name *name, struct slice path)
{
    if (!name->is_list) {
        check_members(check, value, name->members, path);
        return;
    }
    for (size_t i = 0; value->kind == VALUE_LIST && i < value_count(value); i++) {
        check_members(check, value_at(value, i), name->members, path);
    }
}

static void check_members(const struct check *check, const struct value *map, const char *schema,
                          struct slice path)
{
    for (size_t i = 0; map != NULL && map->kind == VALUE_MAP && i < value_count(map); i++) {
        const struct value_entry *entry = &map->as.map.entries[i];
        struct name name;
        if (!find_name(schema, entry->key, &name)) {
            tell(check, entry, schema, path);
        } else if (name.members != NULL) {
            check_below(check, entry->value, &name,
                        arena_printf(check->load->arena, "%.*s%.*s.", SLICE_ARG(path),
                                     SLICE_ARG(entry->key)));
        }
    }
}

void resource_check_properties(struct load *load, struct slice logical_id, struct slice type,
                               const struct value *properties)
{
    const struct check check = {.load = load, .logical_id = logical_id, .type = type};
    const char *schema = resource_schema(type);
    if (schema != NULL) {
        check_members(&check, properties, schema, SLICE(""));
    }
}
