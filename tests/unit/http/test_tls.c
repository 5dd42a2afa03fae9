/* TLS and plain HTTP on one port, against a client made of OpenSSL: what is served, how it ends, what is refused. */
#include "tls_client.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#define BIG_LEN (6u << 20)

struct world {
    struct fixture fixture;
    struct tls_identity identity;
    size_t not_spoken, untrusted;
    size_t requests, tls_requests, gone;
    struct http_exchange *kept;
    bool waits;  /* requests are kept, not answered */
    bool aborts; /* requests are cut */
};

static void on_gone(void *ctx, struct http_exchange *exchange)
{
    struct world *world = ctx;
    cr_assert(http_is_tls(exchange), "the one who left had spoken TLS");
    world->gone++;
}

static void on_request(void *ctx, struct http_exchange *exchange)
{
    struct world *world = ctx;
    world->requests++;
    world->tls_requests += http_is_tls(exchange) ? 1 : 0;
    if (world->aborts) {
        http_stream_begin(exchange, 200, (struct http_headers){NULL, 0}, -1);
        (void)http_stream_write(exchange, SLICE("half"));
        http_abort(exchange);
    } else if (world->waits) {
        world->kept = exchange;
        http_on_gone(exchange, on_gone, world);
    } else {
        echo_handler(NULL, exchange);
    }
}

static void on_trouble(void *ctx, enum tls_trouble trouble)
{
    struct world *world = ctx;
    world->not_spoken += trouble == TLS_TROUBLE_NOT_SPOKEN;
    world->untrusted += trouble == TLS_TROUBLE_UNTRUSTED;
}

static void serve_limited(struct world *world, struct http_limits limits)
{
    fixture_init(&world->fixture);
    world->fixture.on_tls_trouble = on_trouble;
    tls_identity_make(&world->identity, "ec");
    world->fixture.tls = tls_of(&world->identity);
    fixture_serve(&world->fixture, on_request, world, limits);
}

static void serve(struct world *world)
{
    serve_limited(world, (struct http_limits){0});
}

static void finish(struct world *world)
{
    fixture_finish(&world->fixture);
    tls_destroy(world->fixture.tls);
    tls_identity_finish(&world->identity);
}

static void connect_tls(struct tls_client *client, struct world *world)
{
    tls_client_start(client, &world->fixture);
    cr_assert(tls_client_shake_hands(client));
}

#define HELLO "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
#define HELLO_SEEN "GET|/a||Host=x||"

