// Layers: the filter driver's part of vmcompute.dll. A layer's files are plain files below its folder `Files`; a scratch layer begins as a
// copy of what is below it. Import and export use the transport format: 32 bits of attributes, then a backup stream.
#include "host.h"
#include "tree.h"

typedef struct Driver { unsigned long long flavour; PCWSTR home; } Driver;
typedef struct Descriptor { unsigned char id[16]; DWORD flags; PCWSTR path; } Descriptor;

static void name_guid(PCWSTR name, unsigned char *guid) {
  unsigned long long hash = 1469598103934665603ull;
  for (int i = 0; i < 16; i++) {
    for (PCWSTR at = name; *at; at++) hash = (hash ^ *at ^ i) * 1099511628211ull;
    guid[i] = (unsigned char)(hash >> 32);
  }
}

static PCWSTR base_name(PCWSTR path) {
  PCWSTR base = path;
  for (PCWSTR at = path; *at; at++) if (*at == L'\\') base = at + 1;
  return base;
}

static bool check(const char *function, const Driver *driver, PCWSTR id, const Descriptor *layers, DWORD count, HRESULT *code) {
  char *path = utf8(id);
  log_call(function, path);
  free(path);
  if (!driver || driver->flavour != 1 || !driver->home || *driver->home) violation(function, "the driver is not the filter driver without a home");
  if (!id || !wcschr(id, L'\\')) violation(function, "the layer is not told by its path");
  for (DWORD i = 0; i < count; i++) {
    unsigned char expected[16];
    if (!layers[i].path) { violation(function, "a layer without a path"); continue; }
    name_guid(base_name(layers[i].path), expected);
    if (memcmp(expected, layers[i].id, 16)) violation(function, "the GUID of a layer is not that of its folder");
    if (layers[i].flags) violation(function, "flags");
    if (!exists(layers[i].path)) violation(function, "a parent layer is not there");
  }
  return !fault(function, code);
}

static void mark(PCWSTR layer, PCWSTR name, bool set) {
  wchar_t path[PATHS];
  join(path, layer, name);
  if (set) write_file(path, "", 0);
  else DeleteFileW(path);
}

static bool marked(PCWSTR layer, PCWSTR name) {
  wchar_t path[PATHS];
  join(path, layer, name);
  return exists(path);
}

static void volume_name(PCWSTR layer, wchar_t *name) {
  unsigned char g[16];
  name_guid(base_name(layer), g);
  swprintf(name, 60, L"Volume{%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x}", g[0], g[1], g[2], g[3], g[4], g[5], g[6], g[7], g[8], g[9], g[10], g[11], g[12], g[13], g[14], g[15]);
}

static void show(PCWSTR layer, bool mounted) {
  wchar_t name[60];
  volume_name(layer, name);
  volume_show(name, mounted ? layer : NULL);
}

EXPORT HRESULT WINAPI NameToGuid(PCWSTR name, unsigned char *guid) {
  HRESULT code;
  if (fault(__func__, &code)) return code;
  name_guid(name, guid);
  return S_OK;
}

EXPORT HRESULT WINAPI CreateSandboxLayer(Driver *driver, PCWSTR id, void *parent, Descriptor *layers, DWORD count) {
  HRESULT code;
  if (!check(__func__, driver, id, layers, count, &code)) return code;
  wchar_t path[PATHS], from[PATHS];
  if (parent) violation(__func__, "a parent, which is to be null");
  if (count == 0) violation(__func__, "a scratch layer without parents");
  CreateDirectoryW(id, NULL);
  join(path, id, L"sandbox.vhdx");
  if (exists(path)) { violation(__func__, "there is a scratch layer already"); return (HRESULT)0x80070050; }
  write_file(path, "simulated disk", 14);
  join(path, id, L"Files");
  CreateDirectoryW(path, NULL);
  for (DWORD i = count; i-- > 0;) { join(from, layers[i].path, L"Files"); overlay(from, path); }
  return S_OK;
}

EXPORT HRESULT WINAPI ExpandSandboxSize(Driver *driver, PCWSTR id, unsigned long long size) {
  HRESULT code;
  if (!check(__func__, driver, id, NULL, 0, &code)) return code;
  if (size < 1024) violation(__func__, "a size in another unit than bytes");
  return S_OK;
}

EXPORT HRESULT WINAPI ActivateLayer(Driver *driver, PCWSTR id) {
  HRESULT code;
  if (!check(__func__, driver, id, NULL, 0, &code)) return code;
  if (marked(id, L".activated")) { violation(__func__, "activated twice"); return (HRESULT)0x80070020; }
  mark(id, L".activated", true);
  return S_OK;
}

EXPORT HRESULT WINAPI PrepareLayer(Driver *driver, PCWSTR id, Descriptor *layers, DWORD count) {
  HRESULT code;
  if (!check(__func__, driver, id, layers, count, &code)) return code;
  if (!marked(id, L".activated") || marked(id, L".prepared")) violation(__func__, "prepared without having been activated, or twice");
  mark(id, L".prepared", true);
  show(id, true);
  return S_OK;
}

