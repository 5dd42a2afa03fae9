/* Backups, restores, exports and imports over a whole store: more than one batch, interrupted, and at any instant. */
#include "service.h"

#include "core/api/api.h"
#include "core/file.h"
#include "core/mem.h"
#include "store/background.h"
#include "store/engine/engine.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define DAY_MS (24LL * 3600 * 1000)
#define TURNS_MAX 100000

static struct service service;

static void open_service(void)
{
    service_open(&service, NULL);
}

static void close_service(void)
{
    char path[128];
    struct fault fault;
    static const char *const folders[] = {"exports", "imports"};
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", service.dir, folders[i]);
        cr_assert_eq(file_remove_tree(path, &fault), STATUS_OK);
    }
    service_close(&service);
}

TestSuite(copies, .init = open_service, .fini = close_service, .timeout = 120);

static const char *call(const char *operation, const char *format, ...) PRINTF_LIKE(2, 3);
static const char *call(const char *operation, const char *format, ...)
{
    static char body[1 << 20];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(body, sizeof(body), format, args);
    va_end(args);
    cr_assert(len > 0 && (size_t)len < sizeof(body));
    return service_ok(&service, operation, body);
}

static void make_table(const char *name)
{
    call("CreateTable",
         "{'TableName':'%s','BillingMode':'PAY_PER_REQUEST','KeySchema':[{'AttributeName':'p',"
         "'KeyType':'HASH'},{'AttributeName':'s','KeyType':'RANGE'}],'AttributeDefinitions':[{"
         "'AttributeName':'p','AttributeType':'S'},{'AttributeName':'s','AttributeType':'S'},{"
         "'AttributeName':'g','AttributeType':'S'}],'GlobalSecondaryIndexes':[{'IndexName':'by-g',"
         "'KeySchema':[{'AttributeName':'g','KeyType':'HASH'}],'Projection':{'ProjectionType':"
         "'ALL'}}]}",
         name);
}

static void recover(const char *name, int days)
{
    call("UpdateContinuousBackups",
         "{'TableName':'%s','PointInTimeRecoverySpecification':{'PointInTimeRecoveryEnabled':true,"
         "'RecoveryPeriodInDays':%d}}",
         name, days);
}

static void put(const char *table, const char *p, const char *s, int value)
{
    call("PutItem",
         "{'TableName':'%s','Item':{'p':{'S':'%s'},'s':{'S':'%s'},'v':{'N':'%d'},'g':{'S':'g%d'}}}",
         table, p, s, value, value % 3);
}

static void put_many(const char *table, int count, int value)
{
    for (int i = 0; i < count;) {
        AUTO_BUF body = BUF_INIT(1 << 20);
        buf_printf(&body, "{'RequestItems':{'%s':[", table);
        for (int n = 0; n < 25 && i < count; n++, i++) {
            buf_printf(&body,
                       "%s{'PutRequest':{'Item':{'p':{'S':'k%d'},'s':{'S':'%d'},'v':{'N':'%d'},"
                       "'g':{'S':'g'}}}}",
                       n == 0 ? "" : ",", i % 50, i, value);
        }
        buf_append_text(&body, "]}}");
        (void)service_ok(&service, "BatchWriteItem", buf_cstr(&body));
    }
}

/* All of a table or index, as one text. */
static char *dump(const char *table, const char *index)
{
    AUTO_BUF text = BUF_INIT(64 << 20);
    char *start = mem_strdup("");
    while (start != NULL) {
        call("Scan", "{'TableName':'%s'%s%s}", table, index, start);
        buf_append(&text, service_at(&service, "Items"));
        struct slice last = service_at(&service, "LastEvaluatedKey");
        mem_free(start);
        start = NULL;
        if (last.len > 0) {
            AUTO_BUF next = BUF_INIT(1 << 16);
            buf_printf(&next, ",'ExclusiveStartKey':%.*s", SLICE_ARG(last));
            start = mem_strdup(buf_cstr(&next));
        }
    }
    return mem_strdup(buf_cstr(&text));
}

