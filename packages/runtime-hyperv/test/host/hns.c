// The host network service: networks and endpoints, each a file with its document, so that all processes see the same.
#include "host.h"

static const char *const network_fields[] = {"Name", "Type", "Subnets", "NetworkAdapterName", "DNSServerList", "ID", NULL};
static const char *const endpoint_fields[] = {"Name", "VirtualNetwork", "IPAddress", "PrefixLength", "MacAddress", "GatewayAddress", "DNSServerList", "Policies", "ID", NULL};
static const char *const policy_fields[] = {"Type", "Protocol", "InternalPort", "ExternalPort", "ExternalPortReserved", NULL};

static void place(wchar_t *path, const char *kind, const char *id) {
  char text[MAX_PATH];
  snprintf(text, sizeof text, "%s-%s", kind, id);
  wchar_t wide[MAX_PATH];
  MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, MAX_PATH);
  swprintf(path, MAX_PATH, L"%ls\\%ls", host_folder(), wide);
}

static char *read_document(PCWSTR path) {
  FILE *file = _wfopen(path, L"rb");
  if (!file) return NULL;
  char *text = calloc(1, 16384);
  fread(text, 1, 16383, file);
  fclose(file);
  return text;
}

static void check_network(const Json *document) {
  const char *type = json_string(document, "Type");
  check_fields("HNSCall", document, network_fields);
  require("HNSCall", document, "Name", JSON_STRING);
  if (!type || (strcmp(type, "NAT") && strcmp(type, "Transparent") && strcmp(type, "L2Bridge") && strcmp(type, "Internal"))) violation("HNSCall", "a network of an unknown type");
  const Json *subnets = json_get(document, "Subnets");
  const char *prefix = subnets && subnets->child ? json_string(subnets->child, "AddressPrefix") : NULL;
  if (!prefix || !strchr(prefix, '/')) violation("HNSCall", "a network without a subnet");
}

// Gives a reason, or null.
static const char *check_endpoint(const Json *document, const char *own_id) {
  wchar_t path[MAX_PATH], pattern[MAX_PATH];
  check_fields("HNSCall", document, endpoint_fields);
  require("HNSCall", document, "Name", JSON_STRING);
  const char *network = json_string(document, "VirtualNetwork"), *mac = json_string(document, "MacAddress");
  if (!network) { violation("HNSCall", "an endpoint without a network"); return "invalid"; }
  place(path, "network", network);
  if (GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES) return "The network was not found.";
  if (mac && (strlen(mac) != 17 || mac[2] != '-')) violation("HNSCall", "a malformed MAC address");
  const Json *policies = json_get(document, "Policies");
  for (const Json *policy = policies ? policies->child : NULL; policy; policy = policy->next) {
    check_fields("HNSCall", policy, policy_fields);
    const Json *port = json_get(policy, "ExternalPort"), *reserved = json_get(policy, "ExternalPortReserved");
    const char *protocol = json_string(policy, "Protocol");
    if (!port || port->number < 1 || !reserved || !reserved->truth || !protocol || (strcmp(protocol, "TCP") && strcmp(protocol, "UDP"))) violation("HNSCall", "a malformed policy");
    char wanted[100];
    snprintf(wanted, sizeof wanted, "\"ExternalPort\":%d,", port ? (int)port->number : 0);
    swprintf(pattern, MAX_PATH, L"%ls\\endpoint-*", host_folder());
    WIN32_FIND_DATAW entry;
    HANDLE search = FindFirstFileW(pattern, &entry);
    if (search != INVALID_HANDLE_VALUE) {
      bool taken = false;
      do {
        swprintf(path, MAX_PATH, L"%ls\\%ls", host_folder(), entry.cFileName);
        char *other = read_document(path);
        if (other && strstr(other, wanted) && !(own_id && strstr(other, own_id))) taken = true;
        free(other);
      } while (FindNextFileW(search, &entry));
      FindClose(search);
      if (taken) return "The specified port already exists.";
    }
  }
  return NULL;
}

