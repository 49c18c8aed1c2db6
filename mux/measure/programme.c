/* A PMT that changes gives its references back before it takes new ones, so that a PID may belong to several.
 */
#include "mux/measure/programme.h"

#include <string.h>

#include "mux/measure/codec.h"
#include "mux/packet.h"

#define HEAD 8 /* of a long section */
#define CRC 4
#define CA_DESCRIPTOR 0x09
#define LANGUAGE_DESCRIPTOR 0x0A

static uint16_t read_pid(const uint8_t *bytes)
{
    return (uint16_t)((bytes[0] & 0x1F) << 8 | bytes[1]);
}

static uint32_t read_length(const uint8_t *bytes)
{
    return (bytes[0] & 0x0Fu) << 8 | bytes[1];
}

static uint32_t read_crc(const uint8_t *section, size_t length)
{
    const uint8_t *crc = section + length - CRC;

    return (uint32_t)crc[0] << 24 | crc[1] << 16 | crc[2] << 8 | crc[3];
}

/* ---- references ---- */

static void give_back(struct programmes *programmes, struct programme *programme)
{
    for (uint32_t i = 0; i < programme->pids; i++) {
        struct pid_use *use = &programmes->use[programme->pid[i]];
        if (--use->references == 0) {
            use->stream = use->needed = false;
            use->program = 0;
        }
    }
    programme->pids = 0;
}

/* NULL when the programme has too many. */
static struct pid_use *refer(struct programmes *programmes, struct programme *programme, uint16_t pid)
{
    if (programme->pids == PROGRAMME_PIDS || pid == PACKET_NULL_PID)
        return NULL;
    programme->pid[programme->pids++] = pid;
    programmes->use[pid].references++;
    return &programmes->use[pid];
}

static void refer_to_ca(struct programmes *programmes, struct programme *programme,
                        const uint8_t *descriptors, size_t length)
{
    for (size_t i = 0; i + 2 <= length; i += 2u + descriptors[i + 1])
        if (descriptors[i] == CA_DESCRIPTOR && descriptors[i + 1] >= 4 && i + 6 <= length)
            refer(programmes, programme, read_pid(descriptors + i + 4));
}

/* ---- PAT ---- */

static struct programme *find(struct programmes *programmes, uint16_t number)
{
    for (uint32_t i = 0; i < programmes->count; i++)
        if (programmes->programme[i].number == number)
            return &programmes->programme[i];
    return NULL;
}

static void list(struct programmes *programmes, uint16_t number, uint16_t pid, uint8_t section, int64_t at)
{
    struct programme *programme = find(programmes, number);

    if (number == 0) { /* the network PID */
        programmes->use[pid].references =
            programmes->use[pid].references ? programmes->use[pid].references : 1;
        return;
    }
    if (!programme && programmes->count < PROGRAMMES) {
        programme = &programmes->programme[programmes->count++];
        *programme = (struct programme){.number = number, .pmt_pid = pid, .pmt_at = at};
        programmes->use[pid].pmts++;
    } else if (programme && programme->pmt_pid != pid) {
        programmes->use[programme->pmt_pid].pmts--;
        programmes->use[pid].pmts++;
        programme->pmt_pid = pid;
        programme->pmt_at = at;
    }
    if (programme)
        programme->section = section;
}

static bool lists(const uint8_t *section, size_t length, uint16_t number)
{
    for (size_t i = HEAD; i + 4 + CRC <= length; i += 4)
        if ((section[i] << 8 | section[i + 1]) == number)
            return true;
    return false;
}

/* Programmes that this section of the PAT listed and lists no more are gone, and those of sections that the
 * PAT has no more. */
static void unlist(struct programmes *programmes, const uint8_t *section, size_t length)
{
    for (uint32_t i = 0; i < programmes->count;) {
        struct programme *programme = &programmes->programme[i];
        bool other = programme->section != section[6] && programme->section <= section[7];
        if (other || lists(section, length, programme->number)) {
            i++;
            continue;
        }
        give_back(programmes, programme);
        programmes->use[programme->pmt_pid].pmts--;
        model_fini(&programme->psi);
        *programme = programmes->programme[--programmes->count];
    }
}

