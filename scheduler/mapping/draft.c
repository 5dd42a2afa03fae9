#include "scheduler/mapping/draft.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/arn.h"
#include "scheduler/deploy.h"

/* --- what is asked for --- */

enum status draft_refuse_source(const char *name, struct fault *reterr)
{
    return fault_set(reterr, STATUS_UNSUPPORTED,
                     "sls-local does not emulate event source mappings of %s", name);
}

/* No queue, stream or table. */
static enum status refuse_source(struct slice text, struct fault *reterr)
{
    static const struct {
        const char *service, *name;
    } rows[] = {{"kafka", "Amazon MSK"}, {"mq", "Amazon MQ"}, {"rds", "Amazon DocumentDB"}};
    struct arn arn;
    for (size_t i = 0; arn_parse(text, &arn) && i < COUNT_OF(rows); i++) {
        if (slice_is(arn.service, rows[i].service)) {
            return draft_refuse_source(rows[i].name, reterr);
        }
    }
    return fault_set(reterr, STATUS_INVALID, "Unrecognized event source.");
}

static enum status read_source(const struct record *input, struct mapping_config *config,
                               struct fault *reterr)
{
    if (record_has(input, MEMBER_SELF_MANAGED_EVENT_SOURCE)) {
        return draft_refuse_source("self-managed Apache Kafka", reterr);
    }
    config->source_arn = record_text(input, MEMBER_EVENT_SOURCE_ARN);
    if (!mapping_source_of_arn(config->source_arn, &config->source)) {
        return refuse_source(config->source_arn, reterr);
    }
    config->is_fifo =
        config->source == MAPPING_QUEUE && slice_ends_with(config->source_arn, SLICE(".fifo"));
    return STATUS_OK;
}

static enum status read_function(struct scheduler *scheduler, struct arena *arena,
                                 const struct record *input, struct mapping_config *config,
                                 struct fault *reterr)
{
    const struct function_directory *functions = &scheduler->options.functions;
    struct function_facts facts;
    struct slice name;
    if (!record_has(input, MEMBER_FUNCTION_NAME)) {
        return STATUS_OK;
    }
    struct slice given = record_text(input, MEMBER_FUNCTION_NAME);
    function_name_parse(given, &name, &config->qualifier);
    if (!functions->find(functions->ctx, given, &facts) || facts.has_no_such_version) {
        return fault_set(reterr, STATUS_NOT_FOUND, "Function does not exist");
    }
    config->function = arena_copy(arena, facts.name);
    config->function_arn =
        arena_printf(arena, "%.*s%s%.*s", SLICE_ARG(facts.arn),
                     config->qualifier.len > 0 ? ":" : "", SLICE_ARG(config->qualifier));
    return STATUS_OK;
}

static void read_numbers(const struct record *input, struct mapping_config *config)
{
    const struct {
        int id;
        uint32_t *value;
    } rows[] = {
        {MEMBER_BATCH_SIZE, &config->batch_size},
        {MEMBER_MAXIMUM_BATCHING_WINDOW_IN_SECONDS, &config->window_s},
        {MEMBER_PARALLELIZATION_FACTOR, &config->readers},
        {MEMBER_TUMBLING_WINDOW_IN_SECONDS, &config->tumbling_s},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (record_has(input, rows[i].id)) {
            *rows[i].value = (uint32_t)record_get(input, rows[i].id)->number;
        }
    }
    if (record_has(input, MEMBER_MAXIMUM_RETRY_ATTEMPTS)) {
        config->retries_max = (int32_t)record_get(input, MEMBER_MAXIMUM_RETRY_ATTEMPTS)->number;
    }
    if (record_has(input, MEMBER_MAXIMUM_RECORD_AGE_IN_SECONDS)) {
        config->age_max_s =
            (int32_t)record_get(input, MEMBER_MAXIMUM_RECORD_AGE_IN_SECONDS)->number;
    }
}

static void read_switches(const struct record *input, struct mapping_config *config)
{
    if (record_has(input, MEMBER_ENABLED)) {
        config->is_enabled = record_get(input, MEMBER_ENABLED)->flag;
    }
    if (record_has(input, MEMBER_BISECT_BATCH_ON_FUNCTION_ERROR)) {
        config->bisects = record_get(input, MEMBER_BISECT_BATCH_ON_FUNCTION_ERROR)->flag;
    }
    if (record_has(input, MEMBER_FUNCTION_RESPONSE_TYPES)) {
        config->reports_failures = record_get(input, MEMBER_FUNCTION_RESPONSE_TYPES)->count > 0;
    }
    if (record_has(input, MEMBER_SCALING_CONFIG)) {
        const struct record *scaling = record_get(input, MEMBER_SCALING_CONFIG)->record;
        config->max_concurrency = (uint32_t)record_get(scaling, MEMBER_MAXIMUM_CONCURRENCY)->number;
    }
}

