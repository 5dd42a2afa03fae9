#include "store/table/table_input.h"

#include "core/id.h"
#include "core/json_writer.h"

/* --- streams --- */

enum stream_view stream_view_of_name(struct slice name)
{
    return slice_is(name, "KEYS_ONLY")   ? STREAM_KEYS_ONLY
           : slice_is(name, "NEW_IMAGE") ? STREAM_NEW_IMAGE
           : slice_is(name, "OLD_IMAGE") ? STREAM_OLD_IMAGE
                                         : STREAM_NEW_AND_OLD;
}

const struct problem *input_stream(struct arena *arena, const struct record *specification,
                                   enum stream_view *ret_view)
{
    struct slice view = record_text(specification, MEMBER_STREAM_VIEW_TYPE);
    *ret_view = STREAM_OFF;
    if (specification == NULL) {
        return NULL;
    }
    bool is_enabled = record_get(specification, MEMBER_STREAM_ENABLED)->flag;
    if (is_enabled && view.len == 0) {
        return problem_bad_parameter(
            arena, "Table is being created with a stream enabled, UpdateViewType is required");
    }
    if (!is_enabled && view.len != 0) {
        return problem_bad_parameter(arena, "Table is being created with a stream disabled, "
                                            "UpdateViewType should not be specified");
    }
    *ret_view = is_enabled ? stream_view_of_name(view) : STREAM_OFF;
    return NULL;
}

/* --- encryption --- */

#define KMS_KEY_ID_MAX 2048

static struct slice key_arn(struct arena *arena, struct slice id, const struct table_place *place)
{
    if (slice_starts_with(id, SLICE("arn:"))) {
        return id;
    }
    char uuid[ID_UUID_MAX];
    struct slice kind = SLICE("key/");
    if (id.len == 0) {
        id_derived_uuid(uuid, SLICE("alias/aws/dynamodb"));
        id = slice_from(uuid);
    } else if (slice_starts_with(id, SLICE("alias/"))) {
        kind = SLICE("");
    }
    return arena_printf(arena, "arn:aws:kms:%.*s:%.*s:%.*s%.*s", SLICE_ARG(place->region),
                        SLICE_ARG(place->account_id), SLICE_ARG(kind), SLICE_ARG(id));
}

const struct problem *input_sse(struct arena *arena, const struct record *sse,
                                const struct table_place *place, struct slice *ret_json)
{
    struct slice type = record_text(sse, MEMBER_SSE_TYPE);
    struct slice key = record_text(sse, MEMBER_KMS_MASTER_KEY_ID);
    bool is_enabled = record_get(sse, MEMBER_ENABLED)->flag;
    *ret_json = SLICE_NULL;
    if (slice_is(type, "AES256")) {
        return problem_bad_parameter(arena, "SSEType AES256 is not supported");
    }
    if (!is_enabled && type.len != 0) {
        return problem_bad_parameter(arena, "SSEType can not be specified if Enabled is false");
    }
    if (!is_enabled && key.len != 0) {
        return problem_bad_parameter(arena,
                                     "KMSMasterKeyId can not be specified if Enabled is false");
    }
    if (key.len != 0 && type.len == 0) {
        return problem_bad_parameter(arena,
                                     "SSEType KMS is required if KMSMasterKeyId is specified");
    }
    if (key.len > KMS_KEY_ID_MAX) {
        return problem_bad_parameter(arena, "KMSMasterKeyId has more than %d bytes",
                                     KMS_KEY_ID_MAX);
    }
    if (!is_enabled) {
        return NULL;
    }
    AUTO_BUF text = BUF_INIT(65536);
    struct json_writer w = json_writer_init(&text);
    json_open(&w, '{');
    json_put_text(&w, "Status", "ENABLED");
    json_put_text(&w, "SSEType", "KMS");
    json_put_string(&w, "KMSMasterKeyArn", key_arn(arena, key, place));
    json_close(&w, '}');
    *ret_json = arena_copy(arena, buf_slice(&text));
    return NULL;
}

/* --- OnDemandThroughput and WarmThroughput --- */

static struct slice for_what(struct arena *arena, struct slice index, const char *separator)
{
    return index.len == 0 ? SLICE("table")
                          : arena_printf(arena, "index%s%.*s", separator, SLICE_ARG(index));
}

static void put_units(struct json_writer *w, const struct record *record, enum member_id id)
{
    const struct field *field = record_get(record, id);
    if (field->is_set && field->number != -1) {
        json_put_i64(w, member_name(id), field->number);
    }
}

static struct slice units_json(struct arena *arena, const struct record *record,
                               enum member_id read, enum member_id write)
{
    AUTO_BUF text = BUF_INIT(256);
    struct json_writer w = json_writer_init(&text);
    json_open(&w, '{');
    put_units(&w, record, read);
    put_units(&w, record, write);
    json_close(&w, '}');
    return text.len > 2 ? arena_copy(arena, buf_slice(&text)) : SLICE_NULL;
}

const struct problem *input_on_demand(struct arena *arena, const struct record *limits,
                                      bool is_on_demand, struct slice index, struct slice *ret_json)
{
    static const enum member_id ids[] = {MEMBER_MAX_READ_REQUEST_UNITS,
                                         MEMBER_MAX_WRITE_REQUEST_UNITS};
    *ret_json = SLICE_NULL;
    for (size_t i = 0; i < 2; i++) {
        const struct field *field = record_get(limits, ids[i]);
        if (field->is_set && !is_on_demand) {
            return problem_bad_parameter(arena,
                                         "%s for OnDemandThroughput cannot be specified when the "
                                         "table BillingMode is PROVISIONED",
                                         member_name(ids[i]));
        }
        if (field->is_set && field->number < 1 && field->number != -1) {
            struct slice what = for_what(arena, index, " : ");
            return problem_bad_parameter(
                arena, "Requested %s for OnDemandThroughput for %.*s is outside of valid range",
                member_name(ids[i]), SLICE_ARG(what));
        }
    }
    if (limits != NULL) {
        *ret_json = units_json(arena, limits, ids[0], ids[1]);
    }
    return NULL;
}

const struct problem *input_warm(struct arena *arena, const struct record *warm,
                                 const struct throughput *provisioned, struct slice index,
                                 struct slice *ret_json)
{
    static const enum member_id ids[] = {MEMBER_READ_UNITS_PER_SECOND,
                                         MEMBER_WRITE_UNITS_PER_SECOND};
    const int64_t floors[] = {
        provisioned == NULL ? WARM_ON_DEMAND_READ : provisioned->read_units,
        provisioned == NULL ? WARM_ON_DEMAND_WRITE : provisioned->write_units,
    };
    *ret_json = SLICE_NULL;
    for (size_t i = 0; i < 2; i++) {
        const struct field *field = record_get(warm, ids[i]);
        if (field->is_set && field->number < floors[i]) {
            struct slice what = for_what(arena, index, " ");
            if (provisioned == NULL) {
                return problem_bad_parameter(arena,
                                             "Requested %s for WarmThroughput for %.*s is lower "
                                             "than initial throughput for OnDemand",
                                             member_name(ids[i]), SLICE_ARG(what));
            }
            return problem_bad_parameter(
                arena,
                "Requested %s for WarmThroughput for %.*s is lower than %s of "
                "ProvisionedThroughput",
                member_name(ids[i]), SLICE_ARG(what),
                i == 0 ? "ReadCapacityUnits" : "WriteCapacityUnits");
        }
    }
    if (warm != NULL) {
        *ret_json = units_json(arena, warm, ids[0], ids[1]);
    }
    return NULL;
}
