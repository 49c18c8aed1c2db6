/* Languages and the texts in them. */
#include "schedules/texts.h"

#include <glib.h>
#include <string.h>

/* ISO 639-1 and 639-2/B, four bytes apart: the languages of China and her neighbours first, then those that a
 * school teaches. Below them the terminological forms of ISO 639-2 that differ from the bibliographic ones.
 */
static const struct {
    const char *tag;
    char language[4];
} languages[] = {
    {"zh", "chi"},  {"bo", "tib"},  {"ug", "uig"},  {"mn", "mon"},  {"ii", "iii"},  {"za", "zha"},
    {"kk", "kaz"},  {"ky", "kir"},  {"ko", "kor"},  {"tg", "tgk"},  {"uz", "uzb"},  {"tt", "tat"},
    {"ja", "jpn"},  {"ru", "rus"},  {"vi", "vie"},  {"lo", "lao"},  {"my", "bur"},  {"th", "tha"},
    {"km", "khm"},  {"ms", "may"},  {"id", "ind"},  {"ne", "nep"},  {"dz", "dzo"},  {"hi", "hin"},
    {"ur", "urd"},  {"bn", "ben"},  {"ta", "tam"},  {"si", "sin"},  {"ps", "pus"},  {"fa", "per"},
    {"ar", "ara"},  {"he", "heb"},  {"tr", "tur"},  {"az", "aze"},  {"tk", "tuk"},  {"ka", "geo"},
    {"hy", "arm"},  {"en", "eng"},  {"fr", "fre"},  {"de", "ger"},  {"es", "spa"},  {"pt", "por"},
    {"it", "ita"},  {"nl", "dut"},  {"sv", "swe"},  {"no", "nor"},  {"nb", "nob"},  {"nn", "nno"},
    {"da", "dan"},  {"fi", "fin"},  {"is", "ice"},  {"et", "est"},  {"lv", "lav"},  {"lt", "lit"},
    {"pl", "pol"},  {"cs", "cze"},  {"sk", "slo"},  {"hu", "hun"},  {"ro", "rum"},  {"bg", "bul"},
    {"sr", "srp"},  {"hr", "hrv"},  {"bs", "bos"},  {"sl", "slv"},  {"mk", "mac"},  {"sq", "alb"},
    {"el", "gre"},  {"uk", "ukr"},  {"be", "bel"},  {"ga", "gle"},  {"cy", "wel"},  {"eu", "baq"},
    {"ca", "cat"},  {"la", "lat"},  {"eo", "epo"},  {"sw", "swa"},  {"zho", "chi"}, {"bod", "tib"},
    {"mya", "bur"}, {"msa", "may"}, {"fas", "per"}, {"kat", "geo"}, {"hye", "arm"}, {"fra", "fre"},
    {"deu", "ger"}, {"nld", "dut"}, {"isl", "ice"}, {"ces", "cze"}, {"slk", "slo"}, {"ron", "rum"},
    {"mkd", "mac"}, {"sqi", "alb"}, {"ell", "gre"}, {"cym", "wel"}, {"eus", "baq"},
};

bool language_parse(const char *tag, char language[4])
{
    char *primary = g_ascii_strdown(tag, (gssize)strcspn(tag, "-_"));
    const size_t length = strlen(primary);
    bool known = length == 3 && strspn(primary, "abcdefghijklmnopqrstuvwxyz") == 3;
    if (known)
        g_strlcpy(language, primary, 4);
    for (size_t i = 0; i < G_N_ELEMENTS(languages); i++) {
        if (strcmp(primary, languages[i].tag) != 0)
            continue;
        g_strlcpy(language, languages[i].language, 4);
        known = true;
    }
    g_free(primary);
    return known;
}

const char *language_tag(const char *language)
{
    for (size_t i = 0; i < G_N_ELEMENTS(languages); i++)
        if (strcmp(language, languages[i].language) == 0)
            return languages[i].tag;
    return language;
}

void texts_add(struct texts *texts, const char *language, const char *utf8)
{
    texts->list = g_renew(struct text, texts->list, texts->count + 1);
    struct text *text = &texts->list[texts->count++];
    g_strlcpy(text->language, language, sizeof text->language);
    text->utf8 = g_strdup(utf8);
}

static bool has_language(const struct texts *texts, const char *language)
{
    for (size_t i = 0; i < texts->count; i++)
        if (strcmp(texts->list[i].language, language) == 0)
            return true;
    return false;
}

bool language_get(const struct xml *xml, const xmlNode *element, char language[4])
{
    xmlChar *tag = xmlNodeGetLang(element);
    const bool known = tag && language_parse((const char *)tag, language);
    if (!tag)
        xml_fault(xml, element, "<%s> has no xml:lang; accepted is a language such as xml:lang=\"zh\"",
                  element->name);
    else if (!known)
        xml_fault(xml, element,
                  "xml:lang of <%s> is \"%s\"; accepted are codes of ISO 639 such as zh, en, bo or chi",
                  element->name, tag);
    xmlFree(tag);
    return known;
}

void texts_parse(struct texts *texts, const struct xml *xml, const xmlNode *element)
{
    char language[4], *utf8 = xml_get_text(element);
    const bool known = language_get(xml, element, language);
    if (known && has_language(texts, language))
        xml_fault(xml, element, "a second <%s> in language %s; accepted is one per language", element->name,
                  language);
    else if (known && utf8)
        texts_add(texts, language, utf8);
    g_free(utf8);
}

void texts_fini(struct texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        g_free(texts->list[i].utf8);
    g_free(texts->list);
    *texts = (struct texts){0};
}