/* Turns the loop until a member of an operation's reply is `wanted`. */
static void wait_for(const char *operation, const char *body, const char *path, const char *wanted)
{
    for (int i = 0; i < TURNS_MAX; i++) {
        (void)service_ok(&service, operation, body);
        if (service_is(&service, path, wanted)) {
            return;
        }
        service_turn(&service);
    }
    cr_assert_fail("%s never became %s", path, wanted);
}

static void wait_for_table(const char *name)
{
    char body[512];
    (void)snprintf(body, sizeof(body), "{'TableName':'%s'}", name);
    wait_for("DescribeTable", body, "Table.TableStatus", "'ACTIVE'");
}

static const char *back_up(const char *table)
{
    static char arn[512];
    call("CreateBackup", "{'TableName':'%s','BackupName':'name'}", table);
    struct slice text = service_at(&service, "BackupDetails.BackupArn");
    (void)snprintf(arn, sizeof(arn), "%.*s", (int)text.len - 2, text.ptr + 1);
    return arn;
}

static void wait_for_backup(const char *arn)
{
    char body[1024];
    (void)snprintf(body, sizeof(body), "{'BackupArn':'%s'}", arn);
    wait_for("DescribeBackup", body, "BackupDescription.BackupDetails.BackupStatus", "'AVAILABLE'");
}

static void expect_same(const char *table, char *wanted, const char *what)
{
    char *got = dump(table, "");
    char *entries = dump(table, ",'IndexName':'by-g'");
    cr_expect_eq(strlen(entries), strlen(wanted), "the index of %s", what);
    mem_free(got);
    mem_free(entries);
}

Test(copies, a_backup_of_many_batches_is_of_one_instant)
{
    make_table("source");
    put_many("source", 2500, 1);
    char *before = dump("source", "");
    const char *arn = back_up("source");
    put_many("source", 2600, 2);
    wait_for_backup(arn);
    call("RestoreTableFromBackup", "{'TargetTableName':'target','BackupArn':'%s'}", arn);
    cr_expect(service_is(&service, "TableDescription.TableStatus", "'CREATING'"));
    wait_for_table("target");
    expect_same("target", before, "the restored table");
    mem_free(before);
}

Test(copies, a_backup_and_a_restore_go_on_after_a_restart)
{
    make_table("source");
    put_many("source", 2500, 1);
    char *before = dump("source", "");
    const char *arn = back_up("source");
    service_reopen(&service);
    wait_for_backup(arn);
    call("RestoreTableFromBackup", "{'TargetTableName':'target','BackupArn':'%s'}", arn);
    service_reopen(&service);
    wait_for_table("target");
    expect_same("target", before, "the restored table");
    recover("source", 35);
    clock_advance(&service.clock, 1000);
    call("RestoreTableToPointInTime",
         "{'SourceTableName':'source','TargetTableName':'again','UseLatestRestorableTime':true}");
    service_reopen(&service);
    put_many("source", 100, 7);
    wait_for_table("again");
    expect_same("again", before, "the table of before the restart");
    mem_free(before);
}

Test(copies, a_restored_table_is_active_when_it_is_whole_also_with_slow_tables)
{
    const struct store_options slow = {.has_slow_tables = true};
    close_service();
    service_open(&service, &slow);
    make_table("source");
    wait_for_table("source");
    put_many("source", 1200, 1);
    char *before = dump("source", "");
    const char *arn = back_up("source");
    wait_for_backup(arn);
    call("RestoreTableFromBackup", "{'TargetTableName':'target','BackupArn':'%s'}", arn);
    service_reopen(&service);
    wait_for_table("target");
    expect_same("target", before, "the restored table");
    mem_free(before);
}

static void on_restored(void *ctx, int http_status, struct http_headers headers, struct slice body)
{
    int *statuses = ctx;
    (void)headers;
    (void)body;
    statuses[statuses[0] == 0 ? 0 : 1] = http_status;
}

