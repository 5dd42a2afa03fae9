#include "core/calendar.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/jwt/claims.h"

#include <stdlib.h>

#define CLAIM_TEXT_MAX                                                                             \
    (1u << 20) /* bytes of one claim as text: never more than the token's few times */

struct member {
    struct slice name;  /* as it is meant, without escapes */
    struct slice value; /* raw */
    size_t place;
};

struct members {
    struct member *items;
    size_t count;
};

static int by_name(const void *a, const void *b)
{
    const struct member *left = a;
    const struct member *right = b;
    int order = slice_compare(left->name, right->name);
    return order != 0 ? order : left->place < right->place ? -1 : left->place > right->place;
}

static int by_place(const void *a, const void *b)
{
    const struct member *left = a;
    const struct member *right = b;
    return left->place < right->place ? -1 : left->place > right->place;
}

/* Of members of one name the last counts. */
static struct members members_of(struct arena *arena, struct slice object, bool is_sorted)
{
    struct members members = {.count = 0};
    struct slice key, value;
    size_t count = 0;
    for (int pass = 0; pass < 2; pass++) { /* counts, then reads */
        struct json_scan scan = json_scan_object(object);
        for (count = 0; json_scan_member(&scan, &key, &value); count++) {
            if (pass == 1) {
                struct member *member = &members.items[count];
                *member = (struct member){.name = key, .value = value, .place = count};
                (void)!json_raw_key(arena, key, &member->name);
            }
        }
        if (pass == 0) {
            members.items = arena_array(arena, count, sizeof *members.items);
        }
    }
    if (count > 1) {
        qsort(members.items, count, sizeof *members.items, by_name);
    }
    for (size_t i = 0; i < count; i++) {
        if (i + 1 == count || !slice_eq(members.items[i].name, members.items[i + 1].name)) {
            members.items[members.count++] = members.items[i];
        }
    }
    if (!is_sorted && members.count > 1) {
        qsort(members.items, members.count, sizeof *members.items, by_place);
    }
    return members;
}

static void put_string(struct arena *arena, struct buf *buf, struct slice raw)
{
    struct slice text;
    if (json_raw_string(arena, raw, &text)) {
        buf_append(buf, text);
    }
}

/* --- Go --- */

static void put_go(struct arena *arena, struct buf *buf, struct slice raw);

static void put_go_list(struct arena *arena, struct buf *buf, struct slice raw)
{
    struct json_scan scan = json_scan_array(raw);
    struct slice element;
    buf_append_char(buf, '[');
    for (bool is_first = true; json_scan_element(&scan, &element); is_first = false) {
        if (!is_first) {
            buf_append_char(buf, ' ');
        }
        put_go(arena, buf, element);
    }
    buf_append_char(buf, ']');
}

static void put_go_map(struct arena *arena, struct buf *buf, struct slice raw)
{
    struct members members = members_of(arena, raw, true);
    buf_append_text(buf, "map[");
    for (size_t i = 0; i < members.count; i++) {
        if (i > 0) {
            buf_append_char(buf, ' ');
        }
        buf_append(buf, members.items[i].name);
        buf_append_char(buf, ':');
        put_go(arena, buf, members.items[i].value);
    }
    buf_append_char(buf, ']');
}

/* fmt's %v of what encoding/json makes of a value, numbers as json.Number. */
static void put_go(struct arena *arena, struct buf *buf, struct slice raw)
{
    switch (json_raw_kind(raw)) {
    case JSON_NULL:
        buf_append_text(buf, "<nil>");
        return;
    case JSON_BOOL:
    case JSON_NUMBER:
        buf_append(buf, raw);
        return;
    case JSON_STRING:
        put_string(arena, buf, raw);
        return;
    case JSON_ARRAY:
        put_go_list(arena, buf, raw);
        return;
    case JSON_OBJECT:
        put_go_map(arena, buf, raw);
        return;
    }
}

/* --- Java --- */

/* "Wed Feb 01 09:08:04 UTC 2023" */
static bool put_java_date(struct buf *buf, struct slice raw)
{
    static const char weekdays[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int64_t s;
    if (!json_raw_i64(raw, &s) || s < INT64_MIN / 1000 || s > INT64_MAX / 1000) {
        return false;
    }
    struct civil civil = civil_of(s * 1000);
    buf_printf(buf, "%.3s %.3s %02d %02d:%02d:%02d UTC %d", weekdays + 3 * civil.weekday,
               months + 3 * (civil.month - 1), civil.day, civil.hour, civil.minute, civil.second,
               civil.year);
    return true;
}

static void put_java(struct arena *arena, struct buf *buf, struct slice name, struct slice raw)
{
    bool is_date = slice_is(name, "exp") || slice_is(name, "iat") || slice_is(name, "nbf");
    struct json_scan scan = json_scan_array(raw);
    struct slice element;
    if (json_raw_kind(raw) == JSON_STRING) {
        put_string(arena, buf, raw);
    } else if (json_raw_kind(raw) == JSON_ARRAY) {
        for (bool is_first = true; json_scan_element(&scan, &element); is_first = false) {
            if (!is_first) {
                buf_append_char(buf, ',');
            }
            put_java(arena, buf, SLICE(""), element);
        }
    } else if (!is_date || !put_java_date(buf, raw)) {
        buf_append(buf, raw);
    }
}

/* --- events --- */

static void put_claim(struct arena *arena, struct buf *buf, const struct member *member,
                      enum claims_style style)
{
    if (style == CLAIMS_HTTP) {
        put_go(arena, buf, member->value);
    } else {
        put_java(arena, buf, member->name, member->value);
    }
}

void claims_write(struct arena *arena, struct json_writer *w, struct slice claims,
                  enum claims_style style)
{
    AUTO_BUF text = BUF_INIT(CLAIM_TEXT_MAX);
    struct members members = members_of(arena, claims, style == CLAIMS_HTTP);
    json_open(w, '{');
    for (size_t i = 0; i < members.count; i++) {
        if (json_raw_kind(members.items[i].value) != JSON_NULL) {
            buf_clear(&text);
            put_claim(arena, &text, &members.items[i], style);
            json_write_key(w, members.items[i].name);
            json_write_string(w, buf_slice(&text));
        }
    }
    json_close(w, '}');
}

bool claims_write_one(struct arena *arena, struct buf *buf, struct slice claims, struct slice name,
                      enum claims_style style)
{
    struct members members = members_of(arena, claims, false);
    for (size_t i = 0; i < members.count; i++) {
        if (slice_eq(members.items[i].name, name) &&
            json_raw_kind(members.items[i].value) != JSON_NULL) {
            put_claim(arena, buf, &members.items[i], style);
            return true;
        }
    }
    return false;
}
