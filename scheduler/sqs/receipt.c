#include "scheduler/sqs/receipt.h"

#include "core/encode.h"

#define RECEIPT_LEN 27

static const char head[] = {1, 1, 1};

static void put_number(char **at, uint64_t number, int bytes)
{
    while (bytes-- > 0) {
        *(*at)++ = (char)(number >> (8 * bytes));
    }
}

static uint64_t take_number(const char **at, int bytes)
{
    uint64_t number = 0;
    while (bytes-- > 0) {
        number = number << 8 | (uint8_t) * (*at)++;
    }
    return number;
}

static uint32_t check_of(const char *bytes)
{
    return (uint32_t)slice_hash(slice_of(bytes, RECEIPT_LEN - 4));
}

struct slice receipt_write(struct arena *arena, uint64_t queue_id, struct queue_receipt receipt)
{
    char bytes[RECEIPT_LEN];
    char *at = bytes;
    AUTO_BUF text = BUF_INIT(2 * RECEIPT_LEN);
    memcpy(at, head, sizeof head);
    at += sizeof head;
    put_number(&at, queue_id, 8);
    put_number(&at, receipt.seq, 8);
    put_number(&at, receipt.receives, 4);
    put_number(&at, check_of(bytes), 4);
    base64_encode(&text, slice_of(bytes, sizeof bytes));
    return arena_copy(arena, buf_slice(&text));
}

bool receipt_read(struct slice handle, uint64_t *ret_queue_id, struct queue_receipt *ret_receipt)
{
    AUTO_BUF bytes = BUF_INIT(RECEIPT_LEN);
    if (!base64_decode(&bytes, handle) || buf_status(&bytes) != STATUS_OK ||
        bytes.len != RECEIPT_LEN || memcmp(bytes.ptr, head, sizeof head) != 0) {
        return false;
    }
    const char *at = bytes.ptr + sizeof head;
    uint64_t queue_id = take_number(&at, 8);
    uint64_t seq = take_number(&at, 8);
    uint32_t receives = (uint32_t)take_number(&at, 4);
    if ((uint32_t)take_number(&at, 4) != check_of(bytes.ptr)) {
        return false;
    }
    *ret_queue_id = queue_id;
    *ret_receipt = (struct queue_receipt){seq, receives};
    return true;
}
