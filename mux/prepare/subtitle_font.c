/* Finding fonts by the letters of a text. */
#include "mux/prepare/subtitle_font.h"

#include <stdio.h>
#include <string.h>

#include <fontconfig/fontconfig.h>
#include <glib.h>

/* Scripts of schools in China and their neighbours, with the package of Debian that draws them. */
static const struct {
    GUnicodeScript script;
    const char *name, *package;
} scripts[] = {
    {G_UNICODE_SCRIPT_HAN, "Chinese", "fonts-noto-cjk"},
    {G_UNICODE_SCRIPT_HANGUL, "Korean", "fonts-noto-cjk"},
    {G_UNICODE_SCRIPT_HIRAGANA, "Japanese", "fonts-noto-cjk"},
    {G_UNICODE_SCRIPT_KATAKANA, "Japanese", "fonts-noto-cjk"},
    {G_UNICODE_SCRIPT_TIBETAN, "Tibetan", "fonts-noto-core"},
    {G_UNICODE_SCRIPT_ARABIC, "Arabic (Uyghur, Kazakh)", "fonts-noto-core"},
    {G_UNICODE_SCRIPT_MONGOLIAN, "Mongolian", "fonts-noto-core"},
    {G_UNICODE_SCRIPT_CYRILLIC, "Cyrillic", "fonts-noto-core"},
    {G_UNICODE_SCRIPT_LATIN, "Latin", "fonts-noto-core"},
    {G_UNICODE_SCRIPT_YI, "Yi", "fonts-noto-core"},
    {G_UNICODE_SCRIPT_TAI_LE, "Tai Le", "fonts-noto-core"},
    {G_UNICODE_SCRIPT_NEW_TAI_LUE, "New Tai Lue", "fonts-noto-core"},
};

/* Families that read well on a screen, among those that have equally many of the letters. libass counts a
 * size from the lowest to the highest place of a font's tables, which are far apart where signs are stacked,
 * so each has the size at which its letters look as large as Chinese ones of 1. */
static const struct {
    const char *family;
    double size;
} families[] = {
    {"Noto Sans CJK SC", 1.448},  {"Noto Serif Tibetan", 2.6}, {"Noto Naskh Arabic", 2.2},
    {"Noto Sans Mongolian", 1.8}, {"Noto Sans", 1.362},
};
#define SIZE_USUAL 1.4

/* No glyph of its own is needed: spaces, joiners, marks of direction, variation selectors. */
static bool is_drawn(uint32_t letter)
{
    GUnicodeType type = g_unichar_type(letter);
    return !g_unichar_isspace(letter) && type != G_UNICODE_CONTROL && type != G_UNICODE_FORMAT &&
           !(letter >= 0xFE00 && letter <= 0xFE0F) && !(letter >= 0x180B && letter <= 0x180F) &&
           letter != 0x034F;
}

/* Marks and signs of many scripts: found in any font by libass. */
static bool is_common(uint32_t letter)
{
    GUnicodeScript script = g_unichar_get_script(letter);
    return script == G_UNICODE_SCRIPT_COMMON || script == G_UNICODE_SCRIPT_INHERITED ||
           script == G_UNICODE_SCRIPT_UNKNOWN;
}

static FcCharSet *collect_letters(const struct subtitle_text *text)
{
    FcCharSet *letters = FcCharSetCreate();
    for (size_t i = 0; i < text->count; i++) {
        const char *words = subtitle_event_words(&text->events[i]);
        for (uint32_t letter; (letter = subtitle_next_letter(&words));)
            if (is_drawn(letter))
                FcCharSetAddChar(letters, letter);
    }
    return letters;
}

