// Compute systems. One is known to other processes by a file of its name, so that what a dead owner left can be found.
#include "host.h"

static System *systems;

typedef struct Handle { unsigned magic; System *system; } Handle;
#define SYSTEM_MAGIC 0x53595354u

static void state_path(wchar_t *path, const char *id) {
  wchar_t wide[200];
  MultiByteToWideChar(CP_UTF8, 0, id, -1, wide, 200);
  swprintf(path, MAX_PATH, L"%ls\\systems\\%ls", host_folder(), wide);
}

static void write_state(System *system) {
  wchar_t path[MAX_PATH];
  if (system->remote) return;
  state_path(path, system->id);
  if (system->state == EXITED) { DeleteFileW(path); return; }
  FILE *file = _wfopen(path, L"w");
  if (!file) return;
  fprintf(file, "%s %s\n", system->owner, system->state == CREATED ? "Created" : system->state == PAUSED ? "Paused" : "Running");
  fclose(file);
}

static bool known_elsewhere(const char *id, char *owner, char *state) {
  wchar_t path[MAX_PATH];
  state_path(path, id);
  FILE *file = _wfopen(path, L"r");
  if (!file) return false;
  bool read = fscanf(file, "%99s %99s", owner, state) == 2;
  fclose(file);
  return read;
}

static System *find(const char *id) {
  for (System *each = systems; each; each = each->next) if (each->state != EXITED && !strcmp(each->id, id)) return each;
  return NULL;
}

static void *handle_for(System *system) {
  Handle *made = malloc(sizeof *made);
  *made = (Handle){SYSTEM_MAGIC, system};
  system->handles++;
  return made;
}

System *system_of(const char *function, void *handle) {
  Handle *given = handle;
  if (!given) { violation(function, "no handle of a system"); return NULL; }
  if (given->magic != SYSTEM_MAGIC) { violation(function, "a handle that is closed, or not of a system"); return NULL; }
  return given->system;
}

static const char *const container_fields[] = {"SystemType", "Name", "Owner", "HostName", "IgnoreFlushesDuringBoot", "VolumePath", "LayerFolderPath", "Layers", "ProcessorCount", "ProcessorWeight", "ProcessorMaximum", "MemoryMaximumInMB", "MappedDirectories", "MappedPipes", "HvPartition", "HvRuntime", "EndpointList", "NetworkSharedContainerName", "AllowUnqualifiedDNSQuery", "DNSSearchList", "Credentials", NULL};
static const char *const layer_fields[] = {"ID", "Path", NULL};
static const char *const directory_fields[] = {"HostPath", "ContainerPath", "ReadOnly", NULL};
static const char *const pipe_fields[] = {"HostPath", "ContainerPipeName", NULL};

static void check_layers(const char *function, const Json *layers) {
  if (!layers || layers->kind != JSON_ARRAY || !layers->child) { violation(function, "Layers is empty"); return; }
  for (const Json *layer = layers->child; layer; layer = layer->next) {
    check_fields(function, layer, layer_fields);
    const char *id = json_string(layer, "ID");
    if (!id || strlen(id) != 36 || id[8] != '-') violation(function, "a layer's ID is no GUID: %s", id ? id : "");
    require(function, layer, "Path", JSON_STRING);
  }
}

static bool check_document(const char *function, const char *id, const Json *document) {
  check_fields(function, document, container_fields);
  const char *type = json_string(document, "SystemType"), *name = json_string(document, "Name");
  if (!type || strcmp(type, "Container")) violation(function, "SystemType is not Container");
  if (!name || strcmp(name, id)) violation(function, "Name is not the ID");
  require(function, document, "Owner", JSON_STRING);
  require(function, document, "HvPartition", JSON_BOOL);
  require(function, document, "LayerFolderPath", JSON_STRING);
  check_layers(function, json_get(document, "Layers"));
  const Json *partition = json_get(document, "HvPartition");
  const char *volume = json_string(document, "VolumePath");
  if (partition && partition->truth) {
    if (volume) violation(function, "VolumePath with HvPartition");
    const char *image = json_string(json_get(document, "HvRuntime"), "ImagePath");
    if (!image || strlen(image) < 9 || strcmp(image + strlen(image) - 9, "UtilityVM")) violation(function, "HvRuntime.ImagePath is no UtilityVM folder");
  } else {
    if (json_get(document, "HvRuntime")) violation(function, "HvRuntime without HvPartition");
    if (!volume || strncmp(volume, "\\\\?\\Volume{", 11) || volume[strlen(volume) - 1] != '}') violation(function, "VolumePath is no volume without a backslash at its end: %s", volume ? volume : "");
  }
  const Json *list = json_get(document, "MappedDirectories");
  for (const Json *each = list ? list->child : NULL; each; each = each->next) check_fields(function, each, directory_fields);
  list = json_get(document, "MappedPipes");
  for (const Json *each = list ? list->child : NULL; each; each = each->next) check_fields(function, each, pipe_fields);
  list = json_get(document, "EndpointList");
  for (const Json *each = list ? list->child : NULL; each; each = each->next) if (each->kind != JSON_STRING || strlen(each->string) != 36) violation(function, "an endpoint is no GUID");
  return type && name;
}

