#include <sls.h>
#include <sls_client.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TYPE_MAX = 128 }; /* of a content type or an error type, with its 0 byte */

#define PRELUDE_TYPE "application/vnd.awslambda.http-integration-response"

struct sls_invocation {
    struct sls_client client;
    struct sls_buffer out;   /* the response; while streaming, one piece of it */
    struct sls_buffer error; /* the JSON of sls_fail() */
    int failure;             /* SLS_OK, SLS_FAILED after sls_fail(), else why writing failed */
    bool is_streaming;
    bool is_stream_open; /* the head of the streamed POST is out */
    char content_type[TYPE_MAX];
    char error_type[TYPE_MAX];
};

/* --- answers to the platform --- */

static int format_post(const struct sls_invocation *invocation, char *head, size_t size,
                       const char *kind, const char *type, size_t body_len)
{
    return snprintf(head, size,
                    "POST /2018-06-01/runtime/invocation/%s/%s HTTP/1.1\r\nHost: %s:%s\r\n"
                    "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                    sls_request_id(invocation), kind, invocation->client.host,
                    invocation->client.port, type, body_len);
}

static int post_error(struct sls_invocation *invocation)
{
    char head[1024];
    int head_len = format_post(invocation, head, sizeof(head), "error", "application/json",
                               invocation->error.len);
    if (head_len < 0 || (size_t)head_len >= sizeof(head)) {
        return SLS_PROTOCOL;
    }
    struct iovec parts[] = {sls_part(head, (size_t)head_len),
                            sls_part(invocation->error.bytes, invocation->error.len)};
    return sls_client_exchange(&invocation->client, parts, 2);
}

static int post_response(struct sls_invocation *invocation)
{
    char head[1024];
    struct iovec body = invocation->out.len > 0
                            ? sls_part(invocation->out.bytes, invocation->out.len)
                            : sls_part("null", 4);
    int head_len = format_post(invocation, head, sizeof(head), "response", invocation->content_type,
                               body.iov_len);
    if (head_len < 0 || (size_t)head_len >= sizeof(head)) {
        return SLS_PROTOCOL;
    }
    struct iovec parts[] = {sls_part(head, (size_t)head_len), body};
    return sls_client_exchange(&invocation->client, parts, 2);
}

/* --- streaming --- */

/* Sends what was written as one chunk, and the head of the POST before the first. */
static int stream_piece(struct sls_invocation *invocation)
{
    char head[1024] = "";
    char size[32];
    struct iovec parts[4];
    size_t count = 0;
    if (!invocation->is_stream_open) {
        int len =
            snprintf(head, sizeof(head),
                     "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: %s:%s\r\n"
                     "Content-Type: %s\r\nTransfer-Encoding: chunked\r\n"
                     "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
                     "Trailer: Lambda-Runtime-Function-Error-Type, "
                     "Lambda-Runtime-Function-Error-Body\r\n\r\n",
                     sls_request_id(invocation), invocation->client.host, invocation->client.port,
                     invocation->content_type);
        if (len < 0 || (size_t)len >= sizeof(head)) {
            return SLS_PROTOCOL;
        }
        parts[count++] = sls_part(head, (size_t)len);
        invocation->is_stream_open = true;
    }
    if (invocation->out.len > 0) { /* an empty chunk would end the body */
        int len = snprintf(size, sizeof(size), "%zx\r\n", invocation->out.len);
        parts[count++] = sls_part(size, (size_t)len);
        parts[count++] = sls_part(invocation->out.bytes, invocation->out.len);
        parts[count++] = sls_part("\r\n", 2);
        invocation->out.len = 0;
    }
    int status =
        invocation->client.fd < 0 ? SLS_LOST : sls_client_send(&invocation->client, parts, count);
    if (status != SLS_OK) {
        sls_client_disconnect(
            &invocation->client); /* a body cannot go on over another connection */
    }
    return status;
}

