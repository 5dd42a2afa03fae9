/* NextToken of a list's page: a text that says where the next page goes on, in a form that tells whether it was issued
 * for this list.
 *
 *     token = base64url(check u64 big-endian | text)      check: a hash of the list's name and the text
 *
 * So a token that somebody made up, or that another list gave, is refused instead of showing an empty page. It holds over
 * restarts, stands in a URL as it is, and is no secret.
 *
 * Ownership  Results are in the arena.
 * Limits     Texts of PAGE_TOKEN_TEXT_MAX bytes. */
#ifndef SLS_CORE_API_PAGE_TOKEN_H
#define SLS_CORE_API_PAGE_TOKEN_H

#include "core/arena.h"

#define PAGE_TOKEN_TEXT_MAX 8192

/* `list`: its name among the service's, mostly that of the operation. */
struct slice page_token_make(struct arena *arena, const char *list, struct slice text);
/* False for what page_token_make() did not make for this list. */
MUST_CHECK bool page_token_read(struct arena *arena, const char *list, struct slice token,
                                struct slice *ret_text);

#endif
