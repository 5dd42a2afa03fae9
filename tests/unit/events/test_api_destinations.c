#include "core/http/server.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/events/limits.h"
#include "tests/unit/events/events_world.h"

#include <criterion/criterion.h>

#define CONNECTION "{'Name':'c','AuthorizationType':"
#define BASIC                                                                                      \
    CONNECTION "'BASIC','AuthParameters':{'BasicAuthParameters':{'Username':'u','Password':'p'}}}"
#define REQUESTS_MAX 16

/* An endpoint on the same loop that keeps what it is sent. */
struct endpoint {
    struct world world; /* first: the bus finds it */
    struct http_server *server;
    uint16_t port;
    char *requests[REQUESTS_MAX]; /* "POST /path?query\nName: value\n...\n\nbody" */
    size_t count;
    int answers; /* HTTP status */
};

static void on_body(void *ctx, struct http_exchange *exchange, enum status status,
                    struct slice body)
{
    struct endpoint *endpoint = ctx;
    const struct http_request *request = http_request(exchange);
    AUTO_BUF text = BUF_INIT(1024 * 1024);
    cr_assert_eq(status, STATUS_OK);
    buf_printf(&text, "%.*s %.*s\n", SLICE_ARG(request->method), SLICE_ARG(request->target));
    for (size_t i = 0; i < request->headers.count; i++) {
        buf_printf(&text, "%.*s: %.*s\n", SLICE_ARG(request->headers.items[i].name),
                   SLICE_ARG(request->headers.items[i].value));
    }
    buf_printf(&text, "\n%.*s", SLICE_ARG(body));
    cr_assert_lt(endpoint->count, REQUESTS_MAX);
    endpoint->requests[endpoint->count++] = mem_strdup(buf_cstr(&text));
    bool is_token = slice_is(request->path, "/token");
    http_respond(exchange, is_token ? 200 : endpoint->answers, (struct http_headers){NULL, 0},
                 is_token ? SLICE("{\"access_token\":\"secret\",\"expires_in\":60}") : SLICE(""));
}

static void on_request(void *ctx, struct http_exchange *exchange)
{
    http_read_all(exchange, on_body, ctx);
}

static void open_endpoint(struct endpoint *endpoint)
{
    struct fault fault;
    *endpoint = (struct endpoint){.answers = 200};
    world_open(&endpoint->world);
    const struct http_server_options options = {.on_request = on_request, .ctx = endpoint};
    endpoint->server = http_server_create(&endpoint->world.bus.context, &options);
    cr_assert_eq(http_server_listen(endpoint->server, "127.0.0.1", 0, &endpoint->port, &fault),
                 STATUS_OK);
}

static void close_endpoint(struct endpoint *endpoint)
{
    http_server_destroy(endpoint->server, 0, NULL, NULL);
    for (size_t i = 0; i < endpoint->count; i++) {
        mem_free(endpoint->requests[i]);
    }
    world_close(&endpoint->world);
}

static void make_destination(struct endpoint *endpoint, const char *path, const char *more)
{
    AUTO_BUF body = BUF_INIT(4096);
    AUTO_BUF connection = BUF_INIT(1024);
    world_ok(&endpoint->world, "DescribeConnection", "{'Name':'c'}");
    buf_append(&connection, bus_at(&endpoint->world.bus, "ConnectionArn"));
    buf_printf(&body,
               "{'Name':'d','ConnectionArn':%s,'HttpMethod':'POST',"
               "'InvocationEndpoint':'http://127.0.0.1:%u%s'%s}",
               buf_cstr(&connection), endpoint->port, path, more);
    world_ok(&endpoint->world, "CreateApiDestination", buf_cstr(&body));
}

static void make_rule(struct endpoint *endpoint, const char *target_members)
{
    AUTO_BUF targets = BUF_INIT(4096);
    world_ok(&endpoint->world, "DescribeApiDestination", "{'Name':'d'}");
    buf_printf(&targets, "'Targets':[{'Id':'t','Arn':%.*s%s}]",
               SLICE_ARG(bus_at(&endpoint->world.bus, "ApiDestinationArn")), target_members);
    world_rule(&endpoint->world, "", "r", "{'source':['app']}", buf_cstr(&targets));
}

static bool has(const struct endpoint *endpoint, size_t at, const char *text)
{
    return at < endpoint->count && strstr(endpoint->requests[at], text) != NULL;
}

/* An event that may not be the first of its moment. */
static void put_in_turn(struct endpoint *endpoint)
{
    world_put(&endpoint->world, "", "{}");
    bus_advance(&endpoint->world.bus, 1000 / API_DESTINATION_RATE_DEFAULT + 1);
}

