#include "mapping_world.h"

#include "core/mem.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define UUID "12345678-1234-8234-8234-123456789012"
#define ARN_START "arn:aws:lambda:us-east-1:000000000000:event-source-mapping:"

/* An operation on the tags of the last mapping. */
static const char *call_tags(struct mapping_world *world, const char *operation, const char *query,
                             const char *body)
{
    char path[200];
    (void)snprintf(path, sizeof path, "Resource=" ARN_START "%s", world->uuid);
    return bus_rest(&world->bus, "lambda", operation, path, query, body);
}

static void expect_tags(struct mapping_world *world, const char *tags)
{
    const char *reply = call_tags(world, "ListTags", "", "");
    cr_expect_eq(world->bus.status, 200, "%s", reply);
    cr_expect(bus_is(&world->bus, "Tags", tags), "%s: %s", tags, reply);
}

Test(mapping_tags, are_given_when_it_is_made_and_changed_later)
{
    struct mapping_world world;
    world_open(&world);
    world_map(&world, "'StartingPosition':'LATEST','Tags':{'team':'blue','a':'1'}");
    cr_expect(bus_is(&world.bus, "Tags", ""), "they are no part of the configuration");
    expect_tags(&world, "{'a':'1','team':'blue'}");
    (void)call_tags(&world, "TagResource", "", "{'Tags':{'team':'red','b':''}}");
    cr_expect_eq(world.bus.status, 204);
    (void)call_tags(&world, "UntagResource", "tagKeys=a&tagKeys=none", "");
    cr_expect_eq(world.bus.status, 204);
    for (int i = 0; i < 2; i++) {
        expect_tags(&world, "{'b':'','team':'red'}");
        (void)world_call(&world, "UpdateEventSourceMapping", "{'BatchSize':3}");
        cr_expect_eq(world.bus.status, 202);
        world_rest(&world);
        world_reopen(&world);
    }
    (void)call_tags(&world, "UntagResource", "tagKeys=b&tagKeys=team", "");
    expect_tags(&world, "{}");
    world_close(&world);
}

Test(mapping_tags, go_with_their_mapping)
{
    struct mapping_world world;
    world_open(&world);
    world_map(&world, "'StartingPosition':'LATEST','Tags':{'a':'1'}");
    world_rest(&world);
    (void)world_call(&world, "DeleteEventSourceMapping", "");
    world_rest(&world);
    for (int i = 0; i < 2; i++) {
        const char *reply = call_tags(&world, "ListTags", "", "");
        cr_expect_eq(world.bus.status, 404);
        cr_expect(strstr(reply, "The resource you requested does not exist.") != NULL, "%s", reply);
        world_reopen(&world);
    }
    world_close(&world);
}

Test(mapping_tags, are_refused_in_the_words_of_aws)
{
    static const struct {
        const char *operation, *query, *body;
        int status;
        const char *text;
    } rows[] = {
        {"TagResource", "", "{'Tags':{}}", 400,
         "An error occurred and the request cannot be processed."},
        {"TagResource", "", "{}", 400, "Value null at 'tags' failed to satisfy constraint"},
        {"TagResource", "", "{'Tags':{'':'x'}}", 400, "Member must have length greater than or"},
        {"TagResource", "", "{'Tags':{'a':'!'}}", 400,
         "Member must satisfy regular expression pattern: "
         "([\\\\p{L}\\\\p{Z}\\\\p{N}_.:/=+\\\\-@]*)"},
        {"UntagResource", "", "", 400, "Value null at 'tagKeys' failed to satisfy constraint"},
    };
    struct mapping_world world;
    world_open(&world);
    world_map(&world, "'StartingPosition':'LATEST','Tags':{'a':'1'}");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *reply = call_tags(&world, rows[i].operation, rows[i].query, rows[i].body);
        cr_expect_eq(world.bus.status, rows[i].status, "case %zu: %s", i, reply);
        cr_expect(strstr(reply, rows[i].text) != NULL, "case %zu: %s", i, reply);
    }
    AUTO_BUF many = BUF_INIT(4000);
    buf_append_text(&many, "{'Tags':{");
    for (int i = 0; i < 50; i++) {
        buf_printf(&many, "%s'k%d':''", i > 0 ? "," : "", i);
    }
    buf_append_text(&many, "}}");
    const char *reply = call_tags(&world, "TagResource", "", buf_cstr(&many));
    cr_expect_eq(world.bus.status, 400);
    cr_expect(strstr(reply, "Number of tags exceeds resource tag limit.") != NULL, "%s", reply);
    expect_tags(&world, "{'a':'1'}");
    reply = bus_rest(&world.bus, "lambda", "TagResource", "Resource=" FUNCTION_ARN, "",
                     "{'Tags':{'a':'1'}}");
    cr_expect(strstr(reply, "does not emulate lambda:TagResource of functions") != NULL, "%s",
              reply);
    reply = bus_rest(&world.bus, "lambda", "ListTags", "Resource=arn:aws:s3:::b", "", "");
    cr_expect(strstr(reply, "Value 'arn:aws:s3:::b' at 'resource' failed to satisfy") != NULL, "%s",
              reply);
    world_close(&world);
}

Test(mapping_tags, stay_as_they_were_when_a_change_cannot_be_kept)
{
    struct mapping_world world;
    world_open(&world);
    world_map(&world, "'StartingPosition':'LATEST','Tags':{'a':'1'}");
    world_rest(&world);
    bus_fill_disk(true);
    (void)call_tags(&world, "TagResource", "", "{'Tags':{'b':'2'}}");
    cr_expect_eq(world.bus.status, 500);
    (void)call_tags(&world, "UntagResource", "tagKeys=a", "");
    cr_expect_eq(world.bus.status, 500);
    bus_fill_disk(false);
    for (int i = 0; i < 2; i++) {
        expect_tags(&world, "{'a':'1'}");
        world_reopen(&world);
    }
    world_close(&world);
}

static void deploy(struct mapping_world *world, const char *settings)
{
    AUTO_BUF body = BUF_INIT(10000);
    buf_printf(&body,
               "{'FunctionName':'f','EventSourceArn':'%s','StartingPosition':'TRIM_HORIZON'%s}",
               world->stream_arn, settings);
    (void)snprintf(world->uuid, sizeof world->uuid, UUID);
    cr_expect_str_eq(
        bus_deploy(&world->bus, "AWS::Lambda::EventSourceMapping", UUID, buf_cstr(&body)), "");
}

Test(mapping_tags, are_the_template_s_where_it_has_some)
{
    struct mapping_world world;
    world_open(&world);
    deploy(&world, ",'Tags':[{'Key':'team','Value':'blue'},{'Key':'n','Value':1}]");
    expect_tags(&world, "{'n':'1','team':'blue'}");
    deploy(&world, ",'BatchSize':3,'Tags':[{'Key':'team','Value':'red'}]");
    expect_tags(&world, "{'team':'red'}");
    (void)call_tags(&world, "TagResource", "", "{'Tags':{'by':'hand'}}");
    deploy(&world, ",'BatchSize':3");
    expect_tags(&world, "{'by':'hand','team':'red'}");
    deploy(&world, ",'Tags':[]");
    world_reopen(&world);
    expect_tags(&world, "{}");
    world_close(&world);
}
