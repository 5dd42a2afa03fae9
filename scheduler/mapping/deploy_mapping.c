#include "scheduler/mapping/deploy_mapping.h"

#include "core/api/tags.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/mapping/draft.h"
#include "scheduler/mapping/mapping_tags.h"

/* One resource on its way. */
struct deployment {
    struct scheduler *scheduler;
    const struct resource *resource;
    struct arena arena;
    struct mapping_config config;
    bool has_tags; /* the template says which */
    struct slice tags;
    struct resource_run *run;
};

static void finish(struct deployment *deployment, enum status status, const struct fault *fault)
{
    resource_end(deployment->run, status, fault);
    arena_finish(&deployment->arena);
    mem_free(deployment);
}

static void on_written(void *ctx, enum status status)
{
    struct deployment *deployment = ctx;
    struct resource_run *run = deployment->run;
    arena_finish(&deployment->arena);
    mem_free(deployment);
    resource_written(run, status);
}

static bool prints_alike(const struct mapping_config *a, const struct mapping_config *b)
{
    const struct mapping_config *const both[] = {a, b};
    struct buf json[2];
    for (size_t i = 0; i < 2; i++) {
        struct mapping_config timeless = *both[i];
        timeless.modified_ms = 0;
        buf_init(&json[i], MAPPING_JSON_MAX);
        struct json_writer w = json_writer_init(&json[i]);
        json_open(&w, '{');
        mapping_config_print(&w, &timeless);
        json_put_bool(&w, "Enabled", timeless.is_enabled);
        json_close(&w, '}');
    }
    bool is_alike = slice_eq(buf_slice(&json[0]), buf_slice(&json[1]));
    buf_finish(&json[0]);
    buf_finish(&json[1]);
    return is_alike;
}

/* CloudFormation replaces a mapping whose source or beginning changes. */
static bool is_replaced(const struct mapping_config *old, const struct mapping_config *config)
{
    return !slice_eq(old->source_arn, config->source_arn) ||
           old->starting_position != config->starting_position ||
           old->starting_ms != config->starting_ms;
}

static struct mapping *find(struct scheduler *scheduler, const char *uuid)
{
    struct mapping *mapping = mappings_find(scheduler->mappings, slice_from(uuid));
    return mapping != NULL && !mapping->is_forgotten ? mapping : NULL;
}

static void on_checked(void *ctx, enum status status, const struct fault *fault)
{
    struct deployment *deployment = ctx;
    struct scheduler *scheduler = deployment->scheduler;
    struct mapping_config *config = &deployment->config;
    struct fault own = *fault;
    struct mapping *mapping = find(scheduler, config->uuid);
    if (mapping != NULL && deployment->has_tags && !slice_eq(mapping->tags, deployment->tags)) {
        mapping_set_tags(mapping, deployment->tags, NULL, NULL);
    }
    if (mapping != NULL && prints_alike(&mapping->config, config)) {
        if (status != STATUS_OK) {
            mapping_notice(mapping, "%s", fault->text); /* its queue or function has changed */
        }
        finish(deployment, STATUS_OK, &own);
        return;
    }
    if (status == STATUS_NOT_FOUND) { /* it goes on as soon as its source is made */
        resource_notice(scheduler, deployment->resource, "waits: %s", fault->text);
        status = STATUS_OK;
    }
    if (status == STATUS_OK) {
        status = draft_check_duplicate(scheduler->mappings, config, &own);
    }
    if (status != STATUS_OK) {
        finish(deployment, status, &own);
    } else if (mapping != NULL && !is_replaced(&mapping->config, config)) {
        mapping_update(mapping, config, on_written, deployment);
    } else {
        (void)mapping_create(scheduler->mappings, config, deployment->tags, on_written, deployment);
    }
}

/* A broker or a cluster, whatever stands for its ARN. */
static enum status check_source(const struct resource *resource, struct fault *reterr)
{
    static const struct {
        const char *property, *name;
    } rows[] = {{"SelfManagedEventSource", "self-managed Apache Kafka"},
                {"Topics", "Amazon MSK"},
                {"Queues", "Amazon MQ"},
                {"DocumentDBEventSourceConfig", "Amazon DocumentDB"}};
    struct slice raw;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (json_raw_find(resource->properties, rows[i].property, &raw)) {
            return draft_refuse_source(rows[i].name, reterr);
        }
    }
    return STATUS_OK;
}

static enum status read_properties(struct deployment *deployment, const struct resource *resource,
                                   struct fault *reterr)
{
    const struct shape *shape =
        model_input(&mapping_template_model, SLICE("CreateEventSourceMapping"));
    const struct record *input;
    if (check_source(resource, reterr) != STATUS_OK) {
        return reterr->status;
    }
    const struct model_fault *fault = model_parse_json(&mapping_template_model, &deployment->arena,
                                                       shape, resource->properties, &input);
    if (fault != NULL) {
        return fault_set(reterr, STATUS_INVALID, "%.*s", SLICE_ARG(fault->text));
    }
    const struct field *given = record_get(input, MEMBER_TAGS);
    struct tags tags = tags_of_list(&deployment->arena, given->raw);
    deployment->has_tags = given->is_set;
    deployment->tags = tags_object(&deployment->arena, &tags);
    enum status status =
        draft_create(deployment->scheduler, &deployment->arena, input, &deployment->config, reterr);
    if (status == STATUS_OK && resource->physical_id.len != ID_UUID_MAX - 1) {
        status = fault_set(reterr, STATUS_INVALID, "'%.*s' is no UUID",
                           SLICE_ARG(resource->physical_id));
    }
    if (status == STATUS_OK) {
        memcpy(deployment->config.uuid, resource->physical_id.ptr, resource->physical_id.len);
    }
    return status;
}

static void deploy(struct scheduler *scheduler, const struct resource *resource,
                   struct resource_run *run)
{
    struct fault fault = {.status = STATUS_OK};
    struct deployment *deployment = mem_zalloc(sizeof *deployment);
    arena_init(&deployment->arena, 1024);
    deployment->scheduler = scheduler;
    deployment->resource = resource;
    deployment->run = run;
    enum status status = read_properties(deployment, resource, &fault);
    if (status != STATUS_OK) {
        finish(deployment, status, &fault);
    } else {
        draft_check(scheduler, &deployment->config, on_checked, deployment);
    }
}

static void withdraw(struct scheduler *scheduler, const struct resource *resource,
                     struct resource_run *run)
{
    struct mapping *mapping = mappings_find(scheduler->mappings, resource->physical_id);
    if (mapping != NULL && !mapping->is_forgotten) {
        mapping_delete(mapping, resource_written, run);
    } else {
        resource_done(run);
    }
}

const struct resource_type mapping_resources[] = {
    {"AWS::Lambda::EventSourceMapping", PHASE_WIRING, deploy, withdraw},
    {NULL, PHASE_THINGS, NULL, NULL},
};
