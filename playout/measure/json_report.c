/* Builds the object with jansson; keys are in the order that they are read best, unknown figures are null. */
#include "playout/measure/json_report.h"

#include <jansson.h>

#include "mux/slot.h"
#include "playout/measure/figures.h"
#include "schedules/calendar.h"

#define REAL_DIGITS 12

static json_t *seconds(int64_t ticks)
{
    return json_real((double)ticks / TICKS_PER_SECOND);
}

static json_t *known(int64_t value, int64_t unknown, double unit)
{
    return value == unknown ? json_null() : json_real((double)value / unit);
}

static json_t *utc(const struct si_check *si, int64_t at)
{
    int64_t second;
    char text[CALENDAR_TEXT];
    if (!si_check_utc(si, at, &second))
        return json_null();
    return json_string(calendar_format(second, NULL, "%Y-%m-%dT%H:%M:%SZ", text));
}

static json_t *finding_object(const struct finding *finding, const struct si_check *si)
{
    const struct indicator_info *info = indicator_info(finding->indicator);
    return json_pack("{s:s, s:s, s:i, s:b, s:o, s:I, s:o, s:o, s:o, s:o, s:I, s:s}", "indicator", info->name,
                     "clause", info->clause, "priority", info->priority, "grave",
                     measurement_is_grave(finding), "pid",
                     finding->pid == FINDING_NO_PID ? json_null() : json_integer(finding->pid), "count",
                     (json_int_t)finding->count, "first_at", seconds(finding->first_at), "last_at",
                     seconds(finding->last_at), "worst_at", seconds(finding->worst_at), "worst_utc",
                     utc(si, finding->worst_at), "worst", (json_int_t)finding->worst, "text", finding->text);
}

static json_t *findings_array(const struct measurement *measurement)
{
    json_t *array = json_array();
    for (size_t i = 0; i < findings_count(measurement->findings); i++)
        json_array_append_new(array, finding_object(findings_get(measurement->findings, i), measurement->si));
    return array;
}

static json_t *pcr_object(const struct pcr_statistics *pcr)
{
    const double ns = TICKS_PER_SECOND * 1e3 / 1e9; /* thousandths of a tick in a nanosecond */
    if (pcr->count == 0)
        return json_null();
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "count", (json_int_t)pcr->count, "interval_max",
                     seconds(pcr->interval_max), "accuracy_min_ns", known(pcr->accuracy_min, INT64_MIN, ns),
                     "accuracy_max_ns", known(pcr->accuracy_max, INT64_MIN, ns), "drift_max_mhz_per_s",
                     known(pcr->drift_max, INT64_MIN, 1), "overall_min_ns",
                     known(pcr->overall_min, INT64_MIN, 1), "overall_max_ns",
                     known(pcr->overall_max, INT64_MIN, 1));
}

static json_t *tstd_object(const struct tstd_statistics *tstd)
{
    if (!tstd->judged)
        return json_null();
    return json_pack("{s:I, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:o}", "leak", (json_int_t)tstd->leak,
                     "leak_by", tstd->leak_by, "tb_peak", (int)tstd->tb_peak, "tb_size", (int)tstd->tb_size,
                     "mb_peak", (int)tstd->mb_peak, "mb_size", (int)tstd->mb_size, "eb_peak",
                     (int)tstd->eb_peak, "eb_size", (int)tstd->eb_size, "delay_max",
                     seconds(tstd->delay_max));
}

static json_t *margin_object(const struct pid_statistics *pid)
{
    if (pid->unit_step <= 0)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:f}", "min", seconds(pid->margin_min), "max",
                     seconds(pid->margin_max), "first", seconds(pid->margin_first), "last",
                     seconds(pid->margin_last), "slope", pid->margin_slope / TICKS_PER_SECOND);
}

static json_t *pid_object(const struct pid_statistics *pid)
{
    return json_pack("{s:i, s:i, s:s, s:i, s:b, s:I, s:f, s:i, s:o, s:o, s:I, s:I, s:I, s:o, s:o, s:o}",
                     "pid", pid->pid, "program", pid->program, "carries", figure_content(pid), "stream_type",
                     pid->stream_type, "referenced", pid->referenced, "packets", (json_int_t)pid->packets,
                     "bits_per_second", pid->bits_per_second, "longest_run", (int)pid->run_max, "spacing_min",
                     seconds(pid->spacing_min), "spacing_max", seconds(pid->spacing_max), "units",
                     (json_int_t)pid->units, "unit_step", (json_int_t)pid->unit_step, "jumps",
                     (json_int_t)pid->jumps, "margin", margin_object(pid), "pcr", pcr_object(&pid->pcr),
                     "tstd", tstd_object(&pid->tstd));
}

