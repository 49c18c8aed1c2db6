/* Verdict, findings, multiplex, arrival; the tables are in text_tables.c. */
#include "playout/measure/text_report.h"

#include <stdarg.h>
#include <string.h>

#include "mux/slot.h"
#include "playout/measure/figures.h"
#include "playout/measure/text_tables.h"
#include "schedules/calendar.h"

#define FINDINGS_SHOWN 24
#define BAR_COLUMNS 40
#define CLAUSE_COLUMNS 7
#define NAME_COLUMNS 34

void text_report_title(const struct terminal *terminal, const char *title)
{
    fputc('\n', terminal->file);
    terminal_print(terminal, STYLE_BOLD, "%s", title);
    fputc('\n', terminal->file);
}

void text_report_right(const struct terminal *terminal, enum style style, int columns, const char *format,
                       ...)
{
    char text[160];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    int room = columns - terminal_columns(text);
    fprintf(terminal->file, "%*s", room > 0 ? room : 1, "");
    terminal_print(terminal, style, "%s", text);
}

static enum style style_of(const struct finding *finding)
{
    if (measurement_is_grave(finding))
        return STYLE_RED;
    return indicator_info(finding->indicator)->priority == 3 ? STYLE_YELLOW : STYLE_CYAN;
}

static const char *priority_of(const struct finding *finding, char text[FIGURE_TEXT])
{
    int priority = indicator_info(finding->indicator)->priority;
    if (priority == 3 && measurement_is_grave(finding))
        return "T-STD";
    if (priority > 3)
        return "own rule";
    snprintf(text, FIGURE_TEXT, "priority %d", priority);
    return text;
}

static const char *when(const struct text_clock *clock, int64_t ticks, char text[2 * FIGURE_TEXT])
{
    char instant[FIGURE_TEXT], utc[FIGURE_TEXT], local[CALENDAR_TEXT];
    if (clock->zone)
        snprintf(text, 2 * FIGURE_TEXT, "%s.%03d",
                 calendar_format(clock->begin + ticks / TICKS_PER_SECOND, clock->zone, "%H:%M:%S", local),
                 (int)(ticks % TICKS_PER_SECOND / (TICKS_PER_SECOND / 1000)));
    else
        snprintf(text, 2 * FIGURE_TEXT, "%s%s", figure_instant(ticks, instant),
                 figure_utc(clock->si, ticks, utc));
    return text;
}

static void print_place(const struct finding *finding, const struct pid_statistics *pid,
                        const struct terminal *terminal)
{
    if (finding->pid == FINDING_NO_PID)
        return;
    fprintf(terminal->file, "PID 0x%04X", finding->pid);
    if (pid && pid->program)
        fprintf(terminal->file, ", programme %u", pid->program);
    if (pid)
        fprintf(terminal->file, ", %s", figure_content(pid));
    fputs("; ", terminal->file);
}

/* Indented; broken between words where a person's terminal ends. */
static void print_text(const char *text, const struct terminal *terminal)
{
    const int indent = 2 + CLAUSE_COLUMNS;
    fprintf(terminal->file, "%*s", indent, "");
    for (int at = indent; *text;) {
        int word = (int)strcspn(text, " ");
        bool turns = terminal->interactive && at > indent && at + 1 + word > terminal->width;
        if (turns)
            fprintf(terminal->file, "\n%*s", indent, "");
        else if (at > indent)
            fputc(' ', terminal->file);
        at = turns || at == indent ? indent + word : at + 1 + word;
        fprintf(terminal->file, "%.*s", word, text);
        text += word + (text[word] == ' ');
    }
    fputc('\n', terminal->file);
}

void text_report_finding(const struct finding *finding, const struct text_clock *clock,
                         const struct pid_statistics *pid, const struct terminal *terminal)
{
    char text[2 * FIGURE_TEXT];
    const struct indicator_info *info = indicator_info(finding->indicator);
    fputs("  ", terminal->file);
    terminal_cell(terminal, style_of(finding), CLAUSE_COLUMNS, info->clause);
    terminal_cell(terminal, style_of(finding), NAME_COLUMNS, info->name);
    terminal_cell(terminal, STYLE_DIM, 12, priority_of(finding, text));
    fprintf(terminal->file, "%s %s\n", figure_count(finding->count, text),
            finding->count == 1 ? "time" : "times");
    print_text(finding->text, terminal);
    fprintf(terminal->file, "  %*s", CLAUSE_COLUMNS, "");
    print_place(finding, pid, terminal);
    fprintf(terminal->file, "at %s", when(clock, finding->worst_at, text));
    if (finding->first_at != finding->worst_at)
        terminal_print(terminal, STYLE_DIM, ", first at %s", when(clock, finding->first_at, text));
    fputc('\n', terminal->file);
}

