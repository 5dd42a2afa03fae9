#include "core/http/websocket_frame.h"

#define FINAL 0x80u
#define RESERVED 0x70u
#define OPCODE 0x0fu
#define MASKED 0x80u
#define LEN_16 126
#define LEN_64 127

static bool opcode_is_known(uint8_t opcode)
{
    return opcode <= FRAME_BINARY || (opcode >= FRAME_CLOSE && opcode <= FRAME_PONG);
}

static uint64_t read_number(const unsigned char *at, size_t count)
{
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++) {
        value = value << 8 | at[i];
    }
    return value;
}

size_t frame_head_read(struct slice bytes, struct frame_head *ret_head)
{
    const unsigned char *at = (const unsigned char *)bytes.ptr;
    if (bytes.len == 0) {
        return 0;
    }
    struct frame_head head = {.opcode = at[0] & OPCODE, .is_final = (at[0] & FINAL) != 0};
    bool is_control = frame_is_control(&head);
    if ((at[0] & RESERVED) != 0 || !opcode_is_known(head.opcode) ||
        (is_control && !head.is_final)) {
        return FRAME_INVALID;
    }
    if (bytes.len < 2) {
        return 0;
    }
    uint8_t short_len = at[1] & (MASKED - 1);
    if ((at[1] & MASKED) == 0 || (is_control && short_len > FRAME_CONTROL_MAX)) {
        return FRAME_INVALID;
    }
    size_t extended = short_len == LEN_64 ? 8 : (short_len == LEN_16 ? 2 : 0);
    if (bytes.len < 2 + extended) {
        return 0;
    }
    head.len = extended == 0 ? short_len : read_number(at + 2, extended);
    if ((extended == 2 && head.len < LEN_16) ||
        (extended == 8 && (head.len <= UINT16_MAX || head.len > INT64_MAX))) {
        return FRAME_INVALID;
    }
    size_t len = 2 + extended + sizeof(head.key);
    if (bytes.len < len) {
        return 0;
    }
    memcpy(head.key, at + 2 + extended, sizeof(head.key));
    *ret_head = head;
    return len;
}

void frame_unmask(const struct frame_head *head, uint64_t at, struct slice bytes, char *to)
{
    for (size_t i = 0; i < bytes.len; i++) {
        to[i] = (char)((uint8_t)bytes.ptr[i] ^ head->key[(at + i) & 3]);
    }
}

size_t frame_head_write(char *out, enum frame_opcode opcode, uint64_t len)
{
    size_t extended = len > UINT16_MAX ? 8 : (len >= LEN_16 ? 2 : 0);
    out[0] = (char)(FINAL | (unsigned)opcode);
    out[1] = (char)(extended == 8 ? LEN_64 : (extended == 2 ? LEN_16 : len));
    for (size_t i = 0; i < extended; i++) {
        out[2 + i] = (char)(len >> (8 * (extended - 1 - i)));
    }
    return 2 + extended;
}

bool frame_close_code_is_valid(uint16_t code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}
