#include "scheduler/schedules/schedules_api.h"

#include "core/mem.h"
#include "scheduler/list_page.h"
#include "scheduler/schedules/limits.h"
#include "scheduler/schedules/schedules_model.h"

#define ERROR_LEN_MAX 65536

static const struct wire_error errors[STATUS_COUNT] = {
    [STATUS_INVALID] = {400, "ValidationException"},
    [STATUS_NOT_FOUND] = {404, "ResourceNotFoundException"},
    [STATUS_CONFLICT] = {409, "ConflictException"},
    [STATUS_LIMIT] = {400, "ValidationException"},
    [STATUS_THROTTLED] = {429, "ThrottlingException"},
    [STATUS_UNAVAILABLE] = {500, "InternalServerException"},
    [STATUS_UNSUPPORTED] = {400, "ValidationException"},
    [STATUS_INTERNAL] = {500, "InternalServerException"},
};

#define OP(name, run, method, path)                                                                \
    {                                                                                              \
        name, run, method, path, false                                                             \
    }

static const struct api_op ops[] = {
    OP("CreateSchedule", op_create_schedule, "POST", "/schedules/{Name}"),
    OP("UpdateSchedule", op_update_schedule, "PUT", "/schedules/{Name}"),
    OP("GetSchedule", op_get_schedule, "GET", "/schedules/{Name}"),
    OP("DeleteSchedule", op_delete_schedule, "DELETE", "/schedules/{Name}"),
    OP("ListSchedules", op_list_schedules, "GET", "/schedules"),
    OP("CreateScheduleGroup", op_create_schedule_group, "POST", "/schedule-groups/{Name}"),
    OP("GetScheduleGroup", op_get_schedule_group, "GET", "/schedule-groups/{Name}"),
    OP("DeleteScheduleGroup", op_delete_schedule_group, "DELETE", "/schedule-groups/{Name}"),
    OP("ListScheduleGroups", op_list_schedule_groups, "GET", "/schedule-groups"),
    OP("TagResource", op_tag_schedule_group, "POST", "/tags/{ResourceArn}"),
    OP("UntagResource", op_untag_schedule_group, "DELETE", "/tags/{ResourceArn}"),
    OP("ListTagsForResource", op_list_schedule_group_tags, "GET", "/tags/{ResourceArn}"),
    OP(NULL, NULL, NULL, NULL),
};

/* {"Message":"..."}: with a capital, as its model says. */
static bool reply_scheduler_error(struct api_call *call, int http_status, const char *code,
                                  struct slice message)
{
    AUTO_BUF body = BUF_INIT(ERROR_LEN_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_put_string(&w, "Message", slice_take(message, ERROR_LEN_MAX / 8));
    json_close(&w, '}');
    const struct http_header headers[] = {
        {SLICE("Content-Type"), SLICE("application/json")},
        {SLICE("x-amzn-ErrorType"), slice_from(code)},
    };
    api_reply_raw(call, http_status, (struct http_headers){headers, COUNT_OF(headers)},
                  buf_slice(&body));
    return true;
}

static const char *const signing_names[] = {"scheduler", NULL};

const struct api_service schedules_service = {
    .name = "scheduler",
    .signing_names = signing_names,
    .protocol = API_REST_JSON,
    .ops = ops,
    .errors = errors,
    .on_error = reply_scheduler_error,
};

/* --- replies --- */

static void reply_text(struct api_call *call, const char *name, struct slice text)
{
    AUTO_BUF body = BUF_INIT(ERROR_LEN_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_put_string(&w, name, text);
    json_close(&w, '}');
    api_reply_json(call, 200, buf_slice(&body));
}

struct text_reply {
    struct api_call *call;
    const char *name;
    struct slice text; /* of the call */
};

struct text_reply *text_reply_new(struct api_call *call, const char *name, struct slice text)
{
    struct text_reply *reply = arena_alloc(api_arena(call), sizeof *reply);
    *reply = (struct text_reply){call, name, text};
    return reply;
}

void on_done_text(void *ctx, enum status status)
{
    const struct text_reply *reply = ctx;
    if (status == STATUS_OK) {
        reply_text(reply->call, reply->name, reply->text);
    } else {
        reply_not_kept(reply->call);
    }
}

void reply_no_group(struct api_call *call, struct slice name)
{
    api_reply_error(
        call, 404, "ResourceNotFoundException",
        arena_printf(api_arena(call), "Schedule group %.*s does not exist.", SLICE_ARG(name)));
}

void reply_not_kept(struct api_call *call)
{
    api_reply_error(call, 500, "InternalServerException", SLICE("The change could not be kept."));
}

void on_done_empty(void *ctx, enum status status)
{
    if (status == STATUS_OK) {
        api_reply_json(ctx, 200, SLICE("{}"));
    } else {
        reply_not_kept(ctx);
    }
}

/* --- pages --- */

void reply_list(struct api_call *call, const struct record *input, const struct list *list)
{
    const struct field *most = record_get(input, MEMBER_MAX_RESULTS);
    struct list_page page;
    if (!list_page_open(&page, call, list->index, list->name,
                        most->is_set ? (size_t)most->number : SCHEDULE_PAGE_MAX,
                        record_text(input, MEMBER_NEXT_TOKEN))) {
        api_reply_error(call, 400, "ValidationException", SLICE("Invalid NextToken."));
        return;
    }
    for (const void *item = list_page_next(&page); item != NULL; item = list_page_next(&page)) {
        if (list->passes(item, list->filter) && list_page_takes(&page)) {
            list->print(&page.w, list->scheduler, item);
        }
    }
    list_page_reply(&page);
}
