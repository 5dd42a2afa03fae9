#include "scheduler/kinesis/metric_names.h"

const char *const metric_names[METRIC_COUNT] = {
    "IncomingBytes",
    "IncomingRecords",
    "OutgoingBytes",
    "OutgoingRecords",
    "WriteProvisionedThroughputExceeded",
    "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds",
};

uint32_t metric_bits(struct slice name)
{
    uint32_t bits = slice_is(name, "ALL") ? (1u << METRIC_COUNT) - 1 : 0;
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        bits |= slice_is(name, metric_names[i]) ? 1u << i : 0;
    }
    return bits;
}
