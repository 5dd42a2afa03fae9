#include "core/http/http.h"

#include "core/mem.h"

/* RFC 9110, 5.6.2: what a header name may be made of. */
static const char token_chars[256] = {
    ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1, ['&'] = 1, ['\''] = 1, ['*'] = 1, ['+'] = 1,
    ['-'] = 1, ['.'] = 1, ['^'] = 1, ['_'] = 1, ['`'] = 1, ['|'] = 1,  ['~'] = 1, ['0'] = 1,
    ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1,  ['7'] = 1, ['8'] = 1,
    ['9'] = 1, ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1,  ['F'] = 1, ['G'] = 1,
    ['H'] = 1, ['I'] = 1, ['J'] = 1, ['K'] = 1, ['L'] = 1, ['M'] = 1,  ['N'] = 1, ['O'] = 1,
    ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1,  ['V'] = 1, ['W'] = 1,
    ['X'] = 1, ['Y'] = 1, ['Z'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1,  ['d'] = 1, ['e'] = 1,
    ['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1, ['j'] = 1, ['k'] = 1,  ['l'] = 1, ['m'] = 1,
    ['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1,  ['t'] = 1, ['u'] = 1,
    ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1,
};

struct slice http_header_get(struct http_headers headers, const char *name)
{
    struct slice wanted = slice_from(name);
    for (size_t i = 0; i < headers.count; i++) {
        if (slice_ieq(headers.items[i].name, wanted)) {
            /* An empty value is there all the same. */
            struct slice value = headers.items[i].value;
            return value.ptr != NULL ? value : SLICE("");
        }
    }
    return SLICE_NULL;
}

bool http_header_has_token(struct http_headers headers, const char *name, const char *token)
{
    struct slice wanted_name = slice_from(name);
    struct slice wanted = slice_from(token);
    for (size_t i = 0; i < headers.count; i++) {
        if (!slice_ieq(headers.items[i].name, wanted_name)) {
            continue;
        }
        struct slice rest = headers.items[i].value;
        struct slice element;
        while (slice_split(&rest, ',', &element)) {
            if (slice_ieq(slice_trim(element), wanted)) {
                return true;
            }
        }
    }
    return false;
}

/* Eight bytes at once: is one of them below 0x20, or 0x7f? */
static bool may_have_control(const char *bytes)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    uint64_t not_del = word ^ ones * 0x7f;
    uint64_t low = (word - ones * 0x20) & ~word;
    uint64_t del = (not_del - ones) & ~not_del;
    return ((low | del) & ones * 0x80) != 0;
}

bool http_header_is_valid(struct slice name, struct slice value)
{
    for (size_t i = 0; i < name.len; i++) {
        if (token_chars[(unsigned char)name.ptr[i]] == 0) {
            return false;
        }
    }
    while (value.len >= 8 && !may_have_control(value.ptr)) {
        value = slice_skip(value, 8);
    }
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return name.len != 0;
}

/* Sorted by status. */
static const struct {
    int status;
    const char *text;
} status_texts[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {102, "Processing"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {208, "Already Reported"},
    {226, "IM Used"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {418, "I'm a teapot"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {506, "Variant Also Negotiates"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {510, "Not Extended"},
    {511, "Network Authentication Required"},
};

const char *http_status_text(int status)
{
    size_t low = 0;
    size_t high = COUNT_OF(status_texts);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (status_texts[middle].status == status) {
            return status_texts[middle].text;
        }
        if (status_texts[middle].status < status) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return "Unknown";
}
