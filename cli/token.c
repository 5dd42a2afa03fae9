/* sls-local token: prints a token of the local issuer, for the application of this directory. */
#include "cli/clock_page.h"
#include "cli/commands.h"
#include "cli/duration.h"
#include "cli/edge_client.h"
#include "cli/project.h"
#include "cli/token_authorizer.h"
#include "core/encode.h"
#include "core/file.h"
#include "core/json_scan.h"
#include "gateway/jwt/local_issuer.h"

#include <unistd.h>

#define DEFAULT_EDGE "http://127.0.0.1:4566"
#define DEFAULT_SUBJECT "user"
#define DEFAULT_TTL "1h"
#define URL_LEN_MAX 8192

static const struct option options[] = {
    {"sub", 0, OPTION_TEXT, "USER", "whom the token is of; default: user"},
    {"scope", 0, OPTION_TEXT, "\"A B\"", "scopes, with blanks between them"},
    {"aud", 0, OPTION_LIST, "APP", "audience; may be repeated; default: the authorizer's first"},
    {"client-id", 0, OPTION_TEXT, "APP", "client_id, as access tokens have it instead of aud"},
    {"groups", 0, OPTION_TEXT, "A,B", "groups (cognito:groups when a user pool is the issuer)"},
    {"claim", 0, OPTION_LIST, "K=V|K:=JSON",
     "another claim, or another value of one: as text, or as JSON; may be repeated"},
    {"ttl", 0, OPTION_TEXT, "DURATION", "how long it is good for: 90m, 2h30m, 1d; default: 1h"},
    {"issuer", 0, OPTION_TEXT, "URL",
     "in whose name; default: the authorizer's, else the local one's"},
    {"authorizer", 0, OPTION_TEXT, "NAME", "the one of the template that the token is for"},
    PROJECT_OPTIONS,
    {"data", 0, OPTION_TEXT, "DIR",
     "data directory with the key; default: .sls-local here or above, else beside the template"},
    {"edge", 0, OPTION_TEXT, "URL", "have the up behind this AWS endpoint make the token"},
    {NULL, 0, OPTION_FLAG, NULL, NULL},
};

struct request {
    const struct args *args;
    struct arena arena;
    struct token_authorizer authorizer;
    int64_t ttl_ms;
    struct buf claims;
};

/* --- claims --- */

/* "k=v", "k:=json"; INVALID when it is neither. */
static enum status split_claim(const char *word, struct slice *ret_name, struct slice *ret_value,
                               bool *ret_is_json, struct fault *reterr)
{
    struct slice text = slice_from(word);
    size_t equals = slice_find(text, '=');
    bool is_json = equals != SLICE_NPOS && equals > 0 && text.ptr[equals - 1] == ':';
    size_t name_len = equals != SLICE_NPOS ? equals - is_json : 0;
    if (name_len == 0) {
        return fault_set(reterr, STATUS_INVALID, "--claim must be K=V or K:=JSON, not '%s'", word);
    }
    *ret_name = slice_take(text, name_len);
    *ret_value = slice_skip(text, equals + 1);
    *ret_is_json = is_json;
    if (is_json && !json_validate(*ret_value, NULL)) {
        return fault_set(reterr, STATUS_INVALID, "--claim %s: what follows := is not JSON", word);
    }
    return STATUS_OK;
}

static bool is_claimed(const struct request *request, const char *name)
{
    struct slice other, value;
    bool is_json;
    const char *word;
    for (size_t i = 0; (word = args_list(request->args, "claim", i)) != NULL; i++) {
        if (split_claim(word, &other, &value, &is_json, NULL) == STATUS_OK &&
            slice_is(other, name)) {
            return true;
        }
    }
    return false;
}

static void put_text(const struct request *request, struct json_writer *w, const char *name,
                     struct slice text)
{
    if (text.len > 0 && !is_claimed(request, name)) {
        json_put_string(w, name, text);
    }
}

static void put_audience(const struct request *request, struct json_writer *w,
                         struct slice otherwise)
{
    const char *first = args_list(request->args, "aud", 0);
    const char *word;
    if (first == NULL || args_list(request->args, "aud", 1) == NULL) {
        put_text(request, w, "aud", first != NULL ? slice_from(first) : otherwise);
        return;
    }
    if (is_claimed(request, "aud")) {
        return;
    }
    json_key_text(w, "aud");
    json_open(w, '[');
    for (size_t i = 0; (word = args_list(request->args, "aud", i)) != NULL; i++) {
        json_write_string(w, slice_from(word));
    }
    json_close(w, ']');
}

