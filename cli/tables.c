#include "cli/tables.h"

#include "cli/position.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "templates/limits.h"

#define SPEC_JSON_MAX (4u << 20)
#define GLOBAL_TABLE "AWS::DynamoDB::GlobalTable"

bool is_table(const struct deployment_resource *resource)
{
    return slice_is(resource->type, "AWS::DynamoDB::Table") ||
           slice_is(resource->type, GLOBAL_TABLE);
}

/* --- properties to CreateTable's JSON --- */

/* Templates may write numbers and booleans as text; the API takes only the real ones. */
static const char *const numbers[] = {"ReadCapacityUnits",   "WriteCapacityUnits",
                                      "MaxReadRequestUnits", "MaxWriteRequestUnits",
                                      "ReadUnitsPerSecond",  "WriteUnitsPerSecond"};
static const char *const booleans[] = {"Enabled", "DeletionProtectionEnabled"};

static bool is_among(struct slice name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_is(name, names[i])) {
            return true;
        }
    }
    return false;
}

static void print_scalar(struct json_writer *w, struct slice name, struct slice text)
{
    int64_t number = 0;
    if (is_among(name, numbers, COUNT_OF(numbers)) && slice_to_i64(text, &number)) {
        json_write_i64(w, number);
    } else if (is_among(name, booleans, COUNT_OF(booleans)) &&
               (slice_is(text, "true") || slice_is(text, "false"))) {
        json_write_bool(w, slice_is(text, "true"));
    } else {
        json_write_string(w, text);
    }
}

static void print_value(struct json_writer *w, struct slice name, const struct value *value)
{
    if (value->kind == VALUE_LIST) {
        json_open(w, '[');
        for (size_t i = 0; i < value_count(value); i++) {
            print_value(w, name, value_at(value, i));
        }
        json_close(w, ']');
    } else if (value->kind == VALUE_MAP) {
        json_open(w, '{');
        for (size_t i = 0; i < value->as.map.count; i++) {
            const struct value_entry *entry = &value->as.map.entries[i];
            /* Of an index; the API has it in a call of its own. */
            if (!slice_is(entry->key, "ContributorInsightsSpecification")) {
                json_write_key(w, entry->key);
                print_value(w, entry->key, entry->value);
            }
        }
        json_close(w, '}');
    } else if (value->kind == VALUE_NULL) {
        json_write_null(w);
    } else {
        print_scalar(w, name, value_scalar_text(value));
    }
}

/* What CreateTable calls by the same name and takes in the same form. */
static const char *const same[] = {
    "AttributeDefinitions",   "KeySchema",      "BillingMode",
    "ProvisionedThroughput",  "TableClass",     "LocalSecondaryIndexes",
    "GlobalSecondaryIndexes", "Tags",           "DeletionProtectionEnabled",
    "OnDemandThroughput",     "WarmThroughput",
};

static void print_stream(struct json_writer *w, const struct value *specification)
{
    json_key_text(w, "StreamSpecification");
    json_open(w, '{');
    json_put_bool(w, "StreamEnabled", true);
    json_put_string(w, "StreamViewType",
                    value_scalar_text(value_get(specification, "StreamViewType")));
    json_close(w, '}');
}

static void print_encryption(struct json_writer *w, const struct value *specification)
{
    static const char *const members[] = {"SSEType", "KMSMasterKeyId"};
    json_key_text(w, "SSESpecification");
    json_open(w, '{');
    json_put_bool(w, "Enabled", value_is(value_get(specification, "SSEEnabled"), "true"));
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        const struct value *member = value_get(specification, members[i]);
        if (member != NULL) {
            json_put_string(w, members[i], value_scalar_text(member));
        }
    }
    json_close(w, '}');
}

static void print_policy(struct json_writer *w, const struct value *policy)
{
    const struct value *document = value_get(policy, "PolicyDocument");
    AUTO_BUF text = BUF_INIT(SPEC_JSON_MAX);
    if (document != NULL) {
        value_to_json(&text, document);
        json_put_string(w, "ResourcePolicy", buf_slice(&text));
    }
}

