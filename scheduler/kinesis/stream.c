#include "scheduler/kinesis/kinesis_private.h"

#include "core/mem.h"
#include "scheduler/arn.h"
#include "scheduler/kinesis/limits.h"
#include "scheduler/kinesis/table_feed.h"

#include <assert.h>

#define STREAM_JSON_MAX (16u << 20)

/* --- shards --- */

void shard_id_print(uint32_t number, char out[SHARD_ID_LEN])
{
    (void)snprintf(out, SHARD_ID_LEN, "shardId-%012u", (unsigned)number);
}

bool shard_id_parse(struct slice text, uint32_t *ret_number)
{
    uint64_t number;
    size_t dash = slice_find(text, '-');
    struct slice digits = dash != SLICE_NPOS ? slice_skip(text, dash + 1) : text;
    if (!slice_to_u64(slice_take(digits, slice_find(digits, '-')), &number) || number > INT32_MAX) {
        return false;
    }
    *ret_number = (uint32_t)number;
    return true;
}

static int64_t seconds_of(int64_t ms)
{
    return ms / 1000;
}

const char *shard_first_sequence(const struct shard *shard, char out[SEQUENCE_TEXT_LEN])
{
    int64_t created_s = seconds_of(shard->created_ms);
    return sequence_number_print(&(struct sequence_number){created_s, shard->number, 0, created_s},
                                 out);
}

const char *shard_last_sequence(const struct shard *shard, char out[SEQUENCE_TEXT_LEN])
{
    const struct sequence_number last = {seconds_of(shard->created_ms), shard->number,
                                         SEQUENCE_INDEX_END, seconds_of(shard->closed_ms)};
    return sequence_number_print(&last, out);
}

struct shard *stream_shard(struct kinesis_stream *stream, uint32_t number)
{
    for (size_t i = 0; i < stream->shard_count; i++) {
        if (stream->shards[i].number == number) {
            return &stream->shards[i];
        }
    }
    return NULL;
}

struct shard *stream_shard_of(struct kinesis_stream *stream, struct hash_key key)
{
    for (size_t i = 0; i < stream->shard_count; i++) {
        struct shard *shard = &stream->shards[i];
        if (shard_is_open(shard) && hash_key_compare(shard->first, key) <= 0 &&
            hash_key_compare(key, shard->last) <= 0) {
            return shard;
        }
    }
    assert(0); /* the open shards cover all keys */
    return NULL;
}

size_t stream_open_shards(const struct kinesis_stream *stream)
{
    size_t count = 0;
    for (size_t i = 0; i < stream->shard_count; i++) {
        count += shard_is_open(&stream->shards[i]);
    }
    return count;
}

/* The open shards take turns. */
static struct shard *next_shard(struct kinesis_stream *stream)
{
    size_t turn = stream->turn++ % stream_open_shards(stream);
    struct shard *shard = stream->shards;
    while (!shard_is_open(shard) || turn-- != 0) {
        shard++;
    }
    return shard;
}

struct shard *stream_shard_for(struct kinesis_stream *stream, struct slice partition_key)
{
    return stream->settings.is_auto_distributed
               ? next_shard(stream)
               : stream_shard_of(stream, hash_key_of(partition_key));
}

/* --- finding --- */

struct kinesis_stream *stream_find_name(struct kinesis *kinesis, struct slice name)
{
    struct kinesis_stream *stream = name_index_find(&kinesis->streams, name);
    return stream != NULL && !stream->is_leaving ? stream : NULL;
}

bool stream_name_is_taken(const struct kinesis *kinesis, struct slice name)
{
    return name_index_find(&kinesis->streams, name) != NULL;
}

struct kinesis_stream *stream_next(struct kinesis *kinesis, struct slice name)
{
    size_t place = name_index_after(&kinesis->streams, name);
    while (place < kinesis->streams.count) {
        struct kinesis_stream *stream = kinesis->streams.items[place++];
        if (!stream->is_leaving) {
            return stream;
        }
    }
    return NULL;
}

