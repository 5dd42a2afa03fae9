#include "scheduler/async/url_config.h"

#include "core/id.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "scheduler/arn.h"
#include "scheduler/property.h"

#define RECORD_MAX (256u * 1024)
#define URL_TYPE "AWS::Lambda::Url"

/* Sorted by function and qualifier; a deployment has few of them. */
struct entry {
    struct url_config config;
    char *texts;     /* which `config` points into: key, properties, logical id */
    size_t key_len;  /* FUNCTION:QUALIFIER, at the front of them */
    bool is_changed; /* by the API, since the template said how it is */
    bool is_gone;    /* deleted by the API, though the template has it */
};

struct url_configs {
    struct scheduler *scheduler;
    struct entry *entries;
    size_t count;
};

/* --- the sorted table --- */

static int compare(const struct url_config *config, struct slice function, struct slice qualifier)
{
    int order = slice_compare(config->function, function);
    return order != 0 ? order : slice_compare(config->qualifier, qualifier);
}

/* The first entry that does not come before it. */
static size_t lower_bound(const struct url_configs *configs, struct slice function,
                          struct slice qualifier)
{
    size_t index = 0;
    while (index < configs->count &&
           compare(&configs->entries[index].config, function, qualifier) < 0) {
        index++;
    }
    return index;
}

static struct entry *find(const struct url_configs *configs, struct slice function,
                          struct slice qualifier)
{
    size_t index = lower_bound(configs, function, qualifier);
    return index < configs->count &&
                   compare(&configs->entries[index].config, function, qualifier) == 0
               ? &configs->entries[index]
               : NULL;
}

const struct url_config *url_config_find(const struct url_configs *configs, struct slice function,
                                         struct slice qualifier)
{
    const struct entry *entry = find(configs, function, qualifier);
    return entry != NULL && !entry->is_gone ? &entry->config : NULL;
}

const struct url_config *url_config_after(const struct url_configs *configs, struct slice function,
                                          struct slice after)
{
    for (size_t i = 0; i < configs->count; i++) {
        const struct entry *entry = &configs->entries[i];
        if (slice_eq(entry->config.function, function) && !entry->is_gone &&
            (after.ptr == NULL || slice_compare(entry->config.qualifier, after) > 0)) {
            return &entry->config;
        }
    }
    return NULL;
}

static struct slice take_text(char **at, struct slice text)
{
    struct slice taken = slice_of(*at, text.len);
    if (text.len > 0) {
        memcpy(*at, text.ptr, text.len);
    }
    *at += text.len;
    return taken;
}

/* The entry of this function and qualifier, made or replaced. */
static struct entry *keep(struct url_configs *configs, const struct url_config *config)
{
    struct entry entry = {.config = *config,
                          .key_len = config->function.len + 1 + config->qualifier.len};
    char *at = entry.texts =
        mem_alloc(entry.key_len + config->properties.len + config->logical_id.len + 1);
    entry.config.function = take_text(&at, config->function);
    *at++ = ':';
    entry.config.qualifier = take_text(&at, config->qualifier);
    entry.config.properties = take_text(&at, config->properties);
    entry.config.logical_id = take_text(&at, config->logical_id);
    size_t index = lower_bound(configs, entry.config.function, entry.config.qualifier);
    if (find(configs, entry.config.function, entry.config.qualifier) != NULL) {
        mem_free(configs->entries[index].texts);
    } else {
        configs->entries =
            mem_realloc(configs->entries, (configs->count + 1) * sizeof *configs->entries);
        memmove(&configs->entries[index + 1], &configs->entries[index],
                (configs->count - index) * sizeof *configs->entries);
        configs->count++;
    }
    configs->entries[index] = entry;
    return &configs->entries[index];
}

static void drop(struct url_configs *configs, struct entry *entry)
{
    mem_free(entry->texts);
    configs->count--;
    memmove(entry, entry + 1, (size_t)(configs->entries + configs->count - entry) * sizeof *entry);
}

