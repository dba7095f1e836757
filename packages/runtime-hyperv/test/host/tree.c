// Folders, and the transport format of layers.
#include "tree.h"

bool exists(PCWSTR path) { return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES; }

static bool is_folder(PCWSTR path) {
  DWORD attributes = GetFileAttributesW(path);
  return attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY;
}

void join(wchar_t *into, PCWSTR folder, PCWSTR name) { swprintf(into, PATHS, L"%ls\\%ls", folder, name); }

void write_file(PCWSTR path, const void *data, DWORD size) {
  HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
  DWORD written;
  WriteFile(file, data, size, &written, NULL);
  CloseHandle(file);
}

static char *read_file(PCWSTR path, DWORD *size) {
  HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
  if (file == INVALID_HANDLE_VALUE) return NULL;
  *size = GetFileSize(file, NULL);
  char *data = malloc(*size + 1);
  ReadFile(file, data, *size, size, NULL);
  CloseHandle(file);
  return data;
}

typedef void (*Visit)(PCWSTR path, PCWSTR name, bool folder, void *data);

static void each(PCWSTR folder, Visit visit, void *data) {
  wchar_t path[PATHS];
  WIN32_FIND_DATAW entry;
  join(path, folder, L"*");
  HANDLE search = FindFirstFileW(path, &entry);
  if (search == INVALID_HANDLE_VALUE) return;
  do {
    if (!wcscmp(entry.cFileName, L".") || !wcscmp(entry.cFileName, L"..")) continue;
    join(path, folder, entry.cFileName);
    visit(path, entry.cFileName, entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY, data);
  } while (FindNextFileW(search, &entry));
  FindClose(search);
}

static void remove_one(PCWSTR path, PCWSTR name, bool folder, void *data) {
  (void)name;
  (void)data;
  if (folder) remove_tree(path);
  else { SetFileAttributesW(path, FILE_ATTRIBUTE_NORMAL); DeleteFileW(path); }
}

void remove_tree(PCWSTR path) {
  each(path, remove_one, NULL);
  RemoveDirectoryW(path);
}

static void overlay_one(PCWSTR path, PCWSTR name, bool folder, void *data) {
  wchar_t to[PATHS];
  join(to, data, name);
  if (folder) { CreateDirectoryW(to, NULL); overlay(path, to); }
  else CopyFileW(path, to, FALSE);
}

void overlay(PCWSTR from, PCWSTR to) { each(from, overlay_one, (void *)to); }

#pragma pack(push, 1)
typedef struct StreamHeader { DWORD id, attributes; unsigned long long size; DWORD name_size; } StreamHeader;
#pragma pack(pop)

// Finds the data in a file of the transport format, and sees whether the rest is well-formed.
static bool stream_data(const char *stream, DWORD size, const char **data, DWORD *length) {
  *data = NULL;
  *length = 0;
  for (DWORD at = 4; at < size;) {
    const StreamHeader *header = (const StreamHeader *)(stream + at);
    if (size - at < sizeof *header) return false;
    at += sizeof *header + header->name_size;
    if (header->size > size - at) return false;
    if (header->id < 1 || header->id > 10) return false;
    if (header->id == 1) { *data = stream + at; *length = (DWORD)header->size; }
    at += (DWORD)header->size;
  }
  return size >= 4;
}

static void import_one(PCWSTR path, PCWSTR name, bool folder, void *data) {
  wchar_t to[PATHS], meta[PATHS];
  const wchar_t suffix[] = L".$wcidirs$";
  size_t length = wcslen(name), end = wcslen(suffix);
  if (length > end && !wcscmp(name + length - end, suffix)) {
    DWORD size;
    const char *content;
    char *stream = read_file(path, &size);
    if (!stream || !stream_data(stream, size, &content, &size)) violation("ImportLayer", "the metadata of the folder %ls is malformed", name);
    else if (!(*(DWORD *)stream & FILE_ATTRIBUTE_DIRECTORY)) violation("ImportLayer", "the folder %ls is none by its attributes", name);
    return;
  }
  join(to, data, name);
  if (folder) {
    swprintf(meta, PATHS, L"%ls.$wcidirs$", path);
    if (!exists(meta)) violation("ImportLayer", "the folder %ls has no metadata", name);
    CreateDirectoryW(to, NULL);
    import_tree(path, to);
    return;
  }
  DWORD size, count;
  const char *content;
  char *stream = read_file(path, &size);
  if (!stream || !stream_data(stream, size, &content, &count)) violation("ImportLayer", "the file %ls is malformed", name);
  else write_file(to, content, count);
  free(stream);
}

void import_tree(PCWSTR from, PCWSTR to) { each(from, import_one, (void *)to); }

typedef struct Comparison { PCWSTR before, to; bool changed; } Comparison;

static void export_one(PCWSTR path, PCWSTR name, bool folder, void *data) {
  Comparison *comparison = data;
  wchar_t before[PATHS], to[PATHS], meta[PATHS];
  join(before, comparison->before, name);
  join(to, comparison->to, name);
  if (folder) {
    bool is_new = !is_folder(before);
    CreateDirectoryW(to, NULL);
    if (export_changes(path, before, to) || is_new) {
      DWORD attributes = FILE_ATTRIBUTE_DIRECTORY;
      swprintf(meta, PATHS, L"%ls.$wcidirs$", to);
      write_file(meta, &attributes, 4);
      comparison->changed = true;
    } else RemoveDirectoryW(to);
    return;
  }
  DWORD size = 0, old_size = 0;
  char *now = read_file(path, &size), *old = read_file(before, &old_size);
  if (!old || size != old_size || memcmp(now, old, size)) {
    char *stream = calloc(1, size + 4 + sizeof(StreamHeader));
    *(DWORD *)stream = FILE_ATTRIBUTE_ARCHIVE;
    *(StreamHeader *)(stream + 4) = (StreamHeader){1, 0, size, 0};
    memcpy(stream + 4 + sizeof(StreamHeader), now, size);
    write_file(to, stream, size + 4 + sizeof(StreamHeader));
    free(stream);
    comparison->changed = true;
  }
  free(now);
  free(old);
}

bool export_changes(PCWSTR now, PCWSTR before, PCWSTR to) {
  Comparison comparison = {before, to, false};
  each(now, export_one, &comparison);
  return comparison.changed;
}

typedef struct Tombstones { FILE *file; PCWSTR now; PCWSTR path; bool deleted; } Tombstones;

static void tombstones_below(PCWSTR before, PCWSTR now, PCWSTR path, FILE *file, bool *any);

static void tombstone_one(PCWSTR before, PCWSTR name, bool folder, void *data) {
  Tombstones *tombstones = data;
  wchar_t now[PATHS], path[PATHS];
  join(now, tombstones->now, name);
  join(path, tombstones->path, name);
  if (!exists(now)) { char *text = utf8(path); fprintf(tombstones->file, "%s\n", text); free(text); tombstones->deleted = true; }
  else if (folder) tombstones_below(before, now, path, tombstones->file, &tombstones->deleted);
}

static void tombstones_below(PCWSTR before, PCWSTR now, PCWSTR path, FILE *file, bool *any) {
  Tombstones tombstones = {file, now, path, false};
  each(before, tombstone_one, &tombstones);
  *any |= tombstones.deleted;
}

void write_tombstones(PCWSTR path, PCWSTR now, PCWSTR before) {
  bool any = false;
  FILE *file = _wfopen(path, L"wb");
  fprintf(file, "\xef\xbb\xbfVersion 1.0\n");
  tombstones_below(before, now, L"", file, &any);
  fclose(file);
}
