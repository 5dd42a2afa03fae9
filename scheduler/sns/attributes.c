#include "scheduler/sns/attributes.h"

#include "core/json_scan.h"
#include "core/mem.h"

#include <assert.h>

int attributes_find(const char *const *names, struct slice name)
{
    for (int i = 0; names[i] != NULL; i++) {
        if (slice_is(name, names[i])) {
            return i;
        }
    }
    return -1;
}

static struct slice copy(struct slice text)
{
    char *bytes = mem_alloc(text.len + 1); /* never NULL, also for an empty text */
    if (text.len != 0) {
        memcpy(bytes, text.ptr, text.len);
    }
    return slice_of(bytes, text.len);
}

static void forget(struct slice *value)
{
    mem_free((void *)(uintptr_t)value->ptr);
    *value = SLICE_NULL;
}

void attributes_set(struct attributes *attributes, int at, struct slice value)
{
    assert(at >= 0 && at < ATTRIBUTES_MAX);
    struct slice kept = value.ptr != NULL ? copy(value) : SLICE_NULL;
    forget(&attributes->values[at]);
    attributes->values[at] = kept;
}

void attributes_copy(struct attributes *attributes, const struct attributes *from)
{
    attributes->names = from->names;
    for (int i = 0; i < ATTRIBUTES_MAX; i++) {
        attributes_set(attributes, i, from->values[i]);
    }
}

void attributes_finish(struct attributes *attributes)
{
    for (int i = 0; i < ATTRIBUTES_MAX; i++) {
        forget(&attributes->values[i]);
    }
}

void attributes_write(const struct attributes *attributes, struct json_writer *w)
{
    json_open(w, '{');
    for (int i = 0; attributes->names[i] != NULL; i++) {
        if (attributes->values[i].ptr != NULL) {
            json_put_string(w, attributes->names[i], attributes->values[i]);
        }
    }
    json_close(w, '}');
}

void attributes_read(struct attributes *attributes, struct slice json)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct json_scan scan = json_scan_object(json);
    struct slice key, raw, text;
    attributes_finish(attributes);
    while (json_scan_member(&scan, &key, &raw)) {
        int at = attributes_find(attributes->names, key);
        if (at >= 0 && json_raw_string(&arena, raw, &text)) {
            attributes_set(attributes, at, text);
        }
    }
}
