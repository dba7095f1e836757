// What runs inside a simulated container: a shell that knows as much as the conformance suites ask of it, on a thread of its own.
#include "host.h"
#include <wincrypt.h>

typedef enum { GUEST_PIPE, PLAIN, NOTHING, ZEROS, RANDOM } StreamKind;
typedef struct Stream { HANDLE handle; StreamKind kind; } Stream;
typedef struct Shell {
  Process *process;
  Stream in, out, err;
  char *names[32], *values[32];
  int variables;
  char *function_names[8], *functions[8];
  int function_count;
  char *traps[16];
  Process *children[16];
  int child_count;
  bool exiting, trapping;
  DWORD code;
} Shell;

static DWORD run_list(Shell *shell, const char *text);

static const char *const programs[] = {"sh", "cmd", "cmd.exe", "sleep", "echo", "cat", "md5sum", "true", "false", "id", "head", "printf", "stty", "env", "type", "cd", NULL};

bool guest_has(const char *program) {
  const char *base = program;
  for (const char *at = program; *at; at++) if (*at == '/' || *at == '\\') base = at + 1;
  if (base != program && strncmp(program, "/bin/", 5) && strncmp(program, "C:\\Windows\\", 11)) return false;
  for (const char *const *name = programs; *name; name++) if (!strcmp(*name, base)) return true;
  return false;
}

static char *host_path(Shell *shell, const char *path) {
  char *made = malloc(strlen(shell->process->system->root) + strlen(path) + 2);
  if ((path[0] == 'C' || path[0] == 'c') && path[1] == ':') path += 2;
  sprintf(made, "%s\\%s", shell->process->system->root, path + (*path == '/' || *path == '\\'));
  for (char *at = made; *at; at++) if (*at == '/') *at = '\\';
  return made;
}

// Lets signals, a pause and the end of the process have their way. True when the shell must stop.
static bool check(Shell *shell) {
  Process *process = shell->process;
  while (process->system->state == PAUSED && !process->terminate) WaitForSingleObject(process->system->resumed, 20);
  if (process->terminate) { shell->exiting = true; shell->code = 0x40010004; return true; }
  if (process->console && shell->in.kind == GUEST_PIPE) {
    char byte;
    DWORD there, count;
    if (PeekNamedPipe(process->in, &byte, 1, &count, &there, NULL) && count == 1 && byte == 3) { ReadFile(process->in, &byte, 1, &count, NULL); process->signal = 2; }
  }
  int signal = process->signal;
  if (signal && !shell->trapping) {
    process->signal = 0;
    ResetEvent(process->wake);
    if (shell->traps[signal]) {
      shell->trapping = true;
      run_list(shell, shell->traps[signal]);
      shell->trapping = false;
    } else { shell->exiting = true; shell->code = 0xC000013A; }
  }
  return shell->exiting;
}

static DWORD pipe_read(Shell *shell, void *into, DWORD size) {
  Process *process = shell->process;
  for (;;) {
    DWORD there = 0, count = 0;
    bool closed = process->stdin_closed;
    if (check(shell)) return 0;
    if (PeekNamedPipe(shell->in.handle, NULL, 0, NULL, &there, NULL) && there > 0) {
      if (ReadFile(shell->in.handle, into, there < size ? there : size, &count, NULL) && count > 0) return count;
    } else if (closed) return 0;  // a pipe that is broken without having been closed by a request is no end of input
    Sleep(1);
  }
}

static DWORD stream_read(Shell *shell, Stream *from, void *into, DWORD size) {
  DWORD count = 0;
  switch (from->kind) {
    case GUEST_PIPE: return pipe_read(shell, into, size);
    case ZEROS: memset(into, 0, size); return size;
    case RANDOM: { HCRYPTPROV provider; CryptAcquireContextW(&provider, NULL, NULL, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT); CryptGenRandom(provider, size, into); CryptReleaseContext(provider, 0); return size; }
    case NOTHING: return 0;
    default: return ReadFile(from->handle, into, size, &count, NULL) ? count : 0;
  }
}

