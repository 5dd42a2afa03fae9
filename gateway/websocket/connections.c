#include "gateway/websocket/connections.h"

#include "core/mem.h"
#include "gateway/websocket/limits.h"

#include <assert.h>

#define BUCKETS_MIN 64 /* a power of two, as their number always is */
#define NS_PER_MS 1000000

struct ws_connections {
    struct context *context;
    struct ws_connection **buckets;
    size_t bucket_count;
    size_t count;
};

/* --- by id --- */

static struct ws_connection **bucket_of(const struct ws_connections *all, struct slice id)
{
    return &all->buckets[slice_hash(id) & (all->bucket_count - 1)];
}

static void put(struct ws_connections *all, struct ws_connection *connection)
{
    struct ws_connection **bucket = bucket_of(all, connection->facts.connection_id);
    connection->next = *bucket;
    *bucket = connection;
}

static void grow(struct ws_connections *all)
{
    struct ws_connection **old = all->buckets;
    size_t old_count = all->bucket_count;
    all->bucket_count *= 2;
    all->buckets = mem_array(all->bucket_count, sizeof(*all->buckets));
    for (size_t i = 0; i < old_count; i++) {
        struct ws_connection *connection = old[i];
        while (connection != NULL) {
            struct ws_connection *next = connection->next;
            put(all, connection);
            connection = next;
        }
    }
    mem_free(old);
}

static struct ws_connection *find(const struct ws_connections *all, struct slice id)
{
    struct ws_connection *connection = *bucket_of(all, id);
    while (connection != NULL && !slice_eq(connection->facts.connection_id, id)) {
        connection = connection->next;
    }
    return connection;
}

struct ws_connection *ws_connections_find(const struct ws_connections *all, struct slice api_id,
                                          struct slice stage, struct slice id)
{
    struct ws_connection *connection = find(all, id);
    bool is_it = connection != NULL && connection->websocket != NULL &&
                 (api_id.ptr == NULL || slice_eq(connection->api_id, api_id)) &&
                 (stage.ptr == NULL || slice_eq(connection->stage, stage));
    return is_it ? connection : NULL;
}

/* --- how long it may last --- */

static const struct clock *clock_of(const struct ws_connection *connection)
{
    return connection->all->context->clock;
}

int64_t ws_connection_active_ms(const struct ws_connection *connection)
{
    uint64_t since =
        clock_monotonic_ns(clock_of(connection)) - websocket_active_ns(connection->websocket);
    return clock_epoch_ms(clock_of(connection)) - (int64_t)(since / NS_PER_MS);
}

/* The instant at which it has to end, as far as is known now. */
static int64_t end_ms(const struct ws_connection *connection)
{
    int64_t idle = ws_connection_active_ms(connection) + WS_IDLE_MS;
    int64_t lifetime = connection->facts.connected_ms + WS_LIFETIME_MS;
    return idle < lifetime ? idle : lifetime;
}

/* Messages do not move the alarm: it looks for them when it is due. */
static void on_due(struct alarm *alarm)
{
    struct ws_connection *connection = CONTAINER_OF(alarm, struct ws_connection, alarm);
    int64_t end = end_ms(connection);
    if (end > clock_epoch_ms(clock_of(connection))) {
        alarm_set(connection->all->context->alarms, alarm, end);
        return;
    }
    websocket_close(connection->websocket, WEBSOCKET_GOING_AWAY, SLICE("Going away"));
}

/* --- the life of one --- */

static struct slice keep(char **at, struct slice text)
{
    struct slice kept = slice_of(*at, text.len);
    if (text.len != 0) {
        memcpy(*at, text.ptr, text.len);
    }
    *at += text.len;
    return kept;
}

struct ws_connection *ws_connections_add(struct ws_connections *all, struct slice api_id,
                                         struct slice stage, const struct ws_facts *facts,
                                         void *owner)
{
    struct ws_connection *connection = mem_zalloc(sizeof(*connection));
    connection->all = all;
    connection->owner = owner;
    connection->alarm.on_due = on_due;
    do {
        connection->facts.connection_id = slice_from(id_api_request(connection->id));
    } while (find(all, connection->facts.connection_id) != NULL);
    connection->facts.connected_ms = clock_epoch_ms(all->context->clock);
    char *at = mem_alloc(api_id.len + stage.len + facts->source_ip.len + facts->user_agent.len +
                         facts->domain.len + 1);
    connection->texts = at;
    connection->api_id = keep(&at, api_id);
    connection->stage = keep(&at, stage);
    connection->facts.source_ip = keep(&at, facts->source_ip);
    connection->facts.user_agent = keep(&at, facts->user_agent);
    connection->facts.domain = keep(&at, facts->domain);
    ws_connection_authorize(connection, facts->authorizer, facts->identity);
    if (all->count == all->bucket_count) {
        grow(all);
    }
    put(all, connection);
    all->count++;
    return connection;
}

void ws_connection_authorize(struct ws_connection *connection, struct slice authorizer,
                             struct slice identity)
{
    mem_free(connection->authorizer);
    connection->authorizer = NULL;
    if (authorizer.len + identity.len != 0) {
        connection->authorizer = mem_alloc(authorizer.len + identity.len);
    }
    char *at = connection->authorizer;
    connection->facts.authorizer = authorizer.len != 0 ? keep(&at, authorizer) : SLICE("");
    connection->facts.identity = identity.len != 0 ? keep(&at, identity) : SLICE("");
}

void ws_connection_open(struct ws_connection *connection, struct websocket *websocket)
{
    assert(connection->websocket == NULL && websocket != NULL);
    connection->websocket = websocket;
    struct alarms *alarms = connection->all->context->alarms;
    if (alarms != NULL) {
        alarm_set(alarms, &connection->alarm, end_ms(connection));
    }
}

void ws_connection_remove(struct ws_connection *connection)
{
    if (connection == NULL) {
        return;
    }
    struct ws_connections *all = connection->all;
    struct ws_connection **link = bucket_of(all, connection->facts.connection_id);
    while (*link != connection) {
        link = &(*link)->next;
    }
    *link = connection->next;
    all->count--;
    if (alarm_is_set(&connection->alarm)) {
        alarm_clear(all->context->alarms, &connection->alarm);
    }
    mem_free(connection->texts);
    mem_free(connection->authorizer);
    mem_free(connection);
}

/* --- all of them --- */

struct ws_connections *ws_connections_create(struct context *context)
{
    struct ws_connections *all = mem_zalloc(sizeof(*all));
    all->context = context;
    all->bucket_count = BUCKETS_MIN;
    all->buckets = mem_array(BUCKETS_MIN, sizeof(*all->buckets));
    return all;
}

void ws_connections_destroy(struct ws_connections *all)
{
    if (all == NULL) {
        return;
    }
    assert(all->count == 0);
    mem_free(all->buckets);
    mem_free(all);
}

size_t ws_connections_count(const struct ws_connections *all)
{
    return all->count;
}
