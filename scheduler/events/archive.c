#include "scheduler/events/archive.h"

#include "core/mem.h"
#include "scheduler/arn.h"
#include "scheduler/events/envelope.h"

#define KEY_KIND 'e'
#define COUNTS_KEY_LEN 9
#define EVENT_KEY_LEN 25
#define DAY_MS INT64_C(86400000)

static const struct stored_member archive_members[] = {
    STORED(struct archive_record, STORED_NUMBER, "Id", id),
    STORED(struct archive_record, STORED_TEXT, "Description", description),
    STORED(struct archive_record, STORED_TEXT, "EventPattern", event_pattern),
    STORED(struct archive_record, STORED_TEXT, "EventSourceArn", event_source_arn),
    STORED(struct archive_record, STORED_TEXT, "KmsKeyIdentifier", kms_key_identifier),
    STORED(struct archive_record, STORED_NUMBER, "RetentionDays", retention_days),
    STORED(struct archive_record, STORED_TIME, "CreationTime", created_ms),
};

struct slice archive_print(struct arena *arena, const struct archive_record *record)
{
    return stored_print(arena, archive_members, COUNT_OF(archive_members), record);
}

void archive_tell(struct json_writer *w, const struct archive *archive, const char *const *names)
{
    stored_tell(w, archive_members, COUNT_OF(archive_members), &archive->record, names);
}

struct archive *archive_find_by_arn(const struct events *events, struct slice arn)
{
    for (size_t i = 0; i < events->archives.count; i++) {
        struct archive *archive = events->archives.items[i];
        if (slice_eq(archive->arn, arn)) {
            return archive;
        }
    }
    return NULL;
}

/* --- keys --- */

struct archive_key {
    char bytes[EVENT_KEY_LEN];
    size_t len;
};

static void put_u64(struct archive_key *key, uint64_t value)
{
    for (int shift = 56; shift >= 0; shift -= 8) {
        key->bytes[key->len++] = (char)(value >> shift);
    }
}

static uint64_t read_u64(const char *bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < 8; i++) {
        value = value << 8 | (uint8_t)bytes[i];
    }
    return value;
}

static struct archive_key counts_key(uint64_t id)
{
    struct archive_key key = {.bytes = {KEY_KIND}, .len = 1};
    put_u64(&key, id);
    return key;
}

static struct archive_key event_key(uint64_t id, struct archive_position position)
{
    struct archive_key key = counts_key(id);
    put_u64(&key, (uint64_t)position.time_ms);
    put_u64(&key, position.number);
    return key;
}

static struct slice key_slice(const struct archive_key *key)
{
    return slice_of(key->bytes, key->len);
}

static bool is_event_of(uint64_t id, struct slice key)
{
    return key.len == EVENT_KEY_LEN && key.ptr[0] == KEY_KIND && read_u64(key.ptr + 1) == id;
}

static struct archive_position position_of(struct slice key)
{
    return (struct archive_position){.time_ms = (int64_t)read_u64(key.ptr + COUNTS_KEY_LEN),
                                     .number = read_u64(key.ptr + COUNTS_KEY_LEN + 8)};
}

/* --- counts --- */

static struct archive_counts get_counts(struct txn *txn, uint64_t id)
{
    struct archive_key key = counts_key(id);
    struct slice value;
    if (!txn_get(txn, DB_RECORDS, key_slice(&key), &value) || value.len != 16) {
        return (struct archive_counts){0, 0};
    }
    return (struct archive_counts){read_u64(value.ptr), read_u64(value.ptr + 8)};
}

static void put_counts(struct txn *txn, uint64_t id, struct archive_counts counts)
{
    struct archive_key key = counts_key(id);
    struct archive_key value = {.len = 0};
    put_u64(&value, counts.events);
    put_u64(&value, counts.bytes);
    txn_put(txn, DB_RECORDS, key_slice(&key), key_slice(&value));
}

struct archive_counts archive_counts(const struct archive *archive)
{
    struct engine *engine = archive->events->scheduler->engine;
    struct txn *txn = engine_read_begin(engine, 0);
    struct archive_counts counts = get_counts(txn, (uint64_t)archive->record.id);
    engine_read_end(engine, txn);
    return counts;
}

