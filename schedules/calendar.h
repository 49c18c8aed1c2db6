/* Instants, lengths, zones. The only code (with epg's MJD) that knows days.
 * An instant is Unix seconds (int64); a zone is an immutable value, no process-wide TZ is touched. */
#ifndef SCHEDULES_CALENDAR_H
#define SCHEDULES_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

struct zone; /* an IANA time zone; GLib's GTimeZone inside */

/* NULL when the name is not known to the system's zone database. Free with zone_free(). */
struct zone *zone_new(const char *name);
void zone_free(struct zone **zone);
/* Seconds east of UTC at an instant. */
int32_t zone_offset(const struct zone *zone, int64_t at);
/* The next instant after `at`, within a year, at which the offset changes; INT64_MAX when none does. */
int64_t zone_next_change(const struct zone *zone, int64_t at);

/* RFC 3339 ("2020-03-02T08:00:00+08:00", "...Z", a fraction of up to 9 digits) or the same without offset, or
 * with a space for the T, local to `zone`. Real dates only: 29 February in leap years, hours 0-23, seconds
 * 0-59. A local time that the zone skips is refused; of two, the first is taken. False when it is none of
 * that. */
bool calendar_parse_instant(const char *text, const struct zone *zone, int64_t *second, uint32_t *ns);

/* "90s", "10m", "2h", "1.5s", or ISO 8601 "PT20M", "PT1H30M", "P1D". Positive. False when it is none of that.
 */
bool calendar_parse_length(const char *text, int64_t *seconds, uint32_t *ns);

#define CALENDAR_TEXT 40
/* "2020-03-02T08:00:00+08:00" */
const char *calendar_text(int64_t at, const struct zone *zone, char text[CALENDAR_TEXT]);
/* The same by pattern of strftime, e.g. "%H:%M:%S"; UTC when zone is NULL. Empty outside years 1 to 9999. */
const char *calendar_format(int64_t at, const struct zone *zone, const char *pattern,
                            char text[CALENDAR_TEXT]);
/* Days since 1970-01-01 of the local date at an instant; UTC when zone is NULL. */
int64_t calendar_day(int64_t at, const struct zone *zone);
/* The first instant of a local date, also where summer time skips midnight. */
int64_t calendar_day_start(int64_t day, const struct zone *zone);

#endif
