/* Request validators and gateway responses of REST APIs. */
#include "support.h"

static const struct stage_spec prod[] = {{.name = SLICE_INIT("prod")}};
static const struct slice three[] = {SLICE_INIT("method.request.querystring.qs1"),
                                     SLICE_INIT("method.request.path.issuer"),
                                     SLICE_INIT("method.request.header.x-header-param")};
static const struct name_value_pair numbers[] = {
    {SLICE_INIT("application/json"), SLICE_INIT("Numbers")}};
static const struct name_value_pair pets[] = {{SLICE_INIT("$default"), SLICE_INIT("Pets")}};

static const struct route_spec routes[] = {
    {.method = SLICE_INIT("POST"),
     .path = SLICE_INIT("/{issuer+}"),
     .integration.function = SLICE_INIT("fn"),
     .validator = {.validates_parameters = true},
     .required_parameters = {three, 3}},
    {.method = SLICE_INIT("POST"),
     .path = SLICE_INIT("/sum"),
     .integration.function = SLICE_INIT("fn"),
     .validator = {.validates_body = true},
     .models = {numbers, 1}},
    {.method = SLICE_INIT("POST"),
     .path = SLICE_INIT("/pets"),
     .integration.function = SLICE_INIT("fn"),
     .validator = {.validates_body = true},
     .models = {pets, 1}},
};

static const struct model_spec models[] = {
    {.name = SLICE_INIT("Numbers"),
     .schema = SLICE_INIT("{\"type\":\"object\",\"required\":[\"a\",\"b\"],\"properties\":{\"a\":{"
                          "\"type\":\"number\"},\"b\":{\"type\":\"number\"}}}")},
    {.name = SLICE_INIT("Pet"),
     .schema = SLICE_INIT("{\"oneOf\":[{\"type\":\"null\"},{\"type\":"
                          "\"object\",\"required\":[\"id\"]}]}")},
    {.name = SLICE_INIT("Pets"),
     .schema =
         SLICE_INIT("{\"type\":\"array\",\"items\":{\"$ref\":\"https://apigateway.amazonaws.com/"
                    "restapis/abc123/models/Pet\"}}")},
};

static struct api_spec api(void)
{
    return (struct api_spec){.kind = API_REST,
                             .logical_id = SLICE_INIT("Api"),
                             .id = SLICE_INIT("abc123"),
                             .stages = prod,
                             .stage_count = 1,
                             .routes = routes,
                             .route_count = 3,
                             .models = models,
                             .model_count = 3};
}

/* Conformance 44 to 46. */
Test(validation, requests_are_held_against_what_the_method_asks)
{
    static const struct {
        const char *path, *headers, *body;
        int status;
        const char *answer;
    } rows[] = {
        {"/prod/x?qs1=1", "x-header-param: 1\r\n", "", 200, ""},
        {"/prod/x", "", "", 400,
         "{\"message\": \"Missing required request parameters: [x-header-param, qs1]\"}"},
        {"/prod/x?qs1=%20", "x-header-param: 1\r\n", "", 400,
         "{\"message\": \"Missing required request parameters: [qs1]\"}"},
        {"/prod/sum", "Content-Type: application/json\r\n", "{\"a\":1,\"b\":2.5}", 200, ""},
        {"/prod/sum", "", "{\"a\":1,\"b\":\"2\"}", 400, "{\"message\": \"Invalid request body\"}"},
        {"/prod/sum", "Content-Type: application/json; charset=utf-8\r\n", "[", 400,
         "{\"message\": \"Invalid request body\"}"},
        {"/prod/sum", "", "", 400, "{\"message\": \"Invalid request body\"}"},
        {"/prod/sum", "Content-Type: text/plain\r\n", "anything", 200, ""},
        {"/prod/pets", "Content-Type: text/plain\r\n", "[{\"id\":1},null]", 200, ""},
        {"/prod/pets", "", "[{\"id\":1},{}]", 400, "{\"message\": \"Invalid request body\"}"},
    };
    struct fixture f;
    const struct api_spec spec = api();
    fixture_open(&f);
    fixture_configure(&f, &spec);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *answer = fixture_get(&f, "POST", rows[i].path, rows[i].headers, rows[i].body);
        cr_expect_eq(response_status(answer), rows[i].status, "row %zu: %s", i, answer);
        cr_expect_str_eq(response_body(answer), rows[i].answer, "row %zu", i);
        if (rows[i].status == 400) {
            cr_expect_str_eq(response_header(answer, "x-amzn-ErrorType", 0), "BadRequestException");
        }
    }
    fixture_close(&f);
}

