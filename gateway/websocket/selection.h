/* Selection expressions of WebSocket APIs: which route a message means, which template it is rendered with.
 *
 *     expression := (text | "\$" | variable)*
 *     variable   := "$" name | "${" name "}"        unwrapped, a name ends where letters, digits, _ - . and [...] do
 *     name       := "request.body" path?            path: ".action", "['a b']", any JSONPath of the message
 *                 | "integration.response.statuscode" | "integration.response." ("header." | "multivalueheader.") name
 *                                                     in templates of responses only
 *
 * "$default" alone is itself but for routes, where it is no expression. A path that leads nowhere, and null, are the empty text; strings are themselves, numbers and booleans as they were
 * sent, lists and objects as "[a, b]" and "{k=v}".
 *
 *     $request.body.action                          {"action":"join"} -> join
 *     ${request.body.service}/${request.body.action}                  -> chat/join
 *
 * Ownership  An expression lives in the arena it was parsed into and points into its text.
 * Thread     Any, once parsed.
 * Errors     INVALID for a variable that is not of the message, a brace that is not closed, a malformed path.
 * Limits     SELECTION_TEXT_MAX; JSONPath's own.
 * Source     API Gateway Developer Guide, "WebSocket selection expressions" and "Create routes for WebSocket APIs". */
#ifndef SLS_GATEWAY_WEBSOCKET_SELECTION_H
#define SLS_GATEWAY_WEBSOCKET_SELECTION_H

#include "core/arena.h"
#include "core/http/http.h"

#define SELECTION_TEXT_MAX 4096u /* bytes of an expression; ours */

struct selection;

/* What the key is of: a route; a model or a template of a request; a template of a response. */
enum selection_use { SELECTION_ROUTE, SELECTION_REQUEST, SELECTION_RESPONSE };

/* What a variable is looked up in. */
struct selection_source {
    struct slice message;
    int status; /* of the integration's answer */
    struct http_headers headers;
};

MUST_CHECK enum status selection_parse(struct arena *arena, enum selection_use use,
                                       struct slice text, const struct selection **ret_selection,
                                       struct fault *reterr);
/* The key for `message`. False when there is none: it is no JSON, or cost too much to look at; then $default is meant,
 * whatever the expression is. */
MUST_CHECK bool selection_evaluate(const struct selection *selection, struct arena *arena,
                                   struct slice message, struct slice *ret_key);
/* The key of a model or a template; a variable that there is none of is the empty text. */
struct slice selection_key(const struct selection *selection, struct arena *arena,
                           const struct selection_source *source);

#endif
