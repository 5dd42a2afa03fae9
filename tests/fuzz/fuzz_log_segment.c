/* links: sls_scheduler */
/* Any bytes are a segment up to where they are not: frames and records lie inside, one behind the other. */
#include "scheduler/logs/segment.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct slice file = slice_of((const char *)bytes, len);
    struct frame_tail tail;
    struct frame frame;
    uint64_t offset = 0, before = 0;
    (void)!frame_tail_read(file, &tail);
    while (frame_next(file, &offset, &frame)) {
        struct record record;
        assert(offset > before && offset <= len && frame.offset == before);
        (void)frame_is_whole(&frame);
        for (size_t at = 0; record_next(&frame, &at, &record);) {
            assert(record.text.ptr + record.text.len <= frame.records.ptr + frame.records.len);
            assert(record.offset > frame.offset && record.offset < offset);
        }
        before = offset;
    }
    return 0;
}
