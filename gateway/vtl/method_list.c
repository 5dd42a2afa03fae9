/* List and Set of Java. */
#include "gateway/vtl/method.h"

#include "core/mem.h"

/* Whether there is an element; fails the run when there is none. */
static bool has_place(struct vtl_run *run, struct vtl_list *list, int64_t place, size_t more)
{
    size_t count = vtl_list_count(run, list) + more;
    if (place >= 0 && (uint64_t)place < count) {
        return vtl_is_on(run);
    }
    vtl_fail(run, STATUS_INVALID, "index %lld of a list with %zu elements: out of range",
             (long long)place, count - more);
    return false;
}

/* --- of both --- */

METHOD(list_size)
{
    (void)arguments;
    return vtl_integer((int64_t)vtl_list_count(run, self.of.list));
}

METHOD(list_is_empty)
{
    (void)arguments;
    return vtl_boolean(vtl_list_count(run, self.of.list) == 0);
}

METHOD(list_contains)
{
    return vtl_boolean(vtl_list_find(run, self.of.list, arguments[0]) != SIZE_MAX);
}

METHOD(list_contains_all)
{
    struct vtl_list *other = arguments[0].of.list;
    size_t count = vtl_list_count(run, other);
    for (size_t i = 0; i < count && vtl_is_on(run); i++) {
        if (vtl_list_find(run, self.of.list, other->items[i]) == SIZE_MAX) {
            return vtl_boolean(false);
        }
    }
    return vtl_boolean(true);
}

METHOD(list_add)
{
    bool is_new = self.of.list->kind != LIST_SET ||
                  vtl_list_find(run, self.of.list, arguments[0]) == SIZE_MAX;
    if (is_new) {
        vtl_list_add(run, self.of.list, arguments[0]);
    }
    return vtl_boolean(is_new);
}

METHOD(list_add_all)
{
    struct vtl_list *other = arguments[0].of.list;
    size_t count = vtl_list_count(run, other); /* a list may be added to itself */
    for (size_t i = 0; i < count && vtl_spend(run, 0); i++) {
        (void)list_add(run, self, &other->items[i]);
    }
    return vtl_boolean(count > 0);
}

METHOD(list_remove)
{
    size_t place = vtl_list_find(run, self.of.list, arguments[0]);
    if (place != SIZE_MAX && vtl_is_on(run)) {
        vtl_list_remove(run, self.of.list, place);
    }
    return vtl_boolean(place != SIZE_MAX);
}

/* Keeps those that are in the other, or those that are not. */
static struct vtl_value keep(struct vtl_run *run, struct vtl_list *list, struct vtl_list *other,
                             bool keeps_shared)
{
    size_t count = vtl_list_count(run, list), kept = 0;
    for (size_t i = 0; i < count && vtl_is_on(run); i++) {
        bool is_shared = vtl_list_find(run, other, list->items[i]) != SIZE_MAX;
        if (is_shared == keeps_shared) {
            list->items[kept++] = list->items[i];
        }
    }
    list->count = kept;
    return vtl_boolean(kept < count);
}

METHOD(list_remove_all)
{
    return keep(run, self.of.list, arguments[0].of.list, false);
}

METHOD(list_retain_all)
{
    return keep(run, self.of.list, arguments[0].of.list, true);
}

METHOD(list_clear)
{
    (void)vtl_list_count(run, self.of.list);
    (void)arguments;
    self.of.list->count = 0;
    return vtl_nothing();
}

METHOD(list_to_array)
{
    (void)run, (void)arguments;
    return self;
}

static const struct vtl_method collection_rows[] = {
    {"size", "", list_size},
    {"isEmpty", "", list_is_empty},
    {"contains", "o", list_contains},
    {"containsAll", "l", list_contains_all},
    {"add", "o", list_add},
    {"addAll", "l", list_add_all},
    {"removeAll", "l", list_remove_all},
    {"retainAll", "l", list_retain_all},
    {"clear", "", list_clear},
    {"toArray", "", list_to_array},
};
const struct vtl_methods vtl_collection_methods = {collection_rows, COUNT_OF(collection_rows)};

/* --- of lists --- */

METHOD(list_get)
{
    struct vtl_list *list = self.of.list;
    int64_t place = arguments[0].of.integer;
    return has_place(run, list, place, 0) ? list->items[place] : vtl_null();
}

METHOD(list_set)
{
    struct vtl_list *list = self.of.list;
    int64_t place = arguments[0].of.integer;
    struct vtl_value before = vtl_null();
    if (has_place(run, list, place, 0)) {
        before = list->items[place];
        list->items[place] = arguments[1];
    }
    return before;
}

METHOD(list_insert)
{
    if (has_place(run, self.of.list, arguments[0].of.integer, 1)) {
        vtl_list_insert(run, self.of.list, (size_t)arguments[0].of.integer, arguments[1]);
    }
    return vtl_nothing();
}

METHOD(list_remove_at)
{
    struct vtl_value before = list_get(run, self, arguments);
    if (vtl_is_on(run)) {
        vtl_list_remove(run, self.of.list, (size_t)arguments[0].of.integer);
    }
    return before;
}

METHOD(list_index_of)
{
    size_t place = vtl_list_find(run, self.of.list, arguments[0]);
    return vtl_integer(place == SIZE_MAX ? -1 : (int64_t)place);
}

METHOD(list_last_index_of)
{
    size_t place = vtl_list_count(run, self.of.list);
    while (place > 0 && vtl_is_on(run) &&
           !vtl_equals(run, self.of.list->items[place - 1], arguments[0])) {
        place--;
    }
    return vtl_integer((int64_t)place - 1);
}

/* A copy: a view of the list in Java, which templates have no use for. */
METHOD(list_sub_list)
{
    struct vtl_list *list = self.of.list;
    int64_t from = arguments[0].of.integer, to = arguments[1].of.integer;
    struct vtl_value part = vtl_list_new(run, list->kind);
    if (from > to || !has_place(run, list, from, 1) || !has_place(run, list, to, 1)) {
        vtl_fail(run, STATUS_INVALID, "subList(%lld, %lld): out of range", (long long)from,
                 (long long)to);
        return part;
    }
    for (int64_t i = from; i < to && vtl_spend(run, 0); i++) {
        vtl_list_add(run, part.of.list, list->items[i]);
    }
    return part;
}

static const struct vtl_method list_rows[] = {
    {"get", "i", list_get},           {"set", "io", list_set},
    {"add", "io", list_insert},       {"addAll", "il", NULL},
    {"remove", "i", list_remove_at},  {"remove", "o", list_remove},
    {"indexOf", "o", list_index_of},  {"lastIndexOf", "o", list_last_index_of},
    {"subList", "ii", list_sub_list}, {"sort", "o", NULL},
    {"listIterator", "*", NULL},      {"toJSONString", "*", NULL},
};
const struct vtl_methods vtl_list_methods = {list_rows, COUNT_OF(list_rows)};
