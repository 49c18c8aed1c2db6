/* The tables of the text report: PIDs, decoder buffers, service information. */
#ifndef PLAYOUT_MEASURE_TEXT_TABLES_H
#define PLAYOUT_MEASURE_TEXT_TABLES_H

#include "playout/measure/measurement.h"
#include "playout/terminal.h"

void text_tables_print_pids(const struct measurement *measurement, const struct terminal *terminal);
void text_tables_print_decoders(const struct measurement *measurement, const struct terminal *terminal);
void text_tables_print_information(const struct measurement *measurement, const struct terminal *terminal);

#endif
