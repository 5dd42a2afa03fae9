#include "scheduler/s3/date.h"

#include "core/clock.h"

bool date_parse(struct slice text, int64_t *ret_epoch_ms)
{
    text = slice_trim(text);
    return time_parse_http(text, ret_epoch_ms) || time_parse_iso8601(text, ret_epoch_ms);
}
