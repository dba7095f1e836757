// A simulated host compute service: what the files of this folder share. All of it is this project's own; nothing is Microsoft's.
#ifndef HOST_H
#define HOST_H
#define WIN32_LEAN_AND_MEAN
#define _WIN32_WINNT 0x0A00
#include <windows.h>
#include <objbase.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ctype.h>
#include <wchar.h>
// mingw has none of POSIX.
static inline char *strndup(const char *text, size_t size) {
  size_t length = strnlen(text, size);
  char *made = malloc(length + 1);
  memcpy(made, text, length);
  made[length] = 0;
  return made;
}
#include "json.h"

#define EXPORT __declspec(dllexport)
#define PENDING ((HRESULT)0xC0370103)
#define NOT_FOUND ((HRESULT)0xC037010E)
#define ALREADY_EXISTS ((HRESULT)0xC037010F)
#define ALREADY_STOPPED ((HRESULT)0xC0370110)
#define INVALID_STATE ((HRESULT)0xC0370105)
#define INVALID_DOCUMENT ((HRESULT)0xC037010C)
#define ELEMENT_NOT_FOUND ((HRESULT)0x80070490)
#define FILE_NOT_FOUND ((HRESULT)0x80070002)

enum { SYSTEM_EXITED = 1, CREATE_COMPLETED = 2, START_COMPLETED = 3, PAUSE_COMPLETED = 4, RESUME_COMPLETED = 5, PROCESS_EXITED = 0x10000 };

typedef void(CALLBACK *Notify)(DWORD type, void *context, HRESULT status, PCWSTR data);

// check.c: what callers do wrong, what they called, and which calls are to fail.
void host_init(void);
extern CRITICAL_SECTION host_lock;
const wchar_t *host_folder(void);
void violation(const char *function, const char *format, ...);
void log_call(const char *function, const char *detail);
bool fault(const char *name, HRESULT *code);
bool fault_set(const char *name);
char *utf8(PCWSTR text);
PWSTR give(const char *text);  // for CoTaskMemFree
HRESULT fail(HRESULT code, const char *message, PWSTR *result);
void check_fields(const char *function, const Json *object, const char *const *allowed);
void require(const char *function, const Json *object, const char *name, JsonKind kind);

// notify.c: callbacks from foreign threads.
typedef struct Subscription Subscription;
typedef struct Subscriptions { Subscription *first; int pending[8]; int pending_count; HRESULT pending_status[8]; } Subscriptions;
Subscription *subscribe(Subscriptions *to, Notify callback, void *context);
void unsubscribe(Subscription *subscription);
void notify(Subscriptions *to, int type, HRESULT status);

// systems.c
typedef enum { CREATED, RUNNING, PAUSED, EXITED } State;
typedef struct Process Process;
typedef struct System {
  char *id, *owner, *root;
  bool hyperv, remote;
  State state;
  HANDLE resumed;
  int handles;
  long long memory_mb;
  Json *document;
  Subscriptions subscriptions;
  Process *processes;
  struct System *next;
} System;
System *system_of(const char *function, void *handle);
void system_end(System *system, HRESULT status);

// processes.c
struct Process {
  System *system;
  DWORD pid;
  bool console, stdin_closed, exited, terminate;
  int signal;  // 2 or 15, pending
  int rows, columns;
  DWORD exit_code;
  HANDLE in, out, err, wake;
  char *command_line, *user;
  char **words;
  int word_count;
  bool background;
  int handles;
  Subscriptions subscriptions;
  Process *next;
};
Process *process_new(System *system);
void process_exit(Process *process, DWORD code);
void process_stop(Process *process, int signal);

// guest.c
DWORD guest_run(Process *process);
bool guest_has(const char *program);
#endif