Test(validation, a_model_that_is_none_is_refused_with_its_route)
{
    static const struct model_spec broken[] = {
        {.name = SLICE_INIT("Numbers"), .schema = SLICE_INIT("{\"type\":\"magic\"}")}};
    struct fixture f;
    struct fault fault;
    struct api_spec spec = api();
    spec.models = broken;
    spec.model_count = 1;
    fixture_open(&f);
    cr_assert_eq(gateway_configure(f.gateway, &spec, 1, &fault), STATUS_INVALID);
    cr_expect_not_null(strstr(fault.text, "route POST /sum: model Numbers: "), "%s", fault.text);
    fixture_close(&f);
}

/* --- gateway responses --- */

static const struct name_value_pair headers[] = {
    {SLICE_INIT("gatewayresponse.header.Access-Control-Allow-Origin"), SLICE_INIT("'*'")},
    {SLICE_INIT("gatewayresponse.header.X-Id"), SLICE_INIT("context.requestId")},
    {SLICE_INIT("gatewayresponse.header.X-Who"), SLICE_INIT("method.request.header.Who")}};
static const struct name_value_pair bodies[] = {
    {SLICE_INIT("application/json"),
     SLICE_INIT(
         "{\"m\":$context.error.messageString,\"t\":\"$context.error.responseType\",\"v\":"
         "\"$context.error.validationErrorString\",\"p\":\"$context.path.\",\"$\":\"$x\"}")}};
static const struct gateway_response_spec own[] = {
    {.type = SLICE_INIT("BAD_REQUEST_BODY"),
     .status = SLICE_INIT("422"),
     .parameters = {headers, 3},
     .templates = {bodies, 1}},
    {.type = SLICE_INIT("DEFAULT_4XX"), .status = SLICE_INIT("418"), .parameters = {headers, 1}},
};

Test(validation, what_is_refused_is_told_as_the_owner_has_it)
{
    struct fixture f;
    struct api_spec spec = api();
    spec.gateway_responses = own;
    spec.gateway_response_count = 2;
    fixture_open(&f);
    fixture_configure(&f, &spec);
    const char *answer = fixture_get(&f, "POST", "/prod/sum", "Who: me\r\n", "{\"a\":1}");
    cr_expect_eq(response_status(answer), 422, "%s", answer);
    cr_expect_str_eq(response_header(answer, "Access-Control-Allow-Origin", 0), "*");
    cr_expect_str_eq(response_header(answer, "X-Who", 0), "me");
    cr_expect_eq(strlen(response_header(answer, "X-Id", 0)), 36);
    cr_expect_str_eq(
        response_body(answer),
        "{\"m\":\"Invalid request body\",\"t\":\"BAD_REQUEST_BODY\",\"v\":\"[object has missing "
        "required properties ([\"b\"])]\",\"p\":\"/prod/sum.\",\"$\":\"$x\"}");
    answer = fixture_get(&f, "GET", "/prod/none", "", NULL);
    cr_expect_eq(response_status(answer), 418, "the type's own is not there: DEFAULT_4XX");
    cr_expect_str_eq(response_header(answer, "Access-Control-Allow-Origin", 0), "*");
    cr_expect_str_eq(response_header(answer, "x-amzn-ErrorType", 0),
                     "MissingAuthenticationTokenException");
    cr_expect_str_eq(response_body(answer), "{\"message\":\"Missing Authentication Token\"}");
    fixture_close(&f);
}
