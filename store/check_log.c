#include "store/check.h"

#include "store/stream/change_log.h"

#define RECORD_KEY_BYTES (4 + 8)

static void check_change(struct checker *checker, const struct owner *owner,
                         const struct change *change)
{
    bool has_old = change->old_item.ptr != NULL, has_new = change->new_item.ptr != NULL;
    if ((unsigned)change->kind > CHANGE_REMOVE || has_old != (change->kind != CHANGE_INSERT) ||
        has_new != (change->kind != CHANGE_REMOVE)) {
        check_report(checker, owner, "change %llu has not the items of its kind",
                     (unsigned long long)change->sequence);
    }
    const char *why = has_old ? check_form(change->old_item) : NULL;
    why = why == NULL && has_new ? check_form(change->new_item) : why;
    if (why != NULL) {
        check_report(checker, owner, "an item in change %llu has no valid form: %s",
                     (unsigned long long)change->sequence, why);
    }
}

static uint32_t get_u32(const char *bytes)
{
    const uint8_t *b = (const uint8_t *)bytes;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static bool read_head(struct txn *txn, uint32_t id, uint64_t *ret_next)
{
    const char key[5] = {'l', (char)(id >> 24), (char)(id >> 16), (char)(id >> 8), (char)id};
    struct slice value;
    if (!txn_get(txn, DB_META, slice_of(key, sizeof key), &value) || value.len != 8) {
        return false;
    }
    *ret_next = change_log_next(txn, id);
    return true;
}

/* One log: its sequence has no gaps, and the head follows the last record. */
static void check_log(struct checker *checker, const struct owner *owner, uint32_t id)
{
    struct change_cursor cursor;
    struct change change;
    uint64_t expected = 0, next = 0;
    if (!read_head(checker->txn, id, &next)) {
        check_report(checker, owner, "the change log %u has no head", id);
        return;
    }
    change_cursor_open(&cursor, checker->txn, id);
    for (bool has = change_cursor_from(&cursor, 0, &change); has;
         has = change_cursor_next(&cursor, &change)) {
        checker->result.log_records++;
        if (expected != 0 && change.sequence != expected) {
            check_report(checker, owner, "changes %llu to %llu are missing",
                         (unsigned long long)expected, (unsigned long long)change.sequence - 1);
        }
        check_change(checker, owner, &change);
        expected = change.sequence + 1;
    }
    if (expected != 0 && expected != next) {
        check_report(checker, owner, "the change log ends with %llu, its head tells %llu",
                     (unsigned long long)expected - 1, (unsigned long long)next - 1);
    }
    change_cursor_close(&cursor);
}

void check_logs(struct checker *checker)
{
    AUTO_CURSOR cursor;
    cursor_open(&cursor, checker->txn, DB_LOG);
    bool has = cursor_seek(&cursor, SLICE_NULL);
    while (has) {
        uint32_t id = 0;
        bool is_whole = true;
        /* A deleted table's log stays while its stream may be read: no owner is needed. */
        const struct owner *owner = NULL;
        for (bool is_first = true; has; has = cursor_next(&cursor)) {
            if (cursor.key.len != RECORD_KEY_BYTES) {
                check_report(checker, NULL, "a change log's key of %zu bytes", cursor.key.len);
                continue;
            }
            if (!is_first && get_u32(cursor.key.ptr) != id) {
                break;
            }
            id = get_u32(cursor.key.ptr);
            owner = check_find_owner(checker, DB_ITEMS, id);
            is_first = false;
            is_whole = is_whole && change_is_whole(cursor.value);
        }
        if (!is_whole) {
            check_report(checker, owner, "records of the change log %u are cut off", id);
        } else if (id != 0 && check_find_owner(checker, DB_LOG, id) == NULL) {
            check_log(checker, owner, id);
        }
    }
}
