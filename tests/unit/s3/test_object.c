#include "scheduler/s3/object.h"

#include "core/mem.h"
#include "scheduler/s3/cors.h"
#include "scheduler/s3/lifecycle.h"
#include "scheduler/s3/notification.h"
#include "scheduler/s3/tags.h"

#include <criterion/criterion.h>

static struct object example(void)
{
    static const struct http_header headers[] = {
        {SLICE_INIT("content-type"), SLICE_INIT("text/plain")},
        {SLICE_INIT("x-amz-meta-a"), SLICE_INIT("")},
    };
    static const struct http_header tags[] = {{SLICE_INIT("t"), SLICE_INIT("1")}};
    static const struct object_part parts[] = {
        {.body = {.id = 1ULL << 33 | 7, .size = 5 << 20},
         .number = 1,
         .checksum = SLICE_INIT("abc=")},
        {.body = {.id = 9, .size = 3, .is_inline = true}, .number = 10000},
    };
    return (struct object){
        .number = 0x0102030405060708,
        .modified_ms = 1700000000123,
        .size = (5 << 20) + 3,
        .salt = "0123456789abcde",
        .is_multipart = true,
        .is_composite = true,
        .algorithm = CHECKSUM_SHA256,
        .checksum = SLICE("xyz=-2"),
        .etag = SLICE("0123-2"),
        .storage_class = SLICE("GLACIER"),
        .lock_mode = LOCK_COMPLIANCE,
        .lock_until_ms = 1800000000000,
        .has_legal_hold = true,
        .acl = SLICE("<Grant/>"),
        .headers = {headers, 2},
        .tags = {tags, 1},
        .parts = parts,
        .part_count = 2,
    };
}

Test(object, comes_back_as_it_was_written)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF record = BUF_INIT(4096);
    AUTO_BUF again = BUF_INIT(4096);
    struct object object = example(), back;
    object_encode(&record, &object);
    cr_assert(object_decode(&arena, buf_slice(&record), &back));
    object_encode(&again, &back);
    cr_expect(slice_eq(buf_slice(&record), buf_slice(&again)));
    cr_expect(back.parts[1].body.is_inline && back.parts[1].number == 10000);
    cr_expect(slice_is(back.headers.items[0].value, "text/plain"));
    cr_assert(object_decode_head(buf_slice(&record), &back));
    cr_expect(slice_is(back.etag, "0123-2") && back.size == object.size && back.has_legal_hold);
}

Test(object, a_record_that_is_cut_or_longer_is_damaged)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF record = BUF_INIT(4096);
    struct object object = example(), back;
    object_encode(&record, &object);
    for (size_t len = 0; len < record.len; len++) {
        cr_expect_not(object_decode(&arena, slice_take(buf_slice(&record), len), &back), "%zu",
                      len);
    }
    buf_append_char(&record, '\0');
    cr_expect_not(object_decode(&arena, buf_slice(&record), &back));
    record.ptr[0] = 99;
    cr_expect_not(object_decode_head(buf_slice(&record), &back));
}

Test(object, a_version_id_tells_its_number_and_nothing_else_is_one)
{
    char id[VERSION_ID_LEN + 1], salt[SALT_LEN];
    uint64_t number;
    version_id_write(id, 123456789, "abcdefghijklmnop");
    cr_assert(version_id_parse(slice_from(id), &number, salt));
    cr_expect(number == 123456789 && memcmp(salt, "abcdefghijklmnop", SALT_LEN) == 0);
    cr_expect_not(version_id_parse(SLICE("null"), &number, salt));
    cr_expect_not(version_id_parse(SLICE(""), &number, salt));
    id[5] = '!';
    cr_expect_not(version_id_parse(slice_from(id), &number, salt));
    id[5] = '\0';
    cr_expect_not(version_id_parse(slice_of(id, VERSION_ID_LEN), &number, salt));
}