bool programmes_pat(struct programmes *programmes, const uint8_t *section, size_t length, int64_t at)
{
    if (length < HEAD + CRC || !(section[5] & 1) ||
        programmes->pat_crc[section[6]] == read_crc(section, length))
        return false;
    programmes->pat_crc[section[6]] = read_crc(section, length);
    for (uint32_t i = section[7] + 1u; i < 256; i++)
        programmes->pat_crc[i] = 0;
    unlist(programmes, section, length);
    for (size_t i = HEAD; i + 4 + CRC <= length; i += 4)
        list(programmes, (uint16_t)(section[i] << 8 | section[i + 1]), read_pid(section + i + 2), section[6],
             at);
    return true;
}

/* ---- PMT ---- */

/* audio_type above 0: for the hard of hearing and the like. */
static bool is_supplement(const uint8_t *descriptors, size_t length)
{
    for (size_t i = 0; i + 2 <= length; i += 2u + descriptors[i + 1])
        if (descriptors[i] == LANGUAGE_DESCRIPTOR && descriptors[i + 1] >= 4 && i + 6 <= length)
            return descriptors[i + 5] > 0;
    return false;
}

static void add_stream(struct programmes *programmes, struct programme *programme, const uint8_t *stream,
                       const uint8_t *descriptors, size_t length)
{
    struct pid_use *use = refer(programmes, programme, read_pid(stream + 1));

    if (!use)
        return;
    use->stream = true;
    use->program = programme->number;
    use->pcr_pid = programme->pcr_pid;
    use->stream_type = stream[0];
    use->codec = codec_of(stream[0], descriptors, length);
    use->needed =
        codec_is_video(use->codec) || (codec_is_audio(use->codec) && !is_supplement(descriptors, length));
}

static void read_streams(struct programmes *programmes, struct programme *programme, const uint8_t *section,
                         size_t length)
{
    size_t end = length - CRC, i = HEAD + 4 + read_length(section + 10);

    if (programme->pcr_pid != PACKET_NULL_PID)
        refer(programmes, programme, programme->pcr_pid);
    if (i <= end)
        refer_to_ca(programmes, programme, section + HEAD + 4, i - HEAD - 4);
    while (i + 5 <= end) {
        size_t size = read_length(section + i + 3);
        if (i + 5 + size > end)
            return;
        add_stream(programmes, programme, section + i, section + i + 5, size);
        refer_to_ca(programmes, programme, section + i + 5, size);
        i += 5 + size;
    }
}

bool programmes_pmt(struct programmes *programmes, uint16_t pid, const uint8_t *section, size_t length,
                    struct programme **programme)
{
    struct programme *found =
        length < HEAD + 4 + CRC ? NULL : find(programmes, (uint16_t)(section[3] << 8 | section[4]));

    *programme = found && found->pmt_pid == pid ? found : NULL;
    if (!*programme || !(section[5] & 1))
        return false;
    if (found->known && found->crc == read_crc(section, length))
        return false;
    found->known = true;
    found->crc = read_crc(section, length);
    found->pcr_pid = read_pid(section + 8);
    give_back(programmes, found);
    read_streams(programmes, found, section, length);
    return true;
}

/* ---- CAT ---- */

void programmes_cat(struct programmes *programmes, const uint8_t *section, size_t length)
{
    struct programme holder = {.pids = programmes->cat_pids};

    if (length < HEAD + CRC)
        return;
    memcpy(holder.pid, programmes->cat_pid, sizeof holder.pid);
    give_back(programmes, &holder);
    refer_to_ca(programmes, &holder, section + HEAD, length - HEAD - CRC);
    programmes->cat_pids = holder.pids;
    memcpy(programmes->cat_pid, holder.pid, sizeof holder.pid);
}
