#include "scheduler/sqs/attributes.h"

#include "core/mem.h"
#include "scheduler/sqs/limits.h"
#include "scheduler/sqs/policy.h"
#include "scheduler/sqs/wire.h"

enum attribute_kind { KIND_NUMBER, KIND_BOOL, KIND_CHOICE, KIND_TEXT };

struct attribute_row {
    const char *name;
    enum attribute_kind kind;
    const char *initial;      /* NULL: not there unless it is set */
    int64_t min, max;         /* NUMBER */
    const char *choices[2];   /* CHOICE */
    const char *switched_off; /* this value is the same as none */
    bool is_fifo;
};

static const struct attribute_row rows[ATTRIBUTE_COUNT] = {
    [ATTRIBUTE_POLICY] = {"Policy", KIND_TEXT, .switched_off = ""},
    [ATTRIBUTE_VISIBILITY_TIMEOUT] = {"VisibilityTimeout", KIND_NUMBER, "30", 0, VISIBILITY_MAX_S},
    [ATTRIBUTE_MAXIMUM_MESSAGE_SIZE] = {"MaximumMessageSize", KIND_NUMBER, "1048576", 1024,
                                        MESSAGE_SIZE_MAX},
    [ATTRIBUTE_MESSAGE_RETENTION_PERIOD] = {"MessageRetentionPeriod", KIND_NUMBER, "345600", 60,
                                            1209600},
    [ATTRIBUTE_DELAY_SECONDS] = {"DelaySeconds", KIND_NUMBER, "0", 0, DELAY_MAX_S},
    [ATTRIBUTE_RECEIVE_WAIT_TIME_SECONDS] = {"ReceiveMessageWaitTimeSeconds", KIND_NUMBER, "0", 0,
                                             WAIT_MAX_S},
    [ATTRIBUTE_REDRIVE_POLICY] = {"RedrivePolicy", KIND_TEXT, .switched_off = ""},
    [ATTRIBUTE_REDRIVE_ALLOW_POLICY] = {"RedriveAllowPolicy", KIND_TEXT, .switched_off = ""},
    [ATTRIBUTE_FIFO_QUEUE] = {"FifoQueue", KIND_BOOL},
    [ATTRIBUTE_CONTENT_BASED_DEDUPLICATION] = {"ContentBasedDeduplication", KIND_BOOL, "false",
                                               .is_fifo = true},
    [ATTRIBUTE_DEDUPLICATION_SCOPE] = {"DeduplicationScope", KIND_CHOICE, "queue",
                                       .choices = {"queue", "messageGroup"}, .is_fifo = true},
    [ATTRIBUTE_FIFO_THROUGHPUT_LIMIT] = {"FifoThroughputLimit", KIND_CHOICE, "perQueue",
                                         .choices = {"perQueue", "perMessageGroupId"},
                                         .is_fifo = true},
    [ATTRIBUTE_KMS_MASTER_KEY_ID] = {"KmsMasterKeyId", KIND_TEXT, .switched_off = ""},
    [ATTRIBUTE_KMS_DATA_KEY_REUSE_PERIOD_SECONDS] = {"KmsDataKeyReusePeriodSeconds", KIND_NUMBER,
                                                     .min = 60, .max = 86400,
                                                     .switched_off = "300"},
    [ATTRIBUTE_SQS_MANAGED_SSE_ENABLED] = {"SqsManagedSseEnabled", KIND_BOOL, "true"},
};

/* --- configs --- */

struct config *sqs_config_create(void)
{
    struct config *config = mem_zalloc(sizeof *config);
    arena_init(&config->arena, 512);
    return config;
}

struct config *sqs_config_copy(const struct config *config)
{
    struct config *copy = sqs_config_create();
    copy->created_s = config->created_s;
    copy->modified_s = config->modified_s;
    copy->purged_ms = config->purged_ms;
    copy->scope_changed_ms = config->scope_changed_ms;
    for (int i = 0; i < ATTRIBUTE_COUNT; i++) {
        if (config->values[i].ptr != NULL) {
            sqs_config_set(copy, (enum attribute)i, config->values[i]);
        }
    }
    sqs_config_set_tags(copy, &config->tags);
    sqs_config_derive(copy);
    return copy;
}

void sqs_config_destroy(struct config *config)
{
    if (config != NULL) {
        arena_finish(&config->arena);
        mem_free(config);
    }
}

void sqs_config_set(struct config *config, enum attribute attribute, struct slice value)
{
    config->values[attribute] = value.ptr != NULL ? arena_copy(&config->arena, value) : SLICE_NULL;
}

static struct slice current(const struct config *config, enum attribute attribute)
{
    return config->values[attribute].ptr != NULL ? config->values[attribute]
                                                 : slice_from(rows[attribute].initial);
}

static int64_t number_of(const struct config *config, enum attribute attribute)
{
    int64_t number = 0;
    return slice_to_i64(current(config, attribute), &number) ? number : 0;
}

static bool is_true(const struct config *config, enum attribute attribute)
{
    return slice_is(current(config, attribute), "true");
}