static void read_key(const struct record *input, struct mapping_config *config)
{
    if (record_has(input, MEMBER_KMS_KEY_ARN)) {
        config->kms_key_arn = record_text(input, MEMBER_KMS_KEY_ARN);
    } else if (record_has(input, MEMBER_KMS_KEY_ARN_OF_TEMPLATES)) {
        config->kms_key_arn = record_text(input, MEMBER_KMS_KEY_ARN_OF_TEMPLATES);
    }
}

static enum status read_filters(const struct record *input, struct mapping_config *config,
                                struct fault *reterr)
{
    if (!record_has(input, MEMBER_FILTER_CRITERIA)) {
        return STATUS_OK;
    }
    const struct field *filters =
        record_get(record_get(input, MEMBER_FILTER_CRITERIA)->record, MEMBER_FILTERS);
    config->filter_count = 0;
    if (filters->count > FILTERS_MAX) {
        return fault_set(reterr, STATUS_INVALID, "Maximum number of filters is %d", FILTERS_MAX);
    }
    for (size_t i = 0; i < filters->count; i++) {
        config->filters[config->filter_count++] =
            record_text(filters->items[i].record, MEMBER_PATTERN_TEXT);
    }
    return STATUS_OK;
}

static const char *const not_of_this_type =
    "Unsupported %s parameter for given event source mapping type.";

static enum status read_metrics(const struct record *input, struct mapping_config *config,
                                struct fault *reterr)
{
    if (!record_has(input, MEMBER_METRICS_CONFIG)) {
        return STATUS_OK;
    }
    const struct field *metrics =
        record_get(record_get(input, MEMBER_METRICS_CONFIG)->record, MEMBER_METRICS);
    config->has_metrics = true;
    config->counts_events = metrics->count > 0;
    for (size_t i = 0; i < metrics->count; i++) {
        if (!slice_is(metrics->items[i].text, "EventCount")) { /* Kafka's */
            return fault_set(reterr, STATUS_INVALID, not_of_this_type, "MetricsConfig");
        }
    }
    return STATUS_OK;
}

/* Provisioned mode; {} ends it. */
static enum status read_pollers(const struct record *input, struct mapping_config *config,
                                struct fault *reterr)
{
    if (!record_has(input, MEMBER_PROVISIONED_POLLER_CONFIG)) {
        return STATUS_OK;
    }
    const struct record *pollers = record_get(input, MEMBER_PROVISIONED_POLLER_CONFIG)->record;
    const struct field *least = record_get(pollers, MEMBER_MINIMUM_POLLERS);
    const struct field *most = record_get(pollers, MEMBER_MAXIMUM_POLLERS);
    if (record_has(pollers, MEMBER_POLLER_GROUP_NAME)) { /* Kafka's */
        return fault_set(reterr, STATUS_INVALID, not_of_this_type, "PollerGroupName");
    }
    bool is_on = least->is_set || most->is_set;
    config->pollers_min = least->is_set ? (uint32_t)least->number : is_on ? POLLERS_LEAST : 0;
    config->pollers_max = most->is_set ? (uint32_t)most->number : is_on ? POLLERS_DEFAULT : 0;
    if (is_on && config->pollers_min < POLLERS_LEAST) {
        return fault_set(reterr, STATUS_INVALID, "MinimumPollers must be at least %d for SQS.",
                         POLLERS_LEAST);
    }
    return config->pollers_min <= config->pollers_max
               ? STATUS_OK
               : fault_set(reterr, STATUS_INVALID,
                           "MinimumPollers must be less than or equal to MaximumPollers.");
}

static enum status read_destinations(const struct record *input, struct mapping_config *config,
                                     struct fault *reterr)
{
    static const char *const services[] = {"sqs", "sns", "s3"};
    struct arn arn;
    if (!record_has(input, MEMBER_DESTINATION_CONFIG)) {
        return STATUS_OK;
    }
    const struct record *destinations = record_get(input, MEMBER_DESTINATION_CONFIG)->record;
    if (record_has(destinations, MEMBER_ON_SUCCESS)) {
        return fault_set(reterr, STATUS_INVALID, not_of_this_type, "DestinationConfig");
    }
    config->on_failure_arn =
        record_text(record_get(destinations, MEMBER_ON_FAILURE)->record, MEMBER_DESTINATION);
    if (config->on_failure_arn.len == 0) {
        return STATUS_OK;
    }
    for (size_t i = 0; arn_parse(config->on_failure_arn, &arn) && i < COUNT_OF(services); i++) {
        if (slice_is(arn.service, services[i]) && !slice_ends_with(arn.resource, SLICE(".fifo"))) {
            return STATUS_OK;
        }
    }
    return fault_set(reterr, STATUS_INVALID,
                     "The provided destination config DestinationArn is invalid.");
}

