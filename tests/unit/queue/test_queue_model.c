/* Random work on two queues, each step compared with the plainest queue that keeps the same promises: an array that is
 * searched from the front. The clock turns, the engine is closed and opened again, and counts must agree. */
#include "queue_world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define MESSAGES_MAX 4000
#define RECEIPTS_MAX 64
#define TEXTS_MAX 8
#define GROUPS 4

struct model_message {
    bool is_there;
    char group; /* 0: none */
    char body[8];
    char mark;
    int64_t kept_from_ms, hidden_until_ms;
    bool is_held; /* while hidden */
    uint32_t receives;
    int64_t first_ms;
    uint64_t note;
};

struct model {
    struct queue_settings settings;
    struct model_message messages[MESSAGES_MAX]; /* by sequence number */
    uint64_t next_seq;
    struct model_text {
        int64_t at_ms;
        uint64_t seq;
    } texts[TEXTS_MAX];
    struct queue_receipt receipts[RECEIPTS_MAX]; /* some of those given */
    size_t receipt_count;
    struct queue *queue;
};

static struct queue_world world;
static struct model models[2];
static unsigned seed;

static unsigned any(unsigned below)
{
    seed = seed * 1103515245U + 12345U;
    return (seed >> 16) % below;
}

static int64_t now_ms(void)
{
    return clock_epoch_ms(&world.clock);
}

/* --- the model --- */

static bool is_hidden(const struct model_message *message)
{
    return message->hidden_until_ms > now_ms();
}

static bool is_oldest(const struct model *model, uint64_t seq)
{
    for (uint64_t i = 1; model->messages[seq].group != 0 && i < seq; i++) {
        if (model->messages[i].is_there && model->messages[i].group == model->messages[seq].group) {
            return false;
        }
    }
    return true;
}

static bool is_expired(const struct model *model, const struct model_message *message)
{
    return model->settings.retention_ms > 0 &&
           message->kept_from_ms + model->settings.retention_ms <= now_ms();
}

static void model_expire(struct model *model)
{
    for (uint64_t i = 1; i < model->next_seq; i++) {
        if (is_expired(model, &model->messages[i])) {
            model->messages[i].is_there = false;
        }
    }
}

static void describe(struct buf *text, struct queue_receipt receipt, struct slice body,
                     int64_t first_ms, uint64_t note, bool is_marked)
{
    buf_printf(text, "%llu=%.*s#%u/%lld/%llu%s ", (unsigned long long)receipt.seq, SLICE_ARG(body),
               receipt.receives, (long long)(first_ms - START_MS), (unsigned long long)note,
               is_marked ? "d" : "");
}

/* True when the message is given. */
static bool model_visit(struct model *model, uint64_t seq, int64_t hold_ms, struct buf *text)
{
    struct model_message *message = &model->messages[seq];
    const struct queue_settings *settings = &model->settings;
    if (is_expired(model, message)) {
        message->is_there = false;
        return false;
    }
    if (settings->receives_max > 0 && message->receives >= settings->receives_max) {
        struct model *dead = &models[1];
        struct model_message *moved = &dead->messages[dead->next_seq++];
        *moved = *message;
        moved->mark = 'd';
        moved->note = 0;
        moved->hidden_until_ms = 0;
        moved->kept_from_ms = settings->dead_letter_restarts_age ? now_ms() : moved->kept_from_ms;
        message->is_there = false;
        return false;
    }
    message->receives++;
    message->first_ms = message->first_ms != 0 ? message->first_ms : now_ms();
    message->hidden_until_ms = hold_ms > 0 ? now_ms() + hold_ms : 0;
    message->is_held = true;
    describe(text, (struct queue_receipt){seq, message->receives}, slice_from(message->body),
             message->first_ms, message->note, message->mark != 0);
    return true;
}

static void model_take(struct model *model, uint32_t max, int64_t hold_ms, bool is_one_a_group,
                       struct buf *text)
{
    uint32_t count = 0;
    bool is_taken[MESSAGES_MAX] = {false};
    for (uint64_t seq = 1; seq < model->next_seq && count < max; seq++) {
        const struct model_message *message = &model->messages[seq];
        if (!message->is_there || is_taken[seq] || is_hidden(message) || !is_oldest(model, seq) ||
            !model_visit(model, seq, hold_ms, text)) {
            continue;
        }
        count++;
        for (uint64_t i = seq + 1;
             message->group != 0 && !is_one_a_group && i < model->next_seq && count < max; i++) {
            struct model_message *next = &model->messages[i];
            if (next->is_there && next->group == message->group) {
                if (is_hidden(next)) {
                    break;
                }
                is_taken[i] = model_visit(model, i, hold_ms, text);
                count += is_taken[i];
            }
        }
    }
}

