/* Operations as a client sends them: the whole way from JSON to JSON, in process.
 *
 *     struct client client;
 *     client_begin(&client, &world);
 *     client_call(&client, "GetItem", "{'TableName':'t','Key':{'p':{'S':'a'}}}");   // client.status, client.body
 *     client_end(&client);                                                          // before world_end()
 *
 * JSON goes in and comes out with ' for ". */
#ifndef SLS_TESTS_DYNAMODB_CLIENT_H
#define SLS_TESTS_DYNAMODB_CLIENT_H

#include "world.h"

struct client {
    struct world *world;
    struct edge *edge;
    int status;
    const char *body; /* in the world's arena */
    bool is_done;
};

void client_begin(struct client *client, struct world *world);
void client_end(struct client *client);
const char *client_call(struct client *client, const char *operation, const char *json);
const char *client_callf(struct client *client, const char *operation, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* The first value of "key": in the body, raw (an object whole, a string without its quotes); "" when absent. */
const char *client_value(const struct client *client, const char *key);
/* The values of the numbers "n" of an answer's items, appended (KEYS_MAX * 2 at most); its LastEvaluatedKey. */
#define KEYS_MAX 64
const char *client_take_numbers(const struct client *client, int *numbers, size_t *count);
/* `len` times `c`, then `tail`. */
struct slice repeated(struct arena *arena, char c, size_t len, const char *tail);

#endif