void sqs_config_derive(struct config *config)
{
    config->is_fifo = is_true(config, ATTRIBUTE_FIFO_QUEUE);
    config->has_content_dedup = is_true(config, ATTRIBUTE_CONTENT_BASED_DEDUPLICATION);
    config->has_group_scope =
        slice_is(current(config, ATTRIBUTE_DEDUPLICATION_SCOPE), "messageGroup");
    config->visibility_ms = 1000 * number_of(config, ATTRIBUTE_VISIBILITY_TIMEOUT);
    config->delay_ms = 1000 * number_of(config, ATTRIBUTE_DELAY_SECONDS);
    config->wait_ms = 1000 * number_of(config, ATTRIBUTE_RECEIVE_WAIT_TIME_SECONDS);
    config->retention_ms = 1000 * number_of(config, ATTRIBUTE_MESSAGE_RETENTION_PERIOD);
    config->message_max = (size_t)number_of(config, ATTRIBUTE_MAXIMUM_MESSAGE_SIZE);
    config->redrive = (struct redrive){.receives_max = 0};
    struct slice policy = config->values[ATTRIBUTE_REDRIVE_POLICY];
    struct redrive redrive;
    if (policy.ptr != NULL && redrive_parse(&config->arena, policy, &redrive) == NULL) {
        config->redrive = redrive;
    }
}

bool sqs_config_equals(const struct config *a, const struct config *b)
{
    for (int i = 0; i < ATTRIBUTE_COUNT; i++) {
        if (!slice_eq(current(a, (enum attribute)i), current(b, (enum attribute)i))) {
            return false;
        }
    }
    return tags_equal(&a->tags, &b->tags);
}

void sqs_config_set_tags(struct config *config, const struct tags *tags)
{
    config->tags = (struct tags){
        .items = arena_array(&config->arena, tags->count, sizeof(struct tag)),
        .count = tags->count,
    };
    for (size_t i = 0; i < tags->count; i++) {
        config->tags.items[i] = (struct tag){arena_copy(&config->arena, tags->items[i].key),
                                             arena_copy(&config->arena, tags->items[i].value)};
    }
}

/* --- names and values --- */

enum attribute sqs_attribute_find(struct slice name)
{
    int i = 0;
    while (i < ATTRIBUTE_COUNT && !slice_is(name, rows[i].name)) {
        i++;
    }
    return (enum attribute)i;
}

const char *sqs_attribute_name(enum attribute attribute)
{
    return rows[attribute].name;
}

struct slice sqs_attribute_value(const struct config *config, enum attribute attribute)
{
    bool has_kms = config->values[ATTRIBUTE_KMS_MASTER_KEY_ID].ptr != NULL;
    if (rows[attribute].is_fifo && !config->is_fifo) {
        return SLICE_NULL;
    }
    if (attribute == ATTRIBUTE_SQS_MANAGED_SSE_ENABLED && has_kms) {
        return SLICE("false");
    }
    struct slice value = current(config, attribute);
    return value.len > 0 ? value : SLICE_NULL;
}

/* What is kept for a value: SLICE_NULL when it switches the attribute off. */
static struct slice normal_form(enum attribute attribute, struct slice value)
{
    const struct attribute_row *row = &rows[attribute];
    if (row->switched_off != NULL && slice_is(value, row->switched_off)) {
        return SLICE_NULL;
    }
    if (row->kind == KIND_BOOL) {
        return slice_ieq(value, SLICE("true")) ? SLICE("true") : SLICE("false");
    }
    return value;
}

bool sqs_attribute_is(const struct config *config, enum attribute attribute, struct slice value)
{
    struct slice wanted = normal_form(attribute, value),
                 has = sqs_attribute_value(config, attribute);
    return slice_eq(wanted, has) || (attribute == ATTRIBUTE_REDRIVE_POLICY && wanted.len > 0 &&
                                     has.len > 0 && redrive_equals(wanted, has));
}

/* --- checks --- */

static const struct refusal *refuse_unknown(struct arena *arena, struct slice name)
{
    return sqs_refuse(arena, SQS_INVALID_ATTRIBUTE_NAME, "Unknown Attribute %.*s.",
                      SLICE_ARG(name));
}

static const struct refusal *check_type(struct arena *arena, const struct config *config,
                                        enum attribute attribute, struct slice value, bool is_new)
{
    if (attribute == ATTRIBUTE_FIFO_QUEUE) {
        bool is_fifo = slice_ieq(value, SLICE("true"));
        if (is_new ? !is_fifo : !config->is_fifo) {
            return refuse_unknown(arena, SLICE("FifoQueue"));
        }
        return is_fifo ? NULL
                       : sqs_refuse(arena, SQS_INVALID_ATTRIBUTE_VALUE,
                                    "Invalid value for the parameter FifoQueue. Reason: Modifying "
                                    "queue type is not supported.");
    }
    if (!rows[attribute].is_fifo || config->is_fifo) {
        return NULL;
    }
    if (attribute == ATTRIBUTE_CONTENT_BASED_DEDUPLICATION) {
        return refuse_unknown(arena, slice_from(rows[attribute].name));
    }
    return sqs_refuse(arena, SQS_INVALID_ATTRIBUTE_NAME,
                      "You can specify the %s only when FifoQueue is set to true.",
                      rows[attribute].name);
}