static json_t *pids_array(const struct measurement *measurement)
{
    json_t *array = json_array();
    for (size_t i = 0; i < laboratory_pid_count(measurement->laboratory); i++) {
        struct pid_statistics pid = laboratory_pid(measurement->laboratory, i);
        json_array_append_new(array, pid_object(&pid));
    }
    return array;
}

static json_t *tables_array(const struct measurement *measurement)
{
    json_t *array = json_array();
    for (size_t i = 0; i < si_check_table_count(measurement->si); i++) {
        struct table_statistics table = si_check_table(measurement->si, i);
        json_array_append_new(
            array,
            json_pack("{s:s, s:i, s:o, s:i, s:i, s:o, s:o, s:i, s:f}", "name", table.name, "table_id",
                      table.table_id, "pid",
                      table.pid == FINDING_NO_PID ? json_null() : json_integer(table.pid), "sub_tables",
                      (int)table.sub_tables, "sections", (int)table.sections, "interval_max",
                      known(table.interval_max, INT64_MIN, TICKS_PER_SECOND), "spacing_min",
                      known(table.spacing_min, INT64_MAX, TICKS_PER_SECOND), "version_changes",
                      (int)table.versions, "bits_per_second", table.bits_per_second));
    }
    return array;
}

static json_t *arrival_object(const struct measured_source *source)
{
    const struct arrival *arrival = source->arrival;
    struct arrival_class classes[ARRIVAL_CLASSES];
    if (!arrival)
        return json_null();
    json_t *histogram = json_array();
    arrival_classes(arrival, classes);
    for (int i = 0; i < ARRIVAL_CLASSES; i++)
        json_array_append_new(histogram, json_pack("{s:s, s:I}", "off_mean", classes[i].name, "intervals",
                                                   (json_int_t)classes[i].count));
    return json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "rtp", source->rtp,
                     "datagrams", (json_int_t)arrival->datagrams, "lost", (json_int_t)arrival->lost, "late",
                     (json_int_t)source->late, "sender_changes", (json_int_t)source->changes, "dropped_here",
                     (json_int_t)source->dropped, "interval_mean_ns", (json_int_t)arrival_mean(arrival),
                     "interval_p99_ns", (json_int_t)arrival_quantile(arrival, 990), "interval_p999_ns",
                     (json_int_t)arrival_quantile(arrival, 999), "interval_max_ns",
                     (json_int_t)arrival->longest, "histogram", histogram);
}

static json_t *multiplex_object(const struct measurement *measurement)
{
    struct rate_statistics rate = laboratory_rate(measurement->laboratory);
    return json_pack("{s:I, s:I, s:f, s:b}", "packets", (json_int_t)rate.packets, "nulls",
                     (json_int_t)rate.nulls, "bits_per_second", rate.bits_per_second, "constant",
                     rate.constant);
}

static const char *verdict(const struct measurement *measurement)
{
    if (findings_are_grave(measurement->findings))
        return "broken";
    if (!measurement_is_timed(measurement))
        return "not judged";
    return findings_count(measurement->findings) > 0 ? "remarks" : "clean";
}

/* A file may be named in any bytes, JSON is UTF-8. */
static json_t *source_name(const char *name)
{
    char ascii[256];
    json_t *string = json_string(name);
    if (string)
        return string;
    snprintf(ascii, sizeof ascii, "%s", name);
    for (char *byte = ascii; *byte; byte++)
        if (*byte & 0x80)
            *byte = '?';
    return json_string(ascii);
}

bool json_report_print(const struct measurement *measurement, const struct measured_source *source,
                       FILE *file)
{
    int64_t elapsed = laboratory_elapsed(measurement->laboratory);
    json_t *report = json_pack(
        "{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "source", source_name(source->name), "verdict",
        verdict(measurement), "seconds", seconds(elapsed), "begins_utc", utc(measurement->si, 0), "findings",
        findings_array(measurement), "multiplex", multiplex_object(measurement), "arrival",
        arrival_object(source), "pids", pids_array(measurement), "tables", tables_array(measurement));
    bool good = report && json_dumpf(report, file, JSON_INDENT(2) | JSON_REAL_PRECISION(REAL_DIGITS)) == 0;
    json_decref(report);
    return good && fputc('\n', file) != EOF && fflush(file) == 0;
}
