#include "tests/support/json_path.h"

#include "core/json_scan.h"
#include "core/mem.h"

#include <stdio.h>

char *json_quoted(const char *text)
{
    char *copy = mem_strdup(text);
    for (char *at = copy; *at != '\0'; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    return copy;
}

static bool step_into(struct slice *value, struct slice part)
{
    uint64_t index = 0;
    if (!slice_to_u64(part, &index)) {
        char name[128];
        (void)snprintf(name, sizeof(name), "%.*s", SLICE_ARG(part));
        return json_raw_find(*value, name, value);
    }
    struct json_scan scan = json_scan_init(*value);
    bool has = json_scan_enter(&scan, '[');
    for (uint64_t i = 0; i <= index && has; i++) {
        has = json_scan_element(&scan, value);
    }
    return has;
}

struct slice json_at(struct slice json, const char *path)
{
    struct slice value = json, rest = slice_from(path), part;
    while (slice_split(&rest, '.', &part)) {
        if (!step_into(&value, part)) {
            return SLICE("");
        }
    }
    return value;
}

bool json_is(struct slice json, const char *path, const char *wanted)
{
    char *quoted = json_quoted(wanted);
    bool is_equal = slice_is(json_at(json, path), quoted);
    mem_free(quoted);
    return is_equal;
}
