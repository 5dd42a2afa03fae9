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
    json_open(w, '{');
    for (size_t i = 0; i < config->tag_count; i++) {
        json_write_key(w, config->tags[i].key);
        json_write_string(w, config->tags[i].value);
    }
    json_close(w, '}');
}

static int64_t read_number(struct slice json, const char *key)
{
    struct slice raw;
    int64_t number;
    return json_raw_find(json, key, &raw) && json_raw_i64(raw, &number) ? number : 0;
}

typedef void entry_fn(struct config *config, struct slice key, struct slice value);

static void read_texts(struct config *config, struct slice json, const char *member,
                       entry_fn *on_entry)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice object, raw_key, raw_value, key, value;
    if (!json_raw_find(json, member, &object)) {
        return;
    }
    struct json_scan scan = json_scan_init(object);
    bool is_object = json_scan_enter(&scan, '{');
    while (is_object && json_scan_member(&scan, &raw_key, &raw_value)) {
        if (json_raw_key(&arena, raw_key, &key) && json_raw_string(&arena, raw_value, &value)) {
            on_entry(config, key, value);
        }
    }
}

static void on_attribute(struct config *config, struct slice key, struct slice value)
{
    enum attribute attribute = sqs_attribute_find(key);
    if (attribute != ATTRIBUTE_COUNT) {
        sqs_config_set(config, attribute, value);
    }
}

static void on_tag(struct config *config, struct slice key, struct slice value)
{
    (void)sqs_config_tag(config, key, value);
}

static void on_record(void *ctx, struct slice key, struct slice json)
{
    struct config *config = sqs_config_create();
    config->created_s = read_number(json, "Created");
    config->modified_s = read_number(json, "Modified");
    config->purged_ms = read_number(json, "Purged");
    config->scope_changed_ms = read_number(json, "ScopeChanged");
    read_texts(config, json, "Attributes", on_attribute);
    read_texts(config, json, "Tags", on_tag);
    sqs_config_derive(config);
    sqs_add_loaded(ctx, key, config, (uint64_t)read_number(json, "Id"));
}

void sqs_load(struct sqs *sqs)
{
    state_each(sqs->scheduler, STATE_QUEUE, on_record, sqs);
    sqs_all_loaded(sqs);
}
