#include "scheduler/events/target.h"

#include "core/json_scan.h"
#include "scheduler/arn.h"
#include "scheduler/events/limits.h"

static const struct {
    const char *service;
    const char *resource; /* how it begins; NULL: anything */
    enum target_service kind;
} emulated[] = {
    {"lambda", "function:", TARGET_LAMBDA},
    {"sqs", NULL, TARGET_SQS},
    {"sns", NULL, TARGET_SNS},
    {"kinesis", "stream/", TARGET_KINESIS},
    {"events", "event-bus/", TARGET_BUS},
    {"events", "api-destination/", TARGET_API_DESTINATION},
    {"logs", "log-group:", TARGET_LOGS},
};

static enum status find_service(struct target *target, struct fault *reterr)
{
    struct arn arn;
    if (!arn_parse(target->arn, &arn)) {
        return fault_set(reterr, STATUS_INVALID,
                         "Parameter %.*s is not valid. Reason: Provided Arn is not in correct "
                         "format.",
                         SLICE_ARG(target->arn));
    }
    for (size_t i = 0; i < sizeof emulated / sizeof emulated[0]; i++) {
        if (slice_is(arn.service, emulated[i].service) &&
            (emulated[i].resource == NULL ||
             slice_starts_with(arn.resource, slice_from(emulated[i].resource)))) {
            target->service = emulated[i].kind;
            return STATUS_OK;
        }
    }
    return fault_set(reterr, STATUS_UNSUPPORTED,
                     "sls-local does not emulate targets of the service %.*s (%.*s, target %.*s).",
                     SLICE_ARG(arn.service), SLICE_ARG(arn.resource), SLICE_ARG(target->id));
}

static void parse_variables(struct arena *arena, struct slice map, struct target_input_spec *spec)
{
    struct json_scan count = json_scan_object(map);
    struct json_scan scan = count;
    struct slice key, value;
    size_t most = 0;
    while (json_scan_member(&count, &key, &value)) {
        most++;
    }
    struct input_variable *variables = arena_array(arena, most, sizeof *variables);
    while (json_scan_member(&scan, &key, &value)) {
        struct input_variable *variable = &variables[spec->variable_count];
        if (json_raw_key(arena, key, &variable->name) &&
            json_raw_string(arena, value, &variable->path)) {
            spec->variable_count++;
        }
    }
    spec->variables = variables;
}

static enum status parse_input(struct arena *arena, struct target *target, struct fault *reterr)
{
    struct slice transformer = json_raw_member(target->json, "InputTransformer");
    struct target_input_spec spec = {
        .target_id = target->id,
        .input = json_text_member(arena, target->json, "Input"),
        .input_path = json_text_member(arena, target->json, "InputPath"),
        .input_template = json_text_member(arena, transformer, "InputTemplate"),
    };
    parse_variables(arena, json_raw_member(transformer, "InputPathsMap"), &spec);
    bool is_made =
        spec.input.ptr != NULL || spec.input_path.ptr != NULL || spec.input_template.ptr != NULL;
    if (is_made && target->service == TARGET_BUS) {
        return fault_set(reterr, STATUS_UNSUPPORTED,
                         "sls-local does not emulate Input, InputPath and InputTransformer of "
                         "targets that are event buses (target %.*s).",
                         SLICE_ARG(target->id));
    }
    return target_input_parse(arena, &spec, &target->input, reterr);
}

static enum status parse_partition_key(struct arena *arena, struct target *target,
                                       struct fault *reterr)
{
    struct slice text = json_text_member(arena, json_raw_member(target->json, "KinesisParameters"),
                                         "PartitionKeyPath");
    if (text.ptr == NULL || json_path_parse(arena, text, &target->partition_key_path)) {
        return STATUS_OK;
    }
    return fault_set(reterr, STATUS_INVALID, "Invalid PartitionKeyPath for target %.*s.",
                     SLICE_ARG(target->id));
}

enum status target_parse(struct arena *arena, struct slice json, struct target *ret_target,
                         struct fault *reterr)
{
    if (json.len > TARGET_JSON_MAX) {
        return fault_set(reterr, STATUS_INVALID, "A target must not be larger than %u bytes.",
                         TARGET_JSON_MAX);
    }
    struct target target = {.json = json};
    struct slice retry = json_raw_member(json, "RetryPolicy");
    target.id = json_text_member(arena, json, "Id");
    target.arn = json_text_member(arena, json, "Arn");
    target.message_group_id =
        json_text_member(arena, json_raw_member(json, "SqsParameters"), "MessageGroupId");
    target.http_parameters = json_raw_member(json, "HttpParameters");
    target.dead_letter_arn =
        json_text_member(arena, json_raw_member(json, "DeadLetterConfig"), "Arn");
    target.max_attempts = json_i64_member(retry, "MaximumRetryAttempts", RETRY_ATTEMPTS_DEFAULT);
    target.max_age_s = json_i64_member(retry, "MaximumEventAgeInSeconds", RETRY_AGE_DEFAULT_S);
    enum status status = find_service(&target, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    if (target.service == TARGET_SQS && slice_ends_with(target.arn, SLICE(".fifo")) &&
        target.message_group_id.len == 0) {
        return fault_set(reterr, STATUS_INVALID,
                         "Parameter(s) SqsParameters must be specified for target: %.*s.",
                         SLICE_ARG(target.id));
    }
    status = parse_partition_key(arena, &target, reterr);
    if (status == STATUS_OK) {
        status = parse_input(arena, &target, reterr);
    }
    if (status == STATUS_OK) {
        *ret_target = target;
    }
    return status;
}
