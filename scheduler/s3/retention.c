#include "scheduler/s3/retention.h"

#include "core/api/xml_read.h"
#include "scheduler/s3/lifecycle.h"
#include "scheduler/s3/limits.h"

struct retention retention_of_xml(struct slice xml)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct xml_node *root;
    const struct retention none = {.mode = LOCK_NONE};
    if (xml.ptr == NULL || xml_read(&arena, xml, &root) != STATUS_OK) {
        return none;
    }
    const struct xml_node *retention = xml_child(xml_child(root, "Rule"), "DefaultRetention");
    struct slice mode = slice_trim(xml_text(retention, "Mode"));
    struct slice days = xml_text(retention, "Days");
    uint64_t number;
    if (!slice_to_u64(slice_trim(days.ptr != NULL ? days : xml_text(retention, "Years")),
                      &number) ||
        number > S3_RETENTION_DAYS_MAX / (days.ptr != NULL ? 1 : 365)) {
        return none;
    }
    return (struct retention){
        .mode = slice_is(mode, "COMPLIANCE") ? LOCK_COMPLIANCE : LOCK_GOVERNANCE,
        .for_ms = (int64_t)number * DAY_MS * (days.ptr != NULL ? 1 : 365),
    };
}
