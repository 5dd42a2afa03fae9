/* The poller of streams: keeps a list of the stream's shards, with the readers of each, and starts a shard when its
 * parents have been read to their ends. */
#include "scheduler/mapping/reader.h"

#include "core/mem.h"

#include <assert.h>

struct shard {
    struct stream_poller *poller;
    struct shard *next;
    struct slice id, key;
    struct slice parents[SHARD_PARENTS_MAX];
    struct arena arena; /* of the texts */
    struct reader *readers[READERS_MAX];
    uint32_t reader_count;
    bool is_listed; /* by the source, now */
};

struct stream_poller {
    struct poller poller;
    struct source *source; /* NULL: there is no such stream */
    struct shard *shards;
    bool is_running;
    bool is_pausing;
    bool is_regrouping; /* readers rest, for there to be another number of them */
    bool is_sweeping;   /* they are being told to: not each rest counts */
};

static struct stream_poller *of(struct poller *poller)
{
    return CONTAINER_OF(poller, struct stream_poller, poller);
}

static const struct source_kind *kind_of(const struct mapping_config *config)
{
    static const struct source_kind *const kinds[MAPPING_SOURCE_COUNT] = {
        [MAPPING_DYNAMODB] = &source_dynamodb,
        [MAPPING_KINESIS] = &source_kinesis,
    };
    return kinds[config->source];
}

static void ignore_change(void *ctx)
{
    (void)ctx;
}

enum status mapping_find_stream(struct scheduler *scheduler, const struct mapping_config *config,
                                struct fault *reterr)
{
    const struct source_kind *kind = kind_of(config);
    struct source *source = kind->open(scheduler, config->source_arn, ignore_change, NULL);
    if (source == NULL) {
        return fault_set(reterr, STATUS_NOT_FOUND, "Stream not found: %.*s",
                         SLICE_ARG(config->source_arn));
    }
    kind->close(source);
    return STATUS_OK;
}

/* --- shards --- */

static struct shard *find_shard(const struct stream_poller *poller, struct slice key)
{
    struct shard *shard = poller->shards;
    while (shard != NULL && !slice_eq(shard->key, key)) {
        shard = shard->next;
    }
    return shard;
}

static bool shard_has_ended(const struct shard *shard)
{
    for (uint32_t i = 0; i < shard->reader_count; i++) {
        if (!reader_has_ended(shard->readers[i])) {
            return false;
        }
    }
    return true;
}

static bool shard_is_at_rest(const struct shard *shard)
{
    for (uint32_t i = 0; i < shard->reader_count; i++) {
        if (!reader_is_at_rest(shard->readers[i])) {
            return false;
        }
    }
    return true;
}

/* A parent that is not known has nothing that could be read. */
static bool parents_have_ended(const struct shard *shard)
{
    for (const struct shard *each = shard->poller->shards; each != NULL; each = each->next) {
        bool is_parent =
            slice_eq(each->id, shard->parents[0]) || slice_eq(each->id, shard->parents[1]);
        if (is_parent && !shard_has_ended(each)) {
            return false;
        }
    }
    return true;
}

static void on_rest(void *ctx, struct reader *reader);

static void make_readers(struct shard *shard, const struct checkpoint *checkpoints, uint32_t count)
{
    shard->reader_count = count;
    for (uint32_t i = 0; i < count; i++) {
        const struct reader_spec spec = {.mapping = shard->poller->poller.mapping,
                                         .source = shard->poller->source,
                                         .shard_id = shard->id,
                                         .shard_key = shard->key,
                                         .index = i,
                                         .count = count,
                                         .on_rest = on_rest,
                                         .ctx = shard};
        shard->readers[i] = reader_create(&spec, &checkpoints[i]);
    }
}

static void destroy_readers(struct shard *shard)
{
    for (uint32_t i = 0; i < shard->reader_count; i++) {
        reader_destroy(shard->readers[i]);
    }
    shard->reader_count = 0;
}

