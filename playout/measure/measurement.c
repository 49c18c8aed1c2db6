/* Three parts that know nothing of one another, wired together. */
#include "playout/measure/measurement.h"

static void pass_section(void *context, const struct measured_section *section)
{
    si_check_section(context, section);
}

bool measurement_init(struct measurement *measurement)
{
    *measurement = (struct measurement){.findings = findings_new()};
    if (measurement->findings)
        measurement->si = si_check_new(measurement->findings);
    const struct laboratory_listener listener = {pass_section, measurement->si};
    if (measurement->si)
        measurement->laboratory = laboratory_new(measurement->findings, &listener);
    return measurement->laboratory != NULL;
}

void measurement_fini(struct measurement *measurement)
{
    laboratory_free(&measurement->laboratory);
    si_check_free(&measurement->si);
    findings_free(&measurement->findings);
}

void measurement_feed(struct measurement *measurement, const uint8_t *bytes, size_t length)
{
    laboratory_feed(measurement->laboratory, bytes, length);
}

void measurement_finish(struct measurement *measurement)
{
    laboratory_finish(measurement->laboratory);
    si_check_finish(measurement->si, laboratory_elapsed(measurement->laboratory));
}

bool measurement_is_timed(const struct measurement *measurement)
{
    return laboratory_rate(measurement->laboratory).bits_per_second > 0;
}

bool measurement_is_grave(const struct finding *finding)
{
    return indicator_info(finding->indicator)->priority <= 2 || finding->indicator == BUFFER_ERROR ||
           finding->indicator == EMPTY_BUFFER_ERROR || finding->indicator == DATA_DELAY_ERROR;
}
