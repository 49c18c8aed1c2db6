/* Columns that fit a terminal of eighty. */
#include "playout/measure/text_tables.h"

#include <inttypes.h>

#include "mux/slot.h"
#include "playout/measure/figures.h"
#include "playout/measure/text_report.h"

#define PCR_LIMIT_MS 100.0 /* TR 101 290 2.3a */
#define PCR_LIMIT_NS 500.0 /* TR 101 290 2.4 */
#define NS_PER_TICK (1e9 / TICKS_PER_SECOND)
#define CONTENT_COLUMNS 12

struct column {
    const char *title;
    int columns;
};

static void print_head(const struct terminal *terminal, const struct column *columns, size_t count)
{
    fputs("  ", terminal->file);
    for (size_t i = 0; i < count; i++) {
        if (columns[i].columns < 0)
            terminal_cell(terminal, STYLE_DIM, -columns[i].columns, columns[i].title);
        else
            text_report_right(terminal, STYLE_DIM, columns[i].columns, "%s", columns[i].title);
    }
    fputc('\n', terminal->file);
}

static double ms_of(int64_t ticks)
{
    return (double)ticks * 1e3 / TICKS_PER_SECOND;
}

static void print_name(const struct pid_statistics *pid, const struct terminal *terminal)
{
    fprintf(terminal->file, "  0x%04X ", pid->pid);
    terminal_cell(terminal,
                  pid->referenced || pid->pid < 0x20 || pid->pid == 0x1FFF ? STYLE_PLAIN : STYLE_YELLOW,
                  CONTENT_COLUMNS, figure_content(pid));
}

static void print_pcr(const struct pcr_statistics *pcr, const struct terminal *terminal)
{
    double interval = ms_of(pcr->interval_max), least = (double)pcr->accuracy_min / 1e3 * NS_PER_TICK,
           most = (double)pcr->accuracy_max / 1e3 * NS_PER_TICK;
    bool exact = least >= -PCR_LIMIT_NS && most <= PCR_LIMIT_NS;
    text_report_right(terminal, interval > PCR_LIMIT_MS ? STYLE_RED : STYLE_PLAIN, 9, "%.1f ms", interval);
    if (pcr->accuracy_min == INT64_MIN)
        text_report_right(terminal, STYLE_DIM, 17, "–");
    else
        text_report_right(terminal, exact ? STYLE_PLAIN : STYLE_RED, 17, "%+.0f to %+.0f ns", least, most);
}

static void print_pid(const struct pid_statistics *pid, uint64_t packets, const struct terminal *terminal)
{
    char text[FIGURE_TEXT];
    print_name(pid, terminal);
    if (pid->program)
        text_report_right(terminal, STYLE_PLAIN, 5, "%u", pid->program);
    else
        text_report_right(terminal, STYLE_DIM, 5, "–");
    text_report_right(terminal, STYLE_PLAIN, 12, "%s", figure_rate(pid->bits_per_second, text));
    text_report_right(terminal, STYLE_PLAIN, 8, "%.2f %%", (double)pid->packets * 100 / (double)packets);
    text_report_right(terminal, STYLE_PLAIN, 5, "%u", pid->run_max);
    if (pid->pcr.count > 0)
        print_pcr(&pid->pcr, terminal);
    fputc('\n', terminal->file);
}

void text_tables_print_pids(const struct measurement *measurement, const struct terminal *terminal)
{
    static const struct column columns[] = {
        {"PID", -7},  {"carries", -CONTENT_COLUMNS}, {"prog", 5}, {"rate", 12}, {"share", 8}, {"run", 5},
        {"PCR ≤", 9}, {"off the line", 17}};
    size_t count = laboratory_pid_count(measurement->laboratory);
    uint64_t packets = laboratory_rate(measurement->laboratory).packets;
    if (count == 0)
        return;
    text_report_title(terminal, "PIDs");
    print_head(terminal, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < count; i++) {
        struct pid_statistics pid = laboratory_pid(measurement->laboratory, i);
        print_pid(&pid, packets, terminal);
    }
}

/* "188/512" in bytes, or in kB where there are many. */
static void print_buffer(uint32_t peak, uint32_t size, int columns, const struct terminal *terminal)
{
    enum style style = peak > size ? STYLE_RED : STYLE_PLAIN;
    if (size == 0)
        text_report_right(terminal, STYLE_DIM, columns, "–");
    else if (size < 10000)
        text_report_right(terminal, style, columns, "%u/%u", peak, size);
    else if (peak < 1000)
        text_report_right(terminal, style, columns, "%u/%.0fk", peak, size / 1e3);
    else
        text_report_right(terminal, style, columns, "%.1f/%.0fk", peak / 1e3, size / 1e3);
}