/* --- events in --- */

struct archived_event {
    struct archived_event *next;
    uint64_t archive_id;
    int64_t time_ms;
    struct slice envelope;
};

void archive_collect(const struct event_bus *bus, struct arena *arena, struct slice envelope,
                     int64_t time_ms, struct archived_event **list)
{
    const struct name_index *archives = &bus->events->archives;
    for (size_t i = 0; i < archives->count; i++) {
        const struct archive *archive = archives->items[i];
        if (!slice_eq(archive->record.event_source_arn, bus->arn) ||
            (archive->pattern != NULL && !pattern_matches(archive->pattern, envelope)) ||
            envelope_is_replayed(envelope)) {
            continue;
        }
        struct archived_event *archived = arena_alloc(arena, sizeof *archived);
        *archived = (struct archived_event){
            .archive_id = (uint64_t)archive->record.id, .time_ms = time_ms, .envelope = envelope};
        while (*list != NULL) { /* numbered, and replayed, in the order they came */
            list = &(*list)->next;
        }
        *list = archived;
    }
}

void archive_put(struct txn *txn, const struct archived_event *list)
{
    for (; list != NULL; list = list->next) {
        struct archive_position position = {list->time_ms,
                                            state_next_number(txn, "archived-event")};
        struct archive_key key = event_key(list->archive_id, position);
        struct archive_counts counts = get_counts(txn, list->archive_id);
        counts.events++;
        counts.bytes += list->envelope.len;
        txn_put(txn, DB_RECORDS, key_slice(&key), list->envelope);
        put_counts(txn, list->archive_id, counts);
    }
}

struct archiving {
    struct write_job job;
    struct events *events;
    struct arena arena;
    struct archived_event *list;
};

static void archiving_run(struct write_job *job, struct txn *txn)
{
    archive_put(txn, CONTAINER_OF(job, struct archiving, job)->list);
}

static void archiving_done(struct write_job *job, enum status status)
{
    struct archiving *archiving = CONTAINER_OF(job, struct archiving, job);
    struct events *events = archiving->events;
    if (status == STATUS_OK && !events->is_destroyed) {
        archives_committed(events, archiving->list);
    }
    arena_finish(&archiving->arena);
    mem_free(archiving);
    events_job_ended(events);
}

void archives_write(struct events *events, const struct archived_event *list)
{
    if (list == NULL) {
        return;
    }
    struct archiving *archiving = mem_zalloc(sizeof *archiving);
    arena_init(&archiving->arena, 1024);
    archiving->job = (struct write_job){.run = archiving_run, .done = archiving_done};
    archiving->events = events;
    struct archived_event **place = &archiving->list;
    for (; list != NULL; list = list->next) {
        *place = arena_alloc(&archiving->arena, sizeof **place);
        **place = *list;
        (*place)->envelope = arena_copy(&archiving->arena, list->envelope);
        place = &(*place)->next;
    }
    events_job_begun(events);
    engine_submit(events->scheduler->engine, &archiving->job);
}

/* --- events out --- */

void archive_read(struct txn *txn, uint64_t id, struct archive_position from, int64_t until_ms,
                  bool (*each)(void *ctx, struct archive_position position, struct slice envelope),
                  void *ctx)
{
    AUTO_CURSOR cursor;
    struct archive_key start = event_key(id, from);
    cursor_open(&cursor, txn, DB_RECORDS);
    bool has = cursor_seek(&cursor, key_slice(&start));
    if (has && slice_eq(cursor.key, key_slice(&start))) {
        has = cursor_next(&cursor);
    }
    for (; has && is_event_of(id, cursor.key); has = cursor_next(&cursor)) {
        struct archive_position position = position_of(cursor.key);
        if (position.time_ms >= until_ms || !each(ctx, position, cursor.value)) {
            return;
        }
    }
}

/* --- events that go --- */

struct sweep {
    struct write_job job;
    struct events *events;
    uint64_t id;
    int64_t before_ms;
    struct archive *archive; /* NULL: it is deleted, and its counts go too */
    bool has_more;
};

