#include "scheduler/kinesis/hash_key.h"

#include <md5.h>

#define WORDS 4

static struct hash_key from_words(const uint32_t words[WORDS])
{
    return (struct hash_key){(uint64_t)words[0] << 32 | words[1],
                             (uint64_t)words[2] << 32 | words[3]};
}

static void to_words(struct hash_key key, uint32_t words[WORDS])
{
    words[0] = (uint32_t)(key.high >> 32);
    words[1] = (uint32_t)key.high;
    words[2] = (uint32_t)(key.low >> 32);
    words[3] = (uint32_t)key.low;
}

bool hash_key_parse(struct slice text, struct hash_key *ret_key)
{
    uint32_t words[WORDS];
    if (!decimal_parse(text, words, WORDS)) {
        return false;
    }
    *ret_key = from_words(words);
    return true;
}

const char *hash_key_print(struct hash_key key, char out[DECIMAL_TEXT_MAX])
{
    uint32_t words[WORDS];
    to_words(key, words);
    (void)decimal_print(words, WORDS, out);
    return out;
}

struct hash_key hash_key_of(struct slice partition_key)
{
    uint8_t digest[MD5_DIGEST_LENGTH];
    MD5_CTX md5;
    MD5Init(&md5);
    MD5Update(&md5, (const uint8_t *)partition_key.ptr, partition_key.len);
    MD5Final(digest, &md5);
    struct hash_key key = {0, 0};
    for (size_t i = 0; i < 8; i++) {
        key.high = key.high << 8 | digest[i];
        key.low = key.low << 8 | digest[8 + i];
    }
    return key;
}

int hash_key_compare(struct hash_key a, struct hash_key b)
{
    if (a.high != b.high) {
        return a.high < b.high ? -1 : 1;
    }
    return a.low < b.low ? -1 : a.low > b.low;
}

/* number * floor(2^128 / count): what is left over goes to the last part. */
struct hash_key hash_key_part_first(uint32_t number, uint32_t count)
{
    static const uint32_t all[WORDS + 1] = {1, 0, 0, 0, 0};
    uint32_t part[WORDS + 1];
    uint64_t rest = 0;
    for (size_t i = 0; i <= WORDS; i++) {
        rest = rest << 32 | all[i];
        part[i] = (uint32_t)(rest / count);
        rest %= count;
    }
    uint64_t carry = 0;
    for (size_t i = WORDS + 1; i > 0; i--) {
        carry += (uint64_t)part[i - 1] * number;
        part[i - 1] = (uint32_t)carry;
        carry >>= 32;
    }
    return from_words(part + 1);
}

struct hash_key hash_key_part_last(uint32_t number, uint32_t count)
{
    if (number + 1 == count) {
        return (struct hash_key){UINT64_MAX, UINT64_MAX};
    }
    return hash_key_previous(hash_key_part_first(number + 1, count));
}

struct hash_key hash_key_middle(struct hash_key first, struct hash_key last)
{
    struct hash_key width = {last.high - first.high - (last.low < first.low), last.low - first.low};
    struct hash_key half = {width.high >> 1, width.low >> 1 | width.high << 63};
    struct hash_key middle = {first.high + half.high, first.low + half.low};
    middle.high += middle.low < first.low;
    return hash_key_next(middle);
}
