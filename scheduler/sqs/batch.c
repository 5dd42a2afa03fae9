#include "scheduler/sqs/batch.h"

#include "scheduler/sqs/limits.h"
#include "scheduler/sqs/members.h"

static bool is_id(struct slice id)
{
    return slice_is_alnum(id, "-_") && id.len <= BATCH_ID_MAX;
}

static bool is_among(const struct batch_entry *entries, size_t count, struct slice id)
{
    size_t i = 0;
    while (i < count && !slice_eq(entries[i].id, id)) {
        i++;
    }
    return i < count;
}

const struct refusal *sqs_batch_check(struct arena *arena, const struct field *entries,
                                      const char *name, struct batch_entry **ret_entries)
{
    if (entries->count == 0) {
        return sqs_refuse(arena, SQS_BATCH_EMPTY,
                          "There should be at least one %sEntry in the request.", name);
    }
    if (entries->count > BATCH_ENTRIES_MAX) {
        return sqs_refuse(arena, SQS_BATCH_TOO_MANY,
                          "Maximum number of entries per request are %d. You have sent %zu.",
                          BATCH_ENTRIES_MAX, entries->count);
    }
    struct batch_entry *checked = arena_array(arena, entries->count, sizeof *checked);
    for (size_t i = 0; i < entries->count; i++) {
        struct slice id = record_text(entries->items[i].record, MEMBER_ID);
        if (!is_id(id)) {
            return sqs_refuse(
                arena, SQS_BATCH_ID_INVALID,
                "A batch entry id can only contain alphanumeric characters, hyphens and "
                "underscores. It can be at most %d letters long.",
                BATCH_ID_MAX);
        }
        if (is_among(checked, i, id)) {
            return sqs_refuse(arena, SQS_BATCH_IDS_NOT_DISTINCT, "Id %.*s repeated.",
                              SLICE_ARG(id));
        }
        checked[i].id = id;
    }
    *ret_entries = checked;
    return NULL;
}

static size_t count_failed(const struct batch_entry *entries, size_t count)
{
    size_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        failed += entries[i].refusal != NULL;
    }
    return failed;
}

bool sqs_batch_open_successful(struct result *result, const struct batch_entry *entries,
                               size_t count, const char *flat)
{
    bool has_any = count_failed(entries, count) < count;
    if (has_any) {
        result_list(result, "Successful", flat);
    }
    return has_any;
}

void sqs_batch_write_failed(struct result *result, const struct batch_entry *entries, size_t count)
{
    if (count_failed(entries, count) == 0) {
        return;
    }
    result_list(result, "Failed", "BatchResultErrorEntry");
    for (size_t i = 0; i < count; i++) {
        const struct refusal *refusal = entries[i].refusal;
        if (refusal != NULL) {
            result_item(result);
            result_text(result, "Id", entries[i].id);
            result_bool(result, "SenderFault", refusal->error != SQS_UNAVAILABLE);
            result_text(result, "Code", slice_from(sqs_refusal_code(refusal)));
            result_text(result, "Message", refusal->text);
            result_close(result);
        }
    }
    result_close(result);
}
