/* What was told is kept, so that it is told once; what only lasts a moment is not told at all. */
#include "playout/partner_report.h"

#include <glib.h>
#include <stdlib.h>

#define MS_NS INT64_C(1000000)
#define IDLE_SECONDS 1   /* a partner that starts is silent for a moment, as is who takes its address over */
#define AGREED_SECONDS 3 /* without a fault, then it is over */

struct told { /* to the operator, of a line */
    struct divergence divergence;
    bool silent, idle;  /* this machine, and the partner */
    int64_t differs_at; /* second in which they last did, ... */
    int64_t sent_at;    /* ... and in which the partner last sent */
};

struct partner_report {
    const struct station *station;
    struct told *told; /* of each multiplex */
    bool told_open, told_heard, told_apart;
    int64_t open_at; /* second in which it last was, or that was the first; 0: there was none */
};

struct partner_report *partner_report_new(const struct station *station)
{
    struct partner_report *report = calloc(1, sizeof *report);
    if (!report)
        return NULL;
    report->station = station;
    report->told_open = true;
    report->told = calloc(station->multiplex_count, sizeof *report->told);
    if (!report->told)
        partner_report_free(&report);
    return report;
}

void partner_report_free(struct partner_report **report)
{
    if (*report)
        free((*report)->told);
    free(*report);
    *report = NULL;
}

struct teller {
    partner_teller *tell;
    void *context;
    int64_t second;
};

static void say(const struct teller *teller, enum style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(const struct teller *teller, enum style style, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    char *text = g_strdup_vprintf(format, values);
    va_end(values);
    teller->tell(teller->context, style, "partner", text);
    g_free(text);
}

static bool is_heard(const struct station *station, const struct partner_view *view)
{
    for (size_t i = 0; i < station->multiplex_count; i++)
        if (view->judgements[i].heard)
            return true;
    return false;
}

static void tell_heard(struct partner_report *report, const struct partner_view *view,
                       const struct teller *teller)
{
    if (view->machine >= 0 || report->open_at == 0)
        report->open_at = teller->second;
    const bool open = teller->second - report->open_at <= IDLE_SECONDS;
    const bool heard = is_heard(report->station, view);
    if (open != report->told_open && !open)
        say(teller, STYLE_RED, "this machine has neither address of machines=\"%s %s\": it sends alone",
            report->station->machines[0], report->station->machines[1]);
    if (heard != report->told_heard && heard)
        say(teller, STYLE_GREEN, "%s is heard", report->station->machines[1 - view->machine]);
    if (heard != report->told_heard && !heard)
        say(teller, STYLE_RED, "%s is not heard any more: this machine sends alone",
            report->station->machines[1 - view->machine]);
    report->told_open = open;
    report->told_heard = heard;
}

static void tell_gap(struct partner_report *report, const struct partner_view *view,
                     const struct teller *teller)
{
    const int64_t window = report->station->merge_window * MS_NS, apart = llabs(view->gap.ns);
    if (!report->told_heard || !view->gap.measured_at)
        return;
    if (!report->told_apart && apart - view->gap.error > window) {
        say(teller, STYLE_RED,
            "its clock is %.1f ms %s this machine's: receivers merge what is at most %d ms apart",
            (double)apart / 1e6, view->gap.ns > 0 ? "ahead of" : "behind", report->station->merge_window);
        report->told_apart = true;
    } else if (report->told_apart && apart + view->gap.error < window) {
        say(teller, STYLE_GREEN, "the clocks are %.1f ms apart again", (double)apart / 1e6);
        report->told_apart = false;
    }
}

static bool is_same(const struct divergence *a, const struct divergence *b)
{
    return a->cause == b->cause && a->revision == b->revision && a->service == b->service &&
           a->sure == b->sure;
}

static void tell_divergence(struct partner_report *report, const struct partner_view *view, size_t i,
                            const struct teller *teller)
{
    char text[DIVERGENCE_TEXT];
    const struct multiplex_plan *plan = &report->station->multiplexes[i];
    const struct divergence *now = &view->judgements[i].divergence;
    struct told *told = &report->told[i];
    if (now->cause != DIVERGENCE_NONE)
        told->differs_at = teller->second;
    else if (teller->second - told->differs_at < AGREED_SECONDS)
        return;
    if (is_same(now, &told->divergence) || !divergence_is_named(now, plan))
        return;
    divergence_text(now, plan, text);
    if (now->cause == DIVERGENCE_NONE)
        say(teller, STYLE_GREEN, "multiplex %s: %s again", plan->name, text);
    else
        say(teller, now->sure ? STYLE_RED : STYLE_YELLOW, "multiplex %s%s: %s", plan->name,
            now->sure ? " differs" : "", text);
    told->divergence = *now;
}

static void tell_silence(struct partner_report *report, const struct partner_view *view, size_t i,
                         const struct teller *teller)
{
    const struct partner_judgement *now = &view->judgements[i];
    const char *name = report->station->multiplexes[i].name;
    struct told *told = &report->told[i];
    if (now->silent != told->silent)
        say(teller, now->silent ? STYLE_RED : STYLE_GREEN, "multiplex %s: this machine %s", name,
            now->silent ? "is silent, the partner sends" : "sends again");
    if (now->sending)
        told->sent_at = teller->second;
    const bool idle = now->heard && teller->second - told->sent_at > IDLE_SECONDS;
    if (idle != told->idle && now->heard)
        say(teller, idle ? STYLE_RED : STYLE_GREEN, "multiplex %s: the partner %s", name,
            idle ? "is silent" : "sends");
    told->idle = now->heard ? idle : told->idle;
    told->silent = now->silent;
}

void partner_report_turn(struct partner_report *report, const struct partner_view *view, int64_t second,
                         partner_teller *tell, void *context)
{
    const struct teller teller = {tell, context, second};
    tell_heard(report, view, &teller);
    tell_gap(report, view, &teller);
    for (size_t i = 0; i < report->station->multiplex_count; i++) {
        if (view->judgements[i].heard)
            tell_divergence(report, view, i, &teller);
        tell_silence(report, view, i, &teller);
    }
}
