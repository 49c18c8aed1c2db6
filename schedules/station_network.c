/* <network> and <guide>: whom receivers belong to, and what they are told. */
#include <string.h>

#include "schedules/station_part.h"
#include "schedules/texts.h"

#define EACEM 0x28 /* private_data_specifier (TS 101 162) under which most receivers know channel numbers */
#define DAYS_MIN 8 /* TR 101 211 4.1.4.2: a table_id has four days of a schedule; 16 of them, 64 */
#define DAYS_MAX 64

/* --- networks */

static bool has_id(const struct network *network, const char *id)
{
    return network->id && strcmp(network->id, id) == 0;
}

static struct network parse_network(struct reading *reading, const xmlNode *element)
{
    static const char *const codings[] = {[FREQUENCY_BINARY] = "binary", [FREQUENCY_BCD] = "bcd"};
    const struct xml *xml = reading->xml;
    struct network network = {.id = xml_get_string(element, "id"), .line = xml_line(element)};
    uint64_t specifier = EACEM;
    network.network_id = station_part_number(xml, element, "network-id", 1, 0xFFFF, 0);
    network.original_network_id = station_part_number(xml, element, "original-network-id", 1, 0xFFFF, 0);
    network.dtmb_frequency = (enum frequency_coding)station_part_word(
        element, "dtmb-frequency", codings, G_N_ELEMENTS(codings), FREQUENCY_BINARY);
    xml_get_number(xml, element, "private-data-specifier", 1, UINT32_MAX, &specifier);
    network.private_data_specifier = (uint32_t)specifier;
    if (network.id)
        station_part_use_once(reading, element, "<network>", "network id \"%s\"", network.id);
    if (network.network_id)
        station_part_use_once(reading, element, "<network>", "network-id %u", network.network_id);
    station_part_names(xml, element, &network.name);
    return network;
}

void station_part_networks(struct reading *reading, const xmlNode *root)
{
    struct station *station = reading->station;
    for (xmlNode *child = xmlFirstElementChild((xmlNode *)root); child;
         child = xmlNextElementSibling(child)) {
        if (!xml_is(child, "network"))
            continue;
        struct network network = parse_network(reading, child);
        if (!network.id && station->network_count > 0)
            xml_fault(reading->xml, child,
                      "a second <network> without id; accepted is one by which a <multiplex> names it");
        station->networks = g_renew(struct network, station->networks, station->network_count + 1);
        station->networks[station->network_count++] = network;
    }
    if (station->network_count == 0)
        xml_fault(reading->xml, root, "<station> has no <network>; accepted are one or more");
}

const struct network *station_part_network(const struct reading *reading, const xmlNode *multiplex)
{
    const struct station *station = reading->station;
    const struct network *found = NULL;
    char *id = xml_get_string(multiplex, "network");
    for (size_t i = 0; i < station->network_count && !found; i++)
        if (!id || has_id(&station->networks[i], id))
            found = &station->networks[i];
    if (id && !found)
        xml_refuse(reading->xml, multiplex, "network", "the id of a <network>");
    g_free(id);
    return found;
}

/* --- bouquets */

static const char *const stages[] = {
    [STAGE_NONE] = "", [STAGE_PRIMARY] = "primary", [STAGE_JUNIOR] = "junior", [STAGE_SENIOR] = "senior"};

static void add_usual_names(struct bouquet *bouquet)
{
    static const char *const chinese[] = {
        [STAGE_PRIMARY] = "小学", [STAGE_JUNIOR] = "初中", [STAGE_SENIOR] = "高中"};
    static const char *const english[] = {[STAGE_PRIMARY] = "Primary school",
                                          [STAGE_JUNIOR] = "Junior school",
                                          [STAGE_SENIOR] = "Senior school"};
    if (bouquet->stage == STAGE_NONE)
        return;
    texts_add(&bouquet->name, "chi", chinese[bouquet->stage]);
    texts_add(&bouquet->name, "eng", english[bouquet->stage]);
}

