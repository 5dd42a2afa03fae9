#include "core/http/tls_private.h"

#include "core/http/h2.h"
#include "core/mem.h"

#include <assert.h>

#define SEALED_LEN 65536   /* of records: sent when so many were collected */
#define CONNECTION_INDEX 0 /* SSL_get_app_data()'s */

struct tls_channel {
    struct tls *tls;
    SSL *ssl;
    bool is_open;    /* the handshake is over */
    bool is_broken;  /* nothing can be sealed any more */
    bool is_shut;    /* close_notify was sent */
    bool is_sending; /* inside flush() */
};

/* --- the handshake --- */

int tls_on_alpn(SSL *ssl, const unsigned char **ret_protocol, unsigned char *ret_len,
                const unsigned char *offered, unsigned int offered_len, void *ctx)
{
    static const unsigned char protocols[] = "\x02h2\x08http/1.1";
    static const unsigned h2_len = 3;
    const struct tls *tls = ctx;
    const struct connection *connection = tls->library.SSL_get_ex_data(ssl, CONNECTION_INDEX);
    struct http_server *server = connection->carrier.server;
    for (int tries = server->options.speaks_http2 ? 0 : 1; tries < 2; tries++) {
        unsigned skipped = tries == 0 ? 0 : h2_len;
        unsigned char *chosen;
        int found = tls->library.SSL_select_next_proto(&chosen, ret_len, protocols + skipped,
                                                       (unsigned)sizeof protocols - 1 - skipped,
                                                       offered, offered_len);
        if (found == OPENSSL_NPN_NEGOTIATED &&
            (*ret_len != h2_len - 1 || h2_session_is_possible(server))) {
            *ret_protocol = chosen;
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool tls_channel_begin(struct connection *connection)
{
    struct tls *tls = connection->carrier.server->options.tls;
    const struct tls_library *library = &tls->library;
    SSL *ssl = library->SSL_new(tls->ssl_ctx);
    if (ssl == NULL || library->SSL_set_ex_data(ssl, CONNECTION_INDEX, connection) != 1) {
        library->SSL_free(ssl);
        return false;
    }
    library->BIO_up_ref(tls->received);
    library->BIO_up_ref(tls->to_send);
    library->SSL_set_bio(ssl, tls->received, tls->to_send);
    library->SSL_set_accept_state(ssl);
    struct tls_channel *channel = mem_zalloc(sizeof(*channel));
    channel->tls = tls;
    channel->ssl = ssl;
    connection->tls = channel;
    connection->peer.is_tls = true;
    connection->state = CONNECTION_HANDSHAKE;
    connection->read_deadline = 0;
    return true;
}

void tls_channel_destroy(struct tls_channel *channel)
{
    if (channel != NULL) {
        channel->tls->library.SSL_free(channel->ssl);
        mem_free(channel);
    }
}

/* --- bytes out --- */

/* What libssl has written into memory goes to the socket. */
static size_t flush(struct connection *connection)
{
    struct tls_channel *channel = connection->tls;
    struct buf *sealed = &channel->tls->sealed;
    buf_clear(sealed);
    for (;;) {
        char *at = buf_reserve(sealed, TLS_RECORD_LEN);
        assert(at != NULL); /* it is sent long before */
        int len = channel->tls->library.BIO_read(channel->tls->to_send, at, TLS_RECORD_LEN);
        if (len <= 0) {
            break;
        }
        buf_advance(sealed, (size_t)len);
    }
    size_t len = sealed->len;
    if (len != 0) {
        struct slice bytes = buf_slice(sealed);
        channel->is_sending = true;
        output_send(connection, &bytes, 1);
        channel->is_sending = false;
    }
    return len;
}

/* False when that cannot be: the connection is cut then. */
static bool seal(struct connection *connection, const char *bytes, size_t len)
{
    struct tls_channel *channel = connection->tls;
    const struct tls_library *library = &channel->tls->library;
    if (library->SSL_write(channel->ssl, bytes, (int)len) == (int)len) {
        return true;
    }
    library->ERR_clear_error();
    channel->is_broken = true;
    (void)flush(connection); /* or another connection would send it */
    connection_reset(connection);
    return false;
}

void tls_channel_write(struct connection *connection, const struct slice *parts, size_t count)
{
    struct tls_channel *channel = connection->tls;
    assert(channel->is_open && !channel->is_sending);
    char *gathered = channel->tls->gathered;
    size_t used = 0;
    size_t unsent = 0;
    for (size_t i = 0; i < count; i++) {
        struct slice part = parts[i];
        while (part.len != 0) {
            struct slice piece = slice_take(part, TLS_RECORD_LEN - used);
            memcpy(gathered + used, piece.ptr, piece.len);
            used += piece.len;
            part = slice_skip(part, piece.len);
            if (used == TLS_RECORD_LEN && !seal(connection, gathered, used)) {
                return;
            }
            unsent += used == TLS_RECORD_LEN ? used : 0;
            used = used == TLS_RECORD_LEN ? 0 : used;
            if (unsent >= SEALED_LEN) {
                (void)flush(connection);
                unsent = 0;
            }
            if (!connection_is_open(connection)) {
                return;
            }
        }
    }
    if (used == 0 || seal(connection, gathered, used)) {
        (void)flush(connection);
    }
}

void tls_channel_shut(struct connection *connection)
{
    struct tls_channel *channel = connection->tls;
    if (!channel->is_open || channel->is_broken || channel->is_shut || channel->is_sending) {
        return;
    }
    channel->is_shut = true;
    (void)channel->tls->library.SSL_shutdown(channel->ssl);
    channel->tls->library.ERR_clear_error();
    (void)flush(connection);
}

/* --- bytes in --- */

static void tell_trouble(struct connection *connection, unsigned long error)
{
    const struct http_server_options *options = &connection->carrier.server->options;
    int reason = ERR_GET_REASON(error);
    bool is_untrusted = reason == SSL_R_TLSV1_ALERT_UNKNOWN_CA ||
                        reason == SSL_R_SSLV3_ALERT_BAD_CERTIFICATE ||
                        reason == SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN;
    if (is_untrusted && options->on_tls_trouble != NULL) {
        options->on_tls_trouble(options->ctx, TLS_TROUBLE_UNTRUSTED);
    }
}

/* Opens the records that came as far as they are whole; why it stopped is libssl's SSL_ERROR_*. */
static size_t open_records(struct tls_channel *channel, int *ret_why)
{
    const struct tls_library *library = &channel->tls->library;
    size_t len = 0;
    int count;
    do {
        assert(len < READ_LEN); /* plain bytes are no more than those that were read */
        count = library->SSL_read(channel->ssl, channel->tls->opened + len, (int)(READ_LEN - len));
        len += count > 0 ? (size_t)count : 0;
    } while (count > 0);
    *ret_why = library->SSL_get_error(channel->ssl, count);
    return len;
}

/* What libssl has not taken, because the connection is broken, must not become another's. */
static void drop_received(struct tls *tls)
{
    char *rest = tls->gathered;
    while (tls->library.BIO_read(tls->received, rest, TLS_RECORD_LEN) > 0) {
    }
}

void tls_channel_read(struct connection *connection, struct slice bytes)
{
    struct tls_channel *channel = connection->tls;
    struct tls *tls = channel->tls;
    const struct tls_library *library = &tls->library;
    if (connection->state == CONNECTION_LINGER || channel->is_broken) {
        return; /* nobody reads it */
    }
    int why;
    library->ERR_clear_error();
    int taken = library->BIO_write(tls->received, bytes.ptr, (int)bytes.len);
    assert(taken == (int)bytes.len); /* but for want of memory */
    size_t len = open_records(channel, &why);
    channel->is_broken = why != SSL_ERROR_WANT_READ && why != SSL_ERROR_ZERO_RETURN;
    if (channel->is_broken) {
        tell_trouble(connection, library->ERR_peek_last_error());
        library->ERR_clear_error();
        drop_received(tls);
    }
    bool was_open = channel->is_open;
    size_t sent = flush(connection);
    if (!connection_is_open(connection)) {
        return;
    }
    if (channel->is_broken) {
        connection_close(connection);
        return;
    }
    /* In 1.2 that is the refusal of a new handshake: who asks for one once may ask for ever. */
    if (was_open && sent != 0 && library->SSL_version(channel->ssl) < TLS1_3_VERSION) {
        connection_close(connection);
        return;
    }
    if (!was_open) {
        channel->is_open = library->SSL_is_init_finished(channel->ssl) == 1;
        connection->state = channel->is_open ? CONNECTION_IDLE : CONNECTION_HANDSHAKE;
        connection_settle(connection); /* later only what is opened moves a deadline */
    }
    if (len != 0) {
        connection_feed(connection, slice_of(tls->opened, len));
    }
    if (why == SSL_ERROR_ZERO_RETURN && connection_is_open(connection)) {
        connection_feed_end(connection);
    }
}
