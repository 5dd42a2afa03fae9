/* The checksums of an object's bytes: the algorithms that S3 knows, and all those a body needs in one pass.
 *
 * Source  events.md 4.3; Amazon S3 User Guide, "Checking object integrity". XXHASH is refused by name. */
#ifndef SLS_SCHEDULER_S3_CHECKSUM_H
#define SLS_SCHEDULER_S3_CHECKSUM_H

#include "core/arena.h"
#include "scheduler/s3/crc.h"

#include <md5.h>
#include <sha1.h>
#include <sha2.h>

/* Values are the file's format: never reused, never reordered. */
enum checksum {
    CHECKSUM_NONE,
    CHECKSUM_CRC32,
    CHECKSUM_CRC32C,
    CHECKSUM_CRC64NVME,
    CHECKSUM_SHA1,
    CHECKSUM_SHA256,
    CHECKSUM_SHA512,
    CHECKSUM_MD5,
    CHECKSUM_COUNT
};

#define DIGEST_MAX 64

struct checksum_row {
    const char *name;    /* "CRC32": x-amz-checksum-algorithm */
    const char *header;  /* "x-amz-checksum-crc32" */
    const char *element; /* "ChecksumCRC32" */
    size_t len;          /* of the digest */
    bool can_be_full;    /* of a multipart object: FULL_OBJECT */
    bool can_be_composite;
};

extern const struct checksum_row checksum_rows[CHECKSUM_COUNT];

enum checksum checksum_by_name(struct slice name);     /* without case; NONE when unknown */
enum checksum checksum_by_header(struct slice header); /* without case; NONE when unknown */

struct digest {
    uint8_t bytes[DIGEST_MAX];
    size_t len;
};

/* All that is wanted of one body; MD5 is always, for the ETag. */
struct hashes {
    const struct crc_tables *tables;
    uint32_t wanted; /* bits 1 << enum checksum */
    uint64_t size;
    uint64_t crcs[CRC_COUNT];
    MD5_CTX md5;
    SHA1_CTX sha1;
    SHA2_CTX sha256;
    SHA2_CTX sha512;
};

void hashes_init(struct hashes *hashes, const struct crc_tables *tables, uint32_t wanted);
void hashes_update(struct hashes *hashes, struct slice bytes);
/* Of what came so far; the hashes may go on. */
struct digest hashes_digest(const struct hashes *hashes, enum checksum checksum);

struct digest digest_of_number(enum checksum checksum, uint64_t crc);
uint64_t digest_number(const struct digest *digest); /* of a CRC's */
struct slice digest_slice(const struct digest *digest);
struct slice digest_hex(struct arena *arena, const struct digest *digest);
struct digest digest_of_hex(struct slice hex); /* as digest_hex() wrote it */
struct slice digest_base64(struct arena *arena, const struct digest *digest);
/* False when the text is no base64 of a digest of that length. */
MUST_CHECK bool digest_parse(enum checksum checksum, struct slice text, struct digest *ret_digest);

#endif
