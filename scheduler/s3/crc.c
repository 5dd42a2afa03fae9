#include "scheduler/s3/crc.h"

static const uint64_t polynomials[CRC_COUNT] = {
    [CRC_32] = 0xEDB88320U,
    [CRC_32C] = 0x82F63B78U,
    [CRC_64] = 0x9A6C9329AC4BC9B5U,
};

static uint64_t all_bits(enum crc_kind kind)
{
    return kind == CRC_64 ? UINT64_MAX : UINT32_MAX;
}

/* Times x, modulo the polynomial. The highest power is the lowest bit. */
static uint64_t shift(enum crc_kind kind, uint64_t value)
{
    return (value & 1) != 0 ? value >> 1 ^ polynomials[kind] : value >> 1;
}

void crc_tables_build(struct crc_tables *tables)
{
    for (int kind = 0; kind < CRC_COUNT; kind++) {
        uint64_t(*rows)[256] = tables->rows[kind];
        for (uint64_t byte = 0; byte < 256; byte++) {
            uint64_t value = byte;
            for (int bit = 0; bit < 8; bit++) {
                value = shift((enum crc_kind)kind, value);
            }
            rows[0][byte] = value;
        }
        for (int row = 1; row < 8; row++) {
            for (int byte = 0; byte < 256; byte++) {
                uint64_t before = rows[row - 1][byte];
                rows[row][byte] = before >> 8 ^ rows[0][before & 0xFF];
            }
        }
    }
}

static uint64_t read_word(const unsigned char *at)
{
    uint64_t word = 0;
    for (int i = 7; i >= 0; i--) {
        word = word << 8 | at[i];
    }
    return word;
}

uint64_t crc_update(const struct crc_tables *tables, enum crc_kind kind, uint64_t crc,
                    struct slice bytes)
{
    const uint64_t(*rows)[256] = tables->rows[kind];
    const unsigned char *at = (const unsigned char *)bytes.ptr;
    size_t left = bytes.len;
    crc ^= all_bits(kind);
    for (; left >= 8; left -= 8, at += 8) {
        uint64_t word = read_word(at) ^ crc;
        crc = rows[7][word & 0xFF] ^ rows[6][word >> 8 & 0xFF] ^ rows[5][word >> 16 & 0xFF] ^
              rows[4][word >> 24 & 0xFF] ^ rows[3][word >> 32 & 0xFF] ^ rows[2][word >> 40 & 0xFF] ^
              rows[1][word >> 48 & 0xFF] ^ rows[0][word >> 56];
    }
    for (; left > 0; left--, at++) {
        crc = crc >> 8 ^ rows[0][(crc ^ *at) & 0xFF];
    }
    return crc ^ all_bits(kind);
}

static uint64_t multiply(enum crc_kind kind, uint64_t a, uint64_t b)
{
    uint64_t product = 0;
    for (uint64_t bit = all_bits(kind) / 2 + 1; bit != 0; bit >>= 1) {
        product ^= (a & bit) != 0 ? b : 0;
        b = shift(kind, b);
    }
    return product;
}

uint64_t crc_join(enum crc_kind kind, uint64_t first, uint64_t second, uint64_t second_len)
{
    uint64_t power = all_bits(kind) / 2 + 1; /* x to the 0 */
    uint64_t square = power >> 8;            /* x to the 8: one byte */
    for (; second_len != 0; second_len >>= 1) {
        if ((second_len & 1) != 0) {
            power = multiply(kind, power, square);
        }
        square = multiply(kind, square, square);
    }
    return multiply(kind, power, first) ^ second;
}
