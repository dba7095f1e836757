// What callers do wrong is written to violations.log, each call to calls.log; faults.txt says which calls are to fail and how.
#include "host.h"
#include <stdarg.h>

CRITICAL_SECTION host_lock;
static CRITICAL_SECTION log_lock;
static wchar_t folder[MAX_PATH];

void host_init(void) {
  InitializeCriticalSection(&host_lock);
  InitializeCriticalSection(&log_lock);
  if (!GetEnvironmentVariableW(L"SIMULATED_HOST", folder, MAX_PATH)) wcscpy(folder, L".");
}

const wchar_t *host_folder(void) { return folder; }

static void append(const wchar_t *name, const char *line) {
  wchar_t path[MAX_PATH];
  swprintf(path, MAX_PATH, L"%ls\\%ls", folder, name);
  EnterCriticalSection(&log_lock);
  HANDLE file = CreateFileW(path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS, 0, NULL);
  if (file != INVALID_HANDLE_VALUE) {
    DWORD written;
    WriteFile(file, line, (DWORD)strlen(line), &written, NULL);
    CloseHandle(file);
  }
  LeaveCriticalSection(&log_lock);
}

void violation(const char *function, const char *format, ...) {
  char text[1000], line[1200];
  va_list values;
  va_start(values, format);
  vsnprintf(text, sizeof text, format, values);
  va_end(values);
  snprintf(line, sizeof line, "%s: %s\n", function, text);
  append(L"violations.log", line);
}

void log_call(const char *function, const char *detail) {
  char line[4000];
  snprintf(line, sizeof line, "%s %s\n", function, detail ? detail : "");
  append(L"calls.log", line);
}

// A line of faults.txt is a name, and for calls an HRESULT in hexadecimal digits.
bool fault(const char *name, HRESULT *code) {
  wchar_t path[MAX_PATH];
  swprintf(path, MAX_PATH, L"%ls\\faults.txt", folder);
  FILE *file = _wfopen(path, L"r");
  if (!file) return false;
  char found[100], value[20];
  bool is = false;
  while (!is && fscanf(file, "%99s %19s", found, value) == 2)
    if (!strcmp(found, name)) { is = true; if (code) *code = (HRESULT)strtoul(value, NULL, 16); }
  fclose(file);
  return is;
}

bool fault_set(const char *name) { return fault(name, NULL); }

char *utf8(PCWSTR text) {
  if (!text) return NULL;
  int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
  char *made = malloc(size);
  WideCharToMultiByte(CP_UTF8, 0, text, -1, made, size, NULL, NULL);
  return made;
}

PWSTR give(const char *text) {
  int size = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
  PWSTR made = CoTaskMemAlloc(size * sizeof *made);
  MultiByteToWideChar(CP_UTF8, 0, text, -1, made, size);
  return made;
}

HRESULT fail(HRESULT code, const char *message, PWSTR *result) {
  if (result) {
    char document[600];
    snprintf(document, sizeof document, "{\"Error\":%ld,\"ErrorMessage\":\"\",\"ErrorEvents\":[{\"Message\":\"%s\",\"Provider\":\"17a2a8fb-8f7a-4b2c-8f5b-000000000000\",\"EventId\":1001}]}", (long)code, message);
    *result = give(document);
  }
  return code;
}

// Fields that the schema does not have would be taken silently by the service, and mean nothing.
void check_fields(const char *function, const Json *object, const char *const *allowed) {
  for (const Json *member = object->child; member; member = member->next) {
    bool known = false;
    for (const char *const *name = allowed; *name; name++) if (!strcmp(*name, member->name)) known = true;
    if (!known) violation(function, "the schema has no field %s", member->name);
  }
}

void require(const char *function, const Json *object, const char *name, JsonKind kind) {
  const Json *member = json_get(object, name);
  if (!member) violation(function, "the field %s is missing", name);
  else if (member->kind != kind) violation(function, "the field %s has the wrong type", name);
}
