/* Any bytes as a station: refused with a reason, or a station that keeps what station.h promises. libFuzzer's
 * entry point. */
#include "schedules/station.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_multiplex(const struct station *station, const struct multiplex_plan *multiplex)
{
    const struct delivery *delivery = &multiplex->delivery;
    assert(multiplex->name && multiplex->service_count > 0);
    assert(delivery->modulation >= QAM_16 && delivery->modulation <= QAM_256);
    assert(delivery->bits_num * 204 ==
           (uint64_t)delivery->symbol_rate * (delivery->modulation + 3) * 188 * delivery->bits_den);
    for (size_t i = 0; i < multiplex->service_count; i++) {
        const struct service *service = &multiplex->services[i];
        assert(station_get_service(station, service->id, NULL) == service);
        assert(service->service_id > 0 && service->name.count > 0);
        assert(service->pmt_pid >= 0x20 && service->video_pid >= 0x20 && service->audio_pid >= 0x20);
        assert(service->pmt_pid <= 0x1FFE && service->video_pid <= 0x1FFE && service->audio_pid <= 0x1FFE);
        assert(service->pmt_pid != service->video_pid && service->video_pid != service->audio_pid);
    }
    for (size_t i = 0; i < multiplex->output_count; i++)
        assert(multiplex->outputs[i].uri && multiplex->outputs[i].ttl >= 0 &&
               multiplex->outputs[i].ttl <= 255);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diagnostics faults = {0};
    struct station *station = station_parse_bytes(data, size, "fuzz.xml", &faults);
    assert(!station == (faults.errors > 0));
    if (station) {
        assert(station->id && station->zone && station->video && station->audio && station->preset);
        assert(strlen(station->country) == 3 && station->network.count > 0 && station->multiplex_count > 0);
        for (size_t i = 0; i < station->multiplex_count; i++)
            check_multiplex(station, &station->multiplexes[i]);
    }
    for (size_t i = 0; i < faults.count; i++)
        assert(faults.list[i].text[0] && !strpbrk(faults.list[i].text, "\r\n"));
    station_free(&station);
    diagnostics_fini(&faults);
    return 0;
}
