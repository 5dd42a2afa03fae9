/* The end of the program, whatever is with the store's writer then: each operation is answered, and what it leaves to
 * be done finds nothing that is gone. */
#include "requests.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define HELD_TURNS 40

Test(stop, answers_what_is_with_the_writer, .timeout = 120)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    scheduler_start(bus.scheduler);
    for (size_t i = 0; i < request_count; i++) {
        struct answer answer = {.body = BUF_INIT(1 << 20)};
        bus_hold_writer(&bus, HELD_TURNS);
        request_start(&bus, &requests[i], &answer);
        for (int turn = 0; turn < 3; turn++) {
            bus_turn(&bus);
        }
        bus_reopen(&bus);
        cr_expect_eq(answer.count, 1, "%s %s is answered once, not %d times", requests[i].service,
                     requests[i].operation, answer.count);
        cr_expect(answer.status >= 200 && answer.status < 300, "%s %s: %d %.*s",
                  requests[i].service, requests[i].operation, answer.status,
                  SLICE_ARG(buf_slice(&answer.body)));
        buf_finish(&answer.body);
        scheduler_start(bus.scheduler);
    }
    bus_close(&bus);
}

/* --- somebody who takes requests and never answers --- */

static int listen_on(char *url, size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, len), 0);
    cr_assert_eq(listen(fd, 16), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    cr_assert_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    (void)snprintf(url, size, "http://127.0.0.1:%u/", ntohs(address.sin_port));
    return fd;
}

Test(stop, ends_requests_that_nobody_answers)
{
    struct bus bus = {.ctx = NULL};
    char url[64], text[1000];
    int fd = listen_on(url, sizeof url), accepted[2];
    size_t count = 0;
    bus_open(&bus);
    scheduler_start(bus.scheduler);
    (void)bus_ok(&bus, "events", "CreateConnection",
                 "{'Name':'c','AuthorizationType':'API_KEY','AuthParameters':"
                 "{'ApiKeyAuthParameters':{'ApiKeyName':'k','ApiKeyValue':'v'}}}");
    struct slice arn = bus_at(&bus, "ConnectionArn");
    (void)snprintf(
        text, sizeof text,
        "{'Name':'d','ConnectionArn':%.*s,'InvocationEndpoint':'%s','HttpMethod':'POST'}",
        SLICE_ARG(arn), url);
    (void)bus_ok(&bus, "events", "CreateApiDestination", text);
    (void)bus_ok(&bus, "events", "PutRule",
                 "{'Name':'r','EventPattern':'{\\\"source\\\":[\\\"x\\\"]}'}");
    (void)bus_ok(&bus, "events", "DescribeApiDestination", "{'Name':'d'}");
    arn = bus_at(&bus, "ApiDestinationArn");
    (void)snprintf(text, sizeof text,
                   "{'Rule':'r','Targets':[{'Id':'1','Arn':%.*s,'RoleArn':"
                   "'arn:aws:iam::000000000000:role/r'}]}",
                   SLICE_ARG(arn));
    (void)bus_ok(&bus, "events", "PutTargets", text);
    (void)bus_ok(&bus, "events", "PutEvents",
                 "{'Entries':[{'Source':'x','DetailType':'d','Detail':'{}'}]}");
    (void)bus_ok(&bus, "sns", "CreateTopic", "{'Name':'t'}");
    (void)snprintf(text, sizeof text,
                   "{'TopicArn':'arn:aws:sns:us-east-1:000000000000:t','Protocol':'http',"
                   "'Endpoint':'%s'}",
                   url);
    (void)bus_ok(&bus, "sns", "Subscribe", text); /* which is asked for a confirmation */
    for (int turn = 0; turn < 100000 && count < 2; turn++) {
        bus_turn(&bus);
        accepted[count] = accept(fd, NULL, NULL);
        count += accepted[count] >= 0;
    }
    cr_expect_eq(count, 2);
    bus_close(&bus);
    for (size_t i = 0; i < count; i++) {
        close(accepted[i]);
    }
    close(fd);
}