static int append_base64(struct sls_buffer *buffer, const char *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    int status = SLS_OK;
    for (size_t i = 0; i < len && status == SLS_OK; i += 3) {
        unsigned word = (unsigned)(unsigned char)bytes[i] << 16;
        word |= i + 1 < len ? (unsigned)(unsigned char)bytes[i + 1] << 8 : 0;
        word |= i + 2 < len ? (unsigned)(unsigned char)bytes[i + 2] : 0;
        char quad[4] = {digits[word >> 18], digits[word >> 12 & 63],
                        i + 1 < len ? digits[word >> 6 & 63] : '=',
                        i + 2 < len ? digits[word & 63] : '='};
        status = sls_buffer_append(buffer, quad, sizeof(quad), SLS_PAYLOAD_MAX);
    }
    return status;
}

/* Ends the body, with the error in its trailers if there is one. */
static int stream_end(struct sls_invocation *invocation)
{
    if (invocation->client.fd < 0) {
        return sls_client_exchange(&invocation->client, NULL,
                                   0); /* the platform knows that the body was cut */
    }
    char type[TYPE_MAX + 96] = "";
    invocation->out.len = 0;
    if (invocation->failure != SLS_OK) {
        (void)snprintf(
            type, sizeof(type),
            "Lambda-Runtime-Function-Error-Type: %s\r\nLambda-Runtime-Function-Error-Body: ",
            invocation->error_type);
        int status =
            append_base64(&invocation->out, invocation->error.bytes, invocation->error.len);
        if (status == SLS_OK) {
            status = sls_buffer_append(&invocation->out, "\r\n", 2, SLS_PAYLOAD_MAX);
        }
        if (status != SLS_OK) {
            return status;
        }
    }
    struct iovec parts[] = {sls_part("0\r\n", 3), sls_part(type, strlen(type)),
                            sls_part(invocation->out.bytes, invocation->out.len),
                            sls_part("\r\n", 2)};
    return sls_client_exchange(&invocation->client, parts, 4);
}

int sls_stream(struct sls_invocation *invocation)
{
    if (invocation->is_streaming || invocation->out.len > 0) {
        return SLS_MISUSE;
    }
    invocation->is_streaming = true;
    return SLS_OK;
}

int sls_stream_http(struct sls_invocation *invocation, const char *prelude)
{
    static const char gap[8] = {0};
    int status = sls_stream(invocation);
    if (status != SLS_OK) {
        return status;
    }
    (void)sls_content_type(invocation, PRELUDE_TYPE);
    status = sls_buffer_append(&invocation->out, prelude, strlen(prelude), SLS_PAYLOAD_MAX);
    return status == SLS_OK ? sls_write(invocation, gap, sizeof(gap)) : status;
}

/* --- the response --- */

/* After an append: notes its failure, or sends what a streaming handler wrote. */
static int written(struct sls_invocation *invocation, int status)
{
    if (status == SLS_OK && invocation->is_streaming) {
        status = stream_piece(invocation);
    }
    if (status != SLS_OK && invocation->failure == SLS_OK) {
        invocation->failure = status;
    }
    return status;
}

int sls_write(struct sls_invocation *invocation, const void *bytes, size_t len)
{
    return written(invocation, sls_buffer_append(&invocation->out, bytes, len, SLS_PAYLOAD_MAX));
}

int sls_puts(struct sls_invocation *invocation, const char *text)
{
    return sls_write(invocation, text, strlen(text));
}

int sls_printf(struct sls_invocation *invocation, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int status = sls_buffer_vprintf(&invocation->out, SLS_PAYLOAD_MAX, format, args);
    va_end(args);
    return written(invocation, status);
}

int sls_write_json_string(struct sls_invocation *invocation, const char *text, size_t len)
{
    return written(invocation,
                   sls_buffer_append_json(&invocation->out, text, len, SLS_PAYLOAD_MAX));
}

/* Whether `text` can stand in a header line. */
static bool is_header_text(const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] > 0x7e) {
            return false;
        }
    }
    return len > 0 && len < TYPE_MAX;
}

int sls_content_type(struct sls_invocation *invocation, const char *type)
{
    if (invocation->is_stream_open || !is_header_text(type)) {
        return SLS_MISUSE;
    }
    memcpy(invocation->content_type, type, strlen(type) + 1);
    return SLS_OK;
}

