/* dvbv5_guide FILE: what libdvbv5, the library of the kernel's own DVB tools, understands of a transport
 * stream's service information, in the rows of gst_guide. Built by guide.sh with tests/receiver/filter.c; the
 * parsers and the letters are the library's. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libdvbv5/desc_event_short.h>
#include <libdvbv5/desc_network_name.h>
#include <libdvbv5/desc_service.h>
#include <libdvbv5/descriptors.h>
#include <libdvbv5/dvb-fe.h>
#include <libdvbv5/eit.h>
#include <libdvbv5/nit.h>
#include <libdvbv5/sdt.h>

#include "tests/receiver/filter.h"

#define CRC_BYTES 4
#define PID_NIT 0x10
#define PID_SDT 0x11
#define PID_EIT 0x12

static const char *or_nothing(const char *text)
{
    return text ? text : "";
}

static time_t start_of(const struct dvb_table_eit_event *event)
{
    struct tm start;
    memcpy(&start, (const char *)event + offsetof(struct dvb_table_eit_event, start), sizeof start);
    return timegm(&start);
}

static void tell_events(struct dvb_v5_fe_parms *parms, const uint8_t *section, ssize_t length)
{
    struct dvb_table_eit *eit = NULL;
    if (dvb_table_eit_init(parms, section, length, &eit) < 0 || !eit)
        return;
    dvb_eit_event_foreach(event, eit)
    {
        dvb_desc_find(struct dvb_desc_event_short, words, event, short_event_descriptor)
        {
            printf("event\t%d\t%u\t%u\t%lld\t%u\t%u\t%.3s\t%s\n", section[0], event->service_id,
                   event->event_id, (long long)start_of(event), event->duration, event->running_status,
                   (const char *)words->language, or_nothing(words->name));
        }
    }
    dvb_table_eit_free(eit);
}

static void tell_services(struct dvb_v5_fe_parms *parms, const uint8_t *section, ssize_t length)
{
    struct dvb_table_sdt *sdt = NULL;
    if (section[0] != DVB_TABLE_SDT || dvb_table_sdt_init(parms, section, length, &sdt) < 0 || !sdt)
        return;
    dvb_sdt_service_foreach(service, sdt)
    {
        dvb_desc_find(struct dvb_desc_service, names, service, service_descriptor)
        {
            printf("service\t%u\t%s\n", service->service_id, or_nothing(names->name));
        }
    }
    dvb_table_sdt_free(sdt);
}

static void tell_network(struct dvb_v5_fe_parms *parms, const uint8_t *section, ssize_t length)
{
    struct dvb_table_nit *nit = NULL;
    if (section[0] != DVB_TABLE_NIT || dvb_table_nit_init(parms, section, length, &nit) < 0 || !nit)
        return;
    dvb_desc_find(struct dvb_desc_network_name, name, nit, network_name_descriptor)
    {
        printf("network\t%s\n", or_nothing(name->network_name));
    }
    dvb_table_nit_free(nit);
}

struct pid {
    struct filter filter;
    void (*tell)(struct dvb_v5_fe_parms *parms, const uint8_t *section, ssize_t length);
    struct dvb_v5_fe_parms *parms;
};

static void take_section(void *context, const uint8_t *section, uint32_t length)
{
    const struct pid *pid = context;
    uint8_t copy[FILTER_SECTION]; /* the library changes what it reads */
    if (!(section[1] & 0x80) || length <= 8 + CRC_BYTES)
        return;
    memcpy(copy, section, length);
    pid->tell(pid->parms, copy, (ssize_t)length - CRC_BYTES);
}

int main(int argc, char **argv)
{
    static struct pid pids[] = {{{.pid = PID_NIT}, tell_network, NULL},
                                {{.pid = PID_SDT}, tell_services, NULL},
                                {{.pid = PID_EIT}, tell_events, NULL}};
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    struct dvb_v5_fe_parms *parms = dvb_fe_dummy();
    uint8_t packet[FILTER_PACKET];
    if (!file || !parms) {
        perror("dvbv5_guide FILE");
        return EXIT_FAILURE;
    }
    parms->default_charset = "ISO_6937";
    parms->output_charset = "UTF-8";
    while (fread(packet, sizeof packet, 1, file) == 1)
        for (size_t i = 0; i < sizeof pids / sizeof *pids; i++) {
            pids[i].parms = parms;
            if (((packet[1] & 0x1F) << 8 | packet[2]) == pids[i].filter.pid)
                filter_packet(&pids[i].filter, packet, take_section, &pids[i]);
        }
    fclose(file);
    return EXIT_SUCCESS;
}