/* --- readers from checkpoints --- */

static struct checkpoint keep(struct arena *arena, const struct checkpoint *checkpoint)
{
    struct checkpoint copy = *checkpoint;
    copy.after = arena_copy(arena, checkpoint->after);
    copy.window_state = arena_copy(arena, checkpoint->window_state);
    return copy;
}

/* Checkpoints of a shard's readers, and where another number of readers would go on: after the one that has come least
 * far. */
struct gathered {
    struct slice shard_key;
    struct arena arena;
    struct checkpoint by_reader[READERS_MAX];
    bool has[READERS_MAX];
    struct checkpoint least;
    uint32_t count;
};

static void gather(void *ctx, struct slice shard_key, uint32_t reader,
                   const struct checkpoint *checkpoint)
{
    struct gathered *gathered = ctx;
    if (!slice_eq(shard_key, gathered->shard_key)) {
        return;
    }
    struct checkpoint copy = keep(&gathered->arena, checkpoint);
    bool is_ended = copy.is_ended && (gathered->count == 0 || gathered->least.is_ended);
    gathered->by_reader[reader] = copy;
    gathered->has[reader] = true;
    if (gathered->count++ == 0 || sequence_compare(copy.after, gathered->least.after) < 0) {
        gathered->least = copy;
    }
    gathered->least.is_ended = is_ended;
}

static struct checkpoint_place place_of(const struct shard *shard)
{
    return (struct checkpoint_place){slice_from(shard->poller->poller.mapping->config.uuid),
                                     shard->key, 0};
}

/* All of them at once, so that the records of one number of readers are never mistaken for those of another. */
static void make_readers_after(struct shard *shard, const struct checkpoint *least)
{
    const struct mapping *mapping = shard->poller->poller.mapping;
    const struct checkpoint_place place = place_of(shard);
    struct checkpoint checkpoints[READERS_MAX];
    uint32_t count = mapping->config.readers;
    for (uint32_t i = 0; i < count; i++) {
        checkpoints[i] = *least;
        checkpoints[i].readers = count;
        checkpoints[i].has_window = least->has_window && i == 0;
    }
    if (!mapping->is_forgotten) {
        checkpoint_replace(mapping->scheduler, &place, checkpoints, count);
    }
    make_readers(shard, checkpoints, count);
}

static void load_readers(struct shard *shard)
{
    const struct mapping *mapping = shard->poller->poller.mapping;
    uint32_t count = mapping->config.readers;
    struct gathered gathered = {.shard_key = shard->key, .least = {.after = SLICE("")}};
    bool is_same = true;
    arena_init(&gathered.arena, 1024);
    checkpoint_each(mapping->scheduler, slice_from(mapping->config.uuid), gather, &gathered);
    for (uint32_t i = 0; i < count; i++) {
        is_same = is_same && gathered.has[i] && gathered.by_reader[i].readers == count;
    }
    if (is_same) {
        make_readers(shard, gathered.by_reader, count);
    } else {
        make_readers_after(shard, &gathered.least);
    }
    arena_finish(&gathered.arena);
}

static void regroup(struct shard *shard)
{
    struct gathered gathered = {.shard_key = shard->key};
    arena_init(&gathered.arena, 1024);
    for (uint32_t i = 0; i < shard->reader_count; i++) {
        struct checkpoint own = reader_checkpoint(shard->readers[i]);
        gather(&gathered, shard->key, i, &own);
    }
    destroy_readers(shard);
    make_readers_after(shard, &gathered.least);
    arena_finish(&gathered.arena);
}

/* --- the list of shards --- */

static void on_shard(void *ctx, const struct shard_info *info)
{
    struct stream_poller *poller = ctx;
    struct shard *shard = find_shard(poller, info->key);
    if (shard == NULL) {
        shard = mem_zalloc(sizeof *shard);
        arena_init(&shard->arena, 256);
        shard->poller = poller;
        shard->id = arena_copy(&shard->arena, info->id);
        shard->key = arena_copy(&shard->arena, info->key);
        for (size_t i = 0; i < SHARD_PARENTS_MAX; i++) {
            shard->parents[i] = arena_copy(&shard->arena, info->parents[i]);
        }
        load_readers(shard);
        shard->next = poller->shards;
        poller->shards = shard;
    }
    shard->is_listed = true;
}