static void put_groups(const struct request *request, struct json_writer *w, const char *name)
{
    struct slice list = slice_from(args_text(request->args, "groups"));
    if (list.ptr == NULL || is_claimed(request, name)) {
        return;
    }
    json_key_text(w, name);
    json_open(w, '[');
    for (struct slice group; slice_split(&list, ',', &group);) {
        if (group.len > 0) {
            json_write_string(w, group);
        }
    }
    json_close(w, ']');
}

static void put_claims(const struct request *request, struct json_writer *w)
{
    struct slice name, value;
    bool is_json;
    const char *word;
    for (size_t i = 0; (word = args_list(request->args, "claim", i)) != NULL; i++) {
        if (split_claim(word, &name, &value, &is_json, NULL) != STATUS_OK) {
            continue; /* refused before */
        }
        json_write_key(w, name);
        if (is_json) {
            json_write_raw(w, slice_trim(value));
        } else {
            json_write_string(w, value);
        }
    }
}

/* What user pools add: access tokens have a client_id and no aud, and their users are called differently. */
static void put_pool_claims(const struct request *request, struct json_writer *w, bool is_access,
                            struct slice subject)
{
    put_text(request, w, "token_use", is_access ? SLICE("access") : SLICE("id"));
    put_text(request, w, is_access ? "username" : "cognito:username", subject);
    put_groups(request, w, "cognito:groups");
}

static enum status write_claims(struct request *request, struct slice issuer, struct fault *reterr)
{
    const struct args *args = request->args;
    struct json_writer w = json_writer_init(&request->claims);
    struct slice subject =
        slice_from(args_text(args, "sub") != NULL ? args_text(args, "sub") : DEFAULT_SUBJECT);
    struct slice client = slice_from(args_text(args, "client-id"));
    bool is_pool = slice_starts_with(issuer, SLICE("https://cognito-idp."));
    bool is_access = client.len > 0 || args_text(args, "scope") != NULL;
    struct slice audience = request->authorizer.audience;
    if (is_pool && is_access && client.len == 0 && args_list(args, "aud", 0) == NULL) {
        client = audience;
    }
    json_open(&w, '{');
    put_text(request, &w, "iss", issuer);
    put_text(request, &w, "sub", subject);
    put_audience(request, &w, client.len > 0 ? SLICE("") : audience);
    put_text(request, &w, "client_id", client);
    put_text(request, &w, "scope", slice_from(args_text(args, "scope")));
    if (is_pool) {
        put_pool_claims(request, &w, is_access, subject);
    } else {
        put_groups(request, &w, "groups");
    }
    put_claims(request, &w);
    json_close(&w, '}');
    if (buf_status(&request->claims) != STATUS_OK) {
        return fault_set(reterr, STATUS_LIMIT, "the claims are longer than %d bytes",
                         LOCAL_ISSUER_CLAIMS_MAX);
    }
    return STATUS_OK;
}

/* --- signing --- */

/* The data directory that `up` uses, or would use. */
static enum status find_data_dir(struct request *request, struct data_dir *ret_dir,
                                 struct fault *reterr)
{
    const char *wanted = args_text(request->args, "data");
    const char *template_path = args_text(request->args, "template");
    if (wanted == NULL && template_path == NULL) {
        enum status found = data_dir_find(NULL, ret_dir, reterr);
        if (found == STATUS_OK || !request->authorizer.has_template) {
            return found;
        }
    }
    if (wanted == NULL) {
        wanted = data_dir_beside(&request->arena, template_path);
    }
    enum status status = file_make_dirs(wanted, reterr);
    return status == STATUS_OK ? data_dir_find(wanted, ret_dir, reterr) : status;
}

static struct slice default_issuer(struct request *request, const struct data_dir *dir)
{
    struct endpoints endpoints;
    struct slice edge = SLICE(DEFAULT_EDGE);
    if (endpoints_read(&request->arena, dir, &endpoints, NULL) == STATUS_OK) {
        edge = endpoints.edge;
    }
    return arena_printf(&request->arena, "%.*s" LOCAL_ISSUER_PATH, SLICE_ARG(edge));
}