/* What the second of them holds goes with its refusal: the leak checker looks at it. */
Test(copies, of_two_restores_to_one_name_at_once_one_is_refused)
{
    make_table("source");
    const char *arn = back_up("source");
    wait_for_backup(arn);
    AUTO_BUF body = BUF_INIT(1024);
    int statuses[2] = {0, 0};
    buf_printf(&body, "{\"BackupArn\":\"%s\",\"TargetTableName\":\"target\"}", arn);
    const struct api_internal_request request = {.service = SLICE("dynamodb"),
                                                 .operation = SLICE("RestoreTableFromBackup"),
                                                 .body = buf_slice(&body)};
    api_internal_call(service.edge, &request, on_restored, statuses);
    api_internal_call(service.edge, &request, on_restored, statuses);
    for (int i = 0; i < TURNS_MAX && statuses[1] == 0; i++) {
        service_turn(&service);
    }
    cr_expect_eq(statuses[0], 200);
    cr_expect_eq(statuses[1], 400);
    wait_for_table("target");
}

static size_t count_items(void)
{
    struct engine *engine = store_engine(service.store);
    struct txn *txn = engine_read_begin(engine, 0);
    struct cursor cursor;
    size_t count = 0;
    cursor_open(&cursor, txn, DB_ITEMS);
    for (bool has = cursor_seek(&cursor, SLICE_NULL); has; has = cursor_next(&cursor)) {
        count++;
    }
    cursor_close(&cursor);
    engine_read_end(engine, txn);
    return count;
}

Test(copies, the_items_of_a_deleted_backup_go_at_once)
{
    make_table("source");
    put_many("source", 30, 1);
    const char *arn = back_up("source");
    wait_for_backup(arn);
    cr_expect_eq(count_items(), 60);
    call("DeleteBackup", "{'BackupArn':'%s'}", arn);
    for (int i = 0; i < 1000 && count_items() > 30; i++) {
        service_turn(&service);
    }
    cr_expect_eq(count_items(), 30);
}

Test(copies, an_unfinished_backup_of_a_deleted_table_goes)
{
    make_table("source");
    put_many("source", 3000, 1);
    char body[1024];
    (void)snprintf(body, sizeof(body), "{'BackupArn':'%s'}", back_up("source"));
    (void)service_ok(&service, "DeleteTable", "{'TableName':'source'}");
    service_reopen(&service);
    for (int i = 0; i < TURNS_MAX; i++) {
        (void)service_call(&service, "DescribeBackup", body);
        if (service.status != 200 ||
            service_is(&service, "BackupDescription.BackupDetails.BackupStatus", "'AVAILABLE'")) {
            return; /* gone, or finished before the end */
        }
    }
    cr_assert_fail("the backup stays CREATING");
}

/* Sort keys of all lengths, so that long keys with equal beginnings are among them. */
static void random_key(unsigned *seed, char *p, char *s)
{
    *seed = *seed * 1103515245u + 12345u;
    (void)snprintf(p, 8, "p%u", *seed >> 16 & 3);
    size_t len = (*seed >> 20 & 1) == 0 ? 2 : 600;
    memset(s, 'x', len);
    s[len - 1] = (char)('a' + (*seed >> 24 & 7));
    s[len] = '\0';
}

Test(copies, a_table_can_be_taken_back_to_every_second)
{
    enum { SECONDS = 24, CHANGES = 12 };
    char *states[SECONDS];
    unsigned seed = 7;
    char p[8], s[700];
    make_table("source");
    for (int i = 0; i < 10; i++) {
        random_key(&seed, p, s);
        put("source", p, s, -1);
    }
    recover("source", 35);
    int64_t start_ms = clock_epoch_ms(&service.clock);
    for (int second = 0; second < SECONDS; second++) {
        for (int i = 0; i < CHANGES; i++) {
            random_key(&seed, p, s);
            if ((seed >> 27 & 1) == 0) {
                put("source", p, s, second);
            } else {
                call("DeleteItem", "{'TableName':'source','Key':{'p':{'S':'%s'},'s':{'S':'%s'}}}",
                     p, s);
            }
        }
        states[second] = dump("source", "");
        clock_advance(&service.clock, 1000);
    }
    for (int second = 0; second < SECONDS; second++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "target-%d", second);
        call("RestoreTableToPointInTime",
             "{'SourceTableName':'source','TargetTableName':'%s','RestoreDateTime':%lld}", name,
             (long long)start_ms / 1000 + second);
        wait_for_table(name);
        expect_same(name, states[second], name);
        mem_free(states[second]);
    }
}

