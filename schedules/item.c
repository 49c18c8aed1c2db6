/* Items: defaults, and the end of them. */
#include "schedules/item.h"

#include <glib.h>
#include <string.h>

#include "schedules/texts.h"

const char *item_kind_name(enum item_kind kind)
{
    static const char *const names[] = {
        [ITEM_LESSON] = "lesson", [ITEM_BREAK] = "break", [ITEM_FILLER] = "filler"};
    return names[kind];
}

uint16_t item_event_id(const char *id)
{
    uint16_t crc = 0xFFFF;
    for (const unsigned char *c = (const unsigned char *)id; *c; c++) {
        crc ^= (uint16_t)(*c << 8);
        for (int bit = 0; bit < 8; bit++)
            crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
    }
    return crc == 0 ? 1 : crc == 0xFFFF ? 0xFFFE : crc;
}

void item_set_default_titles(struct item *item)
{
    static const struct {
        const char *kind, *chinese, *english;
    } kinds[] = {
        {"eye-exercises", "眼保健操", "Eye exercises"},
        {"exercise", "体育活动", "Physical exercise"},
        {"rest", "课间休息", "Break"},
        {"health", "健康教育", "Health education"},
        {"counselling", "心理辅导", "Counselling"},
        {"notice", "通知", "Notice"},
    };
    for (size_t i = 0; item->break_kind && i < G_N_ELEMENTS(kinds); i++)
        if (item->kind == ITEM_BREAK && item->title.count == 0 &&
            strcmp(item->break_kind, kinds[i].kind) == 0) {
            texts_add(&item->title, "chi", kinds[i].chinese);
            texts_add(&item->title, "eng", kinds[i].english);
        }
}

bool item_has_event(const struct item *item)
{
    return item->kind != ITEM_FILLER || item->title.count > 0;
}

void item_fini(struct item *item)
{
    texts_fini(&item->title);
    texts_fini(&item->description);
    g_free(item->id);
    g_free(item->source);
    g_free(item->break_kind);
    g_free(item->subject);
    g_free(item->teacher);
    g_free(item->school);
    g_free(item->textbook);
    g_free(item->textbook_unit);
    g_free(item->series);
    *item = (struct item){0};
}
