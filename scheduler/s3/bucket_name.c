#include "scheduler/s3/bucket_name.h"

#include "scheduler/s3/limits.h"

static bool is_address(struct slice name)
{
    size_t parts = 0;
    struct slice part;
    uint64_t number;
    while (slice_split(&name, '.', &part)) {
        if (!slice_to_u64(part, &number)) {
            return false;
        }
        parts++;
    }
    return parts == 4;
}

bool bucket_name_is_valid(struct slice name)
{
    if (name.len < S3_BUCKET_NAME_MIN || name.len > S3_BUCKET_NAME_MAX || is_address(name)) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        bool is_inside = i > 0 && i + 1 < name.len;
        if (!is_letter && !(is_inside && c == '-') &&
            !(is_inside && c == '.' && name.ptr[i - 1] != '.')) {
            return false;
        }
    }
    return true;
}
