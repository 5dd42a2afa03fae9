/* A backup: the items of a table at one instant under an id of their own in DB_ITEMS, and this record in DB_META.
 *
 *     'b' ARN -> {"Id":..,"Name":..,"Type":..,"IsAvailable":..,"CreatedMs":..,"ExpiresMs":..,"Bytes":..,"Items":..,
 *                 "Table":{as catalog_codec.h}}
 *
 * Ownership  backup_release() gives the table back. */
#ifndef SLS_STORE_BACKUP_H
#define SLS_STORE_BACKUP_H

#include "core/json_writer.h"
#include "store/table/catalog.h"

#define SYSTEM_BACKUP_DAYS 35
#define DAY_MS (24LL * 3600 * 1000)

struct backup {
    struct slice arn;
    struct slice name;
    uint32_t id;
    bool is_system;
    bool is_available;
    int64_t created_ms, expires_ms; /* 0: never */
    int64_t bytes, items;
    struct table *table; /* as it was */
};

/* "<table ARN>/<kind>/01489602797149-73d8d5bc" */
struct slice copy_arn(struct arena *arena, struct slice table_arn, const char *kind,
                      int64_t now_ms);

void backup_put(struct txn *txn, const struct backup *backup); /* writer thread */
/* False when there is none of this ARN (or it cannot be read). */
bool backup_get(struct txn *txn, struct arena *arena, struct slice arn, struct backup *ret_backup);
/* Loop thread: the same of the newest snapshot; BACKUP_NOT_FOUND. */
MUST_CHECK const struct problem *backup_find(struct engine *engine, struct arena *arena,
                                             struct slice arn, struct backup *ret_backup);
const struct problem *backup_not_found(struct arena *arena, struct slice arn);
/* A record as DB_META has it. */
bool backup_decode(struct arena *arena, struct slice arn, struct slice json,
                   struct backup *ret_backup);
void backup_release(struct backup *backup);
/* Writer thread: the record goes, its items are garbage. */
void backup_remove(struct txn *txn, const struct backup *backup);
/* Writer thread, in the change that deletes a table with point-in-time recovery: its items become a system backup
 * `<name>$DeletedTableBackup`, under the id they have. */
void backup_of_deleted(struct txn *txn, const struct table *table, int64_t now_ms);

/* `"BackupDetails":{...}`; `status` NULL: its own. */
void backup_print_details(struct json_writer *w, const struct backup *backup, const char *status);
/* `"BackupDescription":{...}` */
void backup_print(struct json_writer *w, const struct backup *backup, const char *status);
void backup_print_summary(struct json_writer *w, const struct backup *backup); /* an object */

#endif
