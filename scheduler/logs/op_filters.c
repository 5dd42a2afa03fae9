/* What subscription and metric filters have in common. */
#include "scheduler/logs/logs_private.h"

bool logs_is_beyond_us(struct api_call *call, const struct record *input)
{
    static const int members[] = {MEMBER_EMIT_SYSTEM_FIELDS, MEMBER_EMIT_SYSTEM_FIELD_DIMENSIONS};
    bool is_beyond = record_get(input, MEMBER_APPLY_ON_TRANSFORMED_LOGS)->flag ||
                     record_text(input, MEMBER_FIELD_SELECTION_CRITERIA).len > 0;
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        is_beyond = is_beyond || record_get(input, members[i])->count > 0;
    }
    if (is_beyond) {
        logs_refuse(call, "sls-local does not emulate field selection, system fields and "
                          "transformed logs");
    }
    return is_beyond;
}

void logs_delete_filter(struct api_call *call, struct logs *logs, enum log_filter_kind kind)
{
    const struct record *input;
    struct group *group;
    struct fault fault;
    if (!logs_read(call, &input) || (group = logs_named_group(logs, call, input)) == NULL) {
        return;
    }
    struct log_filter **filters =
        kind == FILTER_METRIC ? &group->metric_filters : &group->subscriptions;
    struct log_filter *filter = log_filter_find(*filters, record_text(input, MEMBER_FILTER_NAME));
    if (filter == NULL) {
        (void)fault_set(&fault, STATUS_NOT_FOUND, "The specified %s filter does not exist.",
                        kind == FILTER_METRIC ? "metric" : "subscription");
        api_reply_fault(call, &fault);
        return;
    }
    log_filter_remove(filters, filter);
    group_save(group, logs_reply_written, call);
}
