/* Frames of RFC 6455, section 5.2, as a client sends them to a server and a server to a client. Knows bytes only: what
 * comes in which order, and how much of it, is websocket.c's. Private to core/http.
 *
 *      0                   1                   2                   3
 *     |F|R|R|R| opcode|M| Payload len |  Extended length, 16 or 64    |
 *     |I|S|S|S|  (4)  |A|     (7)     |  bits, if len is 126 or 127   |
 *     |N|V|V|V|       |S|             |                               |
 *     | Masking key (if M), payload XORed with it                     |  */
#ifndef SLS_CORE_HTTP_WEBSOCKET_FRAME_H
#define SLS_CORE_HTTP_WEBSOCKET_FRAME_H

#include "core/slice.h"

#define FRAME_HEAD_MAX 14      /* received; what we send has no key */
#define FRAME_CONTROL_MAX 125  /* payload of Close, ping and pong */
#define FRAME_INVALID SIZE_MAX /* of frame_head_read() */

enum frame_opcode {
    FRAME_CONTINUATION = 0,
    FRAME_TEXT = 1,
    FRAME_BINARY = 2,
    FRAME_CLOSE = 8,
    FRAME_PING = 9,
    FRAME_PONG = 10,
};

struct frame_head {
    uint8_t opcode; /* enum frame_opcode */
    bool is_final;
    uint8_t key[4];
    uint64_t len; /* of the payload */
};

static inline bool frame_is_control(const struct frame_head *head)
{
    return head->opcode >= FRAME_CLOSE;
}

/* The head of a client's frame at the front of `bytes`: its length, 0 when more bytes are needed, FRAME_INVALID as soon
 * as the bytes break the protocol: reserved bits and opcodes, no key, a length longer written than needed,
 * control frames that are large or in pieces. */
size_t frame_head_read(struct slice bytes, struct frame_head *ret_head);
/* `bytes` of the payload, from offset `at` on, with the key taken off; `to` may not overlap them. */
void frame_unmask(const struct frame_head *head, uint64_t at, struct slice bytes, char *to);

/* The head of an unfragmented frame to a client. `out` has FRAME_HEAD_MAX bytes; returns how many are used. */
size_t frame_head_write(char *out, enum frame_opcode opcode, uint64_t len);

/* A code that may stand in a Close frame (section 7.4 and IANA's registry). */
bool frame_close_code_is_valid(uint16_t code);

#endif