static bool find_pid(const struct measurement *measurement, uint16_t number, struct pid_statistics *found)
{
    for (size_t i = 0; i < laboratory_pid_count(measurement->laboratory); i++) {
        *found = laboratory_pid(measurement->laboratory, i);
        if (found->pid == number)
            return true;
    }
    return false;
}

static void print_findings(const struct measurement *measurement, const struct terminal *terminal)
{
    size_t count = findings_count(measurement->findings);
    if (count == 0)
        return;
    const struct text_clock clock = {.si = measurement->si};
    text_report_title(terminal, "Findings, the worst first");
    for (size_t i = 0; i < count && i < FINDINGS_SHOWN; i++) {
        const struct finding *finding = findings_get(measurement->findings, i);
        struct pid_statistics pid;
        bool known = find_pid(measurement, finding->pid, &pid);
        text_report_finding(finding, &clock, known ? &pid : NULL, terminal);
    }
    if (count > FINDINGS_SHOWN)
        terminal_print(terminal, STYLE_DIM, "  and %zu more, all of them with --json\n",
                       count - FINDINGS_SHOWN);
}

static uint64_t count_breaches(const struct measurement *measurement, bool grave)
{
    uint64_t count = 0;
    for (size_t i = 0; i < findings_count(measurement->findings); i++) {
        const struct finding *finding = findings_get(measurement->findings, i);
        if (measurement_is_grave(finding) == grave)
            count += finding->count;
    }
    return count;
}

static void print_verdict(const struct measurement *measurement, const struct measured_source *source,
                          const struct terminal *terminal)
{
    char text[FIGURE_TEXT], length[FIGURE_TEXT];
    uint64_t grave = count_breaches(measurement, true), other = count_breaches(measurement, false);
    if (laboratory_rate(measurement->laboratory).packets == 0)
        terminal_print(terminal, STYLE_RED, "✗ no transport stream");
    else if (!measurement_is_timed(measurement))
        terminal_print(terminal, STYLE_RED, "✗ not judged, for want of two PCRs,");
    else if (grave > 0)
        terminal_print(terminal, STYLE_RED, "✗ broken: %s %s of priority 1 or 2 or of the decoder model",
                       figure_count(grave, text), grave == 1 ? "breach" : "breaches");
    else if (other > 0)
        terminal_print(terminal, STYLE_YELLOW, "! decodes, with %s %s", figure_count(other, text),
                       other == 1 ? "remark" : "remarks");
    else
        terminal_print(terminal, STYLE_GREEN, "✓ nothing found");
    if (measurement_is_timed(measurement))
        fprintf(terminal->file, " in %s of %s\n",
                figure_instant(laboratory_elapsed(measurement->laboratory), length), source->name);
    else
        fprintf(terminal->file, " in %s\n", source->name);
}

static void print_multiplex(const struct measurement *measurement, const struct terminal *terminal)
{
    char text[FIGURE_TEXT], begin[CALENDAR_TEXT], end[CALENDAR_TEXT];
    struct rate_statistics rate = laboratory_rate(measurement->laboratory);
    int64_t from, to;
    text_report_title(terminal, "Multiplex");
    fprintf(terminal->file, "  %s packets, %.1f %% null, %s\n", figure_count(rate.packets, text),
            rate.packets ? (double)rate.nulls * 100 / (double)rate.packets : 0,
            rate.constant ? "constant rate" : "not of constant rate");
    uint64_t whole = (uint64_t)rate.bits_per_second;
    fprintf(terminal->file, "  %s.%03d b/s by PCR\n", figure_count(whole, text),
            (int)((rate.bits_per_second - (double)whole) * 1e3));
    if (si_check_utc(measurement->si, 0, &from) &&
        si_check_utc(measurement->si, laboratory_elapsed(measurement->laboratory), &to))
        fprintf(terminal->file, "  %s to %s UTC by TDT\n",
                calendar_format(from, NULL, "%Y-%m-%d %H:%M:%S", begin),
                calendar_format(to, NULL, "%H:%M:%S", end));
}

