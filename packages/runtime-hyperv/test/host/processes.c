// Processes in a system: each is a thread that runs the guest's shell (guest.c), with real pipes to the caller.
#include "host.h"

typedef struct Handle { unsigned magic; Process *process; } Handle;
#define PROCESS_MAGIC 0x50524f43u

typedef struct ProcessInformation { DWORD pid, reserved; HANDLE in, out, err; } ProcessInformation;

static volatile LONG next_pid = 1000, next_pipe;

static const char *const fields[] = {"ApplicationName", "CommandLine", "User", "WorkingDirectory", "Environment", "EmulateConsole", "CreateStdInPipe", "CreateStdOutPipe", "CreateStdErrPipe", "ConsoleSize", NULL};

// Two ends of a pipe: the caller's can be used with overlapped I/O, as the service's can.
static bool make_pipe(HANDLE *caller, HANDLE *guest, bool to_guest) {
  wchar_t name[100];
  swprintf(name, 100, L"\\\\.\\pipe\\simulated-%lu-%ld", (unsigned long)GetCurrentProcessId(), (long)InterlockedIncrement(&next_pipe));
  *caller = CreateNamedPipeW(name, (to_guest ? PIPE_ACCESS_OUTBOUND : PIPE_ACCESS_INBOUND) | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE, PIPE_TYPE_BYTE | PIPE_WAIT, 1, 65536, 65536, 0, NULL);
  *guest = CreateFileW(name, to_guest ? GENERIC_READ | FILE_WRITE_ATTRIBUTES : GENERIC_WRITE | FILE_READ_ATTRIBUTES, 0, NULL, OPEN_EXISTING, to_guest ? 0 : FILE_FLAG_OVERLAPPED, NULL);
  return *caller != INVALID_HANDLE_VALUE && *guest != INVALID_HANDLE_VALUE;
}

Process *process_new(System *system) {
  Process *process = calloc(1, sizeof *process);
  process->system = system;
  process->pid = (DWORD)InterlockedIncrement(&next_pid) + GetCurrentProcessId() * 100;
  process->wake = CreateEventW(NULL, TRUE, FALSE, NULL);
  process->rows = 24;
  process->columns = 80;
  EnterCriticalSection(&host_lock);
  process->next = system->processes;
  system->processes = process;
  LeaveCriticalSection(&host_lock);
  return process;
}

void process_exit(Process *process, DWORD code) {
  EnterCriticalSection(&host_lock);
  process->exit_code = code;
  process->exited = true;
  LeaveCriticalSection(&host_lock);
  // Pipes end first: whoever has seen the exit has all the output before it.
  if (!process->background) {
    CloseHandle(process->out);
    if (process->err != process->out) CloseHandle(process->err);
    CloseHandle(process->in);
  }
  EnterCriticalSection(&host_lock);
  if (!fault_set("exit-silent")) notify(&process->subscriptions, PROCESS_EXITED, 0);
  LeaveCriticalSection(&host_lock);
}

// With the lock held.
void process_stop(Process *process, int signal) {
  if (process->exited) return;
  if (signal == 9) process->terminate = true;
  else process->signal = signal;
  SetEvent(process->wake);
  // A write to a pipe that nobody reads would wait for ever.
  if (signal == 9 && !process->background) { CancelIoEx(process->out, NULL); CancelIoEx(process->err, NULL); }
}

static DWORD WINAPI run(void *data) {
  Process *process = data;
  process_exit(process, guest_run(process));
  return 0;
}

// As the C runtime finds them (CommandLineToArgvW): a check of the caller's escaping.
static void split(Process *process, const char *line) {
  process->words = calloc(strlen(line) + 2, sizeof *process->words);
  const char *at = line;
  while (*at) {
    while (*at == ' ' || *at == '\t') at++;
    if (!*at) break;
    char *word = calloc(1, strlen(line) + 1), *to = word;
    bool quoted = false;
    for (; *at && (quoted || (*at != ' ' && *at != '\t')); at++) {
      size_t backslashes = strspn(at, "\\");
      if (backslashes && at[backslashes] == '"') {
        for (size_t i = 0; i < backslashes / 2; i++) *to++ = '\\';
        at += backslashes;
        if (backslashes % 2) *to++ = '"';
        else quoted = !quoted;
      } else if (backslashes) {
        for (size_t i = 0; i < backslashes; i++) *to++ = '\\';
        at += backslashes - 1;
      } else if (*at == '"') quoted = !quoted;
      else *to++ = *at;
    }
    process->words[process->word_count++] = word;
  }
}

