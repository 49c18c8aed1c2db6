/* dvbpsi_guide FILE: what libdvbpsi's own decoders, which VLC uses, read of a transport stream's SDT and EIT,
 * in the rows of gst_guide. The library leaves the letters to its callers: they are decoded here as EN 300
 * 468 Annex A says. Built by guide.sh. */
#include <iconv.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#include <dvbpsi/dvbpsi.h>
#include <dvbpsi/psi.h>
#include <dvbpsi/descriptor.h>
#include <dvbpsi/demux.h>
#include <dvbpsi/dr_48.h>
#include <dvbpsi/dr_4d.h>
#include <dvbpsi/eit.h>
#include <dvbpsi/sdt.h>

#define PACKET 188
#define PID_SDT 0x11
#define PID_EIT 0x12

static const char *charset_of(uint8_t selector)
{
    return selector >= 0x20   ? "ISO_6937"
           : selector == 0x11 ? "UTF-16BE"
           : selector == 0x13 ? "GB2312"
                              : "UTF-8";
}

static void put_text(const uint8_t *bytes, size_t length)
{
    char out[1024], *to = out, *in = (char *)(uintptr_t)bytes;
    size_t room = sizeof out, selector = length > 0 && bytes[0] < 0x20;
    iconv_t codec = iconv_open("UTF-8", charset_of(length > 0 ? bytes[0] : 0x20));
    in += selector;
    length -= selector;
    iconv(codec, &in, &length, &to, &room);
    iconv_close(codec);
    fwrite(out, 1, (size_t)(to - out), stdout);
    putchar('\n');
}

static long digits(uint64_t bcd)
{
    return (long)((bcd >> 4 & 0x0F) * 10 + (bcd & 0x0F));
}

static long seconds(uint64_t bcd)
{
    return digits(bcd >> 16) * 3600 + digits(bcd >> 8) * 60 + digits(bcd);
}

static void tell_eit(void *context, dvbpsi_eit_t *eit)
{
    (void)context;
    for (dvbpsi_eit_event_t *event = eit->p_first_event; event; event = event->p_next)
        for (dvbpsi_descriptor_t *each = event->p_first_descriptor; each; each = each->p_next) {
            const dvbpsi_short_event_dr_t *words =
                each->i_tag == 0x4D ? dvbpsi_DecodeShortEventDr(each) : NULL;
            if (!words)
                continue;
            printf("event\t%u\t%u\t%u\t%ld\t%ld\t%u\t%.3s\t", eit->i_table_id, eit->i_extension,
                   event->i_event_id,
                   ((long)(event->i_start_time >> 24) - 40587) * 86400 +
                       seconds(event->i_start_time & 0xFFFFFF),
                   seconds(event->i_duration), event->i_running_status, (const char *)words->i_iso_639_code);
            put_text(words->i_event_name, (size_t)words->i_event_name_length);
        }
    dvbpsi_eit_delete(eit);
}

static void tell_sdt(void *context, dvbpsi_sdt_t *sdt)
{
    (void)context;
    for (dvbpsi_sdt_service_t *service = sdt->p_first_service; service; service = service->p_next)
        for (dvbpsi_descriptor_t *each = service->p_first_descriptor; each; each = each->p_next) {
            const dvbpsi_service_dr_t *names = each->i_tag == 0x48 ? dvbpsi_DecodeServiceDr(each) : NULL;
            if (!names)
                continue;
            printf("service\t%u\t", service->i_service_id);
            put_text(names->i_service_name, names->i_service_name_length);
        }
    dvbpsi_sdt_delete(sdt);
}

static void attach(dvbpsi_t *handle, uint8_t table_id, uint16_t extension, void *context)
{
    if (table_id == 0x42)
        dvbpsi_sdt_attach(handle, table_id, extension, tell_sdt, context);
    else if (table_id >= 0x4E && table_id <= 0x6F)
        dvbpsi_eit_attach(handle, table_id, extension, tell_eit, context);
}

/* The library's errors are the stream's. */
static void complain(dvbpsi_t *handle, const dvbpsi_msg_level_t level, const char *message)
{
    (void)handle;
    if (level <= DVBPSI_MSG_ERROR)
        fprintf(stderr, "libdvbpsi: %s\n", message);
}

int main(int argc, char **argv)
{
    static const unsigned pids[] = {PID_SDT, PID_EIT};
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    dvbpsi_t *handles[2];
    uint8_t packet[PACKET];
    for (int i = 0; i < 2; i++) {
        handles[i] = dvbpsi_new(complain, DVBPSI_MSG_ERROR);
        if (!file || !handles[i] || !dvbpsi_AttachDemux(handles[i], attach, NULL))
            return EXIT_FAILURE;
    }
    while (fread(packet, sizeof packet, 1, file) == 1)
        for (int i = 0; i < 2; i++)
            if ((unsigned)((packet[1] & 0x1F) << 8 | packet[2]) == pids[i])
                dvbpsi_packet_push(handles[i], packet);
    fclose(file);
    return EXIT_SUCCESS;
}
