/* Dates, clock times and zones (RFC 3339, ISO 8601, the IANA zone database through GLib).
 *
 * Dates are proleptic Gregorian, counted by days since 1970-01-01; a day is a local date, which may hold 23
 * or 25 hours. All functions are pure: no TZ variable, no clock. */
#include "schedules/calendar.h"

#include <ctype.h>
#include <glib.h>
#include <string.h>

#define DAY 86400
#define HOUR 3600
#define QUARTER 900 /* offsets of zones are whole quarters of an hour */
#define NANOSECONDS 1000000000

struct zone {
    GTimeZone *glib;
};

/* GLib also takes offsets and POSIX rules and looks outside the database; names are all that is meant here.
 */
static bool is_zone_name(const char *name)
{
    return isalpha((unsigned char)*name) && !strstr(name, "..") &&
           name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/")] == '\0';
}

struct zone *zone_new(const char *name)
{
    GTimeZone *glib = is_zone_name(name) ? g_time_zone_new_identifier(name) : NULL;
    if (!glib)
        return NULL;
    struct zone *zone = g_new(struct zone, 1);
    zone->glib = glib;
    return zone;
}

void zone_free(struct zone **zone)
{
    if (*zone)
        g_time_zone_unref((*zone)->glib);
    g_free(*zone);
    *zone = NULL;
}

int32_t zone_offset(const struct zone *zone, int64_t at)
{
    return g_time_zone_get_offset(zone->glib,
                                  g_time_zone_find_interval(zone->glib, G_TIME_TYPE_UNIVERSAL, at));
}

int64_t zone_next_change(const struct zone *zone, int64_t at)
{
    const int32_t now = zone_offset(zone, at);
    int64_t before = at, after = at;
    /* No zone goes and comes back within a day. */
    while (zone_offset(zone, after) == now) {
        before = after;
        after += DAY;
        if (after > at + 366 * (int64_t)DAY)
            return INT64_MAX;
    }
    while (after - before > 1) {
        int64_t middle = before + (after - before) / 2;
        if (zone_offset(zone, middle) == now)
            before = middle;
        else
            after = middle;
    }
    return after;
}

/* The first instant whose local time is `local` seconds; false when the zone skips it. */
static bool resolve_local(const struct zone *zone, int64_t local, int64_t *at)
{
    int32_t before = zone_offset(zone, local - DAY), after = zone_offset(zone, local + DAY);
    int32_t east = MAX(before, after), west = MIN(before, after);
    *at = local - east;
    if (zone_offset(zone, *at) == east)
        return true;
    *at = local - west;
    return zone_offset(zone, *at) == west;
}

/* --- reading */

/* Exactly `digits` decimal digits; moves *text behind them. */
static bool parse_digits(const char **text, int digits, int *value)
{
    *value = 0;
    for (; digits > 0; digits--, (*text)++) {
        if (!isdigit((unsigned char)**text))
            return false;
        *value = *value * 10 + (**text - '0');
    }
    return true;
}

static bool parse_mark(const char **text, const char *accepted)
{
    if (!**text || !strchr(accepted, **text))
        return false;
    (*text)++;
    return true;
}

/* A fraction of a second behind its point: 1 to 9 digits. */
static bool parse_fraction(const char **text, uint32_t *ns)
{
    uint32_t unit = NANOSECONDS / 10;
    *ns = 0;
    if (!isdigit((unsigned char)**text))
        return false;
    for (; isdigit((unsigned char)**text); (*text)++, unit /= 10) {
        if (unit == 0)
            return false;
        *ns += unit * (uint32_t)(**text - '0');
    }
    return true;
}

