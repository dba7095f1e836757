// BackupWrite and BackupRead, which Wine does not have: streams in and out of files, of which only the data are kept.
#include "host.h"

#pragma pack(push, 1)
typedef struct Header { DWORD id, attributes; unsigned long long size; DWORD name_size; } Header;
#pragma pack(pop)

typedef struct Writing { unsigned char header[20]; DWORD have; unsigned long long left; DWORD name_left, id; } Writing;

EXPORT BOOL WINAPI SimulatedBackupWrite(HANDLE file, const unsigned char *data, DWORD size, DWORD *written, BOOL abort, BOOL security, void **context) {
  Writing *state = *context;
  if (abort) { if (state && (state->left || state->name_left || state->have)) violation("BackupWrite", "ended within a stream"); free(state); *context = NULL; return TRUE; }
  if (!security) violation("BackupWrite", "without the security descriptor");
  if (!state) *context = state = calloc(1, sizeof *state);
  for (DWORD at = 0; at < size;) {
    DWORD part;
    if (!state->left && !state->name_left) {
      state->header[state->have++] = data[at++];
      if (state->have < sizeof state->header) continue;
      const Header *header = (const Header *)state->header;
      state->id = header->id;
      state->left = header->size;
      state->name_left = header->name_size;
      state->have = 0;
      if (header->id < 1 || header->id > 10) { violation("BackupWrite", "a stream of kind %lu", (unsigned long)header->id); SetLastError(ERROR_INVALID_DATA); return FALSE; }
    } else if (state->name_left) {
      part = size - at < state->name_left ? size - at : state->name_left;
      state->name_left -= part;
      at += part;
    } else {
      part = size - at < state->left ? size - at : (DWORD)state->left;
      DWORD count = part;
      if (state->id == 1 && !WriteFile(file, data + at, part, &count, NULL)) return FALSE;
      state->left -= part;
      at += part;
    }
  }
  *written = size;
  return TRUE;
}

typedef struct Reading { bool begun; } Reading;

EXPORT BOOL WINAPI SimulatedBackupRead(HANDLE file, unsigned char *data, DWORD size, DWORD *count, BOOL abort, BOOL security, void **context) {
  Reading *state = *context;
  (void)security;
  *count = 0;
  if (abort) { free(state); *context = NULL; return TRUE; }
  if (!state) *context = state = calloc(1, sizeof *state);
  BY_HANDLE_FILE_INFORMATION info;
  if (!GetFileInformationByHandle(file, &info)) return FALSE;
  if (info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) return TRUE;
  if (!state->begun) {
    state->begun = true;
    *(Header *)data = (Header){1, 0, info.nFileSizeLow, 0};
    *count = sizeof(Header);
    return TRUE;
  }
  return ReadFile(file, data, size, count, NULL);
}
