/* DescribeLimits, DescribeEndpoints. */
#include "store/table/control.h"

#define ACCOUNT_UNITS_MAX 80000
#define TABLE_UNITS_MAX 40000
#define ENDPOINT_CACHE_MINUTES 1440

const struct problem *op_describe_limits(struct operation *operation)
{
    struct json_writer *w = &operation->w;
    json_open(w, '{');
    json_put_i64(w, "AccountMaxReadCapacityUnits", ACCOUNT_UNITS_MAX);
    json_put_i64(w, "AccountMaxWriteCapacityUnits", ACCOUNT_UNITS_MAX);
    json_put_i64(w, "TableMaxReadCapacityUnits", TABLE_UNITS_MAX);
    json_put_i64(w, "TableMaxWriteCapacityUnits", TABLE_UNITS_MAX);
    json_close(w, '}');
    operation_reply(operation);
    return NULL;
}

/* Clients that discover endpoints call the address told here: it is the one they came by. */
const struct problem *op_describe_endpoints(struct operation *operation)
{
    struct json_writer *w = &operation->w;
    struct table_place place = control_place(operation);
    struct slice host = api_header(operation->call, "Host");
    if (host.len == 0) {
        host =
            arena_printf(operation->arena, "dynamodb.%.*s.amazonaws.com", SLICE_ARG(place.region));
    }
    json_open(w, '{');
    json_key_text(w, "Endpoints");
    json_open(w, '[');
    json_open(w, '{');
    json_put_string(w, "Address", host);
    json_put_i64(w, "CachePeriodInMinutes", ENDPOINT_CACHE_MINUTES);
    json_close(w, '}');
    json_close(w, ']');
    json_close(w, '}');
    operation_reply(operation);
    return NULL;
}