static void print_class(const struct arrival_class *class, uint64_t most, const struct terminal *terminal)
{
    char text[FIGURE_TEXT];
    int full = most ? (int)(class->count * BAR_COLUMNS / most) : 0;
    fputs("  ", terminal->file);
    text_report_right(terminal, STYLE_PLAIN, 9, "%s", class->name);
    text_report_right(terminal, STYLE_PLAIN, 14, "%s", figure_count(class->count, text));
    fprintf(terminal->file, "  %s", terminal_style(terminal, STYLE_GREEN));
    for (int i = 0; i < full; i++)
        fputs("█", terminal->file);
    fputs(class->count && !full ? "▏" : "", terminal->file);
    fprintf(terminal->file, "%s\n", terminal_style(terminal, STYLE_PLAIN));
}

static void print_overall(const struct measurement *measurement, const struct terminal *terminal)
{
    int64_t least = INT64_MAX, most = INT64_MIN;
    for (size_t i = 0; i < laboratory_pid_count(measurement->laboratory); i++) {
        const struct pid_statistics pid = laboratory_pid(measurement->laboratory, i);
        if (pid.pcr.count == 0 || pid.pcr.overall_min == INT64_MIN)
            continue;
        least = pid.pcr.overall_min < least ? pid.pcr.overall_min : least;
        most = pid.pcr.overall_max > most ? pid.pcr.overall_max : most;
    }
    if (least <= most)
        fprintf(terminal->file, "  PCR_OJ %+.1f to %+.1f us\n", (double)least / 1e3, (double)most / 1e3);
}

static void print_arrival(const struct measurement *measurement, const struct measured_source *source,
                          const struct terminal *terminal)
{
    const struct arrival *arrival = source->arrival;
    struct arrival_class classes[ARRIVAL_CLASSES];
    char text[4][FIGURE_TEXT];
    uint64_t most = 0;
    text_report_title(terminal, "Arrival, by kernel timestamps");
    fprintf(terminal->file, "  %s datagrams, ", figure_count(arrival->datagrams, text[0]));
    terminal_print(terminal, arrival->lost ? STYLE_RED : STYLE_PLAIN, "%s lost%s",
                   figure_count(arrival->lost, text[0]), source->rtp ? " by RTP sequence number" : "");
    fprintf(terminal->file, ", %s dropped by this machine\n", figure_count(source->dropped, text[0]));
    if (source->late)
        fprintf(terminal->file, "  of those lost %s came after all, too late\n",
                figure_count(source->late, text[0]));
    if (source->changes)
        terminal_print(terminal, STYLE_RED,
                       "  the sender changed %s %s: there are several, or it began anew\n",
                       figure_count(source->changes, text[0]), source->changes == 1 ? "time" : "times");
    fprintf(terminal->file, "  interval %s, 99 %% within %s, 99.9 %% within %s, longest %s\n",
            figure_ns(arrival_mean(arrival), text[0]), figure_ns(arrival_quantile(arrival, 990), text[1]),
            figure_ns(arrival_quantile(arrival, 999), text[2]), figure_ns(arrival->longest, text[3]));
    print_overall(measurement, terminal);
    fputs("  intervals by their distance from the mean:\n", terminal->file);
    arrival_classes(arrival, classes);
    for (int i = 0; i < ARRIVAL_CLASSES; i++)
        most = classes[i].count > most ? classes[i].count : most;
    for (int i = 0; i < ARRIVAL_CLASSES; i++)
        print_class(&classes[i], most, terminal);
}

void text_report_print(const struct measurement *measurement, const struct measured_source *source,
                       const struct terminal *terminal)
{
    print_verdict(measurement, source, terminal);
    print_findings(measurement, terminal);
    print_multiplex(measurement, terminal);
    if (source->arrival)
        print_arrival(measurement, source, terminal);
    text_tables_print_pids(measurement, terminal);
    text_tables_print_decoders(measurement, terminal);
    text_tables_print_information(measurement, terminal);
}
