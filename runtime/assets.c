/* Our language clients (sdk/node, sdk/python) travel in the binary and are unpacked once per
 * version. */
#include "core/buf.h"
#include "core/embed.h"
#include "core/file.h"
#include "core/mem.h"
#include "runtime/plan.h"

#include <sys/stat.h>

extern const struct embedded_file runtime_assets[];

static uint64_t hash_assets(void)
{
    uint64_t hash = 0;
    for (const struct embedded_file *file = runtime_assets; file->path != NULL; file++) {
        const void *packed = file->packed;
        hash = hash * 1099511628211U ^ slice_hash(slice_from(file->path));
        hash = hash * 1099511628211U ^ slice_hash(slice_of(packed, file->packed_len));
    }
    return hash;
}

static enum status write_asset(const char *dir, const struct embedded_file *file,
                               struct fault *reterr)
{
    AUTO_BUF path = BUF_INIT(4096);
    buf_printf(&path, "%s/%s", dir, file->path);
    struct slice text = buf_slice(&path);
    AUTO_BUF folder = BUF_INIT(4096);
    buf_append(&folder, slice_take(text, slice_rfind(text, '/')));
    enum status status = file_make_dirs(buf_cstr(&folder), reterr);
    if (status == STATUS_OK) {
        AUTO_ARENA arena = ARENA_INIT;
        status = file_write(buf_cstr(&path), embedded_text(&arena, file), reterr);
    }
    if (status == STATUS_OK && file->is_executable) {
        (void)chmod(buf_cstr(&path), 0755);
    }
    return status;
}

/* Complete folders get their name by a rename, but a power cut may still have emptied their files.
 */
static bool is_whole(const char *dir)
{
    AUTO_BUF path = BUF_INIT(4096);
    for (const struct embedded_file *file = runtime_assets; file->path != NULL; file++) {
        struct stat info;
        buf_clear(&path);
        buf_printf(&path, "%s/%s", dir, file->path);
        if (stat(buf_cstr(&path), &info) != 0 || (size_t)info.st_size != file->len) {
            return false;
        }
    }
    return true;
}

enum status assets_unpack(const char *data_dir, char **ret_dir, struct fault *reterr)
{
    AUTO_BUF dir = BUF_INIT(4096);
    AUTO_BUF partial = BUF_INIT(4096);
    enum status status = STATUS_OK;
    buf_printf(&dir, "%s/runtimes/%016llx", data_dir, (unsigned long long)hash_assets());
    buf_printf(&partial, "%s.partial", buf_cstr(&dir));
    if (!is_whole(buf_cstr(&dir))) {
        status = file_remove_tree(buf_cstr(&dir), reterr);
        if (status == STATUS_OK) {
            status = file_remove_tree(buf_cstr(&partial), reterr);
        }
        if (status == STATUS_OK) {
            status = file_make_dirs(buf_cstr(&partial), reterr);
        }
        for (const struct embedded_file *file = runtime_assets;
             status == STATUS_OK && file->path != NULL; file++) {
            status = write_asset(buf_cstr(&partial), file, reterr);
        }
        if (status == STATUS_OK && rename(buf_cstr(&partial), buf_cstr(&dir)) != 0) {
            status = fault_set(reterr, STATUS_UNAVAILABLE, "cannot make %s", buf_cstr(&dir));
        }
    }
    if (status == STATUS_OK) {
        *ret_dir = mem_strdup(buf_cstr(&dir));
    }
    return status;
}
