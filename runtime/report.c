#include "runtime/report.h"
#include "core/clock.h"
#include "core/json_writer.h"

/* "3.01": two decimals of milliseconds. */
static void append_ms(struct buf *buf, uint64_t us)
{
    uint64_t hundredths = us / 10;
    buf_append_u64(buf, hundredths / 100);
    buf_append_char(buf, '.');
    buf_append_char(buf, (char)('0' + hundredths / 10 % 10));
    buf_append_char(buf, (char)('0' + hundredths % 10));
    buf_append(buf, SLICE(" ms"));
}

static void append_status(struct buf *buf, const struct report *report)
{
    buf_append(buf, SLICE("Status: "));
    buf_append_text(buf, report->status);
    if (report->error_type.len > 0) {
        buf_append(buf, SLICE("\tError Type: "));
        buf_append(buf, report->error_type);
    }
}

static void write_text(struct buf *buf, enum report_line line, const struct report *report)
{
    switch (line) {
    case REPORT_START:
        buf_append(buf, SLICE("START RequestId: "));
        buf_append(buf, report->request_id);
        buf_append(buf, SLICE(" Version: "));
        buf_append(buf, report->version);
        break;
    case REPORT_END:
        buf_append(buf, SLICE("END RequestId: "));
        buf_append(buf, report->request_id);
        break;
    case REPORT_REPORT:
        buf_append(buf, SLICE("REPORT RequestId: "));
        buf_append(buf, report->request_id);
        buf_append(buf, SLICE("\tDuration: "));
        append_ms(buf, report->duration_us);
        buf_append(buf, SLICE("\tBilled Duration: "));
        buf_append_u64(buf, report->billed_ms);
        buf_append(buf, SLICE(" ms\tMemory Size: "));
        buf_append_u64(buf, report->memory_mb);
        buf_append(buf, SLICE(" MB\tMax Memory Used: "));
        buf_append_u64(buf, report->max_memory_mb);
        buf_append(buf, SLICE(" MB\t"));
        if (report->init_us > 0) {
            buf_append(buf, SLICE("Init Duration: "));
            append_ms(buf, report->init_us);
            buf_append_char(buf, '\t');
        }
        if (report->status != NULL && strcmp(report->status, "failure") != 0) {
            append_status(buf, report);
        }
        break;
    }
}

static void put_ms(struct json_writer *w, const char *key, uint64_t us)
{
    json_key_text(w, key);
    json_write_double(w, (double)us / 1000.0);
}

static void open_event(struct json_writer *w, const char *type, int64_t epoch_ms)
{
    char time_text[TIME_TEXT_MAX];
    json_open(w, '{');
    json_put_text(w, "time", time_iso8601_ms(time_text, epoch_ms));
    json_put_text(w, "type", type);
    json_key_text(w, "record");
    json_open(w, '{');
}

static void close_event(struct json_writer *w)
{
    json_close(w, '}');
    json_close(w, '}');
}

static void put_status(struct json_writer *w, const struct report *report)
{
    json_put_text(w, "status", report->status != NULL ? report->status : "success");
    if (report->error_type.len > 0) {
        json_put_string(w, "errorType", report->error_type);
    }
}

bool report_write(struct buf *buf, enum report_line line, const struct report *report, bool is_json,
                  int64_t epoch_ms)
{
    if (!is_json) {
        write_text(buf, line, report);
        return true;
    }
    if (line == REPORT_END) {
        return false;
    }
    struct json_writer w = json_writer_init(buf);
    open_event(&w, line == REPORT_START ? "platform.start" : "platform.report", epoch_ms);
    json_put_string(&w, "requestId", report->request_id);
    if (line == REPORT_START) {
        json_put_string(&w, "version", report->version);
    } else {
        json_key_text(&w, "metrics");
        json_open(&w, '{');
        put_ms(&w, "durationMs", report->duration_us);
        json_put_i64(&w, "billedDurationMs", (int64_t)report->billed_ms);
        json_put_i64(&w, "memorySizeMB", report->memory_mb);
        json_put_i64(&w, "maxMemoryUsedMB", report->max_memory_mb);
        if (report->init_us > 0) {
            put_ms(&w, "initDurationMs", report->init_us);
        }
        json_close(&w, '}');
        put_status(&w, report);
    }
    close_event(&w);
    return true;
}

void report_write_init(struct buf *buf, const struct report *report, const char *phase,
                       bool is_json, int64_t epoch_ms)
{
    if (!is_json) {
        buf_append(buf, SLICE("INIT_REPORT Init Duration: "));
        append_ms(buf, report->init_us);
        buf_append(buf, SLICE("\tPhase: "));
        buf_append_text(buf, phase);
        buf_append_char(buf, '\t');
        append_status(buf, report);
        return;
    }
    struct json_writer w = json_writer_init(buf);
    open_event(&w, "platform.initReport", epoch_ms);
    json_put_text(&w, "initializationType", "on-demand");
    json_put_text(&w, "phase", phase);
    put_status(&w, report);
    json_key_text(&w, "metrics");
    json_open(&w, '{');
    put_ms(&w, "durationMs", report->init_us);
    json_close(&w, '}');
    close_event(&w);
}
