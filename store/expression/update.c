/* Applying an update: one walk over the old item, in which everything that no path touches is copied as it
 * lies there.
 *
 *     actions -> edits: right-hand sides read from the old item, sorted by path
 *             -> write_map(), write_list(): the old members and the edits, merged into the new item
 *
 * Because members and edits are sorted the same way, the edits below one container are a range of the
 * array and no tree is made of either. An update of one attribute looks at no member beyond it. */
#include "store/expression/update_value.h"
#include "store/table/table.h"

#include <assert.h>
#include <stdlib.h>

/* Name and value in their stored form are longer than their bytes by at most this: two varints, a type, or
 * a type and two counts; a sum may have more digits than its terms. */
#define MEMBER_OVERHEAD 48

/* What SET may put into an item before it is surely too large: every value of DynamoDB's 400 KB is stored in
 * less than four times its size. Looked at early because one value may be copied many times. */
#define UPDATE_VALUES_MAX (4 * 400 * 1024 + 4096)

struct edit {
    const struct update_action *action;
    struct attr value; /* of SET: ATTR_ABSENT removes; of ADD and DELETE: the operand */
};

struct application {
    struct arena *arena;
    struct buf buf; /* the new item */
    const struct problem *problem;
};

/* --- edits --- */

static int compare_edits(const void *left, const void *right)
{
    const struct update_action *a = ((const struct edit *)left)->action;
    const struct update_action *b = ((const struct edit *)right)->action;
    int order = path_compare(&a->path, &b->path);
    return order != 0 ? order : a < b ? -1 : a > b;
}

static bool is_same_step(const struct path_step *a, const struct path_step *b)
{
    return a->is_index == b->is_index &&
           (a->is_index ? a->index == b->index : slice_eq(a->name, b->name));
}

/* How many of `edits`, at least one, take the same step at `depth`. */
static size_t group_len(const struct edit *edits, size_t count, size_t depth)
{
    const struct path_step *step = &edits[0].action->path.steps[depth];
    size_t len = 1;
    while (len < count && is_same_step(step, &edits[len].action->path.steps[depth])) {
        len++;
    }
    return len;
}

/* Fills `edits`, sorted, and `*ret_count`. An item that does not exist has nothing to remove. */
static const struct problem *make_edits(struct arena *arena, const struct update *update,
                                        struct slice old_item, bool exists, struct edit *edits,
                                        size_t *ret_count)
{
    size_t count = 0;
    size_t set_len = 0;
    for (size_t i = 0; i < update->count; i++) {
        const struct update_action *action = &update->actions[i];
        bool removes = action->kind == UPDATE_REMOVE || action->kind == UPDATE_DELETE ||
                       action->kind == UPDATE_DELETE_LEGACY;
        if (removes && !exists) {
            continue;
        }
        struct attr value = ATTR_ABSENT;
        if (action->kind != UPDATE_REMOVE) {
            const struct problem *problem = update_evaluate(arena, action->value, old_item, &value);
            if (problem != NULL) {
                return problem;
            }
        }
        set_len += action->kind == UPDATE_SET ? value.raw.len : 0;
        if (set_len > UPDATE_VALUES_MAX) {
            return problem_invalid(arena,
                                   "Item size to update has exceeded the maximum allowed size");
        }
        edits[count++] = (struct edit){action, value};
    }
    if (count > 1) {
        qsort(edits, count, sizeof(*edits), compare_edits);
    }
    *ret_count = count;
    return NULL;
}

/* --- writing the new item --- */

static bool refuse_path(struct application *application)
{
    application->problem = problem_invalid(
        application->arena,
        "The document path provided in the update expression is invalid for update");
    return false;
}

/* Whether `attr` has more than `levels` levels, itself being the first. */
static bool is_deeper(struct attr attr, size_t levels)
{
    if (levels == 0) {
        return true;
    }
    if (attr.type != ATTR_M && attr.type != ATTR_L) {
        return false;
    }
    struct attr_iter iter = attr_iter(attr);
    struct attr inner;
    while (attr_next(&iter, NULL, &inner)) {
        if (is_deeper(inner, levels - 1)) {
            return true;
        }
    }
    return false;
}

static bool write_map(struct application *application, enum attr_type type, struct slice old,
                      const struct edit *edits, size_t count, size_t depth);
static bool write_list(struct application *application, struct slice old, const struct edit *edits,
                       size_t count, size_t depth);

