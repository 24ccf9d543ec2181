#include "finding/search.h"

#include <limits.h>

json_t *hz_search_to_json(const struct hz_search *search)
{
    json_t *object = json_pack("{s:I, s:b, s:b}", "schedules", (json_int_t)search->schedules,
                               "found", search->found, "exhausted", search->exhausted);
    if (search->bound >= 0)
        json_object_set_new(object, "bound", json_integer(search->bound));
    return object;
}

bool hz_search_from_json(const json_t *object, struct hz_search *out, struct hz_error *error)
{
    json_int_t schedules, bound = -1;
    int found, exhausted;
    json_error_t why;
    *out = (struct hz_search){.bound = -1};
    if (object == NULL)
        return true;
    if (json_unpack_ex((json_t *)object, &why, 0, "{s:I, s:b, s:b, s?I}", "schedules", &schedules,
                       "found", &found, "exhausted", &exhausted, "bound", &bound) != 0)
        return hz_fail(error, "a \"search\" that is none: %s", why.text);
    if (schedules < 0 || bound < -1 || bound > INT_MAX)
        return hz_fail(error, "a \"search\" with a number that cannot be");
    *out = (struct hz_search){(unsigned long)schedules, found, exhausted, (int)bound};
    return true;
}

const char *hz_search_short(struct hz_arena *arena, const struct hz_search *search)
{
    if (search->schedules > 0 && (search->found || search->exhausted))
        return hz_printf(arena, "%lu", search->schedules);
    if (search->schedules > 0 && search->bound >= 0)
        return hz_printf(arena, "%lu b%d", search->schedules, search->bound);
    return "";
}