static bool is_in_range(const struct attribute_row *row, struct slice value)
{
    int64_t number;
    switch (row->kind) {
    case KIND_NUMBER:
        return slice_to_i64(value, &number) && number >= row->min && number <= row->max;
    case KIND_BOOL:
        return slice_ieq(value, SLICE("true")) || slice_ieq(value, SLICE("false"));
    case KIND_CHOICE:
        return slice_is(value, row->choices[0]) || slice_is(value, row->choices[1]);
    case KIND_TEXT:
        break;
    }
    return true;
}

static const struct refusal *check_value(struct arena *arena, enum attribute attribute,
                                         struct slice value)
{
    struct redrive redrive;
    if (!is_in_range(&rows[attribute], value)) {
        return sqs_refuse(arena, SQS_INVALID_ATTRIBUTE_VALUE, "Invalid value for the parameter %s.",
                          rows[attribute].name);
    }
    if (value.len > 0 && attribute == ATTRIBUTE_POLICY) {
        return sqs_policy_check(arena, value);
    }
    if (value.len > 0 && attribute == ATTRIBUTE_REDRIVE_POLICY) {
        return redrive_parse(arena, value, &redrive);
    }
    if (value.len > 0 && attribute == ATTRIBUTE_REDRIVE_ALLOW_POLICY) {
        return redrive_allow_check(arena, value);
    }
    return NULL;
}

/* The last of that name, as everywhere in JSON; SLICE_NULL: not given. */
static struct slice find_given(const struct field *given, enum attribute attribute)
{
    struct slice value = SLICE_NULL;
    for (size_t i = 0; i < given->count; i++) {
        if (given->items[i].is_set && slice_is(given->items[i].key, rows[attribute].name)) {
            value = given->items[i].text;
        }
    }
    return value;
}

/* A queue has one encryption: KMS, or SQS's own. */
static const struct refusal *check_encryption(struct arena *arena, const struct config *config,
                                              const struct field *given)
{
    struct slice kms = find_given(given, ATTRIBUTE_KMS_MASTER_KEY_ID);
    struct slice sse = find_given(given, ATTRIBUTE_SQS_MANAGED_SSE_ENABLED);
    bool has_kms =
        kms.ptr != NULL ? kms.len > 0 : config->values[ATTRIBUTE_KMS_MASTER_KEY_ID].ptr != NULL;
    if (has_kms && slice_ieq(sse, SLICE("true"))) {
        return sqs_refuse(
            arena, SQS_INVALID_ATTRIBUTE_NAME,
            "You can use one type of server-side encryption (SSE) at one time. You can "
            "either enable KMS SSE or SQS SSE.");
    }
    return NULL;
}

static const struct refusal *apply_one(struct arena *arena, struct config *config,
                                       struct slice name, struct slice value, bool is_new)
{
    enum attribute attribute = sqs_attribute_find(name);
    if (attribute == ATTRIBUTE_COUNT) {
        return refuse_unknown(arena, name);
    }
    const struct refusal *refusal = check_type(arena, config, attribute, value, is_new);
    if (refusal == NULL) {
        refusal = check_value(arena, attribute, value);
    }
    if (refusal == NULL) {
        sqs_config_set(config, attribute, normal_form(attribute, value));
    }
    return refusal;
}

static const struct refusal *check_throughput(struct arena *arena, const struct config *config)
{
    struct slice limit = current(config, ATTRIBUTE_FIFO_THROUGHPUT_LIMIT);
    if (config->is_fifo && !config->has_group_scope && slice_is(limit, "perMessageGroupId")) {
        return sqs_refuse(
            arena, SQS_INVALID_ATTRIBUTE_VALUE,
            "Invalid value for the parameter FifoThroughputLimit. Reason: The value "
            "perMessageGroupId is allowed only when the value for DeduplicationScope is "
            "messageGroup.");
    }
    return NULL;
}

const struct refusal *sqs_attributes_apply(struct arena *arena, struct config *config,
                                           const struct field *given, bool is_new)
{
    if (is_new) { /* what else may be given depends on it */
        config->is_fifo = slice_ieq(find_given(given, ATTRIBUTE_FIFO_QUEUE), SLICE("true"));
    }
    const struct refusal *refusal = check_encryption(arena, config, given);
    for (size_t i = 0; refusal == NULL && i < given->count; i++) {
        const struct field *attribute = &given->items[i];
        if (attribute->is_set) {
            refusal = apply_one(arena, config, attribute->key, attribute->text, is_new);
        }
    }
    if (refusal == NULL) {
        sqs_config_derive(config);
        refusal = check_throughput(arena, config);
    }
    return refusal;
}