static bool stream_write(Shell *shell, Stream *to, const void *data, DWORD size) {
  DWORD count;
  if (to->kind == NOTHING) return true;
  if (to->kind != GUEST_PIPE) return WriteFile(to->handle, data, size, &count, NULL);
  for (DWORD done = 0; done < size; done += count) {
    OVERLAPPED overlapped = {0};
    overlapped.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    DWORD part = size - done < 32768 ? size - done : 32768;
    count = 0;
    if (!WriteFile(to->handle, (const char *)data + done, part, &count, &overlapped) && GetLastError() == ERROR_IO_PENDING) {
      while (WaitForSingleObject(overlapped.hEvent, 20) == WAIT_TIMEOUT && !shell->process->terminate) {}
      if (shell->process->terminate) CancelIo(to->handle);
      if (!GetOverlappedResult(to->handle, &overlapped, &count, TRUE)) count = 0;
    }
    CloseHandle(overlapped.hEvent);
    if (count == 0) return false;
  }
  return true;
}

static void put(Shell *shell, Stream *to, const char *text) {
  if (!shell->process->console || to->kind != GUEST_PIPE) { stream_write(shell, to, text, (DWORD)strlen(text)); return; }
  for (const char *at = text; *at; at++) {
    if (*at == '\n') stream_write(shell, to, "\r\n", 2);
    else stream_write(shell, to, at, 1);
  }
}

static const char *variable(Shell *shell, const char *name) {
  for (int i = shell->variables - 1; i >= 0; i--) if (!strcmp(shell->names[i], name)) return shell->values[i];
  return "";
}

static void assign(Shell *shell, const char *name, const char *value) {
  for (int i = 0; i < shell->variables; i++) if (!strcmp(shell->names[i], name)) { shell->values[i] = strdup(value); return; }
  if (shell->variables < 32) { shell->names[shell->variables] = strdup(name); shell->values[shell->variables++] = strdup(value); }
}

// One word, from quoted and unquoted parts; moves `at` behind it.
static char *word(Shell *shell, const char **at) {
  char *made = calloc(1, 8192), *to = made;
  char quote = 0;
  for (; **at && (quote || !strchr(" \t", **at)); ++*at) {
    char c = **at;
    if (quote ? c == quote : (c == '"' || c == '\'')) { quote = quote ? 0 : c; continue; }
    if (c == '$' && quote != '\'' && (isalpha((unsigned char)(*at)[1]) || (*at)[1] == '_')) {
      char name[50] = {0};
      for (int i = 0; i < 49 && (isalnum((unsigned char)(*at)[1]) || (*at)[1] == '_'); i++) name[i] = *++*at;
      to += sprintf(to, "%.4000s", variable(shell, name));
    } else *to++ = c;
  }
  return made;
}

static void nap(Shell *shell, double seconds) {
  ULONGLONG until = GetTickCount64() + (ULONGLONG)(seconds * 1000);
  while (!check(shell) && GetTickCount64() < until) {
    ULONGLONG left = until - GetTickCount64();
    WaitForSingleObject(shell->process->wake, left < 20 ? (DWORD)left : 20);
  }
}

