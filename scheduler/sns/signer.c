#include "scheduler/sns/signer.h"

#include "core/file.h"
#include "core/mem.h"
#include "scheduler/sns/signing_key.h"

#include <assert.h>

#define SIGNATURE_TEXT_MAX 4096

enum key_state { KEY_NONE, KEY_OPENING, KEY_OPEN, KEY_FAILED };

struct signing {
    uv_work_t work;
    struct signer *signer;
    struct arena *arena;
    struct signature *signatures;
    size_t count;
    signed_fn *on_signed;
    void *ctx;
    struct signing *next; /* of those that wait for the key */
};

struct signer {
    struct scheduler *scheduler;
    enum key_state state;
    struct signing_key *key;
    uv_work_t opening;
    char *path;
    enum status status; /* of the opening */
    struct fault fault;
    struct signing *first, *last; /* wait for the key */
    size_t under_way;
};

struct signer *signer_create(struct scheduler *scheduler)
{
    struct signer *signer = mem_zalloc(sizeof *signer);
    signer->scheduler = scheduler;
    return signer;
}

void signer_destroy(struct signer *signer)
{
    if (signer == NULL) {
        return;
    }
    assert(signer->under_way == 0);
    signing_key_close(signer->key);
    mem_free(signer->path);
    mem_free(signer);
}

const char *signer_key_id(const struct signer *signer)
{
    return signer->state == KEY_OPEN ? signing_key_id(signer->key) : "";
}

struct slice signer_certificate(const struct signer *signer)
{
    return signer->state == KEY_OPEN ? signing_key_certificate(signer->key) : SLICE("");
}

/* --- signing --- */

static void sign(uv_work_t *work)
{
    struct signing *signing = CONTAINER_OF(work, struct signing, work);
    const struct signing_key *key = signing->signer->key;
    for (size_t i = 0; i < signing->count; i++) {
        struct signature *signature = &signing->signatures[i];
        AUTO_BUF base64 = BUF_INIT(SIGNATURE_TEXT_MAX);
        bool is_signed = key != NULL && signing_key_sign(key, signature->version, signature->text,
                                                         &base64) == STATUS_OK;
        signature->base64 = is_signed ? arena_copy(signing->arena, buf_slice(&base64)) : SLICE("");
    }
}

static void on_sign_done(uv_work_t *work, int status)
{
    struct signing *signing = CONTAINER_OF(work, struct signing, work);
    struct signer *signer = signing->signer;
    struct alarms *alarms = signer->scheduler->context->alarms;
    (void)status;
    signer->under_way--;
    signing->on_signed(signing->ctx); /* may destroy the signer */
    mem_free(signing);
    alarms_release(alarms);
}

static void start(struct signing *signing)
{
    uv_queue_work(signing->signer->scheduler->context->loop, &signing->work, sign, on_sign_done);
}

/* --- the key --- */

static void open_key(uv_work_t *work)
{
    struct signer *signer = CONTAINER_OF(work, struct signer, opening);
    signer->status = signing_key_open(signer->path, &signer->key, &signer->fault);
}

static void on_key_open(uv_work_t *work, int status)
{
    struct signer *signer = CONTAINER_OF(work, struct signer, opening);
    struct signing *signing = signer->first;
    (void)status;
    signer->state = signer->status == STATUS_OK ? KEY_OPEN : KEY_FAILED;
    if (signer->state == KEY_FAILED) {
        scheduler_notice(signer->scheduler, SLICE("sns"), "notifications are not signed: %s",
                         signer->fault.text);
    }
    signer->first = NULL;
    signer->last = NULL;
    while (signing != NULL) {
        struct signing *next = signing->next;
        start(signing);
        signing = next;
    }
}

static void need_key(struct signer *signer)
{
    struct buf path = BUF_INIT(8192);
    buf_printf(&path, "%s/sns-signing.pem", signer->scheduler->options.data_dir);
    signer->path = mem_strdup(buf_cstr(&path));
    buf_finish(&path);
    signer->state = KEY_OPENING;
    uv_queue_work(signer->scheduler->context->loop, &signer->opening, open_key, on_key_open);
}

void signer_sign(struct signer *signer, struct arena *arena, struct signature *signatures,
                 size_t count, signed_fn *on_signed, void *ctx)
{
    struct signing *signing = mem_zalloc(sizeof *signing);
    *signing = (struct signing){.signer = signer,
                                .arena = arena,
                                .signatures = signatures,
                                .count = count,
                                .on_signed = on_signed,
                                .ctx = ctx};
    alarms_hold(signer->scheduler->context->alarms);
    signer->under_way++;
    if (signer->state == KEY_OPEN || signer->state == KEY_FAILED) {
        start(signing);
        return;
    }
    if (signer->last != NULL) {
        signer->last->next = signing;
    } else {
        signer->first = signing;
    }
    signer->last = signing;
    if (signer->state == KEY_NONE) {
        need_key(signer);
    }
}