static bool parse_date(const char **text, int64_t *days)
{
    int year, month, day;
    if (!parse_digits(text, 4, &year) || !parse_mark(text, "-") || !parse_digits(text, 2, &month) ||
        !parse_mark(text, "-") || !parse_digits(text, 2, &day))
        return false;
    if (!g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
        return false;
    GDate date, epoch;
    g_date_clear(&date, 1);
    g_date_set_dmy(&date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
    g_date_clear(&epoch, 1);
    g_date_set_dmy(&epoch, 1, G_DATE_JANUARY, 1970);
    *days = g_date_days_between(&epoch, &date);
    return true;
}

static bool parse_clock(const char **text, int64_t *seconds)
{
    int hour, minute, second;
    if (!parse_digits(text, 2, &hour) || !parse_mark(text, ":") || !parse_digits(text, 2, &minute) ||
        !parse_mark(text, ":") || !parse_digits(text, 2, &second))
        return false;
    *seconds = hour * HOUR + minute * 60 + second;
    return hour <= 23 && minute <= 59 && second <= 59;
}

/* "Z", "+08:00"; true and *given = false when the text ends instead. */
static bool parse_offset(const char **text, bool *given, int64_t *offset)
{
    *given = **text != '\0';
    *offset = 0;
    if (!*given || parse_mark(text, "Zz"))
        return true;
    const bool west = **text == '-';
    int hours, minutes;
    if (!parse_mark(text, "+-") || !parse_digits(text, 2, &hours) || !parse_mark(text, ":") ||
        !parse_digits(text, 2, &minutes))
        return false;
    *offset = (west ? -1 : 1) * (int64_t)(hours * HOUR + minutes * 60);
    return hours <= 23 && minutes <= 59;
}

bool calendar_parse_instant(const char *text, const struct zone *zone, int64_t *second, uint32_t *ns)
{
    int64_t days, clock, offset, at;
    uint32_t fraction = 0;
    bool given;
    if (!parse_date(&text, &days) || !parse_mark(&text, "Tt ") || !parse_clock(&text, &clock))
        return false;
    if (parse_mark(&text, ".") && !parse_fraction(&text, &fraction))
        return false;
    if (!parse_offset(&text, &given, &offset) || *text)
        return false;
    const int64_t local = days * DAY + clock;
    if (given)
        at = local - offset;
    else if (!resolve_local(zone, local, &at))
        return false;
    *second = at;
    *ns = fraction;
    return true;
}

/* One "NUMBER" or "NUMBER.FRACTION" of at most 9 digits each. */
static bool parse_amount(const char **text, int64_t *whole, uint32_t *ns, bool *fraction)
{
    const int digits = (int)strspn(*text, "0123456789");
    int value;
    if (digits < 1 || digits > 9 || !parse_digits(text, digits, &value))
        return false;
    *whole = value;
    *fraction = parse_mark(text, ".");
    return !*fraction || parse_fraction(text, ns);
}

struct unit {
    char mark;
    int seconds;
};

/* Amounts with units in the order of `units`, each at most once, at least one; only seconds have a fraction.
 */
static bool parse_amounts(const char **text, const struct unit *units, const char *end, int64_t *seconds,
                          uint32_t *ns)
{
    const char *begin = *text;
    while (!strchr(end, **text)) {
        int64_t whole;
        bool fraction;
        if (!parse_amount(text, &whole, ns, &fraction))
            return false;
        while (units->mark && units->mark != **text)
            units++;
        if (!units->mark || (fraction && units->seconds != 1))
            return false;
        *seconds += whole * units->seconds;
        units++;
        (*text)++;
    }
    return *text > begin;
}

static bool parse_iso_length(const char *text, int64_t *seconds, uint32_t *ns)
{
    static const struct unit days[] = {{'D', DAY}, {0, 0}};
    static const struct unit clock[] = {{'H', HOUR}, {'M', 60}, {'S', 1}, {0, 0}};
    if (*text != 'T' && !parse_amounts(&text, days, "T", seconds, ns))
        return false;
    return *text == '\0' || (parse_mark(&text, "T") && parse_amounts(&text, clock, "", seconds, ns));
}

static bool parse_short_length(const char *text, int64_t *seconds, uint32_t *ns)
{
    static const struct unit units[] = {{'h', HOUR}, {'m', 60}, {'s', 1}, {0, 0}};
    return parse_amounts(&text, units, "", seconds, ns);
}

bool calendar_parse_length(const char *text, int64_t *seconds, uint32_t *ns)
{
    int64_t whole = 0;
    uint32_t fraction = 0;
    if (*text == 'P' ? !parse_iso_length(text + 1, &whole, &fraction)
                     : !parse_short_length(text, &whole, &fraction))
        return false;
    if (whole == 0 && fraction == 0)
        return false;
    *seconds = whole;
    *ns = fraction;
    return true;
}

/* --- writing */

static int64_t floor_divide(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

const char *calendar_format(int64_t at, const struct zone *zone, const char *pattern,
                            char text[CALENDAR_TEXT])
{
    text[0] = '\0';
    GDateTime *utc = g_date_time_new_from_unix_utc(at);
    if (!utc)
        return text;
    GDateTime *local = zone ? g_date_time_to_timezone(utc, zone->glib) : g_date_time_ref(utc);
    char *formatted = local ? g_date_time_format(local, pattern) : NULL;
    if (formatted)
        g_strlcpy(text, formatted, CALENDAR_TEXT);
    g_free(formatted);
    g_clear_pointer(&local, g_date_time_unref);
    g_date_time_unref(utc);
    return text;
}

const char *calendar_text(int64_t at, const struct zone *zone, char text[CALENDAR_TEXT])
{
    return calendar_format(at, zone, "%Y-%m-%dT%H:%M:%S%:z", text);
}

int64_t calendar_day(int64_t at, const struct zone *zone)
{
    return floor_divide(at + (zone ? zone_offset(zone, at) : 0), DAY);
}

int64_t calendar_day_start(int64_t day, const struct zone *zone)
{
    int64_t at = (day - 1) * DAY;
    while (calendar_day(at, zone) < day)
        at += QUARTER;
    return at;
}