static void sweep_run(struct write_job *job, struct txn *txn)
{
    struct sweep *sweep = CONTAINER_OF(job, struct sweep, job);
    struct archive_counts counts = get_counts(txn, sweep->id);
    struct archive_key first = event_key(sweep->id, (struct archive_position){0, 0});
    sweep->has_more = false;
    for (size_t i = 0;; i++) {
        AUTO_CURSOR cursor;
        struct archive_key key = {.len = EVENT_KEY_LEN};
        cursor_open(&cursor, txn, DB_RECORDS);
        if (!cursor_seek(&cursor, key_slice(&first)) || !is_event_of(sweep->id, cursor.key) ||
            position_of(cursor.key).time_ms >= sweep->before_ms) {
            break;
        }
        if (i == ARCHIVE_SWEEP_EVENTS) {
            sweep->has_more = true;
            break;
        }
        counts.events -= counts.events > 0 ? 1 : 0;
        counts.bytes -= cursor.value.len < counts.bytes ? cursor.value.len : counts.bytes;
        memcpy(key.bytes, cursor.key.ptr, key.len);
        (void)txn_delete(txn, DB_RECORDS, key_slice(&key));
    }
    if (sweep->archive == NULL && !sweep->has_more) {
        struct archive_key key = counts_key(sweep->id);
        (void)txn_delete(txn, DB_RECORDS, key_slice(&key));
    } else {
        put_counts(txn, sweep->id, counts);
    }
}

static void sweep_on(struct sweep *sweep);
static void watch(struct archive *archive);

static void sweep_done(struct write_job *job, enum status status)
{
    struct sweep *sweep = CONTAINER_OF(job, struct sweep, job);
    struct events *events = sweep->events;
    struct archive *archive = sweep->archive;
    bool is_over = events->is_destroyed || (archive != NULL && archive->is_gone);
    if (status == STATUS_OK && sweep->has_more && !is_over) {
        sweep_on(sweep);
    } else {
        mem_free(sweep);
        if (archive != NULL) {
            archive->is_sweeping = false;
            if (archive->is_gone) {
                archive_destroy(archive);
            } else if (status == STATUS_OK) {
                watch(archive);
            }
        }
    }
    events_job_ended(events);
}

static void sweep_on(struct sweep *sweep)
{
    sweep->job = (struct write_job){.run = sweep_run, .done = sweep_done};
    events_job_begun(sweep->events);
    engine_submit(sweep->events->scheduler->engine, &sweep->job);
}

static struct sweep *sweep_create(struct events *events, uint64_t id, int64_t before_ms)
{
    struct sweep *sweep = mem_zalloc(sizeof *sweep);
    sweep->events = events;
    sweep->id = id;
    sweep->before_ms = before_ms;
    return sweep;
}

void archive_empty(struct events *events, uint64_t id)
{
    sweep_on(sweep_create(events, id, INT64_MAX));
}

static bool is_known(const struct events *events, uint64_t id)
{
    for (size_t i = 0; i < events->archives.count; i++) {
        const struct archive *archive = events->archives.items[i];
        if ((uint64_t)archive->record.id == id) {
            return true;
        }
    }
    return false;
}

void archives_empty_deleted(struct events *events)
{
    struct engine *engine = events->scheduler->engine;
    struct txn *txn = engine_read_begin(engine, 0);
    {
        AUTO_CURSOR cursor;
        cursor_open(&cursor, txn, DB_RECORDS);
        uint64_t id = 0;
        for (;;) { /* from one archive's records to the next one's: a step each */
            struct archive_key start = counts_key(id);
            if (!cursor_seek(&cursor, key_slice(&start)) || cursor.key.len < COUNTS_KEY_LEN ||
                cursor.key.ptr[0] != KEY_KIND) {
                break;
            }
            uint64_t found = read_u64(cursor.key.ptr + 1);
            if (!is_known(events, found)) {
                archive_empty(events, found);
            }
            if (found == UINT64_MAX) {
                break;
            }
            id = found + 1;
        }
    }
    engine_read_end(engine, txn);
}