/* --- what fits what --- */

struct foreign_member {
    int id;
    const char *name;
};

static enum status refuse_foreign(const struct record *input, const struct foreign_member *rows,
                                  size_t count, struct fault *reterr)
{
    for (size_t i = 0; i < count; i++) {
        if (record_has(input, rows[i].id)) {
            return fault_set(reterr, STATUS_INVALID, not_of_this_type, rows[i].name);
        }
    }
    return STATUS_OK;
}

/* What only brokers have. */
static enum status check_broker_members(const struct record *input, struct fault *reterr)
{
    static const struct foreign_member rows[] = {
        {MEMBER_TOPICS, "Topics"},
        {MEMBER_QUEUES, "Queues"},
        {MEMBER_SOURCE_ACCESS_CONFIGURATIONS, "SourceAccessConfigurations"},
        {MEMBER_LOGGING_CONFIG, "LoggingConfig"},
        {MEMBER_AMAZON_MANAGED_KAFKA_EVENT_SOURCE_CONFIG, "AmazonManagedKafkaEventSourceConfig"},
        {MEMBER_SELF_MANAGED_KAFKA_EVENT_SOURCE_CONFIG, "SelfManagedKafkaEventSourceConfig"},
        {MEMBER_DOCUMENT_DB_EVENT_SOURCE_CONFIG, "DocumentDBEventSourceConfig"},
    };
    return refuse_foreign(input, rows, COUNT_OF(rows), reterr);
}

static enum status check_queue_members(const struct record *input, struct fault *reterr)
{
    static const struct foreign_member rows[] = {
        {MEMBER_DESTINATION_CONFIG, "DestinationConfig"},
        {MEMBER_PARALLELIZATION_FACTOR, "ParallelizationFactor"},
        {MEMBER_BISECT_BATCH_ON_FUNCTION_ERROR, "BisectBatchOnFunctionError"},
        {MEMBER_MAXIMUM_RETRY_ATTEMPTS, "MaximumRetryAttempts"},
        {MEMBER_MAXIMUM_RECORD_AGE_IN_SECONDS, "MaximumRecordAgeInSeconds"},
        {MEMBER_TUMBLING_WINDOW_IN_SECONDS, "TumblingWindowInSeconds"},
    };
    return refuse_foreign(input, rows, COUNT_OF(rows), reterr);
}

static enum status check_queue(const struct mapping_config *config, struct fault *reterr)
{
    if (config->batch_size > QUEUE_BATCH_SIZE_MAX && config->window_s == 0) {
        return fault_set(reterr, STATUS_INVALID,
                         "Maximum batch window in seconds must be greater than 0 if maximum batch "
                         "size is greater than 10");
    }
    if (config->is_fifo && config->window_s > 0) {
        return fault_set(reterr, STATUS_INVALID,
                         "Batching window is not supported for FIFO queues");
    }
    if (config->max_concurrency > 0 && config->pollers_max > 0) {
        return fault_set(reterr, STATUS_INVALID,
                         "MaximumConcurrency and ProvisionedPollerConfig cannot be used together.");
    }
    return STATUS_OK;
}

static enum status check_stream_members(const struct record *input, struct fault *reterr)
{
    static const struct foreign_member rows[] = {
        {MEMBER_SCALING_CONFIG, "ScalingConfig"},
        {MEMBER_PROVISIONED_POLLER_CONFIG, "ProvisionedPollerConfig"},
    };
    return refuse_foreign(input, rows, COUNT_OF(rows), reterr);
}

static enum status check_stream(const struct mapping_config *config, struct fault *reterr)
{
    if (config->age_max_s >= 0 && config->age_max_s < RECORD_AGE_MIN_S) {
        return fault_set(reterr, STATUS_INVALID,
                         "MaximumRecordAgeInSeconds must be -1 or between %d and 604800",
                         RECORD_AGE_MIN_S);
    }
    if (config->tumbling_s > 0 && config->readers > 1) { /* AWS refuses it; the words are ours */
        return fault_set(reterr, STATUS_INVALID,
                         "ParallelizationFactor must be 1 when TumblingWindowInSeconds is set.");
    }
    return STATUS_OK;
}

