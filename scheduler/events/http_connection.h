/* Connections, which hold the credentials of HTTP endpoints, and API destinations, which are the endpoints.
 *
 * Credentials are kept in the store as they are: it is the developer's own machine. They are never told again.
 *
 * Source  EventBridge User Guide, "Connections for HTTP endpoint targets", "API destinations as targets". */
#ifndef SLS_SCHEDULER_EVENTS_HTTP_CONNECTION_H
#define SLS_SCHEDULER_EVENTS_HTTP_CONNECTION_H

#include "core/http/http.h"
#include "scheduler/events/events_private.h"
#include "scheduler/events/stored.h"

struct http_connection_record {
    struct slice description;
    struct slice authorization_type;
    struct slice state;
    struct slice auth; /* JSON: AuthParameters, secrets included */
    struct slice kms_key_identifier;
    int64_t created_ms, modified_ms, authorized_ms;
};

struct http_connection {
    struct slice name;
    struct events *events;
    struct slice arn;
    struct slice secret_arn;
    struct arena arena;
    struct arena record_arena;
    struct http_connection_record record;
    struct arena token_arena;
    struct slice token; /* OAuth; empty: none yet */
    int64_t token_until_ms;
};

struct api_destination_record {
    struct slice description;
    struct slice connection_arn;
    struct slice endpoint;
    struct slice http_method;
    int64_t rate_limit; /* invocations in a second */
    int64_t created_ms, modified_ms;
};

struct api_destination {
    struct slice name;
    struct events *events;
    struct slice arn;
    struct arena arena;
    struct arena record_arena;
    struct api_destination_record record;
    int64_t free_at_us; /* when the rate allows the next invocation; epoch */
};

struct http_connection *http_connection_create(struct events *events, struct slice name);
void http_connection_destroy(struct http_connection *connection); /* NULL is a no-op */
void http_connection_apply(struct http_connection *connection,
                           const struct http_connection_record *record);
struct slice http_connection_print(struct arena *arena,
                                   const struct http_connection_record *record);
void http_connection_tell(struct json_writer *w, const struct http_connection *connection,
                          const char *const *names);
struct http_connection *http_connection_find_by_arn(const struct events *events, struct slice arn);

struct api_destination *api_destination_create(struct events *events, struct slice name);
void api_destination_destroy(struct api_destination *destination); /* NULL is a no-op */
void api_destination_apply(struct api_destination *destination,
                           const struct api_destination_record *record);
struct slice api_destination_print(struct arena *arena,
                                   const struct api_destination_record *record);
void api_destination_tell(struct json_writer *w, const struct api_destination *destination,
                          const char *const *names);
struct api_destination *api_destination_find_by_arn(const struct events *events, struct slice arn);

/* Keys of their records, which share a kind. */
struct slice http_connection_key(struct arena *arena, struct slice name);
struct slice api_destination_key(struct arena *arena, struct slice name);

/* --- what authorizes --- */

struct http_parameter {
    struct slice key, value;
    bool is_secret;
};

struct http_parameters {
    const struct http_parameter *items;
    size_t count;
};

struct connection_http {
    struct http_parameters headers, queries, bodies;
};

struct connection_auth {
    struct slice username, password;
    struct slice api_key_name, api_key_value;
    struct slice client_id, client_secret, token_endpoint, token_method;
    struct connection_http token_http;
    struct connection_http http;
};

struct connection_auth http_connection_auth_parse(struct arena *arena, struct slice json);
/* What of it clients are told, or (with secrets) what is kept. */
struct slice http_connection_auth_print(struct arena *arena, struct slice authorization_type,
                                        const struct connection_auth *auth, bool with_secrets);

#endif
