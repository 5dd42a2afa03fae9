/* What the server makes of bytes: each case whole and one byte at a time, over a real socket. */
#include "support.h"

#include "core/mem.h"

#include <criterion/criterion.h>

struct row {
    const char *name;
    struct slice request;
    const char *want; /* the end of the response, or its beginning when it is a status line */
};

#define OK_LINE "HTTP/1.1 200 OK\r\n"

static const struct row accepted[] = {
    {"plain", SLICE_INIT("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "GET|/||Host=x||"},
    {"query", SLICE_INIT("GET /a%20b?x=1&y=?2 HTTP/1.1\r\nHost: x\r\n\r\n"),
     "GET|/a%20b|x=1&y=?2|Host=x||"},
    {"empty query", SLICE_INIT("GET /a? HTTP/1.1\r\nHost: x\r\n\r\n"), "GET|/a||Host=x||"},
    {"asterisk", SLICE_INIT("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"), "OPTIONS|/||Host=x||"},
    {"absolute form", SLICE_INIT("GET http://h:80/p?q HTTP/1.1\r\nHost: x\r\n\r\n"),
     "GET|/p|q|Host=x||"},
    {"absolute form without path", SLICE_INIT("GET http://h?q HTTP/1.1\r\nHost: x\r\n\r\n"),
     "GET|/|q|Host=x||"},
    {"values trimmed", SLICE_INIT("GET / HTTP/1.1\r\nHost: \t x \t\r\nA:b\r\nC:\r\n\r\n"),
     "GET|/||Host=x,A=b,C=||"},
    {"spaces inside a value", SLICE_INIT("GET / HTTP/1.1\r\nHost: x\r\nA: b  c\r\n\r\n"),
     "GET|/||Host=x,A=b  c||"},
    {"UTF-8 value", SLICE_INIT("GET / HTTP/1.1\r\nHost: x\r\nA: caf\xc3\xa9\r\n\r\n"),
     "GET|/||Host=x,A=caf\xc3\xa9||"},
    {"names twice", SLICE_INIT("GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\na: 2\r\n\r\n"),
     "GET|/||Host=x,A=1,a=2||"},
    {"empty lines before", SLICE_INIT("\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"),
     "GET|/||Host=x||"},
    {"length", SLICE_INIT("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"),
     "POST|/p||Host=x,Content-Length=5|hello|"},
    {"length 0", SLICE_INIT("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"),
     "POST|/p||Host=x,Content-Length=0||"},
    {"zeros before a length",
     SLICE_INIT("PUT /p HTTP/1.1\r\nHost: x\r\nContent-Length: 005\r\n\r\nhello"),
     "PUT|/p||Host=x,Content-Length=005|hello|"},
    {"body with NUL", SLICE_INIT("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na\0b"),
     "POST|/p||Host=x,Content-Length=3|a"},
    {"GET with body", SLICE_INIT("GET /p HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"),
     "GET|/p||Host=x,Content-Length=2|hi|"},
    {"chunked",
     SLICE_INIT("POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"),
     "POST|/p||Host=x,Transfer-Encoding=chunked|abc0123456789|"},
    {"chunked in capitals",
     SLICE_INIT("POST /p HTTP/1.1\r\nHost: x\r\nTRANSFER-ENCODING: CHUNKED\r\n\r\n"
                "3\r\nabc\r\n0\r\n\r\n"),
     "POST|/p||Host=x,TRANSFER-ENCODING=CHUNKED|abc|"},
    {"chunked and empty",
     SLICE_INIT("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                "0\r\n\r\n"),
     "POST|/||Host=x,Transfer-Encoding=chunked||"},
    {"chunk extensions",
     SLICE_INIT("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                "3;a=\"b\"\r\nabc\r\n0;e\r\n\r\n"),
     "POST|/||Host=x,Transfer-Encoding=chunked|abc|"},
    {"trailers",
     SLICE_INIT("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                "3\r\nabc\r\n0\r\nX-Sum: 1 2 \r\nE:\r\nY: z\r\n\r\n"),
     "POST|/||Host=x,Transfer-Encoding=chunked|abc|X-Sum=1 2,E=,Y=z"},
    {"upgrade not taken",
     SLICE_INIT("GET /w HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
     "GET|/w||Host=x,Connection=Upgrade,Upgrade=websocket||"},
    {"upgrade not taken, with length",
     SLICE_INIT("POST /w HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: "
                "h2c\r\nContent-Length: 2\r\n\r\nhi"),
     "POST|/w||Host=x,Connection=Upgrade,Upgrade=h2c,Content-Length=2|hi|"},
    {"upgrade not taken, chunked",
     SLICE_INIT("POST /w HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: "
                "h2c\r\nTransfer-Encoding: chunked\r\n\r\n"
                "2\r\nhi\r\n0\r\n\r\n"),
     "POST|/w||Host=x,Connection=Upgrade,Upgrade=h2c,Transfer-Encoding=chunked|hi|"},
    {"HTTP/1.0", SLICE_INIT("GET / HTTP/1.0\r\n\r\n"), "GET|/||||"},
    {"HTTP/1.0 with length", SLICE_INIT("POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi"),
     "POST|/||Content-Length=2|hi|"},
};

static const struct row refused[] = {
    {"no HTTP", SLICE_INIT("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), "400 Bad Request"},
    {"unknown method", SLICE_INIT("FOO / HTTP/1.1\r\nHost: x\r\n\r\n"), "501 Not Implemented"},
    {"CONNECT", SLICE_INIT("CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n"), "501 Not Implemented"},
    {"no target", SLICE_INIT("GET HTTP/1.1\r\nHost: x\r\n\r\n"), "400 Bad Request"},
    {"space in target", SLICE_INIT("GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"), "400 Bad Request"},
    {"fragment", SLICE_INIT("GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n"), "400 Bad Request"},
    {"control byte in target", SLICE_INIT("GET /a\x01 HTTP/1.1\r\nHost: x\r\n\r\n"),
     "400 Bad Request"},
    {"HTTP/2 preface", SLICE_INIT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "505 HTTP Version"},
    {"HTTP/2.0", SLICE_INIT("GET / HTTP/2.0\r\nHost: x\r\n\r\n"), "505 HTTP Version"},
    {"HTTP/1.7", SLICE_INIT("GET / HTTP/1.7\r\nHost: x\r\n\r\n"), "505 HTTP Version"},
    {"HTTP/0.9", SLICE_INIT("GET /\r\n\r\n"), "505 HTTP Version"},
    {"wrong protocol", SLICE_INIT("GET / HTTX/1.1\r\nHost: x\r\n\r\n"), "400 Bad Request"},
    {"no host", SLICE_INIT("GET / HTTP/1.1\r\nA: b\r\n\r\n"), "400 Bad Request"},
    {"two hosts", SLICE_INIT("GET / HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n"), "400 Bad Request"},
    {"blank before colon", SLICE_INIT("GET / HTTP/1.1\r\nHost : x\r\n\r\n"), "400 Bad Request"},
    {"no colon", SLICE_INIT("GET / HTTP/1.1\r\nHost: x\r\nfoo\r\n\r\n"), "400 Bad Request"},
    {"blank line start", SLICE_INIT("GET / HTTP/1.1\r\n Host: x\r\n\r\n"), "400 Bad Request"},
    {"folded line", SLICE_INIT("GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n"),
     "400 Bad Request"},
    {"bare LF", SLICE_INIT("GET / HTTP/1.1\nHost: x\n\n"), "400 Bad Request"},
    {"bare CR", SLICE_INIT("GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n"), "400 Bad Request"},
    {"NUL in a value", SLICE_INIT("GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n"),
     "400 Bad Request"},
    {"both lengths",
     SLICE_INIT("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: "
                "chunked\r\n\r\n0\r\n\r\n"),
     "400 Bad Request"},
    {"both lengths, other order",
     SLICE_INIT("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: "
                "3\r\n\r\n0\r\n\r\n"),
     "400 Bad Request"},
    {"two lengths",
     SLICE_INIT("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc"),
     "400 Bad Request"},
    {"two equal lengths",
     SLICE_INIT("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
     "400 Bad Request"},
    {"list of lengths", SLICE_INIT("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\nabc"),
     "400 Bad Request"},
    {"signed length", SLICE_INIT("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc"),
     "400 Bad Request"},
    {"negative length", SLICE_INIT("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
     "400 Bad Request"},
    {"empty length", SLICE_INIT("POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n"),
     "400 Bad Request"},
    {"huge length",
     SLICE_INIT("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551616\r\n\r\n"),
     "400 Bad Request"},
    {"length beyond int64",
     SLICE_INIT("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9223372036854775808\r\n\r\n"),
     "400 Bad Request"},
    {"unknown coding", SLICE_INIT("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n"),
     "501 Not Implemented"},
    {"unknown coding before chunked",
     SLICE_INIT("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
     "501 Not Implemented"},
    {"chunked twice",
     SLICE_INIT(
         "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
     "400 Bad Request"},
    {"chunked in two headers",
     SLICE_INIT("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
                "chunked\r\n\r\n0\r\n\r\n"),
     "400 Bad Request"},
    {"coding with a wrong start",
     SLICE_INIT("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
     "501 Not Implemented"},
    {"empty coding", SLICE_INIT("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n\r\n"),
     "501 Not Implemented"},
    {"chunked in HTTP/1.0",
     SLICE_INIT("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
     "400 Bad Request"},
    {"unknown expectation",
     SLICE_INIT("POST / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nContent-Length: 1\r\n\r\na"),
     "417 Expectation Failed"},
};

static const struct row broken_bodies[] = {
    {"chunk size", SLICE_INIT("x\r\nabc\r\n0\r\n\r\n"), ""},
    {"empty chunk size", SLICE_INIT("\r\nabc\r\n0\r\n\r\n"), ""},
    {"chunk size with sign", SLICE_INIT("+3\r\nabc\r\n0\r\n\r\n"), ""},
    {"chunk size with 0x", SLICE_INIT("0x3\r\nabc\r\n0\r\n\r\n"), ""},
    {"blank after size", SLICE_INIT("3 \r\nabc\r\n0\r\n\r\n"), ""},
    {"LF after size", SLICE_INIT("3\nabc\r\n0\r\n\r\n"), ""},
    {"chunk longer than its size", SLICE_INIT("3\r\nabcd\r\n0\r\n\r\n"), ""},
    {"chunk size overflows", SLICE_INIT("FFFFFFFFFFFFFFFFF\r\nabc"), ""},
    {"cut in a chunk", SLICE_INIT("5\r\nabc"), ""},
    {"cut before the last chunk", SLICE_INIT("3\r\nabc\r\n"), ""},
    {"cut in the trailers", SLICE_INIT("3\r\nabc\r\n0\r\nA: b\r\n"), ""},
    {"broken trailer", SLICE_INIT("3\r\nabc\r\n0\r\nA b\r\n\r\n"), ""},
    {"folded trailer", SLICE_INIT("3\r\nabc\r\n0\r\nA: b\r\n c\r\n\r\n"), ""},
};

static struct fixture fixture;

static void set_up(void)
{
    fixture_init(&fixture);
    fixture_serve(&fixture, echo_handler, NULL, (struct http_limits){0});
}

static void tear_down(void)
{
    fixture_finish(&fixture);
}

TestSuite(parser, .init = set_up, .fini = tear_down);

Test(parser, what_a_client_may_send_reaches_the_handler)
{
    AUTO_BUF received = BUF_INIT(1 << 20);
    for (size_t i = 0; i < COUNT_OF(accepted) * 2; i++) {
        const struct row *row = &accepted[i / 2];
        const char *got = client_talk(&fixture, row->request, i % 2 == 1, &received);
        cr_expect(slice_starts_with(slice_from(got), SLICE(OK_LINE)), "%s, %zu: %s", row->name,
                  i % 2, got);
        cr_expect_not_null(strstr(got, row->want), "%s, %zu: %s", row->name, i % 2, got);
    }
}

Test(parser, what_a_client_may_not_send_is_refused_and_the_connection_closed)
{
    AUTO_BUF received = BUF_INIT(1 << 20);
    for (size_t i = 0; i < COUNT_OF(refused) * 2; i++) {
        const struct row *row = &refused[i / 2];
        const char *got = client_talk(&fixture, row->request, i % 2 == 1, &received);
        cr_expect(slice_starts_with(slice_from(got), SLICE("HTTP/1.1 ")) &&
                      slice_starts_with(slice_from(got + 9), slice_from(row->want)),
                  "%s, %zu: %s", row->name, i % 2, got);
        cr_expect_not_null(strstr(got, "\r\nConnection: close\r\n"), "%s: %s", row->name, got);
        cr_expect_not_null(strstr(got, "\r\nContent-Type: application/json\r\n"), "%s: %s",
                           row->name, got);
        cr_expect_not_null(strstr(got, "\r\n\r\n{\"message\":null}"), "%s: %s", row->name, got);
        cr_expect_null(strstr(got + 9, "HTTP/1.1"), "%s: answered twice: %s", row->name, got);
    }
}

Test(parser, a_broken_chunked_body_is_told_to_the_handler_as_invalid)
{
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_BUF request = BUF_INIT(1 << 20);
    for (size_t i = 0; i < COUNT_OF(broken_bodies) * 2; i++) {
        const struct row *row = &broken_bodies[i / 2];
        buf_clear(&request);
        buf_append_text(&request,
                        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
        buf_append(&request, row->request);
        const char *got = client_talk(&fixture, buf_slice(&request), i % 2 == 1, &received);
        cr_expect(slice_starts_with(slice_from(got), SLICE("HTTP/1.1 400 ")), "%s, %zu: %s",
                  row->name, i % 2, got);
        cr_expect_not_null(strstr(got, status_name(STATUS_INVALID)), "%s, %zu: %s", row->name,
                           i % 2, got);
        cr_expect_not_null(strstr(got, "\r\nConnection: close\r\n"), "%s: %s", row->name, got);
    }
}

Test(parser, pipelined_requests_are_answered_in_order)
{
    AUTO_BUF received = BUF_INIT(1 << 20);
    struct slice requests =
        SLICE("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
              "POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
              "POST /3 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
              "3\r\nabc\r\n0\r\n\r\n"
              "GET /4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
              "GET /5 HTTP/1.1\r\nHost: x\r\n\r\n");
    for (int i = 0; i < 2; i++) {
        const char *at = client_talk(&fixture, requests, i == 1, &received);
        static const char *const wanted[] = {"GET|/1|", "POST|/2|", "POST|/3|",
                                             "\r\nConnection: close\r\n", "GET|/4|"};
        for (size_t k = 0; k < COUNT_OF(wanted); k++) {
            const char *found = strstr(at, wanted[k]);
            cr_assert_not_null(found, "%d: %s not in %s", i, wanted[k], at);
            at = found;
        }
        cr_assert_null(strstr(at, "/5"), "answered after Connection: close");
    }
}

Test(parser, a_pipeline_of_thousands_is_answered_without_recursion)
{
    AUTO_BUF received = BUF_INIT(1 << 24);
    AUTO_BUF request = BUF_INIT(1 << 24);
    for (int i = 0; i < 5000; i++) {
        buf_printf(&request, "GET /%d HTTP/1.1\r\nHost: x\r\n\r\n", i);
    }
    const char *at = client_talk(&fixture, buf_slice(&request), false, &received);
    for (int i = 0; i < 5000; i++) {
        char wanted[32];
        (void)snprintf(wanted, sizeof(wanted), "GET|/%d|", i);
        at = strstr(at, wanted);
        cr_assert_not_null(at, "%s", wanted);
    }
}

Test(parser, a_head_and_a_body_of_any_split_are_the_same)
{
    AUTO_BUF received = BUF_INIT(1 << 20);
    struct slice request = SLICE("POST /p?q HTTP/1.1\r\nHost: x\r\nLong-Name: long value \r\n"
                                 "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: u\r\n\r\n");
    for (size_t at = 1; at < request.len; at++) {
        AUTO_CLIENT fd = client_connect(&fixture);
        client_send(&fixture, fd, slice_take(request, at));
        pump(&fixture, -1);
        client_send(&fixture, fd, slice_skip(request, at));
        buf_clear(&received);
        cr_assert(client_read_until(
                      &fixture, fd,
                      "POST|/p|q|Host=x,Long-Name=long value,Transfer-Encoding=chunked|abc|T=u",
                      &received),
                  "cut at %zu: %s", at, buf_cstr(&received));
    }
}
