/* Integer, Long, Double and Boolean of Java; the static ones by any number: `#set($Integer = 0) $Integer.parseInt($text)`. */
#include "gateway/vtl/method.h"

#include "core/mem.h"

#include <math.h>

static int64_t whole(struct vtl_value number)
{
    double value;
    if (number.kind == VTL_INTEGER) {
        return number.of.integer;
    }
    value = vtl_to_double(number);
    return isnan(value)                      ? 0
           : value >= 9.2233720368547758e18  ? INT64_MAX
           : value <= -9.2233720368547758e18 ? INT64_MIN
                                             : (int64_t)value;
}

METHOD(number_int_value)
{
    (void)run, (void)arguments;
    int64_t value = whole(self);
    if (self.kind == VTL_DOUBLE) { /* Java stops at the ends of an int, but cuts a long */
        return vtl_integer(value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : value);
    }
    return vtl_integer((int32_t)(uint32_t)(uint64_t)value);
}

METHOD(number_long_value)
{
    (void)run, (void)arguments;
    return vtl_integer(whole(self));
}

METHOD(number_double_value)
{
    (void)run, (void)arguments;
    return vtl_double(vtl_to_double(self));
}

METHOD(number_compare_to)
{
    (void)run;
    double a = vtl_to_double(self), b = vtl_to_double(arguments[0]);
    return self.kind != arguments[0].kind ? vtl_null() : vtl_integer(a < b ? -1 : a > b);
}

METHOD(number_parse_int)
{
    struct slice text = arguments[0].of.text;
    int64_t value;
    (void)self;
    struct slice digits = slice_skip(text, slice_starts_with(text, SLICE("+")) ? 1 : 0);
    if (!slice_to_i64(digits, &value)) {
        vtl_fail(run, STATUS_INVALID, "'%.*s' is no integer", SLICE_ARG(slice_take(text, 64)));
        return vtl_null();
    }
    return vtl_integer(value);
}

METHOD(number_parse_double)
{
    struct slice text = slice_trim(arguments[0].of.text);
    double value;
    (void)self;
    if (!slice_to_double(text, &value)) {
        vtl_fail(run, STATUS_INVALID, "'%.*s' is no number", SLICE_ARG(slice_take(text, 64)));
        return vtl_null();
    }
    return vtl_double(value);
}

METHOD(number_value_of)
{
    return arguments[0].kind != VTL_STRING ? arguments[0]
           : self.kind == VTL_DOUBLE       ? number_parse_double(run, self, arguments)
                                           : number_parse_int(run, self, arguments);
}

METHOD(number_to_string_of)
{
    (void)self;
    return vtl_string(vtl_text(run, arguments[0]));
}

METHOD(number_hash_code)
{
    (void)run, (void)arguments;
    return self.kind == VTL_INTEGER
               ? vtl_integer((int32_t)(self.of.integer ^ (self.of.integer >> 31 >> 1)))
               : vtl_null();
}

METHOD(number_max)
{
    (void)self, (void)run;
    return vtl_to_double(arguments[0]) >= vtl_to_double(arguments[1]) ? arguments[0] : arguments[1];
}

METHOD(number_min)
{
    (void)self, (void)run;
    return vtl_to_double(arguments[0]) <= vtl_to_double(arguments[1]) ? arguments[0] : arguments[1];
}

METHOD(number_is_nan)
{
    (void)run, (void)arguments;
    return self.kind == VTL_DOUBLE ? vtl_boolean(isnan(self.of.number)) : vtl_null();
}

static const struct vtl_method number_rows[] = {
    {"intValue", "", number_int_value},
    {"longValue", "", number_long_value},
    {"doubleValue", "", number_double_value},
    {"floatValue", "", number_double_value},
    {"compareTo", "n", number_compare_to},
    {"parseInt", "s", number_parse_int},
    {"parseLong", "s", number_parse_int},
    {"parseDouble", "s", number_parse_double},
    {"parseFloat", "s", number_parse_double},
    {"valueOf", "s", number_value_of},
    {"valueOf", "n", number_value_of},
    {"toString", "n", number_to_string_of},
    {"hashCode", "", number_hash_code},
    {"max", "nn", number_max},
    {"min", "nn", number_min},
    {"isNaN", "", number_is_nan},
    {"parseInt", "si", NULL},
    {"toHexString", "n", NULL},
    {"toBinaryString", "n", NULL},
    {"byteValue", "", NULL},
    {"shortValue", "", NULL},
};
const struct vtl_methods vtl_number_methods = {number_rows, COUNT_OF(number_rows)};

METHOD(boolean_value)
{
    (void)run, (void)arguments;
    return self;
}

METHOD(boolean_parse)
{
    (void)run, (void)self;
    return vtl_boolean(slice_ieq(arguments[0].of.text, SLICE("true")));
}

static const struct vtl_method boolean_rows[] = {
    {"booleanValue", "", boolean_value},
    {"parseBoolean", "s", boolean_parse},
    {"valueOf", "s", boolean_parse},
};
const struct vtl_methods vtl_boolean_methods = {boolean_rows, COUNT_OF(boolean_rows)};