/* --- what is asked --- */

Test(api_destinations, an_event_is_posted_with_basic_authorization)
{
    struct endpoint endpoint;
    open_endpoint(&endpoint);
    world_ok(&endpoint.world, "CreateConnection", BASIC);
    make_destination(&endpoint, "/hook", "");
    make_rule(&endpoint, ",'InputPath':'$.detail'");
    world_put(&endpoint.world, "", "{'a':1}");
    cr_assert_eq(endpoint.count, 1);
    cr_assert(has(&endpoint, 0, "POST /hook\n"));
    cr_assert(has(&endpoint, 0, "\nAuthorization: Basic dTpw\n"));
    cr_assert(has(&endpoint, 0, "\nContent-Type: application/json; charset=utf-8\n"));
    cr_assert(has(&endpoint, 0, "\nUser-Agent: Amazon/EventBridge/ApiDestinations\n"));
    cr_assert(has(&endpoint, 0, "\n\n{\"a\":1}"), "%s", endpoint.requests[0]);
    close_endpoint(&endpoint);
}

Test(api_destinations, an_api_key_and_the_parameters_of_connection_and_target_are_sent)
{
    struct endpoint endpoint;
    open_endpoint(&endpoint);
    world_ok(&endpoint.world, "CreateConnection",
             CONNECTION
             "'API_KEY','AuthParameters':{'ApiKeyAuthParameters':{'ApiKeyName':'X-Key',"
             "'ApiKeyValue':'k'},'InvocationHttpParameters':{'HeaderParameters':[{'Key':'X-One',"
             "'Value':'connection'}],'QueryStringParameters':[{'Key':'q','Value':'a b'}],"
             "'BodyParameters':[{'Key':'added','Value':'v','IsValueSecret':true}]}}}");
    make_destination(&endpoint, "/*/items/*", "");
    make_rule(&endpoint,
              ",'InputPath':'$.detail','HttpParameters':{'PathParameterValues':['x/y','2'],"
              "'HeaderParameters':{'X-One':'target','X-Two':'2'},"
              "'QueryStringParameters':{'t':'1'}}");
    world_put(&endpoint.world, "", "{'a':1}");
    cr_assert(has(&endpoint, 0, "POST /x%2Fy/items/2?t=1&q=a%20b\n"), "%s", endpoint.requests[0]);
    cr_assert(has(&endpoint, 0, "\nX-Key: k\n"));
    cr_assert(has(&endpoint, 0, "\nX-One: connection\n"));
    cr_assert(has(&endpoint, 0, "\nX-Two: 2\n"));
    cr_assert(has(&endpoint, 0, "\n\n{\"a\":1,\"added\":\"v\"}"));
    close_endpoint(&endpoint);
}

Test(api_destinations, an_oauth_token_is_fetched_once_and_again_when_it_is_old)
{
    struct endpoint endpoint;
    AUTO_BUF body = BUF_INIT(4096);
    open_endpoint(&endpoint);
    buf_printf(&body,
               CONNECTION
               "'OAUTH_CLIENT_CREDENTIALS','AuthParameters':{'OAuthParameters':{"
               "'ClientParameters':{'ClientID':'id','ClientSecret':'s&s'},"
               "'AuthorizationEndpoint':'http://127.0.0.1:%u/token','HttpMethod':'POST',"
               "'OAuthHttpParameters':{'BodyParameters':[{'Key':'scope','Value':'all'}]}}}}",
               endpoint.port);
    world_ok(&endpoint.world, "CreateConnection", buf_cstr(&body));
    make_destination(&endpoint, "/hook", "");
    make_rule(&endpoint, "");
    world_put(&endpoint.world, "", "{}");
    cr_assert_eq(endpoint.count, 2);
    cr_assert(has(&endpoint, 0, "POST /token\n"));
    cr_assert(has(&endpoint, 0,
                  "\n\ngrant_type=client_credentials&client_id=id&"
                  "client_secret=s%26s&scope=all"),
              "%s", endpoint.requests[0]);
    cr_assert(has(&endpoint, 1, "POST /hook\n"));
    cr_assert(has(&endpoint, 1, "\nAuthorization: Bearer secret\n"));
    put_in_turn(&endpoint);
    cr_assert_eq(endpoint.count, 3);
    bus_advance(&endpoint.world.bus, 60000);
    world_put(&endpoint.world, "", "{}");
    cr_assert_eq(endpoint.count, 5);
    cr_assert(has(&endpoint, 3, "POST /token\n"));
    close_endpoint(&endpoint);
}

