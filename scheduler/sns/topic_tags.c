#include "scheduler/sns/topic_tags.h"

#include "core/json_scan.h"
#include "core/json_writer.h"
#include "scheduler/sns/limits.h"
#include "scheduler/sns/members.h"

#define TAGS_JSON_MAX (1U << 20)

void topic_tags_each(struct arena *arena, struct slice tags,
                     void (*each)(void *ctx, struct slice key, struct slice value), void *ctx)
{
    struct json_scan scan = json_scan_object(tags);
    struct slice key, raw, name, value;
    while (json_scan_member(&scan, &key, &raw)) {
        if (json_raw_key(arena, key, &name) && json_raw_string(arena, raw, &value)) {
            each(ctx, name, value);
        }
    }
}

static struct slice key_of(const struct field *tag)
{
    return record_text(tag->record, MEMBER_KEY);
}

static struct slice value_of(const struct field *tag)
{
    return record_text(tag->record, MEMBER_VALUE);
}

static bool has_key(const struct field *list, struct slice key)
{
    for (size_t i = 0; i < list->count; i++) {
        if (slice_eq(key_of(&list->items[i]), key)) {
            return true;
        }
    }
    return false;
}

/* Those that stay, on their way to the new object. */
struct copying {
    struct json_writer w;
    const struct field *replaced; /* a list of tags; NULL: none */
    const struct field *removed;  /* a list of keys; NULL: none */
    size_t count;
};

static void copy_tag(void *ctx, struct slice key, struct slice value)
{
    struct copying *copying = ctx;
    if (copying->replaced != NULL && has_key(copying->replaced, key)) {
        return;
    }
    for (size_t i = 0; copying->removed != NULL && i < copying->removed->count; i++) {
        if (slice_eq(copying->removed->items[i].text, key)) {
            return;
        }
    }
    json_write_key(&copying->w, key);
    json_write_string(&copying->w, value);
    copying->count++;
}

static bool has_twice(const struct field *list)
{
    for (size_t i = 1; i < list->count; i++) {
        const struct field before = {.items = list->items, .count = i};
        if (has_key(&before, key_of(&list->items[i]))) {
            return true;
        }
    }
    return false;
}

const struct refusal *topic_tags_merge(struct arena *arena, struct slice tags,
                                       const struct field *list, struct slice *ret_json)
{
    AUTO_BUF json = BUF_INIT(TAGS_JSON_MAX);
    struct copying copying = {.w = json_writer_init(&json), .replaced = list};
    if (list->count > SNS_TAGS_MAX || has_twice(list)) {
        return list->count > SNS_TAGS_MAX
                   ? refusal_make(arena, SNS_TAG_LIMIT,
                                  "Could not complete request: tag quota of per resource exceeded")
                   : refusal_invalid(arena, "Duplicated keys are not allowed.");
    }
    json_open(&copying.w, '{');
    topic_tags_each(arena, tags, copy_tag, &copying);
    for (size_t i = 0; i < list->count; i++, copying.count++) {
        json_write_key(&copying.w, key_of(&list->items[i]));
        json_write_string(&copying.w, value_of(&list->items[i]));
    }
    json_close(&copying.w, '}');
    if (copying.count > SNS_TAGS_MAX) {
        return refusal_make(arena, SNS_TAG_LIMIT,
                            "Could not complete request: tag quota of per resource exceeded");
    }
    *ret_json = arena_copy(arena, buf_slice(&json));
    return NULL;
}

struct slice topic_tags_without(struct arena *arena, struct slice tags, const struct field *keys)
{
    AUTO_BUF json = BUF_INIT(TAGS_JSON_MAX);
    struct copying copying = {.w = json_writer_init(&json), .removed = keys};
    json_open(&copying.w, '{');
    topic_tags_each(arena, tags, copy_tag, &copying);
    json_close(&copying.w, '}');
    return arena_copy(arena, buf_slice(&json));
}

struct matching {
    const struct field *list;
    size_t found;
};

static void match_tag(void *ctx, struct slice key, struct slice value)
{
    struct matching *matching = ctx;
    for (size_t i = 0; i < matching->list->count; i++) {
        matching->found += slice_eq(key_of(&matching->list->items[i]), key) &&
                           slice_eq(value_of(&matching->list->items[i]), value);
    }
}

bool topic_tags_have(struct arena *arena, struct slice tags, const struct field *list)
{
    struct matching matching = {.list = list};
    topic_tags_each(arena, tags, match_tag, &matching);
    return matching.found == list->count;
}