static struct slice create_json(struct arena *arena, const struct deployment_resource *resource)
{
    AUTO_BUF text = BUF_INIT(SPEC_JSON_MAX);
    struct json_writer w = json_writer_init(&text);
    json_open(&w, '{');
    json_put_string(&w, "TableName", resource->physical_id);
    bool is_global = slice_is(resource->type, GLOBAL_TABLE);
    if (is_global) { /* its capacity settings are auto-scaling targets of each region */
        json_put_text(&w, "BillingMode", "PAY_PER_REQUEST");
    }
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        const struct value *property = value_get(resource->properties, same[i]);
        if (property != NULL && !(is_global && strcmp(same[i], "BillingMode") == 0)) {
            json_key_text(&w, same[i]);
            print_value(&w, slice_from(same[i]), property);
        }
    }
    const struct value *stream = value_get(resource->properties, "StreamSpecification");
    if (stream != NULL) {
        print_stream(&w, stream);
    }
    const struct value *encryption = value_get(resource->properties, "SSESpecification");
    if (encryption != NULL) {
        print_encryption(&w, encryption);
    }
    print_policy(&w, value_get(resource->properties, "ResourcePolicy"));
    json_close(&w, '}');
    return arena_copy(arena, buf_slice(&text));
}

static struct slice text_of(const struct value *object, const char *key)
{
    const struct value *member = value_get(object, key);
    return member != NULL ? value_scalar_text(member) : SLICE("");
}

void table_spec_of(struct arena *arena, const struct deployment_resource *resource,
                   struct store_table_spec *ret_spec)
{
    const struct value *ttl = value_get(resource->properties, "TimeToLiveSpecification");
    const struct value *recovery =
        value_get(resource->properties, "PointInTimeRecoverySpecification");
    const struct value *kinesis = value_get(resource->properties, "KinesisStreamSpecification");
    *ret_spec = (struct store_table_spec){
        .create_json = create_json(arena, resource),
        .ttl_attribute = value_is(value_get(ttl, "Enabled"), "true")
                             ? value_scalar_text(value_get(ttl, "AttributeName"))
                             : SLICE(""),
        .has_recovery = value_is(value_get(recovery, "PointInTimeRecoveryEnabled"), "true"),
        .destination_arn = text_of(kinesis, "StreamArn"),
        .destination_precision = text_of(kinesis, "ApproximateCreationDateTimePrecision"),
        .stream_label = SLICE(TEMPLATE_STREAM_LABEL),
    };
}

/* --- deploying --- */

/* One table on its way; each is a call of its own, so that a refusal is told with its place. */
struct pending_table {
    struct tables *tables;
    struct slice position; /* "template.yaml:12:3" */
};

struct tables {
    struct arena arena; /* holds the pending tables and their specs */
    size_t left;
    tables_done_fn *on_done;
    void *ctx;
    struct fault fault; /* the first one; status OK while there is none */
};

static void on_table_done(void *ctx, enum status status, const struct fault *fault)
{
    struct pending_table *pending = ctx;
    struct tables *tables = pending->tables;
    if (status != STATUS_OK && tables->fault.status == STATUS_OK) {
        (void)fault_set(&tables->fault, status, "%.*s: %s", SLICE_ARG(pending->position),
                        fault->text);
    }
    if (--tables->left > 0) {
        return;
    }
    tables->on_done(tables->ctx, tables->fault.status, &tables->fault);
    arena_finish(&tables->arena);
    mem_free(tables);
}

bool tables_deploy(struct store *store, const struct deployment *deployment,
                   tables_done_fn *on_done, void *ctx)
{
    struct tables *tables = mem_zalloc(sizeof *tables);
    arena_init(&tables->arena, 4096);
    tables->on_done = on_done;
    tables->ctx = ctx;
    tables->left = 1; /* this loop */
    for (size_t i = 0; i < deployment->resource_count; i++) {
        const struct deployment_resource *resource = &deployment->resources[i];
        if (!is_table(resource)) {
            continue;
        }
        struct pending_table *pending = arena_alloc(&tables->arena, sizeof *pending);
        struct store_table_spec *spec = arena_alloc(&tables->arena, sizeof *spec);
        pending->tables = tables;
        pending->position = position_text(&tables->arena, deployment, resource->pos);
        table_spec_of(&tables->arena, resource, spec);
        tables->left++;
        store_deploy(store, spec, 1, on_table_done, pending);
    }
    if (--tables->left == 0) {
        arena_finish(&tables->arena);
        mem_free(tables);
        return false;
    }
    return true;
}
