#include "core/api/tags.h"

#include "core/json_scan.h"

#define TAGS_JSON_MAX (1u << 20) /* those of a request, every byte escaped */

static struct tags room_for(struct arena *arena, size_t count)
{
    return (struct tags){.items = arena_array(arena, count, sizeof(struct tag))};
}

static size_t place_of(const struct tags *tags, struct slice key)
{
    size_t place = 0;
    while (place < tags->count && slice_compare(tags->items[place].key, key) < 0) {
        place++;
    }
    return place;
}

static bool has_at(const struct tags *tags, size_t place, struct slice key)
{
    return place < tags->count && slice_eq(tags->items[place].key, key);
}

bool tags_set(struct tags *tags, struct slice key, struct slice value)
{
    size_t place = place_of(tags, key);
    bool is_new = !has_at(tags, place, key);
    if (is_new) {
        memmove(&tags->items[place + 1], &tags->items[place],
                (tags->count - place) * sizeof(struct tag));
        tags->count++;
    }
    tags->items[place] = (struct tag){key, value};
    return is_new;
}

/* --- where they come from --- */

struct tags tags_of_object(struct arena *arena, struct slice json)
{
    struct json_scan scan = json_scan_object(json);
    struct slice raw_key, raw_value;
    size_t count = 0;
    while (json_scan_member(&scan, &raw_key, &raw_value)) {
        count++;
    }
    struct tags tags = room_for(arena, count);
    scan = json_scan_object(json);
    while (json_scan_member(&scan, &raw_key, &raw_value)) {
        struct tag tag;
        if (json_raw_key(arena, raw_key, &tag.key) &&
            json_raw_string(arena, raw_value, &tag.value)) {
            (void)tags_set(&tags, tag.key, tag.value);
        }
    }
    return tags;
}

struct tags tags_of_list(struct arena *arena, struct slice json)
{
    struct tags tags = room_for(arena, json_raw_count(json));
    struct json_scan scan = json_scan_array(json);
    struct slice tag;
    while (json_scan_element(&scan, &tag)) {
        struct slice key = json_text_of(arena, json_raw_member(tag, "Key"));
        struct slice value = json_text_of(arena, json_raw_member(tag, "Value"));
        if (key.ptr != NULL && value.ptr != NULL) {
            (void)tags_set(&tags, key, value);
        }
    }
    return tags;
}

struct tags tags_of_map(struct arena *arena, const struct field *map)
{
    struct tags tags = room_for(arena, map->count);
    for (size_t i = 0; i < map->count; i++) {
        (void)tags_set(&tags, map->items[i].key, map->items[i].text);
    }
    return tags;
}

struct tags tags_of_records(struct arena *arena, const struct field *list, int key_member,
                            int value_member)
{
    struct tags tags = room_for(arena, list->count);
    for (size_t i = 0; i < list->count; i++) {
        const struct record *tag = list->items[i].record;
        (void)tags_set(&tags, record_text(tag, key_member), record_text(tag, value_member));
    }
    return tags;
}

/* --- what is done with them --- */

struct tags tags_with(struct arena *arena, const struct tags *tags, const struct tags *added)
{
    struct tags all = room_for(arena, tags->count + added->count);
    for (size_t i = 0; i < tags->count; i++) {
        (void)tags_set(&all, tags->items[i].key, tags->items[i].value);
    }
    for (size_t i = 0; i < added->count; i++) {
        (void)tags_set(&all, added->items[i].key, added->items[i].value);
    }
    return all;
}

static bool has_text(const struct field *list, struct slice text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (slice_eq(list->items[i].text, text)) {
            return true;
        }
    }
    return false;
}

struct tags tags_without(struct arena *arena, const struct tags *tags, const struct field *keys)
{
    struct tags left = room_for(arena, tags->count);
    for (size_t i = 0; i < tags->count; i++) {
        if (!has_text(keys, tags->items[i].key)) {
            left.items[left.count++] = tags->items[i];
        }
    }
    return left;
}

bool tags_include(const struct tags *tags, const struct tags *some)
{
    for (size_t i = 0; i < some->count; i++) {
        size_t place = place_of(tags, some->items[i].key);
        if (!has_at(tags, place, some->items[i].key) ||
            !slice_eq(tags->items[place].value, some->items[i].value)) {
            return false;
        }
    }
    return true;
}

bool tags_equal(const struct tags *a, const struct tags *b)
{
    return a->count == b->count && tags_include(a, b);
}

bool tag_text_is_valid(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool is_word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (c < 0x80 && !is_word && (c == '\0' || strchr(" _.:/=+-@", c) == NULL)) {
            return false;
        }
    }
    return true;
}

/* --- as JSON --- */

void tags_write_object(struct json_writer *w, const struct tags *tags)
{
    json_open(w, '{');
    for (size_t i = 0; i < tags->count; i++) {
        json_write_key(w, tags->items[i].key);
        json_write_string(w, tags->items[i].value);
    }
    json_close(w, '}');
}

void tags_write_list(struct json_writer *w, const struct tags *tags)
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

static struct slice print(struct arena *arena, const struct tags *tags,
                          void (*write)(struct json_writer *w, const struct tags *tags))
{
    AUTO_BUF json = BUF_INIT(TAGS_JSON_MAX);
    struct json_writer w = json_writer_init(&json);
    write(&w, tags);
    return tags->count > 0 ? arena_copy(arena, buf_slice(&json)) : SLICE_NULL;
}

struct slice tags_object(struct arena *arena, const struct tags *tags)
{
    return print(arena, tags, tags_write_object);
}

struct slice tags_list(struct arena *arena, const struct tags *tags)
{
    return print(arena, tags, tags_write_list);
}
