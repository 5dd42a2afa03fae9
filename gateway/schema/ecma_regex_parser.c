#include "gateway/schema/ecma_regex.h"

#include "core/ascii.h"

/* ECMA 262 edition 5.1, 15.10.1, with annex B:
 *
 *     Disjunction  Alternative ("|" Alternative)*
 *     Alternative  (Assertion | Atom Quantifier?)*
 *     Assertion    "^" | "$" | "\b" | "\B"
 *     Atom         "." | "\" Escape | Class | "(" ["?:" | "?=" | "?!"] Disjunction ")" | Character
 *     Quantifier   ("*" | "+" | "?" | "{" n ["," [m]] "}") "?"?
 *     Class        "[" "^"? (Atom | Atom "-" Atom)* "]"
 *
 * Every character goes out either as itself (letters, digits, all beyond ASCII) or as \x{..}, so nothing of it means
 * something else to PCRE2. Groups are counted by a stack of theirs, not by recursion: PCRE2 limits their nesting. */

#define QUANTIFIER_MAX 65535u /* PCRE2's; more is as good as endless here */
#define NO_CHARACTER UINT32_MAX

/* Unicode's white space and line terminators: short for PCRE2, which compiles a repeated group as often as it repeats. */
#define SPACE_RANGES "\\x09-\\x0d\\x20\\x{a0}\\x{feff}\\p{Z}"
#define NOT_SPACE_RANGES                                                                           \
    "\\x00-\\x08\\x0e-\\x1f\\x21-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}"   \
    "\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{"   \
    "10ffff}"
#define NOTHING "(?!)"
#define ANYTHING "(?s:.)"

struct translation {
    struct slice source;
    size_t at;
    struct buf *out;
    struct fault *reterr;
    uint32_t groups; /* that capture, in the whole source */
    uint32_t depth;  /* of open parentheses */
};

static enum status invalid(struct translation *t, const char *why)
{
    return fault_set(t->reterr, STATUS_INVALID, "%s at offset %zu", why, t->at);
}

static bool has(const struct translation *t, size_t ahead)
{
    return t->source.len - t->at > ahead;
}

static char peek(const struct translation *t, size_t ahead)
{
    return has(t, ahead) ? t->source.ptr[t->at + ahead] : '\0';
}

static bool is_next(const struct translation *t, const char *text)
{
    return slice_starts_with(slice_skip(t->source, t->at), slice_from(text));
}

/* The character at the place, and over it; the source is valid UTF-8. */
static uint32_t take_character(struct translation *t)
{
    struct slice rest = slice_skip(t->source, t->at);
    size_t len = slice_utf8_front(rest);
    static const unsigned char lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t character = (unsigned char)rest.ptr[0] & lead_bits[len];
    for (size_t i = 1; i < len; i++) {
        character = character << 6 | ((unsigned char)rest.ptr[i] & 0x3fU);
    }
    t->at += len;
    return character;
}

static void put_character(struct translation *t, uint32_t character)
{
    if (character < 0x80 && (ascii_is_letter((char)character) || ascii_is_digit((char)character))) {
        buf_append_char(t->out, (char)character);
    } else {
        buf_printf(t->out, "\\x{%x}", character);
    }
}

/* A surrogate is no character of its own: no text has one. */
static bool is_surrogate(uint32_t character)
{
    return character >= 0xd800 && character <= 0xdfff;
}

/* --- escapes, behind their backslash --- */

