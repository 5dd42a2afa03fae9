#include "gateway/schema/format.h"

#include "core/ascii.h"

#include <arpa/inet.h>

/* java.net.URI: RFC 2396 with an IPv6 host, letters of all languages and an authority that may be empty. */

#define UNRESERVED "_-!.~'()*"
#define USER_INFO UNRESERVED ";:&=+$,"
#define AUTHORITY USER_INFO "@"
#define PATH UNRESERVED ":@&=+$,;/"
#define ANY UNRESERVED ";/?:@&=+$,[]"

/* Unicode's spaces and controls beyond ASCII, in UTF-8. */
static bool is_space_or_control(struct slice character)
{
    static const char *const spaces[] = {"\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\xa8",
                                         "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f",
                                         "\xe3\x80\x80"};
    const unsigned char *bytes = (const unsigned char *)character.ptr;
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        if (slice_is(character, spaces[i])) {
            return true;
        }
    }
    bool is_control = bytes[0] == 0xc2 && bytes[1] < 0xa0;
    bool is_space = bytes[0] == 0xe2 && bytes[1] == 0x80 && bytes[2] <= 0x8a;
    return is_control || is_space;
}

/* Letters, digits, escapes, all beyond ASCII that is visible, and these. */
static bool has_only(struct slice text, const char *others)
{
    for (size_t i = 0; i < text.len;) {
        char c = text.ptr[i];
        size_t len = slice_utf8_front(slice_skip(text, i));
        if (len > 1) {
            if (is_space_or_control(slice_of(text.ptr + i, len))) {
                return false;
            }
        } else if (c == '%') {
            if (text.len - i < 3 || !ascii_is_hex(text.ptr[i + 1]) ||
                !ascii_is_hex(text.ptr[i + 2])) {
                return false;
            }
            len = 3;
        } else if (c == '\0' ||
                   (!ascii_is_letter(c) && !ascii_is_digit(c) && strchr(others, c) == NULL)) {
            return false;
        }
        i += len;
    }
    return true;
}

/* Where the first of these characters stands, or the end. */
static size_t find_any(struct slice text, const char *characters)
{
    size_t at = 0;
    while (at < text.len && (text.ptr[at] == '\0' || strchr(characters, text.ptr[at]) == NULL)) {
        at++;
    }
    return at;
}

static bool is_ipv6_literal(struct slice text)
{
    char literal[INET6_ADDRSTRLEN];
    struct in6_addr address;
    size_t scope = slice_find(text, '%');
    struct slice number = scope == SLICE_NPOS ? text : slice_take(text, scope);
    if (number.len >= sizeof literal || slice_find(number, '\0') != SLICE_NPOS) {
        return false;
    }
    memcpy(literal, number.ptr, number.len);
    literal[number.len] = '\0';
    return inet_pton(AF_INET6, literal, &address) == 1;
}

/* "user@[::1]:80" */
static bool is_ipv6_server(struct slice text)
{
    size_t at = slice_find(text, '@');
    if (at != SLICE_NPOS) {
        if (!has_only(slice_take(text, at), USER_INFO)) {
            return false;
        }
        text = slice_skip(text, at + 1);
    }
    size_t end = slice_find(text, ']');
    if (text.len == 0 || text.ptr[0] != '[' || end == SLICE_NPOS ||
        !is_ipv6_literal(slice_of(text.ptr + 1, end - 1))) {
        return false;
    }
    struct slice port = slice_skip(text, end + 1);
    for (size_t i = 1; i < port.len; i++) {
        if (!ascii_is_digit(port.ptr[i])) {
            return false;
        }
    }
    return port.len == 0 || port.ptr[0] == ':';
}

static bool is_authority(struct slice text)
{
    bool has_bracket = find_any(text, "[]") < text.len;
    return has_bracket ? is_ipv6_server(text) : has_only(text, AUTHORITY);
}

/* "//authority/path?query" */
static bool is_hierarchical(struct slice text)
{
    if (slice_starts_with(text, SLICE("//"))) {
        struct slice rest = slice_skip(text, 2);
        size_t end = find_any(rest, "/?");
        if (!is_authority(slice_take(rest, end))) {
            return false;
        }
        text = slice_skip(rest, end);
    }
    size_t query = find_any(text, "?");
    return has_only(slice_take(text, query), PATH) && has_only(slice_skip(text, query), ANY);
}

static bool is_scheme(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!ascii_is_letter(c) &&
            (i == 0 || (!ascii_is_digit(c) && c != '+' && c != '-' && c != '.'))) {
            return false;
        }
    }
    return text.len > 0;
}

bool format_is_uri(struct slice text)
{
    size_t hash = find_any(text, "#");
    struct slice fragment = slice_skip(text, hash + (hash < text.len ? 1 : 0));
    bool is_empty_authority = slice_ends_with(text, SLICE("//"));
    text = slice_take(text, hash);
    if (!has_only(fragment, ANY)) {
        return false;
    }
    size_t colon = find_any(text, ":/?");
    if (colon < text.len && text.ptr[colon] == ':') {
        if (!is_scheme(slice_take(text, colon))) {
            return false;
        }
        text = slice_skip(text, colon + 1);
        if (text.len == 0 || text.ptr[0] != '/') {
            return text.len > 0 && has_only(text, ANY);
        }
    }
    /* Nothing at all behind the slashes is no authority. */
    return !(text.len == 2 && is_empty_authority) && is_hierarchical(text);
}