static enum status check_together(struct arena *arena, const struct record *input,
                                  const struct mapping_config *config, struct fault *reterr)
{
    struct filter *filter;
    bool is_stream = mapping_source_is_stream(config->source);
    enum status status = check_broker_members(input, reterr);
    if (status == STATUS_OK) {
        status =
            is_stream ? check_stream_members(input, reterr) : check_queue_members(input, reterr);
    }
    if (status == STATUS_OK) {
        status = is_stream ? check_stream(config, reterr) : check_queue(config, reterr);
    }
    return status == STATUS_OK ? filter_compile(arena, config, &filter, reterr) : status;
}

static enum status read_settings(struct scheduler *scheduler, struct arena *arena,
                                 const struct record *input, struct mapping_config *config,
                                 struct fault *reterr)
{
    read_numbers(input, config);
    read_switches(input, config);
    read_key(input, config);
    config->modified_ms = scheduler_now_ms(scheduler);
    enum status status = read_metrics(input, config, reterr);
    if (status == STATUS_OK) {
        status = mapping_source_is_stream(config->source) ? read_destinations(input, config, reterr)
                                                          : read_pollers(input, config, reterr);
    }
    status = status == STATUS_OK ? read_filters(input, config, reterr) : status;
    return status == STATUS_OK ? check_together(arena, input, config, reterr) : status;
}

/* --- where a stream is begun --- */

static enum status read_start(const struct record *input, struct mapping_config *config,
                              struct fault *reterr)
{
    bool has_timestamp = record_has(input, MEMBER_STARTING_POSITION_TIMESTAMP);
    config->starting_position = starting_position_of(record_text(input, MEMBER_STARTING_POSITION));
    if (!mapping_source_is_stream(config->source)) {
        return config->starting_position == START_NONE && !has_timestamp
                   ? STATUS_OK
                   : fault_set(reterr, STATUS_INVALID,
                               "StartingPosition is not valid for SQS event sources.");
    }
    if (config->starting_position == START_NONE) {
        return fault_set(reterr, STATUS_INVALID,
                         "1 validation error detected: Value null at 'startingPosition' failed to "
                         "satisfy constraint: Member must not be null.");
    }
    bool is_at_timestamp = config->starting_position == START_AT_TIMESTAMP;
    if (is_at_timestamp && config->source == MAPPING_DYNAMODB) {
        return fault_set(reterr, STATUS_INVALID, "Unsupported starting position for arn type: %.*s",
                         SLICE_ARG(config->source_arn));
    }
    if (has_timestamp && !is_at_timestamp) {
        return fault_set(reterr, STATUS_INVALID,
                         "Timestamp only valid with StartingPosition AT_TIMESTAMP");
    }
    if (is_at_timestamp && !has_timestamp) {
        return fault_set(reterr, STATUS_INVALID,
                         "Timestamp is required with StartingPosition AT_TIMESTAMP");
    }
    config->starting_ms = record_get(input, MEMBER_STARTING_POSITION_TIMESTAMP)->number;
    if (config->starting_ms < 0) {
        return fault_set(reterr, STATUS_INVALID,
                         "Received Exception while reading from provided stream. class "
                         "java.lang.Long can not be converted to a Timestamp");
    }
    return STATUS_OK;
}

enum status draft_create(struct scheduler *scheduler, struct arena *arena,
                         const struct record *input, struct mapping_config *ret_config,
                         struct fault *reterr)
{
    struct mapping_config config = {
        .is_enabled = true, .readers = 1, .retries_max = -1, .age_max_s = -1};
    enum status status = read_source(input, &config, reterr);
    if (status == STATUS_OK) {
        config.batch_size = mapping_source_is_stream(config.source) ? 100 : 10;
        status = read_start(input, &config, reterr);
    }
    status = status == STATUS_OK ? read_settings(scheduler, arena, input, &config, reterr) : status;
    status = status == STATUS_OK ? read_function(scheduler, arena, input, &config, reterr) : status;
    if (status == STATUS_OK) {
        *ret_config = config;
    }
    return status;
}

enum status draft_update(struct scheduler *scheduler, struct arena *arena,
                         const struct record *input, const struct mapping_config *config,
                         struct mapping_config *ret_config, struct fault *reterr)
{
    struct mapping_config changed = *config;
    enum status status = read_settings(scheduler, arena, input, &changed, reterr);
    status =
        status == STATUS_OK ? read_function(scheduler, arena, input, &changed, reterr) : status;
    if (status == STATUS_OK) {
        *ret_config = changed;
    }
    return status;
}

