/* A gzipped file under construction, whose MD5 is known at the end.
 *
 * Errors  Remembered; gzip_close() tells. */
#ifndef SLS_STORE_GZIP_FILE_H
#define SLS_STORE_GZIP_FILE_H

#include "core/slice.h"

#include <md5.h>
#include <stdio.h>
#include <zlib.h>

#define GZIP_MD5_LEN 16

struct gzip_file {
    FILE *file;
    z_stream stream;
    MD5_CTX md5;
    bool has_stream, has_failed;
    uint64_t bytes; /* before compression */
};

bool gzip_open(struct gzip_file *gzip, const char *path);
void gzip_write(struct gzip_file *gzip, struct slice bytes);
/* False when anything went wrong; a zeroed one is fine. */
bool gzip_close(struct gzip_file *gzip, uint8_t ret_md5[GZIP_MD5_LEN]);

#endif
