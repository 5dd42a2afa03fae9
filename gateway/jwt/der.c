#include "gateway/jwt/der.h"

#include <assert.h>

#define PIECE_MAX 8192 /* bytes; a key of 16,384 bits has 2,100 */

enum { TAG_INTEGER = 0x02, TAG_BIT_STRING = 0x03, TAG_SEQUENCE = 0x30 };

const struct der_curve der_curves[3] = {
    {"P-256", SLICE_INIT("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"), 32},
    {"P-384", SLICE_INIT("\x06\x05\x2b\x81\x04\x00\x22"), 48},
    {"P-521", SLICE_INIT("\x06\x05\x2b\x81\x04\x00\x23"), 66},
};

static void put(struct buf *buf, unsigned char tag, struct slice content)
{
    buf_append_char(buf, (char)tag);
    if (content.len >= 0x100) {
        buf_append(buf, SLICE("\x82"));
        buf_append_char(buf, (char)(content.len >> 8));
    } else if (content.len >= 0x80) {
        buf_append(buf, SLICE("\x81"));
    }
    buf_append_char(buf, (char)content.len);
    buf_append(buf, content);
}

static void put_integer(struct buf *buf, struct slice number)
{
    char bytes[PIECE_MAX];
    while (number.len > 0 && number.ptr[0] == 0) {
        number = slice_skip(number, 1);
    }
    assert(number.len < sizeof bytes);
    bytes[0] = 0; /* a first bit would be a sign; and nothing is zero */
    if (number.len > 0) {
        memcpy(bytes + 1, number.ptr, number.len);
    }
    bool needs_zero = number.len == 0 || (number.ptr[0] & 0x80) != 0;
    put(buf, TAG_INTEGER, slice_of(bytes + !needs_zero, number.len + needs_zero));
}

/* `key` in a bit string, behind what it is a key of. */
static void put_key(struct buf *buf, struct slice algorithm, struct slice key)
{
    AUTO_BUF bits = BUF_INIT(PIECE_MAX);
    AUTO_BUF whole = BUF_INIT(PIECE_MAX);
    buf_append_char(&bits, 0); /* bits of the last byte that do not count */
    buf_append(&bits, key);
    put(&whole, TAG_SEQUENCE, algorithm);
    put(&whole, TAG_BIT_STRING, buf_slice(&bits));
    put(buf, TAG_SEQUENCE, buf_slice(&whole));
}

void der_rsa_key(struct buf *buf, struct slice n, struct slice e)
{
    static const struct slice rsa_encryption =
        SLICE_INIT("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00");
    AUTO_BUF numbers = BUF_INIT(PIECE_MAX);
    AUTO_BUF key = BUF_INIT(PIECE_MAX);
    put_integer(&numbers, n);
    put_integer(&numbers, e);
    put(&key, TAG_SEQUENCE, buf_slice(&numbers));
    put_key(buf, rsa_encryption, buf_slice(&key));
}

void der_ec_key(struct buf *buf, const struct der_curve *curve, struct slice x, struct slice y)
{
    AUTO_BUF algorithm = BUF_INIT(PIECE_MAX);
    AUTO_BUF point = BUF_INIT(PIECE_MAX);
    assert(x.len == curve->coordinate_len && y.len == curve->coordinate_len);
    buf_append(&algorithm, SLICE("\x06\x07\x2a\x86\x48\xce\x3d\x02\x01")); /* ecPublicKey */
    buf_append(&algorithm, curve->oid);
    buf_append_char(&point, 4); /* not compressed */
    buf_append(&point, x);
    buf_append(&point, y);
    put_key(buf, buf_slice(&algorithm), buf_slice(&point));
}

void der_ec_signature(struct buf *buf, struct slice r, struct slice s)
{
    AUTO_BUF numbers = BUF_INIT(PIECE_MAX);
    put_integer(&numbers, r);
    put_integer(&numbers, s);
    put(buf, TAG_SEQUENCE, buf_slice(&numbers));
}