/* "stream/NAME" or "stream/NAME/consumer/NAME:SECONDS". */
struct kinesis_stream *stream_find_arn(struct kinesis *kinesis, struct slice text,
                                       const struct consumer **ret_consumer)
{
    struct arn arn;
    const struct consumer *consumer = NULL;
    if (!arn_parse(text, &arn) || !slice_is(arn.service, "kinesis") ||
        !slice_starts_with(arn.resource, SLICE("stream/"))) {
        return NULL;
    }
    struct slice rest = slice_skip(arn.resource, sizeof("stream/") - 1);
    size_t slash = slice_find(rest, '/');
    struct kinesis_stream *stream = stream_find_name(kinesis, slice_take(rest, slash));
    if (stream == NULL) {
        return NULL;
    }
    if (slash != SLICE_NPOS) {
        AUTO_ARENA arena = ARENA_INIT;
        struct slice name = slice_skip(rest, slash + 1);
        name = slice_skip(name, sizeof("consumer/") - 1);
        consumer = stream_consumer(stream, slice_take(name, slice_find(name, ':')));
        if (consumer == NULL || !slice_eq(consumer_arn(&arena, stream, consumer), text)) {
            return NULL;
        }
    } else if (!slice_eq(stream->arn, text)) {
        return NULL;
    }
    if (ret_consumer != NULL) {
        *ret_consumer = consumer;
    }
    return stream;
}

const struct consumer *stream_consumer(const struct kinesis_stream *stream, struct slice name)
{
    for (size_t i = 0; i < stream->settings.consumer_count; i++) {
        if (slice_eq(stream->settings.consumers[i].name, name)) {
            return &stream->settings.consumers[i];
        }
    }
    return NULL;
}

struct slice consumer_arn(struct arena *arena, const struct kinesis_stream *stream,
                          const struct consumer *consumer)
{
    return arena_printf(arena, "%.*s/consumer/%.*s:%lld", SLICE_ARG(stream->arn),
                        SLICE_ARG(consumer->name), (long long)seconds_of(consumer->created_ms));
}

/* --- life in memory --- */

static void adopt(struct kinesis_stream *stream, const struct stream_settings *settings)
{
    struct arena old = stream->arena;
    arena_init(&stream->arena, 512);
    struct arena *arena = &stream->arena;
    struct stream_settings copy = *settings;
    copy.key_id = arena_copy(arena, settings->key_id);
    copy.tags = arena_copy(arena, settings->tags);
    copy.policy = arena_copy(arena, settings->policy);
    struct consumer *consumers = arena_array(arena, settings->consumer_count, sizeof(*consumers));
    for (size_t i = 0; i < settings->consumer_count; i++) {
        consumers[i] = settings->consumers[i];
        consumers[i].name = arena_copy(arena, settings->consumers[i].name);
        consumers[i].tags = arena_copy(arena, settings->consumers[i].tags);
        consumers[i].policy = arena_copy(arena, settings->consumers[i].policy);
    }
    copy.consumers = consumers;
    stream->settings = copy;
    arena_finish(&old);
}

/* Name and ARN in one piece of memory. */
static void name_stream(struct kinesis_stream *stream, struct slice name)
{
    const struct scheduler_options *options = &stream->kinesis->scheduler->options;
    AUTO_ARENA arena = ARENA_INIT;
    struct slice resource = arena_printf(&arena, "stream/%.*s", SLICE_ARG(name));
    struct slice arn = arn_make(&arena, "kinesis", slice_from(options->region),
                                slice_from(options->account_id), resource);
    char *text = mem_alloc(arn.len);
    memcpy(text, arn.ptr, arn.len);
    stream->arn = slice_of(text, arn.len);
    stream->name = slice_skip(stream->arn, arn.len - name.len);
}

static struct kinesis_stream *make(struct kinesis *kinesis, struct slice name)
{
    struct kinesis_stream *stream = mem_zalloc(sizeof(*stream));
    stream->kinesis = kinesis;
    name_stream(stream, name);
    arena_init(&stream->arena, 512);
    name_index_add(&kinesis->streams, &stream->name);
    return stream;
}

