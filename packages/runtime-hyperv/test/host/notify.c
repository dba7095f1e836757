// Notifications, each from a thread that the caller does not know, as the service's come.
#include "host.h"

struct Subscription {
  Notify callback;
  void *context;
  Subscriptions *of;
  volatile LONG running;
  bool ended;
  struct Subscription *next;
};

typedef struct Message { Subscription *to; int type; HRESULT status; } Message;

static DWORD WINAPI deliver(void *data) {
  Message *message = data;
  message->to->callback(message->type, message->to->context, message->status, message->type == SYSTEM_EXITED ? L"{}" : NULL);
  InterlockedDecrement(&message->to->running);
  free(message);
  return 0;
}

static void send(Subscription *to, int type, HRESULT status) {
  Message *message = malloc(sizeof *message);
  *message = (Message){to, type, status};
  InterlockedIncrement(&to->running);
  CloseHandle(CreateThread(NULL, 0, deliver, message, 0, NULL));
}

Subscription *subscribe(Subscriptions *to, Notify callback, void *context) {
  Subscription *made = calloc(1, sizeof *made);
  *made = (Subscription){callback, context, to, 0, false, to->first};
  to->first = made;
  // What happened before anybody listened is told to the first who does.
  for (int i = 0; i < to->pending_count; i++) send(made, to->pending[i], to->pending_status[i]);
  to->pending_count = 0;
  return made;
}

static DWORD WINAPI late(void *data) {
  Subscription *to = data;
  Sleep(50);
  to->callback(PROCESS_EXITED, to->context, 0, NULL);
  return 0;
}

// Waits for callbacks that are under way: whoever blocks the thread they need has a deadlock.
void unsubscribe(Subscription *subscription) {
  EnterCriticalSection(&host_lock);
  for (Subscription **at = &subscription->of->first; *at; at = &(*at)->next)
    if (*at == subscription) { *at = subscription->next; break; }
  subscription->ended = true;
  LeaveCriticalSection(&host_lock);
  while (subscription->running) Sleep(1);
  if (fault_set("late-callback")) CloseHandle(CreateThread(NULL, 0, late, subscription, 0, NULL));
}

// With the lock held.
void notify(Subscriptions *to, int type, HRESULT status) {
  if (!to->first && to->pending_count < 8) {
    to->pending[to->pending_count] = type;
    to->pending_status[to->pending_count++] = status;
  }
  for (Subscription *each = to->first; each; each = each->next) send(each, type, status);
}