static void tell(const struct url_configs *configs)
{
    const struct scheduler_options *options = &configs->scheduler->options;
    if (options->on_function_urls != NULL) {
        options->on_function_urls(options->ctx);
    }
}

/* --- the API's --- */

static void write_record(struct url_configs *configs, const struct entry *entry, struct slice json,
                         state_written_fn *on_written, void *ctx)
{
    state_write(configs->scheduler, STATE_FUNCTION_URL, slice_of(entry->texts, entry->key_len),
                json, on_written, ctx);
}

static void write_entry(struct url_configs *configs, const struct entry *entry,
                        state_written_fn *on_written, void *ctx)
{
    AUTO_BUF json = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    json_put_raw(&w, "Properties", entry->config.properties);
    json_put_i64(&w, "Created", entry->config.created_ms);
    json_put_i64(&w, "Modified", entry->config.modified_ms);
    json_close(&w, '}');
    write_record(configs, entry, buf_slice(&json), on_written, ctx);
}

void url_config_put(struct url_configs *configs, const struct url_config *config,
                    state_written_fn *on_written, void *ctx)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct url_config own = *config;
    const struct entry *old = find(configs, config->function, config->qualifier);
    if (old != NULL) { /* the template's stays its own, deleted or not */
        own.logical_id = arena_copy(&arena, old->config.logical_id);
    }
    struct entry *entry = keep(configs, &own);
    entry->is_changed = true;
    tell(configs);
    if (entry->config.logical_id.len > 0) {
        state_wait(configs->scheduler, on_written, ctx);
    } else {
        write_entry(configs, entry, on_written, ctx);
    }
}

bool url_config_delete(struct url_configs *configs, struct slice function, struct slice qualifier,
                       state_written_fn *on_written, void *ctx)
{
    struct entry *entry = find(configs, function, qualifier);
    if (entry == NULL || entry->is_gone) {
        return false;
    }
    if (entry->config.logical_id.len > 0) {
        entry->is_gone = entry->is_changed = true;
        state_wait(configs->scheduler, on_written, ctx);
    } else {
        write_record(configs, entry, SLICE_NULL, on_written, ctx);
        drop(configs, entry);
    }
    tell(configs);
    return true;
}

/* --- the template's --- */

void url_config_target(struct arena *arena, struct slice properties, struct slice *ret_function,
                       struct slice *ret_qualifier)
{
    struct slice given = property_text(arena, properties, "Qualifier");
    function_name_parse(property_text(arena, properties, "TargetFunctionArn"), ret_function,
                        ret_qualifier);
    if (given.len > 0) {
        *ret_qualifier = given;
    }
}

void url_config_deploy(struct url_configs *configs, const struct url_config *config)
{
    struct entry *old = find(configs, config->function, config->qualifier);
    struct url_config own = *config;
    bool was_changed = old != NULL && old->is_changed;
    if (old != NULL) {
        own.created_ms = old->config.created_ms;
        own.modified_ms = slice_eq(old->config.properties, config->properties) && !was_changed
                              ? old->config.modified_ms
                              : config->modified_ms;
        if (old->config.logical_id.len == 0) {
            write_record(configs, old, SLICE_NULL, NULL, NULL);
        }
    }
    (void)keep(configs, &own);
    if (was_changed) {
        tell(configs);
    }
}

void url_config_withdraw(struct url_configs *configs, struct slice function, struct slice qualifier,
                         struct slice logical_id)
{
    struct entry *entry = find(configs, function, qualifier);
    if (entry != NULL && slice_eq(entry->config.logical_id, logical_id)) {
        drop(configs, entry);
    }
}

/* --- for the gateway --- */

const char *url_config_id(char out[URL_ID_MAX], struct slice arn)
{
    id_derived(out, URL_ID_MAX - 1, arn);
    return out;
}