EXPORT HRESULT WINAPI HcsCreateComputeSystem(PCWSTR id, PCWSTR text, HANDLE identity, void **handle, PWSTR *result) {
  const char *function = __func__;
  HRESULT code;
  char owner[100], state[100];
  char *name = utf8(id), *document_text = utf8(text);
  *handle = NULL;
  *result = NULL;
  log_call(function, document_text);
  if (identity) violation(function, "an identity, which is to be null");
  if (fault(function, &code)) return fail(code, "A fault was asked for.", result);
  Json *document = document_text ? json_parse(document_text) : NULL;
  if (!document) { violation(function, "the document is not JSON"); return fail(INVALID_DOCUMENT, "Not JSON.", result); }
  if (!check_document(function, name, document)) return fail(INVALID_DOCUMENT, "Invalid document.", result);
  EnterCriticalSection(&host_lock);
  if (find(name) || known_elsewhere(name, owner, state)) {
    LeaveCriticalSection(&host_lock);
    return fail(ALREADY_EXISTS, "A container of that name exists.", result);
  }
  System *system = calloc(1, sizeof *system);
  system->id = name;
  system->owner = strdup(json_string(document, "Owner"));
  system->document = document;
  system->hyperv = json_get(document, "HvPartition")->truth;
  system->resumed = CreateEventW(NULL, TRUE, TRUE, NULL);
  const Json *memory = json_get(document, "MemoryMaximumInMB");
  system->memory_mb = memory ? (long long)memory->number : 0;
  const char *scratch = json_string(document, "LayerFolderPath");
  system->root = malloc(strlen(scratch) + 10);
  sprintf(system->root, "%s\\Files", scratch);
  system->next = systems;
  systems = system;
  write_state(system);
  *handle = handle_for(system);
  HRESULT status = 0;
  if (fault("create-status", &status)) { notify(&system->subscriptions, CREATE_COMPLETED, status); system_end(system, status); }
  else if (fault("create-exits", &status)) system_end(system, status);
  else if (!fault_set("create-silent")) notify(&system->subscriptions, CREATE_COMPLETED, 0);
  LeaveCriticalSection(&host_lock);
  return PENDING;
}

EXPORT HRESULT WINAPI HcsOpenComputeSystem(PCWSTR id, void **handle, PWSTR *result) {
  const char *function = __func__;
  HRESULT code;
  char *name = utf8(id), owner[100], state[100];
  *handle = NULL;
  *result = NULL;
  log_call(function, name);
  if (fault(function, &code)) return fail(code, "A fault was asked for.", result);
  EnterCriticalSection(&host_lock);
  System *system = find(name);
  if (!system && known_elsewhere(name, owner, state)) {
    system = calloc(1, sizeof *system);
    system->id = name;
    system->owner = strdup(owner);
    system->remote = true;
    system->state = strcmp(state, "Paused") ? RUNNING : PAUSED;
    system->resumed = CreateEventW(NULL, TRUE, TRUE, NULL);
    system->next = systems;
    systems = system;
  }
  if (system) *handle = handle_for(system);
  LeaveCriticalSection(&host_lock);
  return system ? S_OK : fail(NOT_FOUND, "There is no container of that name.", result);
}

EXPORT HRESULT WINAPI HcsCloseComputeSystem(void *handle) {
  const char *function = __func__;
  System *system = system_of(function, handle);
  if (!system) return E_HANDLE;
  log_call(function, system->id);
  EnterCriticalSection(&host_lock);
  ((Handle *)handle)->magic = 0;  // kept, so that a second use is seen
  if (--system->handles == 0 && system->subscriptions.first) violation(function, "closed with callbacks registered");
  LeaveCriticalSection(&host_lock);
  return S_OK;
}

