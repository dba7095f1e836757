#ifndef JSON_H
#define JSON_H
#include <stdbool.h>
typedef enum { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } JsonKind;
typedef struct Json {
  JsonKind kind;
  char *name;    // as a member
  char *string;
  double number;
  bool truth;
  struct Json *child, *next;
} Json;
// Null for text that is not JSON.
Json *json_parse(const char *text);
void json_free(Json *json);
const Json *json_get(const Json *object, const char *name);
const char *json_string(const Json *object, const char *name);
#endif
