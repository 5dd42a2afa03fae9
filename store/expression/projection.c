/* Parts of an item, printed or copied without unpacking it.
 *
 * Paths and the members of an item or map are both sorted by name, the indexes of a list ascend: each level is one
 * walk along both. A level writes its own brackets before it knows whether anything is inside; when nothing was, what
 * it wrote is taken back. */
#include "store/expression/expression.h"

#include "core/mem.h"

#define FEW_PATHS 32

/* Where a projection goes: DynamoDB JSON, or stored form. */
struct sink {
    struct json_writer *json; /* NULL for the stored form */
    struct buf *buf;
};

struct sink_mark {
    struct json_writer json;
    size_t len;
    size_t attr_mark;
};

static void put_name(struct sink *sink, struct slice name)
{
    if (name.ptr == NULL) {
        return; /* an element of a list */
    }
    if (sink->json != NULL) {
        json_write_key(sink->json, name);
    } else {
        attr_write_name(sink->buf, name);
    }
}

static void put_value(struct sink *sink, struct attr attr)
{
    if (sink->json != NULL) {
        attr_print(sink->json, attr);
    } else {
        attr_write(sink->buf, attr);
    }
}

static struct sink_mark open_container(struct sink *sink, struct slice name, enum attr_type type)
{
    struct sink_mark mark = {.len = sink->buf->len};
    if (sink->json != NULL) {
        mark.json = *sink->json;
    }
    put_name(sink, name);
    if (sink->json == NULL) {
        mark.attr_mark = attr_open(sink->buf, type);
    } else {
        json_open(sink->json, '{');
        json_key_text(sink->json, attr_type_name(type));
        json_open(sink->json, type == ATTR_M ? '{' : '[');
    }
    return mark;
}

/* Takes the container back when it is empty. */
static uint32_t close_container(struct sink *sink, enum attr_type type,
                                const struct sink_mark *mark, uint32_t count)
{
    if (count == 0) {
        if (!sink->buf->is_full) {
            sink->buf->len = mark->len;
        }
        if (sink->json != NULL) {
            *sink->json = mark->json;
        }
        return 0;
    }
    if (sink->json == NULL) {
        attr_close(sink->buf, type, mark->attr_mark, count);
    } else {
        json_close(sink->json, type == ATTR_M ? '}' : ']');
        json_close(sink->json, '}');
    }
    return 1;
}

/* Paths [first, last) that agree in their steps before `depth`. */
struct paths {
    const struct path *first, *last;
    size_t depth;
};

/* Steps over those whose step here comes before `step`; then cuts off those that have it. */
static struct paths take_paths(struct paths *paths, bool is_index, uint32_t index,
                               struct slice name)
{
    while (paths->first < paths->last) {
        const struct path_step *step = &paths->first->steps[paths->depth];
        bool is_before = is_index ? step->is_index && step->index < index
                                  : step->is_index || slice_compare(step->name, name) < 0;
        if (!is_before) {
            break;
        }
        paths->first++;
    }
    struct paths taken = {paths->first, paths->first, paths->depth + 1};
    while (taken.last < paths->last) {
        const struct path_step *step = &taken.last->steps[paths->depth];
        bool is_same = is_index ? step->is_index && step->index == index
                                : !step->is_index && slice_eq(step->name, name);
        if (!is_same) {
            break;
        }
        taken.last++;
    }
    paths->first = taken.last;
    return taken;
}

static uint32_t put_members(struct sink *sink, struct attr container, struct paths paths);

/* One member or element and what the paths want of it; returns how many were written, 0 or 1. */
static uint32_t put_part(struct sink *sink, struct slice name, struct attr attr, struct paths paths)
{
    if (paths.first == paths.last) {
        return 0;
    }
    if (paths.first->count == paths.depth) { /* a path ends here: the whole */
        put_name(sink, name);
        put_value(sink, attr);
        return 1;
    }
    if (attr.type != ATTR_M && attr.type != ATTR_L) {
        return 0;
    }
    struct sink_mark mark = open_container(sink, name, attr.type);
    uint32_t count = put_members(sink, attr, paths);
    return close_container(sink, attr.type, &mark, count);
}

static uint32_t put_members(struct sink *sink, struct attr container, struct paths paths)
{
    struct attr_iter iter = attr_iter(container);
    bool is_list = container.type == ATTR_L;
    struct slice name = SLICE_NULL;
    struct attr attr;
    uint32_t count = 0;
    for (uint32_t i = 0; paths.first < paths.last && attr_next(&iter, &name, &attr); i++) {
        count += put_part(sink, name, attr, take_paths(&paths, is_list, i, name));
    }
    return count;
}

static bool is_sorted(const struct projection *projection)
{
    for (size_t i = 1; i < projection->count; i++) {
        if (path_compare(&projection->paths[i - 1], &projection->paths[i]) > 0) {
            return false;
        }
    }
    return true;
}

/* The top level; returns how many members were written. */
static uint32_t put_item(struct sink *sink, const struct projection *projection, struct slice item)
{
    struct attr container = {ATTR_M, item};
    struct paths paths = {projection->paths, projection->paths + projection->count, 0};
    if (is_sorted(projection)) {
        return put_members(sink, container, paths);
    }
    struct path few[FEW_PATHS];
    bool is_few = projection->count <= FEW_PATHS;
    struct path *sorted = is_few ? few : mem_array(projection->count, sizeof(*sorted));
    memcpy(sorted, projection->paths, projection->count * sizeof(*sorted));
    projection_sort(sorted, projection->count);
    uint32_t count =
        put_members(sink, container, (struct paths){sorted, sorted + projection->count, 0});
    if (!is_few) {
        mem_free(sorted);
    }
    return count;
}

void projection_print(struct json_writer *w, const struct projection *projection, struct slice item)
{
    struct sink sink = {.json = w, .buf = w->buf};
    json_open(w, '{');
    put_item(&sink, projection, item);
    json_close(w, '}');
}

void projection_apply(struct buf *buf, const struct projection *projection, struct slice item)
{
    struct sink sink = {.buf = buf};
    size_t mark = attr_open(buf, ATTR_NONE);
    uint32_t count = put_item(&sink, projection, item);
    attr_close(buf, ATTR_NONE, mark, count);
}
