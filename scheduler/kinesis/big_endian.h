/* Numbers as they stand in keys and tokens: the highest byte first, so that keys sort as their numbers do. */
#ifndef SLS_SCHEDULER_KINESIS_BIG_ENDIAN_H
#define SLS_SCHEDULER_KINESIS_BIG_ENDIAN_H

#include <stddef.h>
#include <stdint.h>

/* Returns what follows. */
static inline char *big_endian_put(char *at, uint64_t value, size_t len)
{
    for (size_t i = len; i > 0; i--) {
        *at++ = (char)(value >> (8 * (i - 1)));
    }
    return at;
}

static inline uint64_t big_endian_get(const char *at, size_t len)
{
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++) {
        value = value << 8 | (uint8_t)at[i];
    }
    return value;
}

#endif
