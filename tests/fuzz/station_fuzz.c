/* Any bytes as a station: refused with a reason, or a station that keeps what station.h promises. libFuzzer's
 * entry point. */
#include "schedules/station.h"

#include <assert.h>
#include <string.h>

static void check_guide(const struct station *station)
{
    const struct guide_policy *guide = &station->guide;
    assert(guide->days >= 8 && guide->days <= 64);
    assert(guide->other_days >= 1 && guide->other_days <= guide->days);
    for (size_t i = 0; i < guide->bouquet_count; i++)
        assert(guide->bouquets[i].stage != STAGE_NONE && guide->bouquets[i].bouquet_id &&
               guide->bouquets[i].name.count > 0);
    for (size_t i = 0; i < station->network_count; i++)
        assert(station->networks[i].network_id && station->networks[i].original_network_id &&
               station->networks[i].private_data_specifier && station->networks[i].name.count > 0);
    for (size_t i = 0; i < station->multiplex_count; i++) {
        const struct network *network = station->multiplexes[i].network;
        assert(network >= station->networks && network < station->networks + station->network_count);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_pid(uint16_t pid, uint16_t *pids, size_t *count)
{
    assert(pid >= 0x20 && pid <= 0x1FFE);
    for (size_t i = 0; i < *count; i++)
        assert(pids[i] != pid);
    pids[(*count)++] = pid;
}

static void check_service(const struct service *service)
{
    uint16_t pids[2 + SERVICE_AUDIO_MAX + SERVICE_SUBTITLES_MAX];
    size_t count = 0;
    assert(service->service_id > 0 && service->name.count > 0 && service->video && service->audio);
    assert(service->sound_count >= 1 && service->sound_count <= SERVICE_AUDIO_MAX);
    assert(service->subtitle_count <= SERVICE_SUBTITLES_MAX && !service->sounds[0].for_impaired);
    check_pid(service->pmt_pid, pids, &count);
    check_pid(service->video_pid, pids, &count);
    for (size_t i = 0; i < service->sound_count; i++)
        check_pid(service->sounds[i].pid, pids, &count);
    for (size_t i = 0; i < service->subtitle_count; i++)
        check_pid(service->subtitles[i].pid, pids, &count);
}

static void check_multiplex(const struct station *station, const struct multiplex_plan *multiplex)
{
    const struct delivery *delivery = &multiplex->delivery;
    char name[64];
    delivery_name(delivery, name, sizeof name);
    assert(name[0] && multiplex->name && multiplex->service_count > 0);
    assert(delivery->bits_den > 0 && delivery->bits_den < 1 << 20 && delivery->bits_num < 1ull << 40);
    assert(delivery->bits_num >= 1000000 * delivery->bits_den);
    for (size_t i = 0; i < multiplex->service_count; i++) {
        assert(station_get_service(station, multiplex->services[i].id, NULL) == &multiplex->services[i]);
        check_service(&multiplex->services[i]);
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
        assert(strlen(station->country) == 3 && station->network_count > 0 && station->multiplex_count > 0);
        check_guide(station);
        for (size_t i = 0; i < station->multiplex_count; i++)
            check_multiplex(station, &station->multiplexes[i]);
    }
    for (size_t i = 0; i < faults.count; i++)
        assert(faults.list[i].text[0] && !strpbrk(faults.list[i].text, "\r\n"));
    station_free(&station);
    diagnostics_fini(&faults);
    return 0;
}
