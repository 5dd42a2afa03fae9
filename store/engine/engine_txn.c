#include "store/engine/engine_private.h"

#include <assert.h>

/* LMDB's values are not const, though it only reads keys and what is put. */
static MDB_val val_of(struct slice slice)
{
    return (MDB_val){slice.len, (void *)(uintptr_t)slice.ptr};
}

static struct slice slice_of_val(MDB_val val)
{
    return slice_of(val.mv_data, val.mv_size);
}

/* True for success; keeps the first real error. */
static bool succeeded(struct txn *txn, int rc)
{
    if (rc != 0 && rc != MDB_NOTFOUND && txn->error == 0) {
        txn->error = rc;
    }
    return rc == 0;
}

void txn_begin_write(struct txn *txn, struct engine *engine)
{
    *txn = (struct txn){.engine = engine};
    int rc = engine->env != NULL ? mdb_txn_begin(engine->env, NULL, 0, &txn->lmdb) : MDB_PANIC;
    if (!succeeded(txn, rc)) {
        txn->lmdb = NULL;
    }
}

int txn_end_write(struct txn *txn)
{
    if (txn->lmdb != NULL && txn->error != 0) {
        mdb_txn_abort(txn->lmdb);
    } else if (txn->lmdb != NULL) {
        txn->error = mdb_txn_commit(txn->lmdb);
    }
    txn->lmdb = NULL;
    return txn->error;
}

void txn_put(struct txn *txn, enum engine_db db, struct slice key, struct slice value)
{
    txn_put2(txn, db, key, value, SLICE_NULL);
}

void txn_put2(struct txn *txn, enum engine_db db, struct slice key, struct slice head,
              struct slice tail)
{
    char *value = txn_put_space(txn, db, key, head.len + tail.len);
    if (value != NULL && head.len > 0) {
        memcpy(value, head.ptr, head.len);
    }
    if (value != NULL && tail.len > 0) {
        memcpy(value + head.len, tail.ptr, tail.len);
    }
}

char *txn_put_space(struct txn *txn, enum engine_db db, struct slice key, size_t len)
{
    assert(key.len > 0 && key.len <= ENGINE_KEY_MAX);
    if (txn->error != 0) {
        return NULL;
    }
    MDB_val lmdb_key = val_of(key);
    MDB_val value = {len, NULL};
    if (!succeeded(txn,
                   mdb_put(txn->lmdb, txn->engine->dbis[db], &lmdb_key, &value, MDB_RESERVE))) {
        return NULL;
    }
    txn->put_bytes += key.len + len;
    return value.mv_data;
}

bool txn_delete(struct txn *txn, enum engine_db db, struct slice key)
{
    assert(key.len > 0 && key.len <= ENGINE_KEY_MAX);
    if (txn->error != 0) {
        return false;
    }
    MDB_val lmdb_key = val_of(key);
    txn->put_bytes += key.len;
    return succeeded(txn, mdb_del(txn->lmdb, txn->engine->dbis[db], &lmdb_key, NULL));
}

bool txn_get(struct txn *txn, enum engine_db db, struct slice key, struct slice *ret_value)
{
    assert(key.len > 0);
    if (txn->error != 0 || txn->engine->dbis[db] == DBI_ABSENT) {
        return false;
    }
    MDB_val lmdb_key = val_of(key);
    MDB_val value;
    if (!succeeded(txn, mdb_get(txn->lmdb, txn->engine->dbis[db], &lmdb_key, &value))) {
        return false;
    }
    *ret_value = slice_of_val(value);
    return true;
}

bool txn_failed(const struct txn *txn)
{
    return txn->error != 0;
}

void cursor_open(struct cursor *cursor, struct txn *txn, enum engine_db db)
{
    *cursor = (struct cursor){.txn = txn};
    MDB_cursor *lmdb = NULL;
    if (txn->error == 0 && txn->engine->dbis[db] != DBI_ABSENT &&
        succeeded(txn, mdb_cursor_open(txn->lmdb, txn->engine->dbis[db], &lmdb))) {
        cursor->lmdb = lmdb;
    }
}

void cursor_close(struct cursor *cursor)
{
    if (cursor->lmdb != NULL) {
        mdb_cursor_close(cursor->lmdb);
        cursor->lmdb = NULL;
    }
}

static bool move(struct cursor *cursor, struct slice key, MDB_cursor_op op)
{
    if (cursor->lmdb == NULL || cursor->txn->error != 0) {
        return false;
    }
    MDB_val lmdb_key = val_of(key);
    MDB_val value;
    if (!succeeded(cursor->txn, mdb_cursor_get(cursor->lmdb, &lmdb_key, &value, op))) {
        return false;
    }
    cursor->key = slice_of_val(lmdb_key);
    cursor->value = slice_of_val(value);
    return true;
}

bool cursor_seek(struct cursor *cursor, struct slice key)
{
    return move(cursor, key, key.len > 0 ? MDB_SET_RANGE : MDB_FIRST);
}

bool cursor_seek_before(struct cursor *cursor, struct slice key)
{
    if (key.len == 0) {
        return false;
    }
    return move(cursor, key, MDB_SET_RANGE) ? move(cursor, SLICE_NULL, MDB_PREV)
                                            : move(cursor, SLICE_NULL, MDB_LAST);
}

bool cursor_next(struct cursor *cursor)
{
    return move(cursor, SLICE_NULL, MDB_NEXT);
}

bool cursor_prev(struct cursor *cursor)
{
    return move(cursor, SLICE_NULL, MDB_PREV);
}
