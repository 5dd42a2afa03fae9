/* Frames of application/vnd.amazon.eventstream, byte by byte. */
#include "core/api/event_stream.h"

#include <criterion/criterion.h>

#include <zlib.h>

static uint32_t u32_at(struct slice bytes, size_t at)
{
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++) {
        value = value << 8 | (uint8_t)bytes.ptr[at + i];
    }
    return value;
}

static uint32_t crc_of(struct slice bytes)
{
    return (uint32_t)crc32_z(0, (const unsigned char *)bytes.ptr, bytes.len);
}

Test(event_stream, frames_follow_each_other_with_their_lengths_and_sums)
{
    static const char event[] = "\x0b:event-type\x07\x00\x04Tick\x0d:content-type\x07\x00\x10"
                                "application/json\x0d:message-type\x07\x00\x05"
                                "event{\"n\":1}";
    static const char exception[] = "\x0f:exception-type\x07\x00\x03"
                                    "Bad\x0d:content-type\x07\x00\x01j\x0d:message-type\x07\x00\x09"
                                    "exceptionwhy";
    const struct slice inside[] = {slice_of(event, sizeof(event) - 1),
                                   slice_of(exception, sizeof(exception) - 1)};
    const size_t payloads[] = {7, 3};
    AUTO_BUF buf = BUF_INIT(4096);
    event_stream_event(&buf, "Tick", SLICE("application/json"), SLICE("{\"n\":1}"));
    event_stream_exception(&buf, "Bad", SLICE("j"), SLICE("why"));
    struct slice rest = buf_slice(&buf);
    for (size_t i = 0; i < 2; i++) {
        size_t len = u32_at(rest, 0);
        cr_assert_leq(len, rest.len);
        cr_expect_eq(len, 16 + inside[i].len);
        cr_expect_eq(u32_at(rest, 4), inside[i].len - payloads[i]);
        cr_expect_eq(u32_at(rest, 8), crc_of(slice_take(rest, 8)));
        cr_expect(slice_eq(slice_take(slice_skip(rest, 12), len - 16), inside[i]), "frame %zu", i);
        cr_expect_eq(u32_at(rest, len - 4), crc_of(slice_take(rest, len - 4)));
        rest = slice_skip(rest, len);
    }
    cr_expect_eq(rest.len, 0);
}
