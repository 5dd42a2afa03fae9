/* The credentials of this machine, by which signatures are checked: test/test, which functions and every emulator's
 * clients have; AWS_ACCESS_KEY_ID of the environment; and those in the shared credentials file, of whatever profile.
 *
 * The file is read when a key is met that is neither of the others, anew each time: people log in while `up` runs.
 *
 * Ownership  What is found lives in the arena.
 * Limits     CREDENTIALS_FILE_MAX bytes.
 * Source     AWS CLI User Guide, "Configuration and credential file settings". */
#ifndef SLS_CLI_CREDENTIALS_H
#define SLS_CLI_CREDENTIALS_H

#include "gateway/gateway.h"

#define CREDENTIALS_FILE_MAX (1024u * 1024)

/* Of struct iam_options; `ctx` is not looked at. */
bool credentials_find(void *ctx, struct arena *arena, struct slice access_key,
                      struct iam_credentials *ret_credentials);
/* In the text of a credentials file. */
bool credentials_find_in(struct slice text, struct slice access_key,
                         struct iam_credentials *ret_credentials);

#endif
