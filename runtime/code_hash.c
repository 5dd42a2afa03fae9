/* CodeSha256 and CodeSize: of a zip the real ones; of a directory a digest of names, sizes and
 * times, which changes whenever the code does and reads no file. */
#include "core/encode.h"
#include "core/file.h"
#include "runtime/plan.h"

#include <dirent.h>
#include <fcntl.h>
#include <sha2.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 64, PATH_LEN = 4096 };

static bool hash_file(const char *path, unsigned char digest[SHA256_DIGEST_LENGTH],
                      uint64_t *ret_size)
{
    char piece[65536];
    ssize_t count;
    SHA2_CTX sha;
    AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
    SHA256Init(&sha);
    while (fd >= 0 && (count = read(fd, piece, sizeof piece)) > 0) {
        SHA256Update(&sha, (const uint8_t *)piece, (size_t)count);
        *ret_size += (uint64_t)count;
    }
    SHA256Final(digest, &sha);
    return fd >= 0;
}

/* Digests are added up, so that the order of readdir() does not matter. */
static void hash_tree(const char *path, size_t root_len, int depth,
                      unsigned char digest[SHA256_DIGEST_LENGTH], uint64_t *ret_size)
{
    DIR *dir = depth < DEPTH_MAX ? opendir(path) : NULL;
    struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char child[PATH_LEN];
        char text[PATH_LEN + 128];
        unsigned char own[SHA256_DIGEST_LENGTH];
        struct stat file;
        SHA2_CTX sha;
        int len = snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || len < 0 ||
            len >= PATH_LEN || lstat(child, &file) != 0) {
            continue;
        }
        if (S_ISDIR(file.st_mode)) {
            hash_tree(child, root_len, depth + 1, digest, ret_size);
            continue;
        }
        len =
            snprintf(text, sizeof text, "%s %lld %lld.%09ld", child + root_len,
                     (long long)file.st_size, (long long)file.st_mtim.tv_sec, file.st_mtim.tv_nsec);
        SHA256Init(&sha);
        SHA256Update(&sha, (const uint8_t *)text, (size_t)len);
        SHA256Final(own, &sha);
        for (size_t i = 0; i < SHA256_DIGEST_LENGTH; i++) {
            digest[i] = (unsigned char)(digest[i] + own[i]);
        }
        *ret_size += (uint64_t)file.st_size;
    }
    if (dir != NULL) {
        closedir(dir);
    }
}

void code_hash(const struct plan *plan, struct buf *ret_base64, uint64_t *ret_size)
{
    const struct function_spec *spec = &plan->function->spec;
    struct slice hashed;
    unsigned char digest[SHA256_DIGEST_LENGTH] = {0};
    SHA2_CTX sha;
    AUTO_BUF path = BUF_INIT(PATH_LEN);
    buf_append(&path, spec->code_path);
    *ret_size = 0;
    switch (spec->code) {
    case CODE_DIRECTORY:
        hash_tree(buf_cstr(&path), path.len, 0, digest, ret_size);
        break;
    case CODE_ZIP:
        (void)hash_file(buf_cstr(&path), digest, ret_size);
        break;
    case CODE_INLINE:
    case CODE_IMAGE:
    case CODE_REMOTE:
        SHA256Init(&sha);
        hashed = spec->code == CODE_INLINE ? spec->inline_code : spec->code_path;
        SHA256Update(&sha, (const uint8_t *)hashed.ptr, hashed.len);
        SHA256Final(digest, &sha);
        *ret_size = spec->code == CODE_INLINE ? spec->inline_code.len : 0;
        break;
    }
    const void *bytes = digest;
    base64_encode(ret_base64, slice_of(bytes, SHA256_DIGEST_LENGTH));
}