static bool truth(const Json *document, const char *name) {
  const Json *member = json_get(document, name);
  return member && member->truth;
}

EXPORT HRESULT WINAPI HcsCreateProcess(void *handle, PCWSTR text, ProcessInformation *information, void **process_handle, PWSTR *result) {
  const char *function = __func__;
  HRESULT code;
  System *system = system_of(function, handle);
  *process_handle = NULL;
  *result = NULL;
  memset(information, 0, sizeof *information);
  char *document_text = utf8(text);
  log_call(function, document_text);
  if (!system) return fail(E_HANDLE, "Invalid handle.", result);
  if (fault(function, &code)) return fail(code, "A fault was asked for.", result);
  Json *document = document_text ? json_parse(document_text) : NULL;
  if (!document) { violation(function, "the document is not JSON"); return fail(INVALID_DOCUMENT, "Not JSON.", result); }
  check_fields(function, document, fields);
  require(function, document, "CommandLine", JSON_STRING);
  require(function, document, "WorkingDirectory", JSON_STRING);
  require(function, document, "Environment", JSON_OBJECT);
  if (!truth(document, "CreateStdInPipe") || !truth(document, "CreateStdOutPipe")) violation(function, "a pipe for input or output is missing");
  bool console = truth(document, "EmulateConsole");
  if (console && truth(document, "CreateStdErrPipe")) violation(function, "a console has no error pipe");
  if (system->state == PAUSED || system->state == CREATED || system->state == EXITED) return fail(INVALID_STATE, "The container does not run.", result);
  Process *process = process_new(system);
  process->console = console;
  process->command_line = strdup(json_string(document, "CommandLine"));
  const char *user = json_string(document, "User");
  process->user = strdup(user ? user : "ContainerUser");
  const Json *size = json_get(document, "ConsoleSize");
  if (size) {
    if (!console) violation(function, "a size without a console");
    if (size->kind != JSON_ARRAY || !size->child || !size->child->next) violation(function, "ConsoleSize is no pair");
    else { process->rows = (int)size->child->number; process->columns = (int)size->child->next->number; }
  }
  split(process, process->command_line);
  if (process->word_count == 0 || !guest_has(process->words[0])) {
    process->exited = true;
    return fail(FILE_NOT_FOUND, "The system cannot find the file specified.", result);
  }
  if (strcmp(process->user, "ContainerUser") && strcmp(process->user, "ContainerAdministrator")) {
    process->exited = true;
    return fail((HRESULT)0x80070534, "No mapping between account names and security IDs was done.", result);
  }
  information->pid = process->pid;
  bool made = make_pipe(&information->in, &process->in, true) && make_pipe(&information->out, &process->out, false);
  if (truth(document, "CreateStdErrPipe")) made = made && make_pipe(&information->err, &process->err, false);
  else process->err = process->out;
  if (!made) return fail(E_FAIL, "Pipes could not be made.", result);
  Handle *given = malloc(sizeof *given);
  *given = (Handle){PROCESS_MAGIC, process};
  *process_handle = given;
  CloseHandle(CreateThread(NULL, 0, run, process, 0, NULL));
  return S_OK;
}

static Process *process_of(const char *function, void *handle) {
  Handle *given = handle;
  if (!given) { violation(function, "no handle of a process"); return NULL; }
  if (given->magic != PROCESS_MAGIC) { violation(function, "a handle that is closed, or not of a process"); return NULL; }
  return given->process;
}

EXPORT HRESULT WINAPI HcsCloseProcess(void *handle) {
  Process *process = process_of(__func__, handle);
  if (!process) return E_HANDLE;
  log_call(__func__, "");
  if (process->subscriptions.first) violation(__func__, "closed with callbacks registered");
  ((Handle *)handle)->magic = 0;
  return S_OK;
}