static enum status sign(struct request *request, struct slice issuer, struct buf *ret_token,
                        struct fault *reterr)
{
    struct data_dir dir;
    struct clock clock;
    struct local_issuer *signer;
    enum status status = find_data_dir(request, &dir, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    if (issuer.len == 0) {
        issuer = default_issuer(request, &dir);
    }
    status = write_claims(request, issuer, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    clock_init_system(&clock);
    clock_page_resume(&clock, &dir); /* the application's may have been turned */
    status =
        local_issuer_make(data_dir_file(&request->arena, &dir, LOCAL_ISSUER_FILE), &signer, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    const struct token_defaults defaults = {
        .issuer = issuer, .now_ms = clock_epoch_ms(&clock), .ttl_ms = request->ttl_ms};
    status = local_issuer_sign(signer, buf_slice(&request->claims), &defaults, ret_token, reterr);
    local_issuer_close(signer);
    return status;
}

static enum status ask_edge(struct request *request, struct slice issuer, struct buf *ret_token,
                            struct fault *reterr)
{
    AUTO_BUF url = BUF_INIT(URL_LEN_MAX);
    struct http_client_response response;
    enum status status = write_claims(request, issuer, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    buf_printf(&url, "%s" LOCAL_ISSUER_PATH "/token?ttl=%lldms", args_text(request->args, "edge"),
               (long long)request->ttl_ms);
    const struct http_client_request post = {
        .method = SLICE("POST"), .url = buf_slice(&url), .body = buf_slice(&request->claims)};
    status = edge_client_send(&request->arena, &post, &response, reterr);
    if (status != STATUS_OK) {
        return status;
    }
    if (response.status != 200) {
        struct slice message = json_text_member(&request->arena, response.body, "message");
        return fault_set(reterr, STATUS_UNAVAILABLE, "%.*s answered %d %.*s", SLICE_ARG(post.url),
                         response.status, SLICE_ARG(message));
    }
    buf_append(ret_token, json_text_member(&request->arena, response.body, "token"));
    return STATUS_OK;
}

/* --- the command --- */

static enum status find_authorizer(struct request *request, struct fault *reterr)
{
    const struct args *args = request->args;
    bool is_all_said = args_text(args, "issuer") != NULL &&
                       (args_list(args, "aud", 0) != NULL || args_text(args, "client-id") != NULL);
    if (is_all_said) {
        return STATUS_OK;
    }
    enum status status = token_authorizer_find(&request->arena, args, &request->authorizer, reterr);
    if (status == STATUS_OK && request->authorizer.name.len > 0 && isatty(STDERR_FILENO)) {
        fprintf(stderr, "for authorizer %.*s, which trusts %.*s\n",
                SLICE_ARG(request->authorizer.name), SLICE_ARG(request->authorizer.issuer));
    }
    return status;
}

static enum status make(struct request *request, struct buf *ret_token, struct fault *reterr)
{
    const struct args *args = request->args;
    struct slice issuer = slice_from(args_text(args, "issuer"));
    if (issuer.len == 0) {
        issuer = request->authorizer.issuer;
    }
    return args_text(args, "edge") != NULL ? ask_edge(request, issuer, ret_token, reterr)
                                           : sign(request, issuer, ret_token, reterr);
}

static enum status check_usage(struct request *request, struct fault *reterr)
{
    const struct args *args = request->args;
    const char *ttl = args_text(args, "ttl") != NULL ? args_text(args, "ttl") : DEFAULT_TTL;
    enum status status = duration_parse(slice_from(ttl), &request->ttl_ms, reterr);
    struct slice name, value;
    bool is_json;
    const char *word;
    for (size_t i = 0; status == STATUS_OK && (word = args_list(args, "claim", i)) != NULL; i++) {
        status = split_claim(word, &name, &value, &is_json, reterr);
    }
    return status;
}

static int print_token(struct request *request)
{
    AUTO_BUF token = BUF_INIT(8 * LOCAL_ISSUER_CLAIMS_MAX);
    struct fault fault;
    enum status status = find_authorizer(request, &fault);
    if (status == STATUS_OK) {
        status = make(request, &token, &fault);
    }
    if (status != STATUS_OK) {
        return fail("%s", fault.text);
    }
    printf("%.*s\n", SLICE_ARG(buf_slice(&token)));
    return EXIT_FINE;
}

static int run(const struct args *args)
{
    struct request request = {
        .args = args, .arena = ARENA_INIT, .claims = BUF_INIT(LOCAL_ISSUER_CLAIMS_MAX)};
    struct fault fault;
    int exit_code = check_usage(&request, &fault) == STATUS_OK ? print_token(&request)
                                                               : fail_usage(args->command, &fault);
    buf_finish(&request.claims);
    arena_finish(&request.arena);
    return exit_code;
}

const struct command token_command = {
    .name = "token",
    .usage = "[--sub USER] [options]",
    .summary = "print a JSON Web Token that the application's authorizers accept",
    .details =
        "Signs with the key of the data directory, which is made at first use; an up need not "
        "run.\n"
        "Issuer and audience are those of the template's JWT or Cognito authorizer, so that\n"
        "    curl -H \"Authorization: Bearer $(sls-local token --sub me)\" http://127.0.0.1:3000/\n"
        "works without an account and a network. A running up publishes the key at\n"
        "/_sls/issuer/.well-known/jwks.json of the AWS endpoint. Times are those of its clock.",
    .options = options,
    .run = run,
};
