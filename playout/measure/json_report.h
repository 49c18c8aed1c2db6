/* Everything that was measured, as one JSON object for machines. Times are seconds since the start of the
 * stream. */
#ifndef PLAYOUT_MEASURE_JSON_REPORT_H
#define PLAYOUT_MEASURE_JSON_REPORT_H

#include <stdio.h>

#include "playout/measure/text_report.h"

/* False when memory is out or the file cannot be written. */
bool json_report_print(const struct measurement *measurement, const struct measured_source *source,
                       FILE *file);

#endif