static HRESULT act(const char *function, void *handle, PWSTR *result, Process **process) {
  HRESULT code;
  *result = NULL;
  *process = process_of(function, handle);
  if (!*process) return fail(E_HANDLE, "Invalid handle.", result);
  if (fault(function, &code)) return fail(code, "A fault was asked for.", result);
  return (*process)->exited ? fail(ELEMENT_NOT_FOUND, "The process has ended.", result) : S_OK;
}

EXPORT HRESULT WINAPI HcsTerminateProcess(void *handle, PWSTR *result) {
  Process *process;
  log_call(__func__, "");
  HRESULT code = act(__func__, handle, result, &process);
  if (code) return code;
  EnterCriticalSection(&host_lock);
  process_stop(process, 9);
  LeaveCriticalSection(&host_lock);
  return S_OK;
}

EXPORT HRESULT WINAPI HcsSignalProcess(void *handle, PCWSTR options, PWSTR *result) {
  Process *process;
  char *text = utf8(options);
  log_call(__func__, text);
  HRESULT code = act(__func__, handle, result, &process);
  if (code) return code;
  Json *json = text ? json_parse(text) : NULL;
  const char *name = json_string(json, "Signal");
  if (!name || (strcmp(name, "CtrlC") && strcmp(name, "CtrlBreak") && strcmp(name, "CtrlClose") && strcmp(name, "CtrlLogOff") && strcmp(name, "CtrlShutdown"))) violation(__func__, "unknown signal %s", text ? text : "");
  else {
    EnterCriticalSection(&host_lock);
    process_stop(process, !strcmp(name, "CtrlC") || !strcmp(name, "CtrlBreak") ? 2 : 15);
    LeaveCriticalSection(&host_lock);
  }
  return S_OK;
}

EXPORT HRESULT WINAPI HcsModifyProcess(void *handle, PCWSTR settings, PWSTR *result) {
  Process *process;
  char *text = utf8(settings);
  log_call(__func__, text);
  HRESULT code = act(__func__, handle, result, &process);
  if (code) return code;
  Json *json = text ? json_parse(text) : NULL;
  const char *operation = json_string(json, "Operation");
  if (operation && !strcmp(operation, "ConsoleSize")) {
    const Json *size = json_get(json, "ConsoleSize"), *height = json_get(size, "Height"), *width = json_get(size, "Width");
    if (!process->console || !height || !width) violation(__func__, "a size without a console, or not a whole one");
    else { process->rows = (int)height->number; process->columns = (int)width->number; }
  } else if (operation && !strcmp(operation, "CloseHandle")) {
    const char *which = json_string(json_get(json, "CloseHandle"), "Handle");
    if (!which || strcmp(which, "StdIn")) violation(__func__, "only StdIn is closed");
    else process->stdin_closed = true;
  } else violation(__func__, "unknown operation %s", text ? text : "");
  return S_OK;
}

EXPORT HRESULT WINAPI HcsGetProcessProperties(void *handle, PWSTR *properties, PWSTR *result) {
  char text[200];
  HRESULT code;
  *properties = *result = NULL;
  Process *process = process_of(__func__, handle);
  if (!process) return fail(E_HANDLE, "Invalid handle.", result);
  if (fault(__func__, &code)) return fail(code, "A fault was asked for.", result);
  snprintf(text, sizeof text, "{\"ProcessId\":%lu,\"Exited\":%s,\"ExitCode\":%lu,\"LastWaitResult\":0}", (unsigned long)process->pid, process->exited ? "true" : "false", (unsigned long)process->exit_code);
  *properties = give(text);
  return S_OK;
}

EXPORT HRESULT WINAPI HcsRegisterProcessCallback(void *handle, Notify callback, void *context, void **registration) {
  HRESULT code;
  Process *process = process_of(__func__, handle);
  *registration = NULL;
  if (!process) return E_HANDLE;
  if (fault(__func__, &code)) return code;
  EnterCriticalSection(&host_lock);
  *registration = subscribe(&process->subscriptions, callback, context);
  LeaveCriticalSection(&host_lock);
  return S_OK;
}

EXPORT HRESULT WINAPI HcsUnregisterProcessCallback(void *registration) {
  if (!registration) { violation(__func__, "no registration"); return E_HANDLE; }
  unsubscribe(registration);
  return S_OK;
}