Test(object, older_versions_of_a_key_stand_newest_first_before_longer_keys)
{
    char a[WIDE_KEY_MAX], b[WIDE_KEY_MAX];
    struct slice newer = older_key(a, SLICE("k"), 9), older = older_key(b, SLICE("k"), 8), key;
    uint64_t number;
    cr_expect_lt(slice_compare(newer, older), 0);
    cr_expect_lt(slice_compare(older, older_key(a, SLICE("k\x01"), UINT64_MAX)), 0);
    cr_assert(older_key_split(older, &key, &number));
    cr_expect(slice_is(key, "k") && number == 8);
    cr_expect_not(older_key_split(SLICE("short"), &key, &number));
}

/* --- configurations --- */

static const struct xml_node *parse(struct arena *arena, const char *text)
{
    const struct xml_node *root = NULL;
    cr_assert_eq(xml_read(arena, slice_from(text), &root), STATUS_OK, "%s", text);
    return root;
}

Test(cors, origins_methods_and_headers_must_all_fit)
{
    static const struct {
        const char *origin, *method, *headers;
        bool fits;
    } rows[] = {
        {"http://a.example", "GET", NULL, true},
        {"http://a.example", "PUT", NULL, false},
        {"http://x.b.example", "GET", "X-Amz-Date, content-type", true},
        {"http://.b.example", "GET", NULL, false}, /* the star stands for something */
        {"http://a.example", "GET", "authorization", false},
        {"http://a.example.evil", "GET", NULL, false},
        {"http://c.example", "GET", NULL, false},
    };
    struct cors *cors = cors_create(
        SLICE("<CORSConfiguration><CORSRule><AllowedOrigin>http://a.example</AllowedOrigin>"
              "<AllowedOrigin>http://*.b.example</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
              "<AllowedHeader>x-amz-*</AllowedHeader><AllowedHeader>Content-Type</AllowedHeader>"
              "</CORSRule></CORSConfiguration>"));
    cr_assert_not_null(cors);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(cors_match(cors, slice_from(rows[i].origin), slice_from(rows[i].method),
                                slice_from(rows[i].headers)) != NULL,
                     rows[i].fits, "row %zu", i);
    }
    cors_destroy(cors);
}

#define QUEUE(id, event, filter)                                                                   \
    "<QueueConfiguration><Id>" id "</Id><Queue>arn:aws:sqs:us-east-1:000000000000:q</Queue>"       \
    "<Event>" event "</Event>" filter "</QueueConfiguration>"
#define FILTER(name, value)                                                                        \
    "<Filter><S3Key><FilterRule><Name>" name "</Name><Value>" value                                \
    "</Value></FilterRule></S3Key></Filter>"

