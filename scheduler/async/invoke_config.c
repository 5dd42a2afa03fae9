#include "scheduler/async/invoke_config.h"

#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"

#include <stdlib.h>

#define RECORD_MAX 4096

/* Sorted by function and qualifier; a deployment has few of them. */
struct config_entry {
    struct invoke_config config;
    char *key; /* FUNCTION:QUALIFIER, which `config` points into */
    char *on_success, *on_failure;
};

struct settings_entry {
    char *function;
    char *dead_letter_arn; /* NULL: none */
    enum loops by_template, by_api;
};

struct invoke_configs {
    struct scheduler *scheduler;
    struct config_entry *configs;
    size_t config_count;
    struct settings_entry *settings;
    size_t settings_count;
};

static char *copy(struct slice text)
{
    char *out = mem_alloc(text.len + 1);
    if (text.len > 0) {
        memcpy(out, text.ptr, text.len);
    }
    out[text.len] = '\0';
    return out;
}

/* --- the sorted table --- */

static int compare(const struct invoke_config *config, struct slice function,
                   struct slice qualifier)
{
    int order = slice_compare(config->function, function);
    return order != 0 ? order : slice_compare(config->qualifier, qualifier);
}

/* The first entry that does not come before it. */
static size_t lower_bound(const struct invoke_configs *configs, struct slice function,
                          struct slice qualifier)
{
    size_t low = 0;
    size_t high = configs->config_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&configs->configs[middle].config, function, qualifier) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct slice or_latest(struct slice qualifier)
{
    return qualifier.len > 0 ? qualifier : SLICE("$LATEST");
}

static bool is_at(const struct invoke_configs *configs, size_t index, struct slice function,
                  struct slice qualifier)
{
    return index < configs->config_count &&
           compare(&configs->configs[index].config, function, qualifier) == 0;
}

const struct invoke_config *invoke_config_find(const struct invoke_configs *configs,
                                               struct slice function, struct slice qualifier)
{
    qualifier = or_latest(qualifier);
    size_t index = lower_bound(configs, function, qualifier);
    return is_at(configs, index, function, qualifier) ? &configs->configs[index].config : NULL;
}

const struct invoke_config *invoke_config_after(const struct invoke_configs *configs,
                                                struct slice function, struct slice after)
{
    size_t index = lower_bound(configs, function, after);
    if (after.len > 0 && is_at(configs, index, function, after)) {
        index++;
    }
    return index < configs->config_count &&
                   slice_eq(configs->configs[index].config.function, function)
               ? &configs->configs[index].config
               : NULL;
}

static void finish_entry(struct config_entry *entry)
{
    mem_free(entry->key);
    mem_free(entry->on_success);
    mem_free(entry->on_failure);
}

static void keep(struct invoke_configs *configs, const struct invoke_config *config)
{
    struct slice qualifier = or_latest(config->qualifier);
    struct config_entry entry = {.config = *config,
                                 .key = mem_alloc(config->function.len + qualifier.len + 2),
                                 .on_success = copy(config->on_success),
                                 .on_failure = copy(config->on_failure)};
    snprintf(entry.key, config->function.len + qualifier.len + 2, "%.*s:%.*s",
             SLICE_ARG(config->function), SLICE_ARG(qualifier));
    entry.config.function = slice_of(entry.key, config->function.len);
    entry.config.qualifier = slice_of(entry.key + config->function.len + 1, qualifier.len);
    entry.config.on_success = slice_from(entry.on_success);
    entry.config.on_failure = slice_from(entry.on_failure);
    size_t index = lower_bound(configs, entry.config.function, qualifier);
    if (is_at(configs, index, entry.config.function, qualifier)) {
        finish_entry(&configs->configs[index]);
    } else {
        configs->configs = mem_realloc(configs->configs,
                                       (configs->config_count + 1) * sizeof(struct config_entry));
        memmove(&configs->configs[index + 1], &configs->configs[index],
                (configs->config_count - index) * sizeof(struct config_entry));
        configs->config_count++;
    }
    configs->configs[index] = entry;
}

static void print(struct buf *json, const struct invoke_config *config)
{
    struct json_writer w = json_writer_init(json);
    json_open(&w, '{');
    json_put_i64(&w, "MaximumRetryAttempts", config->max_retries);
    json_put_i64(&w, "MaximumEventAgeInSeconds", config->max_age_s);
    json_put_string(&w, "OnSuccess", config->on_success);
    json_put_string(&w, "OnFailure", config->on_failure);
    json_put_i64(&w, "Modified", config->modified_ms);
    json_close(&w, '}');
}

static void remove_at(struct invoke_configs *configs, size_t index)
{
    finish_entry(&configs->configs[index]);
    configs->config_count--;
    memmove(&configs->configs[index], &configs->configs[index + 1],
            (configs->config_count - index) * sizeof(struct config_entry));
}

void invoke_config_put(struct invoke_configs *configs, const struct invoke_config *config,
                       state_written_fn *on_written, void *ctx)
{
    AUTO_BUF json = BUF_INIT(RECORD_MAX);
    print(&json, config);
    keep(configs, config);
    const struct invoke_config *kept =
        invoke_config_find(configs, config->function, config->qualifier);
    struct slice key = slice_of(kept->function.ptr, kept->function.len + 1 + kept->qualifier.len);
    state_write(configs->scheduler, STATE_INVOKE_CONFIG, key, buf_slice(&json), on_written, ctx);
}