static void free_stream(struct kinesis_stream *stream)
{
    mem_free((char *)(uintptr_t)stream->arn.ptr);
    arena_finish(&stream->arena);
    mem_free(stream->shards);
    mem_free(stream);
}

static void remove_stream(struct kinesis_stream *stream)
{
    name_index_remove(&stream->kinesis->streams, &stream->name);
    stream_log_ended(stream);
    free_stream(stream);
}

static struct shard *add_shard(struct kinesis_stream *stream, struct shard_range range)
{
    uint32_t number = 0;
    if (stream->shard_count != 0) {
        number = stream->shards[stream->shard_count - 1].number + 1;
    }
    stream->shards =
        mem_realloc(stream->shards, (stream->shard_count + 1) * sizeof(*stream->shards));
    struct shard *shard = &stream->shards[stream->shard_count++];
    *shard = (struct shard){
        .number = number,
        .parents = {SHARD_NONE, SHARD_NONE},
        .first = range.first,
        .last = range.last,
        .created_ms = kinesis_now_ms(stream->kinesis),
        .is_loaded = true, /* it has nothing on the disk */
        .next_index = 1,
    };
    return shard;
}

/* --- changes --- */

static void write_stream(struct kinesis_stream *stream, state_written_fn *on_written, void *ctx)
{
    AUTO_BUF json = BUF_INIT(STREAM_JSON_MAX);
    struct json_writer w = json_writer_init(&json);
    stream_json_print(&w, stream);
    assert(buf_status(&json) == STATUS_OK); /* shards, tags and policies have limits */
    state_write(stream->kinesis->scheduler, STATE_STREAM, stream->name, buf_slice(&json),
                on_written, ctx);
}

/* A creation, or other shards, on their way to the disk. */
struct shaping {
    struct kinesis *kinesis;
    uint32_t reshards; /* id of the stream; 0: it is a creation */
    state_written_fn *on_written;
    void *ctx;
};

static void on_shaped(void *ctx, enum status status)
{
    struct shaping *shaping = ctx;
    struct kinesis *kinesis = shaping->kinesis;
    struct kinesis_stream *stream = stream_find_id(kinesis, shaping->reshards);
    if (stream != NULL) {
        stream->reshards--;
        stream_log_changed(stream);
    } else if (status == STATUS_OK) {
        table_feeds_on_stream(kinesis);
    }
    if (shaping->on_written != NULL) {
        shaping->on_written(shaping->ctx, status);
    }
    kinesis_job_done(kinesis);
    mem_free(shaping);
}

static void write_shards(struct kinesis_stream *stream, bool is_new, state_written_fn *on_written,
                         void *ctx)
{
    struct shaping *shaping = mem_alloc(sizeof(*shaping));
    *shaping = (struct shaping){stream->kinesis, is_new ? 0 : stream->id, on_written, ctx};
    stream->reshards += is_new ? 0 : 1;
    kinesis_job_begun(stream->kinesis);
    write_stream(stream, on_shaped, shaping);
}

struct kinesis_stream *stream_create(struct kinesis *kinesis, struct slice name,
                                     const struct stream_settings *settings, uint32_t shard_count,
                                     state_written_fn *on_written, void *ctx)
{
    struct kinesis_stream *stream = make(kinesis, name);
    stream->id = kinesis->next_id++;
    stream->created_ms = kinesis_now_ms(kinesis);
    adopt(stream, settings);
    for (uint32_t i = 0; i < shard_count; i++) {
        (void)add_shard(stream, (struct shard_range){hash_key_part_first(i, shard_count),
                                                     hash_key_part_last(i, shard_count)});
    }
    write_shards(stream, true, on_written, ctx);
    return stream;
}

void stream_change(struct kinesis_stream *stream, const struct stream_settings *settings,
                   state_written_fn *on_written, void *ctx)
{
    bool trims_earlier = settings->retention_hours < stream->settings.retention_hours;
    adopt(stream, settings);
    write_stream(stream, on_written, ctx);
    if (trims_earlier) {
        trim_start(stream->kinesis);
    }
}