static bool model_holds(const struct model *model, struct queue_receipt receipt)
{
    const struct model_message *message = &model->messages[receipt.seq];
    return is_hidden(message) && message->is_held && message->receives == receipt.receives;
}

/* --- steps: each on both --- */

static void step_put(struct model *model)
{
    char group = (char)any(GROUPS + 1);
    unsigned text = any(4 * TEXTS_MAX);
    int64_t delay_ms = any(3) == 0 ? (int64_t)any(3000) : any(2) == 0 ? -1 : 0;
    char body[8], group_name[2] = {(char)('a' + group), '\0'}, unique[2] = {(char)('0' + text)};
    snprintf(body, sizeof body, "m%llu", (unsigned long long)model->next_seq);
    struct queue_put put = {.delay_ms = delay_ms, .body = slice_from(body)};
    put.group = slice_from(group > 0 ? group_name : "");
    put.unique = slice_from(text < TEXTS_MAX ? unique : "");
    put = put_with(&world, model->queue, put);

    struct model_text *known = text < TEXTS_MAX ? &model->texts[text] : NULL;
    bool is_duplicate =
        known != NULL && known->seq > 0 && known->at_ms + QUEUE_WINDOW_MS > now_ms();
    cr_assert_eq(put.is_duplicate, is_duplicate);
    cr_assert_eq(put.seq, is_duplicate ? known->seq : model->next_seq);
    if (is_duplicate) {
        return;
    }
    delay_ms = delay_ms < 0 ? model->settings.delay_ms : delay_ms;
    struct model_message *message = &model->messages[model->next_seq];
    *message = (struct model_message){.is_there = true,
                                      .group = group,
                                      .kept_from_ms = now_ms(),
                                      .hidden_until_ms = delay_ms > 0 ? now_ms() + delay_ms : 0};
    memcpy(message->body, body, sizeof body);
    if (known != NULL) {
        *known = (struct model_text){now_ms(), model->next_seq};
    }
    model->next_seq++;
}

static void step_take(struct model *model)
{
    AUTO_BUF expected = BUF_INIT(1 << 16);
    AUTO_BUF got = BUF_INIT(1 << 16);
    struct queue_take take = {.max = 1 + any(6),
                              .hold_ms = any(5) == 0 ? 0 : (int64_t)(1 + any(4000)),
                              .is_one_a_group = any(3) == 0};
    model_take(model, take.max, take.hold_ms, take.is_one_a_group, &expected);
    took_with(&world, model->queue, &take);
    for (size_t i = 0; i < take.count; i++) {
        struct queue_message message = taken(&world, i);
        describe(&got, message.receipt, message.body, message.first_received_ms, message.note,
                 message.mark.len > 0);
        model->receipts[model->receipt_count++ % RECEIPTS_MAX] = message.receipt;
    }
    cr_assert_str_eq(buf_cstr(&got), buf_cstr(&expected));
}

static bool any_receipt(const struct model *model, struct queue_receipt *ret_receipt)
{
    size_t count = model->receipt_count < RECEIPTS_MAX ? model->receipt_count : RECEIPTS_MAX;
    if (count == 0) {
        return false;
    }
    *ret_receipt = model->receipts[any((unsigned)count)];
    return true;
}

static enum status model_find(const struct model *model, struct queue_receipt receipt,
                              bool must_hold)
{
    return !model->messages[receipt.seq].is_there      ? STATUS_NOT_FOUND
           : must_hold && !model_holds(model, receipt) ? STATUS_CONFLICT
                                                       : STATUS_OK;
}

static void step_drop(struct model *model)
{
    struct queue_receipt receipt;
    bool must_hold = any(2) == 0;
    if (any_receipt(model, &receipt)) {
        enum status expected = model_find(model, receipt, must_hold);
        cr_assert_eq(drop(&world, model->queue, receipt, must_hold), expected);
        model->messages[receipt.seq].is_there &= expected != STATUS_OK;
    }
}

static void step_hide(struct model *model)
{
    struct queue_receipt receipt;
    int64_t for_ms = any(3) == 0 ? 0 : (int64_t)any(5000);
    if (any_receipt(model, &receipt)) {
        enum status expected = model_find(model, receipt, true);
        cr_assert_eq(hide(&world, model->queue, receipt, for_ms), expected);
        if (expected == STATUS_OK) {
            model->messages[receipt.seq].hidden_until_ms = now_ms() + for_ms;
        }
    }
}