static HRESULT act(const char *function, void *handle, PWSTR *result, System **system) {
  HRESULT code;
  *result = NULL;
  *system = system_of(function, handle);
  if (!*system) return fail(E_HANDLE, "Invalid handle.", result);
  log_call(function, (*system)->id);
  if (fault(function, &code)) return fail(code, "A fault was asked for.", result);
  return S_OK;
}

EXPORT HRESULT WINAPI HcsStartComputeSystem(void *handle, PCWSTR options, PWSTR *result) {
  System *system;
  HRESULT code = act(__func__, handle, result, &system), status = 0;
  if (code) return code;
  if (options && *options) violation(__func__, "options");
  if (system->state != CREATED) { violation(__func__, "started in a wrong state"); return fail(INVALID_STATE, "Not in a state for it.", result); }
  EnterCriticalSection(&host_lock);
  if (fault("start-status", &status)) notify(&system->subscriptions, START_COMPLETED, status);
  else if (fault("start-exits", &status)) system_end(system, status);
  else if (!fault_set("start-silent")) {
    system->state = RUNNING;
    write_state(system);
    notify(&system->subscriptions, START_COMPLETED, 0);
  }
  LeaveCriticalSection(&host_lock);
  return PENDING;
}

// With the lock held.
void system_end(System *system, HRESULT status) {
  if (system->state == EXITED) return;
  system->state = EXITED;
  if (system->remote) { wchar_t path[MAX_PATH]; state_path(path, system->id); DeleteFileW(path); }
  write_state(system);
  SetEvent(system->resumed);
  for (Process *each = system->processes; each; each = each->next) process_stop(each, 9);
  notify(&system->subscriptions, SYSTEM_EXITED, status);
}

static HRESULT end(const char *function, void *handle, PWSTR *result, const char *silent) {
  System *system;
  HRESULT code = act(function, handle, result, &system);
  if (code) return code;
  if (system->state == EXITED) return fail(ALREADY_STOPPED, "The container was stopped already.", result);
  EnterCriticalSection(&host_lock);
  if (!fault_set(silent)) system_end(system, 0);
  LeaveCriticalSection(&host_lock);
  return PENDING;
}

EXPORT HRESULT WINAPI HcsShutdownComputeSystem(void *handle, PCWSTR options, PWSTR *result) { (void)options; return end(__func__, handle, result, "shutdown-silent"); }
EXPORT HRESULT WINAPI HcsTerminateComputeSystem(void *handle, PCWSTR options, PWSTR *result) { (void)options; return end(__func__, handle, result, "terminate-silent"); }

static HRESULT freeze(const char *function, void *handle, PWSTR *result, State from, State to, int type) {
  System *system;
  HRESULT code = act(function, handle, result, &system);
  if (code) return code;
  if (!system->hyperv) { violation(function, "only utility VMs can be paused"); return fail((HRESULT)0x80070032, "Not supported.", result); }
  if (system->state != from) return fail(INVALID_STATE, "Not in a state for it.", result);
  EnterCriticalSection(&host_lock);
  system->state = to;
  if (to == PAUSED) ResetEvent(system->resumed);
  else SetEvent(system->resumed);
  write_state(system);
  notify(&system->subscriptions, type, 0);
  LeaveCriticalSection(&host_lock);
  return PENDING;
}

EXPORT HRESULT WINAPI HcsPauseComputeSystem(void *handle, PCWSTR options, PWSTR *result) { (void)options; return freeze(__func__, handle, result, RUNNING, PAUSED, PAUSE_COMPLETED); }
EXPORT HRESULT WINAPI HcsResumeComputeSystem(void *handle, PCWSTR options, PWSTR *result) { (void)options; return freeze(__func__, handle, result, PAUSED, RUNNING, RESUME_COMPLETED); }

EXPORT HRESULT WINAPI HcsModifyComputeSystem(void *handle, PCWSTR request, PWSTR *result) {
  System *system;
  HRESULT code = act(__func__, handle, result, &system);
  if (code) return code;
  char *text = utf8(request);
  Json *json = text ? json_parse(text) : NULL;
  if (!json) violation(__func__, "the request is not JSON");
  json_free(json);
  free(text);
  return S_OK;
}