static void print_decoder(const struct pid_statistics *pid, const struct terminal *terminal)
{
    const struct tstd_statistics *tstd = &pid->tstd;
    print_name(pid, terminal);
    print_buffer(tstd->tb_peak, tstd->tb_size, 9, terminal);
    print_buffer(tstd->mb_peak, tstd->mb_size, 10, terminal);
    print_buffer(tstd->eb_peak, tstd->eb_size, 12, terminal);
    text_report_right(terminal, STYLE_PLAIN, 6, "%.0f", ms_of(tstd->delay_max));
    if (pid->unit_step > 0)
        text_report_right(terminal, pid->margin_min < 0 ? STYLE_RED : STYLE_PLAIN, 10, "%.0f…%.0f",
                          ms_of(pid->margin_min), ms_of(pid->margin_max));
    else
        text_report_right(terminal, STYLE_DIM, 10, "–");
    text_report_right(terminal, STYLE_PLAIN, 6, "%+.2f", pid->margin_slope * 1e3 / TICKS_PER_SECOND);
    text_report_right(terminal, pid->jumps ? STYLE_YELLOW : STYLE_PLAIN, 6, "%" PRIu64, pid->jumps);
    fputc('\n', terminal->file);
}

/* Tables fill their buffers alike: they are of interest when they fill them too much. */
static bool is_shown(const struct pid_statistics *pid)
{
    const struct tstd_statistics *tstd = &pid->tstd;
    return tstd->judged && (pid->codec != CODEC_SECTIONS || tstd->tb_peak > tstd->tb_size ||
                            tstd->mb_peak > tstd->mb_size || tstd->eb_peak > tstd->eb_size);
}

void text_tables_print_decoders(const struct measurement *measurement, const struct terminal *terminal)
{
    static const struct column columns[] = {{"PID", -7},       {"decodes", -CONTENT_COLUMNS},
                                            {"TB", 9},         {"MB", 10},
                                            {"EB or B", 12},   {"delay", 6},
                                            {"PTS ahead", 10}, {"slope", 6},
                                            {"jumps", 6}};
    bool titled = false;
    for (size_t i = 0; i < laboratory_pid_count(measurement->laboratory); i++) {
        struct pid_statistics pid = laboratory_pid(measurement->laboratory, i);
        if (!is_shown(&pid))
            continue;
        if (!titled) {
            text_report_title(terminal, "Decoder model: most bytes of the buffer's size; ms; ms/s");
            print_head(terminal, columns, sizeof columns / sizeof *columns);
        }
        titled = true;
        print_decoder(&pid, terminal);
    }
}

static void print_table(const struct table_statistics *table, const struct terminal *terminal)
{
    char text[FIGURE_TEXT];
    fputs("  ", terminal->file);
    terminal_cell(terminal, STYLE_PLAIN, 20, table->name);
    fprintf(terminal->file, "0x%02X", table->table_id);
    text_report_right(terminal, STYLE_PLAIN, 4, "%u", table->sub_tables);
    text_report_right(terminal, STYLE_PLAIN, 9, "%u", table->sections);
    if (table->interval_max == INT64_MIN)
        text_report_right(terminal, STYLE_DIM, 11, "–");
    else
        text_report_right(terminal, STYLE_PLAIN, 11, "%s", figure_ticks(table->interval_max, text));
    if (table->spacing_min == INT64_MAX)
        text_report_right(terminal, STYLE_DIM, 11, "–");
    else
        text_report_right(terminal, STYLE_PLAIN, 11, "%s", figure_ticks(table->spacing_min, text));
    text_report_right(terminal, STYLE_PLAIN, 8, "%u", table->versions);
    text_report_right(terminal, STYLE_PLAIN, 11, "%s", figure_rate(table->bits_per_second, text));
    fputc('\n', terminal->file);
}

void text_tables_print_information(const struct measurement *measurement, const struct terminal *terminal)
{
    static const struct column columns[] = {{"table", -20},  {"id", -4},      {"sub", 4},
                                            {"sections", 9}, {"at most", 11}, {"at least", 11},
                                            {"changes", 8},  {"rate", 11}};
    size_t count = si_check_table_count(measurement->si);
    if (count == 0)
        return;
    text_report_title(terminal, "Tables: how far apart the same section, and any two of a sub_table");
    print_head(terminal, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < count; i++) {
        struct table_statistics table = si_check_table(measurement->si, i);
        print_table(&table, terminal);
    }
}