static void destroy_shard(struct shard *shard)
{
    destroy_readers(shard);
    arena_finish(&shard->arena);
    mem_free(shard);
}

/* Nothing of it can be read any more. */
static void forget_shard(struct shard *shard)
{
    const struct mapping *mapping = shard->poller->poller.mapping;
    const struct checkpoint_place place = place_of(shard);
    if (!mapping->is_forgotten) {
        checkpoint_replace(mapping->scheduler, &place, NULL, 0);
    }
    destroy_shard(shard);
}

/* --- running --- */

static void start_shards(struct stream_poller *poller)
{
    for (struct shard *shard = poller->shards; shard != NULL; shard = shard->next) {
        for (uint32_t i = 0; i < shard->reader_count && parents_have_ended(shard); i++) {
            reader_start(shard->readers[i]);
        }
    }
}

static void list_shards(struct stream_poller *poller)
{
    for (struct shard *shard = poller->shards; shard != NULL; shard = shard->next) {
        shard->is_listed = false;
    }
    poller->source->kind->each_shard(poller->source, on_shard, poller);
    for (struct shard **at = &poller->shards; *at != NULL;) {
        struct shard *shard = *at;
        if (!shard->is_listed && shard_is_at_rest(shard)) {
            *at = shard->next;
            forget_shard(shard);
        } else {
            at = &shard->next;
        }
    }
}

static void on_change(void *ctx)
{
    struct stream_poller *poller = ctx;
    if (!poller->is_running || poller->is_regrouping) {
        return;
    }
    list_shards(poller);
    start_shards(poller);
    for (struct shard *shard = poller->shards; shard != NULL; shard = shard->next) {
        for (uint32_t i = 0; i < shard->reader_count; i++) {
            reader_look(shard->readers[i]);
        }
    }
}

static void open_source(struct stream_poller *poller)
{
    struct mapping *mapping = poller->poller.mapping;
    if (poller->source == NULL) {
        poller->source =
            kind_of(&mapping->config)
                ->open(mapping->scheduler, mapping->config.source_arn, on_change, poller);
        if (poller->source == NULL) {
            mapping_notice(mapping, "nothing to read: there is no stream %.*s",
                           SLICE_ARG(mapping->config.source_arn));
        }
    }
    if (poller->source != NULL) {
        list_shards(poller);
    }
}

/* --- another number of readers --- */

static bool needs_regrouping(const struct stream_poller *poller)
{
    for (const struct shard *shard = poller->shards; shard != NULL; shard = shard->next) {
        if (shard->reader_count != poller->poller.mapping->config.readers) {
            return true;
        }
    }
    return false;
}

/* --- pausing --- */

static bool is_at_rest(const struct stream_poller *poller)
{
    for (const struct shard *shard = poller->shards; shard != NULL; shard = shard->next) {
        if (!shard_is_at_rest(shard)) {
            return false;
        }
    }
    return true;
}

static void come_to_rest(struct stream_poller *poller)
{
    if (!is_at_rest(poller)) {
        return;
    }
    if (poller->is_regrouping) {
        poller->is_regrouping = false;
        for (struct shard *shard = poller->shards; shard != NULL; shard = shard->next) {
            regroup(shard);
        }
    }
    if (poller->is_pausing) {
        poller->is_pausing = false;
        mapping_paused(poller->poller.mapping);
        return;
    }
    if (poller->source != NULL) {
        list_shards(poller); /* with what came meanwhile */
    }
    start_shards(poller);
}

