#include "scheduler/mapping/item_failures.h"

#include "core/json_scan.h"

static bool read_id(struct arena *arena, struct slice item, struct slice *ret_id)
{
    struct slice raw;
    return json_raw_kind(item) == JSON_OBJECT && json_raw_find(item, "itemIdentifier", &raw) &&
           json_raw_string(arena, raw, ret_id) && ret_id->len > 0;
}

struct item_failures item_failures_read(struct arena *arena, struct slice response)
{
    const struct item_failures malformed = {.is_malformed = true};
    struct item_failures failures = {.count = 0};
    struct slice list, item;
    response = slice_trim(response);
    if (response.len == 0) {
        return failures;
    }
    if (!json_validate(response, NULL)) {
        return malformed;
    }
    if (json_raw_kind(response) == JSON_NULL) {
        return failures;
    }
    if (json_raw_kind(response) != JSON_OBJECT) {
        return malformed;
    }
    if (!json_raw_find(response, "batchItemFailures", &list) || json_raw_kind(list) == JSON_NULL) {
        return failures;
    }
    if (json_raw_kind(list) != JSON_ARRAY) {
        return malformed;
    }
    failures.ids = arena_array(arena, json_raw_count(list), sizeof *failures.ids);
    struct json_scan scan = json_scan_array(list);
    while (json_scan_element(&scan, &item)) {
        if (!read_id(arena, item, &failures.ids[failures.count++])) {
            return malformed;
        }
    }
    return failures;
}