/* --- when it fails --- */

Test(api_destinations, errors_of_the_server_are_tried_again_and_those_of_the_client_are_not)
{
    static const struct {
        int answers;
        bool is_tried_again;
    } rows[] = {{500, true}, {503, true},  {429, true},  {401, true},
                {409, true}, {400, false}, {404, false}, {302, false}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct endpoint endpoint;
        open_endpoint(&endpoint);
        endpoint.answers = rows[i].answers;
        world_ok(&endpoint.world, "CreateConnection", BASIC);
        make_destination(&endpoint, "/hook", "");
        make_rule(&endpoint, ",'RetryPolicy':{'MaximumRetryAttempts':2}");
        world_put(&endpoint.world, "", "{}");
        bus_advance(&endpoint.world.bus, 3600000);
        cr_expect_eq(endpoint.count, rows[i].is_tried_again ? 3 : 1, "HTTP %d: %zu",
                     rows[i].answers, endpoint.count);
        close_endpoint(&endpoint);
    }
}

Test(api_destinations, a_token_that_is_refused_is_fetched_anew)
{
    struct endpoint endpoint;
    AUTO_BUF body = BUF_INIT(4096);
    open_endpoint(&endpoint);
    buf_printf(&body,
               CONNECTION
               "'OAUTH_CLIENT_CREDENTIALS','AuthParameters':{'OAuthParameters':{"
               "'ClientParameters':{'ClientID':'id','ClientSecret':'s'},"
               "'AuthorizationEndpoint':'http://127.0.0.1:%u/token','HttpMethod':'POST'}}}",
               endpoint.port);
    world_ok(&endpoint.world, "CreateConnection", buf_cstr(&body));
    make_destination(&endpoint, "/hook", "");
    make_rule(&endpoint, ",'RetryPolicy':{'MaximumRetryAttempts':0}");
    world_put(&endpoint.world, "", "{}");
    endpoint.answers = 401;
    put_in_turn(&endpoint);
    cr_assert_eq(endpoint.count, 5);
    cr_assert(has(&endpoint, 2, "POST /hook\n"));
    cr_assert(has(&endpoint, 3, "POST /token\n"));
    cr_assert(has(&endpoint, 4, "POST /hook\n"));
    close_endpoint(&endpoint);
}

Test(api_destinations, without_connection_or_destination_an_event_is_given_up)
{
    struct endpoint endpoint;
    open_endpoint(&endpoint);
    world_ok(&endpoint.world, "CreateConnection", BASIC);
    make_destination(&endpoint, "/hook", "");
    make_rule(&endpoint, "");
    world_ok(&endpoint.world, "DeauthorizeConnection", "{'Name':'c'}");
    world_ok(&endpoint.world, "DescribeApiDestination", "{'Name':'d'}");
    cr_assert(bus_is(&endpoint.world.bus, "ApiDestinationState", "'INACTIVE'"));
    world_put(&endpoint.world, "", "{}");
    world_ok(&endpoint.world, "DeleteApiDestination", "{'Name':'d'}");
    world_put(&endpoint.world, "", "{}");
    bus_advance(&endpoint.world.bus, 3600000);
    cr_assert_eq(endpoint.count, 0);
    const char *notices = buf_cstr(&endpoint.world.bus.notices);
    cr_assert_not_null(strstr(notices, "The connection of the API destination is not authorized."));
    cr_assert_not_null(strstr(notices, "The API destination does not exist."));
    close_endpoint(&endpoint);
}

Test(api_destinations, so_many_invocations_in_a_second_and_no_more)
{
    struct endpoint endpoint;
    open_endpoint(&endpoint);
    world_ok(&endpoint.world, "CreateConnection", BASIC);
    make_destination(&endpoint, "/hook", ",'InvocationRateLimitPerSecond':2");
    make_rule(&endpoint, "");
    for (int i = 0; i < 5; i++) {
        world_put(&endpoint.world, "", "{}");
    }
    cr_assert_eq(endpoint.count, 1);
    bus_advance(&endpoint.world.bus, 499);
    cr_assert_eq(endpoint.count, 1);
    bus_advance(&endpoint.world.bus, 1);
    cr_assert_eq(endpoint.count, 2);
    bus_advance(&endpoint.world.bus, 1000);
    cr_assert_eq(endpoint.count, 4);
    bus_advance(&endpoint.world.bus, 10000);
    cr_assert_eq(endpoint.count, 5);
    close_endpoint(&endpoint);
}