Test(copies, recovery_ends_with_its_window)
{
    make_table("source");
    recover("source", 1);
    int64_t start_ms = clock_epoch_ms(&service.clock);
    put("source", "p", "s", 1);
    clock_advance(&service.clock, DAY_MS + 5000);
    char body[256];
    (void)snprintf(body, sizeof(body),
                   "{'SourceTableName':'source','TargetTableName':'target','RestoreDateTime':%lld}",
                   (long long)start_ms / 1000);
    (void)service_call(&service, "RestoreTableToPointInTime", body);
    cr_expect(slice_search(service_at(&service, "__type"), SLICE("InvalidRestoreTimeException")) !=
              SLICE_NPOS);
    recover("source", 35);
    call("DescribeContinuousBackups", "{'TableName':'source'}");
    (void)snprintf(body, sizeof(body), "%lld", (long long)start_ms / 1000 + 5);
    cr_expect(service_is(&service,
                         "ContinuousBackupsDescription.PointInTimeRecoveryDescription."
                         "EarliestRestorableDateTime",
                         body));
}

Test(copies, a_system_backup_ends_after_35_days)
{
    make_table("source");
    put_many("source", 20, 1);
    recover("source", 1);
    (void)service_ok(&service, "DeleteTable", "{'TableName':'source'}");
    clock_advance(&service.clock, 34 * DAY_MS);
    service_reopen(&service);
    call("ListBackups", "{'BackupType':'SYSTEM'}");
    cr_expect(service_is(&service, "BackupSummaries.0.BackupName", "'source$DeletedTableBackup'"));
    clock_advance(&service.clock, 2 * DAY_MS);
    service_reopen(&service);
    wait_for("ListBackups", "{'BackupType':'SYSTEM'}", "BackupSummaries", "[]");
}

Test(copies, an_export_goes_on_after_a_restart_and_is_imported)
{
    make_table("source");
    put_many("source", 1500, 1);
    recover("source", 35);
    char *before = dump("source", "");
    call("ExportTableToPointInTime",
         "{'TableArn':'arn:aws:dynamodb:us-east-1:000000000000:table/source','S3Bucket':'out'}");
    struct slice text = service_at(&service, "ExportDescription.ExportArn");
    char body[512], from[256], to[256];
    (void)snprintf(body, sizeof(body), "{'ExportArn':%.*s}", SLICE_ARG(text));
    service_reopen(&service);
    wait_for("DescribeExport", body, "ExportDescription.ExportStatus", "'COMPLETED'");
    cr_expect(service_is(&service, "ExportDescription.ItemCount", "1500"));
    (void)snprintf(from, sizeof(from), "%s/exports", service.dir);
    (void)snprintf(to, sizeof(to), "%s/imports", service.dir);
    cr_assert_eq(rename(from, to), 0);
    /* Manifests are no items: the prefix leads to the data. */
    struct slice key = service_at(&service, "ExportDescription.ExportManifest");
    size_t cut = slice_rfind(key, '/');
    call("ImportTable",
         "{'S3BucketSource':{'S3Bucket':'out','S3KeyPrefix':%.*s/data/'},'InputFormat':"
         "'DYNAMODB_JSON','InputCompressionType':'GZIP','TableCreationParameters':{'TableName':"
         "'target','BillingMode':'PAY_PER_REQUEST','KeySchema':[{'AttributeName':'p','KeyType':"
         "'HASH'},{'AttributeName':'s','KeyType':'RANGE'}],'AttributeDefinitions':[{"
         "'AttributeName':'p','AttributeType':'S'},{'AttributeName':'s','AttributeType':'S'},{"
         "'AttributeName':'g','AttributeType':'S'}],'GlobalSecondaryIndexes':[{'IndexName':'by-g',"
         "'KeySchema':[{'AttributeName':'g','KeyType':'HASH'}],'Projection':{'ProjectionType':"
         "'ALL'}}]}}",
         (int)cut, key.ptr);
    text = service_at(&service, "ImportTableDescription.ImportArn");
    (void)snprintf(body, sizeof(body), "{'ImportArn':%.*s}", SLICE_ARG(text));
    service_reopen(&service);
    wait_for("DescribeImport", body, "ImportTableDescription.ImportStatus", "'COMPLETED'");
    wait_for_table("target");
    expect_same("target", before, "the imported table");
    mem_free(before);
}
