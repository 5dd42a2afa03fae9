#include "gateway/schema/format.h"

#include "core/ascii.h"
#include "core/calendar.h"
#include "core/mem.h"
#include "gateway/schema/keyword.h"

#include <arpa/inet.h>

#define HOSTNAME_MAX 253
#define HOSTNAME_PARTS_MAX 127
#define HOSTNAME_PART_MAX 63
#define UUID_LEN_MAX 36
#define IPV4_PARTS_AT 12 /* of an IPv6 address that stands for one of IPv4 */

struct format {
    const char *name;
    void (*check)(const struct format *format, struct slice text, struct report *report);
    bool (*is_valid)(struct slice text);
    const char *before, *after; /* of the text, in the error */
    size_t len;                 /* of hexadecimal digits */
};

/* Lengths and places are in UTF-16 units, as Java counts. */
static size_t utf16_len(struct slice text)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        len += (byte & 0xc0) != 0x80 ? 1 : 0;
        len += byte >= 0xf0 ? 1 : 0;
    }
    return len;
}

/* --- date-time --- */

/* The number of so many digits, off the front; -1 when they are none. */
static int take_number(struct slice *text, size_t digits)
{
    int number = 0;
    if (text->len < digits) {
        return -1;
    }
    for (size_t i = 0; i < digits; i++) {
        if (!ascii_is_digit(text->ptr[i])) {
            return -1;
        }
        number = number * 10 + (text->ptr[i] - '0');
    }
    *text = slice_skip(*text, digits);
    return number;
}

static bool take_char(struct slice *text, char c)
{
    if (text->len == 0 ||
        (text->ptr[0] != c && (!ascii_is_letter(c) || text->ptr[0] != (c | 0x20)))) {
        return false;
    }
    *text = slice_skip(*text, 1);
    return true;
}

static bool take_two(struct slice *text, char before, int low, int high)
{
    if (before != '\0' && !take_char(text, before)) {
        return false;
    }
    int number = take_number(text, 2);
    return number >= low && number <= high;
}

static bool take_date(struct slice *text)
{
    int year = take_number(text, 4);
    if (year < 0 || !take_char(text, '-')) {
        return false;
    }
    int month = take_number(text, 2);
    if (month < 1 || month > 12 || !take_char(text, '-')) {
        return false;
    }
    int day = take_number(text, 2);
    return day >= 1 && day <= civil_month_days(year, month);
}

static bool take_fraction(struct slice *text)
{
    size_t digits = 0;
    if (!take_char(text, '.')) {
        return true;
    }
    while (digits < text->len && ascii_is_digit(text->ptr[digits])) {
        digits++;
    }
    *text = slice_skip(*text, digits);
    return digits >= 1 && digits <= 12;
}

/* "Z", "+02", "+02:00", "+0200"; seconds are taken too. */
static bool is_zone(struct slice text)
{
    if (take_char(&text, 'Z')) {
        return text.len == 0;
    }
    if ((!take_char(&text, '+') && !take_char(&text, '-')) || !take_two(&text, '\0', 0, 23)) {
        return false;
    }
    char separator = text.len > 0 && text.ptr[0] == ':' ? ':' : '\0';
    for (int i = 0; i < 2 && text.len > 0; i++) {
        if (!take_two(&text, separator, 0, 59)) {
            return false;
        }
    }
    return text.len == 0;
}

bool format_is_date_time(struct slice text)
{
    return take_date(&text) && take_two(&text, 'T', 0, 23) && take_two(&text, ':', 0, 59) &&
           take_two(&text, ':', 0, 59) && take_fraction(&text) && is_zone(text);
}

/* --- email --- */

static bool is_local_char(char c)
{
    return (unsigned char)c > ' ' && c != 0x7f && strchr("()<>,;:\\\"[]@", c) == NULL;
}

/* "john.doe" or "\"john doe\""; `*ret_len` is where its "@" stands. */
static bool read_local_part(struct slice text, size_t *ret_len)
{
    bool in_quotes = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        char last = i > 0 ? text.ptr[i - 1] : '\0';
        if (c == '\\' || last == '\\') {
            continue;
        }
        if (c == '"') {
            bool is_last = i + 1 == text.len || text.ptr[i + 1] == '@';
            if (in_quotes ? !is_last : i != 0) {
                return false;
            }
            in_quotes = !in_quotes;
        } else if (c == '.' && (i == 0 || last == '.')) {
            return false;
        } else if (!in_quotes && c == '@') {
            *ret_len = i;
            return i > 0 && last != '.';
        } else if (!in_quotes && !is_local_char(c)) {
            return false;
        }
    }
    return false;
}

