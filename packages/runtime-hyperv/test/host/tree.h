#ifndef TREE_H
#define TREE_H
#include "host.h"
#define PATHS 1024
bool exists(PCWSTR path);
// volume.c: makes a mounted layer's files be there below the name of its volume, where a case wants that; NULL: no longer.
void volume_show(PCWSTR name, PCWSTR layer);
void join(wchar_t *into, PCWSTR folder, PCWSTR name);
void write_file(PCWSTR path, const void *data, DWORD size);
void remove_tree(PCWSTR path);
// Copies what is in `from` over what is in `to`.
void overlay(PCWSTR from, PCWSTR to);
void import_tree(PCWSTR from, PCWSTR to);
bool export_changes(PCWSTR now, PCWSTR before, PCWSTR to);
void write_tombstones(PCWSTR path, PCWSTR now, PCWSTR before);
#endif