static void name_parents(struct shard *child, const struct kinesis_stream *stream,
                         const uint32_t *closing, size_t closing_count)
{
    size_t count = 0;
    for (size_t i = 0; i < stream->shard_count; i++) {
        const struct shard *shard = &stream->shards[i];
        bool is_closing = false;
        for (size_t k = 0; k < closing_count; k++) {
            is_closing = is_closing || closing[k] == shard->number;
        }
        if (is_closing && hash_key_compare(shard->first, child->last) <= 0 &&
            hash_key_compare(child->first, shard->last) <= 0 && count < 2) {
            child->parents[count++] = shard->number;
        }
    }
}

void stream_reshard(struct kinesis_stream *stream, const uint32_t *closing, size_t closing_count,
                    const struct shard_range *ranges, size_t count, state_written_fn *on_written,
                    void *ctx)
{
    int64_t now_ms = kinesis_now_ms(stream->kinesis);
    for (size_t i = 0; i < closing_count; i++) {
        struct shard *shard = stream_shard(stream, closing[i]);
        assert(shard != NULL && shard_is_open(shard));
        shard->closed_ms = now_ms;
    }
    for (size_t i = 0; i < count; i++) {
        struct shard *child = add_shard(stream, ranges[i]);
        name_parents(child, stream, closing, closing_count);
    }
    write_shards(stream, false, on_written, ctx);
    trim_expects(stream->kinesis, now_ms + stream_retention_ms(stream));
}

void stream_forget_shards(struct kinesis_stream *stream, int64_t horizon_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < stream->shard_count; i++) {
        const struct shard *shard = &stream->shards[i];
        if (shard_is_open(shard) || shard->closed_ms >= horizon_ms) {
            stream->shards[kept++] = *shard;
        }
    }
    if (kept != stream->shard_count && !stream->is_leaving) {
        stream->shard_count = kept;
        write_stream(stream, NULL, NULL);
        stream_log_changed(stream);
    }
}

struct kinesis_stream *stream_find_id(struct kinesis *kinesis, uint32_t id)
{
    for (size_t i = 0; i < kinesis->streams.count; i++) {
        struct kinesis_stream *stream = kinesis->streams.items[i];
        if (stream->id == id) {
            return stream;
        }
    }
    return NULL;
}

/* The stream goes and its id is marked as dead in one commit: what is in between would lose records, or keep them for
 * ever. */
struct deletion {
    struct write_job job;
    struct kinesis *kinesis;
    uint32_t id;
    state_written_fn *on_written;
    void *ctx;
    size_t name_len;
    char name[];
};

static void run_deletion(struct write_job *job, struct txn *txn)
{
    const struct deletion *deletion = CONTAINER_OF(job, struct deletion, job);
    char key[DEAD_KEY_MAX];
    state_delete(txn, STATE_STREAM, slice_of(deletion->name, deletion->name_len));
    state_put(txn, STATE_STREAM, stream_dead_key(deletion->id, key), SLICE("{}"));
}

static struct kinesis_stream *deleted_stream(const struct deletion *deletion)
{
    return stream_find_id(deletion->kinesis, deletion->id);
}

static void deletion_refused(struct write_job *job)
{
    struct kinesis_stream *stream = deleted_stream(CONTAINER_OF(job, struct deletion, job));
    if (stream != NULL) {
        stream->is_leaving = false;
    }
}

static void on_deleted(struct write_job *job, enum status status)
{
    struct deletion *deletion = CONTAINER_OF(job, struct deletion, job);
    struct kinesis_stream *stream = deleted_stream(deletion);
    if (status == STATUS_OK && stream != NULL) {
        remove_stream(stream);
        trim_bury(deletion->kinesis, deletion->id);
    } else {
        table_feeds_on_stream(deletion->kinesis);
    }
    if (deletion->on_written != NULL) {
        deletion->on_written(deletion->ctx, status);
    }
    kinesis_job_done(deletion->kinesis);
    mem_free(deletion);
}