static char *list(const char *kind) {
  wchar_t pattern[MAX_PATH], path[MAX_PATH], wide[20];
  char *all = calloc(1, 262144);
  MultiByteToWideChar(CP_UTF8, 0, kind, -1, wide, 20);
  swprintf(pattern, MAX_PATH, L"%ls\\%ls-*", host_folder(), wide);
  strcpy(all, "[");
  WIN32_FIND_DATAW entry;
  HANDLE search = FindFirstFileW(pattern, &entry);
  if (search != INVALID_HANDLE_VALUE) {
    do {
      swprintf(path, MAX_PATH, L"%ls\\%ls", host_folder(), entry.cFileName);
      char *one = read_document(path);
      if (one) { if (all[1]) strcat(all, ","); strcat(all, one); }
      free(one);
    } while (FindNextFileW(search, &entry));
    FindClose(search);
  }
  strcat(all, "]");
  return all;
}

static char *store(const char *kind, const char *id, const char *document) {
  wchar_t path[MAX_PATH];
  char *text = calloc(1, strlen(document) + 100);
  const char *known = strstr(document, "\"ID\":");
  if (known) strcpy(text, document);
  else sprintf(text, "{\"ID\":\"%s\",%s", id, document + 1);
  place(path, kind, id);
  FILE *file = _wfopen(path, L"wb");
  if (file) { fputs(text, file); fclose(file); }
  return text;
}

static HRESULT answer(PWSTR *response, const char *output, const char *error) {
  size_t size = (output ? strlen(output) : 0) + 300;
  char *text = calloc(1, size);
  if (error) snprintf(text, size, "{\"Success\":false,\"Error\":\"%s\"}", error);
  else snprintf(text, size, "{\"Success\":true,\"Output\":%s}", output ? output : "null");
  *response = give(text);
  free(text);
  return S_OK;
}

EXPORT HRESULT WINAPI HNSCall(PCWSTR method, PCWSTR path, PCWSTR request, PWSTR *response) {
  HRESULT code;
  char *verb = utf8(method), *where = utf8(path), *body = utf8(request), line[600];
  *response = NULL;
  snprintf(line, sizeof line, "%s %s %.400s", verb, where, body);
  log_call("HNSCall", line);
  if (fault("HNSCall", &code)) return code;
  if (fault_set("hns-refuses")) return answer(response, NULL, "The operation was refused.");
  if (fault_set("hns-nonsense")) { *response = give("<html>"); return S_OK; }
  bool endpoints = !strncmp(where, "/endpoints/", 11);
  if (!endpoints && strncmp(where, "/networks/", 10)) { violation("HNSCall", "unknown path %s", where); return E_INVALIDARG; }
  const char *kind = endpoints ? "endpoint" : "network", *id = where + (endpoints ? 11 : 10);
  wchar_t file[MAX_PATH];
  place(file, kind, id);
  bool known = *id && GetFileAttributesW(file) != INVALID_FILE_ATTRIBUTES;
  if (!strcmp(verb, "GET")) {
    if (*id) return known ? answer(response, read_document(file), NULL) : answer(response, NULL, "Element not found.");
    char *all = list(kind);
    answer(response, all, NULL);
    free(all);
    return S_OK;
  }
  if (!strcmp(verb, "DELETE")) return known && DeleteFileW(file) ? answer(response, NULL, NULL) : answer(response, NULL, "Element not found.");
  Json *document = body && *body ? json_parse(body) : NULL;
  if (strcmp(verb, "POST") || !document) { violation("HNSCall", "%s with no document", verb); return E_INVALIDARG; }
  if (*id && !known) return answer(response, NULL, "Element not found.");
  const char *why = NULL;
  if (endpoints) why = check_endpoint(document, *id ? id : NULL);
  else check_network(document);
  if (why) return answer(response, NULL, why);
  char made[40];
  if (!*id) {
    GUID guid;
    CoCreateGuid(&guid);
    snprintf(made, sizeof made, "%08lx-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", (unsigned long)guid.Data1, guid.Data2, guid.Data3, guid.Data4[0], guid.Data4[1], guid.Data4[2], guid.Data4[3], guid.Data4[4], guid.Data4[5], guid.Data4[6], guid.Data4[7]);
    id = made;
  }
  char *stored = store(kind, id, body);
  answer(response, stored, NULL);
  free(stored);
  return S_OK;
}