Test(notification, configurations_that_could_tell_twice_are_refused)
{
    static const struct {
        const char *rules;
        const char *want; /* a piece of the message; NULL: fine */
    } rows[] = {
        {"", NULL},
        {QUEUE("1", "s3:ObjectCreated:*", "") QUEUE("2", "s3:ObjectRemoved:*", ""), NULL},
        {QUEUE("1", "s3:ObjectCreated:*", "") QUEUE("2", "s3:ObjectCreated:Put", ""), "overlap"},
        {QUEUE("1", "s3:ObjectCreated:*", FILTER("prefix", "a"))
             QUEUE("2", "s3:ObjectCreated:*", FILTER("prefix", "b")),
         NULL},
        {QUEUE("1", "s3:ObjectCreated:*", FILTER("prefix", "a"))
             QUEUE("2", "s3:ObjectCreated:*", FILTER("suffix", "b")),
         "ambiguously"},
        {QUEUE("1", "s3:ObjectCreated:*", "") QUEUE("1", "s3:ObjectRemoved:*", ""), "Same ID"},
        {QUEUE("1", "s3:Object:*", ""), "not supported"},
        {QUEUE("1", "s3:ObjectCreated:*", FILTER("infix", "a")), "prefix or suffix"},
        {"<QueueConfiguration><Queue>arn:aws:sns:us-east-1:0:t</Queue>"
         "<Event>s3:ObjectCreated:*</Event></QueueConfiguration>",
         "could not be parsed"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct slice xml;
        const char *text = arena_cstr(
            &arena,
            arena_printf(&arena, "<NotificationConfiguration>%s</NotificationConfiguration>",
                         rows[i].rules));
        const struct refusal *refusal = notification_check(&arena, parse(&arena, text), &xml);
        cr_assert_eq(refusal == NULL, rows[i].want == NULL, "row %zu", i);
        cr_expect(refusal == NULL ||
                      slice_search(refusal->message, slice_from(rows[i].want)) != SLICE_NPOS,
                  "row %zu", i);
    }
}

Test(notification, filters_match_the_key_as_it_is_told)
{
    struct notifications *read = notifications_create(SLICE("<NotificationConfiguration>" QUEUE(
        "1", "s3:ObjectCreated:*", FILTER("prefix", "a+b")) "</NotificationConfiguration>"));
    cr_assert_not_null(read);
    const struct notification_rule *rule = &read->rules[0];
    cr_expect(notification_matches(rule, SLICE("s3:ObjectCreated:Put"), SLICE("a+b.jpg")));
    cr_expect_not(notification_matches(rule, SLICE("s3:ObjectCreated:Put"), SLICE("a b.jpg")));
    cr_expect_not(notification_matches(rule, SLICE("s3:ObjectRemoved:Delete"), SLICE("a+b.jpg")));
    notifications_destroy(read);
}

Test(lifecycle, days_end_at_the_next_midnight)
{
    cr_expect_eq(lifecycle_days_after(10 * DAY_MS, 1), 11 * DAY_MS);
    cr_expect_eq(lifecycle_days_after(10 * DAY_MS + 1, 1), 12 * DAY_MS);
    cr_expect_eq(lifecycle_days_after(11 * DAY_MS - 1, 1), 12 * DAY_MS);
}

Test(lifecycle, a_rule_covers_what_all_of_its_filter_fits)
{
    struct lifecycle *read = lifecycle_create(
        SLICE("<LifecycleConfiguration><Rule><ID>r</ID><Status>Enabled</Status><Filter><And>"
              "<Prefix>a/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag>"
              "<ObjectSizeGreaterThan>10</ObjectSizeGreaterThan></And></Filter>"
              "<Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>"));
    const struct http_header tag = {SLICE("k"), SLICE("v")}, other = {SLICE("k"), SLICE("w")};
    cr_assert_not_null(read);
    const struct lifecycle_rule *rule = &read->rules[0];
    cr_expect(lifecycle_covers(rule, SLICE("a/x"), 11, (struct http_headers){&tag, 1}));
    cr_expect_not(lifecycle_covers(rule, SLICE("a/x"), 10, (struct http_headers){&tag, 1}));
    cr_expect_not(lifecycle_covers(rule, SLICE("b/x"), 11, (struct http_headers){&tag, 1}));
    cr_expect_not(lifecycle_covers(rule, SLICE("a/x"), 11, (struct http_headers){&other, 1}));
    cr_expect_not(lifecycle_covers(rule, SLICE("a/x"), 11, (struct http_headers){NULL, 0}));
    lifecycle_destroy(read);
}

Test(bucket, names_are_three_to_63_lower_case_letters_digits_dots_and_hyphens)
{
    static const char *const good[] = {
        "abc", "a-b", "1.2.3", "a.b.c",
        "012345678901234567890123456789012345678901234567890123456789012"};
    static const char *const bad[] = {
        "",        "ab",   "Abc",
        "a_b",     "-ab",  "ab-",
        ".ab",     "a..b", "ab.",
        "1.2.3.4", "a b",  "0123456789012345678901234567890123456789012345678901234567890123"};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        cr_expect(bucket_name_is_valid(slice_from(good[i])), "%s", good[i]);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        cr_expect_not(bucket_name_is_valid(slice_from(bad[i])), "%s", bad[i]);
    }
}
