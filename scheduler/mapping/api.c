#include "scheduler/mapping/api.h"

#include "core/api/page_token.h"
#include "core/mem.h"
#include "scheduler/arn.h"
#include "scheduler/mapping/draft.h"
#include "scheduler/mapping/mapping_tags.h"

#define LIST_JSON_MAX ((size_t)LIST_PAGE_MAX * MAPPING_JSON_MAX)

static void reply_mapping(struct api_call *call, int http_status, const struct mapping *mapping)
{
    AUTO_BUF json = BUF_INIT(MAPPING_JSON_MAX);
    struct json_writer w = json_writer_init(&json);
    mapping_print(&w, mapping);
    api_reply_json(call, http_status, buf_slice(&json));
}

void mapping_reply_not_found(struct api_call *call)
{
    struct fault fault;
    (void)fault_set(&fault, STATUS_NOT_FOUND, "The resource you requested does not exist.");
    api_reply_fault(call, &fault);
}

static void reply_in_use(struct api_call *call, const char *verb)
{
    struct slice message = arena_printf(
        api_arena(call), "Cannot %s the event source mapping because it is in use.", verb);
    api_reply_error(call, 400, "ResourceInUseException", message);
}

/* Source and function are parameters of the request. */
static void reply_refusal(struct api_call *call, const struct fault *fault)
{
    struct fault own = *fault;
    own.status = own.status == STATUS_NOT_FOUND ? STATUS_INVALID : own.status;
    api_reply_fault(call, &own);
}

/* A call that waits for the source's answer, then for the writer. */
struct change {
    struct api_call *call;
    struct mappings *mappings;
    struct mapping_config config;
    struct slice tags; /* of a new one */
    bool is_update;
    struct mapping *mapping; /* what is written; it is there until then */
};

static void on_written(void *ctx, enum status status)
{
    struct change *change = ctx;
    if (status == STATUS_OK) {
        reply_mapping(change->call, 202, change->mapping);
    } else {
        struct fault fault;
        (void)fault_set(&fault, STATUS_UNAVAILABLE, "The change could not be written.");
        api_reply_fault(change->call, &fault);
    }
    mem_free(change);
}

static void create(struct change *change)
{
    id_uuid(change->config.uuid);
    change->mapping =
        mapping_create(change->mappings, &change->config, change->tags, on_written, change);
}

/* Things may have changed while the source was asked. */
static void update(struct change *change)
{
    struct mapping *mapping = mappings_find(change->mappings, slice_from(change->config.uuid));
    if (mapping == NULL) {
        mapping_reply_not_found(change->call);
    } else if (mapping_next_state(mapping->state, MAPPING_UPDATE) == MAPPING_NONE) {
        reply_in_use(change->call, "update");
    } else {
        change->mapping = mapping;
        mapping_update(mapping, &change->config, on_written, change);
        return;
    }
    mem_free(change);
}

static void on_checked(void *ctx, enum status status, const struct fault *fault)
{
    struct change *change = ctx;
    struct fault own = *fault;
    if (status == STATUS_OK) {
        status = draft_check_duplicate(change->mappings, &change->config, &own);
    }
    if (status != STATUS_OK) {
        reply_refusal(change->call, &own);
        mem_free(change);
    } else if (change->is_update) {
        update(change);
    } else {
        create(change);
    }
}

static void begin(struct api_call *call, struct mappings *mappings,
                  const struct mapping_config *config, struct slice tags, bool is_update)
{
    struct change *change = mem_zalloc(sizeof *change);
    change->call = call;
    change->mappings = mappings;
    change->config = mapping_config_copy(api_arena(call), config);
    change->tags = tags;
    change->is_update = is_update;
    draft_check(mappings_scheduler(mappings), &change->config, on_checked, change);
}

static void op_create(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct mapping_config config;
    struct fault fault;
    if (!model_read(&mapping_model, call, &input)) {
        return;
    }
    struct slice tags;
    if (draft_create(mappings_scheduler(ctx), api_arena(call), input, &config, &fault) !=
        STATUS_OK) {
        reply_refusal(call, &fault);
    } else if (mapping_tags_read(call, SLICE_NULL, record_get(input, MEMBER_TAGS), &tags)) {
        begin(call, ctx, &config, tags, false);
    }
}

/* The record of the call and the mapping it names. False: the call was answered. */
static bool read_named(struct api_call *call, struct mappings *mappings,
                       const struct record **ret_input, struct mapping **ret_mapping)
{
    if (!model_read(&mapping_model, call, ret_input)) {
        return false;
    }
    *ret_mapping = mappings_find(mappings, record_text(*ret_input, MEMBER_UUID));
    if (*ret_mapping == NULL) {
        mapping_reply_not_found(call);
        return false;
    }
    return true;
}

static void op_update(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct mapping *mapping;
    struct mapping_config config;
    struct fault fault;
    if (!read_named(call, ctx, &input, &mapping)) {
        return;
    }
    if (mapping_next_state(mapping->state, MAPPING_UPDATE) == MAPPING_NONE) {
        reply_in_use(call, "update");
        return;
    }
    if (draft_update(mappings_scheduler(ctx), api_arena(call), input, &mapping->config, &config,
                     &fault) != STATUS_OK) {
        reply_refusal(call, &fault);
        return;
    }
    begin(call, ctx, &config, SLICE_NULL, true);
}

