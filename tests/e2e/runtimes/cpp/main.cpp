// The test function for aws-lambda-cpp, which parses no JSON: a request is recognised by its text.
#include <aws/lambda-runtime/runtime.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <unistd.h>

using namespace aws::lambda_runtime;

static std::string environment(char const *name)
{
    char const *value = getenv(name);
    return value == nullptr ? "" : value;
}

static bool asks(invocation_request const &request, char const *what)
{
    return request.payload.find(std::string("\"do\": \"") + what + "\"") != std::string::npos;
}

static size_t number(invocation_request const &request, char const *name)
{
    std::string const key = std::string("\"") + name + "\": ";
    size_t const at = request.payload.find(key);
    return at == std::string::npos
               ? 0
               : strtoul(request.payload.c_str() + at + key.size(), nullptr, 10);
}

static invocation_response handler(invocation_request const &request)
{
    static int calls = 0;
    calls++;
    if (asks(request, "fail")) {
        return invocation_response::failure("told to", "OddError", "");
    }
    if (asks(request, "hang")) {
        for (;;) {
            pause();
        }
    }
    if (asks(request, "big")) {
        return invocation_response::success(
            '"' + std::string(number(request, "size") - 2, 'x') + '"', "application/json");
    }
    if (asks(request, "length")) {
        return invocation_response::success(std::to_string(request.payload.size()),
                                            "application/json");
    }
    std::string const context = request.client_context.empty() ? "null" : request.client_context;
    std::string const answer =
        "{\"event\":" + request.payload + ",\"pid\":" + std::to_string(getpid()) +
        ",\"calls\":" + std::to_string(calls) + ",\"id\":\"" + request.request_id +
        "\",\"arn\":\"" + request.function_arn + "\",\"trace\":\"" + request.xray_trace_id +
        "\",\"name\":\"" + environment("AWS_LAMBDA_FUNCTION_NAME") + "\",\"version\":\"" +
        environment("AWS_LAMBDA_FUNCTION_VERSION") +
        "\",\"memory\":" + environment("AWS_LAMBDA_FUNCTION_MEMORY_SIZE") +
        ",\"remaining\":" + std::to_string(request.get_time_remaining().count()) +
        ",\"client_context\":" + context + "}";
    return invocation_response::success(answer, "application/json");
}

int main()
{
    if (environment("_HANDLER") == "init.exit") {
        return 1;
    }
    if (environment("_HANDLER") == "init.error") {
        runtime client("http://" + environment("AWS_LAMBDA_RUNTIME_API"));
        client.post_init_error(
            runtime_response("{\"errorMessage\":\"no database\",\"errorType\":\"OddInit\"}",
                             "application/json", ""));
        return 1;
    }
    run_handler(handler);
    return 0;
}