static bool is_domain(struct slice text)
{
    if (text.len == 0 || text.ptr[0] == '.' || text.ptr[text.len - 1] == '.') {
        return false;
    }
    if (text.ptr[0] == '[') { /* an address, not looked at */
        return slice_find(text, ']') == text.len - 1;
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_plain =
            ascii_is_letter(c) || ascii_is_digit(c) || c == '-' || (unsigned char)c >= 0x80;
        if (!is_plain && (c != '.' || text.ptr[i - 1] == '.')) {
            return false;
        }
    }
    return true;
}

bool format_is_email(struct slice text)
{
    size_t at;
    text = slice_trim(text);
    if (slice_ends_with(text, SLICE(")")) && slice_find(text, '(') != SLICE_NPOS) {
        text = slice_trim(slice_take(text, slice_find(text, '('))); /* "ann@x (Ann)" */
    }
    size_t bracket = slice_rfind(text, '<');
    if (slice_ends_with(text, SLICE(">")) && bracket != SLICE_NPOS) {
        text = slice_of(text.ptr + bracket + 1, text.len - bracket - 2); /* "Ann <ann@x>" */
    }
    return read_local_part(text, &at) && is_domain(slice_skip(text, at + 1));
}

/* --- hostname --- */

static bool is_hostname_part(struct slice part, bool is_last)
{
    if (part.len == 0 || utf16_len(part) > HOSTNAME_PART_MAX) {
        return false;
    }
    for (size_t i = 0; i < part.len; i++) {
        char c = part.ptr[i];
        bool is_dash = c == '-' || c == '_';
        if (is_dash && (i == 0 || i + 1 == part.len)) {
            return false;
        }
        if (!is_dash && !ascii_is_letter(c) && !ascii_is_digit(c) && (unsigned char)c < 0x80) {
            return false;
        }
    }
    return !is_last || !ascii_is_digit(part.ptr[0]);
}

/* Bytes of the dot that `text` begins with, one of four; 0 when it begins with none. */
static size_t dot_len(struct slice text)
{
    static const char *const wide[] = {"\xe3\x80\x82", "\xef\xbc\x8e", "\xef\xbd\xa1"};
    for (size_t i = 0; i < COUNT_OF(wide); i++) {
        if (slice_starts_with(text, slice_from(wide[i]))) {
            return 3;
        }
    }
    return text.len > 0 && text.ptr[0] == '.' ? 1 : 0;
}

bool format_is_hostname(struct slice text)
{
    size_t parts = 0, start = 0;
    if (utf16_len(text) > HOSTNAME_MAX + 1) {
        return false;
    }
    for (size_t i = 0; i < text.len;) {
        size_t dot = dot_len(slice_skip(text, i));
        if (dot == 0) {
            i++;
            continue;
        }
        struct slice part = slice_of(text.ptr + start, i - start);
        i += dot;
        start = i;
        parts++;
        if (!is_hostname_part(part, start == text.len)) {
            return false;
        }
    }
    if (start < text.len) {
        parts++;
        if (!is_hostname_part(slice_skip(text, start), true)) {
            return false;
        }
    }
    size_t dots = start == text.len ? 1 : 0;
    return parts > 0 && parts <= HOSTNAME_PARTS_MAX && utf16_len(text) - dots <= HOSTNAME_MAX;
}

/* --- addresses --- */

static bool read_address(struct slice text, int family, void *address)
{
    char literal[INET6_ADDRSTRLEN];
    if (text.len >= sizeof literal || slice_find(text, '\0') != SLICE_NPOS) {
        return false;
    }
    memcpy(literal, text.len > 0 ? text.ptr : "", text.len);
    literal[text.len] = '\0';
    return inet_pton(family, literal, address) == 1;
}

/* An address of IPv4 in the form of IPv6 is one of IPv4 to Java. */
static bool is_mapped(const unsigned char *bytes)
{
    static const unsigned char mapped[IPV4_PARTS_AT] = {[10] = 0xff, [11] = 0xff};
    return memcmp(bytes, mapped, sizeof mapped) == 0;
}

bool format_is_ipv4(struct slice text)
{
    unsigned char bytes[16];
    return read_address(text, AF_INET, bytes) ||
           (read_address(text, AF_INET6, bytes) && is_mapped(bytes));
}

bool format_is_ipv6(struct slice text)
{
    unsigned char bytes[16];
    size_t scope = slice_find(text, '%');
    struct slice address = scope == SLICE_NPOS ? text : slice_take(text, scope);
    return read_address(address, AF_INET6, bytes) && !is_mapped(bytes);
}

/* --- the others --- */

static bool is_json_pointer(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char next = i + 1 < text.len ? text.ptr[i + 1] : '\0';
        if (text.ptr[i] == '~' && next != '0' && next != '1') {
            return false;
        }
    }
    return text.len == 0 || text.ptr[0] == '/';
}

static bool is_mac(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (i % 3 == 2 ? c != ':' : !ascii_is_letter(c) && !ascii_is_digit(c)) {
            return false;
        }
    }
    return text.len == 17;
}

