// A reader of JSON, as small as it can be: documents are checked with it.
#include "json.h"
#include <stdlib.h>
#include <string.h>

static const char *skip(const char *at) {
  while (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r') at++;
  return at;
}

static char *parse_string(const char **at) {
  const char *from = *at + 1;
  char *text = malloc(strlen(from) + 1), *to = text;
  while (*from && *from != '"') {
    if (*from != '\\') { *to++ = *from++; continue; }
    from++;
    switch (*from) {
      case 'n': *to++ = '\n'; from++; break;
      case 't': *to++ = '\t'; from++; break;
      case 'r': *to++ = '\r'; from++; break;
      case 'b': *to++ = '\b'; from++; break;
      case 'f': *to++ = '\f'; from++; break;
      case 'u': {
        char hex[5] = {0};
        strncpy(hex, from + 1, 4);
        unsigned code = (unsigned)strtoul(hex, NULL, 16);
        if (code < 0x80) *to++ = (char)code;
        else if (code < 0x800) { *to++ = (char)(0xC0 | code >> 6); *to++ = (char)(0x80 | (code & 63)); }
        else { *to++ = (char)(0xE0 | code >> 12); *to++ = (char)(0x80 | (code >> 6 & 63)); *to++ = (char)(0x80 | (code & 63)); }
        from += strlen(hex) + 1;
        break;
      }
      default: if (*from) *to++ = *from++;
    }
  }
  *to = 0;
  if (*from != '"') { free(text); return NULL; }
  *at = from + 1;
  return text;
}

static Json *parse(const char **at);

static Json *parse_list(const char **at, Json *list, char end) {
  Json **last = &list->child;
  *at = skip(*at + 1);
  if (**at == end) { ++*at; return list; }
  for (;;) {
    char *name = NULL;
    *at = skip(*at);
    if (end == '}') {
      if (**at != '"' || !(name = parse_string(at))) return NULL;
      *at = skip(*at);
      if (*(*at)++ != ':') return NULL;
    }
    Json *value = parse(at);
    if (!value) return NULL;
    value->name = name;
    *last = value;
    last = &value->next;
    *at = skip(*at);
    if (**at == ',') { ++*at; continue; }
    if (*(*at)++ != end) return NULL;
    return list;
  }
}

static Json *parse(const char **at) {
  Json *json = calloc(1, sizeof *json);
  *at = skip(*at);
  if (**at == '{') { json->kind = JSON_OBJECT; return parse_list(at, json, '}'); }
  if (**at == '[') { json->kind = JSON_ARRAY; return parse_list(at, json, ']'); }
  if (**at == '"') { json->kind = JSON_STRING; return (json->string = parse_string(at)) ? json : NULL; }
  if (!strncmp(*at, "true", 4)) { json->kind = JSON_BOOL; json->truth = true; *at += 4; return json; }
  if (!strncmp(*at, "false", 5)) { json->kind = JSON_BOOL; *at += 5; return json; }
  if (!strncmp(*at, "null", 4)) { *at += 4; return json; }
  char *end;
  json->kind = JSON_NUMBER;
  json->number = strtod(*at, &end);
  if (end == *at) { free(json); return NULL; }
  *at = end;
  return json;
}

Json *json_parse(const char *text) {
  const char *at = text;
  Json *json = parse(&at);
  return json && *skip(at) == 0 ? json : NULL;
}

void json_free(Json *json) {
  while (json) {
    Json *next = json->next;
    json_free(json->child);
    free(json->name);
    free(json->string);
    free(json);
    json = next;
  }
}

const Json *json_get(const Json *object, const char *name) {
  if (!object || object->kind != JSON_OBJECT) return NULL;
  for (const Json *member = object->child; member; member = member->next) if (!strcmp(member->name, name)) return member;
  return NULL;
}

const char *json_string(const Json *object, const char *name) {
  const Json *member = json_get(object, name);
  return member && member->kind == JSON_STRING ? member->string : NULL;
}