static struct bouquet parse_bouquet(struct reading *reading, const xmlNode *element)
{
    const struct xml *xml = reading->xml;
    struct bouquet bouquet = {.line = xml_line(element)};
    bouquet.stage = (enum stage)station_part_word(element, "stage", stages, G_N_ELEMENTS(stages), STAGE_NONE);
    bouquet.bouquet_id = station_part_number(xml, element, "bouquet-id", 1, 0xFFFF, 0);
    if (bouquet.stage != STAGE_NONE)
        station_part_use_once(reading, element, "<bouquet>", "stage \"%s\"", stages[bouquet.stage]);
    if (bouquet.bouquet_id)
        station_part_use_once(reading, element, "<bouquet>", "bouquet-id %u", bouquet.bouquet_id);
    if (xml_get_child(xml, element, "name", false))
        station_part_names(xml, element, &bouquet.name);
    else
        add_usual_names(&bouquet);
    return bouquet;
}

static void parse_bouquets(struct reading *reading, const xmlNode *element, struct guide_policy *guide)
{
    for (xmlNode *child = xmlFirstElementChild((xmlNode *)element); child;
         child = xmlNextElementSibling(child)) {
        struct bouquet bouquet = parse_bouquet(reading, child);
        guide->bouquets = g_renew(struct bouquet, guide->bouquets, guide->bouquet_count + 1);
        guide->bouquets[guide->bouquet_count++] = bouquet;
    }
}

/* --- the guide */

static void set_profile(struct guide_policy *guide, enum receiver_profile profile)
{
    guide->profile = profile;
    guide->extended_events = profile == RECEIVER_STANDARD;
    guide->single_events = profile != RECEIVER_STANDARD;
    guide->section_versions = profile == RECEIVER_VERSIONS;
}

static void parse_guide(struct reading *reading, const xmlNode *element, struct guide_policy *guide)
{
    static const char *const others[] = {
        [OTHERS_NONE] = "none", [OTHERS_PRESENT] = "present", [OTHERS_SCHEDULE] = "schedule"};
    static const char *const profiles[] = {[RECEIVER_STANDARD] = "standard",
                                           [RECEIVER_SIMPLE] = "simple",
                                           [RECEIVER_VERSIONS] = "simple-versions"};
    const struct xml *xml = reading->xml;
    guide->days = station_part_number(xml, element, "days", DAYS_MIN, DAYS_MAX, DAYS_MIN);
    guide->other_days = station_part_number(xml, element, "other-days", 1, DAYS_MAX, 1);
    if (guide->other_days > guide->days)
        xml_refuse(xml, element, "other-days", "no more than days");
    guide->others = (enum guide_others)station_part_word(element, "others", others, G_N_ELEMENTS(others),
                                                         (int)guide->others);
    set_profile(guide, (enum receiver_profile)station_part_word(element, "profile", profiles,
                                                                G_N_ELEMENTS(profiles), RECEIVER_STANDARD));
    guide->authority = xml_get_string(element, "authority");
    uint64_t specifier = 0;
    xml_get_number(xml, element, "lesson-data-specifier", 1, UINT32_MAX, &specifier);
    guide->lesson_data_specifier = (uint32_t)specifier;
    parse_bouquets(reading, element, guide);
}

void station_part_guide(struct reading *reading, const xmlNode *element)
{
    struct guide_policy *guide = &reading->station->guide;
    guide->days = DAYS_MIN;
    guide->other_days = 1;
    guide->others = reading->station->multiplex_count > 1 ? OTHERS_PRESENT : OTHERS_NONE;
    set_profile(guide, RECEIVER_STANDARD);
    if (element)
        parse_guide(reading, element, guide);
}

enum stage station_get_stage(int grade)
{
    if (grade == 0)
        return STAGE_NONE;
    return grade <= 6 ? STAGE_PRIMARY : grade <= 9 ? STAGE_JUNIOR : STAGE_SENIOR;
}

bool station_tells_of(const struct station *station, size_t multiplex, size_t other)
{
    return station->guide.others != OTHERS_NONE && multiplex != other &&
           station->multiplexes[multiplex].network == station->multiplexes[other].network;
}

/* --- the value */

void station_part_free_networks(struct station *station)
{
    for (size_t i = 0; i < station->network_count; i++) {
        g_free(station->networks[i].id);
        texts_fini(&station->networks[i].name);
    }
    for (size_t i = 0; i < station->guide.bouquet_count; i++)
        texts_fini(&station->guide.bouquets[i].name);
    g_free(station->networks);
    g_free(station->guide.bouquets);
    g_free(station->guide.authority);
}
