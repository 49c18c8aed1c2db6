#include "schedules/export/html.h"

#include <string.h>

#include "schedules/texts.h"

static const char *find_field(const struct html_field *fields, const char *name, size_t length)
{
    while (fields->name && (strncmp(fields->name, name, length) != 0 || fields->name[length]))
        fields++;
    g_assert(fields->name);
    return fields->html;
}

GString *html_fill(const char *page, const struct html_field *fields)
{
    GString *html = g_string_new(NULL);
    for (const char *open; (open = strstr(page, "{{"));) {
        const char *close = strstr(open, "}}");
        g_assert(close);
        g_string_append_len(html, page, open - page);
        g_string_append(html, find_field(fields, open + 2, (size_t)(close - open - 2)));
        page = close + 2;
    }
    return g_string_append(html, page);
}

void html_append(GString *html, const char *words)
{
    char *escaped = g_markup_escape_text(words, -1);
    g_string_append(html, escaped);
    g_free(escaped);
}

void html_append_text(GString *html, const char *element, const struct text *text)
{
    g_string_append_printf(html, "<%s lang=\"%s\" dir=\"auto\">", element, language_tag(text->language));
    html_append(html, text->utf8);
    g_string_append_printf(html, "</%s>", element);
}

void html_append_others(GString *html, const char *element, const struct texts *texts)
{
    for (size_t i = 1; i < texts->count; i++)
        html_append_text(html, element, &texts->list[i]);
}

char *html_heading(const struct texts *texts)
{
    GString *html = g_string_new(NULL);
    html_append_text(html, "b", &texts->list[0]);
    g_string_append_c(html, ' ');
    html_append_others(html, "i", texts);
    return g_string_free(html, FALSE);
}

char *html_join(const struct texts *texts)
{
    GString *joined = g_string_new(NULL);
    for (size_t i = 0; i < texts->count; i++) {
        g_string_append(joined, i ? " " : "");
        html_append(joined, texts->list[i].utf8);
    }
    return g_string_free(joined, FALSE);
}