Test(tls, serves_tls_and_plain_http_on_one_port)
{
    struct world world = {0};
    serve(&world);
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        AUTO_TLS_CLIENT client;
        tls_client_start(&client, &world.fixture);
        tls_client_set_version(&client, versions[i]);
        cr_assert(tls_client_shake_hands(&client), "version %x", versions[i]);
        tls_client_send(&client, SLICE(HELLO));
        cr_assert(tls_client_read_until(&client, HELLO_SEEN), "version %x", versions[i]);
        tls_client_send(&client, SLICE("GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
        cr_assert_eq(tls_client_read_end(&client), TLS_END_CLEAN, "version %x", versions[i]);
        cr_assert_neq(slice_search(buf_slice(&client.received), SLICE("GET|/b|")), SLICE_NPOS);
    }
    AUTO_BUF received = BUF_INIT(1 << 20);
    const char *text = client_talk(&world.fixture, SLICE(HELLO), false, &received);
    cr_assert_not_null(strstr(text, HELLO_SEEN), "%s", text);
    cr_assert_eq(world.requests, 5);
    cr_assert_eq(world.tls_requests, 4);
    finish(&world);
}

Test(tls, takes_a_handshake_and_a_request_byte_by_byte)
{
    struct world world = {0};
    serve(&world);
    AUTO_TLS_CLIENT client;
    tls_client_start(&client, &world.fixture);
    client.is_slow = true;
    cr_assert(tls_client_shake_hands(&client));
    tls_client_send(&client,
                    SLICE("POST /p?q HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"));
    cr_assert(tls_client_read_until(&client, "POST|/p|q|Host=x,Content-Length=5|hello|"));
    finish(&world);
}

Test(tls, answers_requests_of_one_record_and_of_one_packet_in_order)
{
    struct world world = {0};
    serve(&world);
    AUTO_TLS_CLIENT client;
    connect_tls(&client, &world);
    AUTO_BUF many = BUF_INIT(1 << 20);
    for (int i = 0; i < 2000; i++) {
        buf_printf(&many, "GET /%d HTTP/1.1\r\nHost: x\r\n\r\n", i);
    }
    buf_append_text(&many, "GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    tls_client_send(&client, buf_slice(&many));
    cr_assert_eq(tls_client_read_end(&client), TLS_END_CLEAN);
    cr_assert_eq(world.tls_requests, 2001);
    struct slice rest = buf_slice(&client.received);
    for (int i = 0; i < 2000; i++) {
        char text[32];
        (void)snprintf(text, sizeof(text), "GET|/%d|", i);
        size_t at = slice_search(rest, slice_from(text));
        cr_assert_neq(at, SLICE_NPOS, "answer %d is missing or not in its place", i);
        rest = slice_skip(rest, at);
    }
    finish(&world);
}

/* More than any buffer on the way, both ways. */
Test(tls, carries_large_bodies_both_ways)
{
    struct world world = {0};
    serve(&world);
    AUTO_TLS_CLIENT client;
    connect_tls(&client, &world);
    AUTO_BUF request = BUF_INIT(BIG_LEN + 1024);
    buf_printf(&request,
               "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %u\r\n\r\n",
               BIG_LEN);
    for (uint32_t i = 0; i < BIG_LEN; i++) {
        buf_append_char(&request, (char)('a' + i * 7 / 5 % 26));
    }
    struct slice body = slice_skip(buf_slice(&request), request.len - BIG_LEN);
    tls_client_send(&client, buf_slice(&request));
    cr_assert_eq(tls_client_read_end(&client), TLS_END_CLEAN);
    cr_assert_neq(slice_search(buf_slice(&client.received), body), SLICE_NPOS);
    finish(&world);
}

Test(tls, makes_a_writer_wait_while_the_client_does_not_read)
{
    struct world world = {.waits = true};
    serve_limited(&world, (struct http_limits){.pending_len = 100000});
    AUTO_TLS_CLIENT client;
    connect_tls(&client, &world);
    tls_client_send(&client, SLICE(HELLO));
    while (world.kept == NULL) {
        pump(&world.fixture, -1);
    }
    static char piece[10000];
    memset(piece, 'x', sizeof(piece));
    http_stream_begin(world.kept, 200, (struct http_headers){NULL, 0}, -1);
    size_t written = 0;
    while (http_stream_write(world.kept, slice_of(piece, sizeof(piece)))) {
        written += sizeof(piece);
        cr_assert_lt(written, 64u << 20, "nobody tells it to wait");
    }
    written += sizeof(piece);
    http_stream_end(world.kept, (struct http_headers){NULL, 0});
    cr_assert(tls_client_read_until(&client, "\r\n0\r\n\r\n"));
    size_t seen = 0;
    for (size_t i = 0; i < client.received.len; i++) {
        seen += client.received.ptr[i] == 'x';
    }
    cr_assert_eq(seen, written);
    finish(&world);
}

Test(tls, agrees_on_the_best_protocol_that_both_speak)
{
    static const struct {
        const char *offered;
        const char *agreed; /* NULL: the handshake fails */
        bool speaks_http2;
    } cases[] = {
        {"\x02h2\x08http/1.1", "h2", true},
        {"\x08http/1.1\x02h2", "h2", true},
        {"\x08http/1.1", "http/1.1", true},
        {"\x02h2\x08http/1.1", "http/1.1", false},
        {"\x02h2", NULL, false},
        {"\x03xyz", NULL, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct world world = {0};
        fixture_init(&world.fixture);
        world.fixture.speaks_http2 = cases[i].speaks_http2;
        tls_identity_make(&world.identity, "ec");
        world.fixture.tls = tls_of(&world.identity);
        fixture_serve(&world.fixture, on_request, &world, (struct http_limits){0});
        AUTO_TLS_CLIENT client;
        tls_client_start(&client, &world.fixture);
        tls_client_offer(&client, cases[i].offered);
        bool is_open = tls_client_shake_hands(&client);
        cr_expect_eq(is_open, cases[i].agreed != NULL, "case %zu", i);
        const unsigned char *agreed;
        unsigned len;
        SSL_get0_alpn_selected(client.ssl, &agreed, &len);
        if (is_open) {
            cr_expect(slice_is(slice_of((const char *)agreed, len), cases[i].agreed), "case %zu",
                      i);
        }
        finish(&world);
    }
}

Test(tls, refuses_what_is_older_than_1_2)
{
    struct world world = {0};
    serve(&world);
    AUTO_TLS_CLIENT client;
    tls_client_start(&client, &world.fixture);
    tls_client_set_version(&client, TLS1_1_VERSION);
    cr_assert(!tls_client_shake_hands(&client));
    cr_assert_eq(world.untrusted, 0);
    finish(&world);
}

/* The first two are what a slow or idle attacker holds open for as long as he can. */
Test(tls, closes_handshakes_that_do_not_end)
{
    struct world world = {0};
    serve_limited(&world, (struct http_limits){.head_ms = 100});
    AUTO_CLIENT one_byte = client_connect(&world.fixture);
    client_send(&world.fixture, one_byte, SLICE("\x16"));
    AUTO_TLS_CLIENT half;
    tls_client_start(&half, &world.fixture);
    cr_assert_eq(SSL_do_handshake(half.ssl), -1);
    tls_client_flush(&half); /* the hello, and nothing more */
    AUTO_BUF received = BUF_INIT(1 << 16);
    cr_assert(client_read_end(&world.fixture, one_byte, &received));
    cr_assert_eq(received.len, 0);
    cr_assert(client_read_end(&world.fixture, half.fd, &received));
    cr_assert_eq(http_server_connections(world.fixture.server), 0);
    finish(&world);
}

Test(tls, bytes_without_a_request_do_not_keep_an_idle_connection)
{
    struct world world = {0};
    serve_limited(&world, (struct http_limits){.idle_ms = 200});
    AUTO_TLS_CLIENT client;
    connect_tls(&client, &world);
    /* A record begun, as slowly as it takes: 16,000 bytes never come. */
    client_send(&world.fixture, client.fd, SLICE("\x17\x03\x03\x3e\x80"));
    uint64_t end_ns = uv_hrtime() + UINT64_C(1000000) * WAIT_MS;
    while (http_server_connections(world.fixture.server) != 0) {
        cr_assert_lt(uv_hrtime(), end_ns, "a byte now and then keeps it");
        client_send(&world.fixture, client.fd, SLICE("x"));
        pump(&world.fixture, -1);
    }
    finish(&world);
}

Test(tls, garbage_ends_a_connection_and_its_exchange)
{
    static const struct slice garbage[] = {
        SLICE_INIT("\x17\x03\x03\x00\x20 these 32 bytes are no record!!!!"),
        SLICE_INIT("GET / HTTP/1.1\r\nHost: plain\r\n\r\n"),
        SLICE_INIT("\x17\x03\x03\xff\xff"),
        SLICE_INIT("\x16\x03\x01\x00\x01\x00"),
    };
    for (size_t i = 0; i < COUNT_OF(garbage); i++) {
        struct world world = {.waits = true};
        serve(&world);
        AUTO_TLS_CLIENT client;
        connect_tls(&client, &world);
        tls_client_send(&client, SLICE(HELLO));
        while (world.kept == NULL) {
            pump(&world.fixture, -1);
        }
        client_send(&world.fixture, client.fd, garbage[i]);
        cr_expect_neq(tls_client_read_end(&client), TLS_END_CLEAN, "case %zu", i);
        while (world.gone == 0) {
            pump(&world.fixture, -1);
        }
        http_respond(world.kept, 200, (struct http_headers){NULL, 0}, SLICE("too late"));
        finish(&world);
    }
}

Test(tls, garbage_instead_of_a_handshake_is_closed)
{
    static const struct slice garbage[] = {
        SLICE_INIT("\x16\x03\x01\x00\x05hello"),
        SLICE_INIT("\x16GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        SLICE_INIT("\x16\x16\x16\x16\x16\x16\x16\x16\x16\x16\x16\x16\x16\x16\x16\x16"),
        SLICE_INIT("\x16\x03\x01\xff\xff\x01\x00\x00\x00"),
    };
    struct world world = {0};
    serve(&world);
    for (size_t i = 0; i < COUNT_OF(garbage); i++) {
        AUTO_BUF received = BUF_INIT(1 << 16);
        (void)client_talk(&world.fixture, garbage[i], i % 2 == 1, &received);
        cr_expect_lt(received.len, 16, "case %zu: an alert at most", i);
    }
    cr_assert_eq(world.requests, 0);
    /* What one has left behind is nobody else's. */
    AUTO_TLS_CLIENT client;
    connect_tls(&client, &world);
    tls_client_send(&client, SLICE(HELLO));
    cr_assert(tls_client_read_until(&client, HELLO_SEEN));
    finish(&world);
}

Test(tls, a_hello_comes_first_or_not_at_all)
{
    struct world world = {0};
    serve(&world);
    AUTO_BUF received = BUF_INIT(1 << 16);
    const char *text =
        client_talk(&world.fixture, SLICE(HELLO "\x16\x03\x01\x00\x05hello"), false, &received);
    cr_assert_not_null(strstr(text, HELLO_SEEN), "%s", text);
    cr_assert_not_null(strstr(text, "HTTP/1.1 400 "), "%s", text);
    finish(&world);
}

Test(tls, an_answer_that_is_cut_does_not_look_complete)
{
    struct world world = {.aborts = true};
    serve(&world);
    AUTO_TLS_CLIENT client;
    connect_tls(&client, &world);
    tls_client_send(&client, SLICE(HELLO));
    cr_assert_eq(tls_client_read_end(&client), TLS_END_CUT);
    finish(&world);
}

Test(tls, a_client_that_has_said_its_last_word_gets_its_answer)
{
    struct world world = {.waits = true};
    serve(&world);
    AUTO_TLS_CLIENT client;
    connect_tls(&client, &world);
    tls_client_send(&client, SLICE(HELLO));
    cr_assert_eq(SSL_shutdown(client.ssl), 0);
    tls_client_flush(&client);
    pump_for(&world.fixture, 20);
    cr_assert_eq(world.gone, 0);
    http_respond(world.kept, 200, (struct http_headers){NULL, 0}, SLICE("the answer"));
    cr_assert_eq(tls_client_read_end(&client), TLS_END_CLEAN);
    cr_assert_not_null(strstr(buf_cstr(&client.received), "the answer"));
    finish(&world);
}

Test(tls, a_client_that_is_killed_is_gone)
{
    struct world world = {.waits = true};
    serve(&world);
    AUTO_TLS_CLIENT client;
    connect_tls(&client, &world);
    tls_client_send(&client, SLICE(HELLO));
    while (world.kept == NULL) {
        pump(&world.fixture, -1);
    }
    client_reset(&client.fd);
    while (world.gone == 0) {
        pump(&world.fixture, -1);
    }
    cr_assert(http_is_tls(world.kept));
    http_respond(world.kept, 200, (struct http_headers){NULL, 0}, SLICE("too late"));
    finish(&world);
}

Test(tls, new_keys_are_taken)
{
    struct world world = {0};
    serve(&world);
    AUTO_TLS_CLIENT client;
    connect_tls(&client, &world);
    for (int i = 0; i < 100; i++) {
        cr_assert_eq(SSL_key_update(client.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
        tls_client_send(&client, SLICE(HELLO));
        cr_assert(tls_client_read_until(&client, HELLO_SEEN));
        buf_clear(&client.received);
    }
    finish(&world);
}

Test(tls, a_client_that_renegotiates_is_closed)
{
    struct world world = {0};
    serve(&world);
    AUTO_TLS_CLIENT client;
    tls_client_start(&client, &world.fixture);
    tls_client_set_version(&client, TLS1_2_VERSION);
    cr_assert(tls_client_shake_hands(&client));
    cr_assert_eq(SSL_renegotiate(client.ssl), 1);
    cr_assert_eq(SSL_do_handshake(client.ssl), -1);
    tls_client_flush(&client);
    AUTO_BUF received = BUF_INIT(1 << 16);
    (void)client_read_end(&world.fixture, client.fd, &received);
    cr_assert_eq(http_server_connections(world.fixture.server), 0);
    finish(&world);
}

static void on_stopped(void *ctx)
{
    *(bool *)ctx = true;
}

Test(tls, a_server_that_stops_says_so)
{
    struct world world = {0};
    serve(&world);
    AUTO_TLS_CLIENT idle;
    connect_tls(&idle, &world);
    AUTO_TLS_CLIENT half;
    tls_client_start(&half, &world.fixture);
    cr_assert_eq(SSL_do_handshake(half.ssl), -1);
    tls_client_flush(&half);
    pump_for(&world.fixture, 20);
    bool is_stopped = false;
    http_server_destroy(world.fixture.server, 5000, on_stopped, &is_stopped);
    world.fixture.server = NULL;
    cr_assert_eq(tls_client_read_end(&idle), TLS_END_CLEAN);
    cr_assert_neq(tls_client_read_end(&half), TLS_END_CLEAN);
    pump_until(&world.fixture, &is_stopped);
    finish(&world);
}

Test(tls, tells_of_clients_that_do_not_trust_it)
{
    struct world world = {0};
    serve(&world);
    AUTO_TLS_CLIENT client;
    tls_client_start(&client, &world.fixture);
    SSL_set_verify(client.ssl, SSL_VERIFY_PEER, NULL);
    cr_assert(!tls_client_shake_hands(&client));
    AUTO_BUF received = BUF_INIT(1 << 16);
    (void)client_read_end(&world.fixture, client.fd, &received);
    cr_assert_eq(world.untrusted, 1);
    cr_assert_eq(world.not_spoken, 0);
    finish(&world);
}

Test(tls, a_hello_is_refused_and_told_where_it_is_not_spoken)
{
    struct world world = {0};
    fixture_init(&world.fixture);
    world.fixture.on_tls_trouble = on_trouble;
    fixture_serve(&world.fixture, on_request, &world, (struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 16);
    const char *text =
        client_talk(&world.fixture, SLICE("\x16\x03\x01\x00\x05hello"), false, &received);
    cr_assert_not_null(strstr(text, "HTTP/1.1 400 "), "%s", text);
    cr_assert_eq(world.not_spoken, 1);
    (void)client_talk(&world.fixture, SLICE(HELLO), false, &received);
    cr_assert_eq(world.not_spoken, 1);
    fixture_finish(&world.fixture);
}

Test(tls, says_what_is_wrong_with_a_certificate_or_its_key)
{
    struct tls_identity ec, other, rsa;
    tls_identity_make(&ec, "ec");
    tls_identity_make(&other, "ec");
    tls_identity_make(&rsa, "rsa");
    AUTO_BUF broken = BUF_INIT(1 << 16);
    buf_append(&broken, buf_slice(&ec.certificate));
    buf_append_text(&broken, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    AUTO_BUF chain = BUF_INIT(1 << 16);
    buf_append(&chain, buf_slice(&ec.certificate));
    buf_append(&chain, buf_slice(&rsa.certificate));
    const struct {
        struct slice certificate, key;
        const char *fault; /* a part of it; NULL: it is taken */
    } cases[] = {
        {buf_slice(&ec.certificate), buf_slice(&ec.key), NULL},
        {buf_slice(&rsa.certificate), buf_slice(&rsa.key), NULL},
        {buf_slice(&chain), buf_slice(&ec.key), NULL},
        {SLICE(""), buf_slice(&ec.key), "the certificate is not one in PEM"},
        {SLICE("no PEM"), buf_slice(&ec.key), "the certificate is not one in PEM"},
        {buf_slice(&ec.key), buf_slice(&ec.key), "the certificate is not one in PEM"},
        {buf_slice(&broken), buf_slice(&ec.key), "certificates behind the first"},
        {buf_slice(&ec.certificate), SLICE(""), "the key is not a private one in PEM"},
        {buf_slice(&ec.certificate), buf_slice(&ec.certificate), "the key is not a private one"},
        {buf_slice(&ec.certificate), buf_slice(&other.key), "does not belong to"},
        {buf_slice(&ec.certificate), buf_slice(&rsa.key), "does not belong to"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tls *tls = NULL;
        struct fault fault = {.text = ""};
        enum status status = tls_create(cases[i].certificate, cases[i].key, &tls, &fault);
        cr_expect_eq(status, cases[i].fault == NULL ? STATUS_OK : STATUS_INVALID, "case %zu", i);
        if (cases[i].fault != NULL) {
            cr_expect_not_null(strstr(fault.text, cases[i].fault), "case %zu: %s", i, fault.text);
        }
        tls_destroy(tls);
    }
    tls_identity_finish(&ec);
    tls_identity_finish(&other);
    tls_identity_finish(&rsa);
}
