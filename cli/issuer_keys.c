#include "cli/issuer_keys.h"

/* A URL may hold a '=' of its own, in its query; a path hardly does. */
static enum status read_one(struct slice text, struct arena *arena, struct jwt_key_file *file,
                            struct fault *reterr)
{
    size_t equals = slice_rfind(text, '=');
    struct slice url = slice_take(text, equals != SLICE_NPOS ? equals : 0);
    struct slice path = slice_skip(text, equals != SLICE_NPOS ? equals + 1 : text.len);
    bool is_url =
        slice_istarts_with(url, SLICE("http://")) || slice_istarts_with(url, SLICE("https://"));
    if (!is_url || path.len == 0) {
        return fault_set(reterr, STATUS_INVALID,
                         "--issuer-keys must be URL=FILE with the issuer's URL, not '%.*s'",
                         SLICE_ARG(text));
    }
    file->issuer = arena_cstr(arena, url);
    file->path = arena_cstr(arena, path);
    return STATUS_OK;
}

enum status issuer_keys_read(const struct args *args, struct arena *arena,
                             struct issuer_keys *ret_keys, struct fault *reterr)
{
    const char *text;
    ret_keys->count = 0;
    while ((text = args_list(args, "issuer-keys", ret_keys->count)) != NULL) {
        if (ret_keys->count == ISSUER_KEYS_MAX) {
            return fault_set(reterr, STATUS_LIMIT, "--issuer-keys may be given %d times",
                             ISSUER_KEYS_MAX);
        }
        enum status status =
            read_one(slice_from(text), arena, &ret_keys->items[ret_keys->count], reterr);
        if (status != STATUS_OK) {
            return status;
        }
        ret_keys->count++;
    }
    return STATUS_OK;
}
