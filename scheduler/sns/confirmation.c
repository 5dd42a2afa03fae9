/* What an HTTP(S) endpoint is told when it is subscribed, and when it no longer is. */
#include "core/mem.h"
#include "scheduler/delivery/delivery.h"
#include "scheduler/sns/http_delivery.h"
#include "scheduler/sns/notification.h"
#include "scheduler/sns/sns_private.h"

#define DOCUMENT_MAX 65536

struct confirmation {
    struct sns *sns;
    struct arena arena;
    struct notification notification;
    struct signature signature;
    struct delivery delivery;
};

static void on_signed(void *ctx)
{
    struct confirmation *confirmation = ctx;
    struct sns *sns = confirmation->sns;
    AUTO_BUF document = BUF_INIT(DOCUMENT_MAX);
    confirmation->notification.signature = confirmation->signature.base64;
    confirmation->notification.key_id = slice_from(signer_key_id(sns->signer));
    notification_print(&document, &confirmation->notification);
    confirmation->delivery.payload = buf_slice(&document);
    delivery_send(sns->scheduler, &confirmation->delivery);
    arena_finish(&confirmation->arena);
    mem_free(confirmation);
    sns_unuse(sns);
}

static struct slice words_for(struct arena *arena, const struct subscription *subscription,
                              bool is_end)
{
    if (is_end) {
        return arena_printf(arena,
                            "You have chosen to deactivate subscription %.*s.\nTo cancel this "
                            "operation and restore the subscription, visit the SubscribeURL "
                            "included in this message.",
                            SLICE_ARG(subscription->arn));
    }
    return arena_printf(arena,
                        "You have chosen to subscribe to the topic %.*s.\nTo confirm the "
                        "subscription, visit the SubscribeURL included in this message.",
                        SLICE_ARG(subscription->topic->arn));
}

void send_confirmation(struct sns *sns, const struct subscription *subscription, bool is_end)
{
    struct confirmation *confirmation = mem_zalloc(sizeof *confirmation);
    struct arena *arena = &confirmation->arena;
    struct notification *notification = &confirmation->notification;
    const struct topic *topic = subscription->topic;
    char id[ID_UUID_MAX];
    char time[TIME_TEXT_MAX];
    arena_init(arena, 4096);
    confirmation->sns = sns;
    *notification = (struct notification){
        .type = is_end ? UNSUBSCRIBE_CONFIRMATION : SUBSCRIPTION_CONFIRMATION,
        .message_id = arena_copy(arena, slice_from(id_uuid(id))),
        .topic_arn = arena_copy(arena, topic->arn),
        .subscription_arn = arena_copy(arena, subscription->arn),
        .subject = SLICE_NULL,
        .message = words_for(arena, subscription, is_end),
        .timestamp =
            arena_copy(arena, slice_from(time_iso8601_ms(time, scheduler_now_ms(sns->scheduler)))),
        .sequence_number = SLICE(""),
        .token = arena_copy(arena, subscription->token),
        .signature_version = topic_is_set(topic, TOPIC_SIGNATURE_VERSION, "2") ? 2 : 1,
        .edge_url = slice_from(sns->scheduler->options.edge_url),
    };
    confirmation->delivery = (struct delivery){
        .target = arena_copy(arena, subscription->endpoint),
        .parameters = http_delivery_parameters(arena, notification, SLICE_NULL, false),
        .source = arena_printf(arena, "topic %.*s", SLICE_ARG(topic->name)),
        .source_arn = arena_copy(arena, topic->arn),
        .retry = http_delivery_retry(subscription),
    };
    confirmation->signature = (struct signature){
        .version = notification->signature_version,
        .text = notification_signed_text(arena, notification),
    };
    sns_use(sns);
    signer_sign(sns->signer, arena, &confirmation->signature, 1, on_signed, confirmation);
}
