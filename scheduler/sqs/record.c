/* What is kept of a queue in STATE_QUEUE, by its name:
 *
 *     {"Id":7,"Created":1767225600,"Modified":...,"Purged":0,"ScopeChanged":0,"Attributes":{...},"Tags":{...}}
 *
 * Attributes that have their default are not there. */
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/sqs/service.h"
#include "scheduler/state.h"

void sqs_config_write(struct json_writer *w, const struct config *config)
{
    json_put_i64(w, "Created", config->created_s);
    json_put_i64(w, "Modified", config->modified_s);
    json_put_i64(w, "Purged", config->purged_ms);
    json_put_i64(w, "ScopeChanged", config->scope_changed_ms);
    json_key_text(w, "Attributes");
    json_open(w, '{');
    for (int i = 0; i < ATTRIBUTE_COUNT; i++) {
        if (config->values[i].ptr != NULL) {
            json_put_string(w, sqs_attribute_name((enum attribute)i), config->values[i]);
        }
    }
    json_close(w, '}');
    json_key_text(w, "Tags");
    tags_write_object(w, &config->tags);
}

static void read_attributes(struct config *config, struct arena *arena, struct slice json)
{
    struct json_scan scan = json_scan_object(json);
    struct slice raw_key, raw_value, key, value;
    while (json_scan_member(&scan, &raw_key, &raw_value)) {
        enum attribute attribute =
            json_raw_key(arena, raw_key, &key) ? sqs_attribute_find(key) : ATTRIBUTE_COUNT;
        if (attribute != ATTRIBUTE_COUNT && json_raw_string(arena, raw_value, &value)) {
            sqs_config_set(config, attribute, value);
        }
    }
}

static void on_record(void *ctx, struct slice key, struct slice json)
{
    struct config *config = sqs_config_create();
    AUTO_ARENA arena = ARENA_INIT;
    struct tags tags = tags_of_object(&arena, json_raw_member(json, "Tags"));
    config->created_s = json_i64_member(json, "Created", 0);
    config->modified_s = json_i64_member(json, "Modified", 0);
    config->purged_ms = json_i64_member(json, "Purged", 0);
    config->scope_changed_ms = json_i64_member(json, "ScopeChanged", 0);
    read_attributes(config, &arena, json_raw_member(json, "Attributes"));
    sqs_config_set_tags(config, &tags);
    sqs_config_derive(config);
    sqs_add_loaded(ctx, key, config, (uint64_t)json_i64_member(json, "Id", 0));
}

void sqs_load(struct sqs *sqs)
{
    state_each(sqs->scheduler, STATE_QUEUE, on_record, sqs);
    sqs_all_loaded(sqs);
}