/* {"errorMessage":...,"errorType":...} into `error`. */
static int write_error(struct sls_buffer *error, const char *type, const char *message,
                       size_t message_len)
{
    error->len = 0;
    int status = sls_buffer_append(error, "{\"errorMessage\":", 16, SLS_PAYLOAD_MAX);
    if (status == SLS_OK) {
        status = sls_buffer_append_json(error, message, message_len, SLS_PAYLOAD_MAX - 512);
    }
    if (status == SLS_OK) {
        status = sls_buffer_append(error, ",\"errorType\":", 13, SLS_PAYLOAD_MAX);
    }
    if (status == SLS_OK) {
        status = sls_buffer_append_json(error, type, strlen(type), SLS_PAYLOAD_MAX);
    }
    return status == SLS_OK ? sls_buffer_append(error, "}", 1, SLS_PAYLOAD_MAX) : status;
}

static void set_error_type(struct sls_invocation *invocation, const char *type)
{
    const char *safe = is_header_text(type) ? type : "Function.Unknown";
    memcpy(invocation->error_type, safe, strlen(safe) + 1);
}

int sls_fail(struct sls_invocation *invocation, const char *type, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    invocation->out.len = 0; /* also the room in which the message is formatted */
    int status = sls_buffer_vprintf(&invocation->out, SLS_PAYLOAD_MAX, format, args);
    va_end(args);
    if (status == SLS_OK) {
        status = write_error(&invocation->error, type, invocation->out.bytes, invocation->out.len);
    }
    invocation->out.len = 0;
    set_error_type(invocation, type);
    invocation->failure = status == SLS_OK ? SLS_FAILED : status;
    return SLS_FAILED;
}

/* --- the event and its context --- */

static const char *field_text(const struct sls_invocation *invocation, enum sls_field field)
{
    size_t position = invocation->client.event.fields[field];
    return position == 0 ? "" : invocation->client.in.bytes + position;
}

char *sls_event(struct sls_invocation *invocation, size_t *ret_len)
{
    if (ret_len != NULL) {
        *ret_len = invocation->client.event.body_len;
    }
    return invocation->client.in.bytes + invocation->client.event.body;
}

const char *sls_event_type(const struct sls_invocation *invocation)
{
    return field_text(invocation, SLS_FIELD_CONTENT_TYPE);
}

const char *sls_request_id(const struct sls_invocation *invocation)
{
    return field_text(invocation, SLS_FIELD_REQUEST_ID);
}

const char *sls_function_arn(const struct sls_invocation *invocation)
{
    return field_text(invocation, SLS_FIELD_FUNCTION_ARN);
}

const char *sls_trace_id(const struct sls_invocation *invocation)
{
    return field_text(invocation, SLS_FIELD_TRACE_ID);
}

const char *sls_client_context(const struct sls_invocation *invocation)
{
    return field_text(invocation, SLS_FIELD_CLIENT_CONTEXT);
}

const char *sls_cognito_identity(const struct sls_invocation *invocation)
{
    return field_text(invocation, SLS_FIELD_COGNITO_IDENTITY);
}

const char *sls_tenant_id(const struct sls_invocation *invocation)
{
    return field_text(invocation, SLS_FIELD_TENANT_ID);
}

int64_t sls_deadline_ms(const struct sls_invocation *invocation)
{
    return (int64_t)strtoll(field_text(invocation, SLS_FIELD_DEADLINE), NULL, 10);
}

int64_t sls_remaining_ms(const struct sls_invocation *invocation)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t remaining =
        sls_deadline_ms(invocation) - ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
    return remaining > 0 ? remaining : 0;
}

/* --- running --- */

static const char *const status_texts[] = {
    [-SLS_OK] = "success",
    [-SLS_FAILED] = "the invocation failed",
    [-SLS_NO_PLATFORM] =
        "AWS_LAMBDA_RUNTIME_API is not set to HOST:PORT; start this with sls-local",
    [-SLS_LOST] = "the Runtime API cannot be reached",
    [-SLS_PROTOCOL] = "the Runtime API gave an answer that makes no sense",
    [-SLS_NO_MEMORY] = "out of memory",
    [-SLS_TOO_LARGE] =
        "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    [-SLS_MISUSE] = "a call that does not fit what was called before",
};

