#include "store/copy/spool.h"

#include <stdlib.h>
#include <unistd.h>

#define RECORD_MAX (64 * 1024 * 1024) /* far beyond any item: larger ones are a damaged file */

void spool_open(struct spool *spool, const char *dir)
{
    char path[4096];
    *spool = (struct spool){.record = BUF_INIT(RECORD_MAX)};
    int len = snprintf(path, sizeof(path), "%s/copy-XXXXXX", dir);
    int fd = len > 0 && (size_t)len < sizeof(path) ? mkstemp(path) : -1;
    if (fd >= 0) {
        (void)unlink(path);
        spool->file = fdopen(fd, "w+");
        if (spool->file == NULL) {
            (void)close(fd);
        }
    }
    spool->has_failed = spool->file == NULL;
}

void spool_close(struct spool *spool)
{
    if (spool->file != NULL) {
        (void)fclose(spool->file);
        spool->file = NULL;
    }
    buf_finish(&spool->record);
}

static void write_bytes(struct spool *spool, struct slice bytes)
{
    if (bytes.len > 0 && fwrite(bytes.ptr, 1, bytes.len, spool->file) != bytes.len) {
        spool->has_failed = true;
    }
}

void spool_append(struct spool *spool, const struct spool_record *record)
{
    if (spool->has_failed) {
        return;
    }
    uint32_t head[3] = {(uint32_t)record->key.len, record->size, (uint32_t)record->item.len};
    write_bytes(spool, slice_of((const char *)head, sizeof(head)));
    write_bytes(spool, record->key);
    write_bytes(spool, record->item);
    spool->count++;
    spool->bytes += record->size;
}

void spool_seek(struct spool *spool, int64_t position)
{
    if (!spool->has_failed && fseeko(spool->file, (off_t)position, SEEK_SET) != 0) {
        spool->has_failed = true;
    }
}

int64_t spool_position(struct spool *spool)
{
    off_t position = spool->has_failed ? -1 : ftello(spool->file);
    spool->has_failed = spool->has_failed || position < 0;
    return (int64_t)position;
}

bool spool_next(struct spool *spool, struct spool_record *ret_record)
{
    uint32_t head[3];
    if (spool->has_failed) {
        return false;
    }
    size_t got = fread(head, 1, sizeof(head), spool->file);
    if (got != sizeof(head)) {
        spool->has_failed = got != 0 || ferror(spool->file);
        return false;
    }
    size_t len = (size_t)head[0] + head[2];
    buf_clear(&spool->record);
    char *at = buf_reserve(&spool->record, len);
    if (at == NULL || fread(at, 1, len, spool->file) != len) {
        spool->has_failed = true;
        return false;
    }
    buf_advance(&spool->record, len);
    struct slice bytes = buf_slice(&spool->record);
    *ret_record =
        (struct spool_record){slice_take(bytes, head[0]), slice_skip(bytes, head[0]), head[1]};
    return true;
}