/* The value that one edit leaves at its place; ATTR_ABSENT: none. */
static bool edited_value(struct application *application, const struct edit *edit, struct attr old,
                         struct attr *ret_value)
{
    enum update_kind kind = edit->action->kind;
    if (kind == UPDATE_SET || kind == UPDATE_REMOVE) {
        *ret_value = edit->value;
    } else {
        application->problem =
            update_combine(application->arena, kind, old, edit->value, ret_value);
    }
    size_t depth = edit->action->path.count - 1;
    if (application->problem == NULL && depth > 0 && ret_value->type != ATTR_NONE &&
        (depth >= ATTR_NESTING_MAX || is_deeper(*ret_value, ATTR_NESTING_MAX - depth))) {
        application->problem =
            problem_invalid(application->arena,
                            "Nesting Levels have exceeded supported limits: Attributes in the item "
                            "have nested levels beyond supported limit");
    }
    return application->problem == NULL;
}

/* Writes what becomes of `old` under the edits of one group, with its name unless that is NULL (in lists).
 * `*ret_is_kept`: whether there is anything. */
static bool write_edited(struct application *application, const struct slice *name, struct attr old,
                         const struct edit *edits, size_t count, size_t depth, bool *ret_is_kept)
{
    struct buf *buf = &application->buf;
    /* Of several edits of one place (PartiQL allows them) the last one counts. */
    const struct edit *last = &edits[count - 1];
    if (last->action->path.count == depth + 1) {
        struct attr value;
        if (!edited_value(application, last, old, &value)) {
            return false;
        }
        *ret_is_kept = value.type != ATTR_NONE;
        if (*ret_is_kept && name != NULL) {
            attr_write_member(buf, *name, value);
        } else if (*ret_is_kept) {
            attr_write(buf, value);
        }
        return true;
    }
    if (edits[0].action->path.count == depth + 1) {
        return refuse_path(application);
    }
    /* Names and indexes do not mix in this order: when both ends agree all do. */
    bool is_list = edits[0].action->path.steps[depth + 1].is_index;
    if (last->action->path.steps[depth + 1].is_index != is_list ||
        old.type != (is_list ? ATTR_L : ATTR_M)) {
        return refuse_path(application);
    }
    *ret_is_kept = true;
    if (name != NULL) {
        attr_write_name(buf, *name);
    }
    return is_list ? write_list(application, old.raw, edits, count, depth + 1)
                   : write_map(application, ATTR_M, old.raw, edits, count, depth + 1);
}

/* Copies from `*from` up to where `iter` stands. */
static void copy_until(struct buf *buf, const char **from, const struct attr_iter *iter)
{
    buf_append(buf, slice_of(*from, (size_t)(iter->rest.ptr - *from)));
    *from = iter->rest.ptr;
}

static void copy_rest(struct buf *buf, const char *from, struct slice container)
{
    buf_append(buf, slice_of(from, (size_t)(container.ptr + container.len - from)));
}

/* `old`: members of a map or, with ATTR_NONE, of the item. */
static bool write_map(struct application *application, enum attr_type type, struct slice old,
                      const struct edit *edits, size_t count, size_t depth)
{
    struct buf *buf = &application->buf;
    size_t mark = attr_open(buf, type);
    struct attr_iter iter = item_iter(old);
    uint32_t members = iter.left;
    const char *from = iter.rest.ptr;
    for (size_t i = 0, len; i < count; i += len) {
        len = group_len(edits + i, count - i, depth);
        struct slice name = edits[i].action->path.steps[depth].name;
        struct attr_iter ahead = iter;
        struct attr value = ATTR_ABSENT;
        struct slice member;
        int order = 1;
        while (attr_next(&ahead, &member, &value) && (order = slice_compare(member, name)) < 0) {
            iter = ahead;
        }
        copy_until(buf, &from, &iter);
        bool is_there = order == 0;
        bool is_kept = false;
        if (!write_edited(application, &name, is_there ? value : ATTR_ABSENT, edits + i, len, depth,
                          &is_kept)) {
            return false;
        }
        if (is_there) {
            iter = ahead;
            from = iter.rest.ptr;
        }
        members = members - is_there + is_kept;
    }
    copy_rest(buf, from, old);
    attr_close(buf, type, mark, members);
    return true;
}

