/* CBOR and JSON, both ways. */
#include "core/api/cbor.h"
#include "support.h"

#include "core/json_writer.h"
#include "core/mem.h"

#include <criterion/criterion.h>

TestSuite(cbor);

static const char *const blobs[] = {"Data", NULL};
static const char *const times[] = {"At", "Times", NULL};
static const struct cbor_members members = {blobs, times};

Test(cbor, each_item_has_its_form_in_json)
{
    static const struct {
        struct slice cbor;
        const char *want; /* NULL: refused */
    } rows[] = {
        /* RFC 8949, appendix A */
        {SLICE_INIT("\x00"), "0"},
        {SLICE_INIT("\x17"), "23"},
        {SLICE_INIT("\x18\x64"), "100"},
        {SLICE_INIT("\x19\x03\xe8"), "1000"},
        {SLICE_INIT("\x1b\x00\x00\x00\xe8\xd4\xa5\x10\x00"), "1000000000000"},
        {SLICE_INIT("\x1b\xff\xff\xff\xff\xff\xff\xff\xff"), "18446744073709551615"},
        {SLICE_INIT("\x3b\xff\xff\xff\xff\xff\xff\xff\xff"), "-1.8446744073709552e+19"},
        {SLICE_INIT("\x20"), "-1"},
        {SLICE_INIT("\x39\x03\xe7"), "-1000"},
        {SLICE_INIT("\xf9\x3c\x00"), "1"},
        {SLICE_INIT("\xf9\x3e\x00"), "1.5"},
        {SLICE_INIT("\xf9\x7b\xff"), "65504"},
        {SLICE_INIT("\xf9\xc4\x00"), "-4"},
        {SLICE_INIT("\xf9\x00\x01"), "5.9604644775390625e-08"},
        {SLICE_INIT("\xfa\x47\xc3\x50\x00"), "100000"},
        {SLICE_INIT("\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a"), "1.1"},
        {SLICE_INIT("\xf9\x7c\x00"), "\"Infinity\""},
        {SLICE_INIT("\xfb\xff\xf0\x00\x00\x00\x00\x00\x00"), "\"-Infinity\""},
        {SLICE_INIT("\xf9\x7e\x00"), "\"NaN\""},
        {SLICE_INIT("\xf4"), "false"},
        {SLICE_INIT("\xf5"), "true"},
        {SLICE_INIT("\xf6"), "null"},
        {SLICE_INIT("\xf7"), "null"},
        {SLICE_INIT("\x40"), "\"\""},
        {SLICE_INIT("\x44\x01\x02\x03\x04"), "\"AQIDBA==\""},
        {SLICE_INIT("\x5f\x42\x01\x02\x42\x03\x04\xff"), "\"AQIDBA==\""},
        {SLICE_INIT("\x64IETF"), "\"IETF\""},
        {SLICE_INIT("\x62\"\\"), "\"\\\"\\\\\""},
        {SLICE_INIT("\x7f\x65strea\x64ming\xff"), "\"streaming\""},
        {SLICE_INIT("\x80"), "[]"},
        {SLICE_INIT("\x83\x01\x82\x02\x03\x82\x04\x05"), "[1,[2,3],[4,5]]"},
        {SLICE_INIT("\x9f\x01\x82\x02\x03\x9f\x04\x05\xff\xff"), "[1,[2,3],[4,5]]"},
        {SLICE_INIT("\xa0"), "{}"},
        {SLICE_INIT("\xa2\x61\x61\x01\x61\x62\x82\x02\x03"), "{\"a\":1,\"b\":[2,3]}"},
        {SLICE_INIT("\xbf\x61\x61\x01\x61\x62\x9f\x02\x03\xff\xff"), "{\"a\":1,\"b\":[2,3]}"},
        {SLICE_INIT("\xc1\x1b\x00\x00\x01\x67\xb2\x85\x3a\x1b"), "1544888334.875"},
        {SLICE_INIT("\xc1\xfb\x41\xd4\x52\xd9\xec\x20\x00\x00"), "1363896.2405"},
        {SLICE_INIT("\xc1\x20"), "-0.001"},
        {SLICE_INIT("\xd9\xd9\xf7\x01"), "1"},
        {SLICE_INIT(""), NULL},
        {SLICE_INIT("\x01\x02"), NULL}, /* something follows */
        {SLICE_INIT("\x19\x03"), NULL}, /* cut off */
        {SLICE_INIT("\x44\x01\x02\x03"), NULL},
        {SLICE_INIT("\x5b\xff\xff\xff\xff\xff\xff\xff\xff\x01"), NULL},
        {SLICE_INIT("\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x01"), NULL},
        {SLICE_INIT("\x9f\x01"), NULL}, /* no end */
        {SLICE_INIT("\xff"), NULL},     /* an end of nothing */
        {SLICE_INIT("\x1c"), NULL},     /* reserved */
        {SLICE_INIT("\x1f"), NULL},
        {SLICE_INIT("\xdf\x01"), NULL},
        {SLICE_INIT("\xa1\x01\x02"), NULL}, /* a key that is no text */
        {SLICE_INIT("\xa1\x61\x61"), NULL},
        {SLICE_INIT("\x61\xff"), NULL},                 /* no UTF-8 */
        {SLICE_INIT("\x7f\x41\x61\xff"), NULL},         /* bytes in a text */
        {SLICE_INIT("\x7f\x7f\x61\x61\xff\xff"), NULL}, /* endless in endless */
        {SLICE_INIT("\xc1\x61\x61"), NULL},
        {SLICE_INIT("\xe0"), NULL}, /* unassigned */
        {SLICE_INIT("\xf8\x20"), NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF json = BUF_INIT(4096);
        struct fault fault = {STATUS_OK, ""};
        enum status status = cbor_to_json(&json, rows[i].cbor, CBOR_MILLISECONDS, &fault);
        cr_expect_eq(status, rows[i].want != NULL ? STATUS_OK : STATUS_INVALID, "case %zu: %s", i,
                     fault.text);
        if (rows[i].want != NULL && status == STATUS_OK) {
            cr_expect_str_eq(buf_cstr(&json), rows[i].want, "case %zu: %s", i, buf_cstr(&json));
        }
    }
}

Test(cbor, seconds_are_seconds_where_they_are_counted)
{
    AUTO_BUF json = BUF_INIT(4096);
    struct fault fault;
    cr_expect_eq(cbor_to_json(&json, SLICE("\xc1\x1a\x51\x4b\x67\xb0"), CBOR_SECONDS, &fault),
                 STATUS_OK);
    cr_expect_str_eq(buf_cstr(&json), "1363896240");
}

Test(cbor, names_tell_bytes_and_times_in_json)
{
    static const struct {
        const char *json;
        enum cbor_time time;
        struct slice want;
    } rows[] = {
        {"{\"Data\":\"AQI=\"}", CBOR_MILLISECONDS,
         SLICE_INIT("\xbf\x64"
                    "Data\x42\x01\x02\xff")},
        {"{\"Text\":\"AQI=\"}", CBOR_MILLISECONDS,
         SLICE_INIT("\xbf\x64"
                    "Text\x64"
                    "AQI=\xff")},
        {"{\"Data\":\"a b\"}", CBOR_MILLISECONDS,
         SLICE_INIT("\xbf\x64"
                    "Data\x63"
                    "a b\xff")},
        {"{\"At\":1.5}", CBOR_MILLISECONDS,
         SLICE_INIT("\xbf\x62"
                    "At\xc1\x19\x05\xdc\xff")},
        {"{\"At\":1545084650.987}", CBOR_MILLISECONDS,
         SLICE_INIT("\xbf\x62"
                    "At\xc1\x1b\x00\x00\x01\x67\xbe\x38\xc5\xeb\xff")},
        {"{\"At\":2}", CBOR_SECONDS,
         SLICE_INIT("\xbf\x62"
                    "At\xc1\x02\xff")},
        {"{\"At\":1.5}", CBOR_SECONDS,
         SLICE_INIT("\xbf\x62"
                    "At\xc1\xfb\x3f\xf8\x00\x00\x00\x00\x00\x00\xff")},
        {"{\"Times\":[1,2]}", CBOR_SECONDS,
         SLICE_INIT("\xbf\x65"
                    "Times\x9f\xc1\x01\xc1\x02\xff\xff")},
        {"[0,-1,24,-500,70000,18446744073709551615]", CBOR_SECONDS,
         SLICE_INIT("\x9f\x00\x20\x18\x18\x39\x01\xf3\x1a\x00\x01\x11\x70\x1b\xff\xff\xff\xff\xff"
                    "\xff\xff\xff\xff")},
        {"[true,false,null,1.5]", CBOR_SECONDS,
         SLICE_INIT("\x9f\xf5\xf4\xf6\xfb\x3f\xf8\x00\x00\x00\x00\x00\x00\xff")},
        {"{}", CBOR_SECONDS, SLICE_INIT("\xbf\xff")},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF cbor = BUF_INIT(4096);
        cbor_from_json(&cbor, slice_from(rows[i].json), &members, rows[i].time);
        cr_expect(slice_eq(buf_slice(&cbor), rows[i].want), "case %zu: %s", i, rows[i].json);
    }
}

Test(cbor, nesting_has_a_limit)
{
    AUTO_BUF cbor = BUF_INIT(100000);
    AUTO_BUF json = BUF_INIT(100000);
    struct fault fault;
    for (int i = 0; i < 5000; i++) {
        buf_append_char(&cbor, '\x81');
    }
    buf_append_char(&cbor, '\x01');
    cr_expect_eq(cbor_to_json(&json, buf_slice(&cbor), CBOR_SECONDS, &fault), STATUS_INVALID);
    buf_clear(&cbor);
    for (int i = 0; i < 5000; i++) {
        buf_append_char(&cbor, '\xc2');
    }
    buf_append_char(&cbor, '\x01');
    cr_expect_eq(cbor_to_json(&json, buf_slice(&cbor), CBOR_SECONDS, &fault), STATUS_INVALID);
}

/* --- on the edge --- */

static void op_show(struct api_call *call, void *ctx)
{
    (void)ctx;
    AUTO_BUF json = BUF_INIT(4096);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    json_put_string(&w, "Saw", api_body(call));
    json_put_text(&w, "Data", "AQI=");
    json_close(&w, '}');
    api_reply_json(call, 200, buf_slice(&json));
}

static const struct api_op show_ops[] = {{"Show", op_show, NULL, NULL, false},
                                         {NULL, NULL, NULL, NULL, false}};
static const char *const show_targets[] = {"Show_1", NULL};
static const struct wire_error no_errors[STATUS_COUNT];
static const struct api_service showing = {
    .name = "show",
    .target_prefixes = show_targets,
    .protocol = API_JSON,
    .json_version = "1.1",
    .ops = show_ops,
    .errors = no_errors,
    .cbor_members = &members,
};

Test(cbor, an_answer_is_what_its_request_was)
{
    static const struct {
        const char *type;
        const char *operation;
        struct slice body;
        const char *status;
        struct slice want; /* within the answer */
    } rows[] = {
        {"application/x-amz-json-1.1", "Show", SLICE_INIT("{}"), "200",
         SLICE_INIT("application/x-amz-json-1.1")},
        {"application/x-amz-json-1.1", "Show", SLICE_INIT("{}"), "200",
         SLICE_INIT("{\"Saw\":\"{}\",\"Data\":\"AQI=\"}")},
        {"application/x-amz-cbor-1.1", "Show", SLICE_INIT("\xa1\x61k\x41\x01"), "200",
         SLICE_INIT("Content-Type: application/x-amz-cbor-1.1\r\n")},
        {"application/x-amz-cbor-1.1; x=y", "Show", SLICE_INIT("\xa1\x61k\x41\x01"), "200",
         SLICE_INIT("\r\n\r\n\xbf\x63Saw\x6c{\"k\":\"AQ==\"}\x64"
                    "Data\x42\x01\x02\xff")},
        {"application/x-amz-cbor-1.1", "Show", SLICE_INIT("\xa1\x61k"), "400",
         SLICE_INIT("\xbf\x66__type\x76SerializationException\x67message\x78")},
        {"application/x-amz-cbor-1.1", "Hide", SLICE_INIT("\xa0"), "400",
         SLICE_INIT("\xbf\x66__type\x78\x19UnknownOperationException\x67message\x78")},
    };
    struct fixture fixture;
    fixture_init(&fixture);
    edge_register(fixture.edge, &showing, NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF request = BUF_INIT(4096);
        buf_printf(&request,
                   "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Amz-Target: "
                   "Show_1.%s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                   rows[i].operation, rows[i].type, rows[i].body.len);
        buf_append(&request, rows[i].body);
        const char *got =
            talk_all(&fixture.loop, fixture.port, buf_slice(&request), &fixture.received);
        cr_expect(strncmp(got + strlen("HTTP/1.1 "), rows[i].status, 3) == 0, "case %zu: %s", i,
                  got);
        cr_expect_neq(slice_search(buf_slice(&fixture.received), rows[i].want), SLICE_NPOS,
                      "case %zu: %s", i, got);
    }
    fixture_finish(&fixture);
}
