#include "scheduler/kinesis/tags.h"

#include "core/json_scan.h"

#define TAGS_JSON_MAX (256u * 1024) /* 200 tags of a request, every byte escaped */

static size_t place_of(const struct tags *tags, struct slice key)
{
    size_t place = 0;
    while (place < tags->count && slice_compare(tags->items[place].key, key) < 0) {
        place++;
    }
    return place;
}

/* There is room for one more. */
static void put(struct tags *tags, struct slice key, struct slice value)
{
    size_t place = place_of(tags, key);
    if (place == tags->count || !slice_eq(tags->items[place].key, key)) {
        memmove(&tags->items[place + 1], &tags->items[place],
                (tags->count - place) * sizeof(*tags->items));
        tags->count++;
    }
    tags->items[place] = (struct tag){key, value};
}

struct tags stream_tags_parse(struct arena *arena, struct slice json)
{
    struct tags tags = {NULL, 0};
    struct slice key;
    struct slice value;
    size_t count = 0;
    struct json_scan scan = json_scan_init(json);
    if (!json_scan_enter(&scan, '{')) {
        return tags;
    }
    while (json_scan_member(&scan, &key, &value)) {
        count++;
    }
    tags.items = arena_array(arena, count, sizeof(*tags.items));
    scan = json_scan_init(json);
    (void)json_scan_enter(&scan, '{');
    while (json_scan_member(&scan, &key, &value)) {
        struct tag tag;
        if (json_raw_key(arena, key, &tag.key) && json_raw_string(arena, value, &tag.value)) {
            put(&tags, tag.key, tag.value);
        }
    }
    return tags;
}

struct slice stream_tags_print(struct arena *arena, const struct tags *tags)
{
    AUTO_BUF json = BUF_INIT(TAGS_JSON_MAX);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    for (size_t i = 0; i < tags->count; i++) {
        json_write_key(&w, tags->items[i].key);
        json_write_string(&w, tags->items[i].value);
    }
    json_close(&w, '}');
    return arena_copy(arena, buf_slice(&json));
}

struct tags stream_tags_with(struct arena *arena, const struct tags *tags,
                             const struct field *added)
{
    struct tags all = {arena_array(arena, tags->count + added->count, sizeof(struct tag)), 0};
    for (size_t i = 0; i < tags->count; i++) {
        put(&all, tags->items[i].key, tags->items[i].value);
    }
    for (size_t i = 0; i < added->count; i++) {
        put(&all, added->items[i].key, added->items[i].text);
    }
    return all;
}

static bool names(const struct field *keys, struct slice key)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (slice_eq(keys->items[i].text, key)) {
            return true;
        }
    }
    return false;
}

struct tags stream_tags_without(struct arena *arena, const struct tags *tags,
                                const struct field *keys)
{
    struct tags left = {arena_array(arena, tags->count, sizeof(struct tag)), 0};
    for (size_t i = 0; i < tags->count; i++) {
        if (!names(keys, tags->items[i].key)) {
            left.items[left.count++] = tags->items[i];
        }
    }
    return left;
}

bool tag_text_is_valid(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_word && c < 0x80 && (c == '\0' || strchr(" \t\n\r_.:/=+-@", c) == NULL)) {
            return false;
        }
    }
    return true;
}
