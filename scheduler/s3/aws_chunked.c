#include "scheduler/s3/aws_chunked.h"

void aws_chunked_init(struct aws_chunked *decoder)
{
    decoder->state = AWS_CHUNK_SIZE;
    decoder->left = 0;
    decoder->line_len = 0;
    decoder->trailers_len = 0;
}

static bool hex_digit(char c, uint64_t *ret_digit)
{
    if (c >= '0' && c <= '9') {
        *ret_digit = (uint64_t)(c - '0');
    } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
        *ret_digit = (uint64_t)((c | 0x20) - 'a') + 10;
    } else {
        return false;
    }
    return true;
}

static bool parse_size(struct slice text, uint64_t *ret_size)
{
    uint64_t size = 0, digit;
    text = slice_trim(slice_take(text, slice_find(text, ';')));
    if (text.len == 0 || text.len > 15) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!hex_digit(text.ptr[i], &digit)) {
            return false;
        }
        size = size << 4 | digit;
    }
    *ret_size = size;
    return true;
}

/* A line is complete, without its end. */
static enum aws_chunked_state take_line(struct aws_chunked *decoder, struct slice line)
{
    if (decoder->state == AWS_CHUNK_SIZE) {
        if (!parse_size(line, &decoder->left)) {
            return AWS_CHUNK_BROKEN;
        }
        return decoder->left > 0 ? AWS_CHUNK_DATA : AWS_CHUNK_TRAILER;
    }
    if (line.len == 0) {
        return AWS_CHUNK_OVER;
    }
    if (slice_find(line, ':') == SLICE_NPOS ||
        line.len >= sizeof(decoder->trailers) - decoder->trailers_len) {
        return AWS_CHUNK_BROKEN;
    }
    memcpy(decoder->trailers + decoder->trailers_len, line.ptr, line.len);
    decoder->trailers_len += line.len;
    decoder->trailers[decoder->trailers_len++] = '\n';
    return AWS_CHUNK_TRAILER;
}

static void feed_line(struct aws_chunked *decoder, char c)
{
    if (c != '\n') {
        if (decoder->line_len == sizeof(decoder->line)) {
            decoder->state = AWS_CHUNK_BROKEN;
            return;
        }
        decoder->line[decoder->line_len++] = c;
        return;
    }
    struct slice line = slice_of(decoder->line, decoder->line_len);
    if (slice_ends_with(line, SLICE("\r"))) {
        line.len--;
    }
    decoder->line_len = 0;
    decoder->state = take_line(decoder, line);
}

static size_t feed_data(struct aws_chunked *decoder, struct slice bytes, struct buf *out)
{
    struct slice part =
        decoder->left < bytes.len ? slice_take(bytes, (size_t)decoder->left) : bytes;
    buf_append(out, part);
    decoder->left -= part.len;
    if (decoder->left == 0) {
        decoder->state = AWS_CHUNK_END;
    }
    return part.len;
}

bool aws_chunked_feed(struct aws_chunked *decoder, struct slice bytes, struct buf *out)
{
    while (bytes.len > 0 && decoder->state != AWS_CHUNK_BROKEN) {
        size_t taken = 1;
        char c = bytes.ptr[0];
        switch (decoder->state) {
        case AWS_CHUNK_DATA:
            taken = feed_data(decoder, bytes, out);
            break;
        case AWS_CHUNK_END:
            decoder->state = c == '\r' ? AWS_CHUNK_END_LF : AWS_CHUNK_BROKEN;
            break;
        case AWS_CHUNK_END_LF:
            decoder->state = c == '\n' ? AWS_CHUNK_SIZE : AWS_CHUNK_BROKEN;
            break;
        case AWS_CHUNK_SIZE:
        case AWS_CHUNK_TRAILER:
            feed_line(decoder, c);
            break;
        case AWS_CHUNK_OVER:
        case AWS_CHUNK_BROKEN:
            decoder->state = AWS_CHUNK_BROKEN;
            break;
        }
        bytes = slice_skip(bytes, taken);
    }
    return decoder->state != AWS_CHUNK_BROKEN;
}

bool aws_chunked_is_whole(const struct aws_chunked *decoder)
{
    return decoder->state == AWS_CHUNK_OVER ||
           (decoder->state == AWS_CHUNK_TRAILER && decoder->line_len == 0);
}

struct slice aws_chunked_trailer(const struct aws_chunked *decoder, struct slice name)
{
    struct slice rest = slice_of(decoder->trailers, decoder->trailers_len);
    struct slice line;
    while (slice_split(&rest, '\n', &line)) {
        size_t colon = slice_find(line, ':');
        if (colon != SLICE_NPOS && slice_ieq(slice_trim(slice_take(line, colon)), name)) {
            return slice_trim(slice_skip(line, colon + 1));
        }
    }
    return SLICE_NULL;
}