struct slice stream_dead_key(uint32_t id, char out[DEAD_KEY_MAX])
{
    int len = snprintf(out, DEAD_KEY_MAX, "/%u", (unsigned)id);
    return slice_of(out, (size_t)len);
}

void stream_delete(struct kinesis_stream *stream, state_written_fn *on_written, void *ctx)
{
    struct kinesis *kinesis = stream->kinesis;
    struct deletion *deletion = mem_zalloc(sizeof(*deletion) + stream->name.len);
    deletion->job =
        (struct write_job){.run = run_deletion, .refused = deletion_refused, .done = on_deleted};
    deletion->kinesis = kinesis;
    deletion->id = stream->id;
    deletion->on_written = on_written;
    deletion->ctx = ctx;
    deletion->name_len = stream->name.len;
    memcpy(deletion->name, stream->name.ptr, stream->name.len);
    stream->is_leaving = true;
    kinesis_job_begun(kinesis);
    engine_submit(kinesis->scheduler->engine, &deletion->job);
}

/* --- from the disk --- */

static void load_dead(struct kinesis *kinesis, struct slice id_text)
{
    uint64_t id;
    if (slice_to_u64(id_text, &id) && id < UINT32_MAX) {
        kinesis->dead =
            mem_realloc(kinesis->dead, (kinesis->dead_count + 1) * sizeof(*kinesis->dead));
        kinesis->dead[kinesis->dead_count++] = (uint32_t)id;
        kinesis->next_id = id >= kinesis->next_id ? (uint32_t)id + 1 : kinesis->next_id;
    }
}

/* Takes the shards over. What comes next in one that was there already is known better in memory. */
static void take_shards(struct kinesis_stream *stream, struct kinesis_stream *from)
{
    for (size_t i = 0; i < from->shard_count; i++) {
        struct shard *shard = &from->shards[i];
        const struct shard *old = stream_shard(stream, shard->number);
        if (old != NULL && old->created_ms == shard->created_ms) {
            shard->is_loaded = old->is_loaded;
            shard->next_index = old->next_index;
            shard->newest_ms = old->newest_ms;
        }
    }
    mem_free(stream->shards);
    stream->shards = from->shards;
    stream->shard_count = from->shard_count;
    from->shards = NULL;
}

/* A dead stream's key begins with '/', which no name may contain. */
static void load_one(void *ctx, struct slice key, struct slice json)
{
    struct kinesis *kinesis = ctx;
    if (slice_starts_with(key, SLICE("/"))) {
        load_dead(kinesis, slice_skip(key, 1));
        return;
    }
    struct kinesis_stream *stream = name_index_find(&kinesis->streams, key);
    struct kinesis_stream read = {.arena = ARENA_INIT};
    bool is_read = json.ptr != NULL && stream_json_parse(&read, json);
    if (json.ptr != NULL && !is_read) {
        scheduler_notice(kinesis->scheduler, key,
                         "what is kept of this stream cannot be read, ignoring it");
    }
    if (stream != NULL && (!is_read || stream->id != read.id)) {
        remove_stream(stream);
        stream = NULL;
    }
    if (is_read) {
        stream = stream != NULL ? stream : make(kinesis, key);
        stream->id = read.id;
        stream->created_ms = read.created_ms;
        adopt(stream, &read.settings);
        take_shards(stream, &read);
        kinesis->next_id = read.id >= kinesis->next_id ? read.id + 1 : kinesis->next_id;
    }
    mem_free(read.shards);
    arena_finish(&read.arena);
}

void streams_load(struct kinesis *kinesis)
{
    kinesis->next_id = 1;
    state_keep(kinesis->scheduler, STATE_STREAM, load_one, kinesis);
    state_each(kinesis->scheduler, STATE_STREAM, load_one, kinesis);
}

void streams_free(struct kinesis *kinesis)
{
    for (size_t i = 0; i < kinesis->streams.count; i++) {
        struct kinesis_stream *stream = kinesis->streams.items[i];
        assert(stream->watches == NULL);
        free_stream(stream);
    }
    name_index_finish(&kinesis->streams);
    mem_free(kinesis->dead);
}
