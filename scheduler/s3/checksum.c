#include "scheduler/s3/checksum.h"

#include "core/encode.h"
#include "core/id.h"
#include "core/mem.h"

#include <assert.h>

const struct checksum_row checksum_rows[CHECKSUM_COUNT] = {
    [CHECKSUM_CRC32] = {"CRC32", "x-amz-checksum-crc32", "ChecksumCRC32", 4, true, true},
    [CHECKSUM_CRC32C] = {"CRC32C", "x-amz-checksum-crc32c", "ChecksumCRC32C", 4, true, true},
    [CHECKSUM_CRC64NVME] = {"CRC64NVME", "x-amz-checksum-crc64nvme", "ChecksumCRC64NVME", 8, true,
                            false},
    [CHECKSUM_SHA1] = {"SHA1", "x-amz-checksum-sha1", "ChecksumSHA1", 20, false, true},
    [CHECKSUM_SHA256] = {"SHA256", "x-amz-checksum-sha256", "ChecksumSHA256", 32, false, true},
    [CHECKSUM_SHA512] = {"SHA512", "x-amz-checksum-sha512", "ChecksumSHA512", 64, false, true},
    [CHECKSUM_MD5] = {"MD5", "x-amz-checksum-md5", "ChecksumMD5", 16, false, true},
};

static const enum checksum of_crc[CRC_COUNT] = {
    [CRC_32] = CHECKSUM_CRC32, [CRC_32C] = CHECKSUM_CRC32C, [CRC_64] = CHECKSUM_CRC64NVME};

enum checksum checksum_by_name(struct slice name)
{
    for (int i = 1; i < CHECKSUM_COUNT; i++) {
        if (slice_ieq(name, slice_from(checksum_rows[i].name))) {
            return (enum checksum)i;
        }
    }
    return CHECKSUM_NONE;
}

enum checksum checksum_by_header(struct slice header)
{
    for (int i = 1; i < CHECKSUM_COUNT; i++) {
        if (slice_ieq(header, slice_from(checksum_rows[i].header))) {
            return (enum checksum)i;
        }
    }
    return CHECKSUM_NONE;
}

static bool wants(const struct hashes *hashes, enum checksum checksum)
{
    return (hashes->wanted & 1U << checksum) != 0;
}

void hashes_init(struct hashes *hashes, const struct crc_tables *tables, uint32_t wanted)
{
    *hashes = (struct hashes){.tables = tables, .wanted = wanted | 1U << CHECKSUM_MD5};
    MD5Init(&hashes->md5);
    SHA1Init(&hashes->sha1);
    SHA256Init(&hashes->sha256);
    SHA512Init(&hashes->sha512);
}

void hashes_update(struct hashes *hashes, struct slice bytes)
{
    const uint8_t *at = (const uint8_t *)bytes.ptr;
    if (bytes.len == 0) {
        return;
    }
    hashes->size += bytes.len;
    MD5Update(&hashes->md5, at, bytes.len);
    for (int i = 0; i < CRC_COUNT; i++) {
        if (wants(hashes, of_crc[i])) {
            hashes->crcs[i] = crc_update(hashes->tables, (enum crc_kind)i, hashes->crcs[i], bytes);
        }
    }
    if (wants(hashes, CHECKSUM_SHA1)) {
        SHA1Update(&hashes->sha1, at, bytes.len);
    }
    if (wants(hashes, CHECKSUM_SHA256)) {
        SHA256Update(&hashes->sha256, at, bytes.len);
    }
    if (wants(hashes, CHECKSUM_SHA512)) {
        SHA512Update(&hashes->sha512, at, bytes.len);
    }
}

struct digest digest_of_number(enum checksum checksum, uint64_t crc)
{
    struct digest digest = {.len = checksum_rows[checksum].len};
    for (size_t i = 0; i < digest.len; i++) {
        digest.bytes[i] = (uint8_t)(crc >> 8 * (digest.len - 1 - i));
    }
    return digest;
}

uint64_t digest_number(const struct digest *digest)
{
    uint64_t crc = 0;
    for (size_t i = 0; i < digest->len; i++) {
        crc = crc << 8 | digest->bytes[i];
    }
    return crc;
}

struct digest hashes_digest(const struct hashes *hashes, enum checksum checksum)
{
    struct digest digest = {.len = checksum_rows[checksum].len};
    assert(wants(hashes, checksum));
    switch (checksum) {
    case CHECKSUM_CRC32:
        return digest_of_number(checksum, hashes->crcs[CRC_32]);
    case CHECKSUM_CRC32C:
        return digest_of_number(checksum, hashes->crcs[CRC_32C]);
    case CHECKSUM_CRC64NVME:
        return digest_of_number(checksum, hashes->crcs[CRC_64]);
    case CHECKSUM_SHA1: {
        SHA1_CTX copy = hashes->sha1;
        SHA1Final(digest.bytes, &copy);
        break;
    }
    case CHECKSUM_SHA256: {
        SHA2_CTX copy = hashes->sha256;
        SHA256Final(digest.bytes, &copy);
        break;
    }
    case CHECKSUM_SHA512: {
        SHA2_CTX copy = hashes->sha512;
        SHA512Final(digest.bytes, &copy);
        break;
    }
    case CHECKSUM_MD5: {
        MD5_CTX copy = hashes->md5;
        MD5Final(digest.bytes, &copy);
        break;
    }
    case CHECKSUM_NONE:
    case CHECKSUM_COUNT:
        break;
    }
    return digest;
}

struct slice digest_slice(const struct digest *digest)
{
    return slice_of((const char *)digest->bytes, digest->len);
}

struct slice digest_hex(struct arena *arena, const struct digest *digest)
{
    char *text = arena_alloc(arena, 2 * digest->len + 1);
    id_hex(text, digest->bytes, digest->len);
    return slice_of(text, 2 * digest->len);
}

static uint8_t hex_value(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

struct digest digest_of_hex(struct slice hex)
{
    struct digest digest = {.len = hex.len / 2};
    assert(digest.len <= DIGEST_MAX);
    for (size_t i = 0; i < digest.len; i++) {
        digest.bytes[i] = (uint8_t)(hex_value(hex.ptr[2 * i]) << 4 | hex_value(hex.ptr[2 * i + 1]));
    }
    return digest;
}

struct slice digest_base64(struct arena *arena, const struct digest *digest)
{
    AUTO_BUF text = BUF_INIT(2 * DIGEST_MAX);
    base64_encode(&text, digest_slice(digest));
    return arena_copy(arena, buf_slice(&text));
}

bool digest_parse(enum checksum checksum, struct slice text, struct digest *ret_digest)
{
    AUTO_BUF bytes = BUF_INIT(2 * DIGEST_MAX);
    if (text.len > 2 * DIGEST_MAX || !base64_decode(&bytes, text) ||
        bytes.len != checksum_rows[checksum].len) {
        return false;
    }
    ret_digest->len = bytes.len;
    memcpy(ret_digest->bytes, bytes.ptr, bytes.len);
    return true;
}