const char *sls_strerror(int status)
{
    bool is_known = status <= 0 && status > -(int)(sizeof(status_texts) / sizeof(status_texts[0]));
    return is_known ? status_texts[-status] : "unknown status";
}

static int invocation_init(struct sls_invocation *invocation)
{
    *invocation = (struct sls_invocation){.client = {.fd = -1}};
    struct sls_client *client = &invocation->client;
    const char *address = getenv("AWS_LAMBDA_RUNTIME_API");
    const char *colon = address == NULL ? NULL : strrchr(address, ':');
    if (colon == NULL || colon == address || (size_t)(colon - address) >= sizeof(client->host) ||
        strlen(colon + 1) >= sizeof(client->port) || colon[1] == '\0') {
        return SLS_NO_PLATFORM;
    }
    memcpy(client->host, address, (size_t)(colon - address));
    memcpy(client->port, colon + 1, strlen(colon + 1));
    return SLS_OK;
}

static void invocation_finish(struct sls_invocation *invocation)
{
    sls_client_disconnect(&invocation->client);
    free(invocation->client.in.bytes);
    free(invocation->out.bytes);
    free(invocation->error.bytes);
}

static int serve_one(struct sls_invocation *invocation, sls_handler *handler, void *user)
{
    invocation->failure = SLS_OK;
    invocation->is_streaming = false;
    invocation->is_stream_open = false;
    invocation->out.len = 0;
    (void)sls_content_type(invocation, "application/json");
    int result = handler(invocation, user);
    if (result != 0 && invocation->failure == SLS_OK) {
        (void)sls_fail(invocation, "Function.Failed", "The handler returned %d", result);
    }
    if (invocation->failure != SLS_OK && invocation->failure != SLS_FAILED) {
        const char *type = invocation->failure == SLS_TOO_LARGE ? "Function.ResponseSizeTooLarge"
                                                                : "Function.Failed";
        const char *text = sls_strerror(invocation->failure);
        int status = write_error(&invocation->error, type, text, strlen(text));
        if (status != SLS_OK) {
            return status;
        }
        set_error_type(invocation, type);
    }
    if (invocation->is_streaming && invocation->failure == SLS_OK && !invocation->is_stream_open) {
        int status = stream_piece(invocation); /* a stream of nothing */
        if (status != SLS_OK) {
            return sls_client_exchange(&invocation->client, NULL, 0);
        }
    }
    if (invocation->is_stream_open) {
        return stream_end(invocation);
    }
    return invocation->failure == SLS_OK ? post_response(invocation) : post_error(invocation);
}

int sls_run(sls_handler *handler, void *user)
{
    struct sls_invocation invocation;
    int status = invocation_init(&invocation);
    if (status == SLS_OK) {
        status = sls_client_exchange(&invocation.client, NULL, 0);
    }
    while (status == SLS_OK) {
        status = serve_one(&invocation, handler, user);
    }
    invocation_finish(&invocation);
    return status;
}

int sls_init_failed(const char *type, const char *message)
{
    struct sls_invocation invocation;
    int status = invocation_init(&invocation);
    if (status == SLS_OK) {
        set_error_type(&invocation, type);
        status = write_error(&invocation.error, type, message, strlen(message));
    }
    if (status == SLS_OK) {
        status = sls_client_connect(&invocation.client);
    }
    if (status == SLS_OK) {
        char head[1024];
        int len = snprintf(head, sizeof(head),
                           "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: %s:%s\r\n"
                           "Content-Type: application/json\r\nContent-Length: %zu\r\n"
                           "Lambda-Runtime-Function-Error-Type: %s\r\n\r\n",
                           invocation.client.host, invocation.client.port, invocation.error.len,
                           invocation.error_type);
        struct iovec parts[] = {sls_part(head, (size_t)len),
                                sls_part(invocation.error.bytes, invocation.error.len)};
        status = sls_client_send(&invocation.client, parts, 2);
    }
    if (status == SLS_OK) {
        status = sls_client_read(&invocation.client, &invocation.client.event);
    }
    if (status == SLS_OK && invocation.client.event.status / 100 != 2) {
        status = SLS_PROTOCOL;
    }
    invocation_finish(&invocation);
    return status;
}
