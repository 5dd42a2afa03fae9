#include "scheduler/kinesis/sequence_number.h"

#include "core/mem.h"
#include "scheduler/kinesis/decimal.h"

#include <assert.h>

#define WORDS 6
#define VERSION 2 /* in front, and behind */

/* The parts, and how many of the 48 nibbles each takes. */
enum part {
    PART_FRONT,
    PART_SHARD_S,
    PART_NIBBLE,
    PART_INDEX,
    PART_ZERO,
    PART_RECORD_S,
    PART_SHARD,
    PART_VERSION,
    PART_COUNT
};
static const unsigned char widths[PART_COUNT] = {2, 9, 1, 16, 2, 9, 8, 1};

const char *sequence_number_print(const struct sequence_number *number, char out[SEQUENCE_TEXT_LEN])
{
    const uint64_t parts[PART_COUNT] = {
        [PART_FRONT] = VERSION,
        [PART_SHARD_S] = (uint64_t)number->shard_s,
        [PART_NIBBLE] = number->shard & 15,
        [PART_INDEX] = number->index,
        [PART_RECORD_S] = (uint64_t)number->record_s,
        [PART_SHARD] = number->shard,
        [PART_VERSION] = VERSION,
    };
    uint32_t words[WORDS] = {0};
    size_t nibble = 0;
    for (size_t i = 0; i < PART_COUNT; i++) {
        for (size_t k = widths[i]; k > 0; k--, nibble++) {
            words[nibble / 8] = words[nibble / 8] << 4 | (uint32_t)(parts[i] >> (4 * (k - 1)) & 15);
        }
    }
    char text[DECIMAL_TEXT_MAX];
    size_t len = decimal_print(words, WORDS, text);
    assert(len == STREAM_LOG_SEQUENCE_DIGITS);
    memcpy(out, text, len + 1);
    return out;
}

bool sequence_number_parse(struct slice text, struct sequence_number *ret_number)
{
    uint32_t words[WORDS];
    if (text.len != STREAM_LOG_SEQUENCE_DIGITS || !decimal_parse(text, words, WORDS)) {
        return false;
    }
    uint64_t parts[PART_COUNT] = {0};
    size_t nibble = 0;
    for (size_t i = 0; i < PART_COUNT; i++) {
        for (size_t k = 0; k < widths[i]; k++, nibble++) {
            parts[i] = parts[i] << 4 | (words[nibble / 8] >> (28 - 4 * (nibble % 8)) & 15);
        }
    }
    if (parts[PART_FRONT] != VERSION || parts[PART_VERSION] != VERSION || parts[PART_ZERO] != 0 ||
        parts[PART_NIBBLE] != (parts[PART_SHARD] & 15) || parts[PART_INDEX] > SEQUENCE_INDEX_END) {
        return false;
    }
    *ret_number = (struct sequence_number){
        .shard_s = (int64_t)parts[PART_SHARD_S],
        .shard = (uint32_t)parts[PART_SHARD],
        .index = parts[PART_INDEX],
        .record_s = (int64_t)parts[PART_RECORD_S],
    };
    return true;
}
