#include "store/table/tags.h"

#include "core/json_scan.h"
#include "core/json_writer.h"
#include "store/table/meta.h"

static bool is_tag_text(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        /* Letters and digits of all scripts: what is not ASCII passes. */
        if (c < 0x80 && !is_alnum && (c == 0 || strchr(" +-=._:/@", c) == NULL)) {
            return false;
        }
    }
    return true;
}

static const struct problem *check_tag(struct arena *arena, const struct tag *tag)
{
    if (tag->key.len == 0 || !is_tag_text(tag->key)) {
        return problem_invalid(arena, "The Tag Key provided is invalid, Key: %.*s",
                               SLICE_ARG(tag->key));
    }
    if (slice_istarts_with(tag->key, SLICE("aws:"))) {
        return problem_invalid(arena, "Tag Key cannot be prefixed with aws:, Key: %.*s",
                               SLICE_ARG(tag->key));
    }
    if (!is_tag_text(tag->value)) {
        return problem_invalid(arena, "The Tag Value provided is invalid, Value: %.*s",
                               SLICE_ARG(tag->value));
    }
    return NULL;
}

static struct tag *find(const struct tags *tags, struct slice key)
{
    for (size_t i = 0; i < tags->count; i++) {
        if (slice_eq(tags->items[i].key, key)) {
            return &tags->items[i];
        }
    }
    return NULL;
}

const struct problem *tags_input(struct arena *arena, const struct field *list,
                                 struct tags *ret_tags)
{
    struct tags tags = {arena_array(arena, TAGS_MAX, sizeof(struct tag)), 0};
    for (size_t i = 0; i < list->count; i++) {
        struct tag tag = {record_text(list->items[i].record, MEMBER_KEY),
                          record_text(list->items[i].record, MEMBER_VALUE)};
        const struct problem *problem = check_tag(arena, &tag);
        if (problem == NULL && find(&tags, tag.key) != NULL) {
            problem = problem_invalid(arena,
                                      "Duplicate Tag Keys provided as input: Duplicate Tag Key "
                                      "found %.*s",
                                      SLICE_ARG(tag.key));
        }
        if (problem != NULL) {
            return problem;
        }
        if (tags.count == TAGS_MAX) {
            return problem_invalid(
                arena, "Number of Tags exceed the current limit for the provided ResourceArn");
        }
        tags.items[tags.count++] = tag;
    }
    *ret_tags = tags;
    return NULL;
}

struct tags tags_merged(struct arena *arena, const struct tags *tags, const struct tags *added)
{
    struct tags all = {arena_array(arena, tags->count + added->count, sizeof(struct tag)), 0};
    for (size_t i = 0; i < tags->count; i++) {
        all.items[all.count++] = tags->items[i];
    }
    for (size_t i = 0; i < added->count; i++) {
        struct tag *same = find(&all, added->items[i].key);
        *(same != NULL ? same : &all.items[all.count++]) = added->items[i];
    }
    return all;
}

struct tags tags_without(struct arena *arena, const struct tags *tags, const struct field *removed)
{
    struct tags left = {arena_array(arena, tags->count, sizeof(struct tag)), 0};
    for (size_t i = 0; i < tags->count; i++) {
        bool is_removed = false;
        for (size_t j = 0; j < removed->count && !is_removed; j++) {
            is_removed = slice_eq(removed->items[j].text, tags->items[i].key);
        }
        if (!is_removed) {
            left.items[left.count++] = tags->items[i];
        }
    }
    return left;
}

void tags_print(struct json_writer *w, const struct tags *tags)
{
    json_open(w, '[');
    for (size_t i = 0; i < tags->count; i++) {
        json_open(w, '{');
        json_put_string(w, "Key", tags->items[i].key);
        json_put_string(w, "Value", tags->items[i].value);
        json_close(w, '}');
    }
    json_close(w, ']');
}

struct tags tags_get(struct txn *txn, struct arena *arena, uint32_t table_id)
{
    struct tags tags = {arena_array(arena, TAGS_MAX, sizeof(struct tag)), 0};
    struct json_scan scan = json_scan_init(meta_get_of_id(txn, arena, 'a', table_id));
    struct slice key, value;
    if (json_scan_enter(&scan, '{')) {
        while (tags.count < TAGS_MAX && json_scan_member(&scan, &key, &value)) {
            struct tag *tag = &tags.items[tags.count];
            if (json_raw_key(arena, key, &tag->key) && json_raw_string(arena, value, &tag->value)) {
                tags.count++;
            }
        }
    }
    return tags;
}

void tags_put(struct txn *txn, uint32_t table_id, const struct tags *tags)
{
    AUTO_BUF text = BUF_INIT(1024 * 1024);
    struct json_writer w = json_writer_init(&text);
    json_open(&w, '{');
    for (size_t i = 0; i < tags->count; i++) {
        json_write_key(&w, tags->items[i].key);
        json_write_string(&w, tags->items[i].value);
    }
    json_close(&w, '}');
    meta_put_of_id(txn, 'a', table_id, tags->count != 0 ? buf_slice(&text) : SLICE_NULL);
}
