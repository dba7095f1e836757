#include "host.h"

BOOL WINAPI DllMain(HINSTANCE library, DWORD reason, void *reserved) {
  (void)reserved;
  if (reason == DLL_PROCESS_ATTACH) {
    DisableThreadLibraryCalls(library);
    host_init();
  }
  return TRUE;
}