static bool read_hex(const struct translation *t, size_t from, size_t digits, uint32_t *ret_value)
{
    uint32_t value = 0;
    for (size_t i = from; i < from + digits; i++) {
        char c = peek(t, i);
        char lower = (char)(c | 0x20);
        if (ascii_is_digit(c)) {
            value = value << 4 | (uint32_t)(c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            value = value << 4 | (uint32_t)(lower - 'a' + 10);
        } else {
            return false;
        }
    }
    *ret_value = value;
    return true;
}

/* "u" and four digits; two such that are a surrogate pair are one character. */
static uint32_t take_unicode(struct translation *t)
{
    uint32_t high, low;
    t->at++;
    if (!read_hex(t, 0, 4, &high)) {
        return 'u';
    }
    t->at += 4;
    if (high >= 0xd800 && high <= 0xdbff && is_next(t, "\\u") && read_hex(t, 2, 4, &low) &&
        low >= 0xdc00 && low <= 0xdfff) {
        t->at += 6;
        return 0x10000 + ((high - 0xd800) << 10 | (low - 0xdc00));
    }
    return high;
}

static uint32_t take_octal(struct translation *t)
{
    uint32_t value = 0;
    while (peek(t, 0) >= '0' && peek(t, 0) <= '7' &&
           value * 8 + (uint32_t)(peek(t, 0) - '0') <= 0377) {
        value = value * 8 + (uint32_t)(peek(t, 0) - '0');
        t->at++;
    }
    return value;
}

/* The one character that an escape stands for; classes and references were seen before. */
static uint32_t take_escaped(struct translation *t)
{
    static const char controls[] = "t\tn\nv\vf\fr\r";
    char c = peek(t, 0);
    uint32_t value;
    for (size_t i = 0; controls[i] != '\0'; i += 2) {
        if (c == controls[i]) {
            t->at++;
            return (uint32_t)controls[i + 1];
        }
    }
    if (c == 'c') {
        if (!ascii_is_letter(peek(t, 1))) {
            return '\\'; /* and "c" follows as itself */
        }
        value = (uint32_t)peek(t, 1) % 32;
        t->at += 2;
        return value;
    }
    if (c == 'x' && read_hex(t, 1, 2, &value)) {
        t->at += 3;
        return value;
    }
    if (c == 'u') {
        return take_unicode(t);
    }
    if (c >= '0' && c <= '7') {
        return take_octal(t);
    }
    return take_character(t);
}

static const char *class_escape(char c, bool in_class)
{
    switch (c) {
    case 'd':
        return "\\d";
    case 'D':
        return "\\D";
    case 'w':
        return "\\w";
    case 'W':
        return "\\W";
    case 's':
        return in_class ? SPACE_RANGES : "[" SPACE_RANGES "]";
    case 'S':
        return in_class ? NOT_SPACE_RANGES : "[^" SPACE_RANGES "]";
    default:
        return NULL;
    }
}

/* "\12" when there are that many groups. */
static bool take_reference(struct translation *t)
{
    uint32_t number = 0;
    size_t len = 0;
    if (peek(t, 0) == '0') {
        return false;
    }
    while (ascii_is_digit(peek(t, len)) && number <= t->groups) {
        number = number * 10 + (uint32_t)(peek(t, len) - '0');
        len++;
    }
    if (len == 0 || number > t->groups) {
        return false;
    }
    buf_printf(t->out, "\\g{%u}", number);
    t->at += len;
    return true;
}

/* --- character classes, behind their "[" --- */

struct class_atom {
    uint32_t character; /* NO_CHARACTER for one of the classes below */
    const char *ranges;
};

static enum status take_class_atom(struct translation *t, struct class_atom *ret_atom)
{
    if (peek(t, 0) != '\\') {
        *ret_atom = (struct class_atom){.character = take_character(t)};
        return STATUS_OK;
    }
    t->at++;
    if (!has(t, 0)) {
        return invalid(t, "an escape without its character");
    }
    const char *ranges = class_escape(peek(t, 0), true);
    if (ranges != NULL) {
        t->at++;
        *ret_atom = (struct class_atom){.character = NO_CHARACTER, .ranges = ranges};
    } else if (peek(t, 0) == 'b') {
        t->at++;
        *ret_atom = (struct class_atom){.character = '\b'};
    } else {
        *ret_atom = (struct class_atom){.character = take_escaped(t)};
    }
    return STATUS_OK;
}

static void put_range(struct translation *t, uint32_t low, uint32_t high)
{
    /* Around the surrogates, which PCRE2 does not take as ends. */
    low = is_surrogate(low) ? 0xe000 : low;
    high = is_surrogate(high) ? 0xd7ff : high;
    if (low <= high) {
        buf_printf(t->out, "\\x{%x}-\\x{%x}", low, high);
    }
}

static void put_class_atom(struct translation *t, const struct class_atom *atom)
{
    if (atom->character == NO_CHARACTER) {
        buf_append_text(t->out, atom->ranges);
    } else if (!is_surrogate(atom->character)) {
        put_character(t, atom->character);
    }
}

/* One atom, or a range of two. */
static enum status take_class_item(struct translation *t)
{
    struct class_atom low, high;
    enum status status = take_class_atom(t, &low);
    if (status != STATUS_OK) {
        return status;
    }
    if (peek(t, 0) != '-' || !has(t, 1) || peek(t, 1) == ']') {
        put_class_atom(t, &low);
        return STATUS_OK;
    }
    t->at++;
    status = take_class_atom(t, &high);
    if (status != STATUS_OK) {
        return status;
    }
    if (low.character == NO_CHARACTER || high.character == NO_CHARACTER) {
        put_class_atom(t, &low);
        put_character(t, '-');
        put_class_atom(t, &high);
        return STATUS_OK;
    }
    if (low.character > high.character) {
        return invalid(t, "a range that ends before it begins");
    }
    put_range(t, low.character, high.character);
    return STATUS_OK;
}

static enum status take_class(struct translation *t)
{
    bool is_negated = peek(t, 0) == '^' && has(t, 0);
    t->at += is_negated ? 1 : 0;
    size_t start = t->out->len;
    buf_append_text(t->out, is_negated ? "[^" : "[");
    size_t inside = t->out->len;
    while (has(t, 0) && peek(t, 0) != ']') {
        enum status status = take_class_item(t);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (!has(t, 0)) {
        return invalid(t, "a class without its ]");
    }
    t->at++;
    if (t->out->len == inside) { /* PCRE2 would take a "]" that follows as a member */
        t->out->len = t->out->is_full ? t->out->len : start;
        buf_append_text(t->out, is_negated ? ANYTHING : NOTHING);
    } else {
        buf_append_char(t->out, ']');
    }
    return STATUS_OK;
}

/* --- quantifiers --- */

/* "{2}", "{2,}", "{2,3}": false when the brace is none of these. Numbers stop growing far above PCRE2's limit. */
static bool read_braces(const struct translation *t, size_t *ret_len, uint32_t *ret_min,
                        uint32_t *ret_max)
{
    uint32_t numbers[2] = {0, 0};
    size_t at = 1, digits[2] = {0, 0};
    for (size_t n = 0; n < 2; n++) {
        for (; ascii_is_digit(peek(t, at)); at++, digits[n]++) {
            uint32_t digit = (uint32_t)(peek(t, at) - '0');
            numbers[n] = numbers[n] > 10000000 ? numbers[n] : numbers[n] * 10 + digit;
        }
        if (digits[0] == 0) {
            return false;
        }
        if (peek(t, at) == '}') {
            *ret_min = numbers[0];
            *ret_max = n == 0 ? numbers[0] : digits[1] > 0 ? numbers[1] : UINT32_MAX;
            *ret_len = at + 1;
            return true;
        }
        if (n == 1 || peek(t, at) != ',') {
            return false;
        }
        at++;
    }
    return false;
}

static void put_braces(struct translation *t, uint32_t min, uint32_t max)
{
    min = min > QUANTIFIER_MAX ? QUANTIFIER_MAX : min;
    if (max > QUANTIFIER_MAX) {
        buf_printf(t->out, "{%u,}", min);
    } else {
        buf_printf(t->out, "{%u,%u}", min, max);
    }
}

static bool is_quantifier(const struct translation *t)
{
    size_t len;
    uint32_t min, max;
    char c = peek(t, 0);
    return c == '*' || c == '+' || c == '?' || (c == '{' && read_braces(t, &len, &min, &max));
}

static enum status take_quantifier(struct translation *t)
{
    size_t len;
    uint32_t min, max;
    if (!is_quantifier(t)) {
        return STATUS_OK;
    }
    if (peek(t, 0) != '{') {
        buf_append_char(t->out, peek(t, 0));
        t->at++;
    } else if (read_braces(t, &len, &min, &max)) {
        if (min > max) {
            return invalid(t, "a quantifier whose numbers are out of order");
        }
        put_braces(t, min, max);
        t->at += len;
    }
    if (peek(t, 0) == '?') {
        buf_append_char(t->out, '?');
        t->at++;
    }
    return is_quantifier(t) ? invalid(t, "a quantifier of nothing") : STATUS_OK;
}

/* --- terms --- */

static enum status take_escape(struct translation *t, bool *ret_is_atom)
{
    t->at++;
    if (!has(t, 0)) {
        return invalid(t, "an escape without its character");
    }
    char c = peek(t, 0);
    const char *class = class_escape(c, false);
    if (c == 'b' || c == 'B') {
        buf_append_text(t->out, c == 'b' ? "\\b" : "\\B");
        t->at++;
        *ret_is_atom = false;
    } else if (class != NULL) {
        buf_append_text(t->out, class);
        t->at++;
    } else if (!take_reference(t)) {
        uint32_t character = take_escaped(t);
        if (is_surrogate(character)) {
            buf_append_text(t->out, NOTHING);
        } else {
            put_character(t, character);
        }
    }
    return STATUS_OK;
}

static enum status open_group(struct translation *t)
{
    static const char *const kinds[] = {"(?:", "(?=", "(?!"};
    t->depth++;
    for (size_t i = 0; i < 3; i++) {
        if (is_next(t, kinds[i])) {
            buf_append_text(t->out, kinds[i]);
            t->at += 3;
            return STATUS_OK;
        }
    }
    if (is_next(t, "(?")) {
        return invalid(t, "a group that ECMA 262 does not have");
    }
    buf_append_char(t->out, '(');
    t->at++;
    return STATUS_OK;
}

/* What stands for itself, or for a set of characters. */
static enum status take_atom(struct translation *t, bool *ret_is_atom)
{
    char c = peek(t, 0);
    switch (c) {
    case '.':
        buf_append_text(t->out, "[^\\n\\r\\x{2028}\\x{2029}]");
        t->at++;
        return STATUS_OK;
    case '^':
    case '$':
        buf_append_text(t->out, c == '^' ? "\\A" : "\\z");
        t->at++;
        *ret_is_atom = false;
        return STATUS_OK;
    case '[':
        t->at++;
        return take_class(t);
    case '\\':
        return take_escape(t, ret_is_atom);
    default:
        put_character(t, take_character(t));
        return STATUS_OK;
    }
}

static enum status take_term(struct translation *t)
{
    char c = peek(t, 0);
    if (is_quantifier(t)) {
        return invalid(t, "a quantifier of nothing");
    }
    if (c == '(') {
        return open_group(t);
    }
    if (c == '|') {
        buf_append_char(t->out, '|');
        t->at++;
        return STATUS_OK;
    }
    if (c == ')') {
        if (t->depth == 0) {
            return invalid(t, "a ) without its (");
        }
        t->depth--;
        buf_append_char(t->out, ')');
        t->at++;
        return take_quantifier(t);
    }
    bool is_atom = true;
    enum status status = take_atom(t, &is_atom);
    if (status == STATUS_OK && is_atom) {
        return take_quantifier(t);
    }
    return status;
}

/* Groups that capture: what a "\1" means depends on those to its right too. */
static uint32_t count_groups(struct slice source)
{
    uint32_t count = 0;
    bool in_class = false;
    for (size_t i = 0; i < source.len; i++) {
        char c = source.ptr[i];
        if (c == '\\') {
            i++;
        } else if (c == '[' || c == ']') {
            in_class = c == '[';
        } else if (c == '(' && !in_class && (i + 1 == source.len || source.ptr[i + 1] != '?')) {
            count++;
        }
    }
    return count;
}

enum status ecma_regex_translate(struct slice source, struct buf *out, struct fault *reterr)
{
    struct translation t = {
        .source = source, .out = out, .reterr = reterr, .groups = count_groups(source)};
    if (!slice_is_utf8(source)) {
        return invalid(&t, "text that is no UTF-8");
    }
    while (has(&t, 0)) {
        enum status status = take_term(&t);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (t.depth > 0) {
        return invalid(&t, "a ( without its )");
    }
    if (buf_status(out) != STATUS_OK) {
        return fault_set(reterr, STATUS_LIMIT, "the regular expression is too large");
    }
    return STATUS_OK;
}
