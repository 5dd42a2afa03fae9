#include "store/table/meta.h"

#include "core/buf.h"

#include <assert.h>

struct name_key {
    char bytes[ENGINE_KEY_MAX];
    size_t len;
};

static struct name_key key_of(char kind, struct slice name)
{
    struct name_key key;
    assert(name.len < sizeof(key.bytes));
    key.bytes[0] = kind;
    memcpy(key.bytes + 1, name.ptr, name.len);
    key.len = name.len + 1;
    return key;
}

static struct name_key key_of_id(char kind, uint32_t id)
{
    const char bytes[] = {(char)(id >> 24), (char)(id >> 16), (char)(id >> 8), (char)id};
    return key_of(kind, slice_of(bytes, sizeof(bytes)));
}

static struct slice get(struct txn *txn, struct arena *arena, const struct name_key *key)
{
    struct slice value;
    return txn_get(txn, DB_META, slice_of(key->bytes, key->len), &value) ? arena_copy(arena, value)
                                                                         : SLICE_NULL;
}

static void put(struct txn *txn, const struct name_key *key, struct slice value)
{
    if (value.ptr != NULL) {
        txn_put(txn, DB_META, slice_of(key->bytes, key->len), value);
    } else {
        txn_delete(txn, DB_META, slice_of(key->bytes, key->len));
    }
}

struct slice meta_get_of_id(struct txn *txn, struct arena *arena, char kind, uint32_t id)
{
    struct name_key key = key_of_id(kind, id);
    return get(txn, arena, &key);
}

struct slice meta_get(struct txn *txn, struct arena *arena, char kind, struct slice name)
{
    if (name.len >= ENGINE_KEY_MAX) {
        return SLICE_NULL; /* nothing was ever put there */
    }
    struct name_key key = key_of(kind, name);
    return get(txn, arena, &key);
}

void meta_put_of_id(struct txn *txn, char kind, uint32_t id, struct slice value)
{
    struct name_key key = key_of_id(kind, id);
    put(txn, &key, value);
}

void meta_put(struct txn *txn, char kind, struct slice name, struct slice value)
{
    struct name_key key = key_of(kind, name);
    put(txn, &key, value);
}
