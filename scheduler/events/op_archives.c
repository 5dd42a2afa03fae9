/* CreateArchive, UpdateArchive, DeleteArchive, DescribeArchive, ListArchives. */
#include "core/id.h"
#include "core/mem.h"
#include "scheduler/events/archive.h"
#include "scheduler/events/lookup.h"

static struct archive *lookup_archive(struct events *events, struct api_call *call,
                                      struct slice name)
{
    struct archive *archive = name_index_find(&events->archives, name);
    if (archive == NULL) {
        events_refuse(call, EVENTS_NOT_FOUND, "Archive %.*s does not exist.", SLICE_ARG(name));
    }
    return archive;
}

/* A number that no other archive has, nor had: it leads the keys of the events. */
static int64_t new_id(void)
{
    uint64_t id;
    id_random(&id, sizeof id);
    return (int64_t)(id >> 2);
}

static void write_archive(struct api_call *call, struct archive *archive,
                          const struct archive_record *record)
{
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&buf);
    bool is_same = slice_eq(archive_print(api_arena(call), record),
                            archive_print(api_arena(call), &archive->record));
    if (!is_same) {
        archive_apply(archive, record);
    }
    json_open(&w, '{');
    json_put_string(&w, "ArchiveArn", archive->arn);
    stored_put_time(&w, "CreationTime", archive->record.created_ms);
    json_put_text(&w, "State", "ENABLED");
    json_close(&w, '}');
    struct slice json = arena_copy(api_arena(call), buf_slice(&buf));
    if (is_same) {
        events_wait(archive->events, call, json);
        return;
    }
    events_write(archive->events, call, STATE_ARCHIVE, archive->name,
                 archive_print(api_arena(call), &archive->record), json);
}

void events_op_create_archive(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    if (!model_read(&events_model, call, &input)) {
        return;
    }
    struct slice name = record_text(input, MEMBER_ARCHIVE_NAME);
    struct event_bus *bus = lookup_bus(events, call, record_text(input, MEMBER_EVENT_SOURCE_ARN));
    if (bus == NULL || !events_check_pattern(call, record_text(input, MEMBER_EVENT_PATTERN))) {
        return;
    }
    if (name_index_find(&events->archives, name) != NULL) {
        events_refuse(call, EVENTS_EXISTS, "Archive %.*s already exists.", SLICE_ARG(name));
        return;
    }
    if (events->archives.count >= ARCHIVES_MAX) {
        events_refuse(call, EVENTS_LIMIT,
                      "The requested resource exceeds the maximum number allowed.");
        return;
    }
    const struct archive_record record = {
        .id = new_id(),
        .description = record_text(input, MEMBER_DESCRIPTION),
        .event_pattern = record_text(input, MEMBER_EVENT_PATTERN),
        .event_source_arn = bus->arn,
        .kms_key_identifier = record_text(input, MEMBER_KMS_KEY_IDENTIFIER),
        .retention_days = record_get(input, MEMBER_RETENTION_DAYS)->number,
        .created_ms = scheduler_now_ms(events->scheduler),
    };
    write_archive(call, archive_create(events, name), &record);
}

void events_op_update_archive(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    struct archive *archive;
    if (!model_read(&events_model, call, &input) ||
        (archive = lookup_archive(events, call, record_text(input, MEMBER_ARCHIVE_NAME))) == NULL ||
        !events_check_pattern(call, record_text(input, MEMBER_EVENT_PATTERN))) {
        return;
    }
    struct archive_record record = archive->record;
    if (record_has(input, MEMBER_DESCRIPTION)) {
        record.description = record_text(input, MEMBER_DESCRIPTION);
    }
    if (record_has(input, MEMBER_EVENT_PATTERN)) {
        record.event_pattern = record_text(input, MEMBER_EVENT_PATTERN);
    }
    if (record_has(input, MEMBER_KMS_KEY_IDENTIFIER)) {
        record.kms_key_identifier = record_text(input, MEMBER_KMS_KEY_IDENTIFIER);
    }
    if (record_has(input, MEMBER_RETENTION_DAYS)) {
        record.retention_days = record_get(input, MEMBER_RETENTION_DAYS)->number;
    }
    write_archive(call, archive, &record);
}

void events_op_delete_archive(struct api_call *call, void *ctx)
{
    struct events *events = ctx;
    const struct record *input;
    struct archive *archive;
    if (!model_read(&events_model, call, &input) ||
        (archive = lookup_archive(events, call, record_text(input, MEMBER_ARCHIVE_NAME))) == NULL) {
        return;
    }
    uint64_t id = (uint64_t)archive->record.id;
    struct slice key = arena_copy(api_arena(call), archive->name);
    archive_destroy(archive);
    events_erase(events, call, STATE_ARCHIVE, key, NULL);
    archive_empty(events, id);
}

/* --- reading --- */

static void put_counts(struct json_writer *w, const struct archive *archive)
{
    struct archive_counts counts = archive_counts(archive);
    json_put_text(w, "State", "ENABLED");
    json_put_i64(w, "EventCount", (int64_t)counts.events);
    json_put_i64(w, "SizeBytes", (int64_t)counts.bytes);
}

void events_op_describe_archive(struct api_call *call, void *ctx)
{
    static const char *const told[] = {
        "CreationTime",     "Description", "EventPattern", "EventSourceArn", "RetentionDays",
        "KmsKeyIdentifier", NULL};
    const struct record *input;
    struct archive *archive;
    if (!model_read(&events_model, call, &input) ||
        (archive = lookup_archive(ctx, call, record_text(input, MEMBER_ARCHIVE_NAME))) == NULL) {
        return;
    }
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    struct json_writer w = json_writer_init(&buf);
    json_open(&w, '{');
    json_put_string(&w, "ArchiveArn", archive->arn);
    json_put_string(&w, "ArchiveName", archive->name);
    archive_tell(&w, archive, told);
    put_counts(&w, archive);
    json_close(&w, '}');
    api_reply_json(call, 200, buf_slice(&buf));
}

void events_op_list_archives(struct api_call *call, void *ctx)
{
    static const char *const told[] = {"CreationTime", "EventSourceArn", "RetentionDays", NULL};
    struct events *events = ctx;
    const struct record *input;
    struct list_page page;
    if (!model_read(&events_model, call, &input)) {
        return;
    }
    struct slice source = record_text(input, MEMBER_EVENT_SOURCE_ARN);
    struct slice state = record_text(input, MEMBER_STATE);
    struct slice prefix = record_text(input, MEMBER_NAME_PREFIX);
    if ((source.ptr != NULL && lookup_bus(events, call, source) == NULL) ||
        !list_page_begin(&page, call, input, &events->archives, "Archives")) {
        return;
    }
    const struct archive *archive;
    while ((archive = list_page_next(&page)) != NULL) {
        bool is_wanted =
            slice_starts_with(archive->name, prefix) &&
            (source.ptr == NULL || slice_eq(source, archive->record.event_source_arn)) &&
            (state.ptr == NULL || slice_is(state, "ENABLED"));
        if (is_wanted && list_page_takes(&page)) {
            json_open(&page.w, '{');
            json_put_string(&page.w, "ArchiveName", archive->name);
            archive_tell(&page.w, archive, told);
            put_counts(&page.w, archive);
            json_close(&page.w, '}');
        }
    }
    list_page_reply(&page);
}