static void op_get(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct mapping *mapping;
    if (read_named(call, ctx, &input, &mapping)) {
        reply_mapping(call, 200, mapping);
    }
}

struct deletion {
    struct api_call *call;
    struct buf json; /* of the mapping, as it was when it was asked for */
};

static void on_deleted(void *ctx, enum status status)
{
    struct deletion *deletion = ctx;
    if (status == STATUS_OK) {
        api_reply_json(deletion->call, 202, buf_slice(&deletion->json));
    } else {
        struct fault fault;
        (void)fault_set(&fault, status, "The change could not be written.");
        api_reply_fault(deletion->call, &fault);
    }
    buf_finish(&deletion->json);
    mem_free(deletion);
}

static void op_delete(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct mapping *mapping;
    if (!read_named(call, ctx, &input, &mapping)) {
        return;
    }
    if (mapping_next_state(mapping->state, MAPPING_DELETE) == MAPPING_NONE) {
        reply_in_use(call, "delete");
        return;
    }
    struct deletion *deletion = mem_zalloc(sizeof *deletion);
    deletion->call = call;
    buf_init(&deletion->json, MAPPING_JSON_MAX);
    struct json_writer w = json_writer_init(&deletion->json);
    mapping_print_as(&w, mapping, MAPPING_DELETING);
    mapping_delete(mapping, on_deleted, deletion);
}

/* --- listing --- */

/* A function without a qualifier stands for the mappings without one. */
static bool is_listed(const struct mapping *mapping, struct slice source_arn, struct slice function,
                      struct slice qualifier)
{
    const struct mapping_config *config = &mapping->config;
    return (source_arn.len == 0 || slice_eq(config->source_arn, source_arn)) &&
           (function.len == 0 ||
            (slice_eq(config->function, function) && slice_eq(config->qualifier, qualifier)));
}

static void op_list(struct api_call *call, void *ctx)
{
    const struct record *input;
    if (!model_read(&mapping_model, call, &input)) {
        return;
    }
    AUTO_BUF json = BUF_INIT(LIST_JSON_MAX);
    struct json_writer w = json_writer_init(&json);
    struct slice source_arn = record_text(input, MEMBER_EVENT_SOURCE_ARN);
    struct slice marker = record_text(input, MEMBER_MARKER), after = SLICE("");
    const char *list = api_operation(call)->name;
    if (marker.ptr != NULL && !page_token_read(api_arena(call), list, marker, &after)) {
        struct fault fault;
        (void)fault_set(&fault, STATUS_INVALID, "The provided Marker is invalid.");
        api_reply_fault(call, &fault);
        return;
    }
    struct slice function, qualifier;
    function_name_parse(record_text(input, MEMBER_FUNCTION_NAME), &function, &qualifier);
    int64_t most = record_get(input, MEMBER_MAX_ITEMS)->number;
    most = most == 0 || most > LIST_PAGE_MAX ? LIST_PAGE_MAX : most;
    json_open(&w, '{');
    json_key_text(&w, "EventSourceMappings");
    json_open(&w, '[');
    struct mapping *last = NULL, *each = mappings_after(ctx, after);
    for (; each != NULL; each = mappings_after(ctx, slice_from(each->config.uuid))) {
        if (!is_listed(each, source_arn, function, qualifier)) {
            continue;
        }
        if (most-- == 0) {
            break; /* one more than fits */
        }
        mapping_print(&w, each);
        last = each;
    }
    json_close(&w, ']');
    if (each != NULL) {
        json_put_string(&w, "NextMarker",
                        page_token_make(api_arena(call), list, slice_from(last->config.uuid)));
    }
    json_close(&w, '}');
    api_reply_json(call, 200, buf_slice(&json));
}

static const struct api_op ops[] = {
    {"CreateEventSourceMapping", op_create, "POST", "/2015-03-31/event-source-mappings", false},
    {"ListEventSourceMappings", op_list, "GET", "/2015-03-31/event-source-mappings", false},
    {"GetEventSourceMapping", op_get, "GET", "/2015-03-31/event-source-mappings/{UUID}", false},
    {"UpdateEventSourceMapping", op_update, "PUT", "/2015-03-31/event-source-mappings/{UUID}",
     false},
    {"DeleteEventSourceMapping", op_delete, "DELETE", "/2015-03-31/event-source-mappings/{UUID}",
     false},
    {"TagResource", mapping_op_tag, "POST", "/2017-03-31/tags/{Resource}", false},
    {"UntagResource", mapping_op_untag, "DELETE", "/2017-03-31/tags/{Resource}", false},
    {"ListTags", mapping_op_list_tags, "GET", "/2017-03-31/tags/{Resource}", false},
    {NULL, NULL, NULL, NULL, false},
};

/* All else of the service is in its first part, runtime/lambda_api.c. */
const struct api_service mapping_service = {
    .name = "lambda", .protocol = API_REST_JSON, .ops = ops};
