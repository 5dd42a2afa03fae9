#include "gateway/jwt/key_file.h"

#include "core/file.h"
#include "gateway/jwt/local_issuer.h"

#include <errno.h>

static enum status read_set(const struct key_file *file, struct buf *ret_json, struct fault *reterr)
{
    if (!file->is_local_issuer) {
        return file_read(file->path, ret_json, reterr);
    }
    struct local_issuer *issuer;
    enum status status = local_issuer_open(file->path, &issuer, reterr);
    if (status == STATUS_OK) {
        struct json_writer w = json_writer_init(ret_json);
        local_issuer_write_keys(issuer, &w);
        local_issuer_close(issuer);
    }
    return status;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

enum status key_file_read(struct key_file *file, struct jwk_set **ret_keys, struct fault *reterr)
{
    struct stat facts;
    if (stat(file->path, &facts) != 0) {
        key_file_finish(file);
        return fault_set(reterr, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_UNAVAILABLE, "%s: %s",
                         file->path, strerror(errno));
    }
    if (file->keys == NULL || !is_same(&facts, &file->facts)) {
        struct fault fault;
        AUTO_BUF json = BUF_INIT(JWK_SET_MAX + 1);
        key_file_finish(file);
        enum status status = read_set(file, &json, reterr);
        if (status != STATUS_OK) {
            return status;
        }
        status = jwk_set_parse(buf_slice(&json), &file->keys, &fault);
        if (status != STATUS_OK) {
            return fault_set(reterr, status, "%s: %s", file->path, fault.text);
        }
        file->facts = facts;
    }
    *ret_keys = file->keys;
    return STATUS_OK;
}

void key_file_finish(struct key_file *file)
{
    jwk_set_free(file->keys);
    file->keys = NULL;
}