static bool open_input(Shell *shell, const char *path, Stream *into) {
  if (!strcmp(path, "/dev/zero")) { *into = (Stream){NULL, ZEROS}; return true; }
  if (!strcmp(path, "/dev/urandom")) { *into = (Stream){NULL, RANDOM}; return true; }
  if (!strcmp(path, "/dev/null") || !strcmp(path, "NUL")) { *into = (Stream){NULL, NOTHING}; return true; }
  if (!strcmp(path, "-")) { *into = shell->in; return true; }
  char *host = host_path(shell, path);
  HANDLE file = CreateFileA(host, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
  free(host);
  *into = (Stream){file, PLAIN};
  return file != INVALID_HANDLE_VALUE;
}

static void copy(Shell *shell, Stream *from, long long limit) {
  char *buffer = malloc(65536);
  while (limit != 0 && !check(shell)) {
    DWORD want = limit < 0 || limit > 65536 ? 65536 : (DWORD)limit, count = stream_read(shell, from, buffer, want);
    if (count == 0 || !stream_write(shell, &shell->out, buffer, count)) break;
    if (limit > 0) limit -= count;
  }
  free(buffer);
}

static void md5(Shell *shell) {
  HCRYPTPROV provider;
  HCRYPTHASH hash;
  BYTE digest[16];
  DWORD size = 16, count;
  char *buffer = malloc(65536), line[64] = {0};
  CryptAcquireContextW(&provider, NULL, NULL, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT);
  CryptCreateHash(provider, CALG_MD5, 0, 0, &hash);
  while (!check(shell) && (count = stream_read(shell, &shell->in, buffer, 65536)) > 0) CryptHashData(hash, (BYTE *)buffer, count, 0);
  CryptGetHashParam(hash, HP_HASHVAL, digest, &size, 0);
  for (int i = 0; i < 16; i++) sprintf(line + i * 2, "%02x", digest[i]);
  strcat(line, "  -\n");
  if (!shell->exiting) put(shell, &shell->out, line);
  CryptDestroyHash(hash);
  CryptReleaseContext(provider, 0);
  free(buffer);
}

static DWORD cat(Shell *shell, int count, char **words) {
  if (count == 1) { copy(shell, &shell->in, -1); return 0; }
  for (int i = 1; i < count; i++) {
    Stream from;
    if (!open_input(shell, words[i], &from)) { put(shell, &shell->err, "cat: no such file\n"); return 1; }
    copy(shell, &from, -1);
    if (from.kind == PLAIN && from.handle != shell->in.handle) CloseHandle(from.handle);
  }
  return 0;
}

static bool read_line(Shell *shell, const char *name) {
  char line[1000], byte;
  int length = 0;
  while (length < 999 && stream_read(shell, &shell->in, &byte, 1) == 1 && byte != '\n') if (byte != '\r') line[length++] = byte;
  line[length] = 0;
  assign(shell, name, line);
  return length > 0;
}

static DWORD builtin(Shell *shell, int count, char **words) {
  char text[1200];
  const char *name = words[0];
  const char *base = strrchr(name, '/');
  if (base && !strncmp(name, "/bin/", 5)) name = base + 1;
  for (int i = 0; i < shell->function_count; i++) if (!strcmp(shell->function_names[i], name)) return run_list(shell, shell->functions[i]);
  if (!strcmp(name, ":") || !strcmp(name, "true") || !strcmp(name, "cd")) return 0;
  if (!strcmp(name, "false")) return 1;
  if (!strcmp(name, "exit")) { shell->exiting = true; return shell->code = count > 1 ? (DWORD)strtoul(words[1], NULL, 10) : 0; }
  if (!strcmp(name, "echo") || !strcmp(name, "printf")) {
    for (int i = 1; i < count; i++) { if (i > 1) put(shell, &shell->out, " "); put(shell, &shell->out, words[i]); }
    if (*name == 'e') put(shell, &shell->out, "\n");
    return 0;
  }
  if (!strcmp(name, "sleep")) { nap(shell, count > 1 ? atof(words[1]) : 0); return 0; }
  if (!strcmp(name, "cat") || !strcmp(name, "type")) return cat(shell, count, words);
  if (!strcmp(name, "md5sum")) { md5(shell); return 0; }
  if (!strcmp(name, "head") && count == 4) {
    Stream from;
    if (!open_input(shell, words[3], &from)) return 1;
    copy(shell, &from, atoll(words[2]));
    return 0;
  }
  if (!strcmp(name, "stty")) { snprintf(text, sizeof text, "%d %d\n", shell->process->rows, shell->process->columns); put(shell, &shell->out, text); return 0; }
  if (!strcmp(name, "id")) { snprintf(text, sizeof text, "%s\n", shell->process->user); put(shell, &shell->out, text); return 0; }
  if (!strcmp(name, "read")) return read_line(shell, count > 1 ? words[1] : "line") ? 0 : 1;
  if (!strcmp(name, "trap") && count > 2) { shell->traps[!strcmp(words[2], "INT") ? 2 : 15] = strdup(words[1]); return 0; }
  if (!strcmp(name, "wait")) {
    for (int i = 0; i < shell->child_count; i++) while (!shell->children[i]->exited && !check(shell)) WaitForSingleObject(shell->process->wake, 10);
    return 0;
  }
  if (!strcmp(name, "[")) {
    bool negate = count > 1 && !strcmp(words[1], "!");
    char *path = host_path(shell, words[negate ? 3 : 2]);
    bool exists = GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES;
    free(path);
    return exists != negate ? 0 : 1;
  }
  if (!strcmp(name, "exec")) { shell->code = builtin(shell, count - 1, words + 1); shell->exiting = true; return shell->code; }
  snprintf(text, sizeof text, "sh: %.500s: not found\n", name);
  put(shell, &shell->err, text);
  return 127;
}

static DWORD run_simple(Shell *shell, const char *text) {
  char *words[64];
  int count = 0;
  Stream in = shell->in, out = shell->out, err = shell->err;
  bool failed = false;
  while (*text && count < 63) {
    text += strspn(text, " \t");
    if (!*text) break;
    if (text[0] == '2' && text[1] == '>') {  // only to nowhere
      text += strcspn(text, " \t");
      shell->err = (Stream){NULL, NOTHING};
      continue;
    }
    if (*text == '>' || *text == '<') {
      char direction = *text++;
      if (direction == '>' && *text == '&') { text += 2; shell->out = shell->err; continue; }
      text += strspn(text, " ");
      char *target = word(shell, &text), *path = host_path(shell, target);
      if (direction == '<') failed |= !open_input(shell, target, &shell->in);
      else if (!strcmp(target, "/dev/null") || !strcmp(target, "NUL")) shell->out = (Stream){NULL, NOTHING};
      else {
        shell->out = (Stream){CreateFileA(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, CREATE_ALWAYS, 0, NULL), PLAIN};
        failed |= shell->out.handle == INVALID_HANDLE_VALUE;
      }
      free(path);
      continue;
    }
    // `x>file` without a space between, as cmd has it.
    const char *before = text;
    words[count] = word(shell, &text);
    char *arrow = strchr(words[count], '>');
    if (arrow && *before != '"' && *before != '\'') { text = before + (arrow - words[count]); *arrow = 0; }
    count++;
  }
  char *equals = count == 1 ? strchr(words[0], '=') : NULL;
  DWORD code = 1;
  if (failed) put(shell, &err, "sh: cannot open\n");
  else if (equals) { *equals = 0; assign(shell, words[0], equals + 1); code = 0; }
  else if (count > 0) code = builtin(shell, count, words);
  if (shell->out.kind == PLAIN && shell->out.handle != out.handle && shell->out.handle != err.handle) CloseHandle(shell->out.handle);
  if (shell->in.kind == PLAIN && shell->in.handle != in.handle) CloseHandle(shell->in.handle);
  shell->in = in;
  shell->out = out;
  shell->err = err;
  return code;
}

typedef struct Stage { Shell shell; char *text; bool closes; } Stage;

static DWORD WINAPI run_stage(void *data) {
  Stage *stage = data;
  DWORD code = run_simple(&stage->shell, stage->text);
  if (stage->closes) CloseHandle(stage->shell.out.handle);
  return code;
}

static DWORD run_pipeline(Shell *shell, char *text, char *bar) {
  Stage stage = {*shell, text, true};
  HANDLE reading, writing;
  CreatePipe(&reading, &writing, NULL, 0);
  *bar = 0;
  stage.shell.out = (Stream){writing, PLAIN};
  HANDLE thread = CreateThread(NULL, 0, run_stage, &stage, 0, NULL);
  Stream in = shell->in;
  shell->in = (Stream){reading, PLAIN};
  DWORD code = run_simple(shell, bar + 1);
  shell->in = in;
  CloseHandle(reading);
  WaitForSingleObject(thread, INFINITE);
  CloseHandle(thread);
  return code;
}

static char *unquoted(char *text, char wanted) {
  char quote = 0;
  for (; *text; text++) {
    if (quote) { if (*text == quote) quote = 0; }
    else if (*text == '"' || *text == '\'') quote = *text;
    else if (*text == wanted) return text;
  }
  return NULL;
}

static DWORD run_item(Shell *shell, char *text) {
  text += strspn(text, " \t\n");
  if (!strncmp(text, "while ", 6) || !strncmp(text, "until ", 6)) {
    char *body = strstr(text, "; do ");
    if (!body) return 2;
    char *condition = strndup(text + 6, body - text - 6), *work = strndup(body + 5, strlen(body + 5) - strlen("done"));
    while (!check(shell) && (run_list(shell, condition) == 0) == (*text == 'w') && !shell->exiting) run_list(shell, work);
    return 0;
  }
  char *parens = strstr(text, "() {");
  if (parens) {
    char *end = strrchr(text, '}');
    shell->function_names[shell->function_count] = strndup(text, parens - text);
    shell->functions[shell->function_count++] = strndup(parens + 4, end - parens - 4);
    return 0;
  }
  char *bar = unquoted(text, '|');
  return bar ? run_pipeline(shell, text, bar) : run_simple(shell, text);
}

static DWORD WINAPI run_background(void *data) {
  Stage *stage = data;
  DWORD code = run_item(&stage->shell, stage->text);
  process_exit(stage->shell.process, code);
  return 0;
}

static void start_background(Shell *shell, const char *text) {
  Stage *stage = malloc(sizeof *stage);
  *stage = (Stage){*shell, strdup(text), false};
  Process *child = process_new(shell->process->system);
  child->background = true;
  stage->shell.process = child;
  if (shell->child_count < 16) shell->children[shell->child_count++] = child;
  CloseHandle(CreateThread(NULL, 0, run_background, stage, 0, NULL));
}

// Where the item that begins here ends: at a `;`, `&` or line's end outside quotes, loops and braces.
static const char *item_end(const char *at) {
  int depth = 0;
  char quote = 0, before = ';';
  for (; *at; before = *at, at++) {
    if (quote) { if (*at == quote) quote = 0; continue; }
    if (*at == '"' || *at == '\'') { quote = *at; continue; }
    bool starts = strchr(" ;\n&", before) != NULL;
    if (starts && (!strncmp(at, "while ", 6) || !strncmp(at, "until ", 6))) depth++;
    if (starts && !strncmp(at, "done", 4) && strchr(" ;\n&", at[4])) depth--;
    if (*at == '{') depth++;
    if (*at == '}') depth--;
    if (depth == 0 && (*at == ';' || *at == '\n' || (*at == '&' && before != '>'))) return at;
  }
  return at;
}

static DWORD run_list(Shell *shell, const char *text) {
  DWORD code = 0;
  while (*text && !check(shell)) {
    const char *end = item_end(text);
    char *item = strndup(text, end - text);
    if (item[strspn(item, " \t\r\n")]) {
      if (*end == '&') start_background(shell, item);
      else code = run_item(shell, item);
    }
    free(item);
    text = *end ? end + 1 : end;
  }
  return code;
}

DWORD guest_run(Process *process) {
  Shell shell = {0};
  shell.process = process;
  shell.in = (Stream){process->in, GUEST_PIPE};
  shell.out = (Stream){process->out, GUEST_PIPE};
  shell.err = (Stream){process->err, GUEST_PIPE};
  char **words = process->words;
  int count = process->word_count;
  DWORD code;
  if (!strcmp(words[0], "sh") && count > 2) code = run_list(&shell, words[2]);
  else if (!strncmp(words[0], "cmd", 3)) {
    const char *line = strstr(process->command_line, "/C ");
    if (!line) line = strstr(process->command_line, "/c ");
    line = line ? line + 3 : "";
    // cmd takes the outermost quotation marks off.
    size_t length = strlen(line);
    char *inner = length > 1 && *line == '"' && line[length - 1] == '"' ? strndup(line + 1, length - 2) : strdup(line);
    code = run_list(&shell, inner);
  } else code = builtin(&shell, count, words);
  return shell.exiting ? shell.code : code;
}