/* --- retention --- */

static bool take_first(void *ctx, struct archive_position position, struct slice envelope)
{
    int64_t *oldest_ms = ctx;
    (void)envelope;
    *oldest_ms = position.time_ms;
    return false;
}

/* Sets the alarm for the oldest event. */
static void watch(struct archive *archive)
{
    struct scheduler *scheduler = archive->events->scheduler;
    int64_t oldest_ms = INT64_MAX;
    if (archive->record.retention_days == 0 || archive->is_sweeping ||
        !archive->events->is_started) {
        alarm_clear(scheduler->context->alarms, &archive->expiry);
        return;
    }
    struct txn *txn = engine_read_begin(scheduler->engine, 0);
    archive_read(txn, (uint64_t)archive->record.id, (struct archive_position){0, 0}, INT64_MAX,
                 take_first, &oldest_ms);
    engine_read_end(scheduler->engine, txn);
    if (oldest_ms == INT64_MAX) {
        alarm_clear(scheduler->context->alarms, &archive->expiry);
    } else {
        alarm_set(scheduler->context->alarms, &archive->expiry,
                  oldest_ms + archive->record.retention_days * DAY_MS + 1);
    }
}

static void on_expiry(struct alarm *alarm)
{
    struct archive *archive = CONTAINER_OF(alarm, struct archive, expiry);
    int64_t now_ms = scheduler_now_ms(archive->events->scheduler);
    struct sweep *sweep = sweep_create(archive->events, (uint64_t)archive->record.id,
                                       now_ms - archive->record.retention_days * DAY_MS);
    sweep->archive = archive;
    archive->is_sweeping = true;
    sweep_on(sweep);
}

void archives_committed(struct events *events, const struct archived_event *list)
{
    for (size_t i = 0; list != NULL && i < events->archives.count; i++) {
        struct archive *archive = events->archives.items[i];
        if (archive->record.retention_days > 0 && !alarm_is_set(&archive->expiry)) {
            watch(archive);
        }
    }
}

void archive_start(struct archive *archive)
{
    watch(archive);
}

/* --- life --- */

void archive_load(struct archive *archive, struct slice json)
{
    struct pattern_fault fault;
    arena_finish(&archive->record_arena);
    arena_init(&archive->record_arena, 256);
    archive->record = (struct archive_record){.id = 0};
    archive->pattern = NULL;
    stored_parse(&archive->record_arena, json, archive_members, COUNT_OF(archive_members),
                 &archive->record);
    if (archive->record.event_pattern.ptr != NULL &&
        pattern_parse(&archive->record_arena, archive->record.event_pattern, &archive->pattern,
                      &fault) != STATUS_OK) {
        archive->pattern = NULL;
    }
    watch(archive);
}

void archive_apply(struct archive *archive, const struct archive_record *record)
{
    AUTO_ARENA arena = ARENA_INIT;
    archive_load(archive, archive_print(&arena, record));
}

struct archive *archive_create(struct events *events, struct slice name)
{
    const struct scheduler_options *options = &events->scheduler->options;
    struct archive *archive = mem_zalloc(sizeof *archive);
    arena_init(&archive->arena, 256);
    arena_init(&archive->record_arena, 256);
    archive->events = events;
    archive->expiry.on_due = on_expiry;
    archive->name = arena_copy(&archive->arena, name);
    archive->arn = arn_make(&archive->arena, "events", slice_from(options->region),
                            slice_from(options->account_id),
                            arena_printf(&archive->arena, "archive/%.*s", SLICE_ARG(name)));
    name_index_add(&events->archives, &archive->name);
    return archive;
}

void archive_destroy(struct archive *archive)
{
    if (archive == NULL) {
        return;
    }
    if (!archive->is_gone) {
        name_index_remove(&archive->events->archives, &archive->name);
        alarm_clear(archive->events->scheduler->context->alarms, &archive->expiry);
        archive->is_gone = true;
    }
    if (archive->is_sweeping) {
        return; /* sweep_done() comes back here */
    }
    arena_finish(&archive->record_arena);
    arena_finish(&archive->arena);
    mem_free(archive);
}