static HRESULT undo(const char *function, Driver *driver, PCWSTR id, PCWSTR name) {
  HRESULT code;
  if (!check(function, driver, id, NULL, 0, &code)) return code;
  if (!marked(id, name)) return ELEMENT_NOT_FOUND;
  mark(id, name, false);
  return S_OK;
}

EXPORT HRESULT WINAPI UnprepareLayer(Driver *driver, PCWSTR id) {
  HRESULT code = undo(__func__, driver, id, L".prepared");
  if (code == S_OK) show(id, false);
  return code;
}

EXPORT HRESULT WINAPI DeactivateLayer(Driver *driver, PCWSTR id) {
  if (marked(id, L".prepared")) violation(__func__, "deactivated while prepared");
  return undo(__func__, driver, id, L".activated");
}

EXPORT HRESULT WINAPI GetLayerMountPath(Driver *driver, PCWSTR id, size_t *length, wchar_t *buffer) {
  HRESULT code;
  wchar_t path[80], name[60];
  if (!check(__func__, driver, id, NULL, 0, &code)) return code;
  if (!marked(id, L".prepared")) { violation(__func__, "the layer is not mounted"); return ELEMENT_NOT_FOUND; }
  volume_name(id, name);
  swprintf(path, 80, L"\\\\?\\%ls\\", name);
  size_t needed = wcslen(path) + 1;
  if (buffer) {
    if (*length < needed) { violation(__func__, "the buffer is too small"); return (HRESULT)0x8007007A; }
    memcpy(buffer, path, needed * sizeof *path);
  }
  *length = needed;
  return S_OK;
}

EXPORT HRESULT WINAPI DestroyLayer(Driver *driver, PCWSTR id) {
  HRESULT code;
  if (!check(__func__, driver, id, NULL, 0, &code)) return code;
  if (marked(id, L".activated")) violation(__func__, "the layer is mounted");
  remove_tree(id);
  return exists(id) ? (HRESULT)0x80070091 : S_OK;
}

EXPORT HRESULT WINAPI ImportLayer(Driver *driver, PCWSTR id, PCWSTR from, Descriptor *layers, DWORD count) {
  HRESULT code;
  wchar_t path[PATHS], source[PATHS];
  if (!check(__func__, driver, id, layers, count, &code)) return code;
  if (count == 0) violation(__func__, "a base layer is not imported");
  CreateDirectoryW(id, NULL);
  join(source, from, L"Files");
  join(path, id, L"Files");
  CreateDirectoryW(path, NULL);
  if (exists(source)) import_tree(source, path);
  join(source, from, L"Hives");
  join(path, id, L"Hives");
  if (exists(source)) { CreateDirectoryW(path, NULL); overlay(source, path); }
  return S_OK;
}

EXPORT HRESULT WINAPI ExportLayer(Driver *driver, PCWSTR id, PCWSTR to, Descriptor *layers, DWORD count) {
  HRESULT code;
  wchar_t path[PATHS], before[PATHS], own[PATHS], from[PATHS];
  if (!check(__func__, driver, id, layers, count, &code)) return code;
  if (marked(id, L".activated")) violation(__func__, "exported while mounted");
  // What was there before, once more, to compare with.
  join(before, to, L"before");
  CreateDirectoryW(before, NULL);
  for (DWORD i = count; i-- > 0;) { join(from, layers[i].path, L"Files"); overlay(from, before); }
  join(path, to, L"Files");
  join(own, id, L"Files");
  CreateDirectoryW(path, NULL);
  export_changes(own, before, path);
  join(path, to, L"tombstones.txt");
  write_tombstones(path, own, before);
  join(path, to, L"Hives");
  CreateDirectoryW(path, NULL);
  join(from, path, L"System_Delta");
  write_file(from, "hive", 4);
  remove_tree(before);
  return S_OK;
}

EXPORT HRESULT WINAPI ProcessBaseImage(PCWSTR folder) {
  HRESULT code;
  wchar_t path[PATHS];
  log_call(__func__, "");
  if (fault(__func__, &code)) return code;
  join(path, folder, L"Files");
  if (!exists(path)) violation(__func__, "the layer has no folder Files");
  join(path, folder, L"blank-base.vhdx");
  write_file(path, "simulated disk", 14);
  return S_OK;
}

EXPORT HRESULT WINAPI ProcessUtilityImage(PCWSTR folder) {
  HRESULT code;
  wchar_t path[PATHS];
  log_call(__func__, "");
  if (fault(__func__, &code)) return code;
  join(path, folder, L"Files");
  if (!exists(path)) violation(__func__, "the utility VM has no folder Files");
  join(path, folder, L"SystemTemplate.vhdx");
  write_file(path, "simulated disk", 14);
  return S_OK;
}