Test(api_destinations, what_waits_for_its_turn_survives_a_stop)
{
    struct endpoint endpoint;
    open_endpoint(&endpoint);
    world_ok(&endpoint.world, "CreateConnection", BASIC);
    make_destination(&endpoint, "/hook", ",'InvocationRateLimitPerSecond':1");
    make_rule(&endpoint, "");
    world_put(&endpoint.world, "", "{}");
    world_put(&endpoint.world, "", "{}");
    cr_assert_eq(endpoint.count, 1);
    world_restart(&endpoint.world);
    bus_advance(&endpoint.world.bus, 60000);
    cr_assert_eq(endpoint.count, 2);
    close_endpoint(&endpoint);
}

/* --- the operations --- */

Test(api_destinations, connections_tell_everything_but_their_secrets)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateConnection", BASIC);
    cr_assert(bus_is(&world.bus, "ConnectionState", "'AUTHORIZED'"));
    world_restart(&world);
    world_ok(&world, "DescribeConnection", "{'Name':'c'}");
    cr_assert(bus_is(&world.bus, "AuthParameters", "{'BasicAuthParameters':{'Username':'u'}}"),
              "%s", buf_cstr(&world.bus.reply));
    cr_assert(slice_starts_with(bus_at(&world.bus, "ConnectionArn"),
                                SLICE("\"arn:aws:events:us-east-1:000000000000:connection/c/")));
    cr_assert(slice_starts_with(bus_at(&world.bus, "SecretArn"),
                                SLICE("\"arn:aws:secretsmanager:us-east-1:000000000000:secret:"
                                      "events!connection/c/")));
    world_fails(&world, "CreateConnection", BASIC, "ResourceAlreadyExistsException",
                "Connection c already exists.");
    world_ok(&world, "UpdateConnection", "{'Name':'c','Description':'d'}");
    world_ok(&world, "ListConnections", "{}");
    cr_assert(bus_is(&world.bus, "Connections.0.Name", "'c'"));
    cr_assert(bus_is(&world.bus, "Connections.0.AuthorizationType", "'BASIC'"));
    cr_assert_null(strstr(buf_cstr(&world.bus.reply), "\"p\""));
    world_ok(&world, "DeleteConnection", "{'Name':'c'}");
    cr_assert(bus_is(&world.bus, "ConnectionState", "'DELETING'"));
    world_restart(&world);
    world_fails(&world, "DescribeConnection", "{'Name':'c'}", "ResourceNotFoundException",
                "Failed to describe the connection(s). Connection 'c' does not exist.");
    world_fails(&world, "CreateConnection",
                CONNECTION "'API_KEY','AuthParameters':{'BasicAuthParameters':{'Username':'u',"
                           "'Password':'p'}}}",
                "ValidationException",
                "AuthParameters do not go with the authorization type API_KEY.");
    world_close(&world);
}

Test(api_destinations, destinations_are_made_told_changed_and_deleted)
{
    struct endpoint endpoint;
    struct world *world = &endpoint.world;
    open_endpoint(&endpoint);
    world_ok(world, "CreateConnection", BASIC);
    make_destination(&endpoint, "/hook", "");
    cr_assert(bus_is(&world->bus, "ApiDestinationState", "'ACTIVE'"));
    world_ok(world, "UpdateApiDestination",
             "{'Name':'d','HttpMethod':'PUT','InvocationRateLimitPerSecond':7}");
    world_restart(world);
    world_ok(world, "DescribeApiDestination", "{'Name':'d'}");
    cr_assert(bus_is(&world->bus, "HttpMethod", "'PUT'"));
    cr_assert(bus_is(&world->bus, "InvocationRateLimitPerSecond", "7"));
    world_ok(world, "ListApiDestinations", "{}");
    cr_assert(bus_is(&world->bus, "ApiDestinations.0.Name", "'d'"));
    world_fails(world, "CreateApiDestination",
                "{'Name':'e','ConnectionArn':'arn:aws:events:us-east-1:000000000000:connection/x/"
                "00000000-0000-0000-0000-000000000000','HttpMethod':'POST',"
                "'InvocationEndpoint':'http://a/b'}",
                "ResourceNotFoundException", "Connection 'x' does not exist.");
    world_ok(world, "DeleteApiDestination", "{'Name':'d'}");
    world_fails(world, "DescribeApiDestination", "{'Name':'d'}", "ResourceNotFoundException",
                "Failed to describe the api-destination(s). An api-destination 'd' does not "
                "exist.");
    close_endpoint(&endpoint);
}