/* Five numbers of up to 63 bits. */
bool format_is_uuid(struct slice text)
{
    struct slice rest = text, part;
    size_t count = 0;
    if (text.len == 0 || text.len > UUID_LEN_MAX) {
        return false;
    }
    while (slice_split(&rest, '-', &part)) {
        uint64_t number = 0;
        for (size_t i = 0; i < part.len; i++) {
            if (!ascii_is_hex(part.ptr[i]) || number >> 59 != 0) {
                return false;
            }
            char lower = (char)(part.ptr[i] | 0x20);
            number =
                number << 4 | (uint64_t)(ascii_is_digit(lower) ? lower - '0' : lower - 'a' + 10);
        }
        if (part.len == 0) {
            return false;
        }
        count++;
    }
    return count == 5;
}

static bool is_regex(struct slice text)
{
    AUTO_BUF out = BUF_INIT(REGEX_TEXT_MAX);
    struct fault fault;
    return ecma_regex_translate(text, &out, &fault) != STATUS_INVALID;
}

/* --- the table --- */

static void check_text(const struct format *format, struct slice text, struct report *report)
{
    if (!format->is_valid(text) && report_error(report)) {
        report_put(report, slice_from(format->before));
        report_put(report, text);
        report_put(report, slice_from(format->after));
    }
}

static void check_hex(const struct format *format, struct slice text, struct report *report)
{
    size_t at = 0;
    if (utf16_len(text) != format->len) {
        if (report_error(report)) {
            report_printf(report, "input string has incorrect length (%zu, expected %zu)",
                          utf16_len(text), format->len);
        }
        return;
    }
    while (at < text.len && ascii_is_hex(text.ptr[at])) {
        at++;
    }
    if (at < text.len && report_error(report)) {
        struct slice rest = slice_skip(text, at);
        report_printf(report, "illegal character \"%.*s\" in input at index %zu",
                      (int)slice_utf8_front(rest), rest.ptr, at);
    }
}

static void check_base64(const struct format *format, struct slice text, struct report *report)
{
    (void)format;
    if (utf16_len(text) % 4 != 0) {
        if (report_error(report)) {
            report_printf(report, "input has illegal length (must be a multiple of 4, found %zu)",
                          utf16_len(text));
        }
        return;
    }
    size_t end = text.len;
    for (int i = 0; i < 2 && end > 0 && text.ptr[end - 1] == '='; i++) {
        end--;
    }
    size_t at = 0;
    while (at < end && (ascii_is_letter(text.ptr[at]) || ascii_is_digit(text.ptr[at]) ||
                        text.ptr[at] == '+' || text.ptr[at] == '/')) {
        at++;
    }
    if (at < end && report_error(report)) {
        struct slice rest = slice_skip(text, at);
        report_printf(report, "illegal character \"%.*s\" at index %zu (not in Base64 alphabet)",
                      (int)slice_utf8_front(rest), rest.ptr, at);
    }
}

#define STRING(what) "string \"", "\" is not a valid " what
#define INPUT(what) "input string \"", "\" is not a valid " what
#define DATE_TIME                                                                                  \
    "string \"", "\" is invalid against requested date format(s) [yyyy-MM-dd'T'HH:mm:ssZ, "        \
                 "yyyy-MM-dd'T'HH:mm:ss.[0-9]{1,12}Z]"

static const struct format formats[] = {
    {"base64", check_base64, NULL, NULL, NULL, 0},
    {"date-time", check_text, format_is_date_time, DATE_TIME, 0},
    {"email", check_text, format_is_email, STRING("email address"), 0},
    {"hostname", check_text, format_is_hostname, STRING("hostname"), 0},
    {"ipv4", check_text, format_is_ipv4, STRING("IPv4 address"), 0},
    {"ipv6", check_text, format_is_ipv6, STRING("IPv6 address"), 0},
    {"json-pointer", check_text, is_json_pointer, INPUT("JSON Pointer"), 0},
    {"mac", check_text, is_mac, INPUT("MAC address"), 0},
    {"md5", check_hex, NULL, NULL, NULL, 32},
    {"regex", check_text, is_regex, STRING("ECMA 262 regular expression"), 0},
    {"sha1", check_hex, NULL, NULL, NULL, 40},
    {"sha256", check_hex, NULL, NULL, NULL, 64},
    {"sha512", check_hex, NULL, NULL, NULL, 128},
    {"uri", check_text, format_is_uri, STRING("URI"), 0},
    {"uuid", check_text, format_is_uuid, INPUT("UUID"), 0},
};

const struct format *format_find(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        if (slice_is(name, formats[i].name)) {
            return &formats[i];
        }
    }
    return NULL;
}

void format_check(const struct format *format, struct slice text, struct report *report)
{
    format->check(format, text, report);
}

void check_format(struct validation *validation, const struct rule *rule,
                  const struct json_value *value, struct report *report)
{
    (void)validation;
    format_check(rule->format, value_text(value), report);
}