EXPORT HRESULT WINAPI HcsEnumerateComputeSystems(PCWSTR query, PWSTR *found, PWSTR *result) {
  HRESULT code;
  *found = *result = NULL;
  char *text = utf8(query), *list = calloc(1, 65536), owner[100], state[100];
  log_call(__func__, text);
  if (fault(__func__, &code)) return fail(code, "A fault was asked for.", result);
  Json *json = text && *text ? json_parse(text) : NULL;
  const Json *owners = json_get(json, "Owners");
  wchar_t pattern[MAX_PATH];
  swprintf(pattern, MAX_PATH, L"%ls\\systems\\*", host_folder());
  WIN32_FIND_DATAW entry;
  HANDLE search = FindFirstFileW(pattern, &entry);
  strcpy(list, "[");
  if (search != INVALID_HANDLE_VALUE) {
    do {
      char *id = utf8(entry.cFileName);
      bool wanted = id[0] != '.' && known_elsewhere(id, owner, state) && !owners;
      for (const Json *each = owners && id[0] != '.' ? owners->child : NULL; each; each = each->next) if (each->string && !strcmp(each->string, owner)) wanted = true;
      if (wanted) sprintf(list + strlen(list), "%s{\"Id\":\"%s\",\"SystemType\":\"Container\",\"Owner\":\"%s\",\"State\":\"%s\"}", list[1] ? "," : "", id, owner, state);
      free(id);
    } while (FindNextFileW(search, &entry) && strlen(list) < 60000);
    FindClose(search);
  }
  strcat(list, "]");
  *found = give(list);
  return S_OK;
}

EXPORT HRESULT WINAPI HcsGetComputeSystemProperties(void *handle, PCWSTR query, PWSTR *properties, PWSTR *result) {
  System *system;
  *properties = NULL;
  HRESULT code = act(__func__, handle, result, &system);
  if (code) return code;
  char *text = utf8(query), *answer = calloc(1, 65536);
  Json *json = text ? json_parse(text) : NULL;
  const Json *types = json_get(json, "PropertyTypes");
  if (!types || types->kind != JSON_ARRAY) violation(__func__, "the query has no PropertyTypes");
  sprintf(answer, "{\"Id\":\"%s\",\"SystemType\":\"Container\",\"Owner\":\"%s\",\"State\":\"%s\"", system->id, system->owner, system->state == RUNNING ? "Running" : system->state == PAUSED ? "Paused" : "Created");
  EnterCriticalSection(&host_lock);
  for (const Json *each = types ? types->child : NULL; each; each = each->next) {
    if (!strcmp(each->string, "Statistics"))
      strcat(answer, ",\"Statistics\":{\"Timestamp\":\"2026-01-01T00:00:00Z\",\"Uptime100ns\":50000000,\"Processor\":{\"TotalRuntime100ns\":12345678,\"RuntimeUser100ns\":10000000,\"RuntimeKernel100ns\":2345678},\"Memory\":{\"MemoryUsageCommitBytes\":40000000,\"MemoryUsageCommitPeakBytes\":50000000,\"MemoryUsagePrivateWorkingSetBytes\":30000000},\"Storage\":{\"ReadCountNormalized\":10,\"ReadSizeBytes\":4096,\"WriteCountNormalized\":5,\"WriteSizeBytes\":8192}}");
    else if (!strcmp(each->string, "ProcessList")) {
      strcat(answer, ",\"ProcessList\":[");
      bool first = true;
      for (Process *process = system->processes; process; process = process->next) {
        if (process->exited) continue;
        sprintf(answer + strlen(answer), "%s{\"ProcessId\":%lu,\"ImageName\":\"guest.exe\",\"KernelTime100ns\":100,\"UserTime100ns\":200,\"MemoryCommitBytes\":1000000,\"MemoryWorkingSetPrivateBytes\":900000}", first ? "" : ",", (unsigned long)process->pid);
        first = false;
      }
      strcat(answer, "]");
    } else violation(__func__, "unknown property type %s", each->string);
  }
  LeaveCriticalSection(&host_lock);
  strcat(answer, "}");
  *properties = give(answer);
  free(answer);
  return S_OK;
}

EXPORT HRESULT WINAPI HcsRegisterComputeSystemCallback(void *handle, Notify callback, void *context, void **registration) {
  const char *function = __func__;
  HRESULT code;
  System *system = system_of(function, handle);
  *registration = NULL;
  if (!system) return E_HANDLE;
  if (fault(function, &code)) return code;
  if (!callback) violation(function, "no callback");
  EnterCriticalSection(&host_lock);
  *registration = subscribe(&system->subscriptions, callback, context);
  LeaveCriticalSection(&host_lock);
  return S_OK;
}

EXPORT HRESULT WINAPI HcsUnregisterComputeSystemCallback(void *registration) {
  HRESULT code;
  if (!registration) { violation(__func__, "no registration"); return E_HANDLE; }
  unsubscribe(registration);
  return fault(__func__, &code) ? code : S_OK;
}
