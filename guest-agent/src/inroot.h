// SPDX-License-Identifier: Apache-2.0
// Paths inside a container's root: its symbolic links may not lead out of it.
#ifndef AGENT_INROOT_H
#define AGENT_INROOT_H

#include <stdint.h>
#include <sys/types.h>

// O_PATH descriptor of an existing path, symbolic links taken as if `root` were "/"; -1 with errno.
int inroot_open(int root, const char *path);
// The same below `root` without leaving it and with open flags.
int beneath_open(int root, const char *path, int flags, mode_t mode);
// As inroot_open; makes what is missing, as a directory or an empty file.
int inroot_make(int root, const char *path, int directory);
// O_PATH descriptor of the nearest thing on the way to a missing path that exists, and where that is not a symbolic link without a target. Such links
// on the way are followed: `target`, of PATH_MAX bytes, gets the path that has to be made.
int inroot_nearest(int root, const char *path, char *target);
// O_PATH descriptor of the directory that holds the last component, made with its parents where missing.
// `name` becomes the last component. Symbolic links may not leave `root`.
int beneath_make_parent(int root, const char *path, mode_t mode, const char **name);

#endif
