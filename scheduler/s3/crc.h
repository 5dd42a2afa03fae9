/* Cyclic redundancy checks as S3 names them: CRC-32, CRC-32C (Castagnoli) and CRC-64/NVME, eight bytes a step, and
 * what they are of two texts one behind the other.
 *
 *     kind      polynomial, reflected      of "123456789"
 *     CRC32     EDB88320                   CBF43926
 *     CRC32C    82F63B78                   E3069283
 *     CRC64     9A6C9329AC4BC9B5           AE8B14860A799888
 *
 * All are reflected and begin and end with all bits flipped.
 *
 * Thread  Any, once the tables are built. */
#ifndef SLS_SCHEDULER_S3_CRC_H
#define SLS_SCHEDULER_S3_CRC_H

#include "core/slice.h"

enum crc_kind { CRC_32, CRC_32C, CRC_64, CRC_COUNT };

struct crc_tables {
    uint64_t rows[CRC_COUNT][8][256];
};

void crc_tables_build(struct crc_tables *tables);
/* `crc` is 0 at the start, and the result so far afterwards. */
uint64_t crc_update(const struct crc_tables *tables, enum crc_kind kind, uint64_t crc,
                    struct slice bytes);
/* The CRC of A then B, from that of A, that of B, and B's length. */
uint64_t crc_join(enum crc_kind kind, uint64_t first, uint64_t second, uint64_t second_len);

#endif
