/* The last pass: references to ids that a macro changed (layers), and the shorthands "F.Alias",
 * "A.Stage". */
#include "templates/sam/sam.h"

static struct slice renamed(const struct sam *sam, struct slice id)
{
    const struct value *name = value_find(sam->renamed, id);
    return name != NULL ? name->text : SLICE_NULL;
}

static struct slice referred(const struct sam *sam, struct slice id, struct slice name)
{
    const struct value *target = value_find(value_find(sam->references, id), name);
    return target != NULL ? target->text : SLICE_NULL;
}

/* "F" or "F.Alias" or "F.Arn" to what it is called now; SLICE_NULL when it keeps its name. */
static struct slice rewrite_name(struct sam *sam, struct slice text, bool keeps_rest)
{
    size_t dot = slice_find(text, '.');
    if (dot == SLICE_NPOS) {
        return renamed(sam, text);
    }
    struct slice id = slice_take(text, dot);
    struct slice rest = slice_skip(text, dot + 1);
    size_t next = slice_find(rest, '.');
    struct slice name = next != SLICE_NPOS ? slice_take(rest, next) : rest;
    struct slice target = keeps_rest ? referred(sam, id, name) : referred(sam, id, rest);
    if (target.ptr != NULL) {
        return arena_printf(sam->arena, "%.*s%.*s", SLICE_ARG(target),
                            SLICE_ARG(slice_skip(rest, name.len)));
    }
    target = keeps_rest ? renamed(sam, id) : SLICE_NULL;
    return target.ptr != NULL
               ? arena_printf(sam->arena, "%.*s.%.*s", SLICE_ARG(target), SLICE_ARG(rest))
               : SLICE_NULL;
}

static void rewrite_sub(struct sam *sam, struct value *text)
{
    AUTO_BUF buf = BUF_INIT(16u * 1024 * 1024);
    struct slice rest = text->text;
    bool has_changed = false;
    for (;;) {
        size_t at = slice_search(rest, SLICE("${"));
        size_t end = at != SLICE_NPOS ? slice_find(slice_skip(rest, at), '}') : SLICE_NPOS;
        if (end == SLICE_NPOS) {
            break;
        }
        struct slice name = slice_of(rest.ptr + at + 2, end - 2);
        struct slice now = rewrite_name(sam, name, true);
        has_changed = has_changed || now.ptr != NULL;
        buf_append(&buf, slice_take(rest, at + 2));
        buf_append(&buf, now.ptr != NULL ? now : name);
        rest = slice_skip(rest, at + end);
    }
    if (has_changed) {
        buf_append(&buf, rest);
        text->text = arena_copy(sam->arena, buf_slice(&buf));
    }
}

static void rewrite_getatt(struct sam *sam, struct value *list)
{
    AUTO_BUF name = BUF_INIT(65536);
    for (size_t i = 0; i < sam_items(list); i++) {
        if (!sam_is_string(value_at(list, i))) {
            return;
        }
        buf_printf(&name, "%s%.*s", i > 0 ? "." : "", SLICE_ARG(value_at(list, i)->text));
    }
    struct slice now =
        value_count(list) >= 2 ? rewrite_name(sam, buf_slice(&name), true) : SLICE_NULL;
    if (now.ptr == NULL) {
        return;
    }
    struct source_pos pos = list->pos;
    list->as.list.count = 0;
    struct slice part;
    while (slice_split(&now, '.', &part)) {
        value_push(sam->arena, list, sam_string(sam, pos, part));
    }
}

static void rewrite_depends_on(struct sam *sam, struct value *depends_on)
{
    struct slice now;
    if (sam_is_string(depends_on)) {
        now = renamed(sam, depends_on->text);
        depends_on->text = now.ptr != NULL ? now : depends_on->text;
    }
    for (size_t i = 0; i < sam_items(depends_on); i++) {
        rewrite_depends_on(sam, value_at(depends_on, i));
    }
}

static void rewrite(struct sam *sam, struct value *value)
{
    if (sam_is_list(value)) {
        for (size_t i = 0; i < sam_items(value); i++) {
            rewrite(sam, value_at(value, i));
        }
        return;
    }
    if (!sam_is_map(value)) {
        return;
    }
    struct slice name;
    struct value *arg;
    if (value_is_intrinsic(value, &name, &arg)) {
        if (slice_is(name, "Ref") && sam_is_string(arg)) {
            struct slice now = rewrite_name(sam, arg->text, false);
            arg->text = now.ptr != NULL ? now : arg->text;
        } else if (slice_is(name, "Fn::Sub")) {
            struct value *text = sam_is_list(arg) ? value_at(arg, 0) : arg;
            if (sam_is_string(text)) {
                rewrite_sub(sam, text);
            }
        } else if (slice_is(name, "Fn::GetAtt") && sam_is_list(arg)) {
            rewrite_getatt(sam, arg);
        }
    }
    for (size_t i = 0; i < sam_entries(value); i++) {
        const struct value_entry *entry = &value->as.map.entries[i];
        if (slice_is(entry->key, "DependsOn")) {
            rewrite_depends_on(sam, entry->value);
        }
        rewrite(sam, entry->value);
    }
}

void sam_rewrite_references(struct sam *sam, struct value *template_root)
{
    if (value_count(sam->renamed) > 0 || value_count(sam->references) > 0) {
        rewrite(sam, template_root);
    }
}
