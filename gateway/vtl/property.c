/* Properties, and indexes in brackets. */
#include "gateway/vtl/method.h"

#include "core/mem.h"

/* --- $foreach --- */

METHOD(loop_index)
{
    (void)run, (void)arguments;
    return vtl_integer((int64_t)self.of.loop->index);
}

METHOD(loop_count)
{
    (void)run, (void)arguments;
    return vtl_integer((int64_t)self.of.loop->index + 1);
}

METHOD(loop_has_next)
{
    (void)run, (void)arguments;
    return vtl_boolean(self.of.loop->has_next);
}

METHOD(loop_is_first)
{
    (void)run, (void)arguments;
    return vtl_boolean(self.of.loop->index < 1);
}

METHOD(loop_is_last)
{
    (void)run, (void)arguments;
    return vtl_boolean(!self.of.loop->has_next);
}

METHOD(loop_parent)
{
    (void)run, (void)arguments;
    struct vtl_loop *parent = self.of.loop->parent;
    return parent != NULL ? (struct vtl_value){.kind = VTL_LOOP, .of = {.loop = parent}}
                          : vtl_null();
}

METHOD(loop_topmost)
{
    (void)run, (void)arguments;
    while (self.of.loop->parent != NULL) {
        self.of.loop = self.of.loop->parent;
    }
    return self;
}

static const struct vtl_method loop_rows[] = {
    {"getIndex", "", loop_index},   {"getCount", "", loop_count},
    {"hasNext", "", loop_has_next}, {"getHasNext", "", loop_has_next},
    {"isFirst", "", loop_is_first}, {"getFirst", "", loop_is_first},
    {"isLast", "", loop_is_last},   {"getLast", "", loop_is_last},
    {"getParent", "", loop_parent}, {"getTopmost", "", loop_topmost},
};
const struct vtl_methods vtl_loop_methods = {loop_rows, COUNT_OF(loop_rows)};

static struct vtl_value loop_property(struct vtl_run *run, struct vtl_value loop, struct slice name)
{
    static const struct {
        const char *name;
        vtl_method_fn *call;
    } rows[] = {
        {"index", loop_index},     {"count", loop_count},  {"hasNext", loop_has_next},
        {"first", loop_is_first},  {"last", loop_is_last}, {"parent", loop_parent},
        {"topmost", loop_topmost},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (slice_is(name, rows[i].name)) {
            return rows[i].call(run, loop, NULL);
        }
    }
    for (struct vtl_loop *at = loop.of.loop; at != NULL; at = at->parent) {
        struct vtl_entry *entry =
            at->storage != NULL ? vtl_map_find(run, at->storage, vtl_string(name)) : NULL;
        if (entry != NULL) {
            return entry->value;
        }
    }
    return vtl_null();
}

/* --- properties --- */

struct vtl_value vtl_property(struct vtl_run *run, struct vtl_value value, struct slice name)
{
    struct vtl_entry *entry;
    switch ((int)value.kind) {
    case VTL_MAP:
        entry = vtl_map_find(run, value.of.map, vtl_string(name));
        return entry != NULL ? entry->value : vtl_null();
    case VTL_ENTRY:
        return slice_is(name, "key")     ? value.of.entry->key
               : slice_is(name, "value") ? value.of.entry->value
                                         : vtl_null();
    case VTL_LIST:
    case VTL_STRING: /* isEmpty() */
        return slice_is(name, "empty") ? vtl_method(run, value, SLICE("isEmpty"), NULL, 0)
                                       : vtl_null();
    case VTL_LOOP:
        return loop_property(run, value, name);
    case VTL_INPUT:
        return slice_is(name, "body") ? vtl_method(run, value, SLICE("getBody"), NULL, 0)
                                      : vtl_null();
    default:
        return vtl_null();
    }
}

void vtl_property_set(struct vtl_run *run, struct vtl_value value, struct slice name,
                      struct vtl_value new_value)
{
    if (value.kind == VTL_MAP) {
        (void)vtl_map_put(run, value.of.map, vtl_string(name), new_value);
    } else if (value.kind == VTL_ENTRY && slice_is(name, "value")) {
        value.of.entry->value = new_value;
    } else if (value.kind == VTL_LOOP) {
        struct vtl_loop *loop = value.of.loop;
        loop->storage = loop->storage != NULL ? loop->storage : vtl_map_new(run).of.map;
        (void)vtl_map_put(run, loop->storage, vtl_string(name), new_value);
    }
}

/* --- indexes --- */

/* Below 0 counts from the end. */
static struct vtl_value from_the_end(struct vtl_run *run, struct vtl_value value,
                                     struct vtl_value key)
{
    if (key.kind == VTL_INTEGER && key.of.integer < 0 && value.kind == VTL_LIST) {
        key.of.integer += (int64_t)vtl_list_count(run, value.of.list);
    }
    return key;
}

struct vtl_value vtl_index(struct vtl_run *run, struct vtl_value value, struct vtl_value key)
{
    key = from_the_end(run, value, key);
    return value.kind == VTL_MAP || value.kind == VTL_LIST
               ? vtl_method(run, value, SLICE("get"), &key, 1)
               : vtl_null();
}

void vtl_index_set(struct vtl_run *run, struct vtl_value value, struct vtl_value key,
                   struct vtl_value new_value)
{
    const struct vtl_value arguments[] = {from_the_end(run, value, key), new_value};
    if (value.kind == VTL_MAP) {
        (void)vtl_map_put(run, value.of.map, arguments[0], new_value);
    } else if (value.kind == VTL_LIST) {
        (void)vtl_method(run, value, SLICE("set"), arguments, 2);
    }
}