bool invoke_config_delete(struct invoke_configs *configs, struct slice function,
                          struct slice qualifier, state_written_fn *on_written, void *ctx)
{
    qualifier = or_latest(qualifier);
    size_t index = lower_bound(configs, function, qualifier);
    if (!is_at(configs, index, function, qualifier)) {
        return false;
    }
    state_write(configs->scheduler, STATE_INVOKE_CONFIG, slice_from(configs->configs[index].key),
                SLICE_NULL, on_written, ctx);
    remove_at(configs, index);
    return true;
}

/* --- settings of functions --- */

static struct settings_entry *find_settings(const struct invoke_configs *configs,
                                            struct slice function)
{
    for (size_t i = 0; i < configs->settings_count; i++) {
        if (slice_is(function, configs->settings[i].function)) {
            return &configs->settings[i];
        }
    }
    return NULL;
}

static struct settings_entry *find_or_add_settings(struct invoke_configs *configs,
                                                   struct slice function)
{
    struct settings_entry *entry = find_settings(configs, function);
    if (entry == NULL) {
        configs->settings = mem_realloc(configs->settings, (configs->settings_count + 1) *
                                                               sizeof(struct settings_entry));
        entry = &configs->settings[configs->settings_count++];
        *entry = (struct settings_entry){.function = copy(function)};
    }
    return entry;
}

struct function_settings function_settings_find(const struct invoke_configs *configs,
                                                struct slice function)
{
    const struct settings_entry *entry = find_settings(configs, function);
    if (entry == NULL) {
        return (struct function_settings){.dead_letter_arn = SLICE("")};
    }
    enum loops loops = entry->by_api != LOOPS_UNSAID ? entry->by_api : entry->by_template;
    return (struct function_settings){.dead_letter_arn = entry->dead_letter_arn != NULL
                                                             ? slice_from(entry->dead_letter_arn)
                                                             : SLICE(""),
                                      .allows_loops = loops == LOOPS_ALLOWED};
}

static void load_recursion(void *part, struct slice key, struct slice json)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice said = json_text_member(&arena, json, "RecursiveLoop");
    find_or_add_settings(part, key)->by_api = json.ptr == NULL          ? LOOPS_UNSAID
                                              : slice_is(said, "Allow") ? LOOPS_ALLOWED
                                                                        : LOOPS_TERMINATED;
}

void function_settings_deploy(struct invoke_configs *configs, struct slice function,
                              struct slice dead_letter_arn, enum loops loops)
{
    struct settings_entry *entry = find_or_add_settings(configs, function);
    mem_free(entry->dead_letter_arn);
    entry->dead_letter_arn = copy(dead_letter_arn);
    entry->by_template = loops;
    if (loops != LOOPS_UNSAID && entry->by_api != LOOPS_UNSAID) {
        function_loops_put(configs, function, LOOPS_UNSAID, NULL, NULL);
    }
}

void function_loops_put(struct invoke_configs *configs, struct slice function, enum loops loops,
                        state_written_fn *on_written, void *ctx)
{
    static const char *const records[] = {[LOOPS_ALLOWED] = "{\"RecursiveLoop\":\"Allow\"}",
                                          [LOOPS_TERMINATED] = "{\"RecursiveLoop\":\"Terminate\"}"};
    struct slice json = loops == LOOPS_UNSAID ? SLICE_NULL : slice_from(records[loops]);
    find_or_add_settings(configs, function)->by_api = loops;
    state_write(configs->scheduler, STATE_RECURSION, function, json, on_written, ctx);
}

/* --- life --- */

static void load_config(void *part, struct slice key, struct slice json)
{
    struct invoke_configs *configs = part;
    AUTO_ARENA arena = ARENA_INIT;
    size_t colon = slice_rfind(key, ':');
    struct invoke_config config = {
        .function = slice_take(key, colon),
        .qualifier = colon != SLICE_NPOS ? slice_skip(key, colon + 1) : SLICE(""),
        .max_retries = (int32_t)json_i64_member(json, "MaximumRetryAttempts", -1),
        .max_age_s = (int32_t)json_i64_member(json, "MaximumEventAgeInSeconds", -1),
        .on_success = json_text_member(&arena, json, "OnSuccess"),
        .on_failure = json_text_member(&arena, json, "OnFailure"),
        .modified_ms = json_i64_member(json, "Modified", 0),
    };
    size_t index = lower_bound(configs, config.function, config.qualifier);
    if (json.ptr != NULL) {
        keep(configs, &config);
    } else if (is_at(configs, index, config.function, config.qualifier)) {
        remove_at(configs, index);
    }
}

struct invoke_configs *invoke_configs_create(struct scheduler *scheduler)
{
    struct invoke_configs *configs = mem_zalloc(sizeof *configs);
    configs->scheduler = scheduler;
    state_keep(scheduler, STATE_INVOKE_CONFIG, load_config, configs);
    state_keep(scheduler, STATE_RECURSION, load_recursion, configs);
    state_each(scheduler, STATE_INVOKE_CONFIG, load_config, configs);
    state_each(scheduler, STATE_RECURSION, load_recursion, configs);
    return configs;
}

void invoke_configs_destroy(struct invoke_configs *configs)
{
    if (configs == NULL) {
        return;
    }
    for (size_t i = 0; i < configs->config_count; i++) {
        finish_entry(&configs->configs[i]);
    }
    for (size_t i = 0; i < configs->settings_count; i++) {
        mem_free(configs->settings[i].function);
        mem_free(configs->settings[i].dead_letter_arn);
    }
    mem_free(configs->configs);
    mem_free(configs->settings);
    mem_free(configs);
}
