#include "store/check.h"

#include "core/mem.h"
#include "store/item/decision.h"
#include "store/table/catalog_codec.h"
#include "store/value/attr_json.h"
#include "store/value/key.h"

#include <stdarg.h>
#include <stdio.h>

#define LINES_MAX 1000 /* printed; all are counted */
#define LINE_BYTES 2048

void check_report(struct checker *checker, const struct owner *owner, const char *format, ...)
{
    if (++checker->result.problems > LINES_MAX) {
        return;
    }
    char words[LINE_BYTES - 600], line[LINE_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    if (owner == NULL || owner->table == NULL) {
        snprintf(line, sizeof line, "%s", words);
    } else if (owner->index != NULL) {
        snprintf(line, sizeof line, "table %.*s, index %.*s: %s", SLICE_ARG(owner->table->name),
                 SLICE_ARG(owner->index->name), words);
    } else {
        snprintf(line, sizeof line, "table %.*s: %s", SLICE_ARG(owner->table->name), words);
    }
    checker->print(checker->ctx, line);
}

/* --- what there is --- */

static uint32_t get_u32(const char *bytes)
{
    const uint8_t *b = (const uint8_t *)bytes;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static bool has_meta_of_id(struct txn *txn, char kind, uint32_t id)
{
    char key[5] = {kind, (char)(id >> 24), (char)(id >> 16), (char)(id >> 8), (char)id};
    struct slice value;
    return txn_get(txn, DB_META, slice_of(key, sizeof key), &value);
}

struct owner *check_find_owner(struct checker *checker, enum engine_db db, uint32_t id)
{
    for (size_t i = 0; i < checker->owner_count; i++) {
        if (checker->owners[i].id == id && checker->owners[i].db == db) {
            return &checker->owners[i];
        }
    }
    return NULL;
}

static void add_owner(struct checker *checker, struct owner owner)
{
    owner.is_filling = has_meta_of_id(checker->txn, 'f', owner.id) ||
                       (owner.index != NULL && owner.index->state == TABLE_CREATING);
    if (check_find_owner(checker, owner.db, owner.id) != NULL) {
        check_report(checker, &owner, "its id %u is used twice", owner.id);
        return;
    }
    if (owner.id == 0 || owner.id >= checker->next_id) {
        check_report(checker, &owner, "its id %u was never given out", owner.id);
    }
    if (checker->owner_count == checker->owner_room) {
        checker->owner_room = checker->owner_room > 0 ? 2 * checker->owner_room : 64;
        checker->owners =
            mem_realloc(checker->owners, checker->owner_room * sizeof *checker->owners);
    }
    checker->owners[checker->owner_count++] = owner;
}

static void load_table(struct checker *checker, struct slice name, struct slice json)
{
    struct table *table = catalog_decode(json);
    if (table == NULL || !slice_eq(table->name, name)) {
        check_report(checker, NULL, "table %.*s: its description is damaged", SLICE_ARG(name));
        table_unref(table);
        return;
    }
    checker->tables =
        mem_realloc(checker->tables, (checker->table_count + 1) * sizeof *checker->tables);
    checker->tables[checker->table_count++] = table;
    checker->result.tables++;
    add_owner(checker, (struct owner){.id = table->id, .db = DB_ITEMS, .table = table});
    if (table->ttl_id != 0 && table->ttl_attribute.len > 0) {
        add_owner(checker, (struct owner){.id = table->ttl_id, .db = DB_ENTRIES, .table = table});
    }
    for (size_t i = 0; i < table->index_count; i++) {
        add_owner(checker, (struct owner){.id = table->indexes[i].id,
                                          .db = DB_ENTRIES,
                                          .table = table,
                                          .index = &table->indexes[i]});
    }
}

static void load_meta(struct checker *checker)
{
    struct slice value;
    checker->next_id = 1;
    if (txn_get(checker->txn, DB_META, SLICE("n"), &value) && value.len == 4) {
        memcpy(&checker->next_id, value.ptr, 4);
    }
    AUTO_CURSOR cursor;
    cursor_open(&cursor, checker->txn, DB_META);
    for (bool has = cursor_seek(&cursor, SLICE_NULL); has; has = cursor_next(&cursor)) {
        if (cursor.key.ptr[0] == 't') {
            load_table(checker, slice_skip(cursor.key, 1), cursor.value);
        } else if (cursor.key.ptr[0] == 'g' && cursor.key.len == 6) {
            add_owner(checker, (struct owner){.id = get_u32(cursor.key.ptr + 1),
                                              .db = (enum engine_db)cursor.key.ptr[5],
                                              .is_garbage = true});
        } else if (cursor.key.ptr[0] == 'b') {
            checker->has_backups = true;
        }
    }
}

/* --- items --- */

/* The item's key attributes as JSON, for people. */
static const char *name_of(const struct table *table, struct slice item, struct buf *buf)
{
    struct json_writer w = json_writer_init(buf);
    json_open(&w, '{');
    for (size_t i = 0; i < key_part_count(&table->keys); i++) {
        struct attr value = item_get(item, table->keys.parts[i].name);
        if (value.type != ATTR_NONE) {
            json_write_key(&w, table->keys.parts[i].name);
            attr_print(&w, value);
        }
    }
    json_close(&w, '}');
    const char *text = buf_cstr(buf);
    return buf->is_full || text == NULL ? "{a long key}" : text;
}

static const char *hex_of(struct slice bytes, char out[100])
{
    size_t len = bytes.len < 40 ? bytes.len : 40;
    for (size_t i = 0; i < len; i++) {
        snprintf(out + 2 * i, 3, "%02x", (uint8_t)bytes.ptr[i]);
    }
    snprintf(out + 2 * len, 4, "%s", len < bytes.len ? "..." : "");
    return out;
}

/* Whether `entry` is there and points to the item under `key`. */
static bool points_to(struct checker *checker, const struct key *entry, const struct key *key)
{
    struct slice value;
    return txn_get(checker->txn, DB_ENTRIES, key_slice(entry), &value) &&
           slice_eq(value, key_without_id(key_slice(key)));
}

/* The owners of a table's entries follow the table's own. */
static void check_entries_of(struct checker *checker, const struct owner *owner, struct slice item,
                             const struct key *key)
{
    const struct table *table = owner->table;
    const struct owner *end = checker->owners + checker->owner_count;
    AUTO_BUF buf = BUF_INIT(1000);
    for (const struct owner *entries = owner + 1; entries < end && entries->table == table;
         entries++) {
        const struct table_index *index = entries->index;
        struct key entry;
        int64_t expires_s;
        if (entries->is_filling || (index != NULL && index->state == TABLE_DELETING)) {
            continue;
        }
        if (index != NULL ? key_check(&index->keys, item, NULL) != KEY_FITS
                          : !item_expires(item, table->ttl_attribute, &expires_s)) {
            continue;
        }
        if (index != NULL) {
            key_of_entry(index->id, &index->keys, &table->keys, item, &entry);
        } else {
            key_of_ttl(table->ttl_id, expires_s, &table->keys, item, &entry);
        }
        if (!points_to(checker, &entry, key)) {
            buf_clear(&buf);
            check_report(checker, entries, "no %s of item %s",
                         index != NULL ? "entry" : "TTL entry", name_of(table, item, &buf));
        }
    }
}

static void check_item(struct checker *checker, struct owner *owner, struct slice bytes,
                       struct slice value)
{
    char hex[100];
    AUTO_BUF buf = BUF_INIT(1000);
    checker->result.items++;
    const char *why = value.len < 8 ? "too short" : check_form(slice_skip(value, 4));
    if (why != NULL) {
        check_report(checker, owner, "the item under %s has no valid form: %s", hex_of(bytes, hex),
                     why);
        return;
    }
    struct stored_item stored = stored_item(value);
    if (owner == NULL) {
        return; /* of a backup */
    }
    owner->items++;
    owner->bytes += stored.size;
    size_t size = item_size(stored.item);
    if (stored.size != size) {
        check_report(checker, owner, "item %s is kept with a size of %u bytes and has %zu",
                     name_of(owner->table, stored.item, &buf), stored.size, size);
    }
    struct key key;
    bool fits = key_check(&owner->table->keys, stored.item, NULL) == KEY_FITS;
    if (fits) {
        key_of_item(owner->id, &owner->table->keys, stored.item, &key);
    }
    if (!fits || !slice_eq(key_slice(&key), bytes)) {
        buf_clear(&buf);
        check_report(checker, owner, "item %s is under a key that is not its own: %s",
                     name_of(owner->table, stored.item, &buf), hex_of(bytes, hex));
        return;
    }
    check_entries_of(checker, owner, stored.item, &key);
}

/* --- entries --- */

static void check_entry(struct checker *checker, struct owner *owner, struct slice bytes,
                        struct slice value)
{
    char hex[100];
    AUTO_BUF buf = BUF_INIT(1000);
    const struct table *table = owner->table;
    struct key target, expected;
    struct slice stored = SLICE_NULL;
    checker->result.entries++;
    if (owner->index != NULL && owner->index->state == TABLE_DELETING) {
        return; /* maintained no longer */
    }
    bool has = value.len > 0 && value.len <= ENGINE_KEY_MAX - KEY_ID_LEN;
    if (has) {
        key_of_target(table->id, value, &target);
        has = txn_get(checker->txn, DB_ITEMS, key_slice(&target), &stored);
    }
    if (!has) {
        check_report(checker, owner, "the entry %s points to no item", hex_of(bytes, hex));
        return;
    }
    if (stored.len < 8 || check_form(slice_skip(stored, 4)) != NULL) {
        return; /* told with the item */
    }
    struct slice item = stored_item(stored).item;
    bool is_due = false;
    int64_t expires_s;
    if (key_check(&table->keys, item, NULL) != KEY_FITS) {
        return; /* likewise */
    }
    if (owner->index != NULL) {
        is_due = key_check(&owner->index->keys, item, NULL) == KEY_FITS;
        if (is_due) {
            key_of_entry(owner->id, &owner->index->keys, &table->keys, item, &expected);
        }
        owner->items++;
        owner->bytes += entry_size(owner->index, item, stored_item(stored).size);
    } else {
        is_due = item_expires(item, table->ttl_attribute, &expires_s);
        if (is_due) {
            key_of_ttl(owner->id, expires_s, &table->keys, item, &expected);
        }
    }
    if (!is_due || !slice_eq(key_slice(&expected), bytes)) {
        check_report(checker, owner, "the entry %s points to item %s, which does not belong there",
                     hex_of(bytes, hex), name_of(table, item, &buf));
    }
}

/* Walks a database id by id. */
static void check_all(struct checker *checker, enum engine_db db)
{
    AUTO_CURSOR cursor;
    struct owner *owner = NULL;
    uint32_t id = 0;
    cursor_open(&cursor, checker->txn, db);
    for (bool has = cursor_seek(&cursor, SLICE_NULL); has; has = cursor_next(&cursor)) {
        if (cursor.key.len <= KEY_ID_LEN) {
            check_report(checker, NULL, "a key of %zu bytes", cursor.key.len);
            continue;
        }
        if (get_u32(cursor.key.ptr) != id) {
            id = get_u32(cursor.key.ptr);
            owner = check_find_owner(checker, db, id);
            if (owner == NULL && !(db == DB_ITEMS && checker->has_backups)) {
                check_report(checker, NULL, "%s of id %u, which belongs to nothing",
                             db == DB_ITEMS ? "items" : "entries", id);
            }
        }
        if (owner != NULL && owner->is_garbage) {
            checker->result.garbage++;
            continue;
        }
        if (db == DB_ITEMS) {
            check_item(checker, owner, cursor.key, cursor.value);
        } else if (owner != NULL) {
            check_entry(checker, owner, cursor.key, cursor.value);
        }
    }
}

static void check_statistics(struct checker *checker)
{
    for (size_t i = 0; i < checker->owner_count; i++) {
        const struct owner *owner = &checker->owners[i];
        struct table_stats stats;
        if (owner->is_garbage || (owner->db == DB_ENTRIES && owner->index == NULL) ||
            (owner->index != NULL && owner->index->state == TABLE_DELETING)) {
            continue;
        }
        catalog_stats(checker->txn, owner->id, &stats);
        if (stats.items != owner->items || stats.bytes != owner->bytes) {
            check_report(checker, owner,
                         "statistics tell %lld items of %lld bytes, there are %lld of %lld",
                         (long long)stats.items, (long long)stats.bytes, (long long)owner->items,
                         (long long)owner->bytes);
        }
    }
}

enum status check_engine(struct engine *engine, struct checker *checker, struct fault *reterr)
{
    checker->txn = engine_read_begin(engine, 0);
    load_meta(checker);
    check_all(checker, DB_ITEMS);
    check_all(checker, DB_ENTRIES);
    check_statistics(checker);
    check_logs(checker);
    enum status status =
        txn_failed(checker->txn)
            ? fault_set(reterr, STATUS_UNAVAILABLE, "the store cannot be read any further")
            : STATUS_OK;
    engine_read_end(engine, checker->txn);
    if (checker->result.problems > LINES_MAX) {
        char line[80];
        snprintf(line, sizeof line, "and %llu more",
                 (unsigned long long)(checker->result.problems - LINES_MAX));
        checker->print(checker->ctx, line);
    }
    return status;
}

void checker_finish(struct checker *checker)
{
    for (size_t i = 0; i < checker->table_count; i++) {
        table_unref(checker->tables[i]);
    }
    mem_free(checker->tables);
    mem_free(checker->owners);
}