static bool write_list(struct application *application, struct slice old, const struct edit *edits,
                       size_t count, size_t depth)
{
    struct buf *buf = &application->buf;
    size_t mark = attr_open(buf, ATTR_L);
    struct attr_iter iter = attr_iter((struct attr){ATTR_L, old});
    uint32_t elements = iter.left;
    uint32_t length = iter.left;
    const char *from = iter.rest.ptr;
    for (size_t i = 0, len; i < count; i += len) {
        len = group_len(edits + i, count - i, depth);
        uint32_t index = edits[i].action->path.steps[depth].index;
        bool is_there = index < length;
        struct attr value = ATTR_ABSENT;
        while (length - iter.left < (is_there ? index : length)) {
            (void)attr_next(&iter, NULL, &value);
        }
        copy_until(buf, &from, &iter);
        if (is_there) {
            (void)attr_next(&iter, NULL, &value);
        }
        bool is_kept = false;
        if (!write_edited(application, NULL, is_there ? value : ATTR_ABSENT, edits + i, len, depth,
                          &is_kept)) {
            return false;
        }
        from = iter.rest.ptr;
        elements = elements - is_there + is_kept;
    }
    copy_rest(buf, from, old);
    attr_close(buf, ATTR_L, mark, elements);
    return true;
}

const struct problem *update_apply(struct arena *arena, const struct update *update,
                                   struct slice old_item, struct slice key, struct slice *ret_item)
{
    bool exists = old_item.ptr != NULL;
    struct slice base = exists ? old_item : key;
    struct edit one;
    struct edit *edits =
        update->count <= 1 ? &one : arena_array(arena, update->count, sizeof(*edits));
    size_t count = 0;
    const struct problem *problem = make_edits(arena, update, base, exists, edits, &count);
    if (problem != NULL) {
        return problem;
    }
    if (!exists && count == 0 && update->count > 0) {
        *ret_item = SLICE_NULL;
        return NULL;
    }
    size_t max = base.len;
    for (size_t i = 0; i < count; i++) {
        const struct path *path = &edits[i].action->path;
        max += path->steps[path->count - 1].name.len + edits[i].value.raw.len + MEMBER_OVERHEAD;
    }
    struct application application = {.arena = arena,
                                      .buf = {arena_alloc(arena, max), 0, max, max, false}};
    if (!write_map(&application, ATTR_NONE, base, edits, count, 0)) {
        return application.problem;
    }
    assert(buf_status(&application.buf) == STATUS_OK);
    *ret_item = buf_slice(&application.buf);
    return NULL;
}

/* --- what was touched --- */

struct slice update_touched(struct arena *arena, const struct update *update, struct slice item)
{
    if (item.ptr == NULL || update->count == 0) {
        return SLICE_NULL;
    }
    struct path *paths = arena_array(arena, update->count, sizeof(*paths));
    for (size_t i = 0; i < update->count; i++) {
        paths[i] = update->actions[i].path;
    }
    projection_sort(paths, update->count);
    struct projection projection = {paths, update->count};
    AUTO_BUF buf = BUF_INIT(UINT32_MAX);
    projection_apply(&buf, &projection, item);
    struct slice touched = buf_slice(&buf);
    return attr_count(touched) == 0 ? SLICE_NULL : arena_copy(arena, touched);
}

/* --- keys --- */

/* The first path through (not just to) a key attribute anywhere in the update. */
static const struct problem *check_nested(struct arena *arena, const struct update *update,
                                          const struct key_schema *schema, const char *label)
{
    for (size_t i = 0; i < update->count; i++) {
        const struct update_action *action = &update->actions[i];
        struct slice name = action->path.steps[0].name;
        bool is_nested = action->path.count > 1 && key_schema_has(schema, name);
        if (!is_nested && action->value != NULL) {
            bool is_key = expression_uses_key(action->value, schema, &name, &is_nested);
            is_nested = is_key && is_nested;
        }
        if (is_nested) {
            return problem_invalid(arena,
                                   "Key attributes must be scalars; list random access '[]' and "
                                   "map lookup '.' are not allowed: %s: %.*s",
                                   label, SLICE_ARG(name));
        }
    }
    return NULL;
}

const struct problem *update_check_keys(struct arena *arena, const struct update *update,
                                        const struct key_schema *schema)
{
    const struct problem *problem = NULL;
    for (size_t i = 0; problem == NULL && i < update->count; i++) {
        struct slice name = update->actions[i].path.steps[0].name;
        if (key_schema_has(schema, name)) {
            problem = problem_bad_parameter(
                arena, "Cannot update attribute %.*s. This attribute is part of the key",
                SLICE_ARG(name));
        }
    }
    return problem;
}

const struct problem *update_check_key_paths(struct arena *arena, const struct update *update,
                                             const struct key_schema *schema)
{
    return check_nested(arena, update, schema, "Key");
}

const struct problem *update_check_index_keys(struct arena *arena, const struct update *update,
                                              const struct key_schema *schema)
{
    return check_nested(arena, update, schema, "IndexKey");
}