/* --- what the source says --- */

struct check {
    struct scheduler *scheduler;
    const struct mapping_config *config;
    draft_checked_fn *on_checked;
    void *ctx;
    struct fault fault;
};

static void finish(struct check *check, enum status status)
{
    check->on_checked(check->ctx, status, &check->fault);
    mem_free(check);
}

static enum status check_visibility(struct check *check, struct slice attributes)
{
    const struct function_directory *functions = &check->scheduler->options.functions;
    struct function_facts facts;
    struct slice values, raw, text;
    uint64_t visibility_s;
    AUTO_ARENA arena = ARENA_INIT;
    if (!json_raw_find(attributes, "Attributes", &values) ||
        !json_raw_find(values, "VisibilityTimeout", &raw) || !json_raw_string(&arena, raw, &text) ||
        !slice_to_u64(text, &visibility_s) ||
        !functions->find(functions->ctx, check->config->function, &facts)) {
        return STATUS_OK;
    }
    uint64_t timeout_s = (facts.timeout_ms + 999) / 1000;
    if (visibility_s < timeout_s) {
        return fault_set(&check->fault, STATUS_INVALID,
                         "Queue visibility timeout: %llu seconds is less than Function timeout: "
                         "%llu seconds",
                         (unsigned long long)visibility_s, (unsigned long long)timeout_s);
    }
    return STATUS_OK;
}

static void on_attributes(void *ctx, enum status status, struct slice body,
                          const struct fault *fault)
{
    struct check *check = ctx;
    if (status == STATUS_OK) {
        status = check_visibility(check, body);
    } else if (status == STATUS_INVALID || status == STATUS_NOT_FOUND) {
        status = fault_set(&check->fault, STATUS_NOT_FOUND,
                           "Error occurred while ReceiveMessage. SQS Error Code: "
                           "AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The "
                           "specified queue does not exist.");
    } else {
        check->fault = *fault;
    }
    finish(check, status);
}

static void check_queue_is_there(struct check *check)
{
    struct arn arn = {.resource = check->config->source_arn};
    AUTO_BUF body = BUF_INIT(MAPPING_JSON_MAX);
    struct json_writer w = json_writer_init(&body);
    if (!arn_parse(check->config->source_arn, &arn)) {
        arn.resource = check->config->source_arn;
    }
    json_open(&w, '{');
    json_put_string(&w, "QueueUrl", arn.resource);
    json_put_raw(&w, "AttributeNames", SLICE("[\"VisibilityTimeout\"]"));
    json_close(&w, '}');
    service_call(check->scheduler, "sqs", "GetQueueAttributes", buf_slice(&body), on_attributes,
                 check);
}

void draft_check(struct scheduler *scheduler, const struct mapping_config *config,
                 draft_checked_fn *on_checked, void *ctx)
{
    struct check *check = mem_zalloc(sizeof *check);
    *check = (struct check){
        .scheduler = scheduler, .config = config, .on_checked = on_checked, .ctx = ctx};
    if (config->source == MAPPING_QUEUE) {
        check_queue_is_there(check);
        return;
    }
    finish(check, mapping_find_stream(scheduler, config, &check->fault));
}

enum status draft_check_duplicate(struct mappings *mappings, const struct mapping_config *config,
                                  struct fault *reterr)
{
    for (struct mapping *each = mappings_after(mappings, SLICE("")); each != NULL;
         each = mappings_after(mappings, slice_from(each->config.uuid))) {
        if (each->is_forgotten || !slice_eq(each->config.source_arn, config->source_arn) ||
            !slice_eq(each->config.function_arn, config->function_arn) ||
            strcmp(each->config.uuid, config->uuid) == 0) {
            continue;
        }
        return config->source == MAPPING_QUEUE
                   ? fault_set(reterr, STATUS_CONFLICT,
                               "An event source mapping with SQS arn (\" %.*s \") and function "
                               "(\" %.*s \") already exists. Please update or delete the existing "
                               "mapping with UUID %s",
                               SLICE_ARG(config->source_arn), SLICE_ARG(config->function),
                               each->config.uuid)
                   : fault_set(reterr, STATUS_CONFLICT,
                               "The event source arn (\" %.*s \") and function (\" %.*s \") "
                               "provided mapping already exists. Please update or delete the "
                               "existing mapping with UUID %s",
                               SLICE_ARG(config->source_arn), SLICE_ARG(config->function),
                               each->config.uuid);
    }
    return STATUS_OK;
}
