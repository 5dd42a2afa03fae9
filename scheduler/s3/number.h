/* Numbers in keys and records: eight bytes, the greater number behind the smaller one. */
#ifndef SLS_SCHEDULER_S3_NUMBER_H
#define SLS_SCHEDULER_S3_NUMBER_H

#include <stdint.h>

static inline void number_write(char out[8], uint64_t number)
{
    for (int i = 0; i < 8; i++) {
        out[i] = (char)(number >> (56 - 8 * i));
    }
}

static inline uint64_t number_read(const char bytes[8])
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++) {
        number = number << 8 | (uint8_t)bytes[i];
    }
    return number;
}

#endif