static void step_put_back(struct model *model)
{
    struct queue_receipt receipt;
    struct queue_put_back how = {
        .at_ms = now_ms() + (int64_t)any(3000) - 1000, .is_undone = any(2) == 0, .note = any(100)};
    if (any_receipt(model, &receipt)) {
        enum status expected = model_find(model, receipt, true);
        cr_assert_eq(put_back(&world, model->queue, receipt, how), expected);
        struct model_message *message = &model->messages[receipt.seq];
        if (expected == STATUS_OK) {
            message->receives -= how.is_undone;
            message->first_ms = message->receives > 0 ? message->first_ms : 0;
            message->note = how.note;
            message->is_held = false;
            message->hidden_until_ms = how.at_ms;
        }
    }
}

static void do_purge(void *ctx, struct queue_txn *q)
{
    (void)ctx;
    queue_purge(q);
}

static void step_purge(struct model *model)
{
    if (any(20) == 0) {
        cr_assert_eq(work_on(&world, model->queue, do_purge, NULL), STATUS_OK);
        for (uint64_t i = 1; i < model->next_seq; i++) {
            model->messages[i].is_there = false;
        }
    }
}

static void step_turn(struct model *model)
{
    (void)model;
    turn(&world, any(10) == 0 ? (int64_t)any(200000) : (int64_t)any(1500));
    model_expire(&models[0]);
    model_expire(&models[1]);
}

static void open_models(void)
{
    for (size_t i = 0; i < 2; i++) {
        models[i].queue = queue_open(world.queues, &models[i].settings);
    }
}

static void step_reopen(struct model *model)
{
    (void)model;
    if (any(10) == 0) {
        queue_world_reopen(&world);
        open_models();
        settle_down(&world);
    }
}

static void check_counts(struct model *model)
{
    char expected[100];
    unsigned visible = 0, held = 0, delayed = 0;
    for (uint64_t i = 1; i < model->next_seq; i++) {
        const struct model_message *message = &model->messages[i];
        if (message->is_there) {
            *(!is_hidden(message) ? &visible : message->is_held ? &held : &delayed) += 1;
        }
    }
    snprintf(expected, sizeof expected, "visible %u held %u delayed %u", visible, held, delayed);
    cr_assert_str_eq(counted(&world, model->queue), expected);
}

static void play(unsigned first_seed, const struct queue_settings *settings)
{
    static void (*const steps[])(struct model * model) = {
        step_put,  step_put,  step_put,      step_put,   step_take,  step_take, step_take,
        step_drop, step_drop, step_drop,     step_drop,  step_hide,  step_hide, step_put_back,
        step_turn, step_turn, step_put_back, step_purge, step_reopen};
    seed = first_seed;
    queue_world_begin(&world);
    memset(models, 0, sizeof models);
    size_t empty = key_count(&world);
    for (size_t i = 0; i < 2; i++) {
        models[i].next_seq = 1;
        models[i].settings.id = make_queue(&world);
    }
    models[1].settings.retention_ms = settings->retention_ms;
    uint64_t id = models[0].settings.id;
    models[0].settings = *settings;
    models[0].settings.id = id;
    models[0].settings.dead_letter_id = models[1].settings.id;
    models[0].settings.dead_letter_mark = SLICE("d");
    open_models();
    for (int i = 0; i < 1500; i++) {
        struct model *model = &models[any(4) == 0];
        steps[any(sizeof steps / sizeof steps[0])](model);
        check_counts(&models[0]);
        check_counts(&models[1]);
    }
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(work_on(&world, models[i].queue, do_purge, NULL), STATUS_OK);
    }
    settle_down(&world);
    turn(&world, 3 * QUEUE_WINDOW_MS);
    /* Two queues, and texts until others come. */
    cr_assert_leq(key_count(&world), empty + 2 + (size_t)2 * 2 * TEXTS_MAX * 4, "%zu keys are left",
                  key_count(&world));
    queue_world_end(&world);
}

Test(queue_model, agrees_with_the_plainest_queue, .timeout = 120)
{
    for (unsigned i = 0; i < 6; i++) {
        play(100 + i, &(struct queue_settings){.delay_ms = 0});
    }
}

Test(queue_model, agrees_with_delays_retention_and_dead_letters, .timeout = 120)
{
    for (unsigned i = 0; i < 6; i++) {
        play(200 + i, &(struct queue_settings){.delay_ms = 500,
                                               .retention_ms = 20000,
                                               .receives_max = 2,
                                               .dead_letter_restarts_age = i % 2 == 0});
    }
}
