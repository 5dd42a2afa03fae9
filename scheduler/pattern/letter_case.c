#include "scheduler/pattern/letter_case.h"

/* Capital letters and how far their small ones are; 0: capitals and small letters alternate, and `parity` is that of
 * the capitals' code points. Unicode 15, UnicodeData.txt. */
static const struct alphabet {
    uint32_t first, last;
    uint32_t distance;
    uint32_t parity;
} alphabets[] = {
    {0x41, 0x5a, 32, 0},       {0xc0, 0xd6, 32, 0},     {0xd8, 0xde, 32, 0},
    {0x100, 0x12f, 0, 0},      {0x132, 0x137, 0, 0},    {0x139, 0x148, 0, 1},
    {0x14a, 0x177, 0, 0},      {0x179, 0x17e, 0, 1},    {0x1cd, 0x1dc, 0, 1},
    {0x1de, 0x1ef, 0, 0},      {0x1f8, 0x21f, 0, 0},    {0x222, 0x233, 0, 0},
    {0x391, 0x3a1, 32, 0},     {0x3a3, 0x3ab, 32, 0},   {0x388, 0x38a, 37, 0},
    {0x400, 0x40f, 80, 0},     {0x410, 0x42f, 32, 0},   {0x460, 0x481, 0, 0},
    {0x48a, 0x4bf, 0, 0},      {0x4c1, 0x4ce, 0, 1},    {0x4d0, 0x52f, 0, 0},
    {0x531, 0x556, 48, 0},     {0x1e00, 0x1e95, 0, 0},  {0x1ea0, 0x1eff, 0, 0},
    {0x2160, 0x216f, 16, 0},   {0x24b6, 0x24cf, 26, 0}, {0xff21, 0xff3a, 32, 0},
    {0x10400, 0x10427, 40, 0},
};

static uint32_t small_letter(uint32_t c)
{
    for (size_t i = 0; i < sizeof alphabets / sizeof alphabets[0]; i++) {
        const struct alphabet *row = &alphabets[i];
        if (c >= row->first && c <= row->last) {
            return row->distance != 0 ? c + row->distance : (c % 2 == row->parity ? c + 1 : c);
        }
    }
    return c;
}

/* Takes one character off the front; a byte that is no character stands for itself. */
static uint32_t take_character(struct slice *text)
{
    size_t len = slice_utf8_front(*text);
    const unsigned char *bytes = (const unsigned char *)text->ptr;
    uint32_t c = bytes[0];
    if (len > 1) {
        c &= 0x7fU >> len;
        for (size_t i = 1; i < len; i++) {
            c = c << 6 | (bytes[i] & 0x3fU);
        }
    }
    *text = slice_skip(*text, len > 0 ? len : 1);
    return c;
}

/* Whether `text` begins with `prefix`; `*ret_rest` is what follows it. */
static bool match_front(struct slice text, struct slice prefix, struct slice *ret_rest)
{
    while (prefix.len > 0) {
        if (text.len == 0 ||
            small_letter(take_character(&text)) != small_letter(take_character(&prefix))) {
            return false;
        }
    }
    *ret_rest = text;
    return true;
}

bool text_ieq(struct slice a, struct slice b)
{
    struct slice rest;
    return match_front(a, b, &rest) && rest.len == 0;
}

bool text_istarts_with(struct slice text, struct slice prefix)
{
    struct slice rest;
    return match_front(text, prefix, &rest);
}

static size_t count_characters(struct slice text)
{
    size_t count = 0;
    for (; text.len > 0; count++) {
        (void)take_character(&text);
    }
    return count;
}

bool text_iends_with(struct slice text, struct slice suffix)
{
    size_t at = text.len;
    for (size_t left = count_characters(suffix); left > 0; left--) {
        if (at == 0) {
            return false;
        }
        do {
            at--;
        } while (at > 0 && ((unsigned char)text.ptr[at] & 0xc0U) == 0x80);
    }
    return text_ieq(slice_skip(text, at), suffix);
}