/* What all fonts of this machine that can be drawn at any size have together. */
static FcCharSet *collect_installed(FcConfig *config)
{
    FcCharSet *installed = FcCharSetCreate();
    FcPattern *any = FcPatternBuild(NULL, FC_SCALABLE, FcTypeBool, FcTrue, NULL);
    FcObjectSet *asked = FcObjectSetBuild(FC_CHARSET, NULL);
    FcFontSet *fonts = FcFontList(config, any, asked);
    for (int i = 0; fonts && i < fonts->nfont; i++) {
        FcCharSet *has;
        if (FcPatternGetCharSet(fonts->fonts[i], FC_CHARSET, 0, &has) == FcResultMatch)
            FcCharSetMerge(installed, has, NULL);
    }
    if (fonts)
        FcFontSetDestroy(fonts);
    FcObjectSetDestroy(asked);
    FcPatternDestroy(any);
    return installed;
}

static bool fail_of_script(struct work *work, uint32_t letter)
{
    GUnicodeScript script = g_unichar_get_script(letter);
    const char *name = NULL, *package = "fonts-noto-core and fonts-noto-extra";
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        if (scripts[i].script == script) {
            name = scripts[i].name;
            package = scripts[i].package;
        }
    guint32 code = GUINT32_TO_BE(g_unicode_script_to_iso15924(script));
    char letters[sizeof code + 1] = "";
    memcpy(letters, &code, sizeof code);
    return work_fail(work,
                     "No font of this machine has the %s letters of the subtitles (U+%04X). Install %s.",
                     name ? name : letters, letter, package);
}

/* Calls for every letter of the set. */
static bool each(const FcCharSet *set, bool (*call)(void *context, uint32_t letter), void *context)
{
    FcChar32 map[FC_CHARSET_MAP_SIZE], next, base = FcCharSetFirstPage(set, map, &next);
    for (; base != FC_CHARSET_DONE; base = FcCharSetNextPage(set, map, &next))
        for (uint32_t i = 0; i < FC_CHARSET_MAP_SIZE * 32; i++)
            if (map[i / 32] >> i % 32 & 1 && !call(context, base + i))
                return false;
    return true;
}

struct scripts_found {
    GUnicodeScript script;
    bool found;
};

static bool is_of_other_script(void *context, uint32_t letter)
{
    struct scripts_found *wanted = context;
    wanted->found = g_unichar_get_script(letter) == wanted->script;
    return !wanted->found;
}

struct missing_letters {
    struct work *work;
    const FcCharSet *found;
    uint32_t count, first;
};

/* A whole script that is missing fails; a rare letter or a sign does not. */
static bool judge_missing(void *context, uint32_t letter)
{
    struct missing_letters *missing = context;
    if (missing->count++ == 0)
        missing->first = letter;
    if (is_common(letter))
        return true;
    struct scripts_found wanted = {g_unichar_get_script(letter), false};
    each(missing->found, is_of_other_script, &wanted);
    return wanted.found || fail_of_script(missing->work, letter);
}

static bool check_letters(struct work *work, FcConfig *config, const FcCharSet *letters)
{
    FcCharSet *installed = collect_installed(config);
    FcCharSet *absent = FcCharSetSubtract(letters, installed);
    FcCharSet *found = FcCharSetIntersect(letters, installed);
    struct missing_letters missing = {work, found, 0, 0};
    bool good = each(absent, judge_missing, &missing);
    if (good && missing.count)
        work_remark(work, "No font has %u of the subtitles' letters (U+%04X ...); boxes stand for them.",
                    missing.count, missing.first);
    FcCharSetDestroy(found);
    FcCharSetDestroy(absent);
    FcCharSetDestroy(installed);
    return good;
}

struct wanted_letters {
    GUnicodeScript script; /* G_UNICODE_SCRIPT_COMMON: all but marks and signs */
    FcCharSet *letters;
    uint32_t count;
};

static bool keep_wanted(void *context, uint32_t letter)
{
    struct wanted_letters *wanted = context;
    if (wanted->script == G_UNICODE_SCRIPT_COMMON ? is_common(letter)
                                                  : g_unichar_get_script(letter) != wanted->script)
        return true;
    FcCharSetAddChar(wanted->letters, letter);
    wanted->count++;
    return true;
}