/* What the model of a template's URL reads. */
static struct slice whole_properties(struct arena *arena, const struct url_config *config)
{
    AUTO_BUF json = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    json_put_string(&w, "TargetFunctionArn", config->function);
    if (config->qualifier.len > 0) {
        json_put_string(&w, "Qualifier", config->qualifier);
    }
    static const char *const names[] = {"AuthType", "InvokeMode", "Cors"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct slice value = json_raw_member(config->properties, names[i]);
        if (value.ptr != NULL) {
            json_put_raw(&w, names[i], value);
        }
    }
    json_close(&w, '}');
    return arena_copy(arena, buf_slice(&json));
}

static struct resource resource_of(const struct url_configs *configs, struct arena *arena,
                                   const struct url_config *config)
{
    const struct scheduler_options *options = &configs->scheduler->options;
    return (struct resource){
        .logical_id =
            arena_printf(arena, "%.*s%s%.*s URL", SLICE_ARG(config->function),
                         config->qualifier.len > 0 ? ":" : "", SLICE_ARG(config->qualifier)),
        .type = SLICE(URL_TYPE),
        .physical_id = arena_printf(arena, "arn:aws:lambda:%s:%s:function:%.*s", options->region,
                                    options->account_id, SLICE_ARG(config->function)),
        .properties = whole_properties(arena, config),
        .position = SLICE(""),
    };
}

struct resource *url_configs_merge(const struct url_configs *configs, struct arena *arena,
                                   const struct resource *resources, size_t count,
                                   size_t *ret_count)
{
    struct resource *merged = arena_array(arena, count + configs->count, sizeof *merged);
    bool *is_of_template = arena_array(arena, configs->count, sizeof *is_of_template);
    *ret_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct slice function, qualifier;
        struct resource resource = resources[i];
        const struct entry *entry = NULL;
        if (slice_is(resource.type, URL_TYPE)) {
            url_config_target(arena, resource.properties, &function, &qualifier);
            entry = find(configs, function, qualifier);
        }
        if (entry != NULL) {
            is_of_template[entry - configs->entries] = true;
        }
        if (entry != NULL && entry->is_changed && entry->config.logical_id.len > 0) {
            if (entry->is_gone) {
                continue;
            }
            resource.properties = whole_properties(arena, &entry->config);
        }
        merged[(*ret_count)++] = resource;
    }
    for (size_t i = 0; i < configs->count; i++) {
        const struct url_config *config = &configs->entries[i].config;
        if (!is_of_template[i] && config->logical_id.len == 0) {
            merged[(*ret_count)++] = resource_of(configs, arena, config);
        }
    }
    return merged;
}

/* --- life --- */

static void load(void *part, struct slice key, struct slice json)
{
    struct url_configs *configs = part;
    size_t colon = slice_find(key, ':');
    struct url_config config = {
        .function = slice_take(key, colon),
        .qualifier = colon != SLICE_NPOS ? slice_skip(key, colon + 1) : SLICE(""),
        .properties = json_raw_member(json, "Properties"),
        .logical_id = SLICE(""),
        .created_ms = json_i64_member(json, "Created", 0),
        .modified_ms = json_i64_member(json, "Modified", 0),
    };
    struct entry *entry = find(configs, config.function, config.qualifier);
    if (json.ptr != NULL) {
        keep(configs, &config)->is_changed = true;
    } else if (entry != NULL && entry->config.logical_id.len == 0) {
        drop(configs, entry);
    }
}

/* What could not be written. */
static void reload(void *part, struct slice key, struct slice json)
{
    load(part, key, json);
    tell(part);
}

struct url_configs *url_configs_create(struct scheduler *scheduler)
{
    struct url_configs *configs = mem_zalloc(sizeof *configs);
    configs->scheduler = scheduler;
    state_keep(scheduler, STATE_FUNCTION_URL, reload, configs);
    state_each(scheduler, STATE_FUNCTION_URL, load, configs);
    return configs;
}

void url_configs_destroy(struct url_configs *configs)
{
    if (configs == NULL) {
        return;
    }
    for (size_t i = 0; i < configs->count; i++) {
        mem_free(configs->entries[i].texts);
    }
    mem_free(configs->entries);
    mem_free(configs);
}
