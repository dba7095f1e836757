// Names of volumes: `\\?\Volume{GUID}\` is a folder. Wine finds it by a link among its drives, which only a program of the machine below it
// can make; that takes a moment, and few cases want it: those that set SIMULATED_VOLUMES.
#include "host.h"
#include "tree.h"

// Paths of Wine's drive Z: as the machine has them.
static void unix_path(char *into, PCWSTR path) {
  char *text = utf8(path);
  strcpy(into, text[1] == ':' ? text + 2 : text);
  for (char *at = into; *at; at++) if (*at == '\\') *at = '/';
  free(text);
}

static void run(const char *program, const char *command) {
  STARTUPINFOA startup = {.cb = sizeof startup};
  PROCESS_INFORMATION process = {0};
  char line[4 * PATHS];
  snprintf(line, sizeof line, "%s", command);
  if (!CreateProcessA(program, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process)) violation("volume", "%s cannot be run", program);
}

void volume_show(PCWSTR name, PCWSTR layer) {
  char prefix[PATHS], volume[100], folder[PATHS], command[4 * PATHS];
  wchar_t shown[100];
  if (!GetEnvironmentVariableW(L"SIMULATED_VOLUMES", NULL, 0) || !GetEnvironmentVariableA("WINEPREFIX", prefix, sizeof prefix)) return;
  char *text = utf8(name);
  snprintf(volume, sizeof volume, "%s", text);
  free(text);
  volume[0] = 'v';  // Wine looks for names in lower case
  swprintf(shown, 100, L"\\\\?\\%ls\\", name);
  if (layer) {
    unix_path(folder, layer);
    snprintf(command, sizeof command, "ln -sfn \"%s/Files\" \"%s/dosdevices/%s\"", folder, prefix, volume);
    run("Z:\\bin\\ln", command);
  } else {
    snprintf(command, sizeof command, "rm -f \"%s/dosdevices/%s\"", prefix, volume);
    run("Z:\\bin\\rm", command);
  }
  // Wine cannot wait for such a program: its work is waited for.
  for (int tries = 0; exists(shown) != (layer != NULL); tries++) {
    if (tries > 20000) { violation("volume", "%s did nothing", command); return; }
    Sleep(5);
  }
}
