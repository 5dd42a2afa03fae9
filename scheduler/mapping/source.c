#include "scheduler/mapping/source.h"

#include <assert.h>

void sequence_set(struct sequence *sequence, struct slice text)
{
    assert(text.len <= SEQUENCE_TEXT_MAX);
    if (text.len > 0) {
        memcpy(sequence->text, text.ptr, text.len);
    }
    sequence->len = text.len;
}

int sequence_compare(struct slice a, struct slice b)
{
    if (a.len != b.len) {
        return a.len < b.len ? -1 : 1;
    }
    return a.len == 0 ? 0 : memcmp(a.ptr, b.ptr, a.len);
}
