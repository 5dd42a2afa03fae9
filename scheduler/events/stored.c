#include "scheduler/events/stored.h"

#include "core/json_scan.h"
#include "scheduler/events/limits.h"

#include <assert.h>

static struct slice *text_of(void *object, const struct stored_member *member)
{
    return (struct slice *)(void *)((char *)object + member->offset);
}

static const void *value_of(const void *object, const struct stored_member *member)
{
    return (const char *)object + member->offset;
}

void stored_put_time(struct json_writer *w, const char *name, int64_t epoch_ms)
{
    json_key_text(w, name);
    json_write_double(w, (double)epoch_ms / 1000.0);
}

static void put(struct json_writer *w, const struct stored_member *member, const void *object,
                bool is_for_client)
{
    const void *value = value_of(object, member);
    const struct slice *text = value;
    const int64_t *number = value;
    const bool *flag = value;
    switch (member->kind) {
    case STORED_TEXT:
        if (text->ptr != NULL) {
            json_put_string(w, member->name, *text);
        }
        break;
    case STORED_JSON:
        if (text->ptr != NULL) {
            json_put_raw(w, member->name, *text);
        }
        break;
    case STORED_NUMBER:
        json_put_i64(w, member->name, *number);
        break;
    case STORED_TIME:
        if (*number != 0 && is_for_client) {
            stored_put_time(w, member->name, *number);
        } else if (*number != 0) {
            json_put_i64(w, member->name, *number);
        }
        break;
    case STORED_FLAG:
        if (*flag) {
            json_put_bool(w, member->name, true);
        }
        break;
    }
}

struct slice stored_print(struct arena *arena, const struct stored_member *members, size_t count,
                          const void *object)
{
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&buf);
    json_open(&w, '{');
    for (size_t i = 0; i < count; i++) {
        put(&w, &members[i], object, false);
    }
    json_close(&w, '}');
    assert(buf_status(&buf) == STATUS_OK);
    return arena_copy(arena, buf_slice(&buf));
}

static void take(struct arena *arena, struct slice raw, const struct stored_member *member,
                 void *object)
{
    struct slice *text = text_of(object, member);
    int64_t *number = (int64_t *)(void *)text;
    bool *flag = (bool *)(void *)text;
    switch (member->kind) {
    case STORED_TEXT:
        if (json_raw_string(arena, raw, text)) {
            *text = arena_copy(arena, *text);
        }
        break;
    case STORED_JSON:
        *text = arena_copy(arena, raw);
        break;
    case STORED_NUMBER:
    case STORED_TIME:
        if (!json_raw_i64(raw, number)) {
            *number = 0;
        }
        break;
    case STORED_FLAG:
        *flag = slice_is(raw, "true");
        break;
    }
}

void stored_parse(struct arena *arena, struct slice json, const struct stored_member *members,
                  size_t count, void *object)
{
    struct json_scan scan = json_scan_object(json);
    struct slice key, value;
    while (json_scan_member(&scan, &key, &value)) {
        for (size_t i = 0; i < count; i++) {
            if (slice_is(key, members[i].name)) {
                take(arena, value, &members[i], object);
            }
        }
    }
}

void stored_tell(struct json_writer *w, const struct stored_member *members, size_t count,
                 const void *object, const char *const *names)
{
    for (; *names != NULL; names++) {
        for (size_t i = 0; i < count; i++) {
            if (strcmp(members[i].name, *names) == 0) {
                put(w, &members[i], object, true);
            }
        }
    }
}