/* To fontconfig having the letters comes first, the order of families second. */
static void match(FcConfig *config, const FcCharSet *letters, struct subtitle_font *font)
{
    FcPattern *pattern = FcPatternBuild(NULL, FC_CHARSET, FcTypeCharSet, letters, FC_SCALABLE, FcTypeBool,
                                        FcTrue, FC_COLOR, FcTypeBool, FcFalse, NULL);
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        FcPatternAddString(pattern, FC_FAMILY, (const FcChar8 *)families[i].family);
    FcConfigSubstitute(config, pattern, FcMatchPattern);
    FcDefaultSubstitute(pattern);
    FcResult result;
    FcPattern *best = FcFontMatch(config, pattern, &result);
    FcChar8 *family = NULL;
    if (best && FcPatternGetString(best, FC_FAMILY, 0, &family) == FcResultMatch)
        g_strlcpy(font->family, (const char *)family, sizeof font->family);
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (strcmp(families[i].family, font->family) == 0)
            font->size = families[i].size;
    if (best)
        FcPatternDestroy(best);
    FcPatternDestroy(pattern);
}

/* The font that has most letters of the script; false when the text has none of it. */
static bool find_font(FcConfig *config, const FcCharSet *letters, GUnicodeScript script,
                      struct subtitle_font *font)
{
    struct wanted_letters wanted = {script, FcCharSetCreate(), 0};
    *font = (struct subtitle_font){script, "sans", SIZE_USUAL};
    each(letters, keep_wanted, &wanted);
    if (wanted.count)
        match(config, wanted.letters, font);
    FcCharSetDestroy(wanted.letters);
    return wanted.count > 0;
}

static void find_fonts(FcConfig *config, const FcCharSet *letters, struct subtitle_fonts *fonts)
{
    *fonts = (struct subtitle_fonts){.count = 0};
    find_font(config, letters, G_UNICODE_SCRIPT_COMMON, &fonts->usual);
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts && fonts->count < SUBTITLE_SCRIPTS; i++) {
        struct subtitle_font *font = &fonts->others[fonts->count];
        fonts->count += find_font(config, letters, scripts[i].script, font) &&
                        strcmp(font->family, fonts->usual.family) != 0;
    }
}

bool subtitle_fonts_find(struct work *work, const struct subtitle_text *text, struct subtitle_fonts *fonts)
{
    FcConfig *config = FcInitLoadConfigAndFonts(); /* not the process's own: nothing stays behind */
    if (!config)
        return work_fail(work, "The fonts of this machine cannot be found. Install fontconfig.");
    FcCharSet *letters = collect_letters(text);
    bool good = check_letters(work, config, letters);
    if (good)
        find_fonts(config, letters, fonts);
    FcCharSetDestroy(letters);
    FcConfigDestroy(config);
    return good;
}

/* The font of a letter; marks and signs have that of the letters before them. */
static const struct subtitle_font *font_of(const struct subtitle_fonts *fonts, uint32_t letter,
                                           const struct subtitle_font *before)
{
    if (is_common(letter))
        return before;
    for (size_t i = 0; i < fonts->count; i++)
        if ((int)g_unichar_get_script(letter) == fonts->others[i].script)
            return &fonts->others[i];
    return &fonts->usual;
}

char *subtitle_fonts_dress(const struct subtitle_fonts *fonts, const char *words, double em)
{
    GString *dressed = g_string_new(NULL);
    const struct subtitle_font *font = &fonts->usual;
    uint32_t letter;
    for (const char *next = words; (letter = subtitle_next_letter(&next)); words = next) {
        const struct subtitle_font *wanted = font_of(fonts, letter, font);
        char size[G_ASCII_DTOSTR_BUF_SIZE];
        if (strcmp(wanted->family, font->family) != 0)
            g_string_append_printf(dressed, "{\\fn%s\\fs%s}", wanted->family,
                                   g_ascii_formatd(size, sizeof size, "%.2f", em * wanted->size));
        font = wanted;
        g_string_append_len(dressed, words, next - words);
    }
    g_string_append(dressed, words); /* override blocks behind the last letter */
    return g_string_free(dressed, FALSE);
}