static void pause_readers(struct stream_poller *poller)
{
    poller->is_sweeping = true;
    for (struct shard *shard = poller->shards; shard != NULL; shard = shard->next) {
        for (uint32_t i = 0; i < shard->reader_count; i++) {
            reader_pause(shard->readers[i]);
        }
    }
    poller->is_sweeping = false;
    come_to_rest(poller);
}

static void on_rest(void *ctx, struct reader *reader)
{
    struct shard *shard = ctx;
    struct stream_poller *poller = shard->poller;
    if (poller->is_sweeping) {
        return;
    }
    if (poller->is_pausing || poller->is_regrouping) {
        come_to_rest(poller);
    } else if (reader_has_ended(reader)) {
        start_shards(poller); /* its children */
    }
}

/* --- the poller --- */

struct beginning {
    const struct mapping *mapping;
    struct source *source;
    struct arena *arena;
    struct first_checkpoint *first;
};

static void begin_shard(void *ctx, const struct shard_info *shard)
{
    struct beginning *beginning = ctx;
    const struct mapping_config *config = &beginning->mapping->config;
    struct sequence after = {.len = 0};
    beginning->source->kind->start(beginning->source, shard->id, config->starting_position,
                                   config->starting_ms, &after);
    for (uint32_t i = 0; i < config->readers; i++) {
        const struct checkpoint_place place = {slice_from(config->uuid), shard->key, i};
        const struct checkpoint checkpoint = {.after = sequence_text(&after),
                                              .readers = config->readers};
        struct first_checkpoint *first = arena_alloc(beginning->arena, sizeof *first);
        first->key = checkpoint_key(beginning->arena, &place);
        first->json = checkpoint_json(beginning->arena, &checkpoint);
        first->next = beginning->first;
        beginning->first = first;
    }
}

static struct first_checkpoint *first_checkpoints(const struct mapping *mapping,
                                                  struct arena *arena)
{
    const struct source_kind *kind = kind_of(&mapping->config);
    struct beginning beginning = {.mapping = mapping, .arena = arena};
    beginning.source =
        kind->open(mapping->scheduler, mapping->config.source_arn, ignore_change, NULL);
    if (beginning.source != NULL) {
        kind->each_shard(beginning.source, begin_shard, &beginning);
        kind->close(beginning.source);
    }
    return beginning.first;
}

static struct poller *create(struct mapping *mapping)
{
    struct stream_poller *poller = mem_zalloc(sizeof *poller);
    poller->poller = (struct poller){&stream_poller, mapping};
    return &poller->poller;
}

static void start(struct poller *base)
{
    struct stream_poller *poller = of(base);
    poller->is_running = true;
    open_source(poller);
    poller->is_regrouping = needs_regrouping(poller);
    come_to_rest(poller);
}

static void pause_poller(struct poller *base)
{
    struct stream_poller *poller = of(base);
    poller->is_running = false;
    poller->is_pausing = true;
    pause_readers(poller);
}

static void look(struct poller *base)
{
    struct stream_poller *poller = of(base);
    if (!poller->is_running) {
        return;
    }
    open_source(poller);
    if (needs_regrouping(poller)) {
        poller->is_regrouping = true;
        pause_readers(poller);
        return;
    }
    start_shards(poller);
    for (struct shard *shard = poller->shards; shard != NULL; shard = shard->next) {
        for (uint32_t i = 0; i < shard->reader_count; i++) {
            reader_hurry(shard->readers[i]);
            reader_look(shard->readers[i]);
        }
    }
}

static void destroy(struct poller *base)
{
    struct stream_poller *poller = of(base);
    while (poller->shards != NULL) {
        struct shard *shard = poller->shards;
        poller->shards = shard->next;
        destroy_shard(shard);
    }
    if (poller->source != NULL) {
        poller->source->kind->close(poller->source);
    }
    mem_free(poller);
}

const struct poller_kind stream_poller = {
    .first_checkpoints = first_checkpoints,
    .create = create,
    .start = start,
    .pause = pause_poller,
    .look = look,
    .destroy = destroy,
};
