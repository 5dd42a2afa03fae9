#include "store/copy/gzip_file.h"

#define GZIP_WINDOW (15 + 16) /* zlib's way to ask for a gzip header */

bool gzip_open(struct gzip_file *gzip, const char *path)
{
    *gzip = (struct gzip_file){.file = fopen(path, "wb")};
    MD5Init(&gzip->md5);
    gzip->has_stream =
        gzip->file != NULL && deflateInit2(&gzip->stream, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW, 8,
                                           Z_DEFAULT_STRATEGY) == Z_OK;
    gzip->has_failed = !gzip->has_stream;
    return gzip->has_stream;
}

static void deflate_all(struct gzip_file *gzip, struct slice bytes, int flush)
{
    unsigned char out[16384];
    unsigned char *in;
    memcpy(&in, &bytes.ptr, sizeof(in)); /* zlib only reads it */
    gzip->stream.next_in = in;
    gzip->stream.avail_in = (uInt)bytes.len;
    do {
        gzip->stream.next_out = out;
        gzip->stream.avail_out = sizeof(out);
        (void)deflate(&gzip->stream, flush);
        size_t len = sizeof(out) - gzip->stream.avail_out;
        MD5Update(&gzip->md5, out, len);
        gzip->has_failed = gzip->has_failed || fwrite(out, 1, len, gzip->file) != len;
    } while (gzip->stream.avail_out == 0 && !gzip->has_failed);
}

void gzip_write(struct gzip_file *gzip, struct slice bytes)
{
    if (!gzip->has_failed) {
        gzip->bytes += bytes.len;
        deflate_all(gzip, bytes, Z_NO_FLUSH);
    }
}

bool gzip_close(struct gzip_file *gzip, uint8_t ret_md5[GZIP_MD5_LEN])
{
    if (gzip->has_stream && !gzip->has_failed) {
        deflate_all(gzip, SLICE_NULL, Z_FINISH);
    }
    if (gzip->has_stream) {
        (void)deflateEnd(&gzip->stream);
    }
    if (gzip->file != NULL && fclose(gzip->file) != 0) {
        gzip->has_failed = true;
    }
    MD5Final(ret_md5, &gzip->md5);
    bool is_fine = !gzip->has_failed;
    *gzip = (struct gzip_file){.has_failed = true};
    return is_fine;
}
